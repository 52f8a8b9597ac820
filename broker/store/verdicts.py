"""What people said about pairs of records: stored under a keyed name of the pair, so that a dump links nothing."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Iterator, Mapping

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, delete, func, insert, select

from broker.keys import context
from broker.keys.envelope import pad, unpad
from broker.keys.keyring import Keyring
from broker.store import driver, inlist
from broker.store.tables import verdicts

Pair = frozenset[bytes]
_LOCK = "verdicts"
_ROWS = "SELECT pair, sealed FROM verdicts WHERE pair {among}"


def hold_answers(connection: Connection) -> None:
    """Waits for the answers under way and keeps others waiting: none may still rest on what is being said wrong."""
    if connection.dialect.name == "postgresql":  # On SQLite there is one writer anyway.
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(_LOCK, 0))))


def hold(connection: Connection) -> None:
    """Lets no verdict be recorded before this transaction ends; others may hold them too."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock_shared(func.hashtextextended(_LOCK, 0))))


def pair_name(keyring: Keyring, pair: Pair) -> bytes:
    """The name of two record ids in the table."""
    return hmac.digest(keyring.verdict_key, context.bind(context.VERDICT, *sorted(pair)), hashlib.sha256)[:16]


def put(connection: Connection, keyring: Keyring, pair: Pair, *, verdict: str, nonce: bytes) -> None:
    """Stores a verdict (`same` or `not_the_same`) in place of an earlier one on the same pair."""
    name = pair_name(keyring, pair)
    sealed = AESGCM(keyring.verdict_seal_key).encrypt(
        nonce, pad(json.dumps({"verdict": verdict}).encode(), 64), context.bind(context.VERDICT_SEAL, name)
    )
    connection.execute(delete(verdicts).where(verdicts.c.pair == name))
    connection.execute(insert(verdicts), {"pair": name, "sealed": nonce + sealed})


def of(connection: Connection, keyring: Keyring, pairs: Iterable[Pair]) -> Mapping[Pair, str]:
    """The verdicts on these pairs."""
    names = {pair_name(keyring, pair): pair for pair in pairs}
    found = {}
    for name, sealed in sealed_rows(connection, names):
        bound = context.bind(context.VERDICT_SEAL, name)
        plain = AESGCM(keyring.verdict_seal_key).decrypt(sealed[:12], sealed[12:], bound)
        found[names[name]] = str(json.loads(unpad(plain))["verdict"])
    return found


def sealed_rows(connection: Connection, names: Iterable[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """The sealed verdicts under these names of pairs."""
    wanted = sorted(names)
    for start in range(0, len(wanted), inlist.LONGEST):
        text, values = inlist.among(connection, wanted[start : start + inlist.LONGEST])
        yield from driver.rows(connection, _ROWS.format(among=text), values)
