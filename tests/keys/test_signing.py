"""Signatures over what crosses: every field counts, and so does what the statement is for."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from broker.errors import Untrusted
from broker.keys import context, signing
from broker.wire.evaluation import Evaluation
from broker.wire.fields import parse

SIGNING_KEY = Ed25519PrivateKey.from_private_bytes(b"\x05" * 32)
STATEMENT = Evaluation(
    v=1, agency="council", use="post", id=b"i" * 16, nonce=b"n" * 16, epoch=1, scheme="ab" * 32, count=3, expires=1000,
    mask=b"m" * 40, signature=signing.UNSIGNED,
)  # fmt: skip
CHANGES: dict[str, Any] = {
    "agency": "police",
    "use": "ask",
    "id": b"j" * 16,
    "nonce": b"o" * 16,
    "epoch": 2,
    "scheme": "cd" * 32,
    "count": 4,
    "expires": 1001,
    "mask": b"M" * 40,
    "signature": b"s" * 64,
}


def test_a_signed_statement_verifies_also_after_a_journey() -> None:
    """JSON there and back changes nothing that was signed."""
    signed = signing.sign(STATEMENT, context.EVALUATION, signing_key=SIGNING_KEY)
    signing.verify(signed, context.EVALUATION, public_key=SIGNING_KEY.public_key())
    arrived = parse(Evaluation, signed.model_dump_json())
    signing.verify(arrived, context.EVALUATION, public_key=SIGNING_KEY.public_key())


def test_the_changes_cover_every_field() -> None:
    """A field added to the statement must be added to the test below."""
    assert set(CHANGES) | {"v"} == set(Evaluation.model_fields)


@pytest.mark.parametrize("field", CHANGES)
def test_every_changed_field_is_noticed(field: str) -> None:
    """Nothing in a statement can be changed by who carries it."""
    signed = signing.sign(STATEMENT, context.EVALUATION, signing_key=SIGNING_KEY)
    with pytest.raises(Untrusted):
        changed = signed.model_copy(update={field: CHANGES[field]})
        signing.verify(changed, context.EVALUATION, public_key=SIGNING_KEY.public_key())


def test_another_label_or_signing_key_does_not_verify() -> None:
    """A signature made for one purpose means nothing for another."""
    signed = signing.sign(STATEMENT, context.EVALUATION, signing_key=SIGNING_KEY)
    with pytest.raises(Untrusted):
        signing.verify(signed, context.RECEIPT, public_key=SIGNING_KEY.public_key())
    other = Ed25519PrivateKey.from_private_bytes(b"\x06" * 32)
    with pytest.raises(Untrusted):
        signing.verify(signed, context.EVALUATION, public_key=other.public_key())


@pytest.mark.parametrize("signature", [b"", b"x", bytes(63), bytes(64), bytes(65)])
def test_no_other_bytes_are_a_signature(signature: bytes) -> None:
    """Whatever stands where the signature should, the answer is `Untrusted`."""
    with pytest.raises(Untrusted):
        signing.verify_bytes(b"message", signature, public_key=SIGNING_KEY.public_key())
