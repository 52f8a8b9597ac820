"""A silent withholding is byte for byte a "no record found": nobody but an auditor can tell that something is there."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest
from people import ISOLDE, MINA, OTTO, STRANGER, Person, Row, export
from promises import events, without_ids
from sqlalchemy import select
from world import World

from broker.store import audit_tables, auditlog
from broker.wire.answer import Answer
from broker.wire.fields import decode64, parse


def snapshot(world: World, agency: str, source: str, rows: Sequence[Row]) -> None:
    world.later(minutes=10)
    world.agency(agency).posts(*export(source, rows))


def seen(world: World, person: Person, staff: str = "sw") -> tuple[bytes, int, list[Any], int]:
    """An answer as its asker may study it: the story's bytes, the length, the receipt, and how much the log grew."""
    size = len(events(world))
    world.agency("council").asks(person.about(), staff=staff)
    sent = world.traffic[-1].answer or b""
    answer = parse(Answer, sent)
    story = json.loads(answer.story.model_dump_json())
    story["reference"], story["asked_at"] = "", 0
    for someone in story["people"]:  # Handles are made anew for every answer.
        someone["handle"] = ""
        for block in someone["involvements"]:
            block["handle"] = ""
    return json.dumps(story).encode(), len(sent), without_ids(answer.receipt), len(events(world)) - size


FAMILY = (Row(MINA, "C1", parents=("C2",)), Row(OTTO, "C2"), Row(ISOLDE, "C3"))


def test_a_protected_address_reads_as_no_record(world: World) -> None:
    """The landlord's silence about somebody whose address is safe differs from the silence of one who knows nobody."""
    world.agency("council").posts(*export("csc", FAMILY))
    world.agency("police").posts(*export("po", [Row(OTTO, "X9", protection="safe_address")]))
    snapshot(world, "homes", "hs", [Row(STRANGER, "T1")])
    without = seen(world, OTTO)
    snapshot(world, "homes", "hs", [Row(STRANGER, "T1"), Row(OTTO, "T2")])
    assert seen(world, OTTO) == without
    assert world.agency("council").asks(OTTO.about(), staff="sw").nothing("hs") == "no_record_found"


def test_a_relative_who_is_protected_as_a_whole_is_not_in_the_story(world: World) -> None:
    """A witness shows as a gap in the family of somebody else."""
    world.agency("council").posts(*export("csc", [Row(OTTO, "C1", siblings=("C2",)), Row(STRANGER, "C2")]))
    snapshot(world, "homes", "hs", [Row(STRANGER, "T9")])
    snapshot(world, "police", "po", [Row(ISOLDE, "X1")])
    told = world.agency("council").asks(OTTO.about(), staff="sw")
    assert told.people == {"subject": [["csc"]], "sibling": [["csc", "hs"]]}
    snapshot(world, "police", "po", [Row(ISOLDE, "X1"), Row(STRANGER, "X2", protection="witness")])
    assert world.agency("council").asks(OTTO.about(), staff="sw").people == {"subject": [["csc"]]}


def test_a_witness_reads_as_nobody(world: World) -> None:
    """The answer about a protected witness differs from that about somebody nobody knows."""
    snapshot(world, "council", "csc", [Row(MINA, "C1")])
    snapshot(world, "police", "po", [Row(MINA, "X1")])
    nobody = seen(world, OTTO)
    snapshot(world, "council", "csc", [Row(MINA, "C1"), Row(OTTO, "C2")])
    snapshot(world, "police", "po", [Row(MINA, "X1"), Row(OTTO, "X9", protection="witness")])
    assert seen(world, OTTO) == nobody


@pytest.mark.parametrize(
    ("agency", "source", "secret"),
    [("police", "po", "po.intel_marker"), ("nhs", "hv", "hv.contraception")],
)
def test_an_item_whose_existence_is_secret_leaves_no_trace(
    quick_world: World, agency: str, source: str, secret: str
) -> None:
    """An answer shows that there is an intelligence marker, or that a young person asked for contraception."""
    world = quick_world
    world.agency("council").posts(*export("csc", FAMILY))
    snapshot(world, agency, source, [Row(MINA, "X1")])
    without = seen(world, MINA)
    snapshot(world, agency, source, [Row(MINA, "X1", {secret: "yes"})])
    with_it = seen(world, MINA)
    assert with_it == without


def test_what_is_silent_is_in_the_audit_log(quick_world: World) -> None:
    """An auditor can't see that something was withheld silently, and why."""
    world = quick_world
    world.agency("council").posts(*export("csc", FAMILY))
    snapshot(world, "police", "po", [Row(OTTO, "X9", protection="safe_address")])
    snapshot(world, "homes", "hs", [Row(OTTO, "T2")])
    world.agency("council").asks(OTTO.about(), staff="sw")
    with world.parts.store.look() as connection:
        ids = connection.scalars(select(audit_tables.audit_details.c.id)).all()
        sealed = [auditlog.disclosures(connection, world.parts.keyring, entry) for entry in ids]
    told = [decode64(shown).decode() for one in sealed for shown in one.values()]
    [rows] = [text for text in told if "withhold_silently" in text]
    assert "P5" in rows
    assert "hs.involvement" in rows
