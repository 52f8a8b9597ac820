"""What stands beside a record, over all its versions: that it is disputed, has a statement, or was erased for good.

    name     HMAC-SHA256(verdict key, "tysc/record-mark/v1\\0" | record id)[:16]
    sealed   under the verdict seal key, bound to the name

A dump tells how many records have a mark, and not which.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Literal, TypeAlias, cast

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, delete, insert

from broker.errors import Untrusted
from broker.keys import context
from broker.keys.envelope import NONCE_BYTES, pad, unpad
from broker.keys.keyring import Keyring
from broker.store import driver, inlist
from broker.store.case_tables import record_marks

Mark: TypeAlias = Literal["disputed", "statement", "erased"]
_ROWS = "SELECT name, sealed FROM record_marks WHERE name {among}"


def put(
    connection: Connection, keyring: Keyring, record_id: bytes, *, mark: Mark, random: Callable[[int], bytes]
) -> None:
    """Sets the mark of a record in place of the one it had."""
    remove(connection, keyring, record_id)
    name, nonce = _name(keyring, record_id), random(NONCE_BYTES)
    plain = pad(json.dumps({"mark": mark}).encode(), 64)
    sealed = AESGCM(keyring.verdict_seal_key).encrypt(nonce, plain, context.bind(context.MARK_SEAL, name))
    connection.execute(insert(record_marks), {"name": name, "sealed": nonce + sealed})


def remove(connection: Connection, keyring: Keyring, record_id: bytes) -> None:
    """Takes the mark of a record away, if it has one."""
    connection.execute(delete(record_marks).where(record_marks.c.name == _name(keyring, record_id)))


def of(connection: Connection, keyring: Keyring, record_ids: Iterable[bytes]) -> Mapping[bytes, Mark]:
    """The marks of those records that have one. Raises `Untrusted` when one was changed or moved."""
    named = {_name(keyring, one): one for one in record_ids}
    wanted, found = sorted(named), {}
    for start in range(0, len(wanted), inlist.LONGEST):
        text, values = inlist.among(connection, wanted[start : start + inlist.LONGEST])
        for name, sealed in driver.rows(connection, _ROWS.format(among=text), values):
            found[named[bytes(name)]] = _opened(keyring, bytes(name), bytes(sealed))
    return found


def _opened(keyring: Keyring, name: bytes, sealed: bytes) -> Mark:
    bound = context.bind(context.MARK_SEAL, name)
    try:
        plain = AESGCM(keyring.verdict_seal_key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound)
    except InvalidTag:
        raise Untrusted("seal-broken", "a mark does not open where it stands") from None
    return cast(Mark, json.loads(unpad(plain))["mark"])


def _name(keyring: Keyring, record_id: bytes) -> bytes:
    return hmac.digest(keyring.verdict_key, context.bind(context.MARK, record_id), hashlib.sha256)[:16]
