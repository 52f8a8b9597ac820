"""A small share of the attacks on running parts: an active broker, and a caseworker who guesses."""

from __future__ import annotations

import pytest
from world import World

from benchmarks.attacks import active_broker, below_quota, register, town, walker
from benchmarks.attacks.abuses import ASKER, Trial, about
from benchmarks.attacks.hostile import Hostile

PEOPLE = register.people(26, seed=11, town=2000)


@pytest.fixture
def hostile(quick_world: World) -> Hostile:
    """An attacker with the broker's secrets, in a place with a few records."""
    town.post(quick_world, ASKER, source="csc", people=PEOPLE)
    return Hostile(quick_world, ASKER)


@pytest.mark.parametrize("who", active_broker.TABLES)
def test_what_a_bad_broker_sends_is_refused(hostile: Hostile, who: str) -> None:
    """A broker that turned bad gets an answer from the linkage unit to which it has no right."""
    table = active_broker.TABLES[who]
    rows = [active_broker.tried(hostile, table, name, people=PEOPLE, times=1) for name in table]
    assert [row for row in rows if row["refused"] != row["tried"]] == []


def test_questions_that_were_never_asked_are_seen(hostile: Hostile) -> None:
    """Somebody who has an agency's desk key asks in its name, and its reconciliation is content."""
    below_quota.reconciled(hostile)
    found = below_quota.guessed(hostile, PEOPLE, use="ask")
    assert (found.got, found.reconciliation) == (len(PEOPLE), below_quota.SEEN)


def test_a_question_that_is_compared_and_not_answered_is_seen(hostile: Hostile) -> None:
    """The broker keeps the comparisons of a question for itself, and its agency's reconciliation is content."""
    below_quota.reconciled(hostile)
    assert below_quota.dropped(hostile, PEOPLE[:2]).reconciliation == below_quota.SEEN


def test_questions_spent_on_other_records_are_seen(hostile: Hostile) -> None:
    """A broker answers from labels and has whom it likes compared: it learns weights of strangers, and nobody knows."""
    below_quota.reconciled(hostile)
    found = below_quota.swapped(hostile, PEOPLE[:2])
    # Of 31 other records each, no more is told than of the person's own.
    assert (found.got, found.reconciliation) == (2, below_quota.SEEN)


def test_names_tried_with_a_stolen_delivery_key_are_seen(hostile: Hostile) -> None:
    """Deliveries have the largest allowance, and nobody compares what was counted for them."""
    below_quota.reconciled(hostile)
    found = below_quota.guessed(hostile, PEOPLE, use="post")
    assert (found.got, found.reconciliation) == (len(PEOPLE), below_quota.SEEN)


def test_a_run_over_other_records_than_candidates_is_seen(hostile: Hostile) -> None:
    """Two people allow a count, and the broker fills its blocks with whom it likes."""
    trial = Trial(hostile, PEOPLE[0], hostile.intercepts(ASKER, about(PEOPLE[0])), hostile.held[0].envelope)
    found = below_quota.run_without_candidates(trial)
    assert found.reconciliation == below_quota.SEEN
    # Among 62 records taken at random one or two may be as like a pivot as a candidate would be.
    assert found.got <= 2


def test_honest_questions_raise_no_alarm(hostile: Hostile) -> None:
    """Reconciliation cries wolf, and nobody listens to it when it matters."""
    below_quota.reconciled(hostile)
    hostile.world.agency(ASKER).asks(about(PEOPLE[0]), staff=town.STAFF_ID)
    assert below_quota.reconciled(hostile) == below_quota.UNSEEN


def test_a_walk_through_postcodes_learns_nothing(quick_world: World) -> None:
    """A caseworker who guesses finds where somebody lives whose address is kept."""
    walker.settle(quick_world)
    hidden = walker.walk(quick_world, walker.HIDDEN, questions=10)
    assert walker.visible(quick_world)["first_alarm_at_question"] == 5
    control = walker.walk(quick_world, walker.OPEN, questions=8)
    assert control.right_one_differs
    assert (hidden.bits_learnt, hidden.sizes, hidden.right_one_differs) == (0.0, 1, False)
