"""mapping.toml: what it may say, and that a mistake in it is named with section and line."""

from __future__ import annotations

import contextlib

import pytest
from agency_files import HEADER, MAPPING
from hypothesis import given
from hypothesis import strategies as st

from broker.agency import mapping
from broker.agency.guess import guess_mapping
from broker.agency.layout import Cell
from broker.errors import BadInput, BrokerError


def test_a_mapping_reads_every_section() -> None:
    """A section is dropped without a word, and with it part of every record."""
    found = mapping.parse(MAPPING.encode())
    assert (found.source, found.agency, found.delivery) == ("csc", "council", "snapshot")
    assert found.cells["reference"] == Cell(column="Client ID")
    assert found.cells["provider"] == Cell(constant="Children's social care")
    assert found.codes == {"sex": {"woman": "f"}, "csc.cin_status": {"cin-o": "open"}}
    assert [item.item for item in found.items] == ["csc.cin_status", "csc.cp_plan", "csc.missing_episodes"]
    assert found.items[1].when == Cell(column="CP start")
    assert found.coverage["as_of"] == Cell(constant="2026-11-20")
    assert found.protection is not None and found.protection.made_by[1] == Cell(column="Agreed by")
    assert found.date_columns() == {"DOB", "CP start", "CP end", "Start", "End", "Review"}
    assert set(found.columns()) <= set(HEADER.split(","))


_MISTAKES = [
    ('source = "csc"', 'source = "CSC"', "source", "line 1"),
    ('agency = "council"', "", "agency", "`agency` must be a code"),
    ('delivery = "snapshot"', 'delivery = "whole"', "delivery", "line 3"),
    ("[codes.sex]", "[colours]\n[codes.sex]", "colours", "no section or setting `colours`"),
    ('"DOB" = "dob"', '"DOB" = "birthday"', "columns", "column `DOB` is given an unknown field, line 9"),
    ('"DOB" = "dob"', '"DOB" = "surname"', "columns", "field `surname` is given to two columns, line 9"),
    ('"Client ID" = "reference"', "", "columns", "no column is given the field `reference`, line 5"),
    (
        'provider = "Children\'s social care"',
        'colour = "red"',
        "constants",
        "`colour` can't be a constant here, line 15",
    ),
    ('"Woman" = "f"', '"Woman" = "A lady"', "codes", "a code of `sex` becomes something that is not a code, line 17"),
    ("[items.csc.cin_status]", "[items.po.cin_status]", "items", "does not start with the source `csc.`"),
    ('code = "CIN"', 'colour = "CIN"', "items.csc.cin_status", "there is no `colour` here"),
    ('code = "CIN"', "code = { constant = 'x' }", "items.csc.cin_status", "names no column"),
    ('count = "Missing"', "count = { col = 'x' }", "items.csc.missing_episodes", "must be a column or"),
    ('count = "Missing"', "count = []", "items.csc.missing_episodes", "must be a text"),
    ('kind = "parent"', "", "relationships", "give `column`, and one of"),
    ('kind = "parent"', 'kind = "Parent of"', "relationships", "must be a code"),
    ("[[relationships]]", "[relationships]", "relationships", "write each one as a section"),
    ('area = { constant = "Brackwater" }', "", "coverage", "`area` is missing"),
    ('made_by = ["Flagged by", "Agreed by"]', 'made_by = ["Flagged by"]', "protection", "give `kind`"),
    ("[involvement]", "[dates]\nformats = ['noon']\n[involvement]", "dates", "unknown format of dates"),
    ("[involvement]", "[dates]\nformats = 'iso'\n[involvement]", "dates", "give a list `formats`"),
]


@pytest.mark.parametrize(("right", "wrong", "section", "message"), _MISTAKES)
def test_a_mistake_is_named_with_its_section(right: str, wrong: str, section: str, message: str) -> None:
    """Somebody without a programmer at hand could not mend their mapping."""
    assert right in MAPPING
    with pytest.raises(BadInput) as caught:
        mapping.parse(MAPPING.replace(right, wrong, 1).encode())
    assert caught.value.field == f"[{section}]"
    assert message in str(caught.value)


def test_a_mapping_must_say_who_a_record_is_about() -> None:
    """A file without people would be sent."""
    with pytest.raises(BadInput, match="no column says who a record is about"):
        mapping.parse(b'source="a"\nagency="b"\n[columns]\n"A"="reference"\n"B"="provider"\n')


def test_constants_are_texts_dates_numbers_or_yes_and_no() -> None:
    """True would become a text that nobody expects."""
    text = MAPPING.replace('count = "Missing"', 'when = "Missing"\nyes = true\ncount = 3')
    assert mapping.parse(text.encode()).items[2].parts == {"yes": Cell(constant="yes"), "count": Cell(constant="3")}


