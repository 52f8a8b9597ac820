"""Audit entries to write where only their being there matters."""

from __future__ import annotations

import datetime as dt

from broker.audit.act_events import start_event
from broker.audit.events import Stamp, leaf
from broker.store.engine import Entry

NOW = dt.datetime(2026, 11, 22, 9, 30, tzinfo=dt.UTC)


def entry(number: int, *, t: dt.datetime = NOW) -> Entry:
    """An entry with an id made of `number`."""
    entry_id = number.to_bytes(16, "big")
    event = start_event(Stamp(entry_id.hex(), t, "broker"), "0.1.0", policy="ab" * 32, size=0)
    sealable = leaf(event, lambda: entry_id)
    return Entry(entry_id, t.isoformat(), "start", "broker", sealable.leaf_bytes, b"sealed")
