"""Transformers, notices and windows, as tables."""

from __future__ import annotations

import datetime as dt

import brackwater_policies as place
import pytest

from broker.policy.obligations import NOTICES, TRANSFORMERS, ItemValue, notices, transform, within_window
from broker.policy.vocabulary import Kind

D = dt.date
INCIDENTS = ItemValue("po.da_incidents", on=D(2026, 3, 2), until=D(2026, 5, 9), count=3, role="victim")
ATTENDED = ItemValue("ac.attendances", on=D(2026, 3, 2), count=13)
SCHOOL = ItemValue("ed.school", on=D(2026, 3, 2), code="brackwater_high__sixth_form")
ON_BAIL = ItemValue("po.bail_conditions", yes=False)

TABLE = [
    ("count_and_last_date_only", INCIDENTS, ItemValue("po.da_incidents", on=D(2026, 5, 9), count=3, role="victim")),
    ("count_and_last_date_only", ATTENDED, ItemValue("ac.attendances", on=D(2026, 3, 2), count=13)),
    ("yes_no_only", INCIDENTS, ItemValue("po.da_incidents", yes=True, role="victim")),
    ("yes_no_only", ItemValue("hs.arrears_weeks", count=0), ItemValue("hs.arrears_weeks", yes=False)),
    ("yes_no_only", ItemValue("su.in_treatment", on=D(2026, 1, 1)), ItemValue("su.in_treatment", yes=True)),
    ("yes_no_only", ON_BAIL, ON_BAIL),
    ("flag_only", INCIDENTS, ItemValue("po.da_incidents", yes=True, role="victim")),
    ("flag_only", ON_BAIL, None),
    ("relevant_to_child_only", INCIDENTS, INCIDENTS),
    ("relevant_to_child_only", ATTENDED, None),
    ("relevant_to_child_only", ItemValue("po.offences", count=2, role="witness"), None),
    ("redact_third_party", INCIDENTS, INCIDENTS),
    ("redact_third_party", SCHOOL, ItemValue("ed.school", on=D(2026, 3, 2))),
    ("generalise", ATTENDED, ItemValue("ac.attendances", on=D(2026, 3, 1), count=10)),
    ("generalise", INCIDENTS,
     ItemValue("po.da_incidents", on=D(2026, 3, 1), until=D(2026, 5, 1), count=1, role="victim")),
    ("generalise", ItemValue("ac.attendances", count=0), ItemValue("ac.attendances", count=0)),
    ("generalise", SCHOOL, ItemValue("ed.school", on=D(2026, 3, 1), code="brackwater_high")),
    ("notify_source", INCIDENTS, INCIDENTS),
]  # fmt: skip


@pytest.mark.parametrize(("name", "given", "expect"), TABLE)
def test_obligations_do_what_they_say(name: str, given: ItemValue, expect: ItemValue | None) -> None:
    """A value is shown with more than its obligation allows."""
    assert transform(given, [name]) == expect


def test_relevance_is_asked_while_the_part_is_still_known() -> None:
    """The order in which obligations are written decides whether an offence is shown."""
    witness = ItemValue("po.offences", count=2, role="witness")
    assert transform(witness, ["flag_only", "relevant_to_child_only"]) is None
    assert transform(witness, ["relevant_to_child_only", "flag_only"]) is None


def test_every_obligation_of_the_vocabulary_works() -> None:
    """The vocabulary names a duty that nothing carries out (S9)."""
    assert set(place.policies().vocabulary.obligations) == NOTICES | set(TRANSFORMERS)
    assert notices(["yes_no_only", "notify_source", "tell_person"]) == ("notify_source", "tell_person")


WINDOWS = [
    ("on the first day of the window", ItemValue("x.y", on=D(2025, 11, 22)), "P12M", "count", True),
    ("the day before it", ItemValue("x.y", on=D(2025, 11, 21)), "P12M", "count", False),
    ("ends inside", ItemValue("x.y", on=D(2020, 1, 1), until=D(2025, 11, 22)), "P12M", "period", True),
    ("ended before", ItemValue("x.y", on=D(2020, 1, 1), until=D(2025, 11, 21)), "P12M", "period", False),
    ("still running", ItemValue("x.y", on=D(2020, 1, 1)), "P12M", "period", True),
    ("no date", ItemValue("x.y", yes=True), "P12M", "flag", True),
    ("no window", ItemValue("x.y", on=D(1999, 1, 1)), None, "date", True),
]


@pytest.mark.parametrize(("name", "value", "window", "kind", "expect"), WINDOWS)
def test_windows_end_on_their_day(name: str, value: ItemValue, window: str | None, kind: Kind, expect: bool) -> None:
    """A value older than the agreement's window is shown, or one inside it is lost."""
    assert within_window(value, window, on=place.ON, kind=kind) is expect, name
