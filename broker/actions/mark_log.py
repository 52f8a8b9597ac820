"""Makes findable what the log holds without marks: from before there were any, or come back after a restore.

Page by page, in the order of the log; run again, it goes on with what still has none.
"""

from __future__ import annotations

from broker.actions.open_matters import open_matter
from broker.actions.publish_checkpoint import publish_checkpoint
from broker.audit import matters
from broker.parts import Parts
from broker.store import auditaround, auditmarks

_PAGE = 500


def mark_log(parts: Parts) -> int:
    """Marks what has none. Returns how many matters that were."""
    last = publish_checkpoint(parts)
    made = sum(_page(parts, first, min(first + _PAGE, last)) for first in range(0, last, _PAGE))
    if made:
        event = parts.stamp("broker").event("admin", {"act": "marked-log", "what": str(made)}, {})
        with parts.store.begin() as tx:
            tx.audit(parts.entry(event))
    return made


def _page(parts: Parts, first: int, last: int) -> int:
    with parts.store.look() as connection:
        parts = parts.at(connection)
        waiting = [
            open_matter(parts, connection, entry_id)
            for t, entry_id in auditaround.matters_between(connection, first, last, parts_of=matters.PARTS)
            if not auditmarks.has(connection, parts.keyring, (t, entry_id), term=matters.EVERY)
        ]
    if not waiting:
        return 0
    # Nothing is disclosed and nothing is new in it: it is made of the log alone.
    with parts.store.derive() as connection:
        for one in waiting:
            marks = auditmarks.marks_of(parts.keyring, one.terms(), random=parts.random)
            auditmarks.put(connection, one.id, one.event["t"], marks=marks)
    return len(waiting)
