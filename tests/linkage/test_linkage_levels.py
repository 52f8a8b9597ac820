"""How far each field of two records agrees: the table is the manual."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from linkage_records import MINA, NHS, SCHEME, changed, levels_of

from broker.agency.matchkeys import Person
from broker.linkage.levels import FIELDS, conflicts, levels, placeless, vectors_of
from broker.synthetic import standin

ANNE = Person(forename="elizabeth", surname="thompson", dob="1984-03-07", postcode="ZY477QX", sex="f")

TABLE: tuple[tuple[str, Person, Person, str, str], ...] = (
    ("the same", ANNE, ANNE, "forename", "same"),
    ("a nickname", ANNE, changed(ANNE, forename="liz"), "forename", "nickname"),
    ("a letter lost", ANNE, changed(ANNE, forename="elzabeth"), "forename", "one letter off"),
    ("the same initial", ANNE, changed(ANNE, forename="edna"), "forename", "same initial"),
    ("another name", ANNE, changed(ANNE, forename="maud"), "forename", "differs"),
    ("in each other's place", ANNE, changed(ANNE, forename="thompson", surname="elizabeth"), "forename",
     "swapped with surname"),
    ("in each other's place", ANNE, changed(ANNE, forename="thompson", surname="elizabeth"), "surname",
     "swapped with forename"),
    ("the p of Thompson", ANNE, changed(ANNE, surname="thomson"), "surname", "one letter off"),
    ("Smith and Smythe", changed(ANNE, surname="smith"), changed(ANNE, surname="smythe"), "surname", "sounds alike"),
    ("one of two days", ANNE, changed(ANNE, dob="1984-03-17"), "birth", "day differs"),
    ("one of two months", ANNE, changed(ANNE, dob="1984-05-07"), "birth", "month differs"),
    ("ten years on", ANNE, changed(ANNE, dob="1994-03-07"), "birth", "year differs"),
    ("American order", ANNE, changed(ANNE, dob="1984-07-03"), "birth", "day and month swapped"),
    ("the year only", ANNE, changed(ANNE, dob="1984-11-25"), "birth", "only the year is the same"),
    ("another date", ANNE, changed(ANNE, dob="1961-11-25"), "birth", "differs"),
    ("the same postcode", ANNE, ANNE, "address", "same postcode"),
    ("the same sector", ANNE, changed(ANNE, postcode="ZY477AB"), "address", "same sector"),
    ("the same outcode", ANNE, changed(ANNE, postcode="ZY471AB"), "address", "same outcode"),
    ("elsewhere", ANNE, changed(ANNE, postcode="QQ11AB"), "address", "elsewhere"),
    ("the same dwelling", changed(ANNE, uprn="100012345678"), changed(ANNE, uprn="100012345678"), "address",
     "same home"),
    ("the same number", changed(ANNE, nhs=NHS["a"]), changed(ANNE, nhs=NHS["a"]), "nhs", "same"),
    ("a number that fails its check digit", changed(ANNE, nhs=NHS["a"]), changed(ANNE, nhs_unchecked="9990000019"),
     "nhs", "one half the same"),
    ("two good numbers alike in one half", changed(ANNE, nhs="9990000018"), changed(ANNE, nhs="9990000026"), "nhs",
     "both whole, one half the same"),
    ("two good numbers", changed(ANNE, nhs=NHS["a"]), changed(ANNE, nhs="9434765919"), "nhs", "both whole, apart"),
    ("sex", ANNE, changed(ANNE, sex="m"), "sex", "differs"),
)  # fmt: skip


@pytest.mark.parametrize(("name", "one", "other", "field", "level"), TABLE, ids=[f"{r[3]}: {r[0]}" for r in TABLE])
def test_how_far_a_field_agrees(name: str, one: Person, other: Person, field: str, level: str) -> None:
    """A mistake of one kind is taken for another kind, or for another person."""
    assert levels_of(one, other)[field] == level, name


@pytest.mark.parametrize("field", ["surname", "dob", "postcode", "sex"])
def test_what_one_side_does_not_hold_says_nothing(field: str) -> None:
    """A service that records no birthday has all its records taken for other people's."""
    name = {"dob": "birth", "postcode": "address"}.get(field, field)
    assert name in levels_of(ANNE, ANNE)
    assert name not in levels_of(ANNE, changed(ANNE, **{field: ""}))


