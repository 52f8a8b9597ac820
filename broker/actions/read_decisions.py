"""Every decision that was logged since a day, opened: to be made again, or to be made under other agreements.

They say who may know what in which circumstances: facts, no names, no records, no staff. In a small place somebody may
be recognised all the same, so reading them is an event of the audit log, and their order tells nothing.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from broker.audit.events import check_disclosure, instant
from broker.parts import Parts
from broker.store import auditlog, auditread

Decisions = Counter[str]
"""What was decided, as JSON (`Decision.as_audit`), and how often."""


def read_decisions(parts: Parts, since: dt.date, *, act: str, what: str, until: dt.date = dt.date.max) -> Decisions:
    """The decisions since midnight UTC of a day, and before the day `until`. `act` and `what` go into the event: what
    they are read for.

    Raises `Untrusted` when the log was tampered with.
    """
    began, ended = (instant(dt.datetime.combine(one, dt.time(), dt.UTC)) for one in (since, until))
    found: Decisions = Counter()
    with parts.store.look() as connection:
        for entry, leaf, sealed in auditread.decided_since(connection, began, ended):
            shown = auditlog.opened_details(parts.keyring, entry, sealed)
            found.update(_rows(dict(check_disclosure(leaf, one) for one in shown.values())))
    event = parts.stamp("broker").event("admin", {"act": act, "what": what}, {})
    with parts.store.begin() as tx:
        tx.audit(parts.entry(event))
        held = tx.release(found)
    return held.released().value


def lines(decisions: Decisions) -> Iterator[str]:
    """The decisions one a line, each as often as it was made, in the order of what they were decided from."""
    for text in sorted(decisions, key=_facts):
        yield from [text] * decisions[text]


def _rows(private: dict[str, Any]) -> Iterator[str]:
    """The decisions in one leaf's private fields. Those that left no trace have their item beside them."""
    yield from (text for name, text in private.items() if name.startswith("facts."))
    if "decisions" in private:
        for row in json.loads(private["decisions"])["decisions"]:
            row.pop("item")
            yield json.dumps(row, sort_keys=True)


def _facts(text: str) -> str:
    facts = json.loads(text)["facts"]
    item = facts.pop("item", "")
    return f"{json.dumps(facts, sort_keys=True)}{item}"
