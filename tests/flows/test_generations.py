"""The broker's keys change while it is asked and posted to: nobody notices, and what is over opens nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import pytest
import typer
from people import ISOLDE, JORAM, MINA, OTTO, STRANGER, Row, export
from promises import check_records, events
from rotating import Rotation
from sqlalchemy import Connection, select, update
from sqlalchemy import Row as Row_
from world import World

from broker import oprf
from broker.actions.close_generation import close_generation
from broker.actions.open_generation import open_generation
from broker.actions.renew_records import damaged
from broker.cli import rotations
from broker.cli.rotationsteps import Given, What
from broker.cli.runs import Given as GivenParts
from broker.errors import Conflict, Misconfigured, Untrusted
from broker.keys.destroying import check_destroyed
from broker.keys.envelope import RecordName, unwrap_each
from broker.keys.keysets import Keyset
from broker.store import records, tables

ROTATIONS = {"k": ("epoch",), "labels": ("labels",), "keks": ("keks",), "all": ("epoch", "labels", "keks")}
COUNCIL = [Row(MINA, "C1", items={"csc.cp_plan": "2026-09-01"}, parents=("C2",)), Row(OTTO, "C2"), Row(STRANGER, "C3")]


def post(world: World) -> None:
    """What four services know of one family, of whom the father's address is safe."""
    world.agency("council").posts(*export("csc", COUNCIL))
    world.agency("school").posts(*export("ed", [Row(MINA, "P1", items={"ed.attendance": "71"}), Row(JORAM, "P2")]))
    world.agency("homes").posts(*export("hs", [Row(OTTO, "H1"), Row(ISOLDE, "H2")]))
    world.agency("police").posts(*export("po", [Row(OTTO, "X9", protection="safe_address"), Row(STRANGER, "X8")]))


def told(world: World) -> list[Any]:
    """What a social worker is told about three people."""
    found = []
    for person in (MINA, OTTO, STRANGER):
        answer = world.agency("council").asks(person.about(), staff="sw")
        blocks = [block.model_dump(exclude={"handle"}) for one in answer.story.people for block in one.involvements]
        found.append((answer.people, sorted(map(str, blocks)), [one.nothing for one in answer.story.sources]))
    return found


@pytest.mark.parametrize("raised", ROTATIONS.values(), ids=ROTATIONS)
def test_matches_are_the_same_before_during_and_after(world: World, raised: tuple[str, ...]) -> None:
    """A rotation loses or adds a match, fails a question, or leaves a row that nothing opens."""
    post(world)
    rotation = Rotation(world, raised)
    before = told(world)
    assert any(blocks for _, blocks, _ in before)
    rotation.prepares()
    assert told(world) == before
    rotation.opens()
    assert told(world) == before
    while left := rotation.renews(most=1):
        assert told(world) == before, left
    check_records(world.parts)
    closed = rotation.closes()
    assert told(world) == before
    assert closed.generation is not None and closed.secrets
    for record in closed.records:
        check_destroyed(record, world.parties.trust)
    assert {event["act"] for event in events(world) if event["typ"] == "keys"} == {"opened", "renewed", "closed"}
    destroyed = {event["key"] for event in events(world) if event["typ"] == "key" and event["act"] == "destroyed"}
    assert destroyed == {f"broker/{name}" for name in closed.secrets}


def test_what_is_posted_meanwhile_is_found(world: World) -> None:
    """A record that is posted, replaced or retracted while half of the rows are renewed gets lost, or stays."""
    post(world)
    rotation = Rotation(world, ROTATIONS["all"])
    rotation.prepares()
    rotation.opens()
    world.later(hours=1)
    world.agency("school").posts(*export("ed", [Row(MINA, "P1", items={"ed.attendance": "64"}), Row(ISOLDE, "P3")]))
    world.agency("council").runs("retract", "C3", "--source", "csc").ok()
    check_records(world.parts)
    meanwhile = told(world)
    assert rotation.renews() == 0
    assert told(world) == meanwhile
    rotation.closes()
    assert told(world) == meanwhile


