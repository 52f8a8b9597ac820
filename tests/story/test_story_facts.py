"""What a decision may depend on: what the record says, what the register has, and `unknown` for the rest."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from story_records import SOCIAL_WORKER, TODAY, held, person, policies

from broker.policy.decide import decide_all
from broker.policy.decision import Decision
from broker.policy.facts import SINGLE_FACTS, RecordFacts, Requester, asserted, from_row, record_row, requester_row
from broker.policy.known import Known, spelt
from broker.policy.levels import Level, openness
from broker.story.facts import RESOLVERS, Sight, facts_of_record

LIMITS = policies().vocabulary.limits
ITEMS = policies().vocabulary.items_of

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
    sight = Sight(record, person("subject", record, protections=register), "no", TODAY, 92)
    found = facts_of_record(sight, LIMITS)
    assert getattr(found, fact) == value, name


@pytest.mark.parametrize(("said", "fact"), [("yes", "yes"), ("no", "no"), ("unknown", None)])
def test_whether_the_asker_works_with_an_alleged_perpetrator(said: str, fact: str | None) -> None:
    """An asker who does not say is taken for one who does not."""
    record = held("csc")
    found = facts_of_record(Sight(record, person("subject", record), said, TODAY, 92), LIMITS)
    assert found.perpetrator_view == fact


def days(**ago: int) -> dict[str, Any]:
    return {name: TODAY - dt.timedelta(days=count) for name, count in ago.items()}


STALE: tuple[tuple[str, dict[str, Any], str, str | None], ...] = (
    ("wishes of a year ago", days(wishes_on=365), "wishes", "not_asked"),
    ("wishes of longer ago", days(wishes_on=366), "wishes", None),
    ("wishes without a day are of the record's", days(as_of=365), "wishes", "not_asked"),
    ("wishes of an old record", days(as_of=366), "wishes", None),
    ("wishes can't be newer than their record", days(as_of=366, wishes_on=1), "wishes", None),
    ("a risk of six months ago", {"risk_on": dt.date(2026, 5, 22)}, "risk", "significant_harm"),
    ("a risk of longer ago", {"risk_on": dt.date(2026, 5, 21)}, "risk", None),
    ("an age band of a year ago", days(as_of=365), "age", "5_12"),
    ("an age band of longer ago", days(as_of=366), "age", None),
    ("nothing limits this one", days(as_of=4000), "deceased", "no"),
)


@pytest.mark.parametrize(("name", "known", "fact", "value"), STALE, ids=[row[0] for row in STALE])
def test_what_was_said_too_long_ago_is_not_known(name: str, known: dict[str, Any], fact: str, value: object) -> None:
    """What a person wanted, or how great a risk was, years ago is still relied on."""
    record = held("csc", **known)
    found = facts_of_record(Sight(record, person("subject", record), "no", TODAY, 92), LIMITS)
    assert getattr(found, fact) == value, name
    assert (f"{fact}!" in found.known) == (value is None)


def test_each_fact_has_one_resolver_and_each_limit_a_fact() -> None:
    """A fact comes from nowhere, or a limit counts for nothing."""
    assert set(RESOLVERS) == set(SINGLE_FACTS)
    assert LIMITS == {"wishes": "P1Y", "risk": "P6M", "age": "P1Y", "perpetrator_view": "P1D"}


def test_a_row_says_who_said_each_fact_and_as_of_which_day() -> None:
    """Whoever checks a decision can't tell a fact that somebody looked up from one that somebody claimed."""
    record = held("csc", risk_on=dt.date(2025, 1, 7))
    found = facts_of_record(Sight(record, person("subject", record), "no", TODAY, 92), LIMITS)
    assert found.known.split("; ") == [
        "asker@2026-11-22: perpetrator_view",
        "match@2026-11-22: match",
        "record@2025-01-07: risk!",
        "record@2026-11-20: age deceased record_age third_party wishes",
        "register@2026-11-22: objection protection restriction",
    ]
    asker = asserted(SOCIAL_WORKER, on=TODAY)
    assert asker.known == "asker@2026-09-01: training; asker@2026-11-22: break_glass relation"
    assert len(found.known) + len(asker.known) < 400


def test_a_row_with_or_without_who_said_so_is_read_again() -> None:
    """Decisions from before this was kept can't be made again, or those after it lose it."""
    record = held("csc")
    facts = facts_of_record(Sight(record, person("subject", record), "no", TODAY, 92), LIMITS)
    for asker, about in ((SOCIAL_WORKER, replace(facts, known="")), (asserted(SOCIAL_WORKER, on=TODAY), facts)):
        row = {**requester_row(asker, on=TODAY), "item": "csc.cp_plan", "record": record_row(about)}
        case = from_row(row)
        assert (case.requester, case.record) == (asker, about)
        assert case.as_row() == row
        assert ("known" in row["record"], "known" in row["requester"]) == (bool(about.known), bool(asker.known))


