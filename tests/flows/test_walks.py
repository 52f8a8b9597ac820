"""A search that walks through guesses is an alarm in the audit log, and the asker sees nothing of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

import pytest
from people import ISOLDE, JORAM, MINA, OTTO, STRANGER, Person, Row, export
from promises import events
from signed import send
from sqlalchemy import select
from test_silence import seen
from world import World

from broker.actions.find_answer import find_answer
from broker.agency import pseudonyms
from broker.audit.receipt import verify_receipt
from broker.store import audit_tables, tables
from broker.vaults.secretfile import read_secrets
from broker.wire.alarm import Alarms
from broker.wire.fields import parse

LETTERS = "ABDEFGHJLNPQRSTUWXYZ"


def postcodes(start: int = 0) -> Iterator[str]:
    """Guesses in one street after the other."""
    return (f"ZY77 {at // 20 % 10}{LETTERS[at % 20]}D" for at in range(start, 200))


def protect(world: World) -> None:
    """The police registered Isolde; the council has her new address and knows of nothing."""
    hidden = Row(replace(ISOLDE, postcode=""), "X1", protection="safe_address")
    world.agency("police").posts(*export("po", [hidden]))
    moved = replace(ISOLDE, postcode="ZY77 0DD")
    world.agency("council").posts(*export("csc", [Row(moved, "C1"), Row(STRANGER, "C2")]))


def asks(world: World, about: dict[str, str], *, staff: str = "sw", times: int = 1) -> None:
    """Asks, a few minutes after the last question."""
    for _ in range(times):
        world.agency("council").asks(about, staff=staff)
        world.later(minutes=3)


def alarms(world: World) -> list[dict[str, Any]]:
    """The alarms in the log, each opened as an IG officer opens it."""
    found = []
    for event in events(world):
        if event["typ"] == "alarm":
            [alarm] = [one for one in find_answer(world.parts, event["answer"])["agencies"] if one["typ"] == "alarm"]
            found.append(alarm)
    return found


def pseudonym(world: World, staff: str) -> str:
    secrets = read_secrets(world.parties.home("council") / "secrets.json", owner="agency:council")
    return pseudonyms.staff(secrets.bytes32("reference"), staff)


def rows(world: World) -> list[Any]:
    with world.parts.store.look() as connection:
        return list(connection.execute(select(tables.guesses)).all())


def about(person: Person, **changes: str) -> dict[str, str]:
    """What is typed about somebody of whom only name, birthday and a postcode are known."""
    return {name: value for name, value in person.about(**changes).items() if name != "nhs"}


def test_a_walk_of_postcodes_alarms_at_the_fifth(world: World) -> None:
    """A caseworker tries one postcode after the other about a hidden person, and nobody is told."""
    protect(world)
    walk = postcodes()
    for _ in range(4):
        asks(world, about(ISOLDE, postcode=next(walk)))
    assert alarms(world) == []
    asks(world, about(ISOLDE, postcode=next(walk)))
    [alarm] = alarms(world)
    assert (alarm["org"], alarm["rule"], alarm["count"]) == ("council", "about-one-person", 5)
    assert alarm["staff"] == pseudonym(world, "sw")
    # Once a day, and again on the next while it goes on.
    for _ in range(3):
        asks(world, about(ISOLDE, postcode=next(walk)))
    assert len(alarms(world)) == 1
    world.later(days=1)
    asks(world, about(ISOLDE, postcode="ZY77 0AD"))
    assert len(alarms(world)) == 1, "a postcode that was tried before is no guess"
    asks(world, about(ISOLDE, postcode=next(walk)))
    assert [one["count"] for one in alarms(world)] == [5, 9]


def test_the_agency_hears_of_its_own_alarms(world: World) -> None:
    """An agency is not told that its caseworker walks; or another agency is, or the desk."""
    for postcode in islice(postcodes(), 5):
        asks(world, about(ISOLDE, postcode=postcode))
    path = f"/v1/alarms/{world.now.date().isoformat()}"
    told = parse(Alarms, send(world, "council", "delivery", method="GET", path=path).content)
    [alarm] = told.alarms
    shown = verify_receipt(alarm.model_dump(mode="json"), [world.parties.trust.broker.audit_log])
    assert shown.event["typ"] == "alarm"
    assert shown.disclosed == {"rule": "about-one-person", "count": 5, "staff": pseudonym(world, "sw")}
    for agency, day in (("nhs", path), ("council", "/v1/alarms/2026-11-21")):
        assert parse(Alarms, send(world, agency, "delivery", method="GET", path=day).content).alarms == ()
    assert send(world, "council", "desk", method="GET", path=path).status == 403
    assert send(world, "council", "delivery", method="GET", path="/v1/alarms/yesterday").code == "day-invalid"


def test_several_postcodes_in_one_question_are_several_guesses(quick_world: World) -> None:
    """A walk that tries three postcodes at a time is three times as long before anybody is told."""
    walk = postcodes()
    for _ in range(2):
        asks(quick_world, about(ISOLDE, postcode=next(walk)) | {"previous_postcode": f"{next(walk)}; {next(walk)}"})
    assert [one["count"] for one in alarms(quick_world)] == [6]


def test_a_walk_without_a_birthday_alarms_at_the_twentieth(world: World) -> None:
    """Names and postcodes alone, which share nothing but the name, are tried without anybody being told."""
    protect(world)
    walk = postcodes()
    nameless = {"forename": ISOLDE.forename, "surname": ISOLDE.surname}
    for _ in range(19):
        asks(world, nameless | {"postcode": next(walk)})
    assert alarms(world) == []
    asks(world, nameless | {"postcode": next(walk)}, times=2)
    [alarm] = alarms(world)
    assert (alarm["rule"], alarm["count"]) == ("address-only", 20)


def test_questions_that_find_somebody_are_no_walk(quick_world: World) -> None:
    """A receptionist who asks by name and postcode, and finds whom they ask about, is taken for a thief."""
    quick_world.agency("council").posts(*export("csc", [Row(OTTO, "C1")]))
    known = {"forename": OTTO.forename, "surname": OTTO.surname, "postcode": OTTO.postcode}
    asks(quick_world, known, times=21)
    assert alarms(quick_world) == []


@pytest.mark.parametrize("many", [30, pytest.param(200, marks=pytest.mark.long)])
def test_honest_questions_about_different_people_are_no_walk(quick_world: World, many: int) -> None:
    """The alarm cries wolf at whoever asks much, and nobody listens when it matters."""
    born = dt.date(1960, 1, 1)
    for at, postcode in enumerate(islice(postcodes(), many)):
        first, second = LETTERS[at % 20], LETTERS[at // 20]
        surname = f"{second}{'aeiou'[at % 5]}{first.lower()}worth"
        day = (born + dt.timedelta(days=at * 97)).isoformat()
        asks(quick_world, about(Person(f"{first}olande", surname, day, postcode)))
    assert alarms(quick_world) == []


def test_a_corrected_postcode_is_no_walk(world: World) -> None:
    """A caseworker who mistypes a family's postcode is taken for a thief."""
    family = (MINA, JORAM, ISOLDE, OTTO)
    world.agency("council").posts(*export("csc", [Row(one, f"C{at}") for at, one in enumerate(family)]))
    for postcode in ("ZY47 7QY", "ZY47 7QW", "ZY47 7QX"):
        for one in family:
            named = about(one, postcode=postcode) | {"former_surname": "Blenkinsopp; Oglethorpe"}
            asks(world, named, times=2)
    assert alarms(world) == []


