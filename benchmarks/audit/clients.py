"""Clients that disclose for some seconds: threads on SQLite, processes on PostgreSQL.

python -m benchmarks.audit.clients URL KEY SECONDS HOW       one process; its last line is the times of all it did
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import text

from benchmarks.audit.workload import Log
from broker.actions.publish_checkpoint import prove

THREADS = 8
"""Of one process, as requests of one server come side by side."""
CHAIN = "CREATE TABLE chain (one SMALLINT PRIMARY KEY, n BIGINT NOT NULL, head BYTEA NOT NULL)"


@dataclass(frozen=True)
class Times:
    """Milliseconds of each disclosure, of all clients, and how long they had."""

    each: Sequence[float]
    seconds: float

    def figures(self) -> dict[str, Any]:
        spread = {f"p{at}_ms": round(float(np.percentile(self.each, at)), 2) for at in (50, 99)}
        return {"per_second": round(len(self.each) / self.seconds, 1), **spread, "disclosures": len(self.each)}


def beside(figures: dict[str, Any], before: float, after: float) -> dict[str, Any]:
    """The figures, and what the disk itself flushed before and after them, as others may use it meanwhile."""
    rate = (before + after) / 2
    return {**figures, "fsync_per_second": round(rate, 1), "of_fsync": round(figures["per_second"] / rate, 3)}


def threads(log: Log, clients: int, seconds: float) -> Times:
    """So many threads disclose, each waiting for its proof."""
    until = time.perf_counter() + seconds
    found: list[list[float]] = [[] for _ in range(clients)]

    def client(mine: list[float]) -> None:
        while (began := time.perf_counter()) < until:
            log.disclose()
            mine.append(1000 * (time.perf_counter() - began))

    running = [threading.Thread(target=client, args=(mine,)) for mine in found]
    for one in running:
        one.start()
    for one in running:
        one.join()
    return Times([one for mine in found for one in mine], seconds)


def processes(url: str, key: Ed25519PrivateKey, workers: int, *, seconds: float, how: str) -> Times:
    """So many processes disclose. The times: of `signed` from the commit to the proof, of `chain` the transaction."""
    command = [sys.executable, "-m", "benchmarks.audit.clients", url, key.private_bytes_raw().hex(), str(seconds), how]
    running = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True) for _ in range(workers)
    ]
    for one in running:
        assert one.stdout is not None
        one.stdout.readline()
    for one in running:
        assert one.stdin is not None
        one.stdin.write("go\n")
        one.stdin.flush()
    said = [one.communicate()[0] for one in running]
    return Times([each for text_ in said for each in json.loads(text_.splitlines()[-1])], seconds)


def chain(log: Log) -> Callable[[], float]:
    """What most audit logs do: the next link of a chain in the request's own transaction, one after the other."""

    def one() -> float:
        began = time.perf_counter()
        with log.store.begin() as tx:
            head = "SELECT n, head FROM chain WHERE one = 1 FOR UPDATE"
            n, _ = tx.connection.exec_driver_sql(head).one()
            log.fill(tx, n.to_bytes(16, "big"))
            tx.connection.exec_driver_sql("UPDATE chain SET n = n + 1, head = sha256(head) WHERE one = 1")
        return 1000 * (time.perf_counter() - began)

    return one


def signed(log: Log) -> Callable[[], float]:
    """Ours: the time from the commit to the proof under a signed tree."""

    def one() -> float:
        entry = log.write()
        began = time.perf_counter()
        prove(log.parts, [entry])
        return 1000 * (time.perf_counter() - began)

    return one


def prepare_chain(log: Log) -> None:
    with log.store.sequence() as connection:
        connection.execute(text(CHAIN))
        connection.exec_driver_sql("INSERT INTO chain VALUES (1, 0, sha256(''))")


def main() -> int:
    url, key, seconds, how = sys.argv[1:]
    log = Log(url, Ed25519PrivateKey.from_private_bytes(bytes.fromhex(key)))
    one, each = (chain if how == "chain" else signed)(log), list[float]()
    with log.store.look():
        print("ready", flush=True)
    sys.stdin.readline()
    until = time.perf_counter() + float(seconds)

    def client() -> None:
        while time.perf_counter() < until:
            each.append(one())

    running = [threading.Thread(target=client) for _ in range(THREADS)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    print(json.dumps(each), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
