"""The OPRF: published vectors, an independent implementation, and the law that a mask changes nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import voprf.ristretto
from hypothesis import given, settings
from hypothesis import strategies as st

from broker import oprf
from broker.errors import BadInput

VECTORS = json.loads((Path(__file__).parent / "vectors" / "oprf.json").read_text())
ONE = b"\x01" + bytes(31)
messages = st.binary(min_size=1, max_size=300)
seeds = st.binary(min_size=64, max_size=64).filter(any)


@pytest.mark.parametrize("case", VECTORS["oprf"]["cases"], ids=lambda case: case["input"])
def test_rfc_9497_vectors(case: dict[str, str]) -> None:
    """Blind, BlindEvaluate and Finalize are the standard's, byte for byte."""
    message, blinding, secret = (
        bytes.fromhex(text) for text in (case["input"], case["blind"], VECTORS["oprf"]["secret"])
    )
    blinded = oprf.blind(message, blinding)
    assert blinded.hex() == case["blinded"]
    [evaluated] = oprf.evaluate(secret, ONE, [blinded])
    assert evaluated.hex() == case["evaluated"]
    assert oprf.finalize(message, oprf.unblind(blinding, evaluated)).hex() == case["output"]


def test_a_batch_is_evaluated_in_order() -> None:
    """Both vectors in one batch give both answers, in the order asked."""
    cases = VECTORS["oprf"]["cases"]
    points = [bytes.fromhex(case["blinded"]) for case in cases]
    evaluated = oprf.evaluate(bytes.fromhex(VECTORS["oprf"]["secret"]), ONE, points)
    assert [point.hex() for point in evaluated] == [case["evaluated"] for case in cases]


@pytest.mark.parametrize("case", VECTORS["expand"]["cases"], ids=lambda case: case["message"][:12] or "empty")
def test_rfc_9380_expansion(case: dict[str, str]) -> None:
    """expand_message_xmd is the standard's, also over messages longer than a block."""
    domain = VECTORS["expand"]["domain"].encode()
    assert oprf.expand_message_xmd(case["message"].encode(), domain, 32).hex() == case["bytes"]


@pytest.mark.parametrize(("length", "domain"), [(65, b"x"), (0, b"x"), (32, b"x" * 256)])
def test_an_expansion_beyond_one_block_is_refused(length: int, domain: bytes) -> None:
    """What we did not implement raises, and is never shorter or weaker than asked."""
    with pytest.raises(BadInput, match="expansion"):
        oprf.expand_message_xmd(b"", domain, length)


@given(message=messages, seed=st.binary(min_size=32, max_size=32), blinding=seeds)
@settings(max_examples=40, deadline=None)
def test_the_rust_implementation_agrees(message: bytes, seed: bytes, blinding: bytes) -> None:
    """In mode 1, which the independent implementation has, element and output are the same as its own."""
    judge = voprf.ristretto.Evaluator.from_seed(seed, b"judge")
    context = oprf.context_string(1)
    derived = oprf.expand_message_xmd(seed + b"\x00\x05judge\x00", b"DeriveKeyPair" + context)
    secret, factor = oprf.scalar(derived), oprf.scalar(blinding)
    blinded = oprf.multiply(factor, oprf.hash_to_group(message, context))
    [ours] = oprf.evaluate(secret, ONE, [blinded])
    theirs = judge.evaluate(voprf.ristretto.BlindedInput.deserialize(blinded)).serialize()
    assert ours in (theirs[:32], theirs[-32:])
    assert oprf.finalize(message, oprf.unblind(factor, ours)) == judge.evaluate_known_input(message)


