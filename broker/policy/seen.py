"""The facts of one question as each agreement sees them, as bits for the evaluator and as numbers for the audit row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter

from broker.policy.compile import Compiled
from broker.policy.facts import RECORD_FACTS, SINGLE_FACTS, RecordFacts, Requester, requester_facts
from broker.policy.plan import KEPT


@dataclass(frozen=True)
class Asker:
    """The requester's facts under `agreement`; `stands` is whether they may ask under it."""

    agreement: str
    bits: int
    number: int
    stands: bool


@dataclass(frozen=True)
class _Held:
    """A record's facts, once for each protection it is under. `unknown` are those that nobody stated."""

    bits: tuple[int, ...]
    numbers: tuple[int, ...]
    unknown: frozenset[str]


@dataclass(frozen=True)
class Asked:
    """One requester and one record, resolved. `under` has, for each agreement by id, the facts as it sees them.

    They are once for each protection, and empty where the requester may not ask under it; `first` is the place of the
    first that isn't. `packed` are for the audit.
    """

    evaluator: Compiled
    role: str
    purpose: str
    on: dt.date
    source: str
    under: tuple[tuple[int, ...], ...]
    first: int
    unknown: frozenset[str]
    packed: dict[str, list[int]]


def asked_of(
    evaluator: Compiled, requester: Requester, record: RecordFacts, *, seen: Sequence[Asker], on: dt.date
) -> Asked:
    """The question of `requester`, whom the agreements see as `seen` and one of them stands by, about `record`."""
    about = _held(evaluator, record)
    return Asked(
        evaluator=evaluator,
        role=requester.role,
        purpose=requester.purpose,
        on=on,
        source=record.source,
        under=tuple([tuple([asker.bits | bits for bits in about.bits]) if asker.stands else () for asker in seen]),
        first=next(n for n, asker in enumerate(seen) if asker.stands),
        unknown=about.unknown,
        packed=packed(seen, about.numbers),
    )


def askers(evaluator: Compiled, requester: Requester, *, on: dt.date) -> tuple[Asker, ...]:
    """The requester as every agreement sees them that schedules anything for their role and purpose, by id."""
    key = (requester, on)
    kept = evaluator.kept.get(key)
    if isinstance(kept, tuple):
        return kept
    policies = evaluator.policies
    made = []
    for name in policies.schedule[requester.role, requester.purpose]:
        facts = requester_facts(policies.vocabulary, requester, agreement=policies.agreements[name], on=on)
        places = [evaluator.layout.place(fact, value) for fact, value in facts.items()]
        bits, number = sum(bit for bit, _ in places), sum(weight for _, weight in places)
        made.append(Asker(name, bits, number, evaluator.stands(bits)))
    if len(evaluator.kept) >= KEPT:
        evaluator.kept.clear()
    evaluator.kept[key] = tuple(made)
    return tuple(made)


def _held(evaluator: Compiled, record: RecordFacts) -> _Held:
    """The facts of `record`."""
    unknown = []
    bits = number = 0
    for (fact, places, missing), value in zip(evaluator.record_places, _values(record), strict=True):
        place = places.get(value) if isinstance(value, str) else None
        if place is None:
            place = missing
            unknown.append(fact)
        bits |= place[0]
        number += place[1]
    if record.protection is None:
        unknown.append("protection")
    kinds = (None,) if record.protection is None else record.protection or ("none",)
    protections = dict.fromkeys([evaluator.layout.place("protection", kind) for kind in kinds])
    return _Held(
        bits=tuple([bits | bit for bit, _ in protections]),
        numbers=tuple([number + weight for _, weight in protections]),
        unknown=frozenset(unknown) - evaluator.secret if unknown else _NONE,
    )


def packed(seen: Sequence[Asker], numbers: Sequence[int]) -> dict[str, list[int]]:
    """The packed facts by agreement, one number for each protection; `numbers` are the record's part of them."""
    return {asker.agreement: [asker.number + number for number in numbers] for asker in seen}


def nothing_known(evaluator: Compiled) -> int:
    """The packed facts of a record of which nothing is known: what a refusal of the requester is recorded with."""
    return sum(evaluator.layout.unknown[fact][1] for fact in RECORD_FACTS)


_values = attrgetter(*SINGLE_FACTS)
_NONE: frozenset[str] = frozenset()
