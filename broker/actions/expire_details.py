"""Details of audit events go when their time is over: the keys of their class and month are destroyed.

    1. the event that says so, with how many events of the log lose their details
    2. the sealed details are deleted, some at a time
    3. the key is destroyed: what is left of them in a file or a backup of the disk opens with nothing

A job that is killed after 1 goes on with 2. The leaves and the tree stay; `broker audit verify` names the event.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from broker.actions.mark_log import mark_log
from broker.actions.publish_checkpoint import publish_checkpoint
from broker.audit.disposal_events import expire_event
from broker.audit.retention import runs_out, types_of
from broker.parts import Parts
from broker.store import detailkeys, expiring

PAGE = 2_000
Progress = Callable[[int, int], None]
"""Told how many of how many events were done."""


@dataclass(frozen=True)
class Expired:
    """What ran out: the key's name, like `answers.2026-11`, and how many events lost their details."""

    name: str
    entries: int


def expire_details(parts: Parts, *, progress: Progress | None = None, most: int | None = None) -> list[Expired]:
    """Destroys every class and month whose time is over, or `most` pages. Also makes the keys of the months to come."""
    today = parts.now().astimezone(dt.UTC).date()
    detailkeys.ready(parts.store, parts.keyring.detail_key, today=today, random=parts.random)
    with parts.store.look() as connection:
        keys = detailkeys.held(connection)
    over = [(name, since) for name, since in keys if (ends := runs_out(*name.split("."))) and ends <= today]
    if over:
        # What is found by details that are about to go goes with them, and is not made afterwards.
        mark_log(parts)
    with parts.store.look() as connection:
        events = {name: expiring.of_month(connection, *_of(name)) for name, _ in over}
    _destroy(parts, [name for name, _ in over if not events[name]])
    found, pages = list[Expired](), 0
    for name, since in over:
        ids = events[name]
        if not ids:
            continue
        if since is None:
            _begin(parts, name, len(ids))
            found.append(Expired(name, len(ids)))
        for start in range(0, len(ids), PAGE):
            if most is not None and pages >= most:
                return found
            with parts.store.sequence() as connection:
                expiring.forget(connection, ids[start : start + PAGE])
            pages += 1
            if progress is not None:
                progress(min(start + PAGE, len(ids)), len(ids))
        _destroy(parts, [name])
    publish_checkpoint(parts)
    return found


def shred_again(parts: Parts, events: Sequence[Mapping[str, Any]]) -> int:
    """Destroys again, in a restored database, the details that these events say were destroyed. Returns how many."""
    many = 0
    for event in events:
        if event["typ"] == "shred":
            with parts.store.sequence() as connection:
                found = expiring.at_places(connection, event["entries"])
                many += expiring.forget(connection, [entry_id for entry_id, _, _ in found.values()])
                expiring.forget_marks_of(connection, [(entry_id, t) for entry_id, _, t in found.values()])
        elif event["typ"] == "expire":
            with parts.store.sequence() as connection:
                ids = expiring.of_month(connection, *_of(f"{event['kept']}.{event['month']}"))
                many += expiring.forget(connection, ids)
                detailkeys.destroy(connection, f"{event['kept']}.{event['month']}")
    return many


def _of(name: str) -> tuple[frozenset[str], bool, str]:
    """The types of a key's class, whether it has all but these, and its month."""
    kept, month = name.split(".")
    return (*types_of(kept), month)


def _destroy(parts: Parts, names: Sequence[str]) -> None:
    """Step 3."""
    if names:
        with parts.store.sequence() as connection:
            for kept, month in (name.split(".") for name in names):
                if kept == "answers":
                    expiring.forget_marks(connection, month)
                detailkeys.destroy(connection, f"{kept}.{month}")


def _begin(parts: Parts, name: str, entries: int) -> None:
    """Step 1."""
    kept, month = name.split(".")
    stamp = parts.stamp("broker")
    event = expire_event(stamp, kept, month=month, entries=entries)
    with parts.store.begin() as tx:
        detailkeys.run_out(tx.connection, name, at=int(parts.now().timestamp()))
        tx.audit(parts.entry(event))
