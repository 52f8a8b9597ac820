"""Labels: different for every source and match key, and a row that opens nowhere but in its own place."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.errors import Untrusted
from broker.keys import labels

KEY = b"k" * 32
POINT = b"p" * 32
NONCE = b"n" * 12
RECORD = b"r" * 16


@given(st.lists(st.tuples(st.integers(1, 255), st.binary(min_size=32, max_size=32)), max_size=8))
def test_many_labels_are_made_as_each_is(points: list[tuple[int, bytes]]) -> None:
    """What is looked up must be what was stored."""
    assert labels.labels_at(KEY, "csc", points) == [labels.label(KEY, "csc", number=n, point=p) for n, p in points]


def test_a_label_is_an_hmac_of_its_parts() -> None:
    """The bytes are fixed: a change would lose every stored record."""
    message = b"tysc/label/v1\0" + b"\0\0\0\x03csc" + b"\0\0\0\x01\x04" + b"\0\0\0\x20" + POINT
    assert labels.label(KEY, "csc", number=4, point=POINT) == hmac.digest(KEY, message, hashlib.sha256)[:16]


@given(
    st.lists(
        st.tuples(st.sampled_from(["csc", "eh", "hs"]), st.integers(1, 19), st.sampled_from([POINT, b"q" * 32])),
        unique=True,
        min_size=2,
        max_size=12,
    )
)
def test_no_two_sources_match_keys_or_points_share_a_label(parts: list[tuple[str, int, bytes]]) -> None:
    """Nothing that two agencies posted about one person is equal at rest."""
    made = {labels.label(KEY, source, number=number, point=point) for source, number, point in parts}
    assert len(made) == len(parts)


def test_a_reference_opens_in_its_own_row() -> None:
    """The record's id comes back, and 44 bytes are stored for it."""
    row_label = labels.label(KEY, "csc", number=4, point=POINT)
    sealed = labels.seal_reference(KEY, RECORD, source="csc", row_label=row_label, nonce=NONCE)
    assert len(sealed) == 44
    assert labels.open_reference(KEY, sealed, source="csc", row_label=row_label) == RECORD


@pytest.mark.parametrize("change", ["source", "label", "key", "nonce", "ciphertext", "tag", "empty"])
def test_a_moved_or_changed_row_does_not_open(change: str) -> None:
    """A reference copied to another label or source, or changed anywhere, raises."""
    row_label = b"l" * 16
    sealed = bytearray(labels.seal_reference(KEY, RECORD, source="csc", row_label=row_label, nonce=NONCE))
    for name, place in {"nonce": 0, "ciphertext": 12, "tag": 43}.items():
        if change == name:
            sealed[place] ^= 1
    with pytest.raises(Untrusted):
        labels.open_reference(
            b"x" * 32 if change == "key" else KEY,
            b"" if change == "empty" else bytes(sealed),
            source="eh" if change == "source" else "csc",
            row_label=b"m" * 16 if change == "label" else row_label,
        )
