"""A lead officer tries a change of a clause at the desk, reads whom it would have affected, and puts it forward."""

from __future__ import annotations

import datetime as dt
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from desk_of_world import TRAINED, Browser, DeskAt, desk_at
from people import MINA, Row, export
from promises import events
from quick_folder import sqlite_in
from test_desk_officers import does, reads, refuses, words_of
from world import POLICIES, World

from broker.actions.change_policy import activate
from broker.agency import trying
from broker.agency.desk.show.trial import levels
from broker.errors import BadInput, NotFound
from broker.policy.clause_text import clause_in, with_clause
from broker.server import policy_files
from broker.synthetic.parties import Asker
from broker.wire.fields import parse
from broker.wire.policy_change import Proposal

CLAUSE = "A1.5"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("trials")
    with World(folder, sqlite_in(folder, migrated)) as made:
        made.agency("council").posts(*export("csc", [Row(MINA, "C1")]))
        made.agency("school").posts(*export("ed", [Row(MINA, "E1", {"ed.attendance": "88"})]))
        for _ in range(6):
            made.agency("council").asks(MINA.about(), staff="sw", purpose="early_help")
        made.now = dt.datetime(2026, 12, 1, 9, 30, tzinfo=dt.UTC)
        yield made
        made.check()


@pytest.fixture(scope="module")
def school(world: World) -> DeskAt:
    lead = Asker("lead", "school.dsl", TRAINED, "Grace Adeyemi", ("lead_ig_officer",))
    return desk_at(world, "school", hires=[lead, Asker("ig", "school.dsl", TRAINED, "Iris Glen", ("ig_officer",))])


@pytest.fixture(scope="module")
def lead(school: DeskAt) -> Browser:
    return school.browser("lead")


def until(find: Callable[[], str], words: str) -> str:
    """What a page says once it says `words`."""
    for _ in range(120):
        text = find()
        if words in words_of(text):
            return text
        time.sleep(0.2)
    raise AssertionError(words_of(text))


def tried(lead: Browser, clause: str, words: str, **fields: str) -> str:
    """The address of a trial that has ended, and says `words`."""
    answer = lead.post(f"/agreements/try/{clause}", **fields)
    assert answer.status_code == 200 and "/agreements/trials/" in str(answer.url), words_of(answer.text)
    until(lambda: lead.get(answer.url.path).text, words)
    return str(answer.url.path)


def test_who_would_have_been_affected(world: World, school: DeskAt, lead: Browser) -> None:
    """A change is signed before anybody knows what it does, or what was tried is not what comes into force."""
    reads(lead, "/agreements/ISA-2026-001", "Try a change of clause A1.5")
    reads(lead, f"/agreements/try/{CLAUSE}", "items: [ed.attendance, ed.exclusions]", "Nothing of it is told")
    path = tried(lead, CLAUSE, "Who would have been affected", to="nothing")
    shown = reads(lead, path, "about 5 would have come out otherwise", "Not shown", "Attendance")
    assert "Who, why and what" in words_of(shown)
    cover, _, record = shown.partition("<details")
    assert "Less is shown. From now on it is withheld, and the reason is said" in words_of(cover)
    assert "Two people of two different organisations sign exactly this. Nobody at this desk can. " in words_of(cover)
    assert "ed.attendance" not in cover and "requests" not in cover and "ed.attendance: personal" in record
    assert '<details class="govuk-details" open' not in shown, "a real change is not understood"
    refuses(lead, path, "It can't be called so", name="../x")
    does(lead, path, "It can be signed until", name="2026-12-attendance")
    refuses(lead, path, "Another proposal is called so", name="2026-12-attendance")
    reads(lead, "/agreements", "2026-12-attendance")
    [event] = [one for one in events(world) if one["typ"] == "admin" and one["act"] == "tried-policy"]
    assert (event["org"], event["what"]) == ("school", CLAUSE)
    # What the operator gets is what was signed for.
    kept = school.home / "proposals" / "2026-12-attendance" / "isa-2026-001.yaml"
    files = policy_files(POLICIES) | {"agreements/isa-2026-001.yaml": kept.read_bytes()}
    put = parse(Proposal, (school.home / "proposals" / "2026-12-attendance.json").read_bytes())
    made = activate(world.parts, {name: text for name, text in files.items() if "examples" not in name})
    assert (made.old, made.new) == (put.terms.old, put.terms.new)


def test_what_can_not_be_is_said(lead: Browser) -> None:
    """Somebody waits for half a minute to learn nothing, or breaks what must always be so."""
    form = "/agreements/try/A1.6"
    refuses(lead, form, "Select what is to become of it", text="items: []")
    own = "- id: A1.6\n    items: [ed.sen_status]\n  - id: A1.7\n    items: []"
    refuses(lead, form, "What would stand there is not this clause", to="own", text=own)
    path = tried(
        lead, "A1.6", "It can't be put forward", to="own", text="- id: A1.6\n    items: [no.such]\n    why: because"
    )
    assert lead.post(path, name="x").status_code == 200
    for unknown in (
        "/agreements/try/A9.9",
        "/agreements/try/x",
        f"/agreements/trials/{'0' * 32}",
        "/agreements/trials/x",
    ):
        assert lead.get(unknown).status_code == 404, unknown


def test_only_lead_officers_of_a_party_try(world: World, school: DeskAt) -> None:
    """Anybody tries changes of others' agreements until the differences tell of one decision."""
    other = school.browser("ig")
    assert "Try a change" not in reads(other, "/agreements/ISA-2026-001")
    assert other.get(f"/agreements/try/{CLAUSE}").status_code == 403
    lead = Asker("lead", "fire.officer", TRAINED, "Una Frame", ("lead_ig_officer",))
    fire = desk_at(world, "fire", hires=[lead]).browser("lead")
    outside = next(one.id for one in world.parts.policies.agreements.values() if "fire" not in _parties(one))
    clause = world.parts.policies.agreements[outside].share[0].id
    assert fire.get(f"/agreements/try/{clause}").status_code == 403


def _parties(agreement: object) -> set[str]:
    return {one.agency for one in agreement.parties}  # type: ignore[attr-defined]


def test_a_clause_in_its_file() -> None:
    """The clause beside it is changed, or a line of it is left."""
    files = {name: text.decode() for name, text in policy_files(POLICIES).items()}
    for clause in ("A1.1", "A1.8", "A2.1", "A3.2"):
        name, text = clause_in(files, clause)
        assert text.strip().startswith(f"- id: {clause}") and len(re.findall(r"- id:", text)) == 1
        without = with_clause(files, clause, "")[name]
        assert without == files[name].replace(text, "") and f"id: {clause}\n" not in without
        for level in ("share", "signpost"):
            made = trying.with_level(text, level)
            assert f"    level: {level}\n" in made and made.count("level:") == 1 and "obligations" not in made
    with pytest.raises(BadInput, match="stands so already"):
        with_clause(files, "A1.1", clause_in(files, "A1.1")[1])
    with pytest.raises(NotFound):
        clause_in(files, "A1.99")


def test_what_is_offered_can_be(world: World) -> None:
    """A lead officer chooses what the clause is already, or what can't be, and is refused."""
    files = world.parts.in_force
    with world.parts.store.look() as connection:
        held = files.set_at(connection).files
    offered = {one: [way["value"] for way in levels(clause_in(held, one)[1])] for one in ("A1.1", "A1.7", "A1.9")}
    assert offered == {
        "A1.1": ["nothing", "own"],
        "A1.7": ["nothing", "signpost", "share", "own"],
        "A1.9": ["nothing", "share", "own"],
    }
