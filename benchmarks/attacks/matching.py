"""The graph-matching attack: names people from nothing but who resembles whom. Written from the description in

    Schaefer, Armknecht, Heng: R&R: Revisiting Graph Matching Attacks on Privacy-Preserving Record Linkage. ACSAC 2024
    Vidanage, Christen, Ranbaduge, Schnell: A Graph Matching Attack on Privacy-Preserving Record Linkage. CIKM 2020

    similarities -> graph -> node embedding -> alignment of the two spaces -> bipartite matching

The attacker holds a list of people with names, and encodings without. Both sides become graphs, edges weighted by
similarity. Nodes are embedded by random walks: the expected co-occurrence of walks is factorised directly (NetMF, Qiu
et al. 2018), which is the limit of node2vec with p = q = 1, without its sampling noise. The spaces are aligned by
Wasserstein-Procrustes (Grave, Joulin, Berthet 2019): soft matching by Sinkhorn and rotation by Procrustes, in turn. A
last assignment (Hungarian) on distances in the embedding and to the anchors found so far names every node.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.attacks.assignment import assign

WINDOW = 5
DIMENSIONS = 64
ROUNDS = 15
_PROFILE = 64


@dataclass(frozen=True)
class Matched:
    """`of[i]` is the person given to encoding i, -1 for one that no edge joins to anybody: it is not in the graph."""

    of: np.ndarray
    nodes: int


def match(encoded: np.ndarray, known: np.ndarray) -> Matched:
    """The attack on two (n, n) similarity matrices, that of the encodings and that of the people.

    Nodes without edges are left out, as in the paper.
    """
    ours, theirs = _linked(encoded), _linked(known)
    of = np.full(len(encoded), -1)
    if len(ours) < 2 or len(theirs) < 2:
        return Matched(of, len(ours))
    one, other = _ranked(encoded[np.ix_(ours, ours)]), _ranked(known[np.ix_(theirs, theirs)])
    cost = _profile_cost(one, other)
    dimensions = min(DIMENSIONS, len(ours) - 1, len(theirs) - 1)
    cost = _align(_embed(one, dimensions), _embed(other, dimensions), cost)
    found = _anchored(one, other, cost)
    named = found >= 0
    of[ours[named]] = theirs[found[named]]
    return Matched(of, len(ours))


def _linked(similarity: np.ndarray) -> np.ndarray:
    off = similarity - np.diag(np.diag(similarity))
    return np.flatnonzero(off.max(axis=1) > 0)


def _ranked(similarity: np.ndarray) -> np.ndarray:
    """Similarities by their rank: the two sides measure on different scales, but order pairs nearly alike."""
    n = len(similarity)
    upper = np.triu_indices(n, 1)
    values = similarity[upper]
    ranked = np.zeros((n, n))
    # A power, so that what tells nodes apart, their few nearest, weighs more than the crowd.
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[place] / len(values)
    ranked[upper] = np.where(values > 0, ranks, 0) ** 4
    return ranked + ranked.T


def _profile_cost(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """How differently two nodes stand to all others, whoever those are: the start of the alignment."""
    width = min(len(one), len(other)) - 1
    at = np.unique(np.geomspace(1, width, _PROFILE).astype(int) - 1)
    profiles = [-np.sort(-ranked, axis=1)[:, at] for ranked in (one, other)]
    scale = np.vstack(profiles).std(axis=0) + 1e-9
    return _distances(profiles[0] / scale, profiles[1] / scale)


def _embed(ranked: np.ndarray, dimensions: int) -> np.ndarray:
    """(n, dimensions): the logarithm of the expected co-occurrence in walks of up to WINDOW steps, factorised."""
    degree = np.maximum(ranked.sum(axis=1), 1e-12)
    step = ranked / degree[:, None]
    power, total = np.eye(len(ranked)), np.zeros_like(ranked)
    for _ in range(WINDOW):
        power = power @ step
        total += power
    seen = np.log(np.maximum(total * degree.sum() / WINDOW / degree[None, :], 1))
    left, values, _ = np.linalg.svd(seen)
    vectors = left[:, :dimensions] * np.sqrt(values[:dimensions])
    embedded: np.ndarray = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    return embedded


def _align(one: np.ndarray, other: np.ndarray, cost: np.ndarray) -> np.ndarray:
    """Wasserstein-Procrustes from a first cost: returns the cosine distances in the common space."""
    for heat in np.geomspace(0.3, 0.02, ROUNDS):
        above = cost - cost.min(axis=1, keepdims=True)
        plan = _sinkhorn(above / max(float(np.median(above)), 1e-12) / heat)
        left, _, right = np.linalg.svd(one.T @ plan @ other)
        cost = 1 - (one @ (left @ right)) @ other.T
    return cost


def _sinkhorn(scaled: np.ndarray, rounds: int = 30) -> np.ndarray:
    plan = np.exp(-scaled)
    for _ in range(rounds):
        plan /= np.maximum(plan.sum(axis=0, keepdims=True), 1e-300)
        plan /= np.maximum(plan.sum(axis=1, keepdims=True), 1e-300)
    return plan


def _anchored(one: np.ndarray, other: np.ndarray, cost: np.ndarray) -> np.ndarray:
    """Assignment again and again, each time by how nodes stand to the pairs that the last one gave."""
    found = assign(cost)
    for _ in range(ROUNDS):
        rows = np.flatnonzero(found >= 0)
        before, found = found, assign(_distances(one[:, rows], other[:, found[rows]]))
        if np.array_equal(before, found):
            break
    return found


def _distances(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    squares = (one**2).sum(axis=1)[:, None] + (other**2).sum(axis=1)[None, :] - 2 * one @ other.T
    distances: np.ndarray = np.maximum(squares, 0)
    return distances
