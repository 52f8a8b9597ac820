"""A second opinion on ristretto255 and the OPRF over it: plain integers, written from RFC 9496, 9380 and 9497.

It shares no code, no library and no trick with `broker/oprf.py`. It is slow and its time depends on its inputs, so it
is for tests alone.

    encode(multiply(7, decode(point)))          RFC 9496, sections 4.3.1 and 4.3.2
    encode(hash_to_group(b"x", mode=0))         RFC 9497, section 4.1; RFC 9496, section 4.3.4
"""

from __future__ import annotations

import hashlib
from typing import TypeAlias

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
SQRT_M1 = pow(2, (P - 1) // 4, P)
# The signs of these two roots are the ones that RFC 9496, section 4.1, fixes.
SQRT_AD_MINUS_ONE = 25063068953384623474111414158702152701244531502492656460079210482610430750235
INVSQRT_A_MINUS_D = 54469307008909316920995813868745141605393597292927456921205312896311721017578

Point: TypeAlias = tuple[int, int, int, int]
"""Extended coordinates (X, Y, Z, T) on the twisted Edwards curve with a = -1."""

IDENTITY: Point = (0, 1, 1, 0)


def _negative(value: int) -> bool:
    return value % P % 2 == 1


def _absolute(value: int) -> int:
    return -value % P if _negative(value) else value % P


def sqrt_ratio(u: int, v: int) -> tuple[bool, int]:
    """Whether u/v is a square, and the non-negative root of it or of SQRT_M1 * u/v (RFC 9496, section 4.2)."""
    root = u * v**3 * pow(u * v**7, (P - 5) // 8, P) % P
    check, u = v * root * root % P, u % P
    if check in (-u % P, -u * SQRT_M1 % P):
        root = root * SQRT_M1 % P
    return check in (u, -u % P), _absolute(root)


def decode(data: bytes) -> Point:
    """The point of 32 bytes. Raises `ValueError` unless they are its one encoding."""
    s = int.from_bytes(data, "little")
    if len(data) != 32 or s >= P or _negative(s):
        raise ValueError("not a canonical encoding")
    u1, u2 = 1 - s * s, 1 + s * s
    v = (-D * u1 * u1 - u2 * u2) % P
    square, inverse = sqrt_ratio(1, v * u2 * u2 % P)
    den_x = inverse * u2 % P
    x, y = _absolute(2 * s * den_x), u1 * inverse * den_x * v % P
    if not square or _negative(x * y) or y == 0:
        raise ValueError("not a point")
    return x, y, 1, x * y % P


def encode(point: Point) -> bytes:
    """The 32 bytes that stand for a point."""
    x, y, z, t = point
    u1, u2 = (z + y) * (z - y) % P, x * y % P
    _, inverse = sqrt_ratio(1, u1 * u2 * u2 % P)
    den1, den2 = inverse * u1 % P, inverse * u2 % P
    z_inverse = den1 * den2 * t % P
    if _negative(t * z_inverse):
        x, y, den2 = y * SQRT_M1 % P, x * SQRT_M1 % P, den1 * INVSQRT_A_MINUS_D % P
    if _negative(x * z_inverse):
        y = -y
    return _absolute(den2 * (z - y)).to_bytes(32, "little")


def add(one: Point, other: Point) -> Point:
    """The sum of two points."""
    (x1, y1, z1, t1), (x2, y2, z2, t2) = one, other
    a, b = (y1 - x1) * (y2 - x2) % P, (y1 + x1) * (y2 + x2) % P
    c, d = 2 * D * t1 * t2 % P, 2 * z1 * z2 % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def multiply(factor: int, point: Point) -> Point:
    """factor * point, four bits at a time."""
    table = [IDENTITY]
    for _ in range(15):
        table.append(add(table[-1], point))
    total = IDENTITY
    for digit in f"{factor % ORDER:x}":
        for _ in range(4):
            total = add(total, total)
        total = add(total, table[int(digit, 16)])
    return total


def _map(t: int) -> Point:
    r = SQRT_M1 * t * t % P
    u, v = (r + 1) * (1 - D * D) % P, (-1 - r * D) * (r + D) % P
    square, s = sqrt_ratio(u, v)
    s, c = (s, -1) if square else (-_absolute(s * t), r)
    n = (c * (r - 1) * (D - 1) ** 2 - v) % P
    w0, w1, w2, w3 = 2 * s * v, n * SQRT_AD_MINUS_ONE, 1 - s * s, 1 + s * s
    return w0 * w3 % P, w2 * w1 % P, w1 * w3 % P, w0 * w2 % P


def from_uniform(data: bytes) -> Point:
    """The point of 64 uniform bytes."""
    halves = (int.from_bytes(data[start : start + 32], "little") % 2**255 for start in (0, 32))
    return add(*(_map(half % P) for half in halves))


def expand(message: bytes, dst: bytes) -> bytes:
    """expand_message_xmd with SHA-512 to 64 bytes (RFC 9380, section 5.3.1)."""
    suffix = dst + len(dst).to_bytes(1, "big")
    first = hashlib.sha512(bytes(128) + message + b"\x00\x40\x00" + suffix).digest()
    return hashlib.sha512(first + b"\x01" + suffix).digest()


def context(mode: int) -> bytes:
    return b"OPRFV1-%c-ristretto255-SHA512" % mode


def hash_to_group(message: bytes, *, mode: int) -> Point:
    return from_uniform(expand(message, b"HashToGroup-" + context(mode)))


def hash_to_scalar(message: bytes, dst: bytes) -> int:
    return int.from_bytes(expand(message, dst), "little") % ORDER


def derive_key(seed: bytes, info: bytes, *, mode: int) -> int:
    """DeriveKeyPair of RFC 9497, section 3.2.1, whose first attempt never fails but with negligible probability."""
    message = seed + len(info).to_bytes(2, "big") + info + b"\x00"
    return hash_to_scalar(message, b"DeriveKeyPair" + context(mode))


def output(message: bytes, evaluated: Point) -> bytes:
    """The hash at the end of Finalize, of the unblinded element."""
    element = encode(evaluated)
    framed = b"".join(len(part).to_bytes(2, "big") + part for part in (message, element))
    return hashlib.sha512(framed + b"Finalize").digest()
