"""What the answers of the two sides are worth, as figures with one name each."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.linkage import calibration, groups
from benchmarks.linkage.components import best_clusters, clusters
from benchmarks.linkage.dataset import Codes, DataSet
from benchmarks.linkage.groups import Grouping
from benchmarks.linkage.ours import Ours
from benchmarks.linkage.pairs import Pairs, Score, at_threshold, best, bits_of, probability_of, true_pairs
from benchmarks.linkage.person_sets import person_sets
from benchmarks.linkage.splink_side import Peer
from broker.linkage.model import Model

FIXED = (0.95, 0.99)
_TRIED = tuple(bits_of(p) for p in (0.05, 0.2, 0.5, 0.8, 0.9, 0.95, 0.99, 0.999, 0.9999, 0.99999, 0.999999))
BATCH = ("block", "weigh", "group")
LIKELY = 0.0
"""Bits from which a merge is worth a reviewer's time: even odds."""


def ours_figures(data: DataSet, ours: Ours, model: Model) -> dict[str, Any]:
    """Everything about our side."""
    truth = data.truth()
    sets, grouping = person_sets(ours.answers, truth), groups.measure(ours.groups, truth)
    pairs = ours.pairs
    clean = pairs.where(~pairs.conflict)
    stated = calibration.measure(probability_of(clean.bits), clean.right(truth))
    labels = Score(len(pairs.one), int(pairs.right(truth).sum()), true_pairs(truth))
    items, review_pairs = review(pairs, ours.groups, model)
    return {
        "set": sets.certain.figures(),
        "set_with_probable": sets.shown.figures(),
        "wrong_certain_percent": round(sets.wrong_percent, 3),
        "pairs": at_threshold(pairs, truth, model.bounds.certain).figures(),
        "pairs_best": best(pairs, truth)[0].figures(),
        "groups": grouping.figures(),
        "labels_alone": labels.figures(),
        "evidence_adds_f1": round(sets.certain.f1 - labels.f1, 4),
        "calibration": stated.figures(),
        "review_items_per_1000": round(1000 * items / len(truth), 2),
        "review_pairs_per_1000": round(1000 * review_pairs / len(truth), 2),
        "labels_a_record": _labels(ours),
        "hub_labels": ours.hubs,
        "seconds": {name: round(took, 2) for name, took in ours.seconds.items()},
        "batch_seconds": round(sum(ours.seconds[name] for name in BATCH), 2),
        "mib": ours.mib,
    }


def _labels(ours: Ours) -> dict[str, float]:
    sizes = np.array([len(points) for points in ours.encoded.points])
    return {"mean": round(float(sizes.mean()), 2), "most": int(sizes.max())}


def review(pairs: Pairs, grouped: Codes, model: Model) -> tuple[int, int]:
    """What people have to look at: (merges of two groups, pairs) likelier than not, or certain but for a conflict."""
    likely = (pairs.bits >= LIKELY) & (pairs.bits < model.bounds.certain) & ~pairs.conflict
    held_back = pairs.conflict & (pairs.bits >= model.bounds.certain)
    apart = grouped[pairs.one] != grouped[pairs.other]
    chosen = pairs.where((likely | held_back) & apart)
    one, other = grouped[chosen.one], grouped[chosen.other]
    merges = np.unique(np.stack([np.minimum(one, other), np.maximum(one, other)]), axis=1)
    return int(merges.shape[1]), len(chosen.one)


def splink_figures(data: DataSet, peer: Peer) -> dict[str, Any]:
    """Everything about Splink's side. Its person sets are its clusters, or its pairs, whichever serve it better."""
    truth = data.truth()
    pairs = peer.pairs
    best_pairs, at = best(pairs, truth)
    best_groups, groups_at = best_clusters(pairs, truth, list(_TRIED))
    fixed = {str(p): at_threshold(pairs, truth, bits_of(p)).figures() for p in FIXED}
    fixed_groups = {str(p): _clusters(pairs, truth, p).figures() for p in FIXED}
    stated = calibration.measure(probability_of(pairs.bits), pairs.right(truth))
    return {
        "pairs": fixed,
        "pairs_best": best_pairs.figures() | {"bits": round(at, 2)},
        "groups": fixed_groups,
        "groups_best": best_groups.figures() | {"bits": round(groups_at, 2)},
        "set_f1_best": round(max(best_pairs.f1, best_groups.pairs.f1), 4),
        "blocking_recall": round(float(pairs.right(truth).sum() / max(true_pairs(truth), 1)), 4),
        "calibration": stated.figures(),
        "seconds": peer.seconds,
        "mib": peer.mib,
    }


def _clusters(pairs: Pairs, truth: Codes, probability: float) -> Grouping:
    return groups.measure(clusters(pairs, bits_of(probability), records=len(truth)), truth)
