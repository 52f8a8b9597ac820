"""The operator is killed with -9 in the middle of a rotation, again and again: what is done stays, and it goes on.

A few seeded kills here; more with --run-long.
"""

from __future__ import annotations

import random
import time
from collections.abc import Collection
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

import pytest
from forked import CONTEXT
from people import JORAM, MINA, OTTO, Row, export
from promises import check_records
from rotating import Rotation
from world import NOW, World

from broker.actions.close_generation import close_generation
from broker.actions.open_generation import open_generation
from broker.actions.renew_records import left, renew_records
from broker.server import put_together
from broker.settings import Settings
from broker.store import keysets

SEEDS = [0, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(1, 12))]
RAISED = ("epoch", "labels", "keks")
KILLS = 2
_LIMIT = 60


def rotate(settings: Settings, raised: Collection[str], told: Connection) -> None:
    """A process of its own: opens if nothing is open, renews row by row, and says after each how it stands."""
    parts = put_together(settings, now=lambda: NOW)
    with parts.store.look() as connection:
        is_open = len(keysets.open_generations(connection)) > 1
    told.send("begun")
    if not is_open:
        open_generation(parts, raised)
    told.send("opened")
    renew_records(parts, page_rows=1, progress=lambda done, total: told.send("renewed"))
    told.send("ended")


def close(settings: Settings, told: Connection) -> None:
    """A process of its own that closes."""
    parts = put_together(settings, now=lambda: NOW)
    told.send("begun")
    close_generation(parts)
    told.send("ended")


def killed(process: BaseProcess, heard: Connection, *, after: str, pause: float) -> bool:
    """Kills a process a little after it said `after`. Returns whether it had ended by itself."""
    process.start()
    said = ""
    while said not in (after, "ended"):
        assert heard.poll(_LIMIT), "the rotation says nothing"
        said = heard.recv()
    time.sleep(pause)
    process.kill()
    process.join(_LIMIT)
    while heard.poll():
        said = heard.recv()
    return said == "ended"


@pytest.mark.parametrize("seed", SEEDS)
def test_a_killed_rotation_goes_on(world: World, seed: int) -> None:
    """A row is lost between two generations, a match with it, or the rotation can't be ended."""
    rng = random.Random(seed)
    world.agency("council").posts(*export("csc", [Row(one, f"C{at}") for at, one in enumerate((MINA, OTTO, JORAM))]))
    world.agency("school").posts(*export("ed", [Row(MINA, "P1"), Row(JORAM, "P2")]))
    world.agency("police").posts(*export("po", [Row(OTTO, "X9", protection="safe_address"), Row(MINA, "X1")]))
    before = world.agency("council").asks(MINA.about(), staff="sw").people
    rotation = Rotation(world, RAISED)
    rotation.prepares()
    for after in ("begun", "opened", *["renewed"] * KILLS):
        heard, told = CONTEXT.Pipe(duplex=False)
        process = CONTEXT.Process(target=rotate, args=(world.settings, RAISED, told))
        killed(process, heard, after=after, pause=rng.uniform(0, 0.03))
        check_records(world.parts)
        assert world.agency("council").asks(MINA.about(), staff="sw").people == before
    assert rotation.renews() == 0
    rotation.drops_epoch()
    heard, told = CONTEXT.Pipe(duplex=False)
    killed(CONTEXT.Process(target=close, args=(world.settings, told)), heard, after="begun", pause=rng.uniform(0, 0.05))
    closed = rotation.closes()
    assert {"label", "reference", "protection", "update.2", "kek.council"} <= set(closed.secrets)
    with rotation.operator() as parts:
        assert left(parts) == 0
        assert len(parts.keysets.open) == 1
    assert world.agency("council").asks(MINA.about(), staff="sw").people == before
