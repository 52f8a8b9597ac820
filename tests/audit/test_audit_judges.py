"""Strangers read our log: every checkpoint and proof is accepted by two public verifiers, and broken ones by none."""

from __future__ import annotations

from collections.abc import Callable

import judges
import pytest
from example_log import LOG_KEY, NOON, OTHER_KEY, POLICY, VKEY, ExampleLog, example, signed

from broker.audit import checkpoint, cosignature, tree
from broker.audit.events import Event, leaf
from broker.audit.receipt import verify_receipt

MANY = [
    leaf(Event("policy", f"{number:032x}", NOON, "broker", {"new": POLICY}), []).leaf_bytes for number in range(300)
]
SIZES = [1, 2, 3, 4, 5, 7, 8, 9, 31, 64, 65, 255, 256, 257, 300]


@pytest.mark.parametrize("size", SIZES)
def test_every_checkpoint_and_proof_is_accepted(size: int) -> None:
    """Our tools agree with each other and with nobody else."""
    log = signed(MANY[:size])
    judges.judge_note(log.note, VKEY)
    for index in {0, 1, size // 2, size - 2, size - 1} & set(range(size)):
        judges.judge_proof(log.leaves[index], log.proof(index), VKEY)


@pytest.mark.parametrize("size", SIZES)
def test_every_growth_is_accepted(size: int) -> None:
    """A consistency proof of ours convinces nobody else."""
    new = signed(MANY[:size])
    for before in {1, 2, size // 2, size - 1, size} & set(range(1, size + 1)):
        path = tree.consistency_proof(before, size, nodes=tree.reader(new.nodes))
        judges.judge_growth(signed(MANY[:before]).note, new.note, path, vkey=VKEY)


def test_a_cosigned_checkpoint_is_accepted() -> None:
    """What witnesses write below makes our checkpoints unreadable."""
    log = example()
    note = log.note + cosignature.cosign(log.note, "council.example/witness", at=1_795_348_800, private_key=OTHER_KEY)
    judges.judge_note(note, VKEY)
    judges.judge_proof(log.leaves[3], log.proof(3).replace(log.note, note), VKEY)


def _swapped(log: ExampleLog) -> tuple[bytes, str]:
    return log.leaves[4], log.proof(3)


def _moved(log: ExampleLog) -> tuple[bytes, str]:
    return log.leaves[3], log.proof(3).replace("index 3\n", "index 5\n")


def _shortened(log: ExampleLog) -> tuple[bytes, str]:
    lines = log.proof(3).split("\n")
    return log.leaves[3], "\n".join([*lines[:2], *lines[3:]])


def _resized(log: ExampleLog) -> tuple[bytes, str]:
    return log.leaves[3], log.proof(3).replace("\n14\n", "\n15\n")


def _forged(log: ExampleLog) -> tuple[bytes, str]:
    return log.leaves[3], signed(list(log.leaves), key=OTHER_KEY).proof(3)


def _renamed(log: ExampleLog) -> tuple[bytes, str]:
    key_id = checkpoint.key_id("broker.example/audit", LOG_KEY.public_key())
    other = checkpoint.key_id("broker.example/audit", OTHER_KEY.public_key())
    proof = signed(list(log.leaves), key=OTHER_KEY).proof(3)
    return log.leaves[3], proof.replace(checkpoint.to_base64(other)[:4], checkpoint.to_base64(key_id)[:4])


def _rewritten(log: ExampleLog) -> tuple[bytes, str]:
    other = signed([*log.leaves[:3], log.leaves[3].replace(b'"org":"school"', b'"org":"police"'), *log.leaves[4:]])
    return other.leaves[3], other.proof(3).replace(other.note, log.note)


@pytest.mark.parametrize("broken", [_swapped, _moved, _shortened, _resized, _forged, _renamed, _rewritten])
def test_what_is_broken_is_refused_by_everybody(broken: Callable[[ExampleLog], tuple[bytes, str]]) -> None:
    """The judges accept anything, so that their word is worth nothing."""
    leaf_bytes, proof = broken(example())
    refused = {name for name, judge in judges.PROOF_JUDGES.items() if not _holds(judge, leaf_bytes, proof)}
    assert refused == {"sigstore", "metamorphic"}
    receipt = {"v": 1, "leaf": leaf_bytes.decode(), "proof": proof, "disclosures": []}
    assert not _holds(lambda *_: verify_receipt(receipt, [VKEY]), leaf_bytes, proof)


def _holds(judge: Callable[[bytes, str, str], object], leaf_bytes: bytes, proof: str) -> bool:
    try:
        judge(leaf_bytes, proof, VKEY)
    except Exception:  # noqa: BLE001 - whatever a stranger raises
        return False
    return True
