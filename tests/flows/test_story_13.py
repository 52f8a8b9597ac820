"""Story 13, the purpose wall: a fraud officer, an immigration officer, a private landlord and a curious administrator.

All are refused before anything is looked up, alike about everybody; the refusal is in the log, where the person's
services find it; and no policy file lets them in.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from people import MINA, STRANGER, Row, export
from promises import events, without_ids
from world import POLICIES, World

from broker.actions.change_policy import activate
from broker.actions.find_answer import find_answer
from broker.errors import BadInput
from broker.server import policy_files, read_policies
from broker.wire.answer import Answer
from broker.wire.fields import parse

# Whose desk, the role their agency gives them, the purpose they state, and the rule that refuses.
WALLED = (
    ("jobcentre", "jobcentre.fraud_officer", "fraud", "S4r"),
    ("jobcentre", "jobcentre.work_coach", "fraud", "S1"),
    ("jobcentre", "jobcentre.fraud_officer", "employment_support", "S4r"),
    ("police", "police.immigration_officer", "immigration", "S4r"),
    ("police", "police.pvp", "immigration_enforcement", "S1"),
    ("homes", "homes.private_landlord", "tenant_referencing", "S4r"),
    ("homes", "homes.tenancy_officer", "tenant_referencing", "S1"),
    ("council", "council.admin", "curiosity", "S4r"),
    ("council", "council.social_worker", "personal_interest", "S1"),
)


def hires(world: World, agency: str, role: str) -> str:
    """The agency gives somebody a role, as it writes it into its own desk. Returns their id."""
    staff = f"walled_{role.partition('.')[2]}"
    desk = world.agency(agency).home / "agency.toml"
    if staff not in desk.read_text():
        entry = f'\n[[staff]]\nid = "{staff}"\nrole = "{role}"\ntraining_on = 2026-09-01\n'
        desk.write_text(desk.read_text() + entry)
    return staff


def refused(world: World, agency: str, staff: str, purpose: str) -> list[tuple[Any, ...]]:
    """The answers about somebody well known and about somebody unknown, and what the log gained."""
    found = []
    for person in (MINA, STRANGER):
        before = len(events(world))
        told = world.agency(agency).asks(person.about(), staff=staff, purpose=purpose)
        assert told.story.refusal is not None
        content = world.traffic[-1].answer or b""
        answer = parse(Answer, content)
        story = json.loads(answer.story.model_dump_json(exclude={"reference", "asked_at"}))
        leaves = sorted(leaf["typ"] for leaf in events(world)[before:])
        found.append((len(content), story, without_ids(answer.receipt), leaves))
    return found


def test_who_stands_before_the_wall_is_refused_and_recorded(quick_world: World) -> None:
    """One of them is answered, learns whom the services know, or asks without a trace."""
    world = quick_world
    world.agency("council").posts(*export("csc", [Row(MINA, "C1", {"csc.cp_plan": "2026-09-01"})]))
    world.agency("jobcentre").posts(*export("dw", [Row(MINA, "D1")]))
    for agency, role, purpose, rule in WALLED:
        world.later(minutes=1)
        known, unknown = refused(world, agency, hires(world, agency, role), purpose)
        assert known == unknown, (role, purpose)
        story, leaves = known[1], known[3]
        assert (story["people"], story["sources"]) == ([], [])
        assert leaves == ["answer", "deny"]
        refusal = story["refusal"]
        assert (refusal["rule"], refusal["breakable"]) == (rule, False)
        assert all(refusal[name] for name in ("reason", "remedy", "phone", "reviewer", "review_by"))


def test_whoever_asks_for_the_record_finds_the_refusal(quick_world: World) -> None:
    """The person whose name was tried can't be told who tried it, and for what."""
    world = quick_world
    staff = hires(world, "police", "police.immigration_officer")
    told = world.agency("police").asks(MINA.about(), staff=staff, purpose="immigration")
    found = find_answer(world.parts, told.story.reference)
    cover, [denied] = found["cover"], found["agencies"]
    assert (cover["org"], cover["purpose"], cover["role"]) == ("police", "immigration", "police.immigration_officer")
    assert cover["staff"], "the pseudonym by which their own agency knows them"
    assert denied["typ"] == "deny" and "S4r" in str(denied)


PURPOSE = (
    "purposes:\n  immigration: {label: I look after the border, lawful_basis: Public task under an Act of this year,"
    " tell_family: We look up which services already help you.}"
)
FILES = {
    "a purpose of its own": ("vocabulary.yaml", "purposes:\n", f"{PURPOSE}\n"),
    "a power for it": ("gateways.yaml", "purposes: [housing_support]", "purposes: [housing_support, immigration]"),
    "another label": (
        "vocabulary.yaml",
        "label: I am supporting a parent into work",
        "label: I look for benefit fraud",
    ),
    "a role": ("vocabulary.yaml", "{label: Work coach,", "{label: Fraud investigator,"),
    "an agreement": ("agreements/isa-2026-003.yaml", "- id: housing_support", "- id: tenant_referencing"),
}


def in_force(world: World) -> str:
    with world.parts.store.look() as connection:
        return world.parts.in_force.at(connection).digest


def test_no_policy_file_lets_them_in(quick_world: World, tmp_path: Path) -> None:
    """An edited file opens the wall: it comes into force, or a new broker starts with it."""
    world = quick_world
    digest = in_force(world)
    for n, (file, old, new) in enumerate(FILES.values()):
        folder = Path(shutil.copytree(POLICIES, tmp_path / f"walled-{n}"))
        text = (folder / file).read_text()
        assert old in text
        (folder / file).write_text(text.replace(old, new, 1))
        with pytest.raises(BadInput) as caught:
            # The last one as a broker reads it that starts for the first time.
            _ = read_policies(folder) if n == len(FILES) - 1 else activate(world.parts, policy_files(folder))
        assert caught.value.code == "policy-invalid"
        assert f"{file} line " in caught.value.message
    assert in_force(world) == digest
