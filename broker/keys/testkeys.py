"""Test keys that everybody may know: made of a name, and known again by their form wherever they turn up.

    published("broker/label")  ->  16 bytes of SHA-256 over the name, then 16 bytes that prove them published

The second half is a hash of the first, so that no list of names is needed to recognise one; a key that was drawn has
this form with a chance of 2^-124. The top four bits are zero, so that the same bytes are a scalar of ristretto255.
Rehearsals and vectors use these keys; a service that finds one among its secrets does not start for real people.
"""

from __future__ import annotations

import hashlib
import hmac
import itertools
from collections.abc import Callable

_KNOWN = b"published test key, never for people"
_HALF = 16
_FEW = 8
_ELSEWHERE = frozenset(
    bytes.fromhex(text)
    for text in (
        # RFC 8032, 7.1, tests 1 to 3 and 1024.
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "f5e5767cf153319517630f226876b86c8160cc583bc013744c6bf255f5cc0ee5",
        # RFC 9497, A.1.1, skSm.
        "5ebcea5ee37023ccb9fc2d2019f9d7737be85591ae8652ffa9ef0f4d37063b0e",
        # RFC 7748, 6.1, the private keys of both sides.
        "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a",
        "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
    )
)
"""Private keys that are printed in standards."""


def published(name: str) -> bytes:
    """The published test key of 32 bytes called `name`: a seed, a symmetric key or a scalar."""
    first = hashlib.sha256(_KNOWN + name.encode()).digest()[:_HALF]
    return first + _proof(first)


def is_published(value: bytes) -> bool:
    """Whether `value` is a key that everybody may know: ours, printed in a standard, or a trivial pattern."""
    whole = len(value) == 2 * _HALF
    ours = whole and hmac.compare_digest(value[_HALF:], _proof(value[:_HALF]))
    # Random bytes repeat so much, or count upwards, about never.
    trivial = len(value) >= _HALF and (len(set(value)) < _FEW or len(_steps(value)) == 1)
    return ours or trivial or value in _ELSEWHERE


def published_random(name: str) -> Callable[[int], bytes]:
    """What stands in for chance in a rehearsal: the n-th draw is the published key `<name>/<n>`, the same every time.

    64 bytes make the scalar that the key itself is; other lengths than 32 and 64 are for nonces and the like.
    """
    drawn = 0

    def draw(count: int) -> bytes:
        nonlocal drawn
        drawn += 1
        key = published(f"{name}/{drawn}")
        if count in (len(key), 2 * len(key)):
            return key + bytes(count - len(key))
        return hashlib.shake_256(_KNOWN + key).digest(count)

    return draw


def _proof(first: bytes) -> bytes:
    proof = hashlib.sha256(_KNOWN + first).digest()[:_HALF]
    return proof[:-1] + bytes([proof[-1] & 0x0F])


def _steps(value: bytes) -> set[int]:
    return {(after - before) % 256 for before, after in itertools.pairwise(value)}
