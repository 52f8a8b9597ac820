from __future__ import annotations

from collections import Counter, defaultdict
from datetime import timedelta
from pathlib import Path

from demonstration import brackwater, records, rows, story

from broker.agency import csvfile, mapping
from broker.agency.matchkeys import Person, match_keys
from broker.synthetic.population import Record
from broker.synthetic.sources import SHAPES
from broker.synthetic.story_hartley import SPELLINGS
from broker.synthetic.story_refuge import CANARIES
from broker.synthetic.truth import source_folder
from broker.tokens import load_scheme

Key = tuple[int, tuple[str, ...]]


def _about(person: str) -> list[Record]:
    return [record for record in records() if record.person == person]


def _family_records() -> list[Record]:
    family = story("1").expected["family"]
    assert isinstance(family, list)
    return [record for record in records() if record.person in family]


def _keys(folder: Path) -> dict[tuple[str, str], set[Key]]:
    """The match keys of every row of every source, by source and reference, as the agency client makes them."""
    found = {}
    for source, shape in SHAPES.items():
        home = source_folder(folder, source)
        mapped = mapping.parse((home / "mapping.toml").read_bytes())
        table = csvfile.read((home / shape.file).read_bytes(), mapped, today=brackwater().today, synthetic_numbers=True)
        for row in table.rows:
            keys = match_keys(row.person, load_scheme(), protected=bool(row.content.protections))
            found[source, row.ref] = set(keys)
    return found


def test_story_1_is_fourteen_sources_of_seven_agencies_and_23_workers() -> None:
    held = _family_records()
    sources = {record.source for record in held}
    assert sorted(sources) == sorted(story("1").expected["sources"])  # type: ignore[call-overload]
    assert len(sources) == 14
    by_agency = Counter(SHAPES[source].agency for source in sources)
    assert len(by_agency) == 7 and max(by_agency.values()) <= 5
    assert len({record.content["lead_name"] for record in held}) == 23
    people = [brackwater().people[person] for person in story("1").expected["family"]]  # type: ignore[attr-defined]
    assert len(people) == 7 and len({person.surname for person in people}) == 3


def test_story_1_has_five_spellings_of_one_address(written: Path) -> None:
    text = "\n".join(" ".join(row.values()) for source in SHAPES for row in rows(written, source)).replace("’", "'")
    assert len(SPELLINGS) == 5 and all(spelling in text for spelling in SPELLINGS)


def test_story_1_has_three_duplicate_assessments_and_two_clashing_plans() -> None:
    held = {(record.source, record.person): record.content for record in _family_records()}
    twice = 0
    for (source, person), content in held.items():
        if source == "csc" and content.get("csc.assessment") and ("eh", person) in held:
            first, second = content["csc.assessment"], held["eh", person]["eh.assessment"]
            twice += abs(second - first) <= timedelta(days=90)  # type: ignore[operator]
            assert content["csc.cp_plan.on"] and held["eh", person]["eh.family_plan.on"]
    assert twice == 3


def test_story_1_can_be_found_from_the_question(written: Path) -> None:
    """From what the social worker types to Ellie's records, to her family's in one source, to theirs elsewhere."""
    asked = story("1").query
    keys = _keys(written)
    holders = defaultdict(set)
    for record, held in keys.items():
        for key in held:
            holders[key].add(record)
    typed = Person(
        forename=asked["forename"].lower(),
        surname=asked["surname"].lower(),
        dob=asked["dob"],
        postcode=asked["postcode"].replace(" ", ""),
    )
    ellie = {record for key in match_keys(typed, load_scheme()) for record in holders[key]}
    related = {(r.source, ref) for r in records() if (r.source, r.reference) in ellie for _, ref in r.relations}
    reached = ellie | related | {record for near in related for key in keys[near] for record in holders[key]}
    family = {(record.source, record.reference) for record in _family_records()}
    assert family <= reached
    assert reached <= family


def test_story_3b_has_one_record_and_it_is_silent() -> None:
    amara = str(story("3b").expected["person"])
    held = [record for record in _about(amara) if record.source == "hv"]
    assert len(held) == 1 and held[0].content["hv.contraception"] is True
    elsewhere = {str(value) for record in _about(amara) if record.source != "hv" for value in record.content.values()}
    assert not any(word in text for word in story("3b").forbidden for text in elsewhere)


def test_story_4_flags_come_from_two_sources_and_nobody_else() -> None:
    protected = story("4d").expected["protected"]
    assert isinstance(protected, list)
    flagged = {(r.source, r.person) for r in records() if r.person in protected and r.content.get("protection")}
    assert flagged == {(source, person) for source in ("csc", "dv") for person in protected}


def test_story_4_canaries_are_planted_and_nowhere_else(written: Path) -> None:
    """A canary that is in no export proves nothing; one that is in another record accuses the innocent."""
    places = defaultdict(set)
    for source in SHAPES:
        for row in rows(written, source):
            for canary in CANARIES:
                if any(canary.casefold() in cell.casefold() for cell in row.values()):
                    places[canary].add((source, next(iter(row.values()))))
    protected = story("4d").expected["protected"]
    own = {
        (record.source, record.reference)
        for record in records()
        if record.person in protected and record.content["team"] in CANARIES  # type: ignore[operator]
    }
    assert len(own) == 9
    for canary in CANARIES:
        found = places[canary]
        if canary not in ("ZY83WQ",) and not canary.startswith("9999"):
            assert found, canary
        assert found <= own, canary


def test_story_4_old_home_still_lists_her_with_him() -> None:
    vikram = str(story("4a").expected["ex_partner"])
    tenancy = next(record for record in _about(vikram) if record.source == "hs")
    assert len(tenancy.relations) == 3


def test_story_12_victim_is_never_an_offender() -> None:
    held = [record for record in _about(str(story("12").expected["person"])) if record.source == "po"]
    assert [(record.content["po.da_incidents"], record.content["po.da_incidents.role"]) for record in held] == [
        (3, "victim")
    ]
    assert "po.offences" not in held[0].content


def test_every_asker_has_a_role_of_the_vocabulary_and_a_form_to_type() -> None:
    for asked in brackwater().stories:
        assert asked.role.startswith(f"{asked.agency}.")
        assert set(asked.query) == {"forename", "surname", "dob", "postcode"} and asked.staff
