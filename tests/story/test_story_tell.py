"""What is told of records in hand, under the agreements of the place, and what is not even opened."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TypeAlias

import pytest
from story_records import SOCIAL_WORKER, Opened, held, judged, person, told

from broker.policy.facts import Requester
from broker.story.held import HeldRecord
from broker.wire.answer import Involvement, Story
from broker.wire.delivery import ItemValue

KEYWORKER = replace(SOCIAL_WORKER, role="council.keyworker", purpose="early_help")
ATTENDANCE = ItemValue(item="ed.attendance", count=71, on=dt.date(2026, 10, 1))
INCIDENTS = ItemValue(item="po.da_incidents", count=2, on=dt.date(2026, 9, 1), role="victim")
INTEL = ItemValue(item="po.intel_marker", yes=True)
SPAN = ItemValue(item="po.asb_incidents", count=3, on=dt.date(2026, 3, 1), until=dt.date(2026, 9, 1))
PENDING = ("objection_pending",)
TREATED = ItemValue(item="su.in_treatment", on=dt.date(2026, 5, 1))
PRACTICE = ItemValue(item="gp.registered_practice", code="harbour_surgery")


def block(story: Story, source: str) -> Involvement:
    [found] = [one for someone in story.people for one in someone.involvements if one.source == source]
    return found


def nothing(story: Story, source: str) -> str | None:
    [found] = [one for one in story.sources if one.source == source]
    assert found.found is (found.nothing is None)
    return found.nothing


# Who asks, the record, what the register has, and: the level of the involvement, the items shown, the items opened.
Case: TypeAlias = tuple[str, Requester, HeldRecord, tuple[str, ...], str, dict[str, str] | None]
TABLE: tuple[Case, ...] = (
    ("shared", SOCIAL_WORKER, held("ed", ATTENDANCE), (), "share", {"ed.attendance": "share"}),
    ("counted only", KEYWORKER, held("po", SPAN), (), "reduced", {"po.asb_incidents": "reduced"}),
    ("nothing to take away", KEYWORKER, held("po", INCIDENTS), (), "reduced", {"po.da_incidents": "share"}),
    ("signposted", KEYWORKER, held("su", TREATED), (), "signpost", {}),
    ("probable", SOCIAL_WORKER, held("ed", ATTENDANCE, band="probable"), (), "signpost", {}),
    ("an item whose existence is secret", SOCIAL_WORKER, held("po", INTEL), (), "share", {}),
    ("an item nobody agreed on", KEYWORKER, held("gp", PRACTICE), (), "share", {}),
    ("restricted", SOCIAL_WORKER, held("ed", ATTENDANCE, risk="none"), ("restriction",), "withhold", None),
    ("an objection considered", SOCIAL_WORKER, held("ed", ATTENDANCE, risk="none"), PENDING, "signpost", {}),
    ("an objection upheld", SOCIAL_WORKER, held("csc", risk="none"), ("objection_upheld",), "withhold", {}),
    ("long ago", SOCIAL_WORKER, held("ed", ATTENDANCE, as_of=dt.date(2025, 1, 1)), (), "withhold", None),
)  # fmt: skip


@pytest.mark.parametrize(
    ("name", "asker", "record", "register", "level", "items"), TABLE, ids=[row[0] for row in TABLE]
)
def test_how_much_is_told(
    name: str,
    asker: Requester,
    record: HeldRecord,
    register: tuple[str, ...],
    level: str,
    items: dict[str, str] | None,
) -> None:
    """An asker is told more, or less, than the agreement says."""
    shown = block(told(person("subject", record, protections=register), requester=asker), record.source)
    assert shown.level == level, name
    if items is not None:
        assert {one.item: one.level for one in shown.items} == items
    if level != "share":
        assert shown.not_shown is not None
        assert shown.not_shown.reason and shown.not_shown.remedy and shown.not_shown.phone
    if level in ("withhold", "refer"):
        assert (shown.status, shown.provider, shown.lead, shown.started, shown.as_of) == (None,) * 5
    if level == "signpost":
        assert (shown.status, shown.started, shown.last_contact) == (None,) * 3
        assert shown.lead is not None


@pytest.mark.parametrize("register", [PENDING, ("objection_upheld",)])
def test_what_would_show_more_is_the_same_under_an_objection(register: tuple[str, ...]) -> None:
    """The hints of a refusal tell that somebody objected."""
    record = held("ed", ATTENDANCE, band="probable", risk="none")
    hidden, plain = (block(told(person("subject", record, protections=kept)), "ed") for kept in (register, ()))
    assert hidden.not_shown and plain.not_shown
    assert hidden.not_shown.more_if == plain.not_shown.more_if
    assert plain.not_shown.more_if[0] == "[whether the record is about this person: confirmed]"


@pytest.mark.parametrize(
    ("name", "asker", "values", "band", "register", "opened"),
    [
        ("what is shared is opened", SOCIAL_WORKER, [ATTENDANCE], "certain", (), ["ed.attendance"]),
        ("what is only signposted is not", KEYWORKER, [TREATED], "certain", (), []),
        ("what is only probable is not", SOCIAL_WORKER, [ATTENDANCE], "probable", (), []),
        ("what is secret is not", SOCIAL_WORKER, [INTEL, INCIDENTS], "certain", (), ["po.da_incidents"]),
        ("what is silent is not", SOCIAL_WORKER, [ATTENDANCE], "certain", ("safe_address",), []),
        ("what nobody agreed on is not", KEYWORKER, [PRACTICE], "certain", (), []),
    ],
)
def test_only_what_is_released_is_opened(
    name: str, asker: Requester, values: list[ItemValue], band: str, register: tuple[str, ...], opened: list[str]
) -> None:
    """A value is decrypted that nobody may see."""
    noted = Opened()
    source = values[0].item.partition(".")[0]
    record = held(source, *values, band=band, opened=noted)  # type: ignore[arg-type]
    told(person("subject", record, protections=register), requester=asker)
    assert noted.items == opened, name


def test_a_protected_person_is_told_of_without_where_they_are() -> None:
    """The provider, the team or the practitioner's own line tells where a protected person is."""
    record = held("csc", provider="Harbour refuge")
    shown = block(told(person("subject", record, protections=["safe_address"])), "csc")
    assert (shown.level, shown.provider, shown.lead) == ("share", None, None)
    assert "refuge" not in told(person("subject", record, protections=["safe_address"])).model_dump_json()


