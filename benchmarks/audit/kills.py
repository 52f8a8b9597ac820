"""Processes that disclose are killed with -9 again and again, and sometimes the database's server with them.

    python -m benchmarks.audit.kills sqlite:///folder/log.db --rounds 1000

After every round: whatever a process got as its answer is durable, in the place that it was told and under a root that
the log still has; no place is missing or given twice; every checkpoint that was ever kept is of this one history; the
nodes are those of the leaves. On PostgreSQL two processes compete, and one outlives the other.

The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select, text

from benchmarks.audit.workload import Log
from broker.audit import tree
from broker.audit.checkpoint import open_note, vkey
from broker.errors import BrokerError
from broker.store import audit_tables, auditlog

THREADS = 4
LONGEST = 0.12
"""Seconds that a process lives after its first answer, at most."""
_STARTS = 10.0
"""Seconds within which a process gives its first answer, on a busy machine."""
_ROLLED_BACK = 17
"""One in so many transactions fails of itself."""


@dataclass
class Worker:
    """A process that discloses until it is killed, and writes a line for each answer it got."""

    pid: int
    reads: int
    said: bytes = b""

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)

    def listen(self, seconds: float, *, first: bool = False) -> None:
        """Takes what it says for so long; when it is to say something `first`, from then on."""
        until = time.monotonic() + (_STARTS if first else seconds)
        while time.monotonic() < until:
            with suppress(BlockingIOError):
                heard = os.read(self.reads, 1 << 20)
                if heard and first:
                    first, until = False, time.monotonic() + seconds
                self.said += heard
            time.sleep(0.002)

    def answers(self) -> list[tuple[bytes, int, int, bytes]]:
        """(event, place, size and root of the signed tree) of each answer; a line that was cut off was not heard."""
        with suppress(BlockingIOError):
            while more := os.read(self.reads, 1 << 20):
                self.said += more
        os.close(self.reads)
        lines = (json.loads(line) for line in self.said.split(b"\n")[:-1])
        return [(bytes.fromhex(id_), index, size, bytes.fromhex(root)) for id_, index, size, root in lines]


def start(url: str, key: Ed25519PrivateKey, seed: int) -> Worker:
    """Forks a worker. This process has no other thread, so that nothing is held in the copy."""
    reads, writes = os.pipe()
    os.set_blocking(reads, False)
    pid = os.fork()
    if not pid:
        os.close(reads)
        try:
            _work(Log(url, key), writes, seed)
        finally:
            os._exit(1)
    os.close(writes)
    return Worker(pid, reads)


def _work(log: Log, writes: int, seed: int) -> None:
    vkeys = [vkey(log.parts.settings.origin, log.parts.keyring.audit_log_key.public_key())]

    def client(number: int) -> None:
        rng = random.Random(seed * THREADS + number)
        while True:
            # An outage, as when the server was killed, ends nothing: one tries again.
            with suppress(BrokerError, ZeroDivisionError):
                if rng.randrange(_ROLLED_BACK) == 0:
                    with log.store.begin() as tx:
                        log.fill(tx, rng.randbytes(16))
                        raise ZeroDivisionError
                told = log.disclose()
                signed = open_note(told.note, vkeys)
                said = json.dumps([told.id.hex(), told.index, signed.size, signed.root.hex()])
                os.write(writes, f"{said}\n".encode())

    threads = [threading.Thread(target=client, args=(number,)) for number in range(THREADS)]
    for one in threads:
        one.start()
    threads[0].join()


@dataclass
class Judge:
    """What must hold of the log, checked anew after each round; earlier leaves are kept, and must not change."""

    url: str
    key: Ed25519PrivateKey
    leaves: list[bytes] = field(default_factory=list)
    nodes: dict[tuple[int, int], bytes] = field(default_factory=dict)
    answers: int = 0
    checkpoints: int = 0

    def judge(self, answers: list[tuple[bytes, int, int, bytes]], *, whole: bool) -> None:
        """Raises `AssertionError` for the first thing that does not hold."""
        log = Log(self.url, self.key)
        with log.store.look() as connection:
            before, size = len(self.leaves), auditlog.size(connection)
            assert size >= before, "the log became shorter"
            new = auditlog.leaves(connection, 0 if whole else before, size)
            assert new[: before if whole else 0] == (self.leaves if whole else []), "the log has another history"
            new = new[before:] if whole else new
            assert len(new) == size - before, "a place is missing"
            self.nodes |= tree.append(before, map(tree.leaf_hash, new), nodes=tree.reader(self.nodes))
            self.leaves += new
            stored = auditlog.nodes_for(connection, lambda nodes: tree.root(size, nodes))
            assert tree.root(size, stored) == self._root(size), "the nodes are not those of the leaves"
            self._judge_rows(connection, size, before, whole=whole)
        log.close()
        for entry_id, index, told, root in answers:
            assert json.loads(self.leaves[index])["id"] == entry_id.hex(), "an answer has no durable event"
            assert root == self._root(told), "an answer's checkpoint is of another history"
        self.answers += len(answers)

    def _judge_rows(self, connection: Any, size: int, before: int, *, whole: bool) -> None:
        made = audit_tables.audit_checkpoints
        vkeys = [vkey("broker.example/audit", self.key.public_key())]
        for row in connection.execute(select(made).where(made.c.size >= (0 if whole else before))):
            kept = open_note(row.note, vkeys)
            assert kept.size == row.size <= size and kept.root == self._root(kept.size), (
                "a checkpoint of another history"
            )
            self.checkpoints += not whole
        if not whole:
            return
        unaudited = "SELECT count(*) FROM disclosed WHERE id NOT IN (SELECT id FROM audit_entries)"
        assert connection.execute(text(unaudited)).scalar() == 0, "something was disclosed without an event"
        lost = "SELECT count(*) FROM audit_entries WHERE id NOT IN (SELECT id FROM audit_leaves) AND id NOT IN (SELECT id FROM audit_pending)"  # noqa: E501
        assert connection.execute(text(lost)).scalar() == 0, "an event neither has a place nor waits for one"
        untold = "SELECT count(*) FROM audit_entries WHERE id NOT IN (SELECT id FROM disclosed)"
        assert connection.execute(text(untold)).scalar() == 0, "an event of what was rolled back"

    def _root(self, size: int) -> bytes:
        return tree.root(size, tree.reader(self.nodes))


def loop(
    url: str,
    *,
    rounds: int,
    seed: int,
    kill_server: Callable[[], None] | None = None,
    tell: Callable[[], None] | None = None,
) -> dict[str, Any]:
    """So many rounds. Raises `AssertionError` when anything was lost. What was seen, as figures."""
    key = Ed25519PrivateKey.generate()
    log = Log(url, key)
    log.prepare()
    log.close()
    rng, judge, servers = random.Random(seed), Judge(url, key), 0
    for number in range(rounds):
        workers = [start(url, key, number * 2 + which) for which in range(2 if kill_server else 1)]
        # One in five is killed while it starts, or in its first transaction.
        workers[0].listen(rng.uniform(0, LONGEST), first=rng.random() > 0.2)
        if kill_server and number % 25 == 24:
            kill_server()
            servers += 1
        workers[0].kill()
        for other in workers[1:]:
            other.listen(rng.uniform(0, LONGEST / 2))
            other.kill()
        answers = [one for worker in workers for one in worker.answers()]
        judge.judge(answers, whole=number % 100 == 99 or number == rounds - 1)
        if tell:
            tell()
    return {"rounds": rounds, "answers": judge.answers, "events": len(judge.leaves), "checkpoints": judge.checkpoints,
            "servers_killed": servers, "lost": 0, "forks": 0}  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("url")
    parser.add_argument("--rounds", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--competing", action="store_true", help="two processes at once, on PostgreSQL")
    options = parser.parse_args()
    kill_server = (lambda: None) if options.competing else None
    print(json.dumps(loop(options.url, rounds=options.rounds, seed=options.seed, kill_server=kill_server)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
