"""Match keys and evidence atoms: complete ones only, the same for the same person, no address of a protected one."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.agency import names
from broker.agency.matchkeys import Person, atoms, evidence_atoms, match_keys
from broker.errors import Misconfigured
from broker.tokens import load_scheme

SCHEME = load_scheme()
ANNA = Person(
    forename="annabel",
    surname="smithson",
    dob="1984-03-12",
    sex="f",
    postcode="ZY14AB",
    nhs="9990000026",
    nino="ZJ103759",
    upn="H801200001001",
    uprn="100023336956",
    phone="+447700900123",
    email="anna@brackwater.test",
)

_NAME = st.text(alphabet="abcdefghijklmnopqrstuvwxyz", min_size=0, max_size=9)
PEOPLE = st.builds(
    Person,
    forename=_NAME,
    surname=_NAME,
    dob=st.one_of(st.just(""), st.dates().map(str)),
    sex=st.sampled_from(["", "m", "f"]),
    postcode=st.sampled_from(["", "ZY14AB", "ZY104AB", "M11AE"]),
    nhs=st.sampled_from(["", "9990000026"]),
    uprn=st.sampled_from(["", "100023336956"]),
)


def _by_number(person: Person) -> dict[int, tuple[str, ...]]:
    return dict(match_keys(person, SCHEME))


def test_a_complete_person_makes_every_match_key_and_fills_every_slot() -> None:
    """A key or atom of the scheme is never made."""
    assert [number for number, _ in match_keys(ANNA, SCHEME)] == [key.number for key in SCHEME.match_keys]
    assert None not in evidence_atoms(ANNA, SCHEME)


def test_the_atoms_are_those_of_the_scheme() -> None:
    """An atom is made that no key and no evidence uses, or one is missing."""
    used = {atom for key in SCHEME.match_keys for atom in key.atoms} | set(SCHEME.atoms)
    assert set(atoms(ANNA)) == used


@given(PEOPLE)
def test_only_held_atoms_are_used(person: Person) -> None:
    """Two people who both lack a date of birth would share a key."""
    keys = match_keys(person, SCHEME)
    assert all(all(values) for _, values in keys)
    assert [number for number, _ in keys] == sorted({number for number, _ in keys})
    assert len(evidence_atoms(person, SCHEME)) == len(SCHEME.atoms)


@given(PEOPLE)
def test_a_protected_person_posts_nothing_of_their_address(person: Person) -> None:
    """Somebody who guesses postcodes would find where a person in a refuge lives."""
    keys = match_keys(person, SCHEME, protected=True)
    assert all(not SCHEME.match_key(number).address for number, _ in keys)
    homeless = dataclasses.replace(person, postcode="", uprn="")
    assert keys == match_keys(homeless, SCHEME)
    assert evidence_atoms(person, SCHEME, protected=True) == evidence_atoms(homeless, SCHEME)


@given(PEOPLE)
def test_swapped_names_leave_the_swap_proof_keys_the_same(person: Person) -> None:
    """A form with the names in the wrong boxes would hide a person."""
    swapped = dataclasses.replace(person, forename=person.surname, surname=person.forename)
    for number in (12, 13):
        assert _by_number(person).get(number) == _by_number(swapped).get(number)


def test_swapped_day_and_month_leave_the_swap_proof_key_the_same() -> None:
    """An American date would hide a person."""
    swapped = dataclasses.replace(ANNA, dob="1984-12-03")
    assert _by_number(ANNA)[4] == _by_number(swapped)[4]
    assert _by_number(ANNA)[5] != _by_number(swapped)[5]


@pytest.mark.parametrize(
    ("changes", "kept"),
    [
        ({"forename": "anabel", "nhs": "", "nino": "", "upn": ""}, {4, 6, 8, 9}),
        ({"surname": "jones", "nhs": "", "nino": "", "upn": ""}, {8, 10}),
        ({"dob": "", "nhs": "", "nino": "", "upn": ""}, {7}),
        ({"postcode": "M11AE", "nhs": "", "nino": "", "upn": ""}, {4, 5, 6}),
        ({"forename": "x", "surname": "y", "dob": "", "postcode": "", "nino": "", "upn": ""}, {1}),
    ],
)
def test_one_broken_field_leaves_a_key(changes: dict[str, str], kept: set[int]) -> None:
    """A nickname, a marriage, a missing birthday or a move would hide a person."""
    ours, theirs = _by_number(ANNA), _by_number(dataclasses.replace(ANNA, **changes))
    assert kept <= {number for number in ours.keys() & theirs.keys() if ours[number] == theirs[number]}


def test_a_number_that_fails_its_check_is_used_for_its_halves_only() -> None:
    """One wrong digit would hide a person, or a wrong number be taken for a right one."""
    mistyped = dataclasses.replace(ANNA, nhs="", nhs_unchecked="9990000036", upn="", upn_unchecked="H801200001011")
    keys = _by_number(mistyped)
    assert 1 not in keys and 3 not in keys
    assert keys[14] == _by_number(ANNA)[14] and keys[18] == _by_number(ANNA)[18]
    assert keys[15] != _by_number(ANNA)[15]


def test_another_table_of_nicknames_is_refused() -> None:
    """An agency with another table would make keys that silently match nobody."""
    with pytest.raises(Misconfigured, match="nicknames"):
        match_keys(ANNA, dataclasses.replace(SCHEME, names_digest="0" * 64))
    assert names.table_digest() == SCHEME.names_digest


def test_a_person_shows_nothing() -> None:
    """A name would end up in a traceback."""
    assert repr(ANNA) == "<Person>"
