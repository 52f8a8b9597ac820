"""Evidence of all looks at one record: what is left out, added or moved is noticed by the single-file verifier."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import pytest
from example_evidence import ALONE, Files, refused, relisted, verified
from example_log import VKEY, signed
from test_audit_subjects import Log

from broker.audit import canonical, tree, verify_audit
from broker.audit.encoding import to_base64
from broker.audit.evidence import Shown, bundle, index_proof
from broker.audit.subjects import CLOSED, SO_FAR, build
from broker.keys.envelope import day_tag

KEY = bytes(range(32))
ME, OTHER = day_tag(KEY, dt.date(2026, 11, 22)), b"\x90" * 16
INDEX = "index-proof.json"


def made(looked: tuple[bool, ...] = (True, False, True), *, hide: bool = False) -> tuple[Log, bytes]:
    """A log with two days and a morning, on each of which somebody looked at another record and, where `looked`, at
    this one; and the proof. A broker that would `hide` something leaves the last look out of its index."""
    log, indexes = Log(), []
    for number, (is_mine, act) in enumerate(zip(looked, (CLOSED, CLOSED, SO_FAR), strict=True)):
        log.look(OTHER)
        if is_mine:
            log.look(ME, OTHER)
        looks = log.reader.looks(log.reader.ends[-1][0], len(log.leaves))
        if hide and number == 2:
            looks = type(looks)({tag: some for tag, some in looks.by_tag.items() if tag != ME}, looks.days)
        index = build(looks)
        leaf = log.index(act, root=index.root, size=len(index.rows))
        indexes.append((leaf, [index.answer(looks, ME)]))
    return log, index_proof(KEY, indexes)


def zipped(log: Log, proof: bytes, *, without: int = -1) -> Files:
    """Evidence with every leaf of the log, or all but one."""
    whole = signed(log.leaves)
    events = [Shown(leaf.decode(), whole.proof(at)) for at, leaf in enumerate(whole.leaves) if at != without]
    return verify_audit.unpack(bundle(events, policy=ALONE, verifier=b"#\n", looks=proof))


LOG, PROOF = made()
FILES = zipped(LOG, PROOF)


def test_all_looks_and_that_there_are_no_others() -> None:
    """Whoever reads the evidence does not learn how many looks there are, or how many of them were kept back."""
    assert verified(FILES, ALONE).note == "looks at the record among the first 7 events: 2, shown here: 2"
    assert verified(zipped(LOG, PROOF, without=1), ALONE).note.endswith(": 2, shown here: 1")
    nobody = made((False, False, False))
    assert verified(zipped(*nobody), ALONE).note.endswith("5 events: 0, shown here: 0")
    report = verified(FILES, ALONE)
    assert verify_audit.told(report, False).count("looks at the record") == 1 and VKEY in ALONE


def test_a_broker_that_hides_a_look_is_found_out_by_the_look() -> None:
    """An index leaves out what its log has, and evidence with that very event verifies."""
    log, proof = made(hide=True)
    assert refused(zipped(log, proof), ALONE)
    assert verified(zipped(log, proof, without=6), ALONE).note.endswith(": 1, shown here: 1"), "only its index is wrong"


def changed(change: Callable[[Any], object]) -> Files:
    proof = json.loads(PROOF)
    change(proof)
    return relisted({**FILES, INDEX: canonical.encode(proof)})


@pytest.mark.parametrize(
    "change",
    [
        lambda proof: proof[1].pop(),
        lambda proof: proof[1].pop(0),
        lambda proof: proof[1].pop(1),
        lambda proof: proof[1].append(proof[1][2]),
        lambda proof: proof[1].clear(),
        lambda proof: proof[1][0][1].clear(),
        lambda proof: proof[1][0].append("more"),
        lambda proof: proof[1][0][1].append(proof[1][0][1][0]),
        lambda proof: proof[1][0][1][0][3].clear(),
        lambda proof: proof[1][1][1][0][3].append(proof[1][0][1][0][3][0]),
        lambda proof: proof[1][0][1][0][3].append(proof[1][0][1][0][3][0]),
        lambda proof: proof[1][0][1].__setitem__(0, proof[1][1][1][0]),
        lambda proof: proof[1][0][1][0].__setitem__(1, True),
        lambda proof: proof[1][0].__setitem__(0, LOG.leaves[1].decode()),
        lambda proof: proof.append("more"),
        lambda proof: proof.__setitem__(0, to_base64(bytes(32))),
    ],
)
def test_what_is_left_out_added_or_moved_is_noticed(change: Callable[[Any], object]) -> None:
    """An index, a day or a look can go, or another day's row stands in for one."""
    assert not refused(changed(lambda proof: None), ALONE)
    assert refused(changed(change), ALONE)


@pytest.mark.parametrize("step", [pytest.param(1, marks=(pytest.mark.long, pytest.mark.timeout(1_800))), 331])
def test_no_bit_or_byte_of_the_proof_is_free(step: int) -> None:
    """A flipped bit in a key, a row or a path makes another proof of it."""
    data = FILES[INDEX]
    for bit in range(0, len(data) * 8, step):
        damaged = bytearray(data)
        damaged[bit // 8] ^= 1 << bit % 8
        assert refused(relisted({**FILES, INDEX: bytes(damaged)}), ALONE), bit
    for at in range(0, len(data), step):
        for cut in (data[:at] + data[at + 1 :], data[:at]):
            assert refused(relisted({**FILES, INDEX: cut}), ALONE), at


def test_the_last_index_is_one_of_the_events() -> None:
    """Indexes that no signed log has prove that nobody looked."""
    assert refused(zipped(LOG, PROOF, without=len(LOG.leaves) - 1), ALONE)
    forged, proof = made((False, False, False))
    assert refused(relisted({**FILES, INDEX: proof}), ALONE)
    assert tree.leaf_hash(forged.leaves[-1]) not in {tree.leaf_hash(leaf) for leaf in LOG.leaves}
