"""Nothing leaves the broker unaudited, whichever test runs: each answer with content adds an event to the log.

`World` asks at every exchange. An action that forgets its event does not get so far: its transaction does not commit,
and the request is answered 500. What is here catches one that finds a way around the transaction.
"""

from __future__ import annotations

import re
from typing import Any

from broker.store.engine import Store, Tx

NOTHING_PERSONAL = re.compile(
    r"/(healthz|readyz|docs|openapi\.json|audit/.*|v1/batches/[0-9a-f]+|v1/feed/\d+|v1/place|v1/pauses"
    r"|v1/figures|v1/standing|v1/clauses/.*|v1/trials/.*|v1/agreements|v1/credential)"
)
"""Answers without an event of their own: hashes, how much of a delivery arrived, references, words of the place,
which services have paused, numbers, and access credentials."""

_events = 0


def events() -> int:
    """How many events were written, or found in the log again, since the process began."""
    return _events


def check(method: str, path: str, *, status: int, before: int) -> None:
    """Raises `AssertionError` for an answer with content that no event says."""
    if status == 200 and not NOTHING_PERSONAL.fullmatch(path):
        assert _events > before, f"{method} {path} was answered, and nothing says so in the audit log"


def _counting(name: str, owner: type[Any]) -> None:
    original = getattr(owner, name)

    def counted(*arguments: Any, **named: Any) -> Any:
        global _events
        found = original(*arguments, **named)
        _events += 1
        return found

    setattr(owner, name, counted)


_counting("write", Tx)
_counting("recorded", Store)
