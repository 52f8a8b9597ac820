"""Recall notices: that what an answer rested on has changed, waiting for the agency that had read it.

A row's name is keyed and its content sealed: a dump tells how many notices an agency has, and no answer of any of them.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import ECB
from sqlalchemy import Connection, delete, insert, select, update

from broker.errors import Untrusted
from broker.keys import context
from broker.keys.envelope import NONCE_BYTES, pad, unpad
from broker.keys.keyring import Keyring
from broker.store.case_tables import recalls
from broker.wire.recall import RecallReason

_BLOCK = 16
"""Of AES, and of a record's id."""


@dataclass(frozen=True)
class Recall:
    """A recalled answer: its id, who had read it when, and the time of the recall. Times are seconds since 1970.

    `cause` is the right in use behind it, in hex; of a mistaken link it is empty.
    """

    answer: bytes
    agency: str
    staff: str = field(repr=False)
    case_reference: str = field(repr=False)
    asked_at: int
    recalled_at: int
    is_read: bool = False
    reason: RecallReason = "told_as_one_person"
    cause: str = ""


def trace_tag(keyring: Keyring, answer: bytes, record_id: bytes) -> str:
    """A record's tag in one event, 32 hex digits, which stays the same over the record's versions."""
    bound = context.bind(context.TRACE, answer, record_id)
    return hmac.digest(keyring.verdict_key, bound, hashlib.sha256)[:16].hex()


def together_tags(keyring: Keyring, answer: bytes, record_ids: Sequence[bytes]) -> list[str]:
    """The tags of records among those that an answer told of as one person's, which `records_of` turns back."""
    # Each id is one block, and a block is never the same for two ids, nor under two answers' keys.
    made = _blocks(keyring, answer).encryptor().update(b"".join(record_ids))
    return [made[start : start + _BLOCK].hex() for start in range(0, len(made), _BLOCK)]


def records_of(keyring: Keyring, answer: bytes, tags: Sequence[str]) -> list[bytes]:
    """The ids of the records behind an answer's tags, in their order; of a tag of an earlier version, of no record."""
    made = _blocks(keyring, answer).decryptor().update(bytes.fromhex("".join(tags)))
    return [made[start : start + _BLOCK] for start in range(0, len(made), _BLOCK)]


def _blocks(keyring: Keyring, answer: bytes) -> Cipher[ECB]:
    key = hmac.digest(keyring.verdict_key, context.bind(context.TOGETHER, answer), hashlib.sha256)
    return Cipher(AES256(key), ECB())  # noqa: S305 - single blocks, each another


def put(connection: Connection, keyring: Keyring, recall: Recall, *, random: Callable[[int], bytes]) -> bool:
    """Keeps a notice, unless the same one still waits to be read. Returns whether it is a new one."""
    name = _name(keyring, recall)
    known = connection.execute(select(recalls.c.read_at).where(recalls.c.name == name)).one_or_none()
    if known is not None and known.read_at is None:
        return False
    connection.execute(delete(recalls).where(recalls.c.name == name))
    content = {
        "answer": recall.answer.hex(),
        "staff": recall.staff,
        "case_reference": recall.case_reference,
        "asked_at": recall.asked_at,
        "recalled_at": recall.recalled_at,
        "reason": recall.reason,
        "cause": recall.cause,
    }
    nonce = random(NONCE_BYTES)
    bound = context.bind(context.RECALL_SEAL, name, recall.agency)
    sealed = AESGCM(keyring.verdict_seal_key).encrypt(nonce, pad(json.dumps(content).encode(), 512), bound)
    connection.execute(insert(recalls), {"name": name, "agency": recall.agency, "sealed": nonce + sealed})
    return True


def of(connection: Connection, keyring: Keyring, agency: str) -> list[Recall]:
    """An agency's notices, the latest first. Raises `Untrusted` when one was changed or moved."""
    rows = connection.execute(select(recalls).where(recalls.c.agency == agency))
    found = [_opened(keyring, row.name, agency, sealed=row.sealed, is_read=row.read_at is not None) for row in rows]
    return sorted(found, key=lambda recall: (-recall.recalled_at, recall.answer))


def mark_read(connection: Connection, agency: str, *, now: int) -> None:
    """Notes that all notices of an agency have been handed to it."""
    unread = (recalls.c.agency == agency, recalls.c.read_at.is_(None))
    connection.execute(update(recalls).where(*unread).values(read_at=now))


def _name(keyring: Keyring, recall: Recall) -> bytes:
    of_a_right = (recall.reason, recall.cause) if recall.cause else ()
    bound = context.bind(context.RECALL, recall.answer, *of_a_right)
    return hmac.digest(keyring.verdict_key, bound, hashlib.sha256)[:16]


def _opened(keyring: Keyring, name: bytes, agency: str, *, sealed: bytes, is_read: bool) -> Recall:
    bound = context.bind(context.RECALL_SEAL, name, agency)
    try:
        plain = AESGCM(keyring.verdict_seal_key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound)
    except InvalidTag:
        raise Untrusted("seal-broken", "a recall notice does not open where it stands") from None
    content = json.loads(unpad(plain))
    return Recall(bytes.fromhex(content.pop("answer")), agency, is_read=is_read, **content)
