"""Proofs that one key made a batch: the standard's bytes, an independent verifier, and no proof for anything false."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import voprf.ristretto
from hypothesis import given, settings
from hypothesis import strategies as st

from broker import oprf
from broker.errors import BadInput, Untrusted
from broker.keys import dleq

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "voprf.json").read_text())
SECRET, PUBLIC = bytes.fromhex(VECTORS["server_key"]), bytes.fromhex(VECTORS["public"])
ONE = b"\x01" + bytes(31)
seeds = st.binary(min_size=64, max_size=64).filter(any)


def unhexed(texts: list[str]) -> list[bytes]:
    return [bytes.fromhex(text) for text in texts]


def nonce_of(case: dict[str, Any]) -> bytes:
    """64 bytes that make the scalar of the vector: it is smaller than the order."""
    return bytes.fromhex(case["proof_random"]) + bytes(32)


@pytest.mark.parametrize("case", VECTORS["cases"], ids=["one", "another", "batch"])
def test_rfc_9497_mode_1_vectors(case: dict[str, Any]) -> None:
    """Blind, BlindEvaluate with its proof and Finalize are the standard's, byte for byte, also for a batch."""
    inputs, blinds, blinded = (unhexed(case[name]) for name in ("inputs", "blinds", "blinded"))
    hashed = [oprf.hash_to_group(message, dleq.CONTEXT) for message in inputs]
    assert [oprf.multiply(r, point) for r, point in zip(blinds, hashed, strict=True)] == blinded
    evaluated = oprf.evaluate(SECRET, ONE, blinded)
    assert evaluated == unhexed(case["evaluated"])
    pairs = list(zip(blinded, evaluated, strict=True))
    proof = dleq.prove(SECRET, pairs, public=PUBLIC, nonce=nonce_of(case))
    assert proof.to_bytes().hex() == case["proof"]
    dleq.check(dleq.parse_proof(proof.to_bytes()), pairs, public=PUBLIC)
    outputs = [oprf.finalize(x, oprf.unblind(r, e)) for x, r, e in zip(inputs, blinds, evaluated, strict=True)]
    assert outputs == unhexed(case["outputs"])


def test_the_public_point_of_a_key_is_the_standards() -> None:
    """pkS of RFC 9497 is what our holders publish."""
    assert dleq.public_point(SECRET) == PUBLIC


@given(messages=st.lists(st.binary(min_size=1, max_size=60), min_size=1, max_size=4), nonce=seeds)
@settings(max_examples=15, deadline=None)
def test_the_rust_implementation_takes_our_proofs_and_we_take_its(messages: list[bytes], nonce: bytes) -> None:
    """Two implementations that agree on the vectors agree on what nobody published."""
    seed = oprf.expand_message_xmd(messages[0], b"seed", 32)
    judge = voprf.ristretto.Evaluator.from_seed(seed, b"judge")
    secret = oprf.scalar(oprf.expand_message_xmd(seed + b"\x00\x05judge\x00", b"DeriveKeyPair" + dleq.CONTEXT))
    public = dleq.public_point(secret)
    assert judge.public_key.serialize() == public

    clients, asked = zip(*(voprf.ristretto.Client.blind(message) for message in messages), strict=True)
    blinded = [one.serialize() for one in asked]
    evaluated = oprf.evaluate(secret, ONE, blinded)
    pairs = list(zip(blinded, evaluated, strict=True))
    theirs = judge.evaluate_batch(list(asked)).serialize()
    assert theirs[64:] == b"".join(evaluated)
    dleq.check(dleq.parse_proof(theirs[:64]), pairs, public=public)

    ours = dleq.prove(secret, pairs, public=public, nonce=nonce).to_bytes()
    answer = voprf.ristretto.VerifiableBatchOutput.deserialize(ours + b"".join(evaluated))
    outputs = voprf.ristretto.Client.finalize_batch(list(clients), answer, judge.public_key)
    assert outputs == [judge.evaluate_known_input(message) for message in messages]


@given(data=st.data(), secret=seeds, nonce=seeds, size=st.integers(1, 4))
@settings(max_examples=40, deadline=None)
def test_nothing_false_is_proven(data: st.DataObject, secret: bytes, nonce: bytes, size: int) -> None:
    """Another key for one point of a batch, another order, another public point or a changed proof is refused."""
    k = oprf.scalar(secret)
    points = [oprf.hash_to_group(bytes([index])) for index in range(size)]
    pairs = list(zip(points, oprf.evaluate(k, ONE, points), strict=True))
    public = dleq.public_point(k)
    proof = dleq.prove(k, pairs, public=public, nonce=nonce)
    dleq.check(proof, pairs, public=public)

    wrong = list(pairs)
    position = data.draw(st.integers(0, size - 1))
    wrong[position] = (pairs[position][0], oprf.multiply(b"\x02" + bytes(31), pairs[position][1]))
    for changed in [wrong, *([pairs[::-1], pairs[:-1]] if size > 1 else [])]:
        with pytest.raises(Untrusted, match="proof"):
            dleq.check(proof, changed, public=public)
    with pytest.raises(Untrusted, match="proof"):
        dleq.check(proof, pairs, public=points[0])
    bent = bytearray(proof.to_bytes())
    bent[data.draw(st.integers(0, 63))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises((Untrusted, BadInput)):
        dleq.check(dleq.parse_proof(bytes(bent)), pairs, public=public)


@given(st.binary(max_size=80))
def test_parsing_a_proof_raises_nothing_else(data: bytes) -> None:
    """Whatever the bytes, a proof is two canonical scalars or our error."""
    try:
        assert dleq.parse_proof(data).to_bytes() == data
    except BadInput as error:
        assert error.code == "scalar-invalid"


def test_an_empty_batch_is_not_proven() -> None:
    """A proof over nothing would hold for every key."""
    with pytest.raises(BadInput, match="points"):
        dleq.prove(SECRET, [], public=PUBLIC, nonce=b"\x01" * 64)
    with pytest.raises(Untrusted, match="proof"):
        dleq.check(dleq.Proof(ONE, ONE), [], public=PUBLIC)
