"""A database restored from a backup catches up with the log, before it answers anything.

1. the export of the log verifies, and the restored log is its beginning
2. the events since the backup take their places again, so that the log goes on and does not fork
3. records that they say are held back from being destroyed are held again, to be looked at today
4. every record that they say was erased is closed again: its data key, its parts and its label rows are destroyed
5. services pause sharing, or share, as the log's last word on each of them has it
6. details that they say were destroyed are destroyed again; values whose time is over go with the next `retention run`

The export (`broker audit export`) is what has to be kept apart from the database, and as often as possible: an erasure
that is in no copy of the log is known to the agency alone, whose next whole delivery closes the record too. Private
details of the events since the backup are lost; what agencies hold of them stays.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from broker.actions.erase import erased_tag, note_erased
from broker.actions.expire_details import shred_again
from broker.actions.hold_record import hold_again
from broker.actions.mark_log import mark_log
from broker.actions.pause_sharing import pause_again
from broker.audit import tree
from broker.audit.verify import entries_in, verify_log
from broker.errors import Untrusted
from broker.parts import Parts
from broker.store import auditlog, deliveries, indexes, labels, records, runs
from broker.store.entries import Entry


@dataclass(frozen=True)
class CaughtUp:
    """How many events came back into the log, how many records were erased again, and details of events shredded."""

    events: int
    erased: int
    shredded: int = 0


def catch_up(parts: Parts, files: Mapping[str, bytes]) -> CaughtUp:
    """Brings a restored database up to an export of the log. Raises `Untrusted` when the export does not verify, or
    the restored log is not its beginning: then somebody wrote into it since, or it is another log."""
    report = verify_log(files, [parts.trust.broker.audit_log])
    leaves = entries_in(files, report.size, report.first)
    events = _bring_forward(parts, leaves, report.first)
    since = [json.loads(leaf) for leaf in leaves[len(leaves) - events :]]
    hold_again(parts, [event for event in since if event["typ"] == "hold"])
    retracted: dict[str, dict[str, frozenset[str]]] = {}
    for event in since:
        if event["typ"] == "retract":
            retracted.setdefault(event["source"], {})[event["id"]] = frozenset(event["tags"])
    erased = sum(_erase_again(parts, source, entries) for source, entries in sorted(retracted.items()))
    shredded = shred_again(parts, since)
    if since:
        # Whose private details are not here any more: nobody shall take them for destroyed in silence.
        with parts.store.begin() as tx:
            pause_again(parts, tx, since)
            tx.audit(_caught_up(parts, f"{events}-events"))
    mark_log(parts)
    return CaughtUp(events, erased, shredded)


def _bring_forward(parts: Parts, leaves: Sequence[bytes], first: int) -> int:
    """Steps 1 and 2, in one transaction. Returns how many events were missing."""
    with parts.store.sequence() as connection:
        size = auditlog.size(connection)
        held = size - first
        if not 0 <= held <= len(leaves) or auditlog.leaves(connection, first, size) != list(leaves[:held]):
            hint = "restore an older backup, or the whole export"
            raise Untrusted("log-forked", "the restored log is not the beginning of the export", hint=hint)
        missing = leaves[held:]
        if missing:
            hashes = [tree.leaf_hash(leaf) for leaf in missing]
            before = auditlog.nodes_for(connection, lambda nodes: tree.append(size, hashes, nodes=nodes))
            auditlog.put_back(connection, missing, tree.append(size, hashes, nodes=before), old_size=size)
            indexes.keep_again(connection, missing)
    return len(missing)


def _erase_again(parts: Parts, source: str, entries: Mapping[str, frozenset[str]]) -> int:
    """Step 4, for one source: by event, the tags of the records it erased."""
    with parts.store.begin() as tx:
        parts = parts.writing(tx.connection)
        deliveries.lock_source(tx.connection, source)
        agency = parts.policies.vocabulary.sources[source].agency
        rows = [row for row in runs.open_rows(tx.connection, [source]) if _is_erased(parts, row.id, entries)]
        found = records.opened_each(rows, parts.keysets, agency)
        labels.remove(tx.connection, parts.keysets, [(source, record.id, record.points()) for record in found])
        records.close(tx.connection, [record.id for record in found])
        note_erased(parts, tx, [record.id for record in found], source=source, agency="broker")
        if not found:
            tx.audit(_caught_up(parts, source))
    return len(found)


def _caught_up(parts: Parts, what: str) -> Entry:
    stamp = parts.stamp("broker")
    event = stamp.event("admin", {"act": "caught-up", "what": what}, {})
    return parts.entry(event)


def _is_erased(parts: Parts, record_id: bytes, entries: Mapping[str, frozenset[str]]) -> bool:
    return any(erased_tag(parts, event_id, record_id) in tags for event_id, tags in entries.items())
