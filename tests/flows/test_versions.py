"""What an agency says later replaces what it said before, and what it no longer says ends."""

from __future__ import annotations

import shutil
from collections.abc import Sequence

from people import ISOLDE, JORAM, MINA, OTTO, Row, export
from sqlalchemy import func, select
from world import World

from broker.store import tables

FAMILY = (Row(MINA, "P1", {"ed.attendance": "71"}), Row(JORAM, "P2", {"ed.attendance": "88"}), Row(OTTO, "P3"))


def attendance(world: World) -> list[int | None]:
    """What the school's attendance item says of Mina today."""
    told = world.agency("council").asks(MINA.about(), staff="sw")
    blocks = [block for person in told.story.people for block in person.involvements if block.source == "ed"]
    return [value.count for block in blocks for item in block.items for value in item.values]


def post(world: World, rows: Sequence[Row], *options: str, delivery: str = "snapshot") -> None:
    world.later(hours=1)
    world.agency("school").posts(*export("ed", rows, delivery=delivery), *options)


def open_records(world: World) -> int:
    with world.parts.store.look() as connection:
        query = select(func.count()).select_from(tables.records).where(tables.records.c.closed.is_(False))
        return int(connection.execute(query).scalar_one())


def test_a_later_version_replaces_the_one_before(world: World) -> None:
    """A record posted again is the same record with its new content, and only that."""
    post(world, FAMILY)
    assert attendance(world) == [71]
    post(world, [Row(MINA, "P1", {"ed.attendance": "64"}), *FAMILY[1:]])
    assert attendance(world) == [64]
    assert open_records(world) == 3


def test_the_same_file_is_not_sent_twice(world: World) -> None:
    """A nightly job that finds yesterday's file sends nothing, and says so."""
    post(world, FAMILY)
    before = len(world.traffic)
    world.later(days=1)
    again = world.agency("school").posts(*export("ed", FAMILY))
    assert again["already"] is True
    assert len(world.traffic) == before


def test_an_older_version_never_comes_back(world: World) -> None:
    """A machine restored from its backup, with an older clock, can't overwrite what was sent since."""
    post(world, FAMILY)
    newest = world.now
    world.later(days=-1)
    school = world.agency("school")
    shutil.rmtree(school.home / "state" / "deliveries")
    late = school.sends(*export("ed", [Row(MINA, "P1", {"ed.attendance": "12"}), *FAMILY[1:]]))
    world.now = newest
    assert late.code == 4
    assert (late.result["kept"], late.result["rejected"], late.result["closed_records"]) == (0, 3, 0)
    assert "a later version is held" in (school.home / "exports" / "rejects.csv").read_text()
    assert attendance(world) == [71]


def test_a_retracted_record_is_gone(world: World) -> None:
    """A retraction closes the record for every question from then on, and the agency may post it again."""
    post(world, FAMILY)
    world.later(hours=1)
    ran = world.agency("school").runs("retract", "P1", "--json").ok()
    assert ran.result["retracted"] == 1
    assert attendance(world) == []
    assert open_records(world) == 2
    post(world, [Row(MINA, "P1", {"ed.attendance": "90"})], delivery="delta")
    assert attendance(world) == [90]


def test_a_snapshot_closes_what_it_no_longer_holds(world: World) -> None:
    """Somebody who left the file is no longer known to the service."""
    post(world, FAMILY)
    post(world, FAMILY[1:])
    assert attendance(world) == []
    assert open_records(world) == 2


def test_a_delta_closes_nothing(world: World) -> None:
    """A delivery of changes says nothing about what it does not hold."""
    post(world, FAMILY)
    post(world, [Row(ISOLDE, "P4")], delivery="delta")
    assert attendance(world) == [71]
    assert open_records(world) == 4


def test_a_row_that_could_not_be_sent_is_not_closed(world: World) -> None:
    """A typing mistake in a row of a snapshot must not end the record that the row is of."""
    post(world, FAMILY)
    world.later(hours=1)
    broken, mapping = export("ed", [Row(MINA, "P1", {"ed.attendance": "often"}), *FAMILY[1:]])
    ran = world.agency("school").sends(broken, mapping)
    assert (ran.code, ran.result["closed_records"]) == (4, 0)
    assert attendance(world) == [71]


def test_a_snapshot_that_would_close_most_is_refused_until_confirmed(world: World) -> None:
    """A file that was cut in the middle does not wipe a service out."""
    post(world, FAMILY)
    world.later(hours=1)
    cut = export("ed", FAMILY[:1])
    school = world.agency("school")
    refused = school.sends(*cut)
    assert refused.code == 3
    assert "[close-too-large]" in refused.error
    assert open_records(world) == 3
    confirmed = school.posts(*cut, "--confirm-large")
    assert confirmed["closed_records"] == 2
    assert open_records(world) == 1
