"""Whatever a handful of people do to a protection in whatever order: it ends only when two of them wanted it to."""

from __future__ import annotations

import datetime as dt
import json
import os
import random

import pytest
from people import OTTO, STRANGER, Row, export
from signed import secrets_of
from world import World

from broker.actions.run_clocks import run_clocks
from broker.actions.set_protection import set_protection
from broker.agency import pseudonyms
from broker.errors import BrokerError
from broker.store import labels, protections, records
from broker.wire.fields import encode64, parse
from broker.wire.protection import ProtectionRequest

STAFF = ("sw", "kw", "mash")
_DAYS = tuple(dt.timedelta(days=days) for days in (0, 1, 30, 700, 800))
KEY_OF = {"set": "ask", "renew": "ask", "confirm": "review", "lift": "ask", "agree": "review"}


@pytest.mark.parametrize("steps", [80, pytest.param(2_000, marks=pytest.mark.long)])
def test_no_walk_of_acts_ends_a_protection_that_two_did_not_want_to_end(quick_world: World, steps: int) -> None:
    """Some order of setting, renewing, confirming and waiting lets one person lift a protection, or lose one."""
    world, rng = quick_world, random.Random(steps)
    world.agency("council").posts(*export("csc", [Row(OTTO, "C2"), Row(STRANGER, "C3")]))
    key = secrets_of(world, "council").bytes32("reference")
    ref = pseudonyms.reference(key, "csc", ref="C2")
    [points] = _points(world, ref)
    in_force, proposer, ended = False, "", 0
    for _ in range(steps):
        act, staff = rng.choice([*KEY_OF, *KEY_OF, "set", "agree", "wait"]), rng.choice(STAFF)
        if act == "wait":
            world.later(hours=rng.choice((1, 20, 70)))
            run_clocks(world.parts)
            continue
        done = _does(world, act, staff, ref=ref, until=rng.choice(_DAYS))
        if done and act == "set":
            assert not in_force
            in_force, proposer = True, ""
        elif done and act == "lift":
            proposer = staff
        elif done and act == "confirm":
            proposer = ""
        elif done and act == "agree":
            assert in_force and proposer not in ("", staff), "one person alone lifted it"
            in_force, ended = False, ended + 1
        assert _protects(world, points) == in_force, act
    assert ended >= 1, "the walk never lifted anything, and shows nothing"


def _does(world: World, act: str, staff: str, *, ref: bytes, until: dt.timedelta) -> bool:
    """Whether the broker did it."""
    said = {"v": 1, "id": encode64(os.urandom(16)), "agency": "council", "staff": staff, "source": "csc"}
    said |= {"act": "lift" if act == "agree" else act, "ref": encode64(ref), "kind": "safe_address"}
    if act in ("set", "renew"):
        said["review_by"] = (world.now.date() + until).isoformat()
    asked = parse(ProtectionRequest, json.dumps(said))
    try:
        set_protection(world.parts, asked, agency="council", use=KEY_OF[act])
    except BrokerError:
        return False
    return True


def _points(world: World, ref: bytes) -> list[labels.Points]:
    with world.parts.store.look() as connection:
        rows = records.by_refs(connection, "csc", [ref]).values()
        return [records.opened(row, world.parts.keysets, "council").points() for row in rows]


def _protects(world: World, points: labels.Points) -> bool:
    with world.parts.store.look() as connection:
        return protections.kinds_for(connection, world.parts.keysets, [points]) == [frozenset({"safe_address"})]
