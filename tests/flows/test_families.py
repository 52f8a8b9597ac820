"""Families: relationships that somebody stated and that hold today; an adopted child never with the life before."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from family_files import Kin, kin
from people import ISOLDE, JORAM, MINA, OTTO, STRANGER, Person, Row, export
from sqlalchemy import select
from world import World

from broker.store import protections, tables

MOTHER = replace(ISOLDE, nhs="9990000034")


def council(world: World, rows: list[Row], **related: list[Kin]) -> None:
    world.agency("council").posts(*kin(export("csc", rows), related or {"": [Kin("", "")]}))


def family(world: World, person: Person, agency: str = "council", staff: str = "sw") -> dict[str, list[list[str]]]:
    found = dict(world.agency(agency).asks(person.about(), staff=staff).people)
    found.pop("subject", None)
    return found


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        (Kin("C2", "partner"), {"partner": [["csc", "su"]]}),
        (Kin("C2", "partner", since="2020-02-01", until="2027-01-01"), {"partner": [["csc", "su"]]}),
        (Kin("C2", "partner", since="2020-02-01", until="2024-06-30"), {}),
        (Kin("C2", "ex_partner", since="2024-06-30"), {}),
        (Kin("C2", "household_member"), {}),
        (Kin("C2", "partner", "shared_address"), {}),
    ],
    ids=["holds", "still holds", "has ended", "former partner", "household member only", "known by an address only"],
)
def test_who_is_family(world: World, stated: Kin, expected: dict[str, list[list[str]]]) -> None:
    """Asking about somebody tells of their former partner, or of whoever shares their address."""
    council(world, [Row(MOTHER, "C1"), Row(OTTO, "C2")], C1=[stated])
    world.agency("voluntary").posts(*export("su", [Row(OTTO, "U1")]))
    assert family(world, MOTHER) == expected


@pytest.mark.parametrize("end", [Kin("C2", "ex_partner"), Kin("C2", "partner", until="2024-06-30")])
def test_an_ex_partner_does_not_come_back_by_another_services_old_record(quick_world: World, end: Kin) -> None:
    """One service knows that it is over; another one's record, years old, joins the two again."""
    world = quick_world
    council(world, [Row(MOTHER, "C1"), Row(OTTO, "C2")], C1=[end])
    rows = [Row(MOTHER, "H1"), Row(OTTO, "H2")]
    world.agency("nhs").posts(*kin(export("mh", rows), {"H1": [Kin("H2", "partner")]}))
    assert family(world, MOTHER) == {}
    world.later(days=1)
    anew = {"H1": [Kin("H2", "partner", since="2026-01-05")]}
    world.agency("nhs").posts(*kin(export("mh", rows), anew))
    world.agency("council").posts(
        *kin(
            export("csc", [Row(MOTHER, "C1"), Row(OTTO, "C2")]),
            {"C1": [replace(end, since="2020-01-01", until="2024-06-30")]},
        )
    )
    assert family(world, MOTHER) == {"partner": [["csc", "mh"]]}


def test_a_shared_address_is_no_family(quick_world: World) -> None:
    """Two families of one house, or the next tenant, are told of together."""
    world = quick_world
    lodger = replace(STRANGER, postcode=MINA.postcode)
    council(world, [Row(MINA, "C1", parents=("C2",)), Row(OTTO, "C2"), Row(lodger, "C3")])
    homes = [Row(OTTO, "T1"), Row(lodger, "T2"), Row(MINA, "T3")]
    all_of_the_house = {
        row.ref: [Kin(other.ref, "household_member") for other in homes if other != row] for row in homes
    }
    world.agency("homes").posts(*kin(export("hs", homes), all_of_the_house))
    assert family(world, MINA) == {"parent": [["csc", "hs"]]}
    assert family(world, lodger) == {}


def test_an_old_address_joins_nobody(quick_world: World) -> None:
    """A mother who moved out is joined with whoever lives there now, by her old record."""
    world = quick_world
    moved = replace(MOTHER, postcode="ZY88 8JJ")
    council(world, [Row(moved, "C1"), Row(JORAM, "C2", parents=("C1",))])
    tenant = replace(STRANGER, postcode=MOTHER.postcode)
    rows = [Row(MOTHER, "T1", status="historic"), Row(tenant, "T2")]
    world.agency("homes").posts(*kin(export("hs", rows), {"T1": [Kin("T2", "household_member")]}))
    told = world.agency("council").asks(moved.about(), staff="sw")
    assert {source for person in told.people.values() for blocks in person for source in blocks} <= {"csc", "hs"}
    assert family(world, JORAM) == {"parent": [["csc", "hs"]]}
    assert set(told.people) == {"subject"}


def test_how_a_relationship_is_known_is_told(quick_world: World) -> None:
    """A caseworker takes what somebody said for what a court decided."""
    world = quick_world
    stated = [Kin("C2", "guardian", "court_order", since="2025-03-03"), Kin("C3", "sibling", "self_reported")]
    council(world, [Row(MINA, "C1"), Row(OTTO, "C2"), Row(JORAM, "C3")], C1=stated)
    told = world.agency("council").asks(MINA.about(), staff="sw")
    guardian, sibling = told.person("guardian"), told.person("sibling")
    assert (guardian.known_by, str(guardian.since)) == ("court_order", "2025-03-03")
    assert (sibling.known_by, sibling.since, told.person().known_by) == ("self_reported", None, None)
    screen = world.agency("council").asking(MINA.about(), staff="sw").ok().out
    assert "(by a court order, since 3 March 2025)" in " ".join(screen.split())


