"""What a person's act makes of an entry of the register of protections: nothing is read or written here.

Each takes what is asked, the entry as it is held, if there is one, and the points of the record's person as far as they
are known; it gives the entry as it is then, or says why not.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from broker.actions.check_chunk import wrong_protection
from broker.actions.protect import with_what_was, without_addresses
from broker.errors import BadInput, Conflict, NotAllowed, NotFound
from broker.linkage.compare import Points
from broker.parts import Parts
from broker.store.protections import Entry, entry_id
from broker.wire.protection import ProtectionAct, ProtectionRequest


class Asked(NamedTuple):
    """What is asked of an entry, with a key of which use ("ask", "review"), on which day in London and at which second.

    `due` is when the time of a second person is over, who is waited for from now on.
    """

    said: ProtectionRequest
    use: str
    on: dt.date
    at: int
    due: int


def _set(parts: Parts, asked: Asked, known: Entry | None, points: Points) -> Entry:
    said = asked.said
    if known is not None and not known.is_lifted:
        hint = "renew it to have it reviewed on another day"
        raise Conflict("protection-held", "this protection is in force already", hint=hint)
    if not points:
        hint = "deliver the person's record first, with the protection or without it"
        raise NotFound("not-held", "no record is held under this reference", hint=hint, field="ref")
    review_by = _review_day(parts, asked, keys=len(points))
    mine = entry_id(parts.keyring, said.source, said.ref, kind=said.kind)
    new = known or Entry(mine, said.kind, said.source, (), review_by, frozenset(), ref=said.ref)
    changes: dict[str, Any] = {"points": without_addresses(parts, points), "made_by": (said.staff,), "is_lifted": False}
    return new.then(
        "set",
        staff=said.staff,
        on=asked.on,
        review_by=review_by,
        awaits="confirm",
        due=asked.due,
        is_late=False,
        **changes,
    )


def _renew(parts: Parts, asked: Asked, known: Entry | None, points: Points) -> Entry:
    entry = _in_force(known)
    # The points that are known stay: with other match keys one person could take it off whom two protect.
    keys = with_what_was(parts, without_addresses(parts, points), entry.points)
    review_by = _review_day(parts, asked, keys=len(keys))
    return entry.then("renewed", staff=asked.said.staff, on=asked.on, review_by=review_by, points=keys)


def _confirm(_: Parts, asked: Asked, known: Entry | None, __: Points) -> Entry:
    entry, staff = _in_force(known), asked.said.staff
    if entry.awaits is None:
        raise Conflict("protection-confirmed", "two people have confirmed this protection already")
    if staff in (entry.lifting_by, *(entry.made_by if len(entry.made_by) == 1 else ())):
        raise _same_person()
    made_by = (entry.made_by[0], staff) if len(entry.made_by) == 1 else entry.made_by
    stays: dict[str, Any] = {"awaits": None, "lifting_by": "", "due": None, "is_late": False}
    return entry.then("confirmed", staff=staff, on=asked.on, made_by=made_by, **stays)


def _lift(_: Parts, asked: Asked, known: Entry | None, __: Points) -> Entry:
    entry, staff = _in_force(known), asked.said.staff
    if asked.use == "ask":
        if entry.awaits == "lift":
            raise Conflict("protection-lifting", "somebody has proposed already to lift this protection")
        proposed: dict[str, Any] = {"awaits": "lift", "lifting_by": staff, "due": asked.due, "is_late": False}
        return entry.then("lift-proposed", staff=staff, on=asked.on, **proposed)
    if entry.awaits != "lift" or entry.due is None or entry.due <= asked.at:
        hint = "one person proposes it with a desk key, another agrees"
        raise Conflict("protection-not-lifting", "nobody has proposed to lift this protection", hint=hint)
    if staff == entry.lifting_by:
        raise _same_person()
    return entry.lifted(staff=staff, on=asked.on)


MADE: Mapping[ProtectionAct, Callable[[Parts, Asked, Entry | None, Points], Entry]] = {
    "set": _set,
    "renew": _renew,
    "confirm": _confirm,
    "lift": _lift,
}


def _in_force(known: Entry | None) -> Entry:
    if known is None or known.is_lifted:
        raise Conflict("protection-lifted", "this protection has been lifted already")
    return known


def _review_day(parts: Parts, asked: Asked, *, keys: int) -> dt.date:
    said = asked.said
    if said.review_by is None or said.review_by <= asked.on:
        raise BadInput("review-past", "a protection is looked at again on a day to come", field="review_by")
    for wrong in wrong_protection(
        parts, said.source, kind=said.kind, review_by=said.review_by, keys=keys, field="review_by"
    ):
        raise wrong
    return said.review_by


def _same_person() -> NotAllowed:
    return NotAllowed("protection-same-person", "a second member of staff has to do this, not the same one twice")
