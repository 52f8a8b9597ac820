"""Base64url has one spelling of every text of bytes, and no other is read."""

from __future__ import annotations

import binascii

from hypothesis import example, given
from hypothesis import strategies as st

from broker.wire.fields import decode64, encode64

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def read_slowly(text: str) -> bytes | None:
    """What the library reads, if it would write the same again."""
    try:
        data = binascii.a2b_base64(text.encode("ascii").translate(bytes.maketrans(b"-_", b"+/")) + b"==")
    except (UnicodeEncodeError, binascii.Error):
        return None
    return data if encode64(data) == text else None


def read(text: str) -> bytes | None:
    try:
        return decode64(text)
    except ValueError:
        return None


@given(st.text(_ALPHABET, max_size=40) | st.text(_ALPHABET + "+/= \n!é", max_size=8) | st.text(max_size=8))
@example("")
@example("A")
@example("AB")
@example("AA==")
@example("A+A_")
@example("AAAA=")
def test_only_what_would_be_written_is_read(text: str) -> None:
    """Two texts stand for the same bytes: what was signed or counted once comes again as something else."""
    assert read(text) == read_slowly(text)


@given(st.binary(max_size=100))
def test_what_is_written_is_read(data: bytes) -> None:
    """Bytes arrive as others."""
    assert decode64(encode64(data)) == data
