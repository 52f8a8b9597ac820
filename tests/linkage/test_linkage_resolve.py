"""Which records are taken for one person: the tables are the manual."""

from __future__ import annotations

from dataclasses import replace

import pytest
from linkage_records import MINA, NHS, RULE, changed, pair, points, record, resolved, run

from broker.agency.matchkeys import Person
from broker.linkage.compare import Agreement, Candidate, agreement
from broker.linkage.resolve import resolve
from broker.linkage.weights import VETO

WITH_NHS = changed(nhs=NHS["a"])
TWIN = changed(forename="joramble", nhs=NHS["b"])
OTTO = Person(forename="otto", surname="quag", dob="1950-01-01", postcode=MINA.postcode)

# What is asked, what is held, and how the record is taken: certain, probable, or not at all.
ONE_RECORD: tuple[tuple[str, Person, Person, str | None], ...] = (
    ("the same", MINA, MINA, "certain"),
    ("a typing mistake at the end of the forename", MINA, changed(forename="minaquilla"), "certain"),
    ("another surname, moved nearby", MINA, changed(surname="quagmirrow"), "certain"),
    ("moved far away", MINA, changed(postcode="QQ19XX"), "certain"),
    ("day and month swapped", changed(dob="2014-07-09"), changed(dob="2014-09-07"), "certain"),
    ("forename and surname swapped", MINA, changed(forename="vexworthigan", surname="minaquille"), "certain"),
    ("no date of birth", MINA, changed(dob=""), "probable"),
    ("the same NHS number and nothing else", WITH_NHS, Person(nhs=NHS["a"], surname="x", dob="1950-01-01"), "certain"),
    ("one wrong digit in the NHS number", WITH_NHS, changed(nhs_unchecked="9990000019"), "certain"),
    ("another NHS number", WITH_NHS, changed(nhs=NHS["b"]), None),
    ("a twin with another initial", changed(nhs=""), changed(forename="joramble"), "probable"),
    ("a twin with another initial and number", WITH_NHS, TWIN, None),
    ("a namesake of another age", MINA, changed(dob="1961-03-02", postcode="QQ19XX"), None),
    ("a neighbour with the birthday", MINA, replace(OTTO, dob=MINA.dob), "probable"),
    ("the same house", MINA, OTTO, None),
    ("somebody else", MINA, replace(OTTO, postcode="QQ19XX"), None),
)


@pytest.mark.parametrize(("name", "asked", "held", "band"), ONE_RECORD, ids=[row[0] for row in ONE_RECORD])
def test_how_a_record_is_taken(name: str, asked: Person, held: Person, band: str | None) -> None:
    """A record of somebody else is shared, or one of the same person is missed."""
    assert resolved(asked, [record("r", held)]) == ({} if band is None else {"r": band}), name


def test_a_second_hop_finds_what_shares_nothing_with_the_question() -> None:
    """A record under another name that carries the same NHS number as one that was found is missed."""
    moved = Person(forename="wilhelmetta", surname="quagmirrow", dob="1961-03-02", nhs=NHS["a"])
    assert resolved(MINA, [record("first", WITH_NHS), record("second", moved)]) == {
        "first": "certain",
        "second": "certain",
    }


def test_there_is_no_third_hop() -> None:
    """Links of links are followed, so that a chain of small likenesses joins strangers."""
    second = Person(forename="wilhelmetta", surname="quagmirrow", dob="1961-03-02", nhs=NHS["a"], upn="H801200001001")
    third = Person(forename="theodorica", surname="unbek", dob="1990-01-09", upn="H801200001001")
    held = [record("first", WITH_NHS), record("second", second), record("third", third)]
    assert set(resolved(MINA, held)) == {"first", "second"}
    by_name = replace(third, upn="")
    assert set(resolved(by_name, held)) == {"third", "second"}


def test_a_further_record_must_fit_all_that_is_there() -> None:
    """One shared number outweighs everything that speaks against it."""
    others = [record(f"r{at}", changed(nhs=NHS["a"] if at == 0 else ""), source=f"s{at}") for at in range(7)]
    stray = Person(forename="otto", surname="quag", dob="1950-01-01", nhs=NHS["a"])
    assert "stray" not in resolved(MINA, [*others, record("stray", stray, "s9")])


