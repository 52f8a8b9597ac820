"""A seeded small share of `make bench-linkage`: the same code, on a place of 600 people, without Splink."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.linkage import constructed, one_wrong
from benchmarks.linkage.dataset import DataSet
from benchmarks.linkage.encode import encode
from benchmarks.linkage.index import build
from benchmarks.linkage.mapping import load
from benchmarks.linkage.mistake_kinds import mistakes
from benchmarks.linkage.person_sets import person_sets
from benchmarks.linkage.persons import Reading, foreign_postcode, read_entry
from benchmarks.linkage.questions import Answer, Records, ask_all, candidates_of
from benchmarks.linkage.sets_brackwater import brackwater
from benchmarks.linkage.weighing import Judge
from broker.actions.look_up import HUB
from broker.errors import BadInput
from broker.linkage.model import parse_model
from broker.linkage.resolve import Rules
from broker.tokens import load_scheme, packaged

PEOPLE = 600


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> DataSet:
    """Every record of a small Brackwater, read by the agencies' own code."""
    return brackwater(tmp_path_factory.mktemp("place"), PEOPLE)


def answers(data: DataSet) -> list[Answer]:
    scheme, model = load_scheme(), parse_model(packaged("uk-person-1.model.json"))
    sources = [entry.source for entry in data.entries]
    encoded = encode([entry.person for entry in data.entries], scheme)
    rules = Rules(model.bounds, frozenset(one.number for one in scheme.match_keys if one.address))
    index = build(encoded.points, sources, hub=HUB)
    judge = Judge(scheme, model, encoded.vectors)
    records = Records(candidates_of(encoded.points, sources), index, judge, rules)
    return list(ask_all(records, list(enumerate(encoded.points))))


def test_match_quality_of_a_small_place(place: DataSet) -> None:
    """Somebody who changes keys, model or resolving for the worse sees it here first."""
    sets = person_sets(answers(place), place.truth())
    assert sets.certain.precision >= 0.985
    assert sets.certain.f1 >= 0.93
    assert sets.shown.recall >= 0.95


def test_answers_do_not_depend_on_how_many_questions_go_side_by_side(place: DataSet) -> None:
    """Weighing many questions in one call gives each the answer it would have alone."""
    few = DataSet("few", "few", place.entries[:400], {})
    together = answers(few)
    scheme, model = load_scheme(), parse_model(packaged("uk-person-1.model.json"))
    encoded = encode([entry.person for entry in few.entries], scheme)
    sources = [entry.source for entry in few.entries]
    rules = Rules(model.bounds, frozenset(one.number for one in scheme.match_keys if one.address))
    records = Records(
        candidates_of(encoded.points, sources),
        build(encoded.points, sources, hub=HUB),
        Judge(scheme, model, encoded.vectors),
        rules,
    )
    for at in range(0, 400, 40):
        assert next(ask_all(records, [(at, encoded.points[at])])) == together[at]


def test_every_kind_of_one_mistake_can_be_made() -> None:
    """A mistake that changes nothing would count as found."""
    from broker.synthetic.place import build as build_place

    people = one_wrong.records_of(build_place(people=300, seed=5))
    asked = one_wrong.asked(people, 30, seed=5)
    assert {kind for kind, _, _ in asked} == mistakes(people).keys()
    assert all(wrong != people[name] for _, name, wrong in asked)


def test_constructed_twins_and_juniors() -> None:
    """Twins share the birthday and not the forename, juniors the name and not the birthday."""
    place, made = constructed.place_of(20)
    for one, other in made["twins"]:
        assert place.people[one].born == place.people[other].born
        assert place.people[one].forename != place.people[other].forename
    for one, other in made["juniors"]:
        assert place.people[one].forename == place.people[other].forename
        assert place.people[one].born != place.people[other].born
    assert constructed.merged(made["twins"], {(made["twins"][0][1], made["twins"][0][0])}) == 1


def test_a_foreign_address_stands_in_the_parts_of_a_postcode() -> None:
    """Street and postcode both count, and a postcode alone is no more than an outward half."""
    reading = Reading(foreign_address=True, plain_numbers=True)
    cells = {"surname": "Green", "postcode": "2119", "street": "Wallaby Place", "house": "7", "nino": "1804974"}
    whole = read_entry(cells, reading)
    assert whole.postcode == foreign_postcode("2119", "wallaby place")
    assert whole.postcode[:-3] == "2119" and whole.house == "7" and whole.nino == "1804974"
    scheme = load_scheme()
    bare = encode([read_entry({"surname": "Green", "postcode": "2119"}, reading)], scheme)
    held = {atom for atom, slot in zip(scheme.atoms, bare.vectors[0].tolist(), strict=True) if slot}
    assert "pco" in held and not held & {"pc", "pcs", "pin", "hnpc"}


MAPPING = """
name = "three agencies"
truth = "person"
source = "agency"
[columns]
forename = "first"
middle = "second"
surname = "family"
dob = "born"
zip = "zip"
street = "road"
house = "no"
ssn = "ssn"
phone = "mobile"
[dates]
formats = ["month-first", "iso"]
"""
ROWS = """agency,id,person,first,second,family,born,zip,road,no,ssn,mobile
council,1,p1,Maria,,Kowalska,03/12/1988,98101,Elm Street,14,,07700900123
clinic,77,p1,Mary,J,KOWALSKA,3/12/88,98101,Elm St,14,536-22-8127,
jobs,A5,p1,Maria,,Nowak,1988-03-12,,,,536228127,
jobs,A6,p2,Ann,,Smith,1950-01-02,98102,Oak Road,2,111223333,
"""


def test_a_set_of_somebody_elses(tmp_path: Path) -> None:
    """The worked example of docs/benchmarks.md is read as the page says."""
    (tmp_path / "people.csv").write_text(ROWS, encoding="utf-8")
    (tmp_path / "people.toml").write_text(MAPPING, encoding="utf-8")
    data = load(tmp_path / "people.csv", tmp_path / "people.toml")
    assert data.sources() == ["clinic", "council", "jobs"]
    assert np.bincount(data.truth()).tolist() == [3, 1]
    people = [entry.person for entry in data.entries]
    assert [person.dob for person in people] == ["1988-03-12"] * 3 + ["1950-01-02"]
    assert people[1].nino == people[2].nino == "536228127"
    assert people[0].phone == "+447700900123" and people[1].middle == "j"
    assert set(data.clear) >= {"forename", "surname", "dob", "zip", "street", "nino"}


@pytest.mark.parametrize(
    ("change", "code", "hint"),
    [
        (('forename = "first"', 'forename = "frist"'), "column-unknown", "first"),
        (('forename = "first"', 'fornename = "first"'), "field-unknown", "forename"),
        (('truth = "person"', 'trut = "person"'), "mapping-invalid", "truth"),
        (("[columns]", "[columns"), "mapping-unreadable", ""),
    ],
)
def test_what_is_wrong_with_a_mapping_is_said(tmp_path: Path, change: tuple[str, str], code: str, hint: str) -> None:
    """A benchmark that is set up wrongly stops and says where."""
    (tmp_path / "people.csv").write_text(ROWS, encoding="utf-8")
    (tmp_path / "people.toml").write_text(MAPPING.replace(*change), encoding="utf-8")
    with pytest.raises(BadInput) as caught:
        load(tmp_path / "people.csv", tmp_path / "people.toml")
    assert caught.value.code == code and hint in caught.value.hint
