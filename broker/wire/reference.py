"""The name by which an answer is called on the telephone: its first 40 bits in Crockford's base 32.

It names an entry of the audit log and nobody. Whoever holds the answer's receipt can make it again.
"""

from __future__ import annotations

from broker.errors import BadInput

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CHECK = _CROCKFORD + "*~$=U"
_MISHEARD = str.maketrans("OIL", "011")


def spoken_reference(entry_id: bytes) -> str:
    """The first 40 bits of an answer's audit event in Crockford's base 32, with his check character: `7ZQF-1K0M-R`."""
    number = int.from_bytes(entry_id[:5], "big")
    text = "".join(_CROCKFORD[number >> shift & 31] for shift in range(35, -1, -5))
    return f"{text[:4]}-{text[4:]}-{_CHECK[number % 37]}"


def reference_prefix(reference: str) -> bytes:
    """The 5 bytes behind a spoken reference, as somebody heard it. Raises `BadInput` when its check does not fit."""
    heard = reference.upper().replace("-", "").replace(" ", "").translate(_MISHEARD)
    body, check = heard[:-1], heard[-1:]
    if len(body) != 8 or any(character not in _CROCKFORD for character in body):
        raise BadInput("reference-invalid", "a reference is eight characters and a check character", field="reference")
    number = 0
    for character in body:
        number = number * 32 + _CROCKFORD.index(character)
    if _CHECK[number % 37] != check:
        raise BadInput("reference-misheard", "the reference's check character does not fit", hint="ask for it again")
    return number.to_bytes(5, "big")
