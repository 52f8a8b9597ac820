"""The whole path of an audited disclosure, in one small transaction: what the audit log costs, and nothing else.

log = Log("sqlite:///...", key)
told = log.disclose()         # a row that tells, its event, both durable; the event's place, the signed tree, a proof
"""

from __future__ import annotations

import datetime as dt
import os
from dataclasses import dataclass, fields
from types import SimpleNamespace
from typing import Any, cast

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import text

from broker.actions.publish_checkpoint import prove, sign_in_commits
from broker.audit.act_events import start_event
from broker.audit.events import Stamp
from broker.audit.proof import parse_proof
from broker.keys.keyring import Keyring
from broker.parts import Parts
from broker.store import auditlog, engine, schema

ORIGIN = "broker.example/audit"
DISCLOSED = 300
"""Bytes of what is disclosed."""


@dataclass(frozen=True)
class Disclosed:
    """What the asker gets: the event's id and the proof. To read it is the asker's own time."""

    id: bytes
    proof: str

    @property
    def index(self) -> int:
        """The event's place."""
        return parse_proof(self.proof).index

    @property
    def note(self) -> str:
        """The checkpoint that the proof leads to."""
        return parse_proof(self.proof).note


class Log:
    """A store with its audit log, and as much of a broker as that takes."""

    def __init__(self, url: str, key: Ed25519PrivateKey) -> None:
        self.store = engine.open_store(url)
        ring = _keyring(key)
        trust = SimpleNamespace(witnesses=(), quorum=0)
        made = SimpleNamespace(
            store=self.store, settings=SimpleNamespace(origin=ORIGIN), keyring=ring, trust=trust, random=os.urandom
        )
        self.parts = cast(Parts, made)
        sign_in_commits(self.store, ORIGIN, lambda: key)

    def prepare(self) -> None:
        """The broker's tables, and one for what is disclosed."""
        schema.migrate(self.store)
        blob = "BYTEA" if self.store.engine.dialect.name == "postgresql" else "BLOB"
        with self.store.sequence() as connection:
            connection.execute(text(f"CREATE TABLE disclosed (id {blob} PRIMARY KEY, what {blob} NOT NULL)"))

    def write(self) -> bytes:
        """What is told and its event, both durable when this returns. The event's id."""
        entry_id = os.urandom(16)
        with self.store.begin() as tx:
            self.fill(tx, entry_id)
        return entry_id

    def fill(self, tx: Any, entry_id: bytes) -> None:
        """One disclosure in a transaction."""
        event = start_event(Stamp(entry_id.hex(), dt.datetime.now(dt.UTC), "broker"), "0.1", policy="ab" * 32, size=0)
        tx.insert("disclosed", ("id", "what"), [(entry_id, b"x" * DISCLOSED)])
        tx.audit(auditlog.entry(event, self.parts.keyring, random=os.urandom))

    def disclose(self) -> Disclosed:
        """The whole path: written, durable, placed, signed and proven."""
        entry_id = self.write()
        return Disclosed(entry_id, prove(self.parts, [entry_id])[0].proof)

    def close(self) -> None:
        self.store.engine.dispose()


def _keyring(key: Ed25519PrivateKey) -> Keyring:
    """Keys of zeros, but for the one that signs: whatever else a keyring holds by then is not used for a disclosure."""
    values: dict[str, Any] = {one.name: bytes(32) for one in fields(Keyring)}
    return Keyring(**values | {"audit_log_key": key, "seal_keys": (), "month_keys": None})
