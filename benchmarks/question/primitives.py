"""The bare primitives of a question and of posting one record: what cryptography alone costs on this machine.

Counts are those of the protocol: every evaluation, opening and signature that some party can't leave out, whoever makes
it. Each primitive is timed by itself in a loop on values of the real lengths; sums are milliseconds on one core.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import sqlite3
import statistics
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from broker import oprf
from broker.keys import sealing

_LOOPS, _ROUNDS = 20, 5


def of_question(tokens: float, sources: int, *, opened: float) -> Mapping[str, float]:
    """How often a question needs each primitive: `tokens` match keys, looked up at `sources` sources.

    Signatures are made over the four requests, the ticket, the assertion, the evidence, the evaluation, two comparisons
    and the checkpoint; each of them is verified by whoever relies on it, and every envelope's inside. `opened` is how
    many envelopes differ: those that fill up the class repeat one of them, and are opened with it.
    """
    return {
        "oprf blind": tokens,
        "oprf multiply": 3 * tokens,
        # The desk inverts the product of its blindings, the broker the mask.
        "oprf invert": 2,
        "x-wing seal": 1,
        "x-wing open": 1,
        "hpke seal": 1,
        "hpke open": opened,
        "ed25519 sign": 11,
        "ed25519 verify": 14 + opened,
        # Labels of the question's points, and about twice as many again of the second hop and the family; atoms.
        "hmac": 3 * tokens * sources + 50,
        # References, and the key, points, evidence, content and two items of ten records.
        "aes-gcm open": 120,
        # Details of a cover leaf and of a leaf for each of ten agencies, and handles.
        "aes-gcm seal": 20,
        # The ticket and how it ended (desk); the evaluation and two comparisons (linkage unit); the answer with its
        # place in the signed tree (broker): each on disk before the next step.
        "durable commit": 6,
    }


def of_record(tokens: float) -> Mapping[str, float]:
    """How often posting one record needs each primitive. What is once a chunk is left out."""
    return {
        "oprf blind": tokens,
        "oprf multiply": 3 * tokens,
        "hpke seal": 1,
        "ed25519 sign": 1,
        "hmac": tokens + 30,
        # Payload; references; key, points, evidence, content and eight items.
        "aes-gcm seal": 1 + tokens + 12,
        "aes-gcm open": 1,
    }


def timed(folder: Path) -> dict[str, float]:
    """Milliseconds of one call of each primitive: the median of several rounds."""
    folder.mkdir(parents=True, exist_ok=True)
    return {name: _milliseconds(call) for name, call in _calls(folder).items()}


def total(counts: Mapping[str, float], each: Mapping[str, float]) -> float:
    """Milliseconds of all of `counts`."""
    return sum(count * each[name] for name, count in counts.items())


def _milliseconds(call: Callable[[], object]) -> float:
    call()
    rounds = []
    for _ in range(_ROUNDS):
        began = time.perf_counter()
        for _ in range(_LOOPS):
            call()
        rounds.append(1000 * (time.perf_counter() - began) / _LOOPS)
    return statistics.median(rounds)


def _calls(folder: Path) -> dict[str, Callable[[], object]]:
    signer, message = Ed25519PrivateKey.from_private_bytes(os.urandom(32)), os.urandom(1424)
    signature, public = signer.sign(message), signer.public_key()
    seal = X25519PrivateKey.from_private_bytes(os.urandom(32))
    envelope = sealing.seal_classical(os.urandom(1488), seal.public_key(), info=b"info")
    hybrid = sealing.hybrid_private(os.urandom(32))
    mask = sealing.seal_hybrid(os.urandom(32), hybrid.public_key(), info=b"info")
    factor = oprf.scalar(os.urandom(64))
    point = oprf.blind(b"x", factor)
    key, nonce, part = os.urandom(32), os.urandom(12), os.urandom(512)
    sealed = AESGCM(key).encrypt(nonce, part, b"bound")
    return {
        "oprf blind": lambda: oprf.blind(b"x", factor),
        "oprf multiply": lambda: oprf.multiply(factor, point),
        "oprf invert": lambda: oprf.invert(factor),
        "x-wing seal": lambda: sealing.seal_hybrid(key, hybrid.public_key(), info=b"info"),
        "x-wing open": lambda: sealing.open_hybrid(mask, hybrid, info=b"info"),
        "hpke seal": lambda: sealing.seal_classical(message + signature, seal.public_key(), info=b"info"),
        "hpke open": lambda: sealing.open_classical(envelope, seal, info=b"info"),
        "ed25519 sign": lambda: signer.sign(message),
        "ed25519 verify": lambda: public.verify(signature, message),
        "hmac": lambda: hmac.digest(key, part[:80], hashlib.sha256),
        "aes-gcm open": lambda: AESGCM(key).decrypt(nonce, sealed, b"bound"),
        "aes-gcm seal": lambda: AESGCM(key).encrypt(nonce, part, b"bound"),
        "durable commit": _commit(folder),
    }


def _commit(folder: Path) -> Callable[[], object]:
    """One row in a SQLite file as broker and linkage unit write theirs: on disk when it returns."""
    path = folder / "commits.db"
    path.unlink(missing_ok=True)
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    database.execute("CREATE TABLE rows (content BLOB)")
    content = os.urandom(512)
    return lambda: database.execute("INSERT INTO rows VALUES (?)", (content,))
