"""Changes of a clause that agencies try: how far each is, and what came of it. They are forgotten after a fortnight."""

from __future__ import annotations

import zlib

from sqlalchemy import Connection, delete, func, insert, select, update

from broker.errors import Conflict, QuotaReached
from broker.store.deliveries import lock_source
from broker.store.tables import trials
from broker.wire.fields import parse
from broker.wire.trial import Trial

A_DAY = 10
KEPT_SECONDS = 14 * 86_400
QUIET_SECONDS = 300
"""A trial of which nothing was heard for so long was in a process that ended."""
_ENDS = ("done", "failed")


def begin(connection: Connection, trial_id: bytes, trial: Trial, *, agency: str, now: int) -> None:
    """Keeps a new one. Raises `Conflict` for a known id or while another goes on, `QuotaReached` after ten in a day."""
    c = trials.c
    # Requests at once must not each find that nothing goes on.
    lock_source(connection, f"trials {agency}")
    connection.execute(delete(trials).where(c.made < now - KEPT_SECONDS))
    going_on = (c.agency == agency, c.stage.not_in(_ENDS), c.seen > now - QUIET_SECONDS)
    if connection.execute(select(c.id).where(*going_on)).first() is not None:
        raise Conflict("trial-going-on", "your agency is trying another change", hint="wait until it is done")
    lately = select(func.count()).select_from(trials).where(c.agency == agency, c.made > now - 86_400)
    if int(connection.execute(lately).scalar_one()) >= A_DAY:
        hint = "tomorrow there are more"
        raise QuotaReached("trials-used-up", f"your agency has tried {A_DAY} changes today", hint=hint)
    if connection.execute(select(c.id).where(c.id == trial_id)).first() is not None:
        raise Conflict("trial-known", "a change of this id was sent before", hint="ask how far it is")
    row = {"id": trial_id, "agency": agency, "made": now, "seen": now, "stage": trial.stage, "content": _packed(trial)}
    connection.execute(insert(trials), row)


def note(connection: Connection, trial_id: bytes, trial: Trial, *, now: int) -> None:
    """Says how far one is."""
    values = {"seen": now, "stage": trial.stage, "content": _packed(trial)}
    connection.execute(update(trials).where(trials.c.id == trial_id).values(**values))


def find(connection: Connection, trial_id: bytes, *, agency: str, now: int) -> Trial | None:
    """The agency's own trial of that id; one whose process ended has failed."""
    row = connection.execute(select(trials).where(trials.c.id == trial_id, trials.c.agency == agency)).one_or_none()
    if row is None:
        return None
    found = parse(Trial, zlib.decompress(row.content))
    if found.stage not in _ENDS and row.seen <= now - QUIET_SECONDS:
        return found.model_copy(update={"stage": "failed", "said": "it was interrupted; try again"})
    return found


def _packed(trial: Trial) -> bytes:
    return zlib.compress(trial.model_dump_json(exclude_none=True).encode())
