"""Which records are taken for one person: the tables are the manual."""

from __future__ import annotations

from dataclasses import replace

import pytest
from linkage_records import MINA, NHS, RULE, changed, names_of, near, pair, points, record, resolved

from broker.agency.matchkeys import Person
from broker.linkage.compare import Agreement, Candidate, agreement
from broker.linkage.resolve import CALLS, gather
from broker.linkage.steps import QUESTION, Compare, Found
from broker.wire.comparison import SIZES

WITH_NHS = changed(nhs=NHS["a"])
TWIN = changed(forename="joramble", nhs=NHS["b"])
OTTO = Person(forename="otto", surname="quag", dob="1950-04-05", postcode=MINA.postcode)

# What is asked, what is held, and how the record is taken: certain, to be checked or not at all (both: not certain).
ONE_RECORD: tuple[tuple[str, Person, Person, str], ...] = (
    ("the same", MINA, MINA, "certain"),
    ("a typing mistake at the end of the forename", MINA, changed(forename="minaquilla"), "certain"),
    ("moved far away", MINA, changed(postcode="QQ19XX"), "certain"),
    ("day and month swapped", changed(dob="2014-07-09"), changed(dob="2014-09-07"), "certain"),
    ("forename and surname swapped", MINA, changed(forename="vexworthigan", surname="minaquille"), "certain"),
    ("the same NHS number, another surname and home", WITH_NHS,
     changed(WITH_NHS, surname="quagmirrow", postcode="QQ19XX"), "certain"),
    ("one wrong digit in the NHS number", WITH_NHS, changed(nhs_unchecked="9990000019"), "certain"),
    ("another NHS number", WITH_NHS, changed(nhs=NHS["b"]), "to be checked"),
    ("a forename that sounds alike and begins otherwise", changed(forename="ella"), changed(forename="isla"),
     "to be checked"),
    ("a forename of the same beginning", MINA, changed(forename="minaka"), "to be checked"),
    ("the same name and home, and another birthday", MINA, changed(dob="1981-12-19"), "to be checked"),
    ("the same name and home, another birthday and another number", WITH_NHS,
     changed(dob="1981-12-19", nhs=NHS["b"]), "not at all"),
    ("a twin with another initial", MINA, changed(forename="joramble"), "not certain"),
    ("a twin with another initial and number", WITH_NHS, TWIN, "not certain"),
    ("a namesake of another age", MINA, changed(dob="1961-03-02", postcode="QQ19XX"), "not at all"),
    ("a neighbour with the birthday", MINA, replace(OTTO, dob=MINA.dob), "not certain"),
    ("the same house", MINA, OTTO, "not at all"),
    ("somebody else", MINA, replace(OTTO, postcode="QQ19XX"), "not at all"),
)  # fmt: skip


@pytest.mark.parametrize(("name", "asked", "held", "taken"), ONE_RECORD, ids=[row[0] for row in ONE_RECORD])
def test_how_a_record_is_taken(name: str, asked: Person, held: Person, taken: str) -> None:
    """A record of somebody else is shared, or one of the same person is missed."""
    band = resolved(asked, [record("r", held)]).get("r")
    allowed = {"certain": {"certain"}, "to be checked": {"probable"}, "not at all": {None}}
    assert band in allowed.get(taken, {"probable", None}), name


def test_a_second_hop_finds_what_shares_nothing_with_the_question() -> None:
    """A record under another name that carries the same NHS number as one that was found is missed."""
    moved = changed(WITH_NHS, surname="quagmirrow", postcode="QQ19XX", dob="2014-07-09")
    first, second = record("first", WITH_NHS), record("second", moved)
    assert not second.shares(points(MINA)), "the second would be found without a hop"
    assert resolved(MINA, [first, second]) == {"first": "certain", "second": "certain"}


