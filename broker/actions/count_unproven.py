"""Requests that did not prove who sent them are events of the audit log: a count for each party that they named."""

from __future__ import annotations

from broker.actions.publish_checkpoint import publish_checkpoint
from broker.audit.oversight_events import unproven_event
from broker.parts import Parts
from broker.turnedaway import UNKNOWN, Counts

_ORG = "broker"


def count_unproven(parts: Parts, counts: Counts) -> None:
    """Records `counts`, one event for each party. Raises `Unavailable` when they can't be."""
    with parts.store.begin() as tx:
        for party, reasons in counts.items():
            org = _ORG if party == UNKNOWN else party
            tx.audit(parts.entry(unproven_event(parts.stamp(org), reasons)))
    publish_checkpoint(parts)
