"""Pairs become groups by the mean of what lies across, never by one link alone."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from broker.linkage.meanlink import MOST, mean_link
from broker.linkage.steps import Pair, Weight, pair

NODES = [bytes([letter]) for letter in b"abcdef"]


def weights(text: str) -> dict[Pair, Weight]:
    """`ab 9, bc -3, ac x`: bits of pairs, x for a conflict."""
    found = {}
    for part in text.split(", "):
        two, worth = part.split()
        bits = 5.0 if worth == "x" else float(worth)
        found[pair(two[:1].encode(), two[1:].encode())] = Weight(bits, bits, worth == "x")
    return found


def groups(text: str, *, link: float = 4.0, mean: float = 0.0) -> list[str]:
    nodes = sorted({bytes([letter]) for letter in text.encode() if 97 <= letter <= 102})
    return [b"".join(group).decode() for group in mean_link(nodes, weights(text), link=link, mean=mean)]


def test_a_chain_is_not_a_person() -> None:
    """One mistaken link joins two families."""
    assert groups("ab 9, bc 9, ac -12") == ["ab", "c"]
    assert groups("ab 9, bc 9, ac 1") == ["abc"]
    assert groups("ab 9, cd 9, bc 5, ac -9, ad -9, bd -9") == ["ab", "cd"]


def test_a_conflict_keeps_apart_whatever_else_is_there() -> None:
    """A veto is outvoted by numbers."""
    assert groups("ab 20, ac 20, bc x") == ["ab", "c"]


def test_what_was_not_weighed_counts_neither_way() -> None:
    """Two records that nobody compared are taken for different people, or for one."""
    assert groups("ab 9, bc 9") == ["abc"]
    assert groups("ab 3, bc 3") == ["a", "b", "c"]


def test_one_strong_pair_does_not_outvote_the_rest() -> None:
    """An identifier counts without end, so that one copied number brings strangers together."""
    assert MOST == 12.0
    assert groups("ab 20, cd 20, bc 19, ac -5, ad -5, bd -5") == ["ab", "cd"]


def test_of_two_in_conflict_the_one_that_others_agree_with_is_believed() -> None:
    """Which of two records is believed is the chance of their names."""
    assert groups("ab 9, ac 9, bc x, cd 8, ad 8") == ["acd", "b"]


worlds = st.dictionaries(
    st.sampled_from([pair(one, other) for one, other in combinations(NODES, 2)]),
    st.builds(lambda bits, apart: Weight(bits / 2, bits / 2, apart), st.integers(-40, 40), st.booleans()),
)


@given(world=worlds, mean=st.integers(-4, 4))
@settings(max_examples=300, deadline=None)
def test_laws_of_grouping(world: dict[Pair, Weight], mean: int) -> None:
    """Groups depend on the order of pairs, lose or repeat somebody, or hold two that are in conflict."""
    found = mean_link(NODES, world, link=4.0, mean=float(mean))
    turned = dict(reversed(list(world.items())))
    assert found == mean_link(NODES, turned, link=4.0, mean=float(mean))
    assert sorted(node for group in found for node in group) == NODES
    for group in found:
        for two in combinations(group, 2):
            assert not (pair(*two) in world and world[pair(*two)].conflict)


@given(world=worlds)
@settings(max_examples=200, deadline=None)
def test_only_links_join(world: dict[Pair, Weight]) -> None:
    """Records are joined for which no pair is good enough."""
    for group in mean_link(NODES, world, link=4.0, mean=-20.0):
        reached = {group[0]}
        for _ in group:
            reached |= {
                node for two, weight in world.items() if weight.bits >= 4 and two & reached for node in two
            } & set(group)
        assert reached == set(group)
