"""Match keys and evidence atoms: complete ones only, the same for the same person, no address of a protected one."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.agency import names
from broker.agency.matchkeys import Person, atoms, evidence_atoms, match_keys
from broker.errors import Misconfigured
from broker.tokens import MAX_TOKENS, MatchKey, Scheme, load_scheme

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
    middle="m",
    house="14",
    birth_place="leeds",
)
ALIASED = dataclasses.replace(
    ANNA,
    other_forenames=("nancy", "margot"),
    other_surnames=("quillfeather", "brightwater"),
    other_postcodes=("M11AE", "ZY104AB"),
    other_houses=("3", "rosecottage"),
    other_nhs="9990000018",
    other_nino="ZJ103760",
    other_upn="Y838200001001",
    other_phone="+447700900124",
    other_email="anna@home.test",
)

_NAME = st.text(alphabet="abcdefghijklmnopqrstuvwxyz", min_size=0, max_size=9)
_POSTCODE = st.sampled_from(["", "ZY14AB", "ZY104AB", "M11AE"])
_HOUSE = st.sampled_from(["", "14", "rosecottage"])
PEOPLE = st.builds(
    Person,
    forename=_NAME,
    surname=_NAME,
    dob=st.one_of(st.just(""), st.dates().map(str)),
    sex=st.sampled_from(["", "m", "f"]),
    postcode=_POSTCODE,
    house=_HOUSE,
    nhs=st.sampled_from(["", "9990000026"]),
    uprn=st.sampled_from(["", "100023336956"]),
)
_NAMES = st.lists(_NAME.filter(bool), max_size=4).map(tuple)
PEOPLE_WITH_OTHERS = st.builds(
    lambda person, **others: dataclasses.replace(person, **others),
    PEOPLE,
    other_forenames=_NAMES,
    other_surnames=_NAMES,
    other_postcodes=st.lists(_POSTCODE.filter(bool), max_size=3).map(tuple),
    other_houses=st.lists(_HOUSE, max_size=3).map(tuple),
    other_nhs=st.sampled_from(["", "9990000018"]),
    shared_forename=st.sampled_from(["", "mohammed"]),
)
_SURELY: dict[str, Any] = dict.fromkeys(("nhs", "nino", "upn"), "")


def _by_number(person: Person) -> dict[int, tuple[str, ...]]:
    return dict(match_keys(person, SCHEME))


def test_a_complete_person_makes_every_match_key_and_fills_every_slot() -> None:
    """A key or atom of the scheme is never made."""
    assert [number for number, _ in match_keys(ANNA, SCHEME)] == [key.number for key in SCHEME.match_keys]
    assert None not in evidence_atoms(ALIASED, SCHEME)
    empty = [slot for slot, value in zip(SCHEME.atoms, evidence_atoms(ANNA, SCHEME), strict=True) if value is None]
    assert empty == [slot for slot in SCHEME.atoms if "#" in slot]


def test_the_atoms_are_those_of_the_scheme() -> None:
    """An atom is made that no key and no evidence uses, or one is missing."""
    slots = {slot.partition("#")[0] for slot in SCHEME.atoms}
    assert {atom for key in SCHEME.match_keys for atom in key.atoms} | slots <= set(atoms(ANNA))
    assert set(atoms(ANNA)) - {"fnS", "snS"} <= slots


@given(PEOPLE)
def test_only_held_atoms_are_used(person: Person) -> None:
    """Two people who both lack a date of birth would share a key."""
    keys = match_keys(person, SCHEME)
    assert all(all(values) for _, values in keys)
    assert [number for number, _ in keys] == sorted({number for number, _ in keys})
    assert keys == match_keys(person, SCHEME)
    assert len(evidence_atoms(person, SCHEME)) == len(SCHEME.atoms)


@given(PEOPLE_WITH_OTHERS)
def test_a_protected_person_posts_nothing_of_their_address(person: Person) -> None:
    """Somebody who guesses postcodes, old ones too, would find where a person in a refuge lives."""
    keys = match_keys(person, SCHEME, protected=True)
    assert all(not SCHEME.match_key(number).address for number, _ in keys)
    homeless = dataclasses.replace(person, postcode="", house="", uprn="", other_postcodes=(), other_houses=())
    assert keys == match_keys(homeless, SCHEME)
    assert evidence_atoms(person, SCHEME, protected=True) == evidence_atoms(homeless, SCHEME)


@given(PEOPLE_WITH_OTHERS)
def test_other_values_only_add(person: Person) -> None:
    """An alias would take the place of the name that everybody knows, or a record hold more tokens than fit."""
    plain = dataclasses.replace(
        person,
        other_forenames=(),
        other_surnames=(),
        other_postcodes=(),
        other_houses=(),
        other_nhs="",
        shared_forename="",
    )
    keys, main = match_keys(person, SCHEME), match_keys(plain, SCHEME)
    assert keys[: len(main)] == main
    assert len(keys) == len(set(keys)) <= MAX_TOKENS
    slots = zip(SCHEME.atoms, evidence_atoms(plain, SCHEME), evidence_atoms(person, SCHEME), strict=True)
    assert all(one == other for slot, one, other in slots if "#" not in slot)


@given(PEOPLE_WITH_OTHERS)
def test_no_value_stands_in_two_slots_of_one_type(person: Person) -> None:
    """One name held twice would count as two that agree."""
    for base in {slot.partition("#")[0] for slot in SCHEME.atoms if "#" in slot}:
        values = [
            value
            for slot, value in zip(SCHEME.atoms, evidence_atoms(person, SCHEME), strict=True)
            if value and slot.partition("#")[0] == base
        ]
        assert len(values) == len(set(values))


def test_other_values_take_the_place_of_one_field_at_a_time() -> None:
    """Somebody who married and moved would be found by mixtures that are nobody's."""
    scheme = _scheme_of(("fn3", "sn3", "pc"), ("fn3", "sn3", "dob"))
    assert match_keys(ALIASED, scheme) == [
        (1, ("ann", "smi", "ZY14AB")),
        (2, ("ann", "smi", "1984-03-12")),
        (1, ("ann", "qui", "ZY14AB")),
        (1, ("ann", "smi", "M11AE")),
        (1, ("nan", "smi", "ZY14AB")),
        (2, ("ann", "qui", "1984-03-12")),
        (2, ("nan", "smi", "1984-03-12")),
        (1, ("ann", "bri", "ZY14AB")),
        (1, ("ann", "smi", "ZY104AB")),
        (1, ("mar", "smi", "ZY14AB")),
        (2, ("ann", "bri", "1984-03-12")),
        (2, ("mar", "smi", "1984-03-12")),
    ]


