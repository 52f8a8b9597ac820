"""The beginning of the audit log goes, once nothing in it has details any more that anybody may see.

It goes up to the edge of a tile (C2SP tlog-tiles), so that every proof about what comes later stays as it is. The event
that says so has the root of all that went: whoever kept an export of it can show that it was that.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from broker.actions.publish_checkpoint import publish_checkpoint
from broker.audit import tree
from broker.audit.disposal_events import prune_event
from broker.audit.retention import MONTHS, types_of
from broker.audit.tiles import WIDTH
from broker.errors import Conflict, NotFound
from broker.parts import Parts
from broker.store import auditlog, pruning


@dataclass(frozen=True)
class Pruned:
    """The log is served from the place `first` on; so many events went."""

    first: int
    events: int


def prune_log(parts: Parts) -> Pruned:
    """Prunes all that is older than every class. Raises `NotFound` when nothing is, and `Conflict` while details of it
    are left."""
    publish_checkpoint(parts)
    stays, _ = types_of("system")
    with parts.store.begin(lengthy=True) as tx:
        since = pruning.first_since(tx.connection, _oldest(parts.now()))
        size = auditlog.size(tx.connection)
        first = (size if since is None else since) // WIDTH * WIDTH
        if pruning.details_before(tx.connection, first, without=stays):
            raise Conflict("details-kept", "details of old events are left", hint="`broker retention run` first")
        root = tree.root(first, auditlog.nodes_for(tx.connection, lambda nodes: tree.root(first, nodes)))
        gone = pruning.prune(tx.connection, first, keep=stays) if first else 0
        if not gone:
            raise NotFound("prune-none", "nothing of the log is old enough to be pruned")
        event = prune_event(parts.stamp("broker"), first, root=root.hex())
        tx.audit(parts.entry(event))
    publish_checkpoint(parts)
    return Pruned(first, gone)


def _oldest(now: dt.datetime) -> str:
    """The first day of the oldest month of which any class keeps details."""
    longest = max(months for months in MONTHS.values() if months is not None)
    number = now.astimezone(dt.UTC).year * 12 + now.astimezone(dt.UTC).month - 1 - longest
    return f"{number // 12:04}-{number % 12 + 1:02}"
