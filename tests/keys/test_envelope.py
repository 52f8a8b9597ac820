"""A record at rest: every part opens in its own place only, and dies with its data key."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.errors import Untrusted
from broker.keys import envelope
from broker.keys.custodial import InMemoryKek
from broker.keys.envelope import DataKey, RecordName

NAME = RecordName("csc", b"r" * 16, 3)
KEY = DataKey(b"d" * 32)
WRAPPING_KEY = InMemoryKek(b"w" * 32)
NONCE = b"n" * 12


def wrapped_key() -> bytes:
    return envelope.wrap_each(WRAPPING_KEY, [(NAME, KEY)], nonces=[NONCE])[0]


@given(plaintext=st.binary(max_size=2000), step=st.sampled_from([1, 16, 256, 1024]))
def test_a_part_comes_back(plaintext: bytes, step: int) -> None:
    """Whatever is sealed opens to the same bytes, behind a length that is a multiple of the step."""
    sealed = KEY.seal(NAME, "payload", plaintext=plaintext, nonce=NONCE, step=step)
    assert KEY.open(NAME, "payload", sealed) == plaintext
    assert (len(sealed) - 28) % step == 0


def test_a_length_tells_little() -> None:
    """Short parts of different length look the same."""
    lengths = {len(KEY.seal(NAME, "p", plaintext=bytes(n), nonce=NONCE)) for n in (0, 1, 100, 252)}
    assert lengths == {256 + 28}


@pytest.mark.parametrize(
    "name",
    [
        dataclasses.replace(NAME, source="eh"),
        dataclasses.replace(NAME, record_id=b"s" * 16),
        RecordName("csc", b"r" * 16, 4),
    ],
)
def test_a_part_moved_to_another_row_does_not_open(name: RecordName) -> None:
    """Neither the part nor the wrapped data key opens under another source, record or version."""
    sealed = KEY.seal(NAME, "payload", plaintext=b"x", nonce=NONCE)
    wrapped = wrapped_key()
    with pytest.raises(Untrusted):
        KEY.open(name, "payload", sealed)
    with pytest.raises(Untrusted):
        envelope.unwrap_each(WRAPPING_KEY, [(name, wrapped)])


def test_a_part_moved_within_its_row_does_not_open() -> None:
    """A payload can't stand in for the tokens, nor a wrapped key for a part."""
    sealed = KEY.seal(NAME, "payload", plaintext=b"x", nonce=NONCE)
    with pytest.raises(Untrusted):
        KEY.open(NAME, "tokens", sealed)
    same_key = DataKey(WRAPPING_KEY.secret)
    with pytest.raises(Untrusted):
        same_key.open(NAME, "", wrapped_key())


@given(position=st.integers(0, 28 + 255), bit=st.integers(0, 7))
def test_every_changed_bit_is_noticed(position: int, bit: int) -> None:
    """No bit of a sealed part can be changed."""
    sealed = bytearray(KEY.seal(NAME, "payload", plaintext=b"x", nonce=NONCE))
    sealed[position] ^= 1 << bit
    with pytest.raises(Untrusted):
        KEY.open(NAME, "payload", bytes(sealed))


@given(st.binary(max_size=60))
def test_bytes_that_were_never_sealed_raise_our_error(data: bytes) -> None:
    """Whatever is in the database, opening it raises `Untrusted` and nothing else."""
    with pytest.raises(Untrusted):
        KEY.open(NAME, "payload", data)


def test_a_data_key_comes_back_from_its_wrapping() -> None:
    """60 bytes hold it; another agency's key does not open them."""
    wrapped = wrapped_key()
    assert len(wrapped) == 60
    [opened] = envelope.unwrap_each(WRAPPING_KEY, [(NAME, wrapped)])
    assert opened.secret == KEY.secret
    with pytest.raises(Untrusted):
        envelope.unwrap_each(InMemoryKek(b"v" * 32), [(NAME, wrapped)])


def test_a_record_has_another_tag_in_every_entry() -> None:
    """Two audit leaves about one record can't be linked by it, and its own key finds it again."""
    assert KEY.tag("entry-1") == KEY.tag("entry-1") != KEY.tag("entry-2")
    assert len(KEY.tag("entry-1")) == 32


def test_a_record_s_day_tags_are_those_of_the_format() -> None:
    """Another implementation at an agency makes other tags, and finds no look at its own records."""
    key = KEY.seen_key()
    assert key == hmac.digest(KEY.secret, b"tysc/seen-key/v1\0", "sha256")
    message = b"tysc/seen/v1\0" + (10).to_bytes(4, "big") + b"2026-11-22"
    assert envelope.day_tag(key, dt.date(2026, 11, 22)) == hmac.digest(key, message, "sha256")[:16]


def test_repr_shows_no_secret() -> None:
    """A data key in a traceback or a log tells nothing."""
    assert "d" * 8 not in repr(KEY)
    assert KEY.secret.hex() not in repr(KEY)
