"""That records were erased is an event of the log, by names that tell nothing to anybody but the broker.

A record's tag in a leaf is made of its random id under a key of the broker, and is another in every leaf. After a
restore the broker finds by it which of the restored records have to go again, whatever their version (`catch_up`).
"""

from __future__ import annotations

from collections.abc import Sequence

from broker.audit.act_events import retract_event
from broker.audit.disposal_events import hold_event
from broker.parts import Parts
from broker.store import holds
from broker.store.engine import Tx
from broker.store.recalls import trace_tag

_TAGS = 300
"""Of one leaf, which has at most 16 KiB."""


def note_erased(parts: Parts, tx: Tx, erased: Sequence[bytes], *, source: str, agency: str) -> None:
    """Adds the events about the records, by id, of a source that this transaction closes.

    Those under a hold are closed but kept (`records.close`), and their event says so.
    """
    kept = holds.among(tx.connection, erased)
    gone = [one for one in erased if one not in kept]
    for start in range(0, len(gone), _TAGS):
        stamp = parts.stamp(agency)
        tags = [erased_tag(parts, stamp.id, record_id) for record_id in gone[start : start + _TAGS]]
        tx.audit(parts.entry(retract_event(stamp, source, tags=tags)))
    for record_id in sorted(kept):
        stamp = parts.stamp(agency)
        event = hold_event(stamp, "kept", source=source, tags=[erased_tag(parts, stamp.id, record_id)])
        tx.audit(parts.entry(event))


def erased_tag(parts: Parts, event_id: str, record_id: bytes) -> str:
    """The name of a record in the event that says it was erased: 32 hex digits."""
    return trace_tag(parts.keyring, bytes.fromhex(event_id), record_id)
