"""A population in arrays gives what going through it one by one gives."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from broker.linkage.meanlink import mean_link
from broker.linkage.model import Bounds
from broker.linkage.partition import candidate_pairs, partition
from broker.linkage.steps import Weight, pair

BOUNDS = Bounds(certain=4.0, probable=0.0, mean=0.0)
label_rows = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 15)), max_size=40)


@given(rows=label_rows, hub=st.integers(1, 6))
@settings(max_examples=200, deadline=None)
def test_pairs_are_those_that_share_a_label(rows: list[tuple[int, int]], hub: int) -> None:
    """A pair is missed, or a hub brings strangers together."""
    rows = sorted(set(rows))
    labels, records = np.array([r[0] for r in rows], dtype=np.uint64), np.array([r[1] for r in rows], dtype=np.int64)
    sharing: dict[int, set[int]] = {}
    for label, record in rows:
        sharing.setdefault(label, set()).add(record)
    expected = {two for some in sharing.values() if len(some) <= hub for two in combinations(sorted(some), 2)}
    found = [tuple(two) for two in candidate_pairs(labels, records, hub=hub).tolist()]
    assert found == sorted(expected)


worlds = st.integers(2, 9).flatmap(
    lambda count: st.tuples(
        st.just(count),
        st.lists(
            st.tuples(st.integers(-24, 24), st.booleans().map(lambda apart: apart)),
            min_size=count * (count - 1) // 2, max_size=count * (count - 1) // 2,
        ),
        st.data(),
    )
)  # fmt: skip


@given(world=worlds)
@settings(max_examples=200, deadline=None)
def test_arrays_group_as_mean_link_does(world: tuple[int, list[tuple[int, bool]], st.DataObject]) -> None:
    """A programme's count differs from what caseworkers are told."""
    count, worths, data = world
    every = list(combinations(range(count), 2))
    weights = {two: (worth / 2, apart) for two, (worth, apart) in zip(every, worths, strict=True)}
    asked = sorted(data.draw(st.sets(st.sampled_from(every))))
    seen = set(asked)

    def weigh(pairs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        found = [weights[one, other] for one, other in pairs.tolist()]
        seen.update(map(tuple, pairs.tolist()))
        return np.array([f[0] for f in found], dtype=np.float64), np.array([f[1] for f in found], dtype=np.bool_)

    groups = partition(count, np.array(asked, dtype=np.int64).reshape(-1, 2), weigh, bounds=BOUNDS)
    nodes = [bytes([at]) for at in range(count)]
    known = {pair(nodes[a], nodes[b]): Weight(weights[a, b][0], 0.0, weights[a, b][1]) for a, b in seen}
    slow = {node[0]: group[0][0] for group in mean_link(nodes, known, link=4.0, mean=0.0) for node in group}
    assert groups.tolist() == [slow[at] for at in range(count)]
