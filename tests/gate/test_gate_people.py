"""The made-up people: a gate measured on people who are too easy to tell apart would let anything through."""

from __future__ import annotations

import numpy as np
import pytest

from broker.agency.gate.people import People, make_people

COUNT = 60_000


@pytest.fixture(scope="module")
def people() -> People:
    return make_people(COUNT)


def collision_bits(people: People, atom: str) -> float:
    """How alike two people drawn at random are: minus log2 of the chance that they have the same value."""
    values = people.main[atom]
    counts = np.unique(values[values > 0], return_counts=True)[1].astype(np.float64)
    everyone = counts.sum()
    return float(-np.log2(np.sum(counts * (counts - 1)) / (everyone * (everyone - 1))))


@pytest.mark.parametrize(("atom", "bits"), [("fn", 6.8), ("sn", 9.0), ("dob", 14.8), ("sex", 1.0), ("bp", 4.2)])
def test_values_are_as_frequent_as_assumed(people: People, atom: str, bits: float) -> None:
    """Rarer names or birthdays than people really have would hide how many share a key."""
    assert collision_bits(people, atom) == pytest.approx(bits, abs=0.15)


def test_households_postcodes_and_outcodes_have_the_sizes_assumed(people: People) -> None:
    """Families and neighbours are whom a key is shared with."""
    assert COUNT / len(np.unique(people.main["uprn"])) == pytest.approx(2.35, abs=0.05)
    assert COUNT / len(np.unique(people.main["pc"])) == pytest.approx(36, abs=2)
    assert np.bincount(people.main["pco"])[1] == pytest.approx(20_000, rel=0.1)


def test_coarser_atoms_follow_from_finer_ones(people: People) -> None:
    """A person's atoms are all of one name, one birthday and one address."""
    for finer, coarser in [
        ("fn", "fn3"), ("fn", "fnp"), ("sn", "snp"), ("sn", "sn1"), ("dob", "dsw"), ("dob", "ym"), ("dob", "yd"),
        ("dob", "md"), ("ym", "yy"), ("uprn", "hnpc"), ("hnpc", "pc"), ("pc", "pcs"), ("pcs", "pco"), ("pc", "pin"),
    ]:  # fmt: skip
        both = np.stack((people.main[finer], people.main[coarser]), axis=1)
        assert len(np.unique(both, axis=0)) == len(np.unique(people.main[finer])), (finer, coarser)


def test_a_household_shares_what_households_share(people: People) -> None:
    """Twins, juniors, one telephone, one surname: without them every key looks better than it is."""
    main = people.main
    same_home = main["uprn"][1:] == main["uprn"][:-1]
    for atom, least, most in [("sn", 0.6, 0.9), ("phone", 0.3, 0.6), ("email", 0.2, 0.6), ("dob", 0.005, 0.02)]:
        share = np.mean(main[atom][1:][same_home] == main[atom][:-1][same_home])
        assert least < share < most, atom
    names = main["fn"][1:][same_home] == main["fn"][:-1][same_home]
    assert 0 < np.mean(names) < 0.01


def test_the_same_people_every_time(people: People) -> None:
    """Whether a scheme passes may not depend on the day or the machine."""
    again = make_people(COUNT)
    assert all(np.array_equal(people.main[atom], again.main[atom]) for atom in people.main)
    # Sizes, ages and addresses rest on no table of names, so that these are the same in every release.
    assert [int(people.main[atom].sum()) for atom in ("uprn", "dob", "pc", "pin")] == [
        764651420, 1386118324, 51649393, 123869333,
    ]  # fmt: skip