def test_broken_toml_is_named_with_its_line() -> None:
    """A forgotten quotation mark could not be found."""
    with pytest.raises(BadInput, match="not TOML at line 6, column"):
        mapping.parse(MAPPING.replace('"Client ID" = "reference"', '"Client ID = "reference"').encode())


@given(st.one_of(st.binary(max_size=300), st.text(max_size=300).map(str.encode)))
def test_any_bytes_as_a_mapping_raise_only_our_error(data: bytes) -> None:
    """A damaged file would end in a traceback."""
    with pytest.raises(BrokerError):
        mapping.parse(data)


_SCALARS = st.one_of(st.integers(), st.booleans(), st.text(max_size=5))
_VALUES = st.recursive(
    _SCALARS, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2)
)


def _toml(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_toml(str(key))} = {_toml(held)}" for key, held in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_toml(held) for held in value) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    return '"' + "".join(f"\\U{ord(char):08x}" for char in str(value)) + '"'


@given(
    st.sampled_from(["columns", "items", "codes", "relationships", "lead", "coverage", "protection", "dates"]), _VALUES
)
def test_any_shape_of_a_section_raises_only_our_error(section: str, value: object) -> None:
    """A section written in an unexpected way would end in a traceback."""
    head = 'source = "csc"\nagency = "council"\n'
    if section != "columns":
        head += 'columns = {"A" = "reference", "B" = "provider", "C" = "surname"}\n'
    if section != "coverage":
        head += 'coverage = {as_of = "D", from = "D", area = "D"}\n'
    with contextlib.suppress(BrokerError):
        mapping.parse(f"{head}{section} = {_toml(value)}\n".encode())


def test_a_guessed_mapping_parses_and_finds_the_usual_columns() -> None:
    """The first thing a new agency does would fail."""
    header = "Client ID,Forename,Surname,Date of Birth,Gender,Post code,NHS Number,Allocated worker,Worker phone,Status"
    header += ",Start date,Extract date,Odd\\thing"
    sample = [["C1", "x", "y", "13/02/2020", "Male", "ZY1 4AB", "", "z", "", "Open", "", "", ""]]
    text = guess_mapping(header.split(","), sample)
    found = mapping.parse(text.encode())
    assert {name: cell.column for name, cell in found.cells.items() if cell.column} == {
        "reference": "Client ID",
        "forename": "Forename",
        "surname": "Surname",
        "dob": "Date of Birth",
        "sex": "Gender",
        "postcode": "Post code",
        "nhs": "NHS Number",
    }
    assert found.lead == {"name": Cell(column="Allocated worker"), "phone": Cell(column="Worker phone")}
    assert found.involvement["status"] == Cell(column="Status")
    assert found.coverage["as_of"] == Cell(column="Extract date")
    assert "birth dates look day-first" in text and '# "Male" = "m"' in text


def test_further_names_addresses_and_numbers_are_guessed() -> None:
    """A new agency would leave out the names that people had before, which are how others know them."""
    header = "Ref,Forename1,Forename2,Known As,Surname,Previous Surname,Maiden name,Address Line 1,Postcode,"
    header += "Previous Postcode,Postcode 2,House No,Town of Birth,Mobile,Telephone 2,E-mail,Worker phone"
    header += ",Alias 1,Alias 2,Name"
    found = mapping.parse(guess_mapping(header.split(","), []).encode())
    assert {name: cell.column for name, cell in found.cells.items() if cell.column} == {
        "reference": "Ref",
        "forename": "Forename1",
        "middle_names": "Forename2",
        "surname": "Surname",
        "address": "Address Line 1",
        "postcode": "Postcode",
        "house": "House No",
        "birth_place": "Town of Birth",
        "phone": "Mobile",
        "email": "E-mail",
    }
    assert {name: [cell.column for cell in cells] for name, cells in found.others.items()} == {
        "known_as": ["Known As"],
        "former_surname": ["Previous Surname", "Maiden name"],
        "previous_postcode": ["Previous Postcode", "Postcode 2"],
        "phone_2": ["Telephone 2"],
        "alias": ["Alias 1", "Alias 2"],
    }


def test_a_guess_of_sexes_is_none_where_it_would_be_made_up() -> None:
    """U for unknown would become a man."""
    text = guess_mapping(["ID", "Surname", "Gender"], [["1", "x", sex] for sex in ("F", "male", "U", "X", "2")])
    lines = [line for line in text.splitlines() if line.startswith('# "') and " = " in line and "used" not in line]
    assert lines == ['# "2" = f or m?', '# "F" = "f"', '# "U" = f or m?', '# "X" = f or m?', '# "male" = "m"']


@given(st.lists(st.text(max_size=20), min_size=0, max_size=6, unique=True), st.lists(st.lists(st.text(max_size=9))))
def test_a_guess_always_parses(header: list[str], sample: list[list[str]]) -> None:
    """A strange column name would make a mapping that is not TOML."""
    mapping.parse(guess_mapping(header, sample).encode("utf-8", "replace"))
