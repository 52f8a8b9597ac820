"""What the counts of a tried change give away: about somebody whom an agency looks up in between, or has planted."""

from __future__ import annotations

import datetime as dt

from people import MINA, OTTO, Row, export
from world import POLICIES, World

from broker.actions.propose_policy import propose_policy, simulated
from broker.agency.proposals import would_have
from broker.policy.clause_text import with_clause
from broker.policy.policyset import proven
from broker.policy.replayed import Shift, Simulation
from broker.server import policy_files
from broker.wire.policy_change import Simulated


def counted(world: World, clause: str) -> Simulated:
    """What a trial of taking out this clause counts."""
    with world.parts.store.look() as connection:
        files = world.parts.in_force.set_at(connection).files
    return propose_policy(world.parts, with_clause(files, clause, "")).terms.simulated


def test_a_look_up_between_two_trials_tells_nothing(quick_world: World) -> None:
    """A hidden person's home is kept silent; one look-up between two trials, and the difference says it is held."""
    world = quick_world
    world.agency("homes").posts(*export("hs", [Row(OTTO, "H1")]))
    world.agency("police").posts(*export("po", [Row(OTTO, "X9", protection="safe_address")]))
    world.agency("council").posts(*export("csc", [Row(MINA, "C1")]))
    council = world.agency("council")
    before = counted(world, "A1.5")
    assert council.asks(OTTO.about(), staff="sw").nothing("hs") == "no_record_found"
    world.later(minutes=5)
    assert counted(world, "A1.5") == before
    world.now = dt.datetime(2026, 12, 1, 9, tzinfo=dt.UTC)
    over = counted(world, "A1.5")
    assert over.since == dt.date(2026, 11, 1)
    council.asks(MINA.about(), staff="kw", purpose="early_help")
    world.later(days=20)
    assert counted(world, "A1.5") == over


def test_no_count_is_of_a_single_person() -> None:
    """A clause with one condition more changes one decision: a single one is counted, and its fact is known."""
    policies = proven(policy_files(POLICIES)).policies

    def counts(changed: int) -> Simulated:
        shift = Shift("council.keyworker", "early_help", "ed.attendance", "share", "refer", (), (), changed)
        return simulated(Simulation(1_000 + changed, 0, (shift,)), policies, first=dt.date(2026, 10, 1))

    assert counts(0) == counts(1) == counts(4)
    assert counts(10) == counts(11) != counts(5)
    assert "fewer than 5 would have come out otherwise" in next(would_have(counts(1)))