def test_a_second_rotation_of_everything(world: World) -> None:
    """Only the first rotation works, because numbers were taken for granted."""
    post(world)
    before = told(world)
    for _ in range(2):
        Rotation(world, ROTATIONS["all"]).all()
        assert told(world) == before
    world.stop("broker")
    world.start("broker")
    assert told(world) == before
    assert world.parts.keysets.newest.generation.epoch == 3


def test_old_labels_find_nothing_and_old_keys_open_nothing(world: World) -> None:
    """Whoever kept the old secrets can still look somebody up, or open a record."""
    post(world)
    kept = world.parts.keysets
    with world.parts.store.look() as connection:
        found = {label for row in rows(connection) for label in kept.newest.labels_at(row.source, _points(world, row))}
        assert found >= {bytes(one) for one in connection.scalars(select(tables.labels.c.label).where(_OF_RECORDS))}
    Rotation(world, ROTATIONS["all"]).all()
    old = world.parts.keysets.of(1)
    with world.parts.store.look() as connection:
        assert not found & {bytes(label) for label in connection.scalars(select(tables.labels.c.label))}
        for row in rows(connection):
            with pytest.raises(Untrusted, match="which is not open"):
                kept.of(row.generation)
            with pytest.raises(Untrusted, match="does not open"):
                _unwrapped(world, row, old)


def test_a_generation_is_not_closed_too_early(world: World) -> None:
    """Rows are left that nothing opens any more, or agencies still ask under a key that is gone."""
    post(world)
    rotation = Rotation(world, ROTATIONS["all"])
    rotation.prepares()
    with rotation.operator() as parts, pytest.raises(Conflict, match="nothing older"):
        close_generation(parts)
    rotation.opens()
    with rotation.operator() as parts:
        with pytest.raises(Conflict, match="two generations"):
            open_generation(parts, {"labels"})
        with pytest.raises(Conflict, match="still has epoch 1"):
            close_generation(parts)
    rotation.drops_epoch()
    with rotation.operator() as parts, pytest.raises(Conflict, match="are of the older generation"):
        close_generation(parts)
    rotation.renews()
    assert rotation.closes().generation is not None
    assert Rotation(world, ROTATIONS["keks"]).all().generation is not None


@pytest.mark.parametrize("heal", ["again", "retracted", "left out"])
@pytest.mark.parametrize("part", ["wrapped_key", "tokens"])
def test_a_spoilt_record_is_named_and_passed_by(quick_world: World, part: str, heal: str) -> None:
    """Whoever may write the database spoils one row, and no key can be rotated ever again."""
    world = quick_world
    world.agency("school").posts(*export("ed", [Row(MINA, "P1")]))
    with world.parts.store.look() as connection:
        [mina] = [row.id for row in rows(connection)]
    world.later(hours=1)
    post(world)
    with world.parts.store.sequence() as connection:
        [one] = [row for row in rows(connection) if row.source == "ed" and row.id != mina]
        spoilt = {part: one._mapping[part][:-1] + bytes([one._mapping[part][-1] ^ 1])}
        connection.execute(update(tables.records).where(tables.records.c.id == one.id).values(**spoilt))
    rotation = Rotation(world, ROTATIONS["all"])
    rotation.prepares()
    rotation.opens()
    assert rotation.renews(page_rows=2) == 1
    assert "record.damaged" in world.diagnostics.getvalue() and one.id.hex() in world.diagnostics.getvalue()
    with rotation.operator() as parts:
        assert damaged(parts) == [("ed", one.id)]
        typed = typer.Context(click.Command("rotate"), obj=GivenParts(lambda: parts))
        with pytest.raises(Untrusted, match=f"1 records were left.*`ed` {one.id.hex()}"):
            rotations.do(Given(What.KEKS, "renew", (), None, Path(), Path()), typed)
    rotation.drops_epoch()
    with rotation.operator() as parts, pytest.raises(Conflict, match="1 rows of `records`") as refused:
        close_generation(parts)
    assert "have its source send it again" in str(refused.value.hint)
    world.later(hours=1)
    if heal == "retracted":
        world.agency("school").runs("retract", "P2", "--source", "ed").ok()
    else:
        again = [Row(MINA, "P1")] + ([Row(JORAM, "P2")] if heal == "again" else [Row(OTTO, "P4")])
        world.agency("school").posts(*export("ed", again))
    check_records(world.parts)
    assert rotation.renews() == 0
    rotation.closes()
    check_records(world.parts)
    found = world.agency("council").asks(JORAM.about(), staff="sw").people.get("subject", [])
    assert (["ed"] in found) == (heal == "again")


