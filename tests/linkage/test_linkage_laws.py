"""Laws of matching, on small worlds in which people share names, birthdays, homes and numbers all the time."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st
from linkage_records import RULE, near, pair, points, record, run

from broker.agency.matchkeys import Person
from broker.linkage.compare import Candidate
from broker.linkage.groups import Member, Related, families
from broker.linkage.resolve import Resolution
from broker.linkage.steps import Pair

people = st.builds(
    Person,
    forename=st.sampled_from(["minaquille", "minaquilla", "joram", "otto", ""]),
    surname=st.sampled_from(["vexworthigan", "quagmirrow"]),
    dob=st.sampled_from(["2014-07-19", "2014-07-09", "1983-08-29", ""]),
    postcode=st.sampled_from(["ZY477QX", "ZY477QZ", "QQ19XX", ""]),
    nhs=st.sampled_from(["9990000018", "9990000026", "", ""]),
    nino=st.sampled_from(["QQ123456A", "QQ123456B", "", "", ""]),
)


@st.composite
def worlds(draw: st.DrawFn) -> tuple[list[Candidate], dict[Pair, str]]:
    """Up to ten records at up to five sources, and what people said about some pairs."""
    found = draw(st.lists(st.tuples(people, st.sampled_from("abcde")), max_size=10))
    records = [record(f"r{at}", person, source) for at, (person, source) in enumerate(found)]
    pairs = [pair(one, other) for one, other in combinations(records, 2)]
    said = draw(st.dictionaries(st.sampled_from(pairs), st.sampled_from(["same", "not_the_same"]))) if pairs else {}
    return records, said


def resolution_of(person: Person, records: list[Candidate], said: dict[Pair, str]) -> Resolution:
    return near(person, records, said).person()


@given(person=people, world=worlds(), order=st.randoms())
@settings(max_examples=150, deadline=None)
def test_the_order_of_arrival_does_not_matter(
    person: Person, world: tuple[list[Candidate], dict[Pair, str]], order: object
) -> None:
    """Who is taken for one person depends on which record was posted first."""
    records, said = world
    shuffled = list(records)
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    turned = dict(reversed(list(said.items())))
    assert resolution_of(person, records, said) == resolution_of(person, shuffled, turned)


@given(person=people, world=worlds())
@settings(max_examples=250, deadline=None)
def test_a_verdict_is_never_overruled(person: Person, world: tuple[list[Candidate], dict[Pair, str]]) -> None:
    """Two records that somebody parted are told as one person's."""
    records, said = world
    members = resolution_of(person, records, said).members
    for (one, one_band), (other, other_band) in combinations(members, 2):
        if "certain" in (one_band, other_band):
            assert said.get(pair(one, other)) != "not_the_same"


@given(person=people, world=worlds())
@settings(max_examples=150, deadline=None)
def test_whoever_is_told_was_held_and_is_there_once(
    person: Person, world: tuple[list[Candidate], dict[Pair, str]]
) -> None:
    """A record is told twice, or one that nobody holds."""
    records, said = world
    members = [candidate for candidate, _ in resolution_of(person, records, said).members]
    assert len({one.id for one in members}) == len(members)
    assert {one.id for one in members} <= {one.id for one in records}


@given(person=people, world=worlds(), stranger=people)
@settings(max_examples=100, deadline=None)
def test_what_shares_nothing_with_anybody_changes_nothing(
    person: Person, world: tuple[list[Candidate], dict[Pair, str]], stranger: Person
) -> None:
    """A record of somebody far away changes who is taken for one person."""
    records, said = world
    far = Candidate(
        b"far".ljust(16, b"."), "z", frozenset((number, bytes([number]) * 32) for number, _ in points(stranger))
    )
    assert resolution_of(person, [*records, far], said) == resolution_of(person, records, said)


@given(
    world=worlds(),
    kinds=st.lists(st.sampled_from(["parent", "sibling", "household_member"]), min_size=10),
    order=st.randoms(),
)
@settings(max_examples=150, deadline=None)
def test_families_do_not_depend_on_order_and_lose_nobody(
    world: tuple[list[Candidate], dict[Pair, str]], kinds: list[str], order: object
) -> None:
    """A relative is lost or told twice, or who belongs together depends on who delivered first."""
    records, said = world
    related = [Related(one, kind) for one, kind in zip(records[::2], kinds, strict=False)]
    own = [one.id for one in records[:1]]

    def members(some: list[Related], held: list[Candidate]) -> tuple[Member, ...]:
        return run(families(some, own, rule=RULE), held, said)

    found = members(related, records)
    shuffled, held = list(related), list(records)
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    order.shuffle(held)  # type: ignore[attr-defined]
    assert found == members(shuffled, held)
    ids = [candidate.id for member in found for candidate, _ in member.records]
    assert len(set(ids)) == len(ids)
    assert {one.candidate.id for one in related} - set(own) <= set(ids)
    assert not set(own) & set(ids)
    for member in found:
        certain = [candidate for candidate, band in member.records if band == "certain"]
        assert all(said.get(pair(one, other)) != "not_the_same" for one, other in combinations(certain, 2))
