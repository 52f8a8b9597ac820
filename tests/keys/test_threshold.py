"""The shared linkage key: any two of three make the very token of k, one has nothing, no wrong share passes."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ristretto255 import ORDER

from broker import oprf
from broker.errors import BadInput, Untrusted
from broker.keys import threshold
from broker.keys.dleq import public_point
from broker.keys.threshold import Dealt, Evaluated, Opened, Share

ONE, TWO = (bytes([n]) + bytes(31) for n in (1, 2))
seeds = st.binary(min_size=64, max_size=64).filter(any)
scalars = seeds.map(oprf.scalar)
NONCE = b"\x07" * 64


def evaluated_by(share: Share, blinded: list[bytes], mask: bytes) -> Evaluated:
    return threshold.evaluate(share, mask, points=blinded, nonce=mask * 2)


@given(
    k=scalars,
    slope=scalars,
    messages=st.lists(st.binary(min_size=1, max_size=40), min_size=1, max_size=3),
    blinding=scalars,
    masks=st.lists(scalars, min_size=3, max_size=3),
)
@settings(max_examples=20, deadline=None)
def test_any_two_of_three_give_the_very_token_of_k(
    k: bytes, slope: bytes, messages: list[bytes], blinding: bytes, masks: list[bytes]
) -> None:
    """Whichever two an agency reaches, through blinding, own masks and proofs, the broker gets k * H1(x)."""
    dealt = threshold.deal(k, [slope], holders=3)
    blinded = [oprf.blind(message, blinding) for message in messages]
    opened = []
    for share, mask in zip(dealt.shares, masks, strict=True):
        answer = evaluated_by(share, blinded, mask)
        threshold.check_evaluated(answer, blinded)
        threshold.check_mask(answer, mask, share_public=threshold.public_share(answer.number, dealt.commitments))
        unblinded = tuple(oprf.unblind(blinding, point) for point in answer.points)
        opened.append(Opened(answer.number, mask, unblinded))
    expected = [oprf.multiply(k, oprf.hash_to_group(message)) for message in messages]
    for some in [*itertools.permutations(opened, 2), opened]:
        assert threshold.tokens(some, threshold=2) == expected


@given(k=scalars, other=scalars, slope=scalars, number=st.integers(1, 3))
@settings(max_examples=40, deadline=None)
def test_one_share_fits_every_key(k: bytes, other: bytes, slope: bytes, number: int) -> None:
    """For any other key there is exactly one slope that makes the same share: a share alone says nothing of k."""
    share = threshold.deal(k, [slope], holders=3).shares[number - 1]
    value = int.from_bytes(share.secret, "little") - int.from_bytes(other, "little")
    fitting = (value * pow(number, -1, ORDER) % ORDER).to_bytes(32, "little")
    if any(fitting):
        assert threshold.deal(other, [fitting], holders=3).shares[number - 1] == share
        assert (fitting == slope) == (other == k)


def test_the_shares_of_one_key_are_spread_evenly() -> None:
    """Over 600 dealings of one key, each bit of the low byte of a holder's share is set about half the time."""
    k = oprf.scalar(b"\x05" * 64)
    slopes = [oprf.scalar(oprf.expand_message_xmd(b"%d" % index, b"slopes")) for index in range(600)]
    for number in range(3):
        low = [threshold.deal(k, [slope], holders=3).shares[number].secret[0] for slope in slopes]
        set_bits = [sum(value >> bit & 1 for value in low) for bit in range(8)]
        assert all(230 <= count <= 370 for count in set_bits), "five standard deviations are 61"


@given(k=scalars, slope=scalars, mask=scalars, wrong=scalars)
@settings(max_examples=15, deadline=None)
def test_a_wrong_share_is_caught_by_its_proof(k: bytes, slope: bytes, mask: bytes, wrong: bytes) -> None:
    """A holder that uses another key, changes a point or claims another mask is named; matching is not broken."""
    dealt = threshold.deal(k, [slope], holders=3)
    share, blinded = dealt.shares[0], [oprf.hash_to_group(b"a"), oprf.hash_to_group(b"b")]
    honest = evaluated_by(share, blinded, mask)
    if wrong != share.secret:
        other = evaluated_by(Share(1, wrong), blinded, mask)
        threshold.check_evaluated(other, blinded)
        with pytest.raises(Untrusted, match="holder 1 did not use the share"):
            threshold.check_mask(other, mask, share_public=share.public)
        with pytest.raises(Untrusted, match="proof"):
            threshold.check_evaluated(replace(other, public=honest.public), blinded)
    bent = replace(honest, points=(honest.points[0], oprf.multiply(TWO, honest.points[1])))
    for answer in (bent, replace(honest, points=honest.points[::-1]), replace(honest, points=honest.points[:1])):
        with pytest.raises(Untrusted, match=r"proof|number of points"):
            threshold.check_evaluated(answer, blinded)
    if mask != ONE:
        with pytest.raises(Untrusted, match="did not use the share"):
            threshold.check_mask(honest, ONE, share_public=share.public)


