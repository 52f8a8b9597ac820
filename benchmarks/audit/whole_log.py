"""A log of a million entries: verified from scratch, and asked who looked at one record."""

from __future__ import annotations

import datetime as dt
import os
import random
import time
from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from benchmarks.audit.workload import ORIGIN
from broker.audit import subjects, tree
from broker.audit.act_events import start_event
from broker.audit.checkpoint import Checkpoint, sign, vkey
from broker.audit.events import Stamp, leaf
from broker.audit.tiles import export
from broker.audit.verify import verify_log

LOOKS_OF_ONE = 10


def verified(entries: int, progress: Callable[[int], None]) -> dict[str, Any]:
    """Seconds to verify a log from its files alone: every leaf read, every hash made again, the signature."""
    key, now = Ed25519PrivateKey.generate(), dt.datetime(2026, 11, 22, tzinfo=dt.UTC)
    leaves, nodes = list[bytes](), dict[tuple[int, int], bytes]()
    for number in range(entries):
        event = start_event(
            Stamp(number.to_bytes(16, "big").hex(), now, "broker"), "0.1", policy="ab" * 32, size=number
        )
        leaves.append(leaf(event, lambda: os.urandom(16)).leaf_bytes)
        if number % 1000 == 999:
            progress(1000)
    nodes = tree.append(0, map(tree.leaf_hash, leaves), nodes=tree.reader({}))
    note = sign(Checkpoint(ORIGIN, entries, tree.root(entries, tree.reader(nodes))), ORIGIN, private_key=key)
    files = export(entries, leaves, nodes=tree.reader(nodes), note=note)
    nodes.clear()
    began = time.perf_counter()
    report = verify_log(files, [vkey(ORIGIN, key.public_key())])
    assert report.size == entries
    return {"entries": entries, "verify_seconds": round(time.perf_counter() - began, 2)}


def looked(entries: int, asked: int = 50) -> dict[str, Any]:
    """Milliseconds to say who looked at one record, with the proof that it is all, and to check that."""
    rng = random.Random(2026)
    tags = [rng.randbytes(16) for _ in range(max(1, entries // LOOKS_OF_ONE))]
    by_tag: dict[bytes, list[tuple[int, bytes]]] = {}
    for place in range(entries):
        by_tag.setdefault(rng.choice(tags), []).append((place, rng.randbytes(32)))
    looks = subjects.Looks(by_tag, ("2026-11-22",))
    began = time.perf_counter()
    index = subjects.build(looks)
    built, root, each = time.perf_counter() - began, index.root, list[float]()
    for tag in rng.choices([*by_tag, rng.randbytes(16)], k=asked):
        began = time.perf_counter()
        answer = index.answer(looks, tag)
        subjects.check_answer(tag, answer, root=root, size=len(index.rows))
        each.append(1000 * (time.perf_counter() - began))
    return {"entries": entries, "index_seconds": round(built, 2), "subject_ms": round(max(each), 2)}
