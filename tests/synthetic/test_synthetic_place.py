from __future__ import annotations

import hashlib
import re
import time
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from demonstration import brackwater, records

from broker.errors import BadInput
from broker.synthetic import caseloads, mistakes, place
from broker.synthetic.mistakes import RATES
from broker.synthetic.truth import write


def _digest(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_same_seed_gives_the_same_bytes(tmp_path: Path, written: Path) -> None:
    """A measurement could not be repeated if one run of the demonstration differed from the next."""
    write(place.build(2000, seed=2026), tmp_path)
    assert _digest(tmp_path) == _digest(written)


def test_another_seed_gives_other_people_and_the_same_stories() -> None:
    other = place.build(400, seed=7)
    assert [story.query for story in other.stories] == [story.query for story in brackwater().stories]
    ours = list(brackwater().people.values())[-100:]
    theirs = list(other.people.values())[-100:]
    assert [person.surname for person in ours] != [person.surname for person in theirs]


def test_number_of_people_is_exact_and_bounded() -> None:
    assert len(brackwater().people) == 2000
    for wrong in (0, 199, 400_001):
        with pytest.raises(BadInput):
            place.build(wrong)


def test_every_identifier_is_valid_and_given_once() -> None:
    """Written from the rules anew, so that a mistake in the generator's own check is found."""
    people = brackwater().people.values()
    nhs = [n for person in people for n in (person.nhs_number, person.second_nhs_number) if n]
    for number in nhs:
        assert re.fullmatch(r"999\d{7}", number)
        assert sum(int(digit) * weight for digit, weight in zip(number, range(10, 0, -1), strict=True)) % 11 == 0
    for person in people:
        if person.upn:
            total = sum(int(digit) * (place + 2) for place, digit in enumerate(person.upn[1:]))
            assert re.fullmatch(r"[A-Z]999\d{9}", person.upn)
            assert "ABCDEFGHJKLMNPQRTUVWXYZ"[total % 23] == person.upn[0]
        if person.nino:
            assert re.fullmatch(r"[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]\d{6}[A-D]", person.nino)
            assert person.nino[:2] not in {"BG", "GB", "KN", "NK", "NT", "TN", "ZZ"}
    for numbers in (nhs, [p.upn for p in people if p.upn], [p.nino for p in people if p.nino]):
        assert len(numbers) == len(set(numbers))


def test_addresses_are_of_an_area_that_does_not_exist() -> None:
    """A postcode in use would put fictional people into somebody's house."""
    for address in brackwater().gazetteer:
        assert re.fullmatch(r"ZY[1-6] \d[ABDEFGHJLNP-UW-Z]{2}", address.postcode)
        assert re.fullmatch(r"9999\d{8}", address.uprn)
    assert len({address.street for address in brackwater().gazetteer}) >= 60


def test_families_make_sense() -> None:
    today, people = brackwater().today, brackwater().people
    for person in people.values():
        for parent in person.parents:
            assert people[parent].age(today) - person.age(today) >= 14, person.id
        if person.partner:
            assert people[person.partner].partner == person.id
    assert all(person in people for household in brackwater().households for person in household.people)


def test_records_per_person_are_as_many_as_in_a_real_place() -> None:
    assert 7_000 <= len(records()) <= 8_000
    assert {record.source for record in records()} == set(caseloads.SOURCES)


def test_references_are_unique_in_a_source_and_differ_between_sources() -> None:
    seen = Counter((record.source, record.reference) for record in records())
    assert max(seen.values()) == 1
    one = {record.reference[-6:] for record in records() if record.person == records()[200].person}
    assert len(one) > 1


def test_mistakes_happen_as_often_as_declared() -> None:
    """The measured recall of the demonstration is worth nothing when the mess is milder than it says."""
    people = place.build(12_400, seed=5)
    households = {household.id: household for household in people.households}
    able, made = Counter[str](), Counter[str]()
    for record in caseloads.records(people):
        person = people.people[record.person]
        if person.household not in people.planted:
            able.update(list(mistakes.chances(person, households[person.household], source=record.source)))
            made.update(record.mistakes)
    for mistake, rate in RATES.items():
        spread = 5 * (rate * (1 - rate) / able[mistake]) ** 0.5
        assert abs(made[mistake] / able[mistake] - rate) < max(spread, 0.05 * rate), mistake


def test_hard_cases_are_all_there() -> None:
    people = brackwater()
    marks = Counter(mark for person in people.people.values() for mark in person.marks)
    wanted = "twin same_name namesake no_fixed_abode traveller refugee unborn two_nhs_numbers adopted earlier_identity"
    assert set(wanted.split()) <= set(marks)
    khans = [person for person in people.people.values() if "namesake" in person.marks]
    homes = {household.id: household.address for household in people.households}
    assert {(p.forename, p.surname, p.born.year if p.born else 0, homes[p.household].postcode) for p in khans} == {
        ("Mohammed", "Khan", 1991, homes[khans[0].household].postcode)
    }
    assert homes[khans[0].household] != homes[khans[1].household]
    for earlier, adopted in people.never_link:
        before, after = people.people[earlier], people.people[adopted]
        assert (before.forename, before.born) == (after.forename, after.born) and before.surname != after.surname


def test_unborn_child_has_no_birthday_and_no_number() -> None:
    for person in brackwater().people.values():
        if "unborn" in person.marks:
            assert person.born is None and person.due and person.due > brackwater().today and not person.nhs_number


def test_a_whole_town_is_written_in_seconds(tmp_path: Path) -> None:
    """12,400 people in under 20 seconds, or nobody runs the demonstration a second time."""
    begun = time.perf_counter()
    done = write(place.build(12_400, today=date(2026, 11, 22)), tmp_path)
    assert time.perf_counter() - begun < 20
    assert done.total > 40_000