@pytest.mark.parametrize("register", [(), ("safe_address",), ("witness",), ("adopted",)])
def test_a_silent_record_reads_as_no_record(register: tuple[str, ...]) -> None:
    """A record that is withheld silently differs from one that is not there."""
    subject = person("subject", held("csc"), protections=register)
    also = person("subject", held("csc"), held("hs", provider="Quay House"), protections=register)
    if register == ("witness",):
        assert told(also) == told(person("subject", protections=register))
    elif register == ("safe_address",):
        assert told(also) == told(subject)
    else:
        assert nothing(told(also), "hs") is None


def test_the_four_kinds_of_nothing() -> None:
    """A caseworker can't tell whether silence means that there is nothing."""
    withheld = held("po", risk="none")
    story = told(person("subject", held("ed", status="not_covered"), withheld, protections=["restriction"]))
    assert nothing(story, "hs") == "no_record_found"
    assert nothing(story, "fr") == "no_answer_yet"
    assert nothing(story, "po") == "not_shown"
    assert nothing(story, "pr") == "not_covered"
    assert nothing(story, "ed") == "not_covered"


def test_a_record_of_nothing_is_no_involvement() -> None:
    """A source that says it looked and found nothing shows as helping."""
    story = told(person("subject", held("ed", status="none_found")))
    assert story.people == ()
    assert nothing(story, "ed") == "no_record_found"


def test_current_help_comes_first() -> None:
    """What ended years ago stands above what is going on."""
    records = (
        held("csc", status="historic", ended=dt.date(2026, 10, 1), last_contact=dt.date(2026, 11, 10)),
        held("ed", last_contact=dt.date(2026, 3, 1)),
        held("eh", last_contact=dt.date(2026, 11, 2)),
    )
    [subject] = told(person("subject", *records)).people
    assert [one.source for one in subject.involvements] == ["eh", "ed", "csc"]


def test_own_references_are_the_askers_and_certain() -> None:
    """An agency gets another agency's reference, or one that is only probably this person's."""
    records = (held("csc"), held("eh", band="probable"), held("ed"))
    [subject] = told(person("subject", *records)).people
    assert subject.own_refs == (records[0].ref,)


def test_a_relative_of_whom_nothing_is_told_is_not_there() -> None:
    """An empty entry in the family tells that there is somebody under protection."""
    story = told(
        person("subject", held("csc")),
        person("parent", held("hs"), protections=["witness"]),
        person("sibling", held("ed")),
    )
    assert [one.relationship for one in story.people] == ["subject", "sibling"]


def test_the_age_is_what_the_freshest_open_record_says() -> None:
    """An age is told from a record of which nothing may be told."""
    records = (
        held("csc", age_band="5_12", as_of=dt.date(2026, 11, 1)),
        held("ed", age_band="13_15", as_of=dt.date(2026, 11, 10)),
        held("hv", age_band="16_17", as_of=dt.date(2026, 11, 20), band="probable"),
    )
    [subject] = told(person("subject", *records)).people
    assert subject.age_band == "13_15"


def test_what_is_not_agreed_is_the_same_for_everybody() -> None:
    """The list of what no agreement schedules tells what there is about this person."""
    stories = [
        told(requester=KEYWORKER),
        told(person("subject", held("gp", PRACTICE)), requester=KEYWORKER),
        told(person("subject", held("po", INTEL)), requester=KEYWORKER),
    ]
    assert stories[0].not_agreed == stories[1].not_agreed == stories[2].not_agreed
    assert "intelligence" not in str(stories[0].not_agreed).lower()


def test_everything_is_decided_and_recorded_also_what_is_not_told() -> None:
    """An auditor can't see why something was not told."""
    one = judged(
        person("subject", held("hs", ItemValue(item="hs.arrears_weeks", count=3)), protections=["safe_address"])
    )
    [record] = one.records
    assert record.is_silent
    assert [item for item, _ in record.untold] == ["hs.involvement", "hs.arrears_weeks"]
    assert record.untold[0][1].level == "withhold_silently"
    assert "P5" in record.untold[0][1].rules
