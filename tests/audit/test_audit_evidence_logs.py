"""The single file and whole logs, receipts, looks and clocks: what is wrong, alone, is refused, and it says why."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from example_evidence import ALONE, COUNCIL, NHS, POLICY, WITNESSED, Files, cosigned, evidence, relisted, verified
from example_log import NOON, ORIGIN, OTHER_KEY, VKEY, ExampleLog, example, sealables, signed
from test_audit_evidence_words import why
from test_audit_looks import KEY, ME, PROOF, changed, made, zipped
from test_audit_looks import LOG as LOOKED
from test_audit_pruned import KEY as SIGNER
from test_audit_pruned import OLD, event
from test_audit_pruned import Log as PrunedLog
from test_audit_pruned import verified as verified_by_both
from test_audit_subjects import Log as LookedLog

from broker.audit import checkpoint, tree, verify_audit
from broker.audit.disposal_events import prune_event
from broker.audit.events import leaf
from broker.audit.evidence import index_proof
from broker.audit.subjects import build

SLACK = 5 * 60
"""Seconds by which clocks may differ."""


def receipt(**changes: object) -> dict[str, Any]:
    """The receipt of event 6 with these fields changed, or left out where they are `...`."""
    made = example().receipt(sealables()[6], kind="answer", show=("staff",)).as_dict()
    return {key: value for key, value in {**made, **changes}.items() if value is not ...}


def as_file(content: object) -> Files:
    return {"receipt.json": json.dumps(content).encode()}


def test_receipts_are_of_their_kind_and_version() -> None:
    """A receipt of rules to come, with a field that nobody checks or of another event's kind verifies."""
    alone = verified(as_file(receipt()), ALONE)
    assert (len(alone.events), alone.note) == (1, "")
    assert len(verified(as_file({"receipt": [receipt(), receipt(kind=...), receipt(kind="")]}), ALONE).events) == 3
    for wrong in (receipt(v=2), receipt(v=True), receipt(v=...), receipt(more=1), receipt(disclosures={})):
        assert why(as_file(wrong), ALONE) == "not a receipt of version 1"
    for kind in ("deny", 1, None):
        assert why(as_file(receipt(kind=kind)), ALONE) == "a receipt is of another kind than its event"
    assert why(as_file({"receipt": [receipt(), receipt(v=2)]}), ALONE) == "not a receipt of version 1"
    for none in ([], {}, None, ""):
        assert why(as_file({"receipt": none}), ALONE) == "not the one spelling: no receipt"
    other = f"log {checkpoint.vkey('log.example', OTHER_KEY.public_key())}\nquorum none\n"
    assert why(as_file(receipt()), other) == "the checkpoint is not signed by a known key of its log"


LONG = [leaf(event(number, OLD), []).leaf_bytes for number in range(300)]


def bundle_of(log: ExampleLog, change: Callable[[bytes], bytes]) -> Files:
    path = f"tile/entries/000.p/{log.size}"
    return {**log.files(), path: change(log.files()[path])}


LOST = "the events do not lead to the signed root: one was changed, or is missing"
TILE = "a hash tile is not what the events give, or a file belongs to no log"
CUT = "an entry bundle is cut off, or holds too few or too many events"


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        (bundle_of(example(), lambda data: data[:-1]), CUT),
        (bundle_of(example(), lambda data: data + b"\0"), CUT),
        (bundle_of(example(), lambda data: data + b"\0\0"), CUT),
        (bundle_of(example(), lambda data: data[:5] + b"x" + data[6:]), LOST),
        ({**example().files(), "more": b""}, TILE),
        ({**example().files(), "tile/0/000.p/14": bytes(448)}, TILE),
        (signed([*LONG, LONG[7]]).files(), "an event stands in the log twice"),
    ],
)
def test_what_is_wrong_with_a_log(files: Files, sentence: str) -> None:
    """An auditor is told of something else than what was done to the log."""
    assert why(files, ALONE) == sentence


