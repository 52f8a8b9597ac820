"""A right in use, found again under its reference by the agency that took it in."""

from __future__ import annotations

from dataclasses import replace

from broker.actions.right_effects import Held
from broker.errors import NotAllowed, NotFound
from broker.parts import Parts
from broker.store import records, rights
from broker.store.engine import Tx
from broker.store.rights import RightInUse
from broker.wire.reference import reference_prefix


def check_agency(said: str, agency: str) -> None:
    """Raises `NotAllowed` for a request in the name of another agency than signed it."""
    if said != agency:
        raise NotAllowed("agency-differs", "the request names another agency than signed it", field="agency")


def find(parts: Parts, reference: str, *, agency: str) -> RightInUse:
    """What the agency has taken in under a spoken reference. Raises `NotFound`, also for another agency's."""
    with parts.store.look() as connection:
        return _mine(rights.with_prefix(connection, parts.keyring, reference_prefix(reference)), agency)


def hold(parts: Parts, tx: Tx, seen: RightInUse) -> RightInUse:
    """It as it is now; nobody else changes it until the transaction ends. One whose day is over is overdue."""
    one = _mine(rights.with_prefix(tx.connection, parts.keyring, seen.id, held=True), seen.agency)
    is_late = one.state == "open" and one.due <= int(parts.now().timestamp())
    return replace(one, state="escalated") if is_late else one


def record_of(parts: Parts, tx: Tx, one: RightInUse) -> Held:
    """The record that it is about, if it is still held."""
    rows = records.by_ids(tx.connection, [bytes.fromhex(one.matter.record)])
    return Held(records.opened(rows[0], parts.keysets, one.agency) if rows else None)


def _mine(some: list[RightInUse], agency: str) -> RightInUse:
    mine = [one for one in some if one.agency == agency]
    if len(mine) != 1:
        hint = "check every character"
        raise NotFound("right-unknown", "your agency has taken in nothing under this reference", hint=hint)
    return mine[0]