def test_there_is_no_third_hop() -> None:
    """Links of links are followed, so that a chain of small likenesses joins strangers."""
    upn = "H801200001001"
    second = changed(WITH_NHS, surname="quagmirrow", postcode="QQ19XX", dob="2014-07-09", upn=upn)
    third = changed(MINA, surname="unbek", postcode="ZZ12AB", dob="2014-11-19", upn=upn)
    held = [record("first", WITH_NHS), record("second", second), record("third", third)]
    assert set(resolved(MINA, held)) == {"first", "second"}


def test_a_further_record_must_fit_all_that_is_there() -> None:
    """One shared number outweighs everything that speaks against it."""
    others = [record(f"r{at}", changed(nhs=NHS["a"] if at == 0 else ""), source=f"s{at}") for at in range(7)]
    stray = Person(forename="otto", surname="quag", dob="1950-04-05", nhs=NHS["a"])
    assert resolved(MINA, [*others, record("stray", stray, "s9")]).get("stray") != "certain"


def test_twins_do_not_vouch_for_each_other() -> None:
    """Many records of one twin draw the other twin's in."""
    mine = [record(f"m{at}", WITH_NHS, f"s{at}") for at in range(4)]
    theirs = [record(f"t{at}", TWIN, f"s{at}") for at in range(4)]
    found = resolved(MINA, [*mine, *theirs])
    assert {name for name, band in found.items() if band == "certain"} == {"m0", "m1", "m2", "m3"}


def test_not_the_same_parts_two_records_for_good() -> None:
    """A person's verdict is overruled by what two records share."""
    one, other = record("one", WITH_NHS), record("other", WITH_NHS, "ed")
    assert set(resolved(WITH_NHS, [one, other])) == {"one", "other"}
    bands = resolved(WITH_NHS, [one, other], {pair(one, other): "not_the_same"})
    assert list(bands.values()).count("certain") == 1


def test_same_joins_what_was_not_certain() -> None:
    """A person's verdict that two records are the same changes nothing."""
    one, other = record("one", MINA), record("other", changed(forename="joramble"), "ed")
    assert resolved(MINA, [one, other]).get("other") != "certain"
    assert resolved(MINA, [one, other], {pair(one, other): "same"})["other"] == "certain"


def test_same_does_not_lift_a_verdict_about_another_record() -> None:
    """`same` with one record brings back what was parted from another."""
    one, two, three = record("one", MINA, "a"), record("two", MINA, "b"), record("three", MINA, "c")
    verdicts = {pair(one, three): "not_the_same", pair(two, three): "same"}
    found = resolved(MINA, [one, two, three], verdicts)
    assert not {"one", "three"} <= {name for name, band in found.items() if band == "certain"}


def test_what_was_parted_is_not_to_be_checked_either() -> None:
    """A record that somebody said is another person's is shown as probable, and rung about."""
    one, other = record("one", WITH_NHS, "a"), record("other", WITH_NHS, "b")
    more = [record(f"r{at}", WITH_NHS, f"s{at}") for at in range(3)]
    verdicts = {pair(other, some): "not_the_same" for some in [one, *more]}
    assert "other" not in resolved(WITH_NHS, [one, other, *more], verdicts)


def test_without_a_record_is_as_if_it_were_not_held() -> None:
    """What is kept silent still vouches for something else."""
    first = record("first", WITH_NHS, "a")
    second = record("second", changed(WITH_NHS, surname="quagmirrow", postcode="QQ19XX", dob="2014-07-09"), "b")
    held = near(MINA, [first, second])
    assert set(names_of(held.person().members)) == {"first", "second"}
    assert held.person(without=frozenset({first.id})).members == near(MINA, [second]).person().members == ()


def test_without_addresses_a_guessed_postcode_finds_and_adds_nothing() -> None:
    """Whoever walks postcodes about somebody hidden sees a difference."""
    held = [record("here", changed(dob="")), record("known", changed(postcode=""), "b")]
    right, wrong = (near(changed(postcode=code), held) for code in (MINA.postcode, "QQ19XX"))
    assert right.person(placeless=True).members == wrong.person(placeless=True).members
    assert "here" in names_of(right.person().members)