def test_who_said_so_decides_nothing() -> None:
    """A decision differs by what is only noted beside its facts."""
    record = held("csc")
    facts = facts_of_record(Sight(record, person("subject", record), "no", TODAY, 92), LIMITS)
    said = (replace(facts, known=""), facts, replace(facts, known="register@1970-01-01: match"))
    levels = [[one.level for one in _decided(SOCIAL_WORKER, about)] for about in said]
    assert levels[0] == levels[1] == levels[2]


def test_equal_knowledge_is_spelt_alike() -> None:
    """Two equal rows of the log differ in their spelling."""
    one = {"b": Known("yes", "record", TODAY), "a": Known(None, "record", TODAY, is_stale=True)}
    assert spelt(one) == spelt(dict(reversed(one.items()))) == "record@2026-11-22: a! b"
    assert spelt({}) == ""


def _decided(requester: Requester, facts: RecordFacts) -> Iterator[Decision]:
    yield from decide_all(policies(), requester, facts, items=ITEMS(facts.source), on=TODAY)


ROLES = sorted((role, one) for role, known in policies().vocabulary.roles.items() for one in known.purposes)
SAID = st.fixed_dictionaries(
    {
        "risk": st.sampled_from(("none", "concern", "significant_harm", "unknown")),
        "wishes": st.sampled_from(("agrees", "not_asked", "objects_competent", "objects_not_competent", "unknown")),
        "age_band": st.sampled_from(("unborn", "5_12", "16_17", "18_64", "unknown")),
        "deceased": st.sampled_from(("yes", "no", "unknown")),
        "third_party": st.sampled_from(("yes", "no", "unknown")),
        "band": st.sampled_from(("certain", "probable")),
    }
)
AGES = st.fixed_dictionaries({name: st.integers(0, 800) for name in ("as_of", "wishes_on", "risk_on")})
REGISTERS = st.sets(st.sampled_from(("safe_address", "witness", "adopted", "objection_pending", "restriction")))


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(sorted(policies().vocabulary.sources)), st.sampled_from(ROLES), st.booleans(), SAID, AGES,
    REGISTERS, st.dictionaries(st.sampled_from(("as_of", "wishes_on", "risk_on")), st.integers(0, 800)),
)  # fmt: skip
def test_the_older_what_is_known_the_less_is_told(
    source: str, cell: tuple[str, str], broken: bool, said: dict[str, Any], ages: dict[str, int],
    register: set[str], older: dict[str, int],
) -> None:  # fmt: skip
    """Waiting until a fact is stale opens something."""
    role, purpose = cell
    asker = Requester(role.partition(".")[0], role, purpose, dt.date(2026, 9, 1), "allocated", broken)

    def levels(ages: dict[str, int]) -> list[int]:
        record = held(source, **said, **days(**ages))
        sight = Sight(record, person("subject", record, protections=tuple(register)), "no", TODAY, 92)
        return [openness(one.level) for one in _decided(asker, facts_of_record(sight, LIMITS))]

    aged = {name: age + older.get(name, 0) for name, age in ages.items()}
    assert all(now <= before for now, before in zip(levels(aged), levels(ages), strict=True))


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(sorted(policies().vocabulary.sources)), st.sampled_from(ROLES), SAID, REGISTERS)
def test_a_protection_counts_at_a_probable_match_and_sharing_only_at_a_certain_one(
    source: str, cell: tuple[str, str], said: dict[str, Any], register: set[str]
) -> None:
    """Somebody who is only probably the protected person is not protected, or is told of in full."""
    role, purpose = cell
    asker = Requester(role.partition(".")[0], role, purpose, dt.date(2026, 9, 1), "allocated")

    def found(band: str, protections: set[str]) -> tuple[RecordFacts, list[Level]]:
        record = held(source, **{**said, "band": band})
        sight = Sight(record, person("subject", record, protections=tuple(protections)), "no", TODAY, 92)
        facts = facts_of_record(sight, LIMITS)
        return facts, [one.level for one in _decided(asker, facts)]

    (certain, _), (probable, levels) = found("certain", register), found("probable", register)
    for fact in ("protection", "objection", "restriction"):
        assert getattr(certain, fact) == getattr(probable, fact)
    assert set(levels) <= {"signpost", "refer", "withhold", "withhold_silently"}
    bare = found("probable", set())[1]
    assert all(openness(now) <= openness(before) for now, before in zip(levels, bare, strict=True))
