"""The do-not-link rule: records of an adopted child's new life and of the one before are never brought together."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest

from broker.agency.matchkeys import Person, match_keys
from broker.linkage.apart import kept_apart, parted, sides
from broker.linkage.compare import Points
from broker.tokens import load_scheme

SCHEME = load_scheme("uk-person-1")
CHILD = Person(
    forename="minaquille",
    surname="adoptive",
    dob="2014-07-19",
    postcode="ZY477QX",
    sex="f",
    nhs="9990000018",
    phone="+447700900001",
)
BEFORE = replace(CHILD, surname="vexworthigan", postcode="ZY888JJ", nhs="9995550008", phone="")


def points(person: Person, *, protected: bool = False) -> Points:
    """A point for each match key: equal where the key is, and nothing else."""
    keys = match_keys(person, SCHEME, protected=protected)
    return frozenset((number, hashlib.sha256(repr((number, values)).encode()).digest()) for number, values in keys)


ENTRY = points(CHILD, protected=True)


@pytest.mark.parametrize(
    ("person", "side"),
    [
        (CHILD, "inside"),
        (replace(CHILD, nhs="", postcode="ZY11AA"), "inside"),
        (replace(CHILD, forename="", surname="", dob=""), "inside"),
        (replace(CHILD, nhs="", surname="adoptave"), "inside"),
        (replace(CHILD, nhs="", surname="someother"), "touching"),
        (replace(CHILD, nhs="", forename="zoe", phone=""), "neither"),
        (BEFORE, "neither"),
        (replace(CHILD, forename="joramble", nhs="", phone=""), "neither"),
    ],
)
def test_how_a_record_stands_to_an_adoption(person: Person, side: str) -> None:
    """A record of the life before counts as one of the new life, or the new life's own records do not."""
    assert sides(points(person), [ENTRY], SCHEME) == (side,)


def test_only_what_stands_the_same_way_comes_together() -> None:
    """A question about the earlier name finds the new one; or the new one does not find its own."""
    records = {b"new": points(replace(CHILD, nhs="")), b"old": points(BEFORE), b"gp": points(replace(BEFORE, nhs=""))}
    assert kept_apart(points(BEFORE), records, [ENTRY], scheme=SCHEME) == {b"new"}
    assert kept_apart(points(CHILD), records, [ENTRY], scheme=SCHEME) == {b"old", b"gp"}
    assert kept_apart(points(CHILD), records, [], scheme=SCHEME) == set()
    assert parted(records, [ENTRY], scheme=SCHEME) == [{b"new"}, {b"old", b"gp"}]
    assert parted(records, [], scheme=SCHEME) == [set(records)]
