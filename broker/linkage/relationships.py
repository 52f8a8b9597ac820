"""What sources said of two people's relationship -> whether it leads from one to the other today, and how it is known.

A family is made of relationships that somebody stated, never of an address. So these lead to nobody:

    a relationship that has ended, or has not begun      a former partner
    being of the same household, by itself               what is known by a shared address only

What ended for one source is over, although another that has not heard of it still says that it holds: former partners
and carers are told as relatives again only when somebody says that it began anew after the end.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from broker.wire.delivery import RelatedRecord, RelationshipEvidence

HOUSEHOLD = "household_member"
FORMER = {"ex_partner": "partner"}
"""Relationships that say of another one that it is over; their `since` is the day it ended."""
STRONGEST_FIRST: Sequence[RelationshipEvidence]
STRONGEST_FIRST = ("court_order", "birth_record", "professional_observed", "school_record", "self_reported", "unknown")


@dataclass(frozen=True)
class Statement:
    """What one record says of a related one; `in_full` when that record is shared in full, not in part."""

    said: RelatedRecord
    in_full: bool = True


@dataclass(frozen=True)
class Edge:
    """How somebody is related to the person asked for, how that is known at best and since when, if it is shared."""

    kind: str
    evidence: RelationshipEvidence = "unknown"
    since: dt.date | None = None


def may_matter(said: RelatedRecord) -> bool:
    """Whether a statement can lead to a relative or end what another says: one of an address can do neither."""
    return said.kind != HOUSEHOLD and said.evidence != "shared_address"


def leads_on(said: RelatedRecord, on: dt.date) -> bool:
    """Whether one statement, taken alone, leads from the person to the relative on a day."""
    has_begun = said.since is None or said.since <= on
    return may_matter(said) and said.kind not in FORMER and has_begun and not _is_over(said, on)


def edge_of(statements: Sequence[Statement], on: dt.date) -> Edge | None:
    """What all the statements about one relative come to; None when nothing leads to them.

    What most sources call it; the alphabet decides a tie.
    """
    said = [one.said for one in statements]
    leading = [one for one in statements if leads_on(one.said, on) and not _is_over_elsewhere(one.said, said, on)]
    if not leading:
        return None
    kinds = [one.said.kind for one in leading]
    kind = min(set(kinds), key=lambda name: (-kinds.count(name), name))
    told = [one.said for one in leading if one.in_full and one.said.kind == kind]
    known = {one.evidence for one in told}
    evidence = next((one for one in STRONGEST_FIRST if one in known), STRONGEST_FIRST[-1])
    return Edge(kind, evidence, min((one.since for one in told if one.since), default=None))


def _is_over(said: RelatedRecord, on: dt.date) -> bool:
    return said.until is not None and said.until <= on


def _is_over_elsewhere(one: RelatedRecord, said: Sequence[RelatedRecord], on: dt.date) -> bool:
    """Whether another statement says that this relationship is over, and this one does not say it began after that."""
    ends = [other.since for other in said if FORMER.get(other.kind) == one.kind]
    ends += [other.until for other in said if other.kind == one.kind and _is_over(other, on)]
    return any(end is None or one.since is None or one.since <= end for end in ends)