def test_staff_are_counted_apart(quick_world: World) -> None:
    """Two colleagues who each mistype an address once or twice are taken for one thief."""
    walk = postcodes()
    for staff in ("sw", "mash") * 4:
        asks(quick_world, about(ISOLDE, postcode=next(walk)), staff=staff)
    assert alarms(quick_world) == []


def test_the_answer_does_not_tell_of_the_alarm(world: World) -> None:
    """Whoever walks sees in the answer that they were noticed, and stops or changes their way."""
    protect(world)
    quiet, loud = (
        [seen(world, replace(ISOLDE, postcode=postcode))[:3] for postcode in islice(postcodes(), count)]
        for count in (1, 6)
    )
    assert len(alarms(world)) == 1
    assert all(one == quiet[0] for one in loud)


def test_what_is_kept_names_nobody(world: World) -> None:
    """A thief of the database reads who asked, about whom, or that two members of staff asked about one person."""
    protect(world)
    for staff in ("sw", "mash"):
        asks(world, about(ISOLDE), staff=staff)
    asks(world, about(OTTO))
    kept = rows(world)
    with world.parts.store.look() as connection:
        others = {
            bytes(value)
            for table in (tables.labels, tables.records, audit_tables.audit_entries)
            for row in connection.execute(select(table))
            for value in row
            if isinstance(value, bytes)
        }
    by_question: dict[bytes, set[bytes]] = {}
    for row in kept:
        by_question.setdefault(row.question, set()).add(row.point)
    first, second, third = by_question.values()
    assert len(first) + len(second) + len(third) == len({row.point for row in kept}), "nothing is equal of two staff"
    held = {value for row in kept for value in (row.point, row.question)}
    assert not held & others
    files = {name: content for name, content in world.outside().items() if "broker.db" in name}
    clear = [pseudonym(world, staff).encode() for staff in ("sw", "mash")]
    assert not any(name in content for content in files.values() for name in clear)
    assert {row.hour for row in kept} == {int(world.now.timestamp()) // 3600}


def test_what_nobody_needs_is_not_kept(quick_world: World) -> None:
    """Questions that can be part of no walk leave a trace of their asker all the same."""
    asks(quick_world, {"forename": OTTO.forename, "surname": OTTO.surname, "dob": OTTO.dob})
    asks(quick_world, about(OTTO), staff="untrained")
    assert rows(quick_world) == []


@pytest.mark.parametrize(("days", "seen_then"), [(6, 1), (8, 0)])
def test_guesses_are_forgotten_after_a_week(world: World, days: int, seen_then: int) -> None:
    """Who asked about whom is kept for ever, or a walk at one step a day is never seen."""
    walk = postcodes()
    for _ in range(4):
        asks(world, about(ISOLDE, postcode=next(walk)))
    old = {row.question for row in rows(world)}
    assert len(old) == 4
    world.later(days=days)
    asks(world, about(ISOLDE, postcode=next(walk)))
    assert len(alarms(world)) == seen_then
    assert bool(old & {row.question for row in rows(world)}) == bool(seen_then)