def test_how_it_is_known_is_not_told_of_somebody_protected(quick_world: World) -> None:
    """The day that a protected person came to a family helps to find them."""
    world = quick_world
    stated = [Kin("C2", "foster_carer", "court_order", since="2025-03-03")]
    council(world, [Row(MINA, "C1"), Row(OTTO, "C2", protection="safe_address")], C1=stated)
    carer = world.agency("council").asks(MINA.about(), staff="sw").person("foster_carer")
    assert (carer.known_by, carer.since) == (None, None)


EARLIER = Person("Rosalindra", "Vexworthigan", "2018-04-05", "ZY47 7QX", nhs="9990000042", sex="f")
ADOPTED = Person("Rosalindra", "Umbertide", "2018-04-05", "ZY88 8JJ", nhs="9990000050", sex="f")
PARENT = Person("Celestina", "Umbertide", "1979-11-11", "ZY88 8JJ", nhs="9990000069", sex="f")


def adoption(world: World, *, new_life: bool = True) -> None:
    """The birth mother and the child's earlier record; the adoptive mother and the child's new records."""
    before = [Row(MOTHER, "C1"), Row(EARLIER, "C2", parents=("C1",), protection="adopted")]
    after = [Row(PARENT, "C3"), Row(ADOPTED, "C4", parents=("C3",), protection="adopted")] if new_life else []
    related = {"C1": [Kin("C2", "child")]} | ({"C3": [Kin("C4", "child")]} if new_life else {})
    world.agency("council").posts(*kin(export("csc", [*before, *after]), related))
    school = [Row(replace(ADOPTED, nhs=""), "P4")] if new_life else []
    world.agency("school").posts(*export("ed", [Row(STRANGER, "P9"), *school]))
    world.agency("nhs").posts(*export("mh", [Row(replace(EARLIER, nhs=""), "M2"), Row(STRANGER, "M9")]))


def whole(world: World, person: Person) -> str:
    """All that an answer tells, without what differs in any two."""
    told = world.agency("council").asks(person.about(), staff="sw")
    story = json.loads(told.story.model_dump_json())
    story["reference"], story["asked_at"] = "", 0
    for one in story["people"]:
        one["handle"] = ""
        for block in one["involvements"]:
            block["handle"] = ""
    return json.dumps(story, sort_keys=True)


def test_the_birth_mothers_question_does_not_find_the_new_life(world: World) -> None:
    """A birth family finds an adopted child's new name, school or parents; or that there is anything at all."""
    adoption(world, new_life=False)
    without = [whole(world, person) for person in (MOTHER, EARLIER, replace(EARLIER, nhs="", postcode=""))]
    world.later(hours=1)
    adoption(world)
    assert [whole(world, person) for person in (MOTHER, EARLIER, replace(EARLIER, nhs="", postcode=""))] == without
    assert family(world, MOTHER)["child"] == [["csc", "mh"]]


def test_the_new_life_does_not_find_the_one_before(world: World) -> None:
    """An adoptive family's question tells of the birth family."""
    adoption(world)
    assert world.agency("council").asks(ADOPTED.about(), staff="sw").people == {
        "subject": [["csc", "ed"]],
        "parent": [["csc"]],
    }
    assert family(world, PARENT) == {"child": [["csc", "ed"]]}


@pytest.mark.parametrize("kept", ["address", "both names"])
def test_an_adoption_within_the_family(quick_world: World, kept: str) -> None:
    """A grandmother adopts: the address, or what the child is called, does not join the two lives again."""
    world = quick_world
    adopted = (
        replace(ADOPTED, postcode=EARLIER.postcode) if kept == "address" else replace(ADOPTED, forename="Rosalind")
    )
    rows = [Row(MOTHER, "C1"), Row(EARLIER, "C2"), Row(adopted, "C4", protection="adopted")]
    council(world, rows, C1=[Kin("C2", "child")])
    world.agency("voluntary").posts(*export("su", [Row(replace(adopted, nhs=""), "U4")]))
    world.agency("nhs").posts(*export("mh", [Row(replace(EARLIER, nhs=""), "M2")]))
    assert world.agency("council").asks(EARLIER.about(), staff="sw").people["subject"] == [["csc", "mh"]]
    assert world.agency("council").asks(adopted.about(), staff="sw").people["subject"] == [["csc", "su"]]
    assert family(world, MOTHER) == {"child": [["csc", "mh"]]}


def test_the_rule_names_no_pair(quick_world: World) -> None:
    """A dump tells which two identities are one child."""
    world = quick_world
    adoption(world)
    with world.parts.store.look() as connection:
        assert connection.execute(select(tables.verdicts)).all() == []
        entries = protections.read(connection, world.parts.keysets, connection.scalars(select(tables.protections.c.id)))
        held = {bytes(one) for one in connection.scalars(select(tables.records.c.id))}
        labels = connection.execute(select(tables.labels.c.source, tables.labels.c.label)).all()
    assert sorted(entry.kind for entry in entries) == ["adopted", "adopted"]
    assert not {entry.id for entry in entries} & held
    shared = [{row.label for row in labels if row.source == source} for source in ("_protections", "csc", "ed", "mh")]
    assert len(set.union(*shared)) == sum(map(len, shared)), "a label of the register is one of a record"