def test_comparisons_fit_their_calls() -> None:
    """A person with a thousand records needs more envelopes than a ticket pays for."""
    assert dict(enumerate(CALLS, start=1)) == SIZES
    held = [record(f"r{at:03}", MINA, f"s{at}") for at in range(60)]
    asking = gather(points(MINA), near(MINA, []).rules)
    calls, wanted = [], next(asking)
    try:
        while True:
            if isinstance(wanted, Compare):
                calls.append(len(wanted.pivots) + len(wanted.others))
                assert wanted.pivots[0] == QUESTION
                wanted = asking.send({})
            else:
                wanted = asking.send(Found(held, {}))
    except StopIteration:
        pass
    assert calls == [SIZES[1], SIZES[2]]


def test_what_there_was_no_room_to_compare_is_to_be_checked() -> None:
    """A record is dropped, or shared, because sixty others came first."""
    held = [record(f"r{at:03}", MINA, f"s{at}") for at in range(70)]
    bands = list(resolved(MINA, held).values())
    assert len(bands) == 70
    assert bands.count("certain") == SIZES[2] - 1


WITH_NINO = changed(nino="QQ123456A")
# What two relatives' records hold, and how they are taken by their labels alone.
BY_LABELS: tuple[tuple[str, Person, Person, str], ...] = (
    ("the same", MINA, MINA, "certain"),
    ("the same NHS number and nothing else", WITH_NHS, Person(nhs=NHS["a"], surname="x", dob="1950-04-05"), "certain"),
    ("another NHS number", WITH_NHS, changed(nhs=NHS["b"]), "below"),
    ("another NHS number, the same NINO", changed(WITH_NHS, nino="QQ123456A"), changed(WITH_NINO, nhs=NHS["b"]),
     "certain"),
    ("another UPN", changed(upn="H801200001001"), changed(upn="B820200001001"), "below"),
    ("another NINO with one half the same", WITH_NINO, changed(nino="QQ124457A"), "certain"),
    ("another NINO, names, birthday and home the same", WITH_NINO, changed(nino="ZZ987654B"), "certain"),
    ("another NINO, moved", WITH_NINO, changed(nino="ZZ987654B", postcode="QQ19XX"), "below"),
    ("a twin", MINA, changed(forename="joramble"), "probable"),
    ("a father and son of one name", MINA, changed(dob="1983-08-29"), "probable"),
    ("moved", MINA, changed(postcode="QQ19XX"), "certain"),
    ("nothing shared", MINA, OTTO, "below"),
    ("nothing to compare", MINA, Person(), "below"),
)  # fmt: skip


@pytest.mark.parametrize(("name", "one", "other", "band"), BY_LABELS, ids=[row[0] for row in BY_LABELS])
def test_what_sharing_match_keys_is_worth(name: str, one: Person, other: Person, band: str) -> None:
    """A relative's record is shared as another's, or missed."""
    assert RULE.band(RULE.weight(agreement(points(one), points(other)))) == band, name


def test_what_only_one_of_two_holds_is_no_evidence() -> None:
    """A record with fewer details is taken for somebody else's."""
    one, other = frozenset({(4, b"a"), (5, b"b")}), frozenset({(4, b"a"), (6, b"c")})
    assert agreement(one, other) == Agreement(frozenset({4}), frozenset())
    assert agreement(frozenset({(4, b"a")}), frozenset({(4, b"b")})) == Agreement(frozenset(), frozenset({4}))


def test_one_of_several_values_is_enough() -> None:
    """A record with an earlier surname beside the present one differs from what has one of the two."""
    both = frozenset({(4, b"a"), (4, b"b")})
    assert agreement(both, frozenset({(4, b"b")})) == Agreement(frozenset({4}), frozenset())
    assert agreement(both, frozenset({(4, b"c")})) == Agreement(frozenset(), frozenset({4}))


def test_a_candidate_shows_nothing_of_its_points() -> None:
    """Points of a record reach a log or a traceback through its repr."""
    assert "points" not in repr(Candidate(b"i" * 16, "csc", frozenset({(4, b"secret")})))
