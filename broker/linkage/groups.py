"""Related records -> the members of the family, each a group of records of one person.

The relationships that agencies post name their own records. Two agencies' records of one child are brought together as
any two records are: by what they share. Each related record looks for others like it (one hop); groups are formed best
first, a record joins the group whose mean weight is highest and above 0, and a veto keeps two apart.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import TypeAlias

from broker.linkage.compare import Candidate, Points, agreement
from broker.linkage.model import Band
from broker.linkage.steps import Found, LookUp, Verdicts
from broker.linkage.weights import VERDICT, VETO, Rule

HOUSEHOLD = "household_member"
Group: TypeAlias = "list[tuple[Candidate, Band]]"


@dataclass(frozen=True)
class Member:
    """One person of the family: how they are related to the person asked for, and their records with their bands."""

    relationship: str
    records: tuple[tuple[Candidate, Band], ...]


@dataclass(frozen=True)
class Related:
    """A record that an agency says belongs to a relative of the person asked for."""

    candidate: Candidate
    kind: str
    is_unborn: bool = False


@dataclass(frozen=True)
class Weighing:
    """Match weights by labels alone, under one rule and people's verdicts."""

    rule: Rule
    verdicts: Verdicts

    def pair(self, one: Candidate, other: Candidate) -> float:
        """Two records against each other; a verdict stands above what they share."""
        verdict = self.verdicts.get(frozenset((one.id, other.id)))
        if verdict is not None:
            return VERDICT if verdict == "same" else VETO
        return self.rule.weight(agreement(one.points, other.points))


def families(
    related: Sequence[Related], own: Iterable[bytes], *, rule: Rule
) -> Generator[LookUp, Found, tuple[Member, ...]]:
    """The members of the family; `own` are the ids of the records of the person asked for, who is not among them."""
    subject = set(own)
    relatives = {one.candidate.id: one for one in related if one.candidate.id not in subject}
    found = yield LookUp(_one_of_each_first(_seeded(relatives.values(), Weighing(rule, {}))))
    weigh = Weighing(rule, found.verdicts)
    kinds = {one.candidate.id: one.kind for one in related}
    named = relatives.keys()
    others = {c.id: c for c in found.candidates if c.id not in subject and c.id not in named}

    groups = _seeded(relatives.values(), weigh)
    for other in sorted(others.values(), key=lambda c: (-_best(c, groups, weigh), c.source, c.id)):
        _join(groups, other, weigh=weigh, may_found=False)
    members = [
        Member(_kind(group, kinds), tuple(sorted(group, key=lambda r: (r[0].source, r[0].id)))) for group in groups
    ]
    return tuple(sorted(members, key=lambda m: (m.relationship, m.records[0][0].source, m.records[0][0].id)))


def _seeded(relatives: Iterable[Related], weigh: Weighing) -> list[Group]:
    """The groups that the named records make among themselves."""
    ordered = sorted(relatives, key=lambda one: (one.candidate.source, one.candidate.id))
    # An unborn child has nothing to match by, so all records of one in this family are taken for the same child's.
    unborn: Group = [(one.candidate, "certain") for one in ordered if one.is_unborn]
    groups: list[Group] = [unborn] if unborn else []
    for one in ordered:
        if not one.is_unborn:
            _join(groups, one.candidate, weigh=weigh, may_found=True)
    return groups


def _one_of_each_first(groups: Sequence[Group]) -> list[Points]:
    """Points to look up, so that a limit leaves out a further record of somebody rather than somebody."""
    ranks = zip_longest(*([record for record, _ in group] for group in groups))
    return [record.points for rank in ranks for record in rank if record is not None]


def _join(groups: list[Group], record: Candidate, *, weigh: Weighing, may_found: bool) -> None:
    """Puts `record` into the group it fits best, or into a new one of its own when it `may_found` one."""
    best, weight = None, 0.0
    for group in groups:
        weights = [weigh.pair(record, member) for member, _ in group]
        vetoed = min(weights) <= VETO
        mean = sum(weights) / len(weights)
        if not vetoed and mean > weight and weigh.rule.band(max(weights)) == "certain":
            best, weight = group, mean
    if best is not None:
        best.append((record, "certain"))
    elif may_found:
        groups.append([(record, "certain")])
    else:
        _note_probable(groups, record, weigh=weigh)


def _note_probable(groups: list[Group], record: Candidate, *, weigh: Weighing) -> None:
    """A record that is only probably one member's, and not vetoed by any other of their records, is noted as such."""
    for group in groups:
        certain = [member for member, band in group if band == "certain"]
        weights = [weigh.pair(record, member) for member in certain]
        if min(weights) > VETO and sum(weights) / len(weights) > 0:
            group.append((record, "probable"))
            return


def _best(record: Candidate, groups: list[Group], weigh: Weighing) -> float:
    return max((weigh.pair(record, member) for group in groups for member, _ in group), default=VETO)


def _kind(group: list[tuple[Candidate, Band]], kinds: dict[bytes, str]) -> str:
    """What most agencies call the relationship; being of the household says least, and the alphabet decides a tie."""
    said = [kinds[record.id] for record, _ in group if record.id in kinds]
    return min(set(said), key=lambda kind: (kind == HOUSEHOLD, -said.count(kind), kind))
