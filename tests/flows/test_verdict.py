"""A person says that two records are, or are not, about the same person; from then on that stands, everywhere."""

from __future__ import annotations

import json
import os
from dataclasses import replace

from family_files import Kin, kin
from people import MINA, Person, Row, export
from promises import events
from signed import say, send
from world import World

from broker.wire.fields import encode64

ALIKE = replace(MINA, nhs="")


def post(world: World, person: Person = ALIKE) -> None:
    world.agency("council").posts(*export("csc", [Row(ALIKE, "C1")]))
    world.agency("school").posts(*export("ed", [Row(person, "P1")]))


def handles(world: World) -> tuple[str, str]:
    told = world.agency("council").asks(ALIKE.about(), staff="sw")
    return told.block("csc").handle, told.block("ed").handle


def subject(world: World, agency: str = "council", staff: str = "sw") -> list[list[str]]:
    return world.agency(agency).asks(ALIKE.about(), staff=staff).people["subject"]


def test_not_the_same_holds_at_the_next_question_everywhere(world: World) -> None:
    """Two records that somebody parted are told as one person's again."""
    post(world)
    assert subject(world) == [["csc", "ed"]]
    one, other = handles(world)
    assert say(world, "council", one, other=other, verdict="not_the_same").status == 200
    assert subject(world) == [["csc"]]
    assert subject(world, "school", "dsl") == [["csc"]]
    assert [event["verdict"] for event in events(world) if event["typ"] == "verdict"] == ["not_the_same"]


def test_the_machine_never_overrules_a_verdict(world: World) -> None:
    """A later delivery that makes the two records even more alike merges them again."""
    post(world)
    one, other = handles(world)
    say(world, "council", one, other=other, verdict="not_the_same")
    world.later(days=1)
    world.agency("council").posts(*export("csc", [Row(MINA, "C1")]))
    world.agency("school").posts(*export("ed", [Row(MINA, "P1")]))
    assert world.agency("council").asks(MINA.about(), staff="sw").people["subject"] == [["csc"]]


def test_a_later_verdict_replaces_the_earlier_one(world: World) -> None:
    """A verdict given in error can't be taken back."""
    post(world)
    one, other = handles(world)
    for verdict, expected in (("not_the_same", [["csc"]]), ("same", [["csc", "ed"]])):
        assert say(world, "council", one, other=other, verdict=verdict).status == 200
        assert subject(world) == expected


def test_a_probable_match_is_not_confirmed_by_whoever_asked(world: World) -> None:
    """One person makes a match certain for themselves, and sees what is kept from a probable one."""
    looked_up = replace(MINA, forename="Marthelina", nhs="")
    post(world, looked_up)
    told = world.agency("council").asks(ALIKE.about(), staff="sw")
    assert told.block("ed").match == "probable"
    one, other = told.block("csc").handle, told.block("ed").handle
    refused = say(world, "council", one, other=other, verdict="same")
    assert (refused.status, refused.code) == (403, "verdict-needs-review")
    assert world.agency("council").asks(ALIKE.about(), staff="sw").block("ed").match == "probable"


def test_two_people_of_an_answer_are_not_joined_by_whoever_asked(quick_world: World) -> None:
    """One desk says that twins are one child, and nobody anywhere is told of either any more."""
    world = quick_world
    twin = replace(MINA, forename="Adalberthe", nhs="9990000034")
    rows = export("csc", [Row(MINA, "C1"), Row(twin, "C2")])
    world.agency("council").posts(*kin(rows, {"C1": [Kin("C2", "sibling")]}))
    world.agency("school").posts(*export("ed", [Row(MINA, "P1"), Row(twin, "P2")]))
    told = world.agency("council").asks(MINA.about(), staff="sw")
    apart = {"subject": [["csc", "ed"]], "sibling": [["csc", "ed"]]}
    assert told.people == apart
    one, other = told.block("csc").handle, told.block("ed", "sibling").handle
    refused = say(world, "council", one, other=other, verdict="same")
    assert (refused.status, refused.code) == (403, "verdict-needs-review")
    assert world.agency("council").asks(MINA.about(), staff="sw").people == apart
    assert say(world, "council", one, other=other, verdict="not_the_same").status == 200


def test_a_verdict_is_about_one_recent_answer(quick_world: World) -> None:
    """Handles that were kept, or gathered from many answers, part records that nobody has looked at together."""
    world = quick_world
    post(world)
    one, other = handles(world)
    later, _ = handles(world)
    mixed = say(world, "council", later, other=other, verdict="not_the_same")
    assert (mixed.status, mixed.code) == (422, "handle-old")
    world.later(hours=2)
    late = say(world, "council", one, other=other, verdict="not_the_same")
    assert (late.status, late.code) == (422, "handle-old")
    assert subject(world) == [["csc", "ed"]]


def test_a_verdict_that_is_not_the_agencys_own_is_refused(quick_world: World) -> None:
    """Somebody parts records with handles they were not given, with a delivery key, twice, or on one record."""
    world = quick_world
    post(world)
    one, other = handles(world)
    body = {"v": 1, "id": encode64(os.urandom(16)), "agency": "council", "staff": "S1", "one": one, "other": other}
    said = json.dumps(body | {"verdict": "same"}).encode()

    def sent(agency: str, use: str, content: bytes) -> tuple[int, str]:
        answered = send(world, agency, use, method="POST", path="/v1/verdicts", body=content)
        return answered.status, answered.code

    assert sent("council", "delivery", said) == (403, "signing-key-unknown")
    assert sent("school", "desk", said) == (403, "agency-differs")
    assert sent("school", "desk", said.replace(b'"council"', b'"school"')) == (422, "handle-unknown")
    assert sent("council", "desk", said.replace(other.encode(), one.encode())) == (422, "verdict-on-one")
    assert sent("council", "desk", said.replace(b'"same"', b'"maybe"')) == (422, "schema-invalid")
    assert send(world, "council", "desk", method="POST", path="/v1/verdicts", body=said).status == 200
    assert sent("council", "desk", said) == (409, "verdict-used")
    assert subject(world) == [["csc", "ed"]]
