"""An agency fetches its certificates of disposal: the events of the log that say what of its records was destroyed."""

from __future__ import annotations

import datetime as dt
import json

from broker.actions.publish_checkpoint import prove
from broker.errors import NotFound
from broker.parts import Parts
from broker.store import auditlog, auditread
from broker.store.engine import Released
from broker.wire.answer import ReceiptLeaf
from broker.wire.disposal import MOST, Disposals


def read_disposals(parts: Parts, *, agency: str, since: dt.date) -> Released[Disposals]:
    """The certificates of `agency` from a UTC day on. Of one whose details have run out the event alone is left."""
    stamp = parts.stamp(agency)
    event = stamp.event("admin", {"act": "read-disposals", "what": since.isoformat()}, {})
    entry = parts.entry(event)
    sources, found = parts.trust.agency(agency).sources, list[tuple[bytes, tuple[str, ...]]]()
    with parts.store.begin() as tx:
        tx.audit(entry)
    with parts.store.look() as connection:
        for leaf_bytes in auditread.leaves_of(connection, "dispose", since=since.isoformat()):
            leaf = json.loads(leaf_bytes)
            if leaf["source"] in sources and len(found) <= MOST:
                entry_id = bytes.fromhex(leaf["id"])
                try:
                    shown = auditlog.disclosures(connection, parts.keyring, entry_id)
                except NotFound:
                    shown = {}
                found.append((entry_id, tuple(shown.values())))
    mine = found[:MOST]
    *proven, last = prove(parts, [*(entry_id for entry_id, _ in mine), entry.id])
    told = Disposals(
        v=1,
        agency=agency,
        since=since,
        certificates=tuple(
            ReceiptLeaf(v=1, leaf=one.leaf, proof=one.proof, disclosures=shown)
            for one, (_, shown) in zip(proven, mine, strict=True)
        ),
        more=len(found) > MOST,
        receipt=ReceiptLeaf(v=1, leaf=last.leaf, proof=last.proof, disclosures=()),
    )
    return parts.store.recorded(told, entry.id)