def test_an_empty_record_says_nothing_at_all() -> None:
    """Two records that hold nothing agree in that."""
    assert levels_of(Person(), Person()) == {}


texts = st.text(st.characters(min_codepoint=97, max_codepoint=122), min_size=1, max_size=9)
dates = st.dates().map(lambda day: day.isoformat())
people = st.builds(
    Person,
    forename=st.one_of(st.just(""), st.sampled_from(["ann", "anne", "anna", "smith"]), texts),
    surname=st.one_of(st.just(""), st.sampled_from(["smith", "smyth", "ann"]), texts),
    dob=st.one_of(st.just(""), st.sampled_from(["1984-03-07", "1984-07-03", "1984-03-08"]), dates),
    postcode=st.sampled_from(["", "ZY477QX", "ZY477AB", "ZY471AB", "QQ11AB"]),
    sex=st.sampled_from(["", "m", "f"]),
    nhs=st.sampled_from(["", *NHS.values()]),
)


@given(one=people, other=people)
@settings(max_examples=200, deadline=None)
def test_agreement_is_the_same_from_both_ends(one: Person, other: Person) -> None:
    """Whether two records match depends on which of them was asked about."""
    assert levels_of(one, other) == levels_of(other, one)


@given(one=people, other=people)
@settings(max_examples=200, deadline=None)
def test_a_person_agrees_with_themselves_best(one: Person, other: Person) -> None:
    """Somebody agrees better with another than with themselves."""
    own = levels_of(one, one)
    assert {FIELDS[field].index(level) for field, level in own.items()} <= {1, 2, 6}
    assert set(levels_of(one, other)) <= set(own)


@given(
    raws=st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=5),
)
def test_a_vector_is_the_first_half_of_each_slot(raws: list[bytes]) -> None:
    """Evidence is compared by bytes that are not there, or in another order than the scheme's."""
    table = vectors_of(raws, 2)
    assert table.tolist() == [[int.from_bytes(raw[:8], "big"), int.from_bytes(raw[16:24], "big")] for raw in raws]


CONFLICTS: tuple[tuple[str, Person, Person, bool], ...] = (
    ("two NHS numbers", changed(ANNE, nhs=NHS["a"]), changed(ANNE, nhs=NHS["b"]), True),
    ("two NHS numbers, the same NINO", changed(ANNE, nhs=NHS["a"], nino="QQ123456A"),
     changed(ANNE, nhs=NHS["b"], nino="QQ123456A"), True),
    ("two NINOs", changed(ANNE, nino="QQ123456A"), changed(ANNE, nino="QQ654321A"), False),
    ("a junior", ANNE, changed(ANNE, dob="2011-12-30"), True),
    ("a junior with the same number", changed(ANNE, nhs=NHS["a"]), changed(ANNE, dob="2011-12-30", nhs=NHS["a"]),
     False),
    ("a slip in the date", ANNE, changed(ANNE, dob="1984-03-17"), False),
    ("no date", ANNE, changed(ANNE, dob=""), False),
)  # fmt: skip


@pytest.mark.parametrize(("name", "one", "other", "apart"), CONFLICTS, ids=[row[0] for row in CONFLICTS])
def test_what_rules_a_match_out(name: str, one: Person, other: Person, apart: bool) -> None:
    """Twins, or a father and son of one name, become one person; or a slip of the pen parts somebody in two."""
    table = standin.vectors([one, other], SCHEME)
    assert conflicts(levels(SCHEME, table[:1], table[1:])).tolist() == [apart], name


def test_without_the_address_everything_else_stays() -> None:
    """What is decided about a hidden person depends on an address."""
    table = standin.vectors([ANNE, MINA, changed(MINA, postcode="QQ11AB")], SCHEME)
    found = levels(SCHEME, table[[0, 1]], table[[0, 2]])
    without = placeless(found)
    column = list(FIELDS).index("address")
    assert not without[:, column].any()
    assert np.array_equal(np.delete(without, column, axis=1), np.delete(found, column, axis=1))


def test_every_level_of_every_field_has_a_name_of_its_own() -> None:
    """Two levels of a field are called the same, so that a reviewer can't tell them apart."""
    assert all(len(set(words)) == len(words) for words in FIELDS.values())
    assert {"forename", "surname"} <= {one.name for one in fields(Person)}
