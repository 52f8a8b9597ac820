"""Envelopes: what an agency seals opens to what it stated, and anything else is refused in the same words."""

from __future__ import annotations

import json

import pytest
from comparisons import ANNA, SCHEME, UNIT_KEY, key, question, record
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from unit_and_askers import TRUST, secret

from broker.agency.evidence import seal_info
from broker.errors import Untrusted
from broker.keys import context, sealing
from broker.keys.statement import LAYOUTS
from broker.keys.trust import parse_trust
from broker.linkunit.envelopes import Opener, question_name
from broker.wire.delivery import EVIDENCE_BYTES

SIGNED_BYTES, STATEMENT_BYTES = LAYOUTS[1].signed_bytes, LAYOUTS[1].statement_bytes
SEAL = X25519PrivateKey.from_private_bytes(secret("linkage_unit.seal"))
OPENER = Opener(parse_trust(json.dumps(TRUST).encode()), SCHEME, (SEAL,))
INFO = seal_info("brackwater", SCHEME.digest)
GOOD = sealing.open_classical(record(ANNA), SEAL, info=INFO)


def sealed(signed: bytes, *, by: str = "homes/delivery-1") -> bytes:
    """A statement that one of our own made wrongly, signed well."""
    return sealing.seal_classical(signed + key(by).sign(context.EVIDENCE_SIGNATURE + signed), UNIT_KEY, info=INFO)


def changed(at: int, new: bytes) -> bytes:
    signed = GOOD[:SIGNED_BYTES]
    return signed[:at] + new + signed[at + len(new) :]


def test_what_was_sealed_is_what_opens() -> None:
    """Use, agency, name, version and every slot."""
    found = OPENER.open(record(ANNA))
    assert (found.use, found.agency, found.version) == ("post", "homes", 1)
    assert found.vectors == {1: GOOD[159 : 159 + 16 * len(SCHEME.atoms)]}
    asked = OPENER.open(question(ANNA))
    assert (asked.use, asked.agency, asked.name) == ("ask", "council", question_name(b"t" * 16))
    assert asked.vectors == found.vectors


WRONG = {
    "another layout": changed(0, b"\x02"),
    "an unknown use": changed(1, b"\x03"),
    "a name too long": changed(2, b"\x29"),
    "a name of nothing": changed(2, bytes(41)),
    "a name that is none": changed(3, b"A"),
    "a name with a tail": changed(42, b"x"),
    "another place": changed(44, b"x"),
    "another scheme": changed(84, b"\x00\x01"),
    "another epoch": changed(116, b"\x00\x02"),
    "a record of no version": changed(150, bytes(8)),
    "a slot too few": changed(158, bytes([len(SCHEME.atoms) - 1])),
    "something after the vector": changed(SIGNED_BYTES - 1, b"\x01"),
}


@pytest.mark.parametrize("signed", WRONG.values(), ids=WRONG.keys())
def test_a_statement_of_another_form_is_refused(signed: bytes) -> None:
    """Even when the agency signed it."""
    OPENER.open(sealed(GOOD[:SIGNED_BYTES]))
    with pytest.raises(Untrusted) as caught:
        OPENER.open(sealed(signed))
    assert (caught.value.code, caught.value.message) == ("envelope-unusable", "an envelope can't be used")


@given(st.one_of(st.binary(max_size=64), st.binary(min_size=EVIDENCE_BYTES, max_size=EVIDENCE_BYTES)))
def test_any_envelope_is_refused_alike(data: bytes) -> None:
    """One error, whatever the bytes."""
    with pytest.raises(Untrusted, match="an envelope can't be used"):
        OPENER.open(data)


@given(st.binary(max_size=STATEMENT_BYTES + 40))
def test_any_statement_is_refused_alike(plain: bytes) -> None:
    """Bytes that somebody sealed well to us and are no statement."""
    envelope = sealing.seal_classical(plain, UNIT_KEY, info=INFO)
    with pytest.raises(Untrusted, match="an envelope can't be used"):
        OPENER.open(envelope)


@given(st.integers(0, SIGNED_BYTES - 1), st.binary(min_size=1, max_size=50))
def test_a_part_that_was_changed_is_refused(at: int, new: bytes) -> None:
    """One error again, with a good signature under it or not; a change of evidence alone is its signer's affair."""
    part = changed(at, new)[:SIGNED_BYTES]
    if part[:159] == GOOD[:159]:
        return
    envelope = sealing.seal_classical(part + GOOD[SIGNED_BYTES:], UNIT_KEY, info=INFO)
    with pytest.raises(Untrusted, match="an envelope can't be used"):
        OPENER.open(envelope)
