"""What this machine asked and delivered: one line before the linkage unit is asked, one when it is known how it ended.

    <state>/journal/2026-11-23.jsonl    {"at":1795424400,"purpose":"early_help","ticket":"<hex>"}
                                        {"at":1795424401,"outcome":"answered","ticket":"<hex>"}
                                        {"at":1795424500,"batch":"<hex>","inputs":9120}
                                        {"at":1795424503,"batch":"<hex>","evaluated":9120}

A line is on disk before the ticket is used, so that a ticket which the linkage unit counted and no journal names was
not issued here. A ticket without an outcome belongs to a desk that stopped in between. Of a delivery every attempt to
have match keys evaluated is a line: one whose answer was lost may be counted or not. Nothing of a person is in it.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from broker.errors import BadInput, Conflict, NotAllowed, QuotaReached

Outcome = Literal["issued", "answered", "refused", "failed"]
FOLDER = "journal"
_REFUSALS = (BadInput, Conflict, NotAllowed, QuotaReached)


@dataclass(frozen=True)
class Issued:
    """One ticket of this desk. `outcome` is `issued` while nothing else is known."""

    ticket: bytes
    purpose: str
    at: int
    outcome: Outcome = "issued"


@dataclass(frozen=True)
class Evaluated:
    """One attempt to have inputs of a delivery evaluated, or the answer to one (`is_answer`)."""

    batch: bytes
    at: int
    inputs: int
    is_answer: bool


@dataclass(frozen=True)
class Journal:
    """The journal in one state folder; `now` gives the time in seconds."""

    state: Path
    now: Callable[[], int]

    @contextmanager
    def question(self, ticket: bytes, *, purpose: str, at: int) -> Iterator[None]:
        """Notes the ticket before the question is put, and afterwards how it ended."""
        self._append({"at": at, "purpose": purpose, "ticket": ticket.hex()})
        outcome: Outcome = "failed"
        try:
            yield
            outcome = "answered"
        except _REFUSALS:
            outcome = "refused"
            raise
        finally:
            self._append({"at": self.now(), "outcome": outcome, "ticket": ticket.hex()})

    def evaluation(self, batch: bytes, inputs: int) -> None:
        """Notes an attempt to have `inputs` of a delivery evaluated, before it is made."""
        self._append({"at": self.now(), "batch": batch.hex(), "inputs": inputs})

    def evaluated(self, batch: bytes, inputs: int) -> None:
        """Notes that an answer came."""
        self._append({"at": self.now(), "batch": batch.hex(), "evaluated": inputs})

    def _append(self, line: dict[str, object]) -> None:
        folder = self.state / FOLDER
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = folder / f"{_day(self.now()).isoformat()}.jsonl"
        # One write of a short line at the end of the file: desks that share a folder do not cut into each other.
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(handle, (json.dumps(line, sort_keys=True) + "\n").encode())
            os.fsync(handle)
        finally:
            os.close(handle)


def issued_about(states: list[Path], day: dt.date) -> dict[bytes, Issued]:
    """The tickets that the journals in `states` name for `day` and its two neighbours, as clocks differ.

    Raises `BadInput` when a journal holds something else.
    """
    found: dict[bytes, Issued] = {}

    def read(line: dict[str, Any]) -> None:
        if "batch" in line:
            return
        ticket = bytes.fromhex(line["ticket"])
        if "purpose" in line:
            found[ticket] = Issued(ticket, str(line["purpose"]), int(line["at"]))
        elif ticket in found:
            found[ticket] = replace(found[ticket], outcome=line["outcome"])

    _read_about(states, day, read)
    return found


def evaluated_about(states: list[Path], day: dt.date) -> list[Evaluated]:
    """What the journals in `states` name of deliveries for `day` and its two neighbours. Raises as `issued_about`."""
    found: list[Evaluated] = []

    def read(line: dict[str, Any]) -> None:
        if "batch" in line:
            is_answer = "evaluated" in line
            inputs = int(line["evaluated" if is_answer else "inputs"])
            found.append(Evaluated(bytes.fromhex(line["batch"]), int(line["at"]), inputs, is_answer))

    _read_about(states, day, read)
    return found


def _read_about(states: list[Path], day: dt.date, read: Callable[[dict[str, Any]], None]) -> None:
    for state in states:
        for near in (day - dt.timedelta(days=1), day, day + dt.timedelta(days=1)):
            path = state / FOLDER / f"{near.isoformat()}.jsonl"
            if path.exists():
                _read(path, read)


def _read(path: Path, read: Callable[[dict[str, Any]], None]) -> None:
    for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            read(json.loads(text))
        except (ValueError, KeyError, TypeError):
            raise BadInput("journal-damaged", f"line {number} of {path} is not of a journal") from None


def _day(seconds: int) -> dt.date:
    return dt.datetime.fromtimestamp(seconds, dt.UTC).date()
