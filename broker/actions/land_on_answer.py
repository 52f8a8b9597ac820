"""A spoken reference leads both agencies to the same look-up: the one that asked, and those whose records it told of.

What was withheld silently leaves no trace here either: only records that the asker was openly told of count.
"""

from __future__ import annotations

import datetime as dt
from contextlib import suppress

from sqlalchemy import Connection, select

from broker.actions.publish_checkpoint import prove
from broker.actions.shown_refusals import parse_leaf
from broker.audit.disclosures import reveal
from broker.errors import NotFound
from broker.parts import Parts
from broker.store import auditlog, auditread
from broker.store.engine import Released
from broker.store.recalls import records_of
from broker.store.tables import records
from broker.wire.answer import ReceiptLeaf
from broker.wire.landing import Landing, LandingRequest
from broker.wire.reference import reference_prefix, spoken_reference


def land_on_answer(parts: Parts, asked: LandingRequest, *, agency: str) -> Released[Landing]:
    """The look-up of this reference, as far as it concerns `agency`; that it was opened is an event of the log.

    Raises `BadInput` for a misheard reference, `NotFound` where there is none or none of its records are the agency's.
    """
    with parts.store.look() as connection:
        parts = parts.at(connection)
        covers = auditread.answer_with(connection, reference_prefix(asked.reference))
        found = [one for cover in covers if (one := _landing(parts, connection, cover, agency=agency))]
    if len(found) != 1:
        raise _unknown()
    cover, leaf, mine = found[0]
    private = {"staff": asked.staff, "answer": cover.hex()}
    with parts.store.begin() as tx:
        entry = parts.entry(parts.stamp(agency).event("admin", {"act": "landed", "what": "answer"}, private))
        tx.audit(entry)
    [proven] = prove(parts, [entry.id])
    told = Landing(
        v=1,
        reference=spoken_reference(cover),
        asked_at=int(dt.datetime.fromisoformat(leaf["t"]).timestamp()),
        asker=leaf["org"],
        role=leaf["role"],
        purpose=leaf["purpose"],
        records=mine,
        receipt=ReceiptLeaf(v=1, leaf=proven.leaf, proof=proven.proof),
    )
    return parts.store.recorded(told, entry.id)


_Found = tuple[bytes, dict[str, str], tuple[tuple[bytes, ...], ...]]


def _landing(parts: Parts, connection: Connection, cover: bytes, *, agency: str) -> _Found | None:
    leaf = parse_leaf(auditlog.leaf_of(connection, cover))
    shown: dict[str, str] = {}
    with suppress(NotFound):  # Destroyed: to whoever it does not concern it is as unknown as any other.
        shown = auditlog.disclosures(connection, parts.keyring, cover)
    together: list[list[str]] = reveal(shown["together"])[1] if "together" in shown else []
    mine = _own(parts, connection, cover, together, agency=agency)
    return (cover, leaf, mine) if mine or leaf["org"] == agency else None


def _own(
    parts: Parts, connection: Connection, cover: bytes, together: list[list[str]], *, agency: str
) -> tuple[tuple[bytes, ...], ...]:
    """The agency's own references of the records behind the tags, person by person."""
    sources = {name for name, one in parts.policies.vocabulary.sources.items() if one.agency == agency}
    held = [records_of(parts.keyring, cover, person) for person in together]
    # By id alone: an index of the source would lead to all of its records.
    named = records.c.id.in_([one for ids in held for one in ids])
    rows = connection.execute(select(records.c.id, records.c.source, records.c.ref).where(named))
    refs = {bytes(row.id): bytes(row.ref) for row in rows if row.source in sources}
    people = (tuple(dict.fromkeys(refs[one] for one in ids if one in refs)) for ids in held)
    return tuple(person for person in people if person)


def _unknown() -> NotFound:
    hint = "ask for the reference again; an answer that told nothing of your records is not here"
    return NotFound("reference-unknown", "there is no look-up with this reference that concerns you", hint=hint)
