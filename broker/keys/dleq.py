"""Proofs that one scalar k made both k*G and every k*C of a batch (RFC 9497, section 2.2, mode 1, ristretto255-SHA512).

    prove(k, [(C, D), ...], public=k*G, nonce=64 fresh bytes)     64 bytes, whatever the size of the batch
    check(proof, [(C, D), ...], public=k*G)                        raises unless D = k*C for every pair

The proof says nothing of k. The generator is the one of the group, as in VOPRF, so that the vectors of RFC 9497,
appendix A.1.2, apply.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass

import rbcl

from broker import oprf
from broker.errors import BadInput, Untrusted

CONTEXT = oprf.context_string(1)
MAX_PAIRS = 0xFFFF
Pair = tuple[bytes, bytes]
"""A point C and k*C, which it is said to have become."""


@dataclass(frozen=True)
class Proof:
    """The challenge c and the response r - c*k."""

    challenge: bytes
    response: bytes

    def to_bytes(self) -> bytes:
        return self.challenge + self.response


def parse_proof(data: bytes) -> Proof:
    """The proof in 64 bytes. Raises `BadInput` for anything that is not two canonical scalars."""
    proof = Proof(data[: oprf.SCALAR_BYTES], data[oprf.SCALAR_BYTES :])
    oprf.check_scalar(proof.challenge)
    oprf.check_scalar(proof.response)
    return proof


def public_point(secret: bytes) -> bytes:
    """k*G, by which anybody can check what k was used for."""
    return bytes(rbcl.crypto_scalarmult_ristretto255_base(oprf.check_scalar(secret)))


def prove(secret: bytes, pairs: Sequence[Pair], *, public: bytes, nonce: bytes) -> Proof:
    """GenerateProof for `pairs`, in their order; `nonce` is 64 uniform bytes.

    The nonce serves one proof alone: two proofs under one nonce give the secret away to whoever sees both. Raises
    `BadInput` for no pair or over 65,535 of them, and for what is not a point or a scalar.
    """
    blinding = oprf.scalar(nonce)
    composite = _composite(public, pairs, 0)
    evaluated = oprf.multiply(secret, composite)
    sent = public_point(blinding), oprf.multiply(blinding, composite)
    challenge = _challenge(public, composite, evaluated, *sent)
    product = rbcl.crypto_core_ristretto255_scalar_mul(challenge, oprf.check_scalar(secret))
    return Proof(challenge, bytes(rbcl.crypto_core_ristretto255_scalar_sub(blinding, product)))


def check(proof: Proof, pairs: Sequence[Pair], *, public: bytes) -> None:
    """VerifyProof: raises `Untrusted` unless one k made `public` and every second point of `pairs`."""
    try:
        composite, evaluated = _composite(public, pairs, 0), _composite(public, pairs, 1)
        of_base = public_point(proof.response), oprf.multiply(proof.challenge, public)
        of_composite = oprf.multiply(proof.response, composite), oprf.multiply(proof.challenge, evaluated)
        sent = (bytes(rbcl.crypto_core_ristretto255_add(*both)) for both in (of_base, of_composite))
        expected = _challenge(public, composite, evaluated, *sent)
    except (BadInput, RuntimeError):
        raise _unproven() from None
    if not hmac.compare_digest(expected, proof.challenge):
        raise _unproven()


def _composite(public: bytes, pairs: Sequence[Pair], side: int) -> bytes:
    """The sum of one side of every pair, each times a factor that depends on all that is to be proven of its pair."""
    if not 1 <= len(pairs) <= MAX_PAIRS:
        raise BadInput("proof-size-invalid", f"a proof is over 1 to {MAX_PAIRS} points")
    seed = hashlib.sha512(_framed(oprf.check_point(public), b"Seed-" + CONTEXT)).digest()
    total = b""
    for index, pair in enumerate(pairs):
        transcript = _framed(seed) + index.to_bytes(2, "big") + _framed(*pair) + b"Composite"
        term = oprf.multiply(_hash_to_scalar(transcript), pair[side])
        total = bytes(rbcl.crypto_core_ristretto255_add(total, term)) if total else term
    return total


def _challenge(*points: bytes) -> bytes:
    return _hash_to_scalar(_framed(*points) + b"Challenge")


def _hash_to_scalar(message: bytes) -> bytes:
    return oprf.scalar(oprf.expand_message_xmd(message, b"HashToScalar-" + CONTEXT))


def _framed(*parts: bytes) -> bytes:
    return b"".join(len(part).to_bytes(2, "big") + part for part in parts)


def _unproven() -> Untrusted:
    return Untrusted("proof-invalid", "a proof does not show that the key it names was used", hint="ask another holder")
