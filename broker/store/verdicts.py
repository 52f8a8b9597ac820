"""What people said about pairs of records: stored under a keyed name of the pair, so that a dump links nothing."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, delete, insert, select

from broker.keys import context
from broker.keys.envelope import pad, unpad
from broker.keys.keyring import Keyring
from broker.store.tables import verdicts

Pair = frozenset[bytes]


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
    wanted, found = sorted(names), {}
    for start in range(0, len(wanted), 900):
        query = select(verdicts).where(verdicts.c.pair.in_(wanted[start : start + 900]))
        for row in connection.execute(query):
            bound = context.bind(context.VERDICT_SEAL, row.pair)
            plain = AESGCM(keyring.verdict_seal_key).decrypt(row.sealed[:12], row.sealed[12:], bound)
            found[names[row.pair]] = str(json.loads(unpad(plain))["verdict"])
    return found
