"""A prototype: the linkage key k shared among holders, of whom any two of three evaluate and one alone can do nothing.

    deal(k, [a], holders=3)                 shares k_i = k + a*i, public points k_i*G and commitments to check them by
    evaluate(share, mask, ...)              at holder i: E_i = (s_i k_i) * B with a proof under M_i = (s_i k_i) * G
    check_evaluated(evaluated, blinded)     at the agency, which knows B: the proof holds under M_i
    check_mask(evaluated, mask, ...)        at the broker, which opens s_i: M_i is s_i times the published k_i*G
    tokens([opened, opened], threshold=2)   at the broker: P = sum of (lambda_i / s_i) * U_i = k * H1(x)

Shamir's sharing over the scalar field of ristretto255, with Feldman's commitments; proofs of RFC 9497, mode 1. Nothing
serves this yet: docs/threshold.md has the protocol, and what it asks of the wire. Randomness is handed in, and every
scalar goes through libsodium, whose time does not depend on it.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field

import rbcl

from broker import oprf
from broker.errors import BadInput, Untrusted
from broker.keys import dleq

MAX_HOLDERS = 16


@dataclass(frozen=True)
class Share:
    """The value at `number` of a polynomial whose value at 0 is the shared secret."""

    number: int
    secret: bytes = field(repr=False)

    @property
    def public(self) -> bytes:
        """The point k_i*G that the holder's proofs are checked by."""
        return dleq.public_point(self.secret)


@dataclass(frozen=True)
class Dealt:
    """The holders' shares, to be sent one to each, and the public commitments to the polynomial, lowest first."""

    shares: tuple[Share, ...]
    commitments: tuple[bytes, ...]


@dataclass(frozen=True)
class Evaluated:
    """What one holder answers: its points in the order asked, and a proof that one key made them all."""

    number: int
    public: bytes
    points: tuple[bytes, ...]
    proof: dleq.Proof


@dataclass(frozen=True)
class Opened:
    """What the broker has of one holder: the mask it opened and the points that the agency unblinded."""

    number: int
    mask: bytes = field(repr=False)
    points: tuple[bytes, ...] = field(repr=False)


def deal(secret: bytes, coefficients: Sequence[bytes], *, holders: int) -> Dealt:
    """`secret` shared among `holders`, of whom one more than there are `coefficients` (random scalars) can use it."""
    oprf.check_scalar(secret)
    return _dealt((secret, *coefficients), holders)


def deal_zero(coefficients: Sequence[bytes], *, holders: int) -> Dealt:
    """Shares of zero, by which each holder refreshes everybody's shares without anybody learning the secret."""
    return _dealt((bytes(oprf.SCALAR_BYTES), *coefficients), holders)


def check_share(share: Share, commitments: Sequence[bytes], *, of_zero: bool = False) -> None:
    """Raises `Untrusted` unless the dealer gave this holder the value that `commitments` commit to."""
    expected = public_share(share.number, commitments, of_zero=of_zero)
    if not hmac.compare_digest(expected, share.public):
        raise Untrusted("share-invalid", f"share {share.number} does not fit the published commitments")


def public_share(number: int, commitments: Sequence[bytes], *, of_zero: bool = False) -> bytes:
    """The public point of the share `number`, which anybody can compute from the commitments."""
    [total, *rest] = reversed(commitments)
    for commitment in rest:
        total = _added(oprf.multiply(_small(number), total), commitment)
    return oprf.multiply(_small(number), total) if of_zero else total


def refreshed(share: Share, zeros: Sequence[Share]) -> Share:
    """The same holder's next share of the same secret; with shares of before and after mixed, nobody has anything."""
    total = share.secret
    for zero in zeros:
        if zero.number != share.number:
            raise BadInput("share-invalid", f"a share of zero is for another holder than {share.number}")
        total = bytes(rbcl.crypto_core_ristretto255_scalar_add(total, zero.secret))
    return Share(share.number, oprf.check_scalar(total))


def refreshed_public(public: bytes, number: int, *, commitments: Sequence[Sequence[bytes]]) -> bytes:
    """The public point of a refreshed share, from the commitments to every dealing of zero."""
    for dealing in commitments:
        public = _added(public, public_share(number, dealing, of_zero=True))
    return public


