"""A database restored from a backup catches up with the log, before it answers anything.

1. the export of the log verifies, and the restored log is its beginning
2. the events since the backup take their places again, so that the log goes on and does not fork
3. every record that they say was erased is closed again: its data key, its parts and its label rows are destroyed

The export (`broker audit export`) is what has to be kept apart from the database, and as often as possible: an erasure
that is in no copy of the log is known to the agency alone, whose next whole delivery closes the record too. Private
details of the events since the backup are lost; what agencies hold of them stays.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from broker.actions.erase import erased_tag, note_erased
from broker.actions.publish_checkpoint import publish_checkpoint
from broker.audit import tree
from broker.audit.events import Stamp
from broker.audit.verify import entries_in, verify_log
from broker.errors import Untrusted
from broker.parts import Parts
from broker.store import auditlog, deliveries, labels, records, runs


@dataclass(frozen=True)
class CaughtUp:
    """How many events came back into the log, and how many records were erased again."""

    events: int
    erased: int


def catch_up(parts: Parts, files: Mapping[str, bytes]) -> CaughtUp:
    """Brings a restored database up to an export of the log. Raises `Untrusted` when the export does not verify, or
    the restored log is not its beginning: then somebody wrote into it since, or it is another log."""
    leaves = entries_in(files, verify_log(files, [parts.trust.broker.audit_log]).size)
    events = _bring_forward(parts, leaves)
    retracted: dict[str, dict[str, frozenset[str]]] = {}
    for event in map(json.loads, leaves[len(leaves) - events :]):
        if event["typ"] == "retract":
            retracted.setdefault(event["source"], {})[event["id"]] = frozenset(event["tags"])
    erased = sum(_erase_again(parts, source, entries) for source, entries in sorted(retracted.items()))
    publish_checkpoint(parts)
    return CaughtUp(events, erased)


def _bring_forward(parts: Parts, leaves: Sequence[bytes]) -> int:
    """Steps 1 and 2, in one transaction. Returns how many events were missing."""
    with parts.store.sequence() as connection:
        size = auditlog.size(connection)
        if size > len(leaves) or auditlog.leaves(connection, 0, size) != list(leaves[:size]):
            hint = "restore an older backup, or the whole export"
            raise Untrusted("log-forked", "the restored log is not the beginning of the export", hint=hint)
        missing = leaves[size:]
        if missing:
            hashes = [tree.leaf_hash(leaf) for leaf in missing]
            before = auditlog.nodes_for(connection, lambda nodes: tree.append(size, hashes, nodes=nodes))
            auditlog.put_back(connection, missing, tree.append(size, hashes, nodes=before), old_size=size)
    return len(missing)


def _erase_again(parts: Parts, source: str, entries: Mapping[str, frozenset[str]]) -> int:
    """Step 3, for one source: by event, the tags of the records it erased."""
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
            nothing = {"act": "caught-up", "what": source}
            event = Stamp(parts.random(16).hex(), parts.now(), "broker").event("admin", nothing, {})
            tx.audit(auditlog.entry(event, parts.keyring, random=parts.random))
    return len(found)


def _is_erased(parts: Parts, record_id: bytes, entries: Mapping[str, frozenset[str]]) -> bool:
    return any(erased_tag(parts, event_id, record_id) in tags for event_id, tags in entries.items())
