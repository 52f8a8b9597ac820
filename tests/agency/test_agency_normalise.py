"""One value at a time: what agencies write differently and mean the same becomes the same."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.agency import dates, identifiers, normalise
from broker.agency.field import Field
from broker.agency.house import postcode_in, read_house
from broker.agency.postcode import incode, outcode, read_postcode, sector

VECTORS = Path(__file__).parents[1] / "vectors" / "normalise"
TODAY = dt.date(2026, 11, 22)
FORMATS = (*dates.AUTO, "day-first")


def _load(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((VECTORS / name).read_text(encoding="utf-8"))
    del content["comment"]
    return content


_READERS: dict[str, Callable[[str], Field]] = {
    "nhs": identifiers.nhs_number,
    "nino": identifiers.nino,
    "upn": identifiers.upn,
    "uprn": identifiers.uprn,
    "postcode": read_postcode,
    "phone": normalise.read_phone,
    "sex": normalise.read_sex,
    "house": read_house,
    "birth_place": normalise.read_place,
    "dob": lambda text: dates.read_dob(text, FORMATS, today=TODAY),
}
_NUMBERS = [(kind, case) for kind, cases in _load("identifiers.json").items() for case in cases]
_PLACES = [(kind, text, value) for kind, cases in _load("places_and_dates.json").items() for text, value in cases]


@pytest.mark.parametrize(("kind", "case"), _NUMBERS)
def test_national_numbers(kind: str, case: dict[str, str]) -> None:
    """A wrong number would join strangers, or a right one be thrown away."""
    read = _READERS[kind](case["text"])
    assert (read.state, read.value) == (case["state"], case.get("value", ""))
    assert read.unchecked == case.get("unchecked", "")
    assert not case["text"].strip() or case["text"] not in repr(read)


@pytest.mark.parametrize(("kind", "text", "value"), _PLACES)
def test_places_phones_sexes_and_dates(kind: str, text: str, value: str) -> None:
    """The same place or day would look like two, or a placeholder like a fact."""
    assert _READERS[kind](text).value == value


@given(st.text(max_size=40))
def test_any_text_reads_as_something(text: str) -> None:
    """A strange cell would stop a whole delivery."""
    for read in _READERS.values():
        found = read(text)
        assert bool(found.value) == (found.state == "valid")
        if found.state == "valid":
            assert read(found.value).value == found.value


@given(st.dates(min_value=dt.date(1930, 1, 2), max_value=TODAY))
def test_a_date_reads_the_same_in_every_form(day: dt.date) -> None:
    """Two exports of one person would have two birthdays."""
    excel = str((day - dt.date(1899, 12, 30)).days)
    forms = ("%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y", "%d %B %Y", "%d-%b-%Y", "%Y%m%d", "%d/%m/%Y 00:00")
    for text in (excel, *(day.strftime(form) for form in forms)):
        assert dates.dob(text, FORMATS, today=TODAY) == day
    assert dates.parse(day.strftime("%m/%d/%Y"), ("month-first",), today=TODAY) == day
    assert dates.parse(day.strftime("%d%m%Y"), ("compact-day",), today=TODAY) == day
    assert dates.parse(day.strftime("%d;%m;%Y"), ("%d;%m;%Y",), today=TODAY) == day


def test_a_pattern_with_two_digits_of_the_year_knows_the_century() -> None:
    """Somebody born in 1968 would be born in 2068."""
    assert dates.dob("1/2/68", ("%d/%m/%y",), today=TODAY) == dt.date(1968, 2, 1)
    assert dates.parse("1/2/68", ("%",), today=TODAY) is None


@pytest.mark.parametrize(
    ("cells", "order"),
    [
        (["13/02/2020", "03/04/2021"], "day-first"),
        (["02/13/2020", "03/04/2021"], "month-first"),
        (["03/04/2021", "01/02/2020", ""], "ambiguous"),
        (["13/02/2020", "02/13/2020"], "contradictory"),
        (["13/02/2020", "13/13/1999"], "day-first"),
        (["13/13/1999"], "ambiguous"),
        (["2020-02-13", ""], "none"),
    ],
)
def test_the_order_of_day_and_month_is_told_by_the_column(cells: list[str], order: str) -> None:
    """03/04 would be read by chance."""
    assert dates.sniff(cells) == order


@pytest.mark.parametrize(
    ("born", "band"),
    [
        (None, "unknown"),
        (dt.date(2027, 1, 1), "unborn"),
        (dt.date(2026, 11, 22), "0_4"),
        (dt.date(2021, 11, 23), "0_4"),
        (dt.date(2021, 11, 22), "5_12"),
        (dt.date(2013, 11, 22), "13_15"),
        (dt.date(2010, 11, 22), "16_17"),
        (dt.date(2008, 11, 22), "18_64"),
        (dt.date(1961, 11, 22), "65_plus"),
    ],
)
def test_age_bands(born: dt.date | None, band: str) -> None:
    """A person would be treated as of another age on their birthday."""
    assert dates.age_band(born, on=TODAY) == band


def test_postcode_parts_and_synthetic_numbers() -> None:
    """The parts would not belong to the whole, or made-up people get into a live delivery."""
    assert (outcode("SW1A1AA"), sector("SW1A1AA"), incode("SW1A1AA")) == ("SW1A", "SW1A1", "1AA")
    assert identifiers.is_synthetic_nhs("9990000026") and not identifiers.is_synthetic_nhs("9434765919")


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("Anna@Example.org", "placeholder"),
        ("Anna.Smith@brackwater.test", "valid"),
        ("noemail@council.test", "placeholder"),
        ("not an address", "invalid"),
        ("", "blank"),
    ],
)
def test_email(text: str, state: str) -> None:
    """A made-up address would join everybody who has it."""
    assert normalise.read_email(text).state == state


@pytest.mark.parametrize(
    ("text", "code"),
    [("14 High Street, Brackwater, ZY1 4AB", "ZY14AB"), ("14 High Street, zy14ab.", "ZY14AB"), ("14 High Street", "")],
)
def test_a_postcode_at_the_end_of_an_address_is_found(text: str, code: str) -> None:
    """A file with addresses in one cell would hold no postcode."""
    assert postcode_in(text) == code
