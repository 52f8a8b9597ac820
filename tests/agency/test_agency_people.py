"""A row, or what a caseworker typed, as a person: no value that an agency holds is lost, none is made up."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping

import pytest
from agency_files import MAPPING, TODAY, content, line
from hypothesis import given
from hypothesis import strategies as st

from broker.agency import csvfile, dates, mapping
from broker.agency.field import Field
from broker.agency.layout import OTHER_FIELDS, PERSON_FIELDS
from broker.agency.leaks import find_leak
from broker.agency.matchkeys import Person, evidence_atoms, match_keys
from broker.agency.people import make_person
from broker.agency.typed import read_typed
from broker.errors import BadInput
from broker.tokens import atom_type, load_scheme

SCHEME = load_scheme()


def person(**texts: str) -> Person:
    """The person of these cells."""
    return made(texts)


def made(texts: Mapping[str, str]) -> Person:
    """The person of these cells, by field."""
    cells = {name: (text,) for name, text in texts.items()}
    return make_person(cells, _read_dob, synthetic_numbers=True)[0]


def _read_dob(text: str) -> Field:
    return dates.read_dob(text, (*dates.AUTO, "day-first"), today=TODAY)


_CELLS: list[tuple[dict[str, str], dict[str, object]]] = [
    ({"forename": "Anna", "known_as": "Annie; Nan"}, {"forename": "anna", "other_forenames": ("annie", "nan")}),
    ({"forename": "Anna", "known_as": "ANNA", "alias_forename": "-"}, {"other_forenames": ()}),
    ({"known_as": "Annie"}, {"forename": "annie", "other_forenames": ()}),
    ({"forename": "Alex", "former_forename": "Alexandra"}, {"other_forenames": ("alexandra",)}),
    (
        {"surname": "Smith-Jones", "former_surname": "Brown; Unknown"},
        {"surname": "smithjones", "other_surnames": ("brown", "smith", "jones")},
    ),
    ({"surname": "Smith (nee Jones)", "alias_surname": "Jones"}, {"surname": "smith", "other_surnames": ("jones",)}),
    (
        {"forename": "Ann", "surname": "Smith", "alias": "Nan Jones; Brown"},
        {"other_forenames": ("nan",), "other_surnames": ("jones", "brown")},
    ),
    ({"forename": "Mary (nee Jones)", "surname": "Smith"}, {"forename": "mary", "other_surnames": ("jones",)}),
    ({"forename": "Harpreet Kaur", "surname": "Gill"}, {"surname": "gill", "other_surnames": ("kaur",)}),
    ({"forename": "Harpreet Kaur"}, {"forename": "harpreet", "surname": "kaur"}),
    ({"forename": "Mohammed Imran", "surname": "Khan"}, {"forename": "imran", "shared_forename": "mohammed"}),
    ({"forename": "Mohammed", "middle_names": "Imran"}, {"forename": "imran", "shared_forename": "mohammed"}),
    (
        {"forename": "Mohammed Imran", "known_as": "Mohammed"},
        {"forename": "imran", "other_forenames": ("mohammed",), "shared_forename": ""},
    ),
    (
        {"forename": "Smith", "surname": "Anna"},
        {"forename": "anna", "surname": "smith", "other_forenames": (), "other_surnames": ()},
    ),
    ({"forename": "Anna", "middle_names": "May Rose"}, {"forename": "anna", "middle": "m"}),
    ({"forename": "Anna May"}, {"forename": "anna", "middle": "m"}),
    ({"postcode": "ZY1 4AB", "address": "Flat 2, 14 High Street"}, {"postcode": "ZY14AB", "house": "14"}),
    ({"postcode": "ZY1 4AB", "house": "14", "address": "3 Low Road"}, {"house": "14"}),
    ({"address": "14 High Street, Brackwater, ZY1 4AB"}, {"postcode": "ZY14AB", "house": "14"}),
    ({"house": "14"}, {"postcode": "", "house": ""}),
    (
        {"postcode": "ZY1 4AB", "house": "1", "previous_postcode": "ZY2 3AD; M1 1AE; ZY1 4AB"},
        {"house": "1", "other_postcodes": ("ZY23AD", "M11AE"), "other_houses": ("", "")},
    ),
    (
        {
            "postcode": "ZY1 4AB",
            "previous_postcode": "ZY2 3AD; M1 1AE",
            "previous_address": "3 Low Rd; 5 High St, M1 1AE",
        },
        {"other_postcodes": ("ZY23AD", "M11AE"), "other_houses": ("3", "5")},
    ),
    (
        {"postcode": "ZY1 4AB", "previous_address": "3 Low Rd, ZY2 3AD"},
        {"other_postcodes": ("ZY23AD",), "other_houses": ("3",)},
    ),
    (
        {"postcode": "NFA", "previous_postcode": "ZY2 3AD", "previous_address": "3 Low Rd"},
        {"postcode": "ZY23AD", "house": "3", "other_postcodes": ()},
    ),
    ({"nhs": "9990000026; 9990000018"}, {"nhs": "9990000026", "other_nhs": "9990000018"}),
    ({"nhs": "9990000036", "nhs_2": "9990000018"}, {"nhs": "9990000018", "other_nhs": "", "nhs_unchecked": ""}),
    ({"nhs": "9990000036"}, {"nhs": "", "nhs_unchecked": "9990000036"}),
    ({"nino": "ZJ103759A", "nino_2": "ZJ103760A"}, {"nino": "ZJ103759", "other_nino": "ZJ103760"}),
    (
        {"phone": "07700 900123 / 01632 960001"},
        {"phone": "+447700900123", "other_phone": "+441632960001"},
    ),
    ({"email": "A@home.test", "email_2": "a@work.test;x"}, {"email": "a@home.test", "other_email": "a@work.test"}),
    ({"birth_place": "Leeds, UK"}, {"birth_place": "leeds"}),
]


@pytest.mark.parametrize(("texts", "expected"), _CELLS)
def test_every_value_of_a_cell_is_read(texts: dict[str, str], expected: dict[str, object]) -> None:
    """A maiden name, a second number or an earlier address would be lost, or the house of today put there."""
    found = made(texts)
    assert {name: getattr(found, name) for name in expected} == expected


_TWICE = [
    ("a married name", {"surname": "Smith", "former_surname": "Jones"}, {"surname": "Jones"}),
    ("née in the cell", {"surname": "Smith née Jones"}, {"surname": "Jones"}),
    ("a double-barrelled name halved", {"surname": "Smith-Jones"}, {"surname": "Jones"}),
    ("a particle left out", {"surname": "Al-Sayed"}, {"surname": "Sayed"}),
    ("Singh beside the family name", {"surname": "Singh Gill"}, {"surname": "Gill"}),
    ("Singh taken for the family name", {"forename": "Harpreet Singh", "surname": "Gill"}, {"surname": "Singh"}),
    ("a name in use", {"forename": "Ottoline", "known_as": "Shiv"}, {"forename": "Shiv"}),
    ("Mohammed written and left out", {"forename": "Mohammed Imran"}, {"forename": "Imran"}),
    ("Mohammed with another and alone", {"forename": "Mohammed Imran"}, {"forename": "Mohammed"}),
    ("another spelling of him", {"forename": "Mohammed Imran"}, {"forename": "Muhammad", "middle_names": "Imran"}),
    ("Abdul Rahman as one word", {"forename": "Abdul Rahman"}, {"forename": "Abdurrahman"}),
    (
        "a Chinese forename apart",
        {"forename": "Xiao Ming", "surname": "Chen"},
        {"forename": "Xiaoming", "surname": "Chen"},
    ),
    ("boxes swapped", {"forename": "Patel", "surname": "Nisha"}, {"forename": "Nisha", "surname": "Patel"}),
    ("a move", {"postcode": "M1 1AE", "previous_postcode": "ZY1 4AB"}, {"postcode": "ZY1 4AB"}),
]
_BASE = {"forename": "Harpreet", "surname": "Quill", "dob": "12/03/1984", "postcode": "ZY1 4AB"}


@pytest.mark.parametrize("field", ["dob", "postcode"])
@pytest.mark.parametrize(("_why", "one", "other"), _TWICE)
def test_one_person_of_two_agencies_is_found_and_agrees(
    _why: str, one: dict[str, str], other: dict[str, str], field: str
) -> None:
    """A person whom two agencies know by different names would be two people, even with one more field missing."""
    changed = "postcode" if "postcode" in one else "forename" if "known_as" in one else ""
    if changed == field:
        return
    ours, theirs = made(_BASE | one | {field: ""}), made(_BASE | other | {field: ""})
    assert set(match_keys(ours, SCHEME)) & set(match_keys(theirs, SCHEME))
    for kind in ("fnp", "snp"):
        assert _values(ours, kind) & _values(theirs, kind)


def _values(found: Person, kind: str) -> set[str]:
    slots = zip(SCHEME.atoms, evidence_atoms(found, SCHEME), strict=True)
    return {value for slot, value in slots if value and atom_type(slot) == kind}


def test_brothers_called_mohammed_do_not_share_their_forename() -> None:
    """Twins would be merged because both bear the name that all their brothers bear."""
    one, other = made(_BASE | {"forename": "Mohammed Imran"}), made(_BASE | {"forename": "Mohammed Bilal"})
    for kind in ("fn", "fnc", "fn1", "fn3", "fn~"):
        assert not _values(one, kind) & _values(other, kind)


_TEXTS = st.dictionaries(
    st.sampled_from((*PERSON_FIELDS, *OTHER_FIELDS)),
    st.one_of(st.text(max_size=20), st.sampled_from(["Smith; Jones", "ZY1 4AB", "14 High St", "Baby", "9990000026"])),
    max_size=8,
)


@given(_TEXTS)
def test_any_cells_make_one_person_always_the_same(texts: dict[str, str]) -> None:
    """A strange cell would stop a delivery, or the same row make other keys tomorrow."""
    found = made(texts)
    assert found == made(dict(reversed(texts.items())))
    assert match_keys(found, SCHEME) == match_keys(made(texts), SCHEME)
    for main, others in (
        (found.forename, found.other_forenames),
        (found.surname, found.other_surnames),
        (found.postcode, found.other_postcodes),
    ):
        assert len({main, *others}) == 1 + len(others)
        assert "" not in others and (main or not others)
    assert len(found.other_houses) == len(found.other_postcodes)


def test_further_values_may_stand_in_several_columns() -> None:
    """The third previous postcode of a case system would have no place in a mapping."""
    text = MAPPING.replace('"DOB" = "dob"', '"DOB" = "dob"\n"Notes" = "known_as"\n"CIN" = "known_as"')
    text = text.replace('[items.csc.cin_status]\ncode = "CIN"\n', "")
    parsed = mapping.parse(text.encode())
    assert {"Notes", "CIN"} <= set(parsed.columns())
    table = csvfile.read(content(line(Notes="Belle", CIN="Nan;-")), parsed, today=TODAY, synthetic_numbers=True)
    assert table.rows[0].person.other_forenames == ("belle", "nan")
    assert dict(table.counts["known_as"]) == {"valid": 1}


def test_an_earlier_name_or_number_does_not_leave_in_what_is_shared() -> None:
    """A maiden name would reach the broker in the name of a team."""
    (row,) = csvfile.read(content(line(Worker="Nan Jones")), mapping.parse(MAPPING.encode()), today=TODAY).rows
    assert find_leak(person(forename="Annabel", surname="Smithson", alias="Nan Jones"), row.content) == "lead.name"
    assert find_leak(person(forename="Annabel", surname="Smithson", known_as="Nan"), row.content) is None


def test_what_is_typed_is_read_like_a_file() -> None:
    """A caseworker's question would make other keys than the record it is about."""
    fields = {"forename": "Ann", "surname": "Smith", "former_surname": "Jones", "postcode": "ZY1 4AB", "house": "14"}
    assert read_typed(fields, today=TODAY).person == made(fields)
    with pytest.raises(BadInput) as caught:
        read_typed({"surname": "Smith", "previous_postcode": "nowhere at all"}, today=TODAY)
    assert caught.value.field == "previous_postcode" and "nowhere" not in str(caught.value)
    with pytest.raises(BadInput, match="nothing was typed"):
        read_typed({"house": "14"}, today=TODAY)


@given(_TEXTS)
def test_any_typed_text_is_read_or_refused(texts: dict[str, str]) -> None:
    """A question would end in a traceback."""
    with contextlib.suppress(BadInput):
        assert read_typed(texts, today=TODAY).person != Person()
