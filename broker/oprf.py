"""RFC 9497 mode 0 (OPRF, ristretto255-SHA512) over libsodium, and the mask that keeps the result from the agency.

    agency:        x -> H1(x), blinded with r           B = r * H1(x)
    linkage unit:  evaluates under k and a fresh mask s  E = (s k) * B
    agency:        removes r                             U = r^-1 * E = s k * H1(x)
    broker:        removes s                             P = s^-1 * U = k * H1(x)

`blind`, `evaluate` and `unblind` are the unmodified Blind, BlindEvaluate and the first step of Finalize of RFC 9497
section 3.3.1, with the server key s*k mod l: so its test vectors (appendix A.1.1) apply. Nobody but the broker learns
P, and the broker never sees r, k or H1(x). The mask is our own composition; docs/THREAT_MODEL.md says what it rests on.

Points and scalars are 32 bytes, little-endian, canonical (RFC 9496). The identity and anything that is not a canonical
encoding are refused with `BadInput`. Randomness is handed in: 64 uniform bytes make one scalar.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import accumulate, chain

import rbcl

from broker.errors import BadInput

SUITE = "ristretto255-SHA512"
POINT_BYTES = 32
SCALAR_BYTES = 32
SCALAR_SEED_BYTES = 64
_IDENTITY = bytes(POINT_BYTES)
_LEAST = 256
"""Points for which a further thread is worth its making."""


def context_string(mode: int = 0) -> bytes:
    """The contextString of RFC 9497 section 3.1 for `mode` (0 OPRF, 1 VOPRF, 2 POPRF)."""
    return b"OPRFV1-" + bytes([mode]) + b"-" + SUITE.encode()


def expand_message_xmd(message: bytes, dst: bytes, length: int = 64) -> bytes:
    """`length` (<= 64) uniform bytes from `message` under the domain `dst` with SHA-512 (RFC 9380 section 5.3.1).

    Raises `BadInput` beyond 64 bytes, which need more blocks than we ever ask for, and for a domain over 255 bytes.
    """
    if not 1 <= length <= 64 or len(dst) > 255:
        raise BadInput("expansion-invalid", "one expansion gives at most 64 bytes under a domain of at most 255")
    dst_prime = dst + bytes([len(dst)])
    b_0 = hashlib.sha512(bytes(128) + message + length.to_bytes(2, "big") + b"\x00" + dst_prime).digest()
    return hashlib.sha512(b_0 + b"\x01" + dst_prime).digest()[:length]


def hash_to_group(message: bytes, context: bytes = context_string()) -> bytes:
    """The point H1(message) (RFC 9497 section 4.1, HashToGroup)."""
    return bytes(rbcl.crypto_core_ristretto255_from_hash(expand_message_xmd(message, b"HashToGroup-" + context)))


def scalar(seed: bytes) -> bytes:
    """A non-zero scalar from 64 uniform bytes. Raises `BadInput` for another length or the (negligible) zero."""
    if len(seed) != SCALAR_SEED_BYTES:
        raise BadInput("scalar-invalid", "a scalar is made from 64 random bytes")
    reduced = bytes(rbcl.crypto_core_ristretto255_scalar_reduce(seed))
    if reduced == bytes(32):
        raise BadInput("scalar-invalid", "the random bytes make the zero scalar, draw again")
    return reduced


def check_point(point: bytes) -> bytes:
    """`point` itself, when it is a canonical encoding and not the identity; otherwise raises `BadInput`."""
    # libsodium 1.0.18 overlooks the highest bit, which would give every point a second spelling (RFC 9496, 4.3.1).
    well_formed = len(point) == POINT_BYTES and point != _IDENTITY and point[-1] < 0x80
    if not well_formed or not rbcl.crypto_core_ristretto255_is_valid_point(point):
        raise BadInput("point-invalid", "a point is not a canonical ristretto255 encoding or is the identity")
    return point


def check_scalar(factor: bytes) -> bytes:
    """`factor` itself, when it is a canonical scalar and not zero; otherwise raises `BadInput`.

    libsodium would take zero modulo the group's order in another spelling, and answer with the identity.
    """
    if len(factor) != SCALAR_BYTES or factor == bytes(SCALAR_BYTES):
        raise BadInput("scalar-invalid", "a scalar is not 32 bytes or is zero")
    if bytes(rbcl.crypto_core_ristretto255_scalar_reduce(factor + bytes(32))) != factor:
        raise BadInput("scalar-invalid", "a scalar is not smaller than the order of the group")
    return factor


def public_point(factor: bytes) -> bytes:
    """factor * G: what everybody may know of a linkage key. Raises `BadInput` unless `factor` is a scalar."""
    return bytes(rbcl.crypto_scalarmult_ristretto255_base(check_scalar(factor)))


def multiply(factor: bytes, point: bytes) -> bytes:
    """factor * point. Raises `BadInput` for a point that is not one, and for a scalar that makes the identity."""
    try:
        # Multiplying decodes the point, which refuses everything that is none but the spelling libsodium overlooks.
        if len(point) == POINT_BYTES and point[-1] < 0x80:
            return bytes(rbcl.crypto_scalarmult_ristretto255(factor, point))
    except (RuntimeError, ValueError):
        pass
    check_point(point)
    raise BadInput("scalar-invalid", "a scalar is not 32 bytes or is zero")


def multiply_each(factors: Sequence[bytes], points: Sequence[bytes]) -> list[bytes]:
    """Each factor * its point, on all cores where there are many. Raises as `multiply` does for the first wrong one."""
    parts = min(len(points) // _LEAST, os.cpu_count() or 1)
    if parts < 2:
        return _multiplied(factors, points)
    # libsodium lets go of the interpreter while it multiplies.
    with ThreadPoolExecutor(parts) as pool:
        size = -(-len(points) // parts)
        starts = range(0, len(points), size)
        return list(chain(*pool.map(lambda at: _multiplied(factors[at : at + size], points[at : at + size]), starts)))


def _multiplied(factors: Sequence[bytes], points: Sequence[bytes]) -> list[bytes]:
    return list(map(multiply, factors, points))


def blind(message: bytes, blinding: bytes) -> bytes:
    """B = r * H1(x) (RFC 9497 section 3.3.1, Blind)."""
    return multiply(blinding, hash_to_group(message))


def evaluate(server_scalar: bytes, mask: bytes, points: list[bytes]) -> list[bytes]:
    """E = (s k) * B for every blinded point (RFC 9497 section 3.3.1, BlindEvaluate, with server key s*k)."""
    masked = bytes(rbcl.crypto_core_ristretto255_scalar_mul(check_scalar(server_scalar), check_scalar(mask)))
    return multiply_each([masked] * len(points), points)


def blind_each(messages: Sequence[bytes], blindings: Sequence[bytes]) -> list[bytes]:
    """`blind` of each message with its own blinding."""
    return multiply_each(blindings, list(map(hash_to_group, messages)))


def unblind_each(blindings: Sequence[bytes], points: Sequence[bytes]) -> list[bytes]:
    """`unblind` of each point with its own blinding."""
    return multiply_each(invert_each(blindings), points)


def unblind(blinding: bytes, point: bytes) -> bytes:
    """U = r^-1 * E: what the agency posts, still under the mask (RFC 9497 section 3.3.1, Finalize without the hash)."""
    return multiply(invert(blinding), point)


def invert(factor: bytes) -> bytes:
    """The inverse of a scalar. Raises `BadInput` for zero, which would make every point the identity."""
    return bytes(rbcl.crypto_core_ristretto255_scalar_invert(check_scalar(factor)))


def invert_each(factors: Sequence[bytes]) -> list[bytes]:
    """The inverse of each scalar, of which one alone is inverted (P. Montgomery, Math. Comp. 48, 1987, 10.3.1).

    Raises `BadInput` as `invert` does.
    """
    products = list(accumulate(map(check_scalar, factors), _times))
    if not products:
        return []
    inverses, rest = [], invert(products[-1])
    for factor, before in zip(reversed(factors[1:]), reversed(products[:-1]), strict=True):
        inverses.append(_times(rest, before))
        rest = _times(rest, factor)
    return [rest, *reversed(inverses)]


def factor_between(old: bytes, new: bytes) -> bytes:
    """The factor k' * k^-1 that turns every k * H1(x) into k' * H1(x). Raises `BadInput` unless both are scalars."""
    return _times(invert(old), check_scalar(new))


def _times(one: bytes, other: bytes) -> bytes:
    return bytes(rbcl.crypto_core_ristretto255_scalar_mul(one, other))


def unmask(mask: bytes, points: list[bytes]) -> list[bytes]:
    """P = s^-1 * U for every masked point: what only the broker learns."""
    return multiply_each([invert(mask)] * len(points), points)


def finalize(message: bytes, unmasked: bytes) -> bytes:
    """The 64-byte OPRF output of RFC 9497 section 3.3.1; we store P itself, so only tests and other oracles need it."""
    parts = len(message).to_bytes(2, "big") + message + len(unmasked).to_bytes(2, "big") + unmasked + b"Finalize"
    return hashlib.sha512(parts).digest()
