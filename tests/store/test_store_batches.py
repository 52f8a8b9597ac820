"""Proofs of what was just committed come from memory: once, only of what is durable, and only if it was signed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import event, text

from benchmarks.audit.workload import ORIGIN, Log
from broker.actions.publish_checkpoint import prove, publish_checkpoint
from broker.audit import tree
from broker.audit.checkpoint import open_note, vkey
from broker.audit.proof import parse_proof
from broker.errors import Unavailable
from broker.store import auditlog
from broker.store.batches import Batches, grown

LEAVES = [(bytes([number]) * 16, b"leaf %d" % number) for number in range(9)]


def test_a_batch_is_taken_once_and_whole() -> None:
    """An entry is proven from memory again and again, or with those of another tree."""
    one, _ = grown(0, LEAVES[:4], tree.reader({}))
    nodes = tree.append(0, [tree.leaf_hash(leaf) for _, leaf in LEAVES[:4]], nodes=tree.reader({}))
    other, _ = grown(4, LEAVES[4:], tree.reader(nodes))
    batches = Batches()
    batches.add(one)
    assert batches.take([LEAVES[0][0]]) is None, "it was not signed"
    batches.add(one.signed(b"root", "note"))
    batches.add(other.signed(b"root", "note"))
    assert batches.take([]) is None
    assert batches.take([LEAVES[0][0], LEAVES[5][0]]) is None
    taken = batches.take([LEAVES[0][0], LEAVES[1][0]])
    assert taken is not None and (taken.first, taken.size) == (0, 4)
    assert batches.take([LEAVES[1][0], LEAVES[2][0]]) is None and batches.take([LEAVES[2][0]]) is not None
    for _ in range(20):
        batches.add(one.signed(b"root", "note"))
    assert batches.take([LEAVES[5][0]]) is None, "only the last few are kept"


def test_every_leaf_of_a_batch_is_proven_by_what_it_holds() -> None:
    """After some number of leaves a proof needs a hash that the batch does not hold, and the answer is a 500."""
    for before in range(20):
        old = [(bytes([100 + number]) * 16, b"old %d" % number) for number in range(before)]
        nodes = tree.append(0, [tree.leaf_hash(leaf) for _, leaf in old], nodes=tree.reader({}))
        edge: dict[tuple[int, int], bytes] = {}

        def noted(level: int, n: int, nodes: Any = nodes, edge: Any = edge) -> bytes:
            edge[level, n] = nodes[level, n]
            return bytes(nodes[level, n])

        was = tree.root(before, noted)
        for many in range(1, len(LEAVES) + 1):
            batch, _ = grown(before, LEAVES[:many], tree.reader(edge))
            root = tree.root(batch.size, batch.nodes)
            proof = tree.consistency_proof(before, batch.size, nodes=batch.nodes)
            tree.verify_consistency(before, was, new_size=batch.size, new_root=root, proof=proof)
            for index, leaf in batch.places.values():
                path = tree.inclusion_proof(index, batch.size, nodes=batch.nodes)
                tree.verify_inclusion(tree.leaf_hash(leaf), index, size=batch.size, proof=path, root=root)


@pytest.fixture
def log(tmp_path: Path) -> Any:
    key = Ed25519PrivateKey.generate()
    made = Log(f"sqlite:///{tmp_path / 'log.db'}", key)
    made.prepare()
    made.key = key  # type: ignore[attr-defined]
    yield made
    made.close()


def test_a_signature_goes_with_its_commit(log: Any) -> None:
    """A signature of a tree that was never committed is kept, or told of."""
    first = log.disclose()
    commits = log.store._commits
    place, signed = commits._place, list[str]()

    def fails(*given: Any) -> Any:
        signed.append(place(*given).note)
        raise OSError("the disk is gone")

    commits._place = fails
    with pytest.raises(Unavailable):
        log.write()
    commits._place = place
    [note] = signed
    assert open_note(note, [vkey(ORIGIN, log.key.public_key())]).size == 2
    with log.store.look() as connection:
        assert auditlog.latest_checkpoint(connection) == (1, first.note)
    entry = log.write()
    [proven] = prove(log.parts, [entry])
    assert parse_proof(proven.proof).note != note


def test_asking_again_reads_the_log_as_it_is_stored(log: Any) -> None:
    """Somebody changes the log, and who asks later is told what stood there before."""
    entry = log.write()
    asked: list[str] = []
    event.listen(log.store.engine, "begin", lambda _: asked.append("begin"))
    [proven] = prove(log.parts, [entry])
    assert asked == []
    assert prove(log.parts, [entry]) == [proven] and asked


def test_what_does_not_continue_what_was_signed_is_not_signed_in_a_commit(log: Any) -> None:
    """A commit signs a second history."""
    log.disclose()
    log.disclose()
    with log.store.sequence() as connection:
        for row in connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
            connection.execute(text(f"DROP TRIGGER {row.name}"))
        connection.execute(text("UPDATE audit_nodes SET hash = zeroblob(32) WHERE level = 1"))
    entry = log.write()
    with log.store.look() as connection:
        assert auditlog.latest_checkpoint(connection)[0] == 2  # type: ignore[index]
    for ask in (lambda: prove(log.parts, [entry]), lambda: publish_checkpoint(log.parts)):
        with pytest.raises(Unavailable, match="does not continue"):
            ask()
