"""A spoken reference leads an IG officer to the answer: who asked, why, what was told, and what was silently not.

Opening the sealed details is itself an event of the audit log.
"""

from __future__ import annotations

import json
import re
from typing import Any

from sqlalchemy import Connection

from broker.actions.publish_checkpoint import publish_checkpoint
from broker.audit.events import check_disclosure
from broker.errors import NotFound
from broker.parts import Parts
from broker.store import auditaround, auditlog, auditread
from broker.wire.reference import reference_prefix

_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)


def find_answer(parts: Parts, reference: str) -> dict[str, Any]:
    """The events of the answer with this spoken reference, or with this id as an alarm names it, their details opened.

    Raises `BadInput` for a reference that is misheard (its check character does not fit) and `NotFound`.
    """
    prefix = bytes.fromhex(reference) if _ID.fullmatch(reference) else reference_prefix(reference)
    publish_checkpoint(parts)
    with parts.store.look() as connection:
        covers = auditread.answer_with(connection, prefix)
        if len(covers) != 1:
            raise NotFound("reference-unknown", "there is no answer with this reference", hint="check every character")
        cover = _opened(parts, connection, covers[0])
        beside = [_opened(parts, connection, entry) for entry in auditaround.beside(connection, covers[0])]
        reviews = [_opened(parts, connection, entry) for entry in auditread.reviews_after(connection, covers[0])]
    mine = [event for event in beside if event.get("answer") == cover["id"] and event["typ"] != "review"]
    reviewed = [event for event in reviews if event["answer"] == cover["id"]]
    stamp = parts.stamp("broker")
    event = stamp.event("admin", {"act": "opened-answer", "what": cover["id"]}, {})
    with parts.store.begin() as tx:
        tx.audit(parts.entry(event))
        held = tx.release({"cover": cover, "agencies": mine, "reviews": reviewed})
    return held.released().value


def _opened(parts: Parts, connection: Connection, entry: bytes) -> dict[str, Any]:
    """An event with its private fields, each checked against its digest in the leaf."""
    leaf = auditlog.leaf_of(connection, entry)
    event = json.loads(leaf)
    shown = auditlog.disclosures(connection, parts.keyring, entry)
    private = dict(check_disclosure(leaf, text) for text in shown.values())
    for name in ("decisions", *(name for name in private if name.startswith("facts."))):
        if isinstance(private.get(name), str):
            private[name] = json.loads(private[name])
    event.pop("_sd", None)
    return {**event, **private}
