"""What went and what is held back, out of the database and the log alone: `broker retention report`."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from broker.actions.publish_checkpoint import publish_checkpoint
from broker.audit.retention import class_of, month_of
from broker.parts import Parts
from broker.policy.days import london_date
from broker.store import auditlog, auditread, disposals, expiring, holds
from broker.store.disposals import Round


@dataclass(frozen=True)
class Retained:
    """The last round of each source; values destroyed in all, by source; holds, and those to be looked at again.

    Of the log: how many events have their details, how many lost them when their time ran out, by decision, or with
    nothing in the log that says why.
    """

    rounds: Sequence[Round]
    destroyed: Mapping[str, int]
    holds: int
    holds_due: int
    details: int
    expired: int
    shredded: int
    unexplained: int


def report_retention(parts: Parts) -> Retained:
    """The report. That somebody made it is an event of the audit log."""
    publish_checkpoint(parts)
    with parts.store.look() as connection:
        parts = parts.at(connection)
        destroyed: Counter[str] = Counter()
        for leaf in map(json.loads, auditread.leaves_of(connection, "dispose")):
            destroyed[leaf["source"]] += leaf["values"]
        held = holds.of_sources(connection, parts.keyring, parts.policies.vocabulary.sources)
        expired, shredded, unexplained = _lost(connection)
        today = london_date(parts.now())
        found = Retained(
            rounds=disposals.rounds(connection),
            destroyed=dict(sorted(destroyed.items())),
            holds=len(held),
            holds_due=sum(one.review_by < today for one in held),
            details=expiring.count(connection),
            expired=expired,
            shredded=shredded,
            unexplained=unexplained,
        )
    stamp = parts.stamp("broker")
    event = stamp.event("admin", {"act": "reported-retention", "what": "all"}, {})
    with parts.store.begin() as tx:
        tx.audit(parts.entry(event))
        released = tx.release(found)
    return released.released().value


def _lost(connection: Connection) -> tuple[int, int, int]:
    """Of the events without details: how many had run out, were shredded, and neither.

    What a restored database lacks, it lacks since the last event that says that it caught up.
    """
    run_out = {(one["kept"], one["month"]) for one in map(json.loads, auditread.leaves_of(connection, "expire"))}
    named = {place for one in map(json.loads, auditread.leaves_of(connection, "shred")) for place in one["entries"]}
    restored = -1
    for leaf in map(json.loads, auditread.leaves_of(connection, "admin")):
        if leaf["act"] == "caught-up":
            restored = auditlog.place(connection, bytes.fromhex(leaf["id"])) or -1
    kinds = Counter(
        "expired" if (class_of(typ), month_of(t)) in run_out
        else "shredded" if place in named
        else "restored" if place < restored
        else "unexplained"
        for place, typ, t in expiring.lacking(connection)
    )  # fmt: skip
    return kinds["expired"], kinds["shredded"], kinds["unexplained"]