@pytest.mark.parametrize("count", [0, 1, 5, 700])
def test_many_at_once_are_as_one_by_one(count: int) -> None:
    """A chunk's points come out in their order, on however many cores."""
    inputs = [number.to_bytes(4, "big") for number in range(count)]
    factors = [oprf.scalar(number * 16) for number in inputs if any(number)] + [ONE] * min(count, 1)
    assert oprf.invert_each(factors) == list(map(oprf.invert, factors))
    blinded = oprf.blind_each(inputs, factors)
    assert blinded == list(map(oprf.blind, inputs, factors))
    assert oprf.unblind_each(factors, blinded) == list(map(oprf.unblind, factors, blinded))
    for wrong in (bytes(32), b"\xff" * 32):
        with pytest.raises(BadInput) as caught:
            oprf.multiply_each([*factors, ONE], [*blinded, wrong])
        assert caught.value.code == "point-invalid"


@given(message=messages, secret=seeds, blinding=seeds, mask=seeds)
@settings(max_examples=60, deadline=None)
def test_mask_and_blinding_change_nothing(message: bytes, secret: bytes, blinding: bytes, mask: bytes) -> None:
    """What the broker unmasks is k * H1(x), whatever the blinding and the mask; before that, nobody has it."""
    k, r, s = oprf.scalar(secret), oprf.scalar(blinding), oprf.scalar(mask)
    blinded = oprf.blind(message, r)
    [evaluated] = oprf.evaluate(k, s, [blinded])
    posted = oprf.unblind(r, evaluated)
    expected = oprf.multiply(k, oprf.hash_to_group(message))
    assert oprf.unmask(s, [posted]) == [expected]
    assert (posted == expected) == (s == ONE)


@given(first=messages, second=messages)
@settings(max_examples=30, deadline=None)
def test_different_inputs_are_different_points(first: bytes, second: bytes) -> None:
    """Two inputs share a point only when they are the same input."""
    assert (oprf.hash_to_group(first) == oprf.hash_to_group(second)) == (first == second)


@pytest.mark.parametrize(("name", "point"), VECTORS["points_refused"]["cases"])
def test_what_is_not_a_point_is_refused(name: str, point: str) -> None:
    """The identity, other lengths and every non-canonical encoding are refused wherever a point comes in."""
    bad = bytes.fromhex(point)
    for use in (oprf.check_point, lambda p: oprf.evaluate(ONE, ONE, [p]), lambda p: oprf.unmask(ONE, [p])):
        with pytest.raises(BadInput, match="point"):
            use(bad)


@given(st.binary(min_size=0, max_size=40))
def test_checking_a_point_raises_nothing_else(data: bytes) -> None:
    """Whatever the bytes, a point is accepted as it is or refused with our error."""
    try:
        assert oprf.check_point(data) == data
    except BadInput as error:
        assert error.code == "point-invalid"


@pytest.mark.parametrize(("name", "factor"), VECTORS["scalars_refused"])
def test_what_is_not_a_scalar_is_refused(name: str, factor: str) -> None:
    """A zero mask in any spelling would make every label the same; it is refused, also as key or blinding."""
    bad, point = bytes.fromhex(factor), oprf.hash_to_group(b"x")
    uses: list[Callable[[], object]] = [
        lambda: oprf.invert(bad),
        lambda: oprf.unmask(bad, [point]),
        lambda: oprf.unblind(bad, point),
        lambda: oprf.evaluate(bad, ONE, [point]),
        lambda: oprf.evaluate(ONE, bad, [point]),
    ]
    for use in uses:
        with pytest.raises(BadInput, match="scalar"):
            use()


@pytest.mark.parametrize("seed", [bytes(64), b"", bytes(63), b"\x01" * 32])
def test_a_scalar_needs_64_uniform_bytes(seed: bytes) -> None:
    """Short randomness is refused, never stretched."""
    with pytest.raises(BadInput, match="random"):
        oprf.scalar(seed)


def test_a_product_with_zero_is_refused() -> None:
    """The identity never comes out."""
    with pytest.raises(BadInput, match="scalar"):
        oprf.multiply(bytes(32), oprf.hash_to_group(b"x"))
