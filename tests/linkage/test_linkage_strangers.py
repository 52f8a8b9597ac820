"""Whether evidence shows that two records share a match key, and what is said of those that share none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from linkage_records import MINA, MODEL, SCHEME, points

from broker.agency.matchkeys import Person
from broker.linkage.levels import shares_match_key
from broker.linkage.strangers import STRANGER_BITS, tell
from broker.synthetic import standin

OTHER = Person(forename="otto", surname="brandlewick", dob="1961-02-03", postcode="ZY11AA", sex="m")
NEW_YEAR = replace(MINA, dob="2014-01-01")
PAIRS = {
    "the same": (MINA, MINA),
    "another postcode": (MINA, replace(MINA, postcode="ZY11AA")),
    "another surname": (MINA, replace(MINA, surname="brandlewick")),
    "an earlier surname": (replace(MINA, surname="brandlewick", other_surnames=("vexworthigan",)), MINA),
    "an earlier postcode": (
        replace(MINA, postcode="ZY11AA", other_postcodes=("ZY477QX",), dob=""),
        replace(MINA, dob=""),
    ),
    "twins": (MINA, replace(MINA, forename="tamsinella")),
    "nothing": (MINA, OTHER),
    "a sex": (MINA, replace(OTHER, sex="f")),
    "a year of birth": (MINA, replace(OTHER, dob="2014-02-03")),
    "born on 1 January": (NEW_YEAR, replace(NEW_YEAR, forename="mino", postcode="ZY11AA")),
    "born on 1 January of another year": (NEW_YEAR, replace(OTHER, dob="1961-01-01")),
    "a telephone and no name": (replace(MINA, phone="+447700900123"), replace(OTHER, phone="+447700900123")),
}


def vectors(pairs: list[tuple[Person, Person]]) -> tuple[np.ndarray, np.ndarray]:
    return tuple(standin.vectors([pair[at] for pair in pairs], SCHEME) for at in (0, 1))  # type: ignore[return-value]


@pytest.mark.parametrize("pair", PAIRS.values(), ids=PAIRS.keys())
def test_a_shared_match_key_shows_in_the_evidence(pair: tuple[Person, Person]) -> None:
    """Labels lead to a record, and the linkage unit takes it for somebody whom nothing led to."""
    one, other = vectors([pair])
    shared = bool(points(pair[0]) & points(pair[1]))
    assert shares_match_key(SCHEME, one, other).tolist() == [shared]


def test_many_pairs_are_as_one_by_one() -> None:
    """A call is judged all at once."""
    one, other = vectors(list(PAIRS.values()))
    alone = [shares_match_key(SCHEME, *vectors([pair]))[0] for pair in PAIRS.values()]
    assert shares_match_key(SCHEME, one, other).tolist() == alone
    assert shares_match_key(SCHEME, one[:0], other[:0]).tolist() == []


def test_strangers_are_told_one_weight_and_others_their_own() -> None:
    """Both weights, conflicts kept."""
    one, other = vectors(list(PAIRS.values()))
    told = tell(SCHEME, MODEL, one=one, other=other)
    named = dict(zip(PAIRS, told.stranger.tolist(), strict=True))
    strangers = {"nothing", "a sex", "a year of birth", "born on 1 January of another year", "a telephone and no name"}
    assert {name for name, is_stranger in named.items() if is_stranger} == strangers
    assert set(told.bits[told.stranger]) == set(told.placeless[told.stranger]) == {STRANGER_BITS}
    assert told.conflict[list(PAIRS).index("nothing")]
    assert (told.bits[~told.stranger] != STRANGER_BITS).all()
