"""Details of single audit events are destroyed before their time, because a person decided so and says on what basis.

The event that says it names the others by their places in the log; the leaves and the tree stay. What agencies hold of
an answer (its receipt) is theirs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Sequence
from typing import Literal, get_args

from broker.actions.mark_log import mark_log
from broker.actions.publish_checkpoint import publish_checkpoint
from broker.audit.disclosures import reveal
from broker.audit.disposal_events import shred_event
from broker.audit.matters import PARTS
from broker.audit.retention import class_of
from broker.errors import BadInput, NotFound, Unavailable
from broker.parts import Parts
from broker.store import auditaround, auditlog, auditread, expiring
from broker.wire.reference import reference_prefix

Basis = Literal["erasure", "court-order", "unlawful", "mistake"]
"""Article 17; an order; it should never have been processed; it should never have been written."""
BASES: tuple[Basis, ...] = get_args(Basis)
MOST = 1_000
"""Of one event, whose leaf has at most 16 KiB."""
_CASE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{2,59}", re.ASCII)


def shred_details(parts: Parts, entries: Collection[int], *, basis: Basis, case: str) -> int:
    """Destroys the details of the events at these places of the log. Returns the place of the event that says so.

    Raises `BadInput` for too many at once, for a case that is no reference, or for events about the system, which say
    nothing about people; `NotFound` for a place without an event, or one whose details are no longer there.
    """
    if not 0 < len(set(entries)) <= MOST:
        raise BadInput("entries-number", f"name 1 to {MOST} events", hint="shred the others afterwards")
    if _CASE.fullmatch(case) is None:
        raise BadInput(
            "case-invalid", "a case is a reference of 3 to 60 letters, digits, `.`, `_`, `/` or `-`", field="case"
        )
    # Whoever is about to make them findable by these details would do it after they are gone.
    mark_log(parts)
    stamp = parts.stamp("broker")
    event = shred_event(stamp, basis, case=case, entries=sorted(set(entries)))
    with parts.store.begin() as tx:
        found = expiring.at_places(tx.connection, entries)
        if any(class_of(typ) == "system" for _, typ, _ in found.values()):
            raise BadInput("entry-system", "an event about the system has no details about anybody")
        gone = expiring.forget(tx.connection, [entry_id for entry_id, _, _ in found.values()])
        if gone != len(set(entries)):
            hint = "`broker audit find` and `broker audit verify` say which there are"
            raise NotFound("details-destroyed", "some of these events have no details to destroy", hint=hint)
        expiring.forget_marks_of(tx.connection, [(entry_id, t) for entry_id, _, t in found.values()])
        tx.audit(parts.entry(event))
    publish_checkpoint(parts)
    with parts.store.look() as connection:
        place = auditlog.place(connection, bytes.fromhex(stamp.id))
    if place is None:
        raise Unavailable("log-not-ready", "the audit entry has no place in the signed tree yet")
    return place


def entries_of(parts: Parts, reference: str) -> list[int]:
    """The places of the events of an answer, by its spoken reference: its cover, and those of every agency."""
    publish_checkpoint(parts)
    with parts.store.look() as connection:
        covers = auditread.answer_with(connection, reference_prefix(reference))
        if len(covers) != 1:
            raise NotFound("reference-unknown", "there is no answer with this reference", hint="check every character")
        ids = [covers[0], *_beside(parts, auditaround.beside(connection, covers[0]), covers[0])]
        return sorted(place for one in ids if (place := auditlog.place(connection, one)) is not None)


def _beside(parts: Parts, ids: Sequence[bytes], cover: bytes) -> list[bytes]:
    """Those of the events of the same moment that belong to the answer."""
    found = []
    with parts.store.look() as connection:
        for one in ids:
            typ = json.loads(auditlog.leaf_of(connection, one))["typ"]
            if typ in PARTS:
                shown = auditlog.disclosures(connection, parts.keyring, one)
                if reveal(shown["answer"])[1] == cover.hex():
                    found.append(one)
    return found