def evaluate(share: Share, mask: bytes, *, points: Sequence[bytes], nonce: bytes) -> Evaluated:
    """The holder's part for blinded `points` under its own fresh `mask`; `nonce` is 64 fresh uniform bytes."""
    masked = _times(oprf.check_scalar(mask), oprf.check_scalar(share.secret))
    public = dleq.public_point(masked)
    answered = tuple(oprf.evaluate(share.secret, mask, list(points)))
    pairs = list(zip(points, answered, strict=True))
    return Evaluated(share.number, public, answered, dleq.prove(masked, pairs, public=public, nonce=nonce))


def check_evaluated(evaluated: Evaluated, blinded: Sequence[bytes]) -> None:
    """Raises `Untrusted` unless one key, whose public point the answer names, made every point of it."""
    if len(evaluated.points) != len(blinded):
        raise Untrusted("proof-invalid", f"holder {evaluated.number} answered another number of points than were asked")
    dleq.check(evaluated.proof, list(zip(blinded, evaluated.points, strict=True)), public=evaluated.public)


def check_mask(evaluated: Evaluated, mask: bytes, *, share_public: bytes) -> None:
    """Raises `Untrusted` unless the key of the answer was the holder's published share under `mask`."""
    if not hmac.compare_digest(oprf.multiply(oprf.check_scalar(mask), share_public), evaluated.public):
        raise Untrusted("share-invalid", f"holder {evaluated.number} did not use the share that is published for it")


def tokens(opened: Sequence[Opened], *, threshold: int) -> list[bytes]:
    """The points P = k * H1(x), in order. Raises `BadInput` for fewer holders than `threshold` or unequal lists."""
    factors = _lagrange([one.number for one in opened], threshold)
    if len({len(one.points) for one in opened}) != 1:
        raise BadInput("share-invalid", "two holders' evaluations are not of the same points")
    scaled = []
    for factor, one in zip(factors, opened, strict=True):
        unmasking = _times(factor, oprf.invert(one.mask))
        scaled.append([oprf.multiply(unmasking, point) for point in one.points])
    return [_sum_of(column) for column in zip(*scaled, strict=True)]


def recover(shares: Sequence[Share], *, threshold: int) -> bytes:
    """The secret itself, for a ceremony that ends the sharing. Raises `BadInput` for fewer than `threshold`."""
    total = bytes(oprf.SCALAR_BYTES)
    for factor, share in zip(_lagrange([one.number for one in shares], threshold), shares, strict=True):
        total = bytes(rbcl.crypto_core_ristretto255_scalar_add(total, _times(factor, share.secret)))
    return oprf.check_scalar(total)


def _dealt(polynomial: Sequence[bytes], holders: int) -> Dealt:
    if not 2 <= len(polynomial) <= holders <= MAX_HOLDERS:
        raise BadInput("share-invalid", f"a secret is shared so that at least 2 of at most {MAX_HOLDERS} are needed")
    shares = []
    for number in range(1, holders + 1):
        [value, *rest] = reversed(polynomial)
        for coefficient in rest:
            value = bytes(rbcl.crypto_core_ristretto255_scalar_add(_times(value, _small(number)), coefficient))
        shares.append(Share(number, oprf.check_scalar(value)))
    committed = polynomial if any(polynomial[0]) else polynomial[1:]
    return Dealt(tuple(shares), tuple(dleq.public_point(coefficient) for coefficient in committed))


def _lagrange(numbers: Sequence[int], threshold: int) -> list[bytes]:
    """The factor of each share in the value at 0."""
    if (
        len(set(numbers)) != len(numbers)
        or not 2 <= threshold <= len(numbers)
        or not all(1 <= n <= MAX_HOLDERS for n in numbers)
    ):
        raise BadInput("shares-too-few", f"{threshold} different holders are needed", hint="ask another holder")
    factors = []
    for number in numbers:
        factor = _small(1)
        for other in numbers:
            if other != number:
                away = rbcl.crypto_core_ristretto255_scalar_sub(_small(other), _small(number))
                factor = _times(factor, _times(_small(other), oprf.invert(bytes(away))))
        factors.append(factor)
    return factors


def _small(number: int) -> bytes:
    return number.to_bytes(oprf.SCALAR_BYTES, "little")


def _times(one: bytes, other: bytes) -> bytes:
    return bytes(rbcl.crypto_core_ristretto255_scalar_mul(one, other))


def _added(one: bytes, other: bytes) -> bytes:
    return bytes(rbcl.crypto_core_ristretto255_add(oprf.check_point(one), oprf.check_point(other)))


def _sum_of(points: Sequence[bytes]) -> bytes:
    [total, *rest] = points
    for point in rest:
        total = _added(total, point)
    return oprf.check_point(total)
