"""Colour refinement: it is what bounds every attack on the structure, so it may not be wrong by one."""

from __future__ import annotations

import numpy as np
import slow_refinement
from hypothesis import given, settings
from hypothesis import strategies as st

from broker.agency.gate.refine import Edges, graph, unique_records

RECORDS = 12
edge = st.tuples(st.integers(0, RECORDS - 1), st.integers(0, 5))
graphs = st.dictionaries(st.integers(1, 4), st.lists(edge, unique=True, max_size=20), min_size=1, max_size=4)


def fast(given: slow_refinement.Graph, *, records: int = RECORDS) -> int:
    keys = [
        Edges(number, np.array([one for one, _ in edges], dtype=np.int64), np.array([to for _, to in edges], np.int64))
        for number, edges in sorted(given.items())
    ]
    return unique_records([graph(one, records=records) for one in keys], records=records)


@settings(max_examples=300, deadline=None)
@given(graphs)
def test_the_fast_refinement_equals_the_slow_one(labels: slow_refinement.Graph) -> None:
    """Sums of hashes stand for multisets: on no small graph may they tell apart more or less than the multisets do."""
    assert fast(labels) == slow_refinement.unique_records(labels, records=RECORDS)


@settings(max_examples=100, deadline=None)
@given(graphs, st.lists(edge, unique=True, max_size=20))
def test_one_more_key_never_makes_records_less_unique(
    labels: slow_refinement.Graph, edges: list[tuple[int, int]]
) -> None:
    """Otherwise a scheme could be brought through the gate by adding a key to it."""
    assert fast({**labels, 9: edges}) >= fast(labels)


@settings(max_examples=100, deadline=None)
@given(graphs, st.permutations(range(RECORDS)))
def test_the_order_of_records_and_labels_does_not_matter(labels: slow_refinement.Graph, order: list[int]) -> None:
    """What is measured is a property of the graph, not of how its rows were numbered."""
    moved = {number: [(order[one], to) for one, to in reversed(edges)] for number, edges in labels.items()}
    assert fast(moved) == fast(labels)


def test_known_graphs() -> None:
    """Two alike who share a label hide each other; the middle of a chain of three stands out."""
    pair = {1: [(0, 7), (1, 7)]}
    chain = {1: [(0, 7), (1, 7)], 2: [(1, 3), (2, 3)]}
    assert fast(pair, records=2) == 0
    assert fast(chain, records=3) == 3
    assert fast({1: [(0, 1), (1, 1), (2, 2), (3, 2)]}, records=4) == 0
    assert fast({1: [(0, 1), (1, 1), (2, 1), (3, 2), (4, 2)]}, records=6) == 1
