"""Test keys: everybody may know them, so nothing real may rest on one."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker import oprf
from broker.keys.testkeys import is_published, published, published_random


def test_the_same_name_makes_the_same_key_for_ever() -> None:
    """Rehearsals would not come out byte for byte the same."""
    assert published("broker/label").hex() == published("broker/label").hex()
    assert published("a").hex() == "34e6192326bc79b63e98d3b5230de29aee0eb4c72c4c67cc100d1a15ff3aee06"
    assert published("a") != published("b")


@given(st.text(max_size=60))
def test_every_test_key_is_known_again_and_is_a_scalar(name: str) -> None:
    """A service would start for real people on a key that stands in a public repository."""
    key = published(name)
    assert is_published(key) and oprf.check_scalar(key) == key
    assert oprf.scalar(published_random(name)(64)) == published(f"{name}/1")


@given(st.binary(min_size=32, max_size=32).filter(lambda data: len(set(data)) >= 8))
def test_other_bytes_are_not_taken_for_one(data: bytes) -> None:
    """A service would refuse its own keys."""
    assert not is_published(data) or len({(b - a) % 256 for a, b in itertools.pairwise(data)}) == 1


@pytest.mark.parametrize(
    "value",
    [
        bytes(32),
        b"\x07" * 32,
        bytes(range(32)),
        b"ab" * 16,
        bytes(64),
        bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"),
        bytes.fromhex("5ebcea5ee37023ccb9fc2d2019f9d7737be85591ae8652ffa9ef0f4d37063b0e"),
    ],
)
def test_keys_from_standards_and_patterns_are_known(value: bytes) -> None:
    """The commonest keys that somebody typed in for a test."""
    assert is_published(value)


def test_a_changed_test_key_is_none() -> None:
    """The form would say nothing."""
    key = published("a")
    for index in range(31):
        assert not is_published(key[:index] + bytes([key[index] ^ 1]) + key[index + 1 :])


def test_draws_are_of_the_length_asked_for_and_differ() -> None:
    """Two secrets of a rehearsal would be one."""
    draw = published_random("rehearsal")
    drawn = [draw(count) for count in (32, 32, 64, 12, 16, 100)]
    assert [len(one) for one in drawn] == [32, 32, 64, 12, 16, 100]
    assert len({one[:12] for one in drawn}) == len(drawn)
    again = published_random("rehearsal")
    assert again(32) == drawn[0] and again(32) == drawn[1]