def _scheme_of(*keys: tuple[str, ...]) -> Scheme:
    """A scheme with these match keys and all else as in the shipped one."""
    made = [
        MatchKey(number, "|".join(key), key, identifier=False, forename=True, address="pc" in key)
        for number, key in enumerate(keys, start=1)
    ]
    return dataclasses.replace(SCHEME, match_keys=tuple(made))


def test_there_are_never_more_than_the_cap() -> None:
    """The broker would refuse a record because its person has many names."""
    halves = [(half, name) for half in ("fn1", "fn3", "fnp", "fnc", "sn1") for name in ("sn", "sn3", "snp", "pc")]
    keys = match_keys(ALIASED, _scheme_of(*halves))
    assert len(keys) == MAX_TOKENS == len(set(keys))
    assert keys[: len(halves)] == match_keys(ANNA, _scheme_of(*halves))


def test_a_second_number_is_not_crowded_out() -> None:
    """Somebody with many names would not be found by the number that they had before."""
    assert {("9990000018",), ("ZJ103760",), ("Y838200001001",)} <= {values for _, values in match_keys(ALIASED, SCHEME)}


def test_an_earlier_postcode_goes_with_its_own_house() -> None:
    """The house of today would stand at the address of last year."""
    slots = dict(zip(SCHEME.atoms, evidence_atoms(ALIASED, SCHEME), strict=True))
    assert [slots[name] for name in ("hnpc", "hnpc#1", "hnpc#2")] == ["14|ZY14AB", "3|M11AE", "rosecottage|ZY104AB"]
    assert "hnpc" not in atoms(dataclasses.replace(ANNA, house="")) and "hnpc" not in atoms(Person(house="14"))


