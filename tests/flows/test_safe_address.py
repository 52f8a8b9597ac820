"""A safe address binds every agency: one registers it, and nobody's record tells any longer where the person is."""

from __future__ import annotations

from dataclasses import replace

import pytest
from people import MINA, OTTO, STRANGER, Row, export
from promises import events
from sqlalchemy import func, select
from world import World

from broker.store import labels, protections, records, tables

AFTER = [Row(OTTO, "T1", {"hs.arrears_weeks": "3"})]
PLACED = ("hs", "ac", "gp")


def post_placed(world: World) -> None:
    """Three services whose mere name tells where somebody is, and one that does not, know Otto."""
    world.agency("homes").posts(*export("hs", AFTER))
    world.agency("nhs").posts(*export("ac", [Row(OTTO, "H1")]))
    world.agency("gp").posts(*export("gp", [Row(OTTO, "G1", {"gp.registered_practice": "harbour_surgery"})]))
    world.agency("council").posts(*export("csc", [Row(OTTO, "C2"), Row(MINA, "C1", parents=("C2",))]))


def protect(world: World, protection: str = "safe_address") -> None:
    world.later(hours=1)
    world.agency("police").posts(*export("po", [Row(OTTO, "X9", protection=protection), Row(STRANGER, "X8")]))


@pytest.mark.parametrize("order", ["protected first", "records first"])
def test_a_protection_of_one_agency_binds_all_others(world: World, order: str) -> None:
    """Another agency's record tells where somebody is whose address is safe."""
    for step in (post_placed, protect) if order == "records first" else (protect, post_placed):
        step(world)
    for told in (world.agency("council").asks(OTTO.about(), staff="sw"), world.agency("nhs").asks(OTTO.about())):
        assert told.people["subject"] == [["csc", "po"]]
        assert {told.nothing(source) for source in PLACED} == {"no_record_found"}
        for block in told.person().involvements:
            assert (block.provider, block.lead) == (None, None)
            assert block.duty_phone.startswith("01632")


def test_the_protection_holds_when_the_person_is_a_relative(world: World) -> None:
    """Asking about the child tells where the protected parent is."""
    post_placed(world)
    protect(world)
    told = world.agency("council").asks(MINA.about(), staff="sw")
    assert told.people == {"subject": [["csc"]], "parent": [["csc", "po"]]}
    assert all(block.provider is None for block in told.person("parent").involvements)


def test_the_protection_reaches_the_child_who_lives_with_them(world: World) -> None:
    """The child's school tells where the protected parent is."""
    post_placed(world)
    world.agency("school").posts(*export("ed", [Row(MINA, "P1")]))
    assert world.agency("council").asks(MINA.about(), staff="sw").people["subject"] == [["csc", "ed"]]
    protect(world)
    told = world.agency("council").asks(MINA.about(), staff="sw")
    assert told.people["subject"] == [["csc"]]
    assert told.nothing("ed") == "no_record_found"


def test_a_protected_person_is_posted_without_address_keys(world: World) -> None:
    """Somebody who guesses postcodes finds where a protected person lives."""
    protect(world)
    parts = world.parts
    addresses = {key.number for key in parts.scheme.match_keys if key.address}
    with parts.store.look() as connection:
        rows = connection.execute(select(tables.records)).all()
        opened = [records.opened(row, parts.keysets, "police") for row in rows]
        held = [{number for number, _ in record.points()} for record in opened]
        ids = connection.scalars(select(tables.protections.c.id)).all()
        entries = protections.read(connection, parts.keysets, ids)
        found = connection.execute(
            select(func.count()).select_from(tables.labels).where(tables.labels.c.source == labels.REGISTER)
        )
        assert found.scalar_one() == sum(len(entry.points) for entry in entries)
    assert sorted(bool(numbers & addresses) for numbers in held) == [False, True]
    assert [{number for number, _ in entry.points} & addresses for entry in entries] == [set()]
    nowhere_else = replace(OTTO, forename="Wilbert", surname="Nobodaddy", nhs="")
    assert world.agency("council").asks(nowhere_else.about(), staff="sw").people == {}


@pytest.mark.parametrize("later", ["a version without it", "retracted", "left the snapshot"])
def test_a_protection_outlives_the_version_that_brought_it(world: World, later: str) -> None:
    """A nightly file that forgets the flag lifts a protection that two people made."""
    post_placed(world)
    protect(world)
    world.later(days=1)
    police = world.agency("police")
    if later == "a version without it":
        police.posts(*export("po", [Row(OTTO, "X9"), Row(STRANGER, "X8")]))
    elif later == "retracted":
        police.runs("retract", "X9").ok()
    else:
        police.posts(*export("po", [Row(STRANGER, "X8")]))
    told = world.agency("council").asks(OTTO.about(), staff="sw")
    assert {told.nothing(source) for source in PLACED} == {"no_record_found"}


def test_a_protection_posted_again_is_renewed(quick_world: World) -> None:
    """Each night's delivery adds one more entry to the register."""
    protect(quick_world)
    quick_world.later(days=1)
    again = Row(OTTO, "X9", protection="safe_address", review_by="2027-09-01")
    quick_world.agency("police").posts(*export("po", [again, Row(STRANGER, "X8")]))
    assert [event["act"] for event in events(quick_world) if event["typ"] == "protect"] == ["set", "renewed"]
    with quick_world.parts.store.look() as connection:
        [entry] = connection.execute(select(tables.protections)).all()
    assert entry.review_by.isoformat() == "2027-09-01"


def test_one_person_alone_protects_nobody(quick_world: World) -> None:
    """A protection made by one person enters the register; the row is refused and says why."""
    csv, mapping = export("po", [Row(OTTO, "X9", protection="safe_address"), Row(STRANGER, "X8")])
    ran = quick_world.agency("police").sends(csv.replace("w-102", "w-101"), mapping)
    assert (ran.code, ran.result["kept"], ran.result["rejected"]) == (4, 1, 1)
    with quick_world.parts.store.look() as connection:
        assert connection.execute(select(tables.protections)).all() == []
