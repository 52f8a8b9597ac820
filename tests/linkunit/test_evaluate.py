"""The evaluation: what the broker gets out of it, what it is bound to, and what is refused before it."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st
from unit_and_askers import LINKAGE_KEY, SCHEME, asked, blinded, secret

from broker import oprf
from broker.errors import BadInput, BrokerError, Conflict, NotAllowed, Untrusted
from broker.keys import context, sealing, signing
from broker.linkunit.evaluate import EvaluationKeys, Terms, check, evaluate
from broker.wire.evaluation import EvaluateAnswer, mask_context

BROKER_SEAL = sealing.hybrid_private(secret("broker.seal"))
SIGNING_KEY = Ed25519PrivateKey.from_private_bytes(secret("linkage_unit.signing"))
LATER_KEY = oprf.scalar(b"k" * 64)
KEYS = EvaluationKeys(
    {1: LINKAGE_KEY, 2: LATER_KEY},
    SIGNING_KEY,
    sealing.hybrid_public(sealing.hybrid_public_bytes(secret("broker.seal"))),
)
TERMS = Terms(epochs=(1, 2), scheme=SCHEME, max_points=40)
BLINDING = oprf.scalar(b"r" * 64)
NONCE = b"n" * 16
seeds = st.binary(min_size=64, max_size=64).filter(any)


def open_mask(answer: EvaluateAnswer, **changes: Any) -> bytes:
    evaluation = answer.evaluation.model_copy(update=changes)
    info = context.bind(context.MASK, mask_context(evaluation, evaluation.nonce))
    return sealing.open_hybrid(answer.evaluation.mask, BROKER_SEAL, info=info)


@given(messages=st.lists(st.binary(min_size=1, max_size=40), min_size=1, max_size=4), seed=seeds)
@settings(max_examples=20, deadline=None)
def test_the_broker_gets_the_point_and_nobody_else_does(messages: list[bytes], seed: bytes) -> None:
    """Unblinded by the agency and unmasked by the broker, each point is k * H1(x), in the order asked."""
    answer = evaluate(asked(*map(blinded, messages)), KEYS, seed=seed, nonce=NONCE, expires=100)
    posted = [oprf.unblind(BLINDING, point) for point in answer.points]
    expected = [oprf.multiply(LINKAGE_KEY, oprf.hash_to_group(message)) for message in messages]
    assert oprf.unmask(open_mask(answer), posted) == expected
    assert posted != expected


@pytest.mark.parametrize(("epoch", "key"), [(1, LINKAGE_KEY), (2, LATER_KEY)])
def test_each_open_epoch_is_evaluated_under_its_own_key(epoch: int, key: bytes) -> None:
    """While the linkage key changes, agencies that read the trust list earlier or later are both answered."""
    request = asked(blinded(b"x"), epoch=epoch)
    check(request, "council", terms=TERMS)
    answer = evaluate(request, KEYS, seed=b"s" * 64, nonce=NONCE, expires=100)
    [posted] = oprf.unblind_each([BLINDING], answer.points)
    assert oprf.unmask(open_mask(answer), [posted]) == [oprf.multiply(key, oprf.hash_to_group(b"x"))]
    assert answer.evaluation.epoch == epoch


def test_two_evaluations_of_one_input_have_nothing_in_common() -> None:
    """An agency can't compare what it gets, not even with itself."""
    point = blinded(b"x")
    first = evaluate(asked(point), KEYS, seed=b"1" * 64, nonce=NONCE, expires=100)
    second = evaluate(asked(point), KEYS, seed=b"2" * 64, nonce=NONCE, expires=100)
    assert first.points != second.points
    assert first.evaluation.mask != second.evaluation.mask


def test_the_evaluation_says_what_was_asked_and_is_signed() -> None:
    """The broker reads from it for whom, for what, how much and until when."""
    request = asked(blinded(b"x"), blinded(b"y"), use="ask", id=b"t" * 16)
    answer = evaluate(request, KEYS, seed=b"s" * 64, nonce=NONCE, expires=1234)
    said = answer.evaluation
    signing.verify(said, context.EVALUATION, public_key=SIGNING_KEY.public_key())
    assert (said.agency, said.use, said.id, said.epoch, said.scheme) == ("council", "ask", b"t" * 16, 1, SCHEME)
    assert (said.nonce, said.count, said.expires) == (NONCE, 2, 1234)


@pytest.mark.parametrize("change", [
    {"agency": "homes"}, {"use": "ask"}, {"id": b"j" * 16}, {"nonce": b"o" * 16}, {"epoch": 2}, {"scheme": "ab" * 32},
])  # fmt: skip
def test_a_mask_opens_for_its_own_evaluation_only(change: dict[str, Any]) -> None:
    """Masks can't be exchanged between agencies, uses, deliveries, evaluations, epochs or schemes."""
    answer = evaluate(asked(blinded(b"x")), KEYS, seed=b"s" * 64, nonce=NONCE, expires=100)
    assert open_mask(answer) == oprf.scalar(b"s" * 64)
    with pytest.raises(Untrusted):
        open_mask(answer, **change)


def test_a_question_and_a_delivery_are_accepted() -> None:
    """As many points as each may have."""
    point = blinded(b"x")
    check(asked(*[point] * 40), "council", terms=TERMS)
    check(asked(*[point] * 30, use="ask"), "council", terms=TERMS)


POINT = blinded(b"x")
REFUSED: dict[str, tuple[dict[str, Any], type[BrokerError], str, str]] = {
    "another agency": ({"agency": "homes"}, NotAllowed, "agency-mismatch", "agency"),
    "another epoch": ({"epoch": 3}, Conflict, "epoch-wrong", "epoch"),
    "another scheme": ({"scheme": "ab" * 32}, Conflict, "scheme-wrong", "scheme"),
    "too many for a delivery": ({"points": (POINT,) * 41}, BadInput, "points-too-many", "points"),
    "too many for a question": ({"points": (POINT,) * 31, "use": "ask"}, BadInput, "points-too-many", "points"),
    "the identity": ({"points": (POINT, bytes(32))}, BadInput, "point-invalid", "points.1"),
    "not canonical": ({"points": (b"\xff" * 32, POINT)}, BadInput, "point-invalid", "points.0"),
}


@pytest.mark.parametrize(("changes", "kind", "code", "field"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_refused(changes: dict[str, Any], kind: type[BrokerError], code: str, field: str) -> None:
    """Each refusal has its code and the place, and repeats nothing of the request."""
    request = asked(POINT).model_copy(update=changes)
    with pytest.raises(kind) as caught:
        check(request, "council", terms=TERMS)
    assert (caught.value.code, caught.value.field) == (code, field)
    assert not any(point.hex() in str(caught.value) for point in request.points)


def test_repr_shows_no_secret() -> None:
    """The linkage key can't be logged by accident."""
    assert repr(KEYS) == "EvaluationKeys()"
