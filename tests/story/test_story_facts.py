"""What a decision may depend on: what the record says, what the register has, and `unknown` for the rest."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from story_records import TODAY, held, person

from broker.story.facts import facts_of_record

TABLE: tuple[tuple[str, dict[str, Any], tuple[str, ...], str, object], ...] = (
    ("a certain match is confirmed", {}, (), "match", "confirmed"),
    ("a probable match", {"band": "probable"}, (), "match", "probable"),
    ("fresh until so many days", {"as_of": TODAY - dt.timedelta(days=92)}, (), "record_age", "fresh"),
    ("stale after them", {"as_of": TODAY - dt.timedelta(days=93)}, (), "record_age", "stale"),
    ("an age that is not known", {"age_band": "unknown"}, (), "age", None),
    ("a risk that is not known", {"risk": "unknown"}, (), "risk", None),
    ("wishes that are not known", {"wishes": "unknown"}, (), "wishes", None),
    ("whether somebody has died is not known", {"deceased": "unknown"}, (), "deceased", None),
    ("nothing in the register is nothing", {}, (), "protection", ()),
    ("several protections", {}, ("witness", "safe_address"), "protection", ("safe_address", "witness")),
    ("an objection is no protection", {}, ("objection_pending",), "protection", ()),
    ("an objection being considered", {}, ("objection_pending",), "objection", "pending"),
    ("an objection upheld", {}, ("objection_pending", "objection_upheld"), "objection", "upheld"),
    ("no objection", {}, (), "objection", "none"),
    ("a restriction", {}, ("restriction",), "restriction", "yes"),
    ("no restriction", {}, (), "restriction", "no"),
)


@pytest.mark.parametrize(("name", "known", "register", "fact", "value"), TABLE, ids=[row[0] for row in TABLE])
def test_a_fact(name: str, known: dict[str, Any], register: tuple[str, ...], fact: str, value: object) -> None:
    """A decision is made from something else than what is known."""
    record = held("csc", **known)
    found = facts_of_record(
        record, person("subject", record, protections=register), perpetrator_view="no", on=TODAY, fresh_days=92
    )
    assert getattr(found, fact) == value, name


@pytest.mark.parametrize(("said", "fact"), [("yes", "yes"), ("no", "no"), ("unknown", None)])
def test_whether_the_asker_works_with_an_alleged_perpetrator(said: str, fact: str | None) -> None:
    """An asker who does not say is taken for one who does not."""
    record = held("csc")
    found = facts_of_record(record, person("subject", record), perpetrator_view=said, on=TODAY, fresh_days=92)
    assert found.perpetrator_view == fact
