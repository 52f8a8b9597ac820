"""A seeded small share of the graph-matching attack: where it can work it must, or a zero elsewhere means nothing."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from benchmarks.attacks import colours, graph_matching, register
from benchmarks.attacks.assignment import assign
from benchmarks.attacks.colours import Node


@pytest.mark.parametrize("seed", range(6))
def test_an_assignment_is_the_cheapest(seed: int) -> None:
    """A control that fails because people were assigned badly would look like safety."""
    rng = np.random.default_rng(seed)
    cost = rng.integers(0, 9, (4 + seed % 3, 6)).astype(float)
    found = assign(cost)
    rows = np.arange(len(cost))
    least = min(cost[rows, list(chosen)].sum() for chosen in permutations(range(6), len(cost)))
    assert len(set(found.tolist())) == len(cost)
    assert cost[rows, found].sum() == least


def test_more_rows_than_columns_leave_some_out() -> None:
    """An attacker who holds fewer people than there are encodings crashes instead of naming those."""
    assert sorted(assign(np.array([[1.0, 5.0], [2.0, 1.0], [0.0, 9.0]])).tolist()) == [-1, 0, 1]


def test_bloom_filters_give_everybody_away() -> None:
    """The control fails, and every zero of the real measurement means nothing."""
    people = register.people(150, seed=5, town=2000)
    assert graph_matching.control(people, seed=5).share >= graph_matching.CONTROL_LEAST


def test_a_token_for_each_field_gives_most_away() -> None:
    """Colour refinement finds no structure where there is plenty."""
    people = register.people(400, seed=5)
    known = [Node(0, frozenset(enumerate((*one.fields, one.postcode)))) for one in people]
    found = colours.refine(known[::-1], known)
    pairs = found.pairs()
    assert len(pairs) >= 0.7 * len(people)
    assert all(one == len(known) - 1 - other for one, other in pairs)


def test_match_keys_leave_the_attack_nothing_to_match() -> None:
    """A random sample of a town is matched by its match keys."""
    people = register.people(300, seed=5, town=5000)
    known = graph_matching.in_the_clear(people)
    found = graph_matching.by_structure("sample", known, known, truth=range(len(known)))
    assert found.in_graph <= 0.03 * len(people)
    assert found.matched <= 0.01 * len(people)


def test_of_twins_nobody_can_say_which_is_which() -> None:
    """Two people who are alike in everything are told apart, by the order in which they came."""
    twins = [Node("", frozenset({(8, "same"), (4, name)})) for name in ("a", "b")]
    stranger = Node("", frozenset({(8, "other"), (4, "c"), (7, "d")}))
    assert colours.refine([*twins, stranger], [stranger, *twins]).pairs() == [(2, 0)]
