"""HPKE to another party: the standard's keys, one context only, and no bit to spare."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from broker.errors import Untrusted
from broker.keys import sealing

HYBRID = sealing.hybrid_private(b"\x01" * 32)
HYBRID_PUBLIC = sealing.hybrid_public(sealing.hybrid_public_bytes(b"\x01" * 32))
CLASSICAL = X25519PrivateKey.from_private_bytes(b"\x04" * 32)


def test_the_hybrid_key_pair_of_a_seed_is_the_drafts() -> None:
    """First vector of draft-connolly-cfrg-xwing-kem, appendix C: the public key begins and ends as there."""
    public = sealing.hybrid_public_bytes(
        bytes.fromhex("7f9c2ba4e88f827d616045507605853ed73b8093f6efbc88eb1a6eacfa66ef26")
    )
    assert public.hex().startswith("e2236b35a8c24b39b10aa1323a96a919a2ced88400633a7b07131713fc14b2b5")
    assert public.hex().endswith("eff389b27dce59844570216223593d4ba32d9abac8cd049040ef6534")
    assert len(public) == sealing.HYBRID_PUBLIC_BYTES


@given(st.binary(max_size=300))
@settings(max_examples=25, deadline=None)
def test_what_is_sealed_opens_for_its_receiver(plaintext: bytes) -> None:
    """Both suites give back what went in."""
    hybrid = sealing.seal_hybrid(plaintext, HYBRID_PUBLIC, info=b"i")
    classical = sealing.seal_classical(plaintext, CLASSICAL.public_key(), info=b"i")
    assert sealing.open_hybrid(hybrid, HYBRID, info=b"i") == plaintext
    assert sealing.open_classical(classical, CLASSICAL, info=b"i") == plaintext
    assert len(classical) == len(plaintext) + sealing.CLASSICAL_OVERHEAD


def test_another_context_or_receiver_does_not_open() -> None:
    """A mask sealed for one evaluation can't be used with another."""
    hybrid = sealing.seal_hybrid(b"x", HYBRID_PUBLIC, info=b"one")
    classical = sealing.seal_classical(b"x", CLASSICAL.public_key(), info=b"one")
    with pytest.raises(Untrusted):
        sealing.open_hybrid(hybrid, HYBRID, info=b"two")
    with pytest.raises(Untrusted):
        sealing.open_classical(classical, CLASSICAL, info=b"two")
    with pytest.raises(Untrusted):
        sealing.open_hybrid(hybrid, sealing.hybrid_private(b"\x02" * 32), info=b"one")
    with pytest.raises(Untrusted):
        sealing.open_classical(classical, X25519PrivateKey.from_private_bytes(b"\x05" * 32), info=b"one")


@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_every_changed_byte_is_noticed(data: st.DataObject) -> None:
    """No byte of either sealed value can be changed, and truncations don't open."""
    cases: list[tuple[bytes, Callable[[bytes], bytes]]] = [
        (sealing.seal_hybrid(b"x" * 8, HYBRID_PUBLIC, info=b"i"), lambda s: sealing.open_hybrid(s, HYBRID, info=b"i")),
        (
            sealing.seal_classical(b"x" * 8, CLASSICAL.public_key(), info=b"i"),
            lambda s: sealing.open_classical(s, CLASSICAL, info=b"i"),
        ),
    ]
    for sealed, open_it in cases:
        position = data.draw(st.integers(0, len(sealed) - 1))
        changed = bytearray(sealed)
        changed[position] ^= data.draw(st.integers(1, 255))
        for bad in (bytes(changed), sealed[:position]):
            with pytest.raises(Untrusted):
                open_it(bad)


@pytest.mark.parametrize("data", [b"", bytes(1215), bytes(1217), b"\xff" * 1216])
def test_what_is_not_a_public_key_is_refused(data: bytes) -> None:
    """A wrong length or an encoding outside the field is no public key."""
    with pytest.raises(ValueError):
        sealing.hybrid_public(data)