def test_not_the_same_parts_two_records_for_good() -> None:
    """A person's verdict is overruled by what two records share."""
    one, other = record("one", WITH_NHS), record("other", WITH_NHS, "ed")
    assert set(resolved(WITH_NHS, [one, other])) == {"one", "other"}
    assert len(resolved(WITH_NHS, [one, other], {pair(one, other): "not_the_same"})) == 1


def test_same_joins_what_was_only_probable() -> None:
    """A person's verdict that two records are the same changes nothing."""
    one, other = record("one", MINA), record("other", changed(forename="joramble"), "ed")
    assert resolved(MINA, [one, other])["other"] == "probable"
    assert resolved(MINA, [one, other], {pair(one, other): "same"})["other"] == "certain"


def test_same_does_not_lift_a_verdict_about_another_record() -> None:
    """`same` with one record brings back what was parted from another."""
    one, two, three = record("one", MINA, "a"), record("two", MINA, "b"), record("three", MINA, "c")
    verdicts = {pair(one, three): "not_the_same", pair(two, three): "same"}
    found = resolved(MINA, [one, two, three], verdicts)
    assert not {"one", "three"} <= set(found)


def test_a_probable_record_goes_when_a_certain_one_rules_it_out() -> None:
    """A record that was noted as probable stays beside one that somebody said is not the same person's."""
    others = [record(f"r{at}", changed(nhs=NHS["a"] if at == 0 else ""), source=f"s{at}") for at in range(4)]
    twin = record("twin", changed(forename="joramble"), "s8")
    late = record("late", replace(OTTO, nhs=NHS["a"], postcode=""), "s9")
    both = resolved(MINA, [*others, twin, late])
    assert (both["twin"], both["late"]) == ("probable", "certain")
    parted = resolved(MINA, [*others, twin, late], {pair(twin, late): "not_the_same"})
    assert "late" in parted
    assert "twin" not in parted


def test_no_more_than_so_many_records_are_accepted() -> None:
    """A thousand copies of one record make a question read a thousand records."""
    held = [record(f"r{at}", MINA, f"s{at}") for at in range(9)]
    resolution = run(resolve(points(MINA), RULE, most=5), held)
    assert len(resolution.certain) == 5


AGREEMENTS = (
    ("an identifier", Agreement(frozenset({1}), frozenset({4, 5})), "certain"),
    ("two identifiers of which one differs", Agreement(frozenset({1}), frozenset({2})), "certain"),
    ("another identifier", Agreement(frozenset({4, 5, 6, 7, 8}), frozenset({1})), "below"),
    ("another NHS number with one half the same", Agreement(frozenset({4, 5, 14}), frozenset({1, 15})), "below"),
    ("another NINO with one half the same", Agreement(frozenset({4, 5, 16}), frozenset({2, 17})), "certain"),
    ("two keys with a forename", Agreement(frozenset({4, 8}), frozenset()), "certain"),
    ("two keys without a forename", Agreement(frozenset({8, 9}), frozenset()), "probable"),
    ("one key", Agreement(frozenset({4}), frozenset({5, 6})), "probable"),
    ("nothing shared", Agreement(frozenset(), frozenset({4, 5})), "below"),
    ("nothing to compare", Agreement(frozenset(), frozenset()), "below"),
)


@pytest.mark.parametrize(("name", "found", "band"), AGREEMENTS, ids=[row[0] for row in AGREEMENTS])
def test_what_sharing_match_keys_is_worth(name: str, found: Agreement, band: str) -> None:
    """Too little agreement shares a record, or too much is asked for."""
    assert RULE.band(RULE.weight(found)) == band, name


def test_a_conflict_of_checked_numbers_vetoes_whatever_else_agrees() -> None:
    """Twins, who share all but the number, become one."""
    every = frozenset(number for number in points(MINA) if number not in (1, 2, 3))
    assert RULE.weight(Agreement(every, frozenset({1}))) == VETO
    assert RULE.weight(Agreement(every, frozenset({3}))) == VETO


def test_what_only_one_of_two_holds_is_no_evidence() -> None:
    """A record with fewer details is taken for somebody else's."""
    one, other = {4: b"a", 5: b"b"}, {4: b"a", 6: b"c"}
    assert agreement(one, other) == Agreement(frozenset({4}), frozenset())
    assert agreement({4: b"a"}, {4: b"b"}) == Agreement(frozenset(), frozenset({4}))


def test_a_candidate_shows_nothing_of_its_points() -> None:
    """Points of a record reach a log or a traceback through its repr."""
    assert "points" not in repr(Candidate(b"i" * 16, "csc", {4: b"secret"}))