@given(k=scalars, slope=scalars, zeros=st.lists(scalars, min_size=3, max_size=3))
@settings(max_examples=15, deadline=None)
def test_a_refresh_keeps_k_and_spoils_old_shares(k: bytes, slope: bytes, zeros: list[bytes]) -> None:
    """New shares give k, a share of before beside one of after does not, and anybody can follow the public points."""
    before = threshold.deal(k, [slope], holders=3)
    dealings = [threshold.deal_zero([coefficient], holders=3) for coefficient in zeros]
    after = []
    for index, share in enumerate(before.shares):
        received = [dealing.shares[index] for dealing in dealings]
        for zero, dealing in zip(received, dealings, strict=True):
            threshold.check_share(zero, dealing.commitments, of_zero=True)
        after.append(threshold.refreshed(share, received))
    commitments = [dealing.commitments for dealing in dealings]
    assert [share.public for share in after] == [
        threshold.refreshed_public(share.public, share.number, commitments=commitments) for share in before.shares
    ]
    for one, other in itertools.combinations(range(3), 2):
        assert threshold.recover([after[one], after[other]], threshold=2) == k
        assert threshold.recover([before.shares[one], after[other]], threshold=2) != k


@given(envelope_key=scalars, slope=scalars, ephemeral=scalars, chosen=st.permutations(range(3)))
@settings(max_examples=10, deadline=None)
def test_two_of_three_open_an_envelope(envelope_key: bytes, slope: bytes, ephemeral: bytes, chosen: list[int]) -> None:
    """The shared point of an envelope comes from an opener and a helper, each with its proof, and from no one alone."""
    dealt = threshold.deal(envelope_key, [slope], holders=3)
    enc = public_point(ephemeral)
    parts = []
    for index in chosen[:2]:
        share = dealt.shares[index]
        answer = threshold.evaluate(share, ONE, points=[enc], nonce=bytes([1 + index]) * 64)
        threshold.check_evaluated(answer, [enc])
        threshold.check_mask(answer, ONE, share_public=share.public)
        parts.append(Opened(answer.number, ONE, answer.points))
    sealed_to = oprf.multiply(ephemeral, public_point(envelope_key))
    assert threshold.tokens(parts, threshold=2) == [sealed_to]
    assert all(part.points != (sealed_to,) for part in parts)


def test_a_dealer_who_cheats_is_caught() -> None:
    """A holder checks its share against the commitments that everybody sees."""
    dealt: Dealt = threshold.deal(oprf.scalar(b"\x01" * 64), [oprf.scalar(b"\x02" * 64)], holders=3)
    for share in dealt.shares:
        threshold.check_share(share, dealt.commitments)
    with pytest.raises(Untrusted, match="share 2"):
        threshold.check_share(replace(dealt.shares[1], secret=dealt.shares[2].secret), dealt.commitments)


def test_too_few_or_the_same_holder_twice_is_refused() -> None:
    """One holder's part is never taken for a token, and a share is not its own second."""
    share = threshold.deal(TWO, [ONE], holders=3).shares[0]
    part = Opened(1, ONE, (oprf.hash_to_group(b"x"),))
    for some in ([part], [part, part], []):
        with pytest.raises(BadInput, match="2 different holders"):
            threshold.tokens(some, threshold=2)
    with pytest.raises(BadInput, match="different holders"):
        threshold.recover([share], threshold=2)
    with pytest.raises(BadInput, match="same points"):
        threshold.tokens([part, Opened(2, ONE, ())], threshold=2)
    with pytest.raises(BadInput, match="another holder"):
        threshold.refreshed(share, [Share(2, ONE)])


@pytest.mark.parametrize(("coefficients", "holders"), [(0, 3), (3, 3), (1, 17)])
def test_a_sharing_that_protects_nothing_is_refused(coefficients: int, holders: int) -> None:
    """One of three is no sharing, four of three none at all."""
    with pytest.raises(BadInput, match="shared"):
        threshold.deal(TWO, [ONE] * coefficients, holders=holders)


def test_no_share_is_in_a_repr() -> None:
    """A traceback shows neither share nor mask."""
    dealt = threshold.deal(TWO, [oprf.scalar(NONCE)], holders=2)
    shown = repr((dealt, Opened(1, dealt.shares[0].secret, ())))
    assert all(part not in shown for part in (repr(dealt.shares[0].secret), dealt.shares[0].secret.hex()))
