"""Name cells: one person written in many ways becomes one name, and what stands beside a name is not lost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.agency import fullname, names, normalise
from broker.agency.forenames import read_given
from broker.agency.nameparts import is_whole_name
from broker.agency.surnames import read_family

_VECTORS = Path(__file__).parents[1] / "vectors" / "normalise" / "names.json"
_NAMES = json.loads(_VECTORS.read_text(encoding="utf-8"))


@pytest.mark.parametrize(("text", "value"), _NAMES["forename"])
def test_forenames(text: str, value: str) -> None:
    """One person would have several forenames."""
    assert normalise.forename(text) == value


@pytest.mark.parametrize(("text", "value"), _NAMES["surname"])
def test_surnames(text: str, value: str) -> None:
    """One person would have several surnames."""
    assert normalise.surname(text) == value


@pytest.mark.parametrize(("one", "other"), _NAMES["same_group"])
def test_a_nickname_is_the_same_as_its_name(one: str, other: str) -> None:
    """Mo and Mohammed would not be found under one another."""
    assert names.canonical(one) == names.canonical(other)
    assert names.phonetic(one) == names.phonetic(other)


@pytest.mark.parametrize(("one", "other"), _NAMES["different_group"])
def test_names_of_different_people_do_not_melt_together(one: str, other: str) -> None:
    """A brother and sister would look like one person."""
    assert names.canonical(one) != names.canonical(other)


def test_every_name_has_one_group_and_groups_are_settled_in_one_step() -> None:
    """The group of a name would depend on the order of a file or the number of steps."""
    rows = (Path(names.__file__).parent / "data" / "uk_names.csv").read_text(encoding="utf-8").splitlines()[1:]
    listed = [name for row in rows for name in row.replace(",", " ").split()]
    assert len(listed) == len(set(listed))
    assert all(name.isascii() and name.islower() and name.isalpha() for name in listed)
    assert all(names.canonical(names.canonical(name)) == names.canonical(name) for name in names._table())


@pytest.mark.parametrize(
    ("text", "middle", "family", "value", "others", "shared", "initial", "families"), _NAMES["forename_cell"]
)
def test_what_a_forename_cell_says_beside_the_name(
    text: str,
    middle: str,
    family: str,
    value: str,
    others: list[str],
    shared: str,
    initial: str,
    families: list[str],
) -> None:
    """Shiv would not be found as Siobhan, nor Imran as Mohammed Imran."""
    read = read_given(text, middle=middle, family=family)
    assert (read.main.value, list(read.others)) == (value, others)
    assert (read.shared, read.initial, list(read.families)) == (shared, initial, families)
    assert value not in repr(read)


@pytest.mark.parametrize(("text", "value", "others"), _NAMES["surname_cell"])
def test_what_a_surname_cell_says_beside_the_name(text: str, value: str, others: list[str]) -> None:
    """A married or double-barrelled person would not be found under the other name."""
    read = read_family(text)
    assert (read.value, list(read.others)) == (value, others)


@pytest.mark.parametrize(("text", "surname", "forenames"), _NAMES["full_name"])
def test_whole_names_are_taken_apart(text: str, surname: str, forenames: str) -> None:
    """Forename and surname would change places."""
    assert fullname.split(text) == (surname, forenames)


_WORDS = st.sampled_from(["siobhan", "o'brien", "anne-marie", "mcdonald", "ng", "łukasz", "smith jones", "müller"])


@given(_WORDS, st.sampled_from([str.upper, str.lower, str.title]), st.sampled_from(["", " ", "\t", "\xa0"]))
def test_case_and_spaces_do_not_matter(name: str, cased: Any, space: str) -> None:
    """The same name from two case systems would differ."""
    for read in (normalise.forename, normalise.surname):
        assert read(space + cased(name) + space) == read(name)


@given(_WORDS, st.sampled_from(["Mr ", "Mrs. ", "DR ", "Prof. ", "miss "]), st.sampled_from(["", " Jr", " MBE"]))
def test_titles_and_suffixes_do_not_matter(name: str, title: str, suffix: str) -> None:
    """A doctor would not be found under a name without the title."""
    assert normalise.surname(title + name + suffix) == normalise.surname(name)


@given(st.text(alphabet="abcdefghijklmnoprstuvwyz", min_size=2, max_size=9), st.sampled_from("'’`‘"))
def test_apostrophes_do_not_matter(name: str, apostrophe: str) -> None:
    """O'Brien would not be Obrien."""
    assert normalise.surname(f"O{apostrophe}{name}") == normalise.surname(f"o{name}")


_TYPED = """
    baby unborn twin 1 test unknown mr mrs dr jr mohammed abdul imran singh kaur begum van der de al o' mac mc st - '
    ( ) " / ; known as nee aka smith jones anna xiao ming o'brien anne-marie n/a male xxx null ł é a
"""
_PIECES = st.sampled_from(_TYPED.split())
_CELLS = st.one_of(st.text(max_size=60), st.lists(_PIECES, max_size=7).map(" ".join))


@given(_CELLS)
def test_names_are_plain_letters_and_settled(text: str) -> None:
    """Reading twice would give another name, or a strange sign get into a match key."""
    for read in (normalise.forename, normalise.surname):
        once = read(text)
        assert once == "" or (once.isascii() and once.isalpha() and once.islower())
        assert read(once) == once


@given(_CELLS, _CELLS, st.sampled_from(["", "khan", "chen", "nguyen", "gill"]))
def test_no_placeholder_and_nothing_twice_comes_out(text: str, middle: str, family: str) -> None:
    """Two babies without a name would share one, and be found as one person."""
    given_ = read_given(text, middle=middle, family=family)
    surname = read_family(text)
    for value, others in ((given_.main.value, given_.others), (surname.value, surname.others)):
        assert len({value, *others}) == 1 + len(others)
        assert all(is_whole_name(name) and name.isascii() and name.isalpha() for name in (value, *others) if name)
        assert value or not others
    assert given_.initial == "" or (len(given_.initial) == 1 and given_.initial.isalpha())


@given(_CELLS)
def test_a_whole_name_is_divided_without_losing_a_letter_twice(text: str) -> None:
    """Part of a name would stand in both boxes."""
    surname, forenames = fullname.split(text)
    assert len(surname) + len(forenames) <= len(text) + 1


def test_a_letter_wrong_leaves_a_common_neighbour() -> None:
    """One typing error in a short name would hide a person."""
    for other in ("smyth", "smth", "smitth", "msith"):
        common = set(names.neighbours("smith")) & set(names.neighbours(other))
        assert common - {""}
    assert set(names.neighbours("jon")) == {""}
    assert len(names.neighbours("annabel")) == names.NEIGHBOURS
