"""The members of a family: records that agencies name as a relative's, brought together person by person."""

from __future__ import annotations

import pytest
from linkage_records import MINA, NHS, RULE, changed, pair, record, run

from broker.agency.matchkeys import Person
from broker.linkage.compare import Candidate
from broker.linkage.groups import Member, Related, families
from broker.linkage.steps import Pair

OTTO = Person(forename="ottolunde", surname="quagmirrow", dob="1983-08-29", postcode="ZY477QX", sex="m")
TWIN = changed(forename="joramble")


def told(members: tuple[Member, ...]) -> list[tuple[str, list[str]]]:
    """The relationship and the names of the records, for each member."""
    return [
        (one.relationship, sorted(candidate.id.rstrip(b".").decode() for candidate, _ in one.records))
        for one in members
    ]


def grouped(
    related: list[Related], held: list[Candidate] | None = None, verdicts: dict[Pair, str] | None = None
) -> list[tuple[str, list[str]]]:
    every = [one.candidate for one in related] + (held or [])
    return told(run(families(related, [], rule=RULE), every, verdicts))


def test_two_agencies_records_of_one_relative_are_one_person() -> None:
    """The father whom two agencies name shows twice."""
    related = [Related(record("c", OTTO), "parent"), Related(record("h", OTTO, "hv"), "parent")]
    assert grouped(related) == [("parent", ["c", "h"])]


def test_another_agencys_record_of_a_relative_is_found() -> None:
    """What a third agency holds about the father, whom it does not name as such, is missed."""
    assert grouped([Related(record("c", OTTO), "parent")], [record("p", OTTO, "po")]) == [("parent", ["c", "p"])]


def test_siblings_stay_apart() -> None:
    """Twins of one surname, birthday and home become one child."""
    related = [Related(record("c1", MINA), "sibling"), Related(record("c2", TWIN), "sibling")]
    assert grouped(related) == [("sibling", ["c1"]), ("sibling", ["c2"])]


def test_siblings_of_one_sound_are_parted_by_their_numbers() -> None:
    """Twins whose names sound alike become one child although their NHS numbers differ."""
    one, other = changed(nhs=NHS["a"]), changed(forename="minaquilla", nhs=NHS["b"])
    related = [Related(record("c1", one), "sibling"), Related(record("c2", other), "sibling")]
    assert grouped(related) == [("sibling", ["c1"]), ("sibling", ["c2"])]


def test_the_person_asked_for_is_not_among_their_relatives() -> None:
    """A child shows as its own sibling."""
    me = record("me", MINA)
    members = run(families([Related(me, "sibling"), Related(record("c", OTTO), "parent")], [me.id], rule=RULE), [me])
    assert told(members) == [("parent", ["c"])]


def test_records_of_an_unborn_child_are_one_childs() -> None:
    """The child that two services expect shows twice."""
    unborn = [
        Related(Candidate(name * 16, source, frozenset()), "child", True)
        for name, source in ((b"a", "csc"), (b"b", "hv"))
    ]
    assert [len(names) for _, names in grouped([*unborn, Related(record("c", OTTO), "parent")])] == [2, 1]


def test_a_verdict_parts_a_relatives_records() -> None:
    """Two records that somebody parted are joined when they are a relative's."""
    one, other = record("c", OTTO), record("h", OTTO, "hv")
    related = [Related(one, "parent"), Related(other, "parent")]
    assert len(grouped(related, verdicts={pair(one, other): "not_the_same"})) == 2


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        (["parent", "parent", "step_parent"], "parent"),
        (["household_member", "parent"], "parent"),
        (["household_member", "household_member", "parent"], "parent"),
        (["step_parent", "parent"], "parent"),
        (["household_member"], "household_member"),
    ],
)
def test_what_most_agencies_call_the_relationship(kinds: list[str], expected: str) -> None:
    """The relationship depends on who delivered first, or on who knows least."""
    related = [Related(record(f"r{at}", OTTO, f"s{at}"), kind) for at, kind in enumerate(kinds)]
    [(relationship, _)] = grouped(related)
    assert relationship == expected
