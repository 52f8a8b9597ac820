"""Rows of the audit log that are spelt exactly as they would be today, found without taking each of them apart.

    {"agreement": …, "facts": {"item": "ed.attendance", "on": …, "record": …, "requester": …}, …, "packed": …, …}

A row as the broker writes it is its facts and packed facts between texts that depend on the outcome alone. Rows about
one record of one question share all of their facts but the item, so these are read once. A row that is spelt in any
other way is left to whoever asks: this can miss that a row is right, and never pass one that isn't.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar

from pydantic_core import from_json

from broker.errors import BadInput
from broker.policy.decide import drafts
from broker.policy.decision import Decision
from broker.policy.facts import RecordFacts, Requester, from_row, record_row, requester_row
from broker.policy.policies import Policies

_FACTS, _ITEM, _RECORD, _REQUESTER, _AFTER = (
    '"facts": ',
    '{"item": "',
    ', "record": ',
    ', "requester": ',
    ', "level": "',
)
_KEPT = 32_768
_ENCODER = json.JSONEncoder(sort_keys=True)
_NO_RECORD = record_row(RecordFacts(""))
_NO_ASKER = requester_row(Requester("", "", "", dt.date(2000, 1, 1), ""), on=dt.date(2000, 1, 1))
Kept = TypeVar("Kept")
Frame = tuple[str, str, str, str]


class Speller:
    """Spells decisions under one set of policies."""

    def __init__(self, policies: Policies) -> None:
        self.policies = policies
        self._askers: dict[str, tuple[Requester, dt.date] | None] = {}
        self._records: dict[str, RecordFacts | None] = {}
        self._frames: dict[Any, Frame] = {}

    def spelt(self, rows: Iterable[str]) -> Iterator[str]:
        """Those of `rows` that are what would be written today, to the last letter."""
        questions: dict[str, list[tuple[str, str]]] = {}
        for row in rows:
            start = row.find(_FACTS) + len(_FACTS)
            item, found, rest = row[start : row.find(_AFTER, start)].partition('", ')
            if found and item.startswith(_ITEM) and "\\" not in item:
                questions.setdefault(rest, []).append((item.removeprefix(_ITEM), row))
        for rest, asked in questions.items():
            yield from self._same(rest, asked)

    def _same(self, rest: str, asked: Sequence[tuple[str, str]]) -> Iterator[str]:
        on, _, tail = rest.partition(_RECORD)
        about, _, who = tail.rpartition(_REQUESTER)
        asker = _kept(self._askers, f"{{{on}{_REQUESTER}{who}", _asker)
        record = _kept(self._records, about, _record)
        if asker is None or record is None:
            return
        items = [item for item, _ in asked]
        made, numbers = drafts(self.policies, asker[0], record, items=items, on=asker[1])
        packed = ", ".join([f'"{name}": {numbers[name]}' for name in sorted(numbers)])
        for decision, (item, row) in zip(made, asked, strict=True):
            before, between, middle, after = self._frame(decision)
            due = f'"{decision.review_by}"' if decision.review_by else "null"
            if row == f'{before}{_ITEM}{item}", {rest}{between}{{{packed}}}{middle}{due}{after}':
                yield row

    def _frame(self, decision: Decision) -> Frame:
        """The text before the facts, between them and the packed facts, from there to the date of review, and the rest.

        The key is all that the row says but for facts, packed facts and that date, so equal keys have equal frames.
        """
        whom, told = decision.contact, [text for one in decision.reasons for text in (one.id, one.text, one.remedy)]
        words = (decision.level, decision.agreement, decision.clause, decision.remedy, decision.reviewer)
        several = (decision.rules, decision.lifted, decision.obligations)
        key = (*words, *several, decision.breakable, whom.name, whom.phone, *told)
        frame = self._frames.get(key)
        if frame is None:
            if len(self._frames) >= _KEPT:
                self._frames.clear()
            frame = self._frames[key] = _framed(decision.as_audit())
        return frame


def _framed(row: dict[str, Any]) -> Frame:
    before, between, middle, after = (
        _dumped({name: value for name, value in row.items() if low < name < high})[1:-1]
        for low, high in (("", "facts"), ("facts", "packed"), ("packed", "review_by"), ("review_by", "~"))
    )
    return (
        f"{{{before}, {_FACTS}",
        f', {between}, "packed": ',
        f', {middle}, "review_by": ',
        f", {after}}}",
    )


def _asker(text: str) -> tuple[Requester, dt.date] | None:
    """Who asked and when, from the text of both; None unless it is spelt as we would spell it."""
    try:
        case = from_row({**from_json(text), "item": "", "record": _NO_RECORD})
    except (BadInput, ValueError, TypeError):
        return None
    return (case.requester, case.on) if _dumped(requester_row(case.requester, on=case.on)) == text else None


def _record(text: str) -> RecordFacts | None:
    """What was known about the record, from its text; None unless it is spelt as we would spell it."""
    try:
        record = from_row({**_NO_ASKER, "item": "", "record": from_json(text)}).record
    except (BadInput, ValueError, TypeError):
        return None
    return record if _dumped(record_row(record)) == text else None


def _kept(memory: dict[str, Kept], text: str, make: Callable[[str], Kept]) -> Kept:
    found = memory.get(text)
    if found is None:
        if len(memory) >= _KEPT:
            memory.clear()
        found = memory[text] = make(text)
    return found


def _dumped(value: Any) -> str:
    return _ENCODER.encode(value)
