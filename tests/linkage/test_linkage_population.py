"""What one record adds to a run, what its agency gets back, and what the sums say."""

from __future__ import annotations

import pytest

from broker.linkage.figures import figures
from broker.linkage.levels import FIELDS
from broker.linkage.population import _AGREES, Differing, Gift, Match, Place, Seen, is_same, levels_in, summed

CSC, EH, ED, HS = (Place("csc", "council"), Place("eh", "council"), Place("ed", "school"), Place("hs", "homes"))
AGENCIES = {place.source: place.agency for place in (CSC, EH, ED, HS)}


def letters(**levels: str) -> str:
    """The letters of a pair: each field at the level with these words, others not held."""
    return "".join(chr(97 + words.index(levels.get(field, "not held"))) for field, words in FIELDS.items())


ALIKE = letters(forename="same", surname="same", birth="same")
OTHER_DAY = letters(forename="nickname", surname="same", birth="day differs")
MOVED = letters(forename="same", surname="same", birth="same", address="elsewhere")


def seen(*matches: Match, place: Place = CSC, **more: object) -> Seen:
    return Seen(place, matches, **more)  # type: ignore[arg-type]


GIFTS: dict[str, tuple[Seen, Gift | None]] = {
    "nobody else": (seen(), None),
    "all agree": (seen(Match(ED, "certain", ALIKE), Match(HS, "certain", ALIKE)), None),
    "one differs": (
        seen(Match(ED, "certain", OTHER_DAY), Match(HS, "certain", ALIKE)),
        Gift((Differing("birth", 1, 1),), "none", ()),
    ),
    "only to be checked": (seen(Match(ED, "probable", OTHER_DAY)), None),
    "a service that has them twice, once like us": (
        seen(Match(ED, "certain", OTHER_DAY), Match(ED, "certain", ALIKE)), None,
    ),
    "a service that has them twice, never like us": (
        seen(Match(ED, "certain", OTHER_DAY), Match(ED, "certain", OTHER_DAY)),
        Gift((Differing("birth", 1, 0),), "none", ()),
    ),
    "twice here": (seen(Match(CSC, "certain", OTHER_DAY)), Gift((), "one", ())),
    "three times here": (seen(Match(CSC, "certain", ALIKE), Match(CSC, "certain", ALIKE)), Gift((), "several", ())),
    "another number": (
        seen(Match(ED, "certain", letters(nhs="both whole, apart", upn="same", surname="same"))),
        Gift((Differing("nhs", 1, 0),), "none", ("nhs",)),
    ),
    "protected": (seen(Match(ED, "certain", OTHER_DAY), is_protected=True), None),
    "an address, which guesses would find": (seen(Match(ED, "certain", MOVED)), None),
    "levels that were not told": (seen(Match(ED, "certain", "")), None),
}  # fmt: skip


@pytest.mark.parametrize(("record", "expected"), GIFTS.values(), ids=GIFTS.keys())
def test_what_an_agency_gets_back(record: Seen, expected: Gift | None) -> None:
    """A gift that is wrong sends somebody to change a record that was right."""
    assert record.gift() == expected


def test_every_field_has_levels_that_agree_and_that_do_not() -> None:
    """A level that is renamed in the model silently becomes another value."""
    for field, words in _AGREES.items():
        assert words <= set(FIELDS[field])
    for field, words in FIELDS.items():
        found = [is_same(field, level) for level in range(1, len(words))]
        assert found[0] and not found[-1], field


def test_letters_are_read_as_they_are_written() -> None:
    """The linkage unit writes the levels and the broker reads them one field off."""
    found = levels_in(OTHER_DAY)
    assert (found["forename"], found["birth"], found["phone"]) == (2, 3, 0)
    assert levels_in("") == {}


def people() -> list[Seen]:
    """Three people: one at three services and twice in one, one at two with a doubt, one alone."""
    first = [CSC, CSC, ED, HS]
    of_first = [
        seen(*(Match(other, "certain", ALIKE) for m, other in enumerate(first) if m != n), place=place)
        for n, place in enumerate(first)
    ]
    doubt = [
        seen(Match(EH, "probable"), place=ED), seen(Match(ED, "probable"), place=EH, conflicts=1, is_protected=True)
    ]  # fmt: skip
    return [*of_first, *doubt, seen(place=HS, hubs=frozenset({("hs", 6)}))]


def test_the_figures() -> None:
    """What is reported adds up."""
    found = figures(summed([one.counts() for one in people()]), agencies=AGENCIES)

    assert (found["records"], found["people"]) == (7, 4)
    assert (found["certain"], found["probable"], found["none"]) == (0.5714, 0.2857, 0.1429)
    assert found["sources"]["csc"]["duplicates"] == 2
    assert (found["sources"]["csc"]["people"], found["agencies"]["council"]["people"]) == (1, 2)
    assert found["review_per_1000"] == pytest.approx(1000 * 1.5 / 7, abs=0.01)
    assert {(one["source"], one["other"]): (one["certain"], one["probable"]) for one in found["pairs"]} == {
        ("csc", "ed"): (1.0, 0.0), ("csc", "hs"): (1.0, 0.0), ("ed", "csc"): (0.5, 0.0), ("ed", "eh"): (0.0, 0.5),
        ("ed", "hs"): (0.5, 0.0), ("eh", "ed"): (0.0, 1.0), ("hs", "csc"): (0.5, 0.0), ("hs", "ed"): (0.5, 0.0),
    }  # fmt: skip
    assert found["fields"]["birth"] == {"held": 12, "agree": 1.0, "levels": {"same": 12}}
    assert found["hubs"] == [{"source": "hs", "match_key": 6, "records": 1}]
    assert (found["protected"], found["left_out"]) == (1, {})


def test_sums_do_not_depend_on_the_order_or_on_being_made_at_once() -> None:
    """A run that was stopped has other figures than one that was not."""
    counts = [one.counts() for one in people()]
    halves = summed([summed(counts[:3]), summed(counts[3:])])
    assert summed(counts[::-1]) == summed(counts) == halves


def test_no_records_are_no_fault() -> None:
    """A run in which everything changed since the grant ends in a division by nought."""
    found = figures(summed([]), agencies=AGENCIES)
    assert (found["records"], found["people"], found["certain"]) == (0, 0, 0.0)


def test_counts_name_nobody() -> None:
    """A count is kept under something of a person."""
    known = {*AGENCIES, *AGENCIES.values(), *FIELDS, *(word for words in FIELDS.values() for word in words)}
    kinds = {kind for one in people() for kind in one.counts()}
    parts = {part for kind in kinds for part in kind[1:]}
    assert {part for part in parts - known if not part.isdigit()} <= {"certain", "probable", "none", "conflict"}