def test_logs_of_every_width_of_a_tile() -> None:
    """A log that just fills its tiles, needs one more, or has no event yet is refused."""
    for size in (0, 1, 255, 256, 257, 300):
        report = verified(signed(LONG[:size]).files(), ALONE)
        assert (len(report.events), report.first, report.note) == (size, 0, "")
        assert report.checkpoint.root == tree.root(size, tree.reader(signed(LONG[:size]).nodes))
    # RFC 6962, 2.1: the hash of an empty list is the hash of an empty string.
    assert verified(signed([]).files(), ALONE).checkpoint.root == hashlib.sha256(b"").digest()


PRUNED = f"log {checkpoint.vkey(ORIGIN, SIGNER.public_key())}\nquorum none\n"


def with_prunes(*said: tuple[int, int]) -> PrunedLog:
    """A log of 600 events and one for each pair: that what is before the first number went, with the second's root."""
    log = PrunedLog([event(number, OLD) for number in range(600)])
    roots = {at: tree.root(at, tree.reader(log.nodes)).hex() for at in (256, 512)}
    for n, (first, of) in enumerate(said):
        log.events.append(event(600 + n, OLD, partial(prune_event, first=first, root=roots[of])))
    return log


def test_one_true_word_of_pruning_is_enough() -> None:
    """A log that was pruned twice is refused, or one whose words are all of another beginning verifies."""
    true = (512, 512)
    for files in (log.files(512) for log in (with_prunes((256, 256), true), with_prunes(true, (256, 512)))):
        assert verified(files, PRUNED).note == "pruned: what was before event 512 is gone"
        assert verified_by_both(files) == 512
    for log in (with_prunes(), with_prunes((256, 256)), with_prunes((512, 256)), with_prunes((256, 512), (512, 256))):
        sentence = "the log begins later than it did, and no event of it says so"
        assert why(log.files(512), PRUNED) == sentence


def test_what_was_seen_is_still_there() -> None:
    """A checkpoint from before what was pruned can't be compared, and is taken for a forged one."""
    log = with_prunes((512, 512))
    assert verified(log.files(512), PRUNED, seen=PrunedLog(log.events[:512]).files()["checkpoint"]).first == 512
    with pytest.raises(verify_audit.Usage, match=r"^the log is pruned, and what you saw is from before that$"):
        verified(log.files(512), PRUNED, seen=PrunedLog(log.events[:511]).files()["checkpoint"])


def test_what_was_seen_is_of_this_log() -> None:
    """A checkpoint of another log with the same events passes for one of this, or an unwitnessed one for none."""
    log, refused_as = example(), "the log does not go on from the one seen: keep both"
    other = checkpoint.Checkpoint("log.example", 14, tree.root(14, tree.reader(log.nodes)))
    theirs = checkpoint.sign(other, "log.example", private_key=OTHER_KEY).encode()
    two = f"log {VKEY}\nlog {checkpoint.vkey('log.example', OTHER_KEY.public_key())}\nquorum none\n"
    assert verified(log.files(), two, seen=log.note.encode()).events
    for kept in (log, signed([])):
        assert verified(verify_audit.unpack(evidence()), seen=kept.note.encode()).events
    assert why(log.files(), two, seen=theirs) == refused_as
    assert why(log.files(), ALONE, seen=signed([*log.leaves, log.leaves[0]]).note.encode()) == refused_as


def at_noon(now: dt.datetime, *, witnessed: int = 0) -> verify_audit.Report:
    """What is said at `now` of one event of noon that was witnessed so many seconds later, or by nobody where 0."""
    log = example(1)
    note = cosigned(log.note, at=int(NOON.timestamp()) + witnessed) if witnessed else log.note
    policy = verify_audit.parse_policy((POLICY if witnessed else ALONE).encode())
    return verify_audit.check({**log.files(), "checkpoint": note.encode()}, policy, now=now)