def test_a_generation_is_not_opened_without_its_secrets(quick_world: World) -> None:
    """A generation is opened whose rows nobody could ever read, or whose points are nobody's."""
    rotation = Rotation(quick_world, ROTATIONS["all"])
    with rotation.operator() as parts, pytest.raises(Misconfigured, match="secrets are not held"):
        open_generation(parts, rotation.raised)
    rotation.prepares()
    rotation.replaces("update.2", oprf.scalar(bytes(63) + b"\1"))
    with rotation.operator() as parts, pytest.raises(Untrusted, match="does not lead to"):
        open_generation(parts, rotation.raised)


def test_a_process_without_the_new_secrets_answers_nothing_and_says_so(quick_world: World) -> None:
    """It would tell that nobody is known, or keep what no other process opens."""
    post(quick_world)
    rotation = Rotation(quick_world, ROTATIONS["labels"])
    rotation.prepares()
    rotation.opens()
    quick_world.settings.secrets.rename(quick_world.settings.secrets.with_name("aside.json"))
    ran = quick_world.agency("council").asking(MINA.about(), staff="sw")
    assert ran.code == 5, ran
    assert "keys.missing" in quick_world.diagnostics.getvalue()
    assert "label.2" in quick_world.diagnostics.getvalue()
    quick_world.settings.secrets.with_name("aside.json").rename(quick_world.settings.secrets)
    quick_world.stop("broker")
    quick_world.start("broker")
    assert quick_world.agency("council").asks(MINA.about(), staff="sw").people["subject"]


def test_a_batch_is_posted_under_the_older_epoch(world: World) -> None:
    """A delivery that was encoded before the new epoch has to be made again, or is found by nobody."""
    post(world)
    school = world.agency("school")
    again = export("ed", [Row(MINA, "P1"), Row(OTTO, "P7")])
    world.later(hours=1)
    with world.down("broker"):
        assert school.sends(*again).code != 0
    rotation = Rotation(world, ROTATIONS["k"])
    rotation.prepares()
    rotation.opens()
    assert school.posts(*again)["kept"] == 2
    answer = world.agency("council").asks(OTTO.about(), staff="sw")
    assert answer.people["subject"]
    rotation.renews()
    check_records(world.parts)


_OF_RECORDS = tables.labels.c.source != "_protections"


def rows(connection: Connection) -> list[Row_[Any]]:
    """Every open record as it stands."""
    return list(connection.execute(select(tables.records).where(tables.records.c.closed.is_(False))))


def _agency(world: World, row: Row_[Any]) -> str:
    return world.parts.policies.vocabulary.sources[row.source].agency


def _points(world: World, row: Row_[Any]) -> list[tuple[int, bytes]]:
    return sorted(records.opened(row, world.parts.keysets, _agency(world, row)).points())


def _unwrapped(world: World, row: Row_[Any], old: Keyset) -> None:
    name = RecordName(row.source, row.id, row.version)
    unwrap_each(old.key_encrypting_key(_agency(world, row)), [(name, row.wrapped_key)])
