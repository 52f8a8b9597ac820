"""Base64 and decimal numbers with exactly one spelling each, so that no bit of a signed artefact is free to change.

A lenient decoder ignores the unused bits at the end of base64, or a leading zero: two texts, one meaning, and a
receipt that can be altered without anybody noticing. Every decoder here re-encodes and compares.
"""

from __future__ import annotations

import base64
import binascii
import re

MAX_NUMBER = 2**63 - 1
"""Largest size or index of a log, so that every other implementation can hold it in a signed 64-bit number."""

_URL_SAFE = bytes.maketrans(b"+/", b"-_")
_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)


def to_base64(data: bytes) -> str:
    """Standard base64 with padding (RFC 4648 section 4), as C2SP texts use it."""
    return binascii.b2a_base64(data, newline=False).decode("ascii")


def from_base64(text: str) -> bytes:
    """The bytes of canonical standard base64. Raises `ValueError` for any other spelling."""
    data = base64.b64decode(text.encode("ascii"), validate=True)
    if to_base64(data) != text:
        raise ValueError("not canonical base64")
    return data


def to_base64url(data: bytes) -> str:
    """Unpadded base64url (RFC 4648 section 5), as SD-JWT disclosures use it."""
    return binascii.b2a_base64(data, newline=False).translate(_URL_SAFE, b"=").decode("ascii")


def from_base64url(text: str) -> bytes:
    """The bytes of canonical unpadded base64url. Raises `ValueError` for any other spelling."""
    padded = text.encode("ascii") + b"=" * (-len(text) % 4)
    data = base64.b64decode(padded, altchars=b"-_", validate=True)
    if to_base64url(data) != text:
        raise ValueError("not canonical base64url")
    return data


def to_number(text: str) -> int:
    """A non-negative decimal without leading zeros, at most 2^63 - 1. Raises `ValueError` for any other spelling."""
    if not _DECIMAL.fullmatch(text) or int(text) > MAX_NUMBER:
        raise ValueError("not a decimal number")
    return int(text)