def test_clocks_may_differ_by_five_minutes() -> None:
    """Evidence that is as new as it can be is refused, or one from tomorrow verifies."""
    five, bit = dt.timedelta(seconds=SLACK), dt.timedelta(microseconds=1)
    future = "something in it is from the future, or this computer's clock is wrong"
    assert at_noon(NOON - five).newest == NOON
    assert at_noon(NOON - five, witnessed=-SLACK).newest == NOON - five
    assert at_noon(NOON, witnessed=SLACK).newest == NOON + five
    for now, witnessed in ((NOON - five - bit, 0), (NOON - bit, SLACK), (NOON - five - bit, -SLACK), (NOON, 2**62)):
        with pytest.raises(verify_audit.Tampered) as caught:
            at_noon(now, witnessed=witnessed)
        assert str(caught.value) == future
    with pytest.raises(verify_audit.Tampered) as caught:
        at_noon(NOON, witnessed=-SLACK - 1)
    assert str(caught.value) == "an event says that it is later than the witnesses who saw it"


def test_the_newest_sign_of_life_is_the_last() -> None:
    """Evidence looks older than it is, and stale, because its first witness or event is taken for its last."""
    log = example()
    lines = cosigned(cosigned(log.note, (COUNCIL,)), (NHS,), at=WITNESSED + 60)
    report = verified(verify_audit.unpack(evidence(note=lines)))
    assert report.newest == dt.datetime.fromtimestamp(WITNESSED + 60, dt.UTC)
    assert verified(log.files(), ALONE).newest == NOON + dt.timedelta(seconds=13, microseconds=13)


def test_an_index_may_be_of_no_events() -> None:
    """The index with which a log begins is refused, or one that ends before it begins is taken."""
    log = LookedLog()
    first = log.index()
    log.look(ME)
    looks = log.reader.looks(0, len(log.leaves))
    second = log.index()
    proof = index_proof(KEY, [(first, []), (second, [build(looks).answer(looks, ME)])])
    assert verified(zipped(log, proof), ALONE).note == "looks at the record among the first 2 events: 1, shown here: 1"
    third = log.index(last=1)
    proof = index_proof(KEY, [(first, []), (second, [build(looks).answer(looks, ME)]), (third, [])])
    assert why(zipped(log, proof), ALONE) == "an index of the log is missing: the looks may not be all"


def looked_at(own: bytes, *others: bytes) -> Files:
    """Evidence of a log with one look, at this record and others, by what its index answers for the tag `own`."""
    log = LookedLog()
    log.look(ME, *others)
    looks = log.reader.looks(0, 1)
    proof = index_proof(KEY, [(log.index(), [build(looks).answer(looks, own)])])
    log.add(leaf(event(7, OLD), []).leaf_bytes)
    return zipped(log, proof, without=0)


def test_the_row_before_a_records_own_denies_nothing() -> None:
    """A broker hides a look by the row that ends where the record's own begins, or an event of another day is wrong."""
    assert verified(looked_at(ME, b"\xff" + bytes(15)), ALONE).note.endswith("first 1 events: 1, shown here: 0")
    just_before = (int.from_bytes(ME, "big") - 1).to_bytes(16, "big")
    assert why(looked_at(just_before), ALONE) == "an index has other looks at the record than are given"


def test_evidence_with_every_file_that_there_can_be() -> None:
    """Evidence is refused because nothing is missing from it."""
    files = zipped(LOOKED, PROOF)
    files |= {f"disclosures/{number}.json": b"[]" for number in range(len(LOOKED.leaves))}
    assert len(verified(relisted(files), ALONE).events) == len(LOOKED.leaves)


def of_looks(number: int) -> Files:
    """Evidence of all looks without the leaf of event `number`."""
    return zipped(LOOKED, PROOF, without=number)


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        (changed(lambda proof: proof[1].pop(0)), "an index of the log is missing: the looks may not be all"),
        (changed(lambda proof: proof[1][0][1][0][3].clear()), "an index has other looks at the record than are given"),
        (of_looks(len(LOOKED.leaves) - 1), "the last index is not among the events that are proved"),
        (zipped(*made(hide=True)), "an index lists what is no look, or leaves one out"),
    ],
)
def test_what_is_wrong_with_the_looks(files: Files, sentence: str) -> None:
    """An auditor is told of something else than what was done to the proof of all looks."""
    assert why(files, ALONE) == sentence
