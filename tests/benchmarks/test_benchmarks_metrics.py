"""The measures of match quality, against tables worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.linkage import calibration, groups
from benchmarks.linkage.components import components
from benchmarks.linkage.dataset import codes
from benchmarks.linkage.index import build, candidate_pairs
from benchmarks.linkage.pairs import Pairs, at_threshold, best, bits_of, probability_of
from benchmarks.linkage.person_sets import gap, person_sets
from benchmarks.linkage.questions import Answer

TRUTH = np.array([0, 0, 0, 1, 1, 2])
"""Three records of one person, two of another, one of a third: four true pairs."""


def pairs_of(*rows: tuple[int, int, float, bool]) -> Pairs:
    one, other, bits, conflict = zip(*rows, strict=True)
    return Pairs(np.array(one), np.array(other), np.array(bits), np.array(conflict))


PAIRS = pairs_of((0, 1, 9.0, False), (1, 2, 4.0, False), (3, 4, 6.0, True), (2, 3, 5.0, False), (4, 5, 1.0, False))


def test_codes_number_names_in_order_of_first_sight() -> None:
    """Every measure rests on equal names being equal numbers."""
    assert codes(["b", "a", "b"]).tolist() == [0, 1, 0]


@pytest.mark.parametrize(
    ("least", "found", "right"),
    [(8.0, 1, 1), (4.0, 3, 2), (0.0, 4, 2)],
)
def test_pairs_at_a_threshold(least: float, found: int, right: int) -> None:
    """A conflict is never found, whatever its bits."""
    score = at_threshold(PAIRS, TRUTH, least)
    assert (score.found, score.right, score.all) == (found, right, 4)


def test_the_best_threshold_is_the_one_of_the_highest_f1() -> None:
    """Splink's best is not made worse than it is: 9 bits gives 2/5, 4 bits 4/7."""
    score, least = best(PAIRS, TRUTH)
    assert least == 4.0 and score.f1 == pytest.approx(4 / 7)


def test_pairs_of_equal_bits_stand_or_fall_together() -> None:
    """No threshold can part them, so no best score may."""
    score, _ = best(pairs_of((0, 1, 5.0, False), (0, 3, 5.0, False)), TRUTH)
    assert score.found == 2


def test_nothing_found_is_precise_and_finds_nothing() -> None:
    """A set without a single candidate pair is reported, not a crash."""
    none = PAIRS.where(np.zeros(5, dtype=np.bool_))
    assert best(none, TRUTH)[0].precision == 1.0 and best(none, TRUTH)[0].f1 == 0.0


def test_groups_by_hand() -> None:
    """{0,1} {2,3,4} {5}: two pairs right of four found; B-cubed and mixed groups as on paper."""
    found = groups.measure(np.array([7, 7, 9, 9, 9, 5]), TRUTH)
    assert (found.pairs.found, found.pairs.right, found.pairs.all) == (4, 2, 4)
    assert found.bcubed_precision == pytest.approx((1 + 1 + 1 / 3 + 2 / 3 + 2 / 3 + 1) / 6)
    assert found.bcubed_recall == pytest.approx((2 / 3 + 2 / 3 + 1 / 3 + 1 + 1 + 1) / 6)
    assert (found.mixed, found.people, found.whole) == (1, 3, 1)
    assert found.mixed_per_thousand == pytest.approx(1000 / 3)


def test_calibration_by_hand() -> None:
    """Four pairs said 0.9 of which three are right, four said 0.2 of which one is right: error 0.1."""
    stated = np.array([0.9] * 4 + [0.2] * 4)
    right = np.array([True, True, True, False, True, False, False, False])
    found = calibration.measure(stated, right)
    assert found.error == pytest.approx((4 * 0.15 + 4 * 0.05) / 8)
    assert found.curve == ((pytest.approx(0.2), 0.25, 4), (pytest.approx(0.9), 0.75, 4))
    assert found.sure == 0 and found.sure_right == 1.0


def test_bits_and_probabilities_are_each_other_undone() -> None:
    """A fixed probability of Splink's is turned into the bits of its match weight."""
    assert probability_of(np.array([bits_of(0.95)]))[0] == pytest.approx(0.95)


def test_person_sets_by_hand() -> None:
    """The asker's own record counts neither way; a question with one wrong record is one wrong question."""
    empty: frozenset[int] = frozenset()
    answers = [
        Answer(frozenset({0, 1}), frozenset({2})),
        Answer(frozenset({0, 1, 3}), empty),
        Answer(empty, empty),
        Answer(frozenset({3, 4}), empty),
        Answer(frozenset({4}), frozenset({5})),
        Answer(frozenset({5}), empty),
    ]
    sets = person_sets(answers, TRUTH)
    assert (sets.certain.found, sets.certain.right, sets.certain.all) == (4, 3, 8)
    assert (sets.shown.found, sets.shown.right) == (6, 4)
    assert (sets.wrong, sets.asked) == (1, 6)


def test_the_gap_is_in_points() -> None:
    """A headline figure of fairness: best group less worst group."""
    assert gap({"a": 0.95, "b": 0.9, "c": 0.99}) == 9.0


def test_components_follow_chains() -> None:
    """A chain is one cluster however its links are ordered."""
    found = components(np.array([4, 2, 0, 6]), np.array([3, 4, 2, 7]), records=8)
    assert found.tolist() == [0, 1, 0, 0, 0, 5, 6, 6]


def test_a_hub_of_one_source_is_passed_over() -> None:
    """The index in memory finds what the broker's labels would: hubs are counted for each source."""
    shared, own = (1, b"12345678"), [(2, bytes([at]) * 8) for at in range(5)]
    points = [frozenset({shared, own[at]}) for at in range(5)]
    sources = ["a", "a", "a", "b", "b"]
    assert build(points, sources, hub=2).near([frozenset({shared})], 9) == [3, 4]
    assert build(points, sources, hub=3).near([frozenset({shared})], 9) == [0, 1, 2, 3, 4]
    flat = np.array([int.from_bytes(point, "big") for held in points for _, point in held], dtype=np.uint64)
    holders = np.repeat(np.arange(5), 2)
    for hub, expected in ((2, [(3, 4)]), (3, [(a, b) for a in range(5) for b in range(a + 1, 5)])):
        one, other = candidate_pairs(flat, holders, codes(sources), hub=hub)
        assert list(zip(one.tolist(), other.tolist(), strict=True)) == expected
