"""Tokens: the bytes a match key becomes, and the scheme they rest on."""

from __future__ import annotations

import hashlib
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.errors import BadInput, BrokerError, Misconfigured
from broker.keys.statement import LAYOUTS
from broker.tokens import MAX_TOKENS, Token, atom_type, load_scheme, oprf_input, packaged, parse_scheme

SCHEME = load_scheme()
THREE = next(key for key in SCHEME.match_keys if len(key.atoms) == 3)
_IDENTIFIERS = {"nhs", "nin", "upn"}


def test_the_packaged_scheme_is_whole() -> None:
    """Two agencies that load the scheme would make different keys, or keys of atoms nobody can make."""
    data = resources.files("broker.schemes").joinpath("uk-person-1.toml").read_bytes()
    assert SCHEME.digest == hashlib.sha256(data).digest()
    numbers = [match_key.number for match_key in SCHEME.match_keys]
    assert numbers == sorted(set(numbers)) and len(numbers) <= MAX_TOKENS
    for key in SCHEME.match_keys:
        assert key.identifier == bool(_IDENTIFIERS & {atom[:3] for atom in key.atoms})
        assert key.address == bool({"pc", "pcs", "pco", "pin", "uprn", "hnpc"} & set(key.atoms))
    assert len(SCHEME.atoms) == 71 <= min(layout.max_slots for layout in LAYOUTS.values())
    assert {slot for slot in SCHEME.atoms if atom_type(slot) in {"pc", "pcs", "hnpc"}} <= SCHEME.address_atoms
    assert (SCHEME.values_used("surname"), SCHEME.values_used("nhs"), SCHEME.values_used("dob")) == (3, 2, 1)


def test_every_slot_of_another_value_is_one_that_is_used() -> None:
    """A slot would stay empty for ever, or a value be held that no slot takes."""
    assert max(SCHEME.values_used(name) for name in ("surname", "forename", "postcode")) - 1 == max(
        int(slot.partition("#")[2]) for slot in SCHEME.atoms if "#" in slot
    )


def test_the_input_is_laid_out_as_documented() -> None:
    """Another language could not make the same tokens."""
    values = ("ann", "smi", "1984-03-12")
    expected = b"TYSC\x01" + bytes([THREE.number]) + b"\x00\x01" + SCHEME.digest[:8]
    expected += b"\x00\x0abrackwater\x00\x03ann\x00\x03smi\x00\x0a1984-03-12"
    assert oprf_input(SCHEME, THREE, values, "brackwater") == expected


_PARTS = st.lists(st.text(min_size=1, max_size=4), min_size=3, max_size=3)


@given(_PARTS, _PARTS, st.text(min_size=1, max_size=3), st.text(min_size=1, max_size=3))
def test_different_values_or_places_never_make_the_same_input(
    one: list[str], other: list[str], here: str, there: str
) -> None:
    """Two people, or one person in two places, would get the same token."""
    same = oprf_input(SCHEME, THREE, one, here) == oprf_input(SCHEME, THREE, other, there)
    assert same == ((one, here) == (other, there))


@pytest.mark.parametrize("values", [(), ("ann", "smi"), ("ann", "", "1984"), ("ann", "smi", "x" * 65_536)])
def test_an_incomplete_match_key_is_refused(values: tuple[str, ...]) -> None:
    """A key with a blank in it would join everybody who lacks that piece."""
    with pytest.raises(BadInput):
        oprf_input(SCHEME, THREE, values, "brackwater")


def test_a_match_key_without_a_place_or_number_is_refused() -> None:
    """Tokens of two places could be compared, or a key of another scheme be made."""
    with pytest.raises(BadInput):
        oprf_input(SCHEME, THREE, ("a", "b", "c"), "")
    with pytest.raises(BadInput):
        SCHEME.match_key(99)


def test_a_token_shows_nothing_and_has_the_right_size() -> None:
    """A token would end up in a log."""
    assert repr(Token(4, b"\x07" * 32)) == "<Token 4>"
    for number, point in ((0, b"\x07" * 32), (256, b"\x07" * 32), (4, b"\x07" * 31)):
        with pytest.raises(BadInput):
            Token(number, point)


def test_all_slots_of_a_neighbourhood_are_of_one_type() -> None:
    """The linkage unit could not see that a letter is missing at another place."""
    assert {atom_type(atom) for atom in SCHEME.atoms if "~" in atom} == {"fn~", "sn~"}
    assert atom_type("fn3") == "fn3"


def test_another_value_is_of_the_type_of_the_main_one() -> None:
    """A maiden name would never equal the name at birth."""
    assert (atom_type("sn#1"), atom_type("hnpc#2"), atom_type("nhs#1")) == ("sn", "hnpc", "nhs")
    assert atom_type("sn") == "sn"


@pytest.mark.parametrize("name", ["no-such-file.json", "../tokens.py", "", "uk-person-1.toml/", "/etc/passwd"])
def test_only_packaged_files_are_read(name: str) -> None:
    """A name from outside would open any file."""
    with pytest.raises(Misconfigured):
        packaged(name)
    assert hashlib.sha256(packaged("uk-person-1.toml")).digest() == SCHEME.digest


@pytest.mark.parametrize("name", ["no-such-scheme", "../uk-person-1", ""])
def test_an_unknown_scheme_stops_the_start(name: str) -> None:
    """A client would go on with a scheme that nobody else has."""
    with pytest.raises(Misconfigured):
        load_scheme(name)


@given(st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode)))
def test_any_bytes_as_a_scheme_raise_only_our_error(data: bytes) -> None:
    """A damaged installation would end in a traceback."""
    with pytest.raises(BrokerError):
        parse_scheme(data)


def test_a_scheme_with_repeated_numbers_is_refused() -> None:
    """One number would stand for two kinds of key."""
    data = resources.files("broker.schemes").joinpath("uk-person-1.toml").read_bytes()
    with pytest.raises(Misconfigured):
        parse_scheme(data.replace(b"number = 2\n", b"number = 1\n", 1))


@pytest.mark.parametrize(("right", "wrong"), [(b"surname = 3", b"surname = 0"), (b"version = 1", b"version = 70000")])
def test_a_scheme_with_impossible_numbers_is_refused(right: bytes, wrong: bytes) -> None:
    """A client would use no value of a field, or make inputs that are not laid out as documented."""
    with pytest.raises(Misconfigured):
        parse_scheme(packaged("uk-person-1.toml").replace(right, wrong, 1))