def test_a_shared_first_forename_finds_but_hardly_decides() -> None:
    """Two brothers would agree in the forename because both are called Mohammed."""
    imran = dataclasses.replace(ANNA, forename="imran", shared_forename="mohammed")
    assert (1, ("moh", "smi")) in match_keys(imran, _scheme_of(("fn3", "sn3")))
    slots = dict(zip(SCHEME.atoms, evidence_atoms(imran, SCHEME), strict=True))
    assert slots["fnp#1"] == names.phonetic("mohammed")
    assert "mohammed" not in slots.values()


def test_a_birthday_on_the_first_of_january_is_evidence_of_the_year_only() -> None:
    """Two people whose birthday nobody knows would agree in it, or one disagree with themselves."""
    guessed = dataclasses.replace(ANNA, dob="1984-01-01")
    slots = dict(zip(SCHEME.atoms, evidence_atoms(guessed, SCHEME), strict=True))
    assert slots["yy"] == "1984"
    assert [slots[name] for name in ("dob", "dsw", "ym", "yd", "md")] == [None] * 5
    assert match_keys(guessed, _scheme_of(("dob", "pc"))) == [(1, ("1984-01-01", "ZY14AB"))]


@given(PEOPLE)
def test_swapped_names_leave_the_swap_proof_keys_the_same(person: Person) -> None:
    """A form with the names in the wrong boxes would hide a person."""
    swapped = dataclasses.replace(person, forename=person.surname, surname=person.forename)
    for key in SCHEME.match_keys:
        if "nsw" in key.atoms and not {"fn1", "fn3", "sn3", "snp"} & set(key.atoms):
            assert _by_number(person).get(key.number) == _by_number(swapped).get(key.number)


def test_swapped_day_and_month_leave_the_swap_proof_key_the_same() -> None:
    """An American date would hide a person."""
    swapped = dataclasses.replace(ANNA, dob="1984-12-03")
    assert atoms(ANNA)["dsw"] == atoms(swapped)["dsw"] and atoms(ANNA)["dob"] != atoms(swapped)["dob"]
    assert [key for key in match_keys(ANNA, SCHEME) if key in match_keys(swapped, SCHEME) and "12" not in key[1]]


@pytest.mark.parametrize(
    "changes",
    [
        {"forename": "anabel", **_SURELY},
        {"surname": "jones", **_SURELY},
        {"dob": "", **_SURELY},
        {"postcode": "M11AE", **_SURELY},
        {"postcode": "", "house": "", "uprn": "", **_SURELY},
        {"forename": "x", "surname": "y", "dob": "", "postcode": "", "nino": "", "upn": ""},
    ],
)
def test_one_broken_field_leaves_a_key(changes: dict[str, Any]) -> None:
    """A nickname, a marriage, a missing birthday or a move would hide a person."""
    broken = dataclasses.replace(ANNA, **changes)
    assert set(match_keys(ANNA, SCHEME)) & set(match_keys(broken, SCHEME))


def test_a_number_that_fails_its_check_is_used_for_its_halves_only() -> None:
    """One wrong digit would hide a person, or a wrong number be taken for a right one."""
    mistyped = dataclasses.replace(ANNA, nhs="", nhs_unchecked="9990000036", upn="", upn_unchecked="H801200001011")
    held, right = atoms(mistyped), atoms(ANNA)
    assert "nhs" not in held and "upn" not in held
    assert (held["nhsA"], held["upnA"]) == (right["nhsA"], right["upnA"])
    assert held["nhsB"] != right["nhsB"]


def test_another_table_of_nicknames_is_refused() -> None:
    """An agency with another table would make keys that silently match nobody."""
    with pytest.raises(Misconfigured, match="nicknames"):
        match_keys(ANNA, dataclasses.replace(SCHEME, names_digest="0" * 64))
    assert names.table_digest() == SCHEME.names_digest


def test_a_person_shows_nothing() -> None:
    """A name would end up in a traceback."""
    assert repr(ANNA) == "<Person>"
