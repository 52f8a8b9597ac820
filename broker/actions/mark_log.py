"""Makes findable what entered the log since the last time, page by page: never in the way of a question.

    1. the page's look-ups are put together again from their leaves, and their terms from them
    2. the marks, and up to where there are any, are written in one transaction, which waits for no flush of the disk

The serving process does it every few seconds, a little at a time, and whoever searches first does what is left. All of
it is made of the log alone, so what a crash takes back is made again; nothing of it is new, so it is no event itself.
"""

from __future__ import annotations

import time

from broker.actions.open_matters import open_matters
from broker.actions.publish_checkpoint import publish_checkpoint
from broker.errors import Conflict, Unavailable
from broker.parts import Parts
from broker.store import auditaround, auditmarks

PAGE = 256
ASIDE = 32
"""Events of a page beside questions, which share the interpreter with it: a few look-ups, some milliseconds."""
_RESTS = 3
"""How many times as long as a page took it rests then: else a question waits for all that came since the last time."""


def mark_log(parts: Parts, *, seconds: float | None = None, aside: bool = False) -> int:
    """Marks what has no marks. Returns how many events the log has.

    `aside` is for whoever does it while questions are answered. Raises `Unavailable` when it takes longer than
    `seconds`: what was done by then is kept.
    """
    size, until = publish_checkpoint(parts), None if seconds is None else time.monotonic() + seconds
    began = time.monotonic()
    while _page(parts, size, most=ASIDE if aside else PAGE) < size:
        if until is not None and time.monotonic() > until:
            hint = "try again in a minute"
            raise Unavailable("log-unmarked", "the audit log is still being made searchable", hint=hint)
        if aside:
            time.sleep(_RESTS * (time.monotonic() - began))
            began = time.monotonic()
    return size


def _page(parts: Parts, size: int, *, most: int) -> int:
    """Marks one page. Up to where there are marks now."""
    with parts.store.look() as connection:
        first = auditmarks.marked(connection)
        lines = auditaround.between(connection, first, size, most=most)
        if not lines:
            return max(first, size)
        parts = parts.at(connection)
    matters = open_matters(parts, lines, is_lenient=True)
    marked = [((one.event["t"], one.id), auditmarks.marks_of(parts.keyring, one.terms(), random=parts.random))
              for one in matters]  # fmt: skip
    last = lines[-1].place + 1
    try:
        with parts.store.derive() as connection:
            auditmarks.mark_up_to(connection, last, was=first)
            auditmarks.put(connection, marked)
    except Conflict:
        # Another process, or a thread: it has gone on from there.
        pass
    return last
