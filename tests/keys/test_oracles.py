"""The OPRF beside two implementations that share nothing with it: Rust, and plain integers written from the RFCs."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
import ristretto255 as plain
import voprf.ristretto
from hypothesis import given
from hypothesis import strategies as st

from broker import oprf
from broker.errors import BadInput
from broker.keys import dleq

VECTORS = Path(__file__).parents[1] / "vectors"
MULTIPLES = json.loads((VECTORS / "ristretto255.json").read_text())["multiples"]
OPRF = json.loads((VECTORS / "oprf.json").read_text())["oprf"]
VOPRF = json.loads((VECTORS / "voprf.json").read_text())
ONE = b"\x01" + bytes(31)
SHARE, PART, PARTS = 100, 1000, 10


def drawn(index: int) -> tuple[bytes, bytes, bytes, bytes]:
    """A message of 1 to 120 bytes, a key's seed, a blinding and a mask: the same for an index for ever."""
    stream = hashlib.shake_256(b"oracle %d" % index).digest(1 + 120 + 32 + 64 + 64)
    return stream[1 : 2 + stream[0] % 120], stream[121:153], oprf.scalar(stream[153:217]), oprf.scalar(stream[217:281])


def number(scalar: bytes) -> int:
    return int.from_bytes(scalar, "little")


def agree(index: int) -> None:
    """All three make the same of one input: in mode 0 the two that have it, in mode 1 all."""
    message, seed, blinding, mask = drawn(index)
    judge = voprf.ristretto.Evaluator.from_seed(seed, b"judge")
    server = plain.derive_key(seed, b"judge", mode=1)
    secret = server.to_bytes(32, "little")
    assert dleq.public_point(secret) == judge.public_key.serialize()
    for mode in (0, 1):
        hashed = plain.hash_to_group(message, mode=mode)
        assert oprf.hash_to_group(message, oprf.context_string(mode)) == plain.encode(hashed)
        token = plain.multiply(server, hashed)
        blinded = oprf.multiply(blinding, plain.encode(hashed))
        assert plain.encode(plain.multiply(number(blinding), hashed)) == blinded
        [point] = oprf.unmask(mask, [oprf.unblind(blinding, *oprf.evaluate(secret, mask, [blinded]))])
        assert point == plain.encode(token)
        assert oprf.finalize(message, point) == plain.output(message, token)
    assert judge.evaluate(voprf.ristretto.BlindedInput.deserialize(blinded)).serialize()[64:] == oprf.multiply(
        secret, blinded
    )
    assert judge.evaluate_known_input(message) == plain.output(message, token)


def test_the_oracles_agree_on_a_share_of_the_inputs() -> None:
    """A seeded share of the ten thousand, on every run."""
    for index in range(0, PART * PARTS, PART * PARTS // SHARE):
        agree(index)


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("part", range(PARTS))
def test_the_oracles_agree_on_ten_thousand_inputs(part: int) -> None:
    """All of them."""
    for index in range(part * PART, (part + 1) * PART):
        agree(index)


def test_keys_are_derived_as_rfc_9497_says() -> None:
    """DeriveKeyPair, by which the two oracles and we come to have the same key."""
    seed, info = bytes.fromhex(VOPRF["seed"]), bytes.fromhex(VOPRF["info"])
    assert plain.derive_key(seed, info, mode=1).to_bytes(32, "little").hex() == VOPRF["server_key"]
    assert plain.derive_key(seed, info, mode=0).to_bytes(32, "little").hex() == OPRF["secret"]
    assert voprf.ristretto.Evaluator.from_seed(seed, info).public_key.serialize().hex() == VOPRF["public"]


def test_the_plain_oracle_is_rfc_9496() -> None:
    """The multiples of the generator, by addition and by multiplication, and back from their bytes."""
    generator, total = plain.decode(bytes.fromhex(MULTIPLES[1])), plain.IDENTITY
    for times, expected in enumerate(MULTIPLES):
        assert plain.encode(total).hex() == plain.encode(plain.multiply(times, generator)).hex() == expected
        assert plain.encode(plain.decode(bytes.fromhex(expected))).hex() == expected
        total = plain.add(total, generator)
    assert pow(plain.SQRT_AD_MINUS_ONE, 2, plain.P) == (-plain.D - 1) % plain.P
    assert pow(plain.INVSQRT_A_MINUS_D, 2, plain.P) * (-1 - plain.D) % plain.P == 1
    assert plain.encode(plain.multiply(plain.ORDER - 1, generator)) != MULTIPLES[1]


@given(st.one_of(st.binary(min_size=32, max_size=32), st.integers(0, 2**255).map(lambda n: n.to_bytes(32, "little"))))
def test_both_take_the_same_bytes_for_points(data: bytes) -> None:
    """What one refuses, the other refuses, but for the identity, which we never take."""
    try:
        taken = any(plain.encode(plain.decode(data)))
    except ValueError:
        taken = False
    try:
        assert oprf.check_point(data) == data and taken
    except BadInput:
        assert not taken
