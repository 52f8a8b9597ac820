"""Pairs -> groups, greedily: the strongest link first, joined when the mean over everything across is good enough.

A link alone does not join two groups. The mean of all weighed pairs across them must reach `mean`, and none of them may
be a conflict; so one mistaken pair chains nobody to a family, and who conflicts with somebody stays apart from them.
The result depends on the weights alone, not on the order in which they came.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from broker.linkage.steps import Pair, Weight

MOST = 12.0
"""Bits beyond which a pair counts no more in a mean, so that one identifier does not outvote everything else."""


@dataclass
class _Across:
    """What lies between two groups."""

    total: float = 0.0
    pairs: int = 0
    conflict: bool = False

    def add(self, other: _Across) -> None:
        self.total, self.pairs = self.total + other.total, self.pairs + other.pairs
        self.conflict = self.conflict or other.conflict

    def joins(self, mean: float) -> bool:
        return not self.conflict and self.total >= mean * self.pairs


@dataclass
class _Groups:
    members: dict[bytes, list[bytes]]
    across: dict[bytes, dict[bytes, _Across]] = field(default_factory=dict)

    def merge(self, kept: bytes, gone: bytes) -> None:
        self.members[kept] += self.members.pop(gone)
        for group, between in self.across.pop(gone).items():
            self.across[group].pop(gone)
            if group != kept:
                self.across[kept].setdefault(group, _Across()).add(between)
                self.across[group][kept] = self.across[kept][group]


def mean_link(nodes: Iterable[bytes], weights: Mapping[Pair, Weight], *, link: float, mean: float) -> list[list[bytes]]:
    """The groups of `nodes`, each in the order of `nodes`, in the order of their first members.

    `link` is the least bits of a pair that may join two groups, `mean` the least mean of the pairs across. A pair that
    was not weighed counts neither way. Of links that are equal, that of the nodes with more to support them comes first
    (of two records in conflict the one is believed that others agree with), then that of earlier nodes.
    """
    groups = _Groups({node: [node] for node in nodes})
    rank = {node: at for at, node in enumerate(groups.members)}
    home = {node: node for node in groups.members}
    groups.across = {node: {} for node in groups.members}
    support = dict.fromkeys(home, 0.0)
    for pair, weight in weights.items():
        one, other = sorted(pair, key=rank.__getitem__)
        between = _Across(min(max(weight.bits, -MOST), MOST), 1, weight.conflict)
        groups.across[one][other] = groups.across[other][one] = between
        for node in pair:
            support[node] += between.total if weight.bits >= link and not weight.conflict else 0.0
    links = [
        (-weight.bits, -sum(support[node] for node in sorted(pair)), sorted(rank[node] for node in pair))
        for pair, weight in weights.items() if weight.bits >= link
    ]  # fmt: skip
    names = list(rank)
    for _, _, (first, second) in sorted(links):
        kept, gone = sorted((home[names[first]], home[names[second]]), key=rank.__getitem__)
        if kept != gone and groups.across[kept][gone].joins(mean):
            for node in groups.members[gone]:
                home[node] = kept
            groups.merge(kept, gone)
    return [sorted(group, key=rank.__getitem__) for group in groups.members.values()]
