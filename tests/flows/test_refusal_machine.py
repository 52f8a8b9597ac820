"""No sequence of questions, emergencies, challenges, answers, protections, objections, pauses and changes of the
agreements opens what the policies forbid.

The norm is the reference interpreter: what it says for the facts in the audit row, under the agreements that were in
force when it was asked, with emergency access where there was one or a reviewer had allowed exactly this item of this
record to this agency, and without it everywhere else. That the facts are right is held against what happened here.
"""

from __future__ import annotations

import datetime as dt
import json
import shutil
import tempfile
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flow_policies import varied
from happenings import MEANWHILE, Happenings
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from people import OTTO, Row, export
from refusal_flows import WHY, answer, challenge, ours, waiting
from world import World

from broker.actions.find_answer import find_answer
from broker.policy.agreement import state
from broker.policy.interpret import Cell, judge
from broker.policy.levels import LEVELS, openness
from broker.policy.policies import Policies
from broker.policy.policyset import proven
from broker.wire.answer import NotShown, Story

ASKERS = (
    ("council", "sw", "child_safeguarding"),
    ("council", "kw", "early_help"),
    ("school", "dsl", "child_safeguarding"),
)
HOLDERS = {"voluntary": "vw", "nhs": "hv"}
ANSWERS = ("allow_once", "allow_and_propose", "keep")


def decisions(found: dict[str, Any]) -> list[tuple[dict[str, Any], bool]]:
    """Every decision of an answer as it was recorded, and whether the asker was told of it."""
    rows = []
    for event in found["agencies"]:
        told = [(event[name], True) for name in event if name.startswith("facts.")]
        untold = [(one, False) for one in event["decisions"]["decisions"]] if "decisions" in event else []
        rows += told + untold
    return rows


def agreed(policies: Policies, on: str) -> Policies:
    """The policies without the agreements that have lapsed on a day: those grant nothing to anybody."""
    day = dt.date.fromisoformat(on)
    stand = {name for name, one in policies.agreements.items() if state(one, day) != "lapsed"}
    cells = {cell: {name: its for name, its in by.items() if name in stand} for cell, by in policies.schedule.items()}
    return replace(policies, schedule={cell: by for cell, by in cells.items() if by})


def norm(policies: Policies, row: dict[str, Any]) -> str:
    """The level that the reference interpreter gives for the facts of a row, the most protective of its protections."""
    asker = row["facts"]["requester"]
    policies = agreed(policies, row["facts"]["on"])
    if "item" not in row["facts"]:
        assert (asker["role"], asker["purpose"]) not in policies.schedule, "refused, and somebody might have asked"
        return "withhold"
    cell, record = Cell(asker["role"], asker["purpose"], row["facts"]["item"]), row["facts"]["record"]
    glass = "yes" if asker["break_glass"] else "no"
    facts = {"agreement": "in_force", "training": "current", "relation": asker["relation"], "break_glass": glass}
    facts |= {name: value for name, value in record.items() if isinstance(value, str)}
    kinds = record["protection"] or ["none"]
    levels = [judge(policies, cell, {**facts, "protection": kind}).level for kind in kinds]
    return min(levels, key=openness)


class Refusals(RuleBasedStateMachine):
    """A place in which people ask, are refused, insist, and are answered."""

    migrated: Path

    def __init__(self) -> None:
        super().__init__()
        self.open = ExitStack()
        folder = Path(tempfile.mkdtemp(prefix="refusals-"))
        self.open.callback(shutil.rmtree, folder, ignore_errors=True)
        (folder / "database").mkdir()
        shutil.copy(self.migrated, folder / "database" / "broker.db")
        self.world = self.open.enter_context(World(folder / "world", f"sqlite:///{folder / 'database' / 'broker.db'}"))
        self.used = 0
        self.place = Happenings(self.world)

    @initialize()
    def begin(self) -> None:
        self.world.agency("council").posts(*export("csc", [Row(OTTO, "C2")]))
        self.place.happens("posted concern not_asked")

    @rule(
        asker=st.sampled_from(ASKERS),
        is_emergency=st.booleans(),
        pick=st.integers(0, 3),
        say=st.sampled_from(ANSWERS),
        then=st.sampled_from(MEANWHILE),
    )
    def insists(self, asker: tuple[str, str, str], is_emergency: bool, pick: int, say: str, then: str) -> None:
        """Somebody asks, challenges what is refused, is answered, and asks again after something has happened."""
        agency, staff, _ = asker
        story = self.asked(asker, is_emergency=is_emergency)
        # Those about records first: only they can be lifted.
        shown = sorted(_refusals(story), key=lambda why: (why.decides not in HOLDERS, why.number))
        if shown:
            name = f"{story.reference}/{shown[pick % len(shown)].number}"
            challenge(self.world, name, agency=agency, staff=staff)
            self._answer(say)
        self.place.happens(then)
        self.asked(asker, is_emergency=False)

    def asked(self, asker: tuple[str, str, str], *, is_emergency: bool) -> Story:
        """One answer, held against the norm."""
        agency, staff, purpose = asker
        self.world.later(minutes=1)
        options = ("--emergency", WHY) if is_emergency else ()
        before = self._may_use(agency, purpose)
        story = self.world.agency(agency).asks(OTTO.about(), staff=staff, purpose=purpose, options=options).story
        self._judge(story, is_emergency=is_emergency, may_use=before)
        return story

    def _answer(self, say: str) -> None:
        for holder, reviewer in HOLDERS.items():
            for case in waiting(self.world, holder, "challenge"):
                answer(self.world, case["reference"], say, agency=holder, staff=reviewer)

    def _may_use(self, agency: str, purpose: str) -> dict[str, int]:
        """How often each item may be opened now because it was allowed."""
        now, found = int(self.world.now.timestamp()), dict[str, int]()
        for one in ours(self.world, agency):
            if one["state"] == "allowed" and one["allowed_until"] >= now and one["purpose"] == purpose:
                found[one["item"]] = found.get(one["item"], 0) + 1
        return found

    def _judge(self, story: Story, *, is_emergency: bool, may_use: dict[str, int]) -> None:
        found = find_answer(self.world.parts, story.reference)
        used: dict[str, int] = {}
        in_force = proven(varied(self.place.agreed)).policies
        for row, is_told in decisions(found):
            assert row["level"] in LEVELS and row["policy_digest"] == in_force.digest
            assert row["level"] == norm(in_force, row), f"decided against the norm: {json.dumps(row)[:400]}"
            self.place.knows(row["facts"].get("record"))
            item = row["facts"].get("item")
            told_of = item if is_told and item else ""
            assert told_of.partition(".")[0] not in self.place.paused, "a service that has paused tells something"
            if row["facts"]["requester"]["break_glass"] and not is_emergency:
                assert is_told, "an allowance was used for what is not told"
                used[item] = used.get(item, 0) + 1
        self.used += sum(used.values())
        assert all(count <= may_use.get(item, 0) for item, count in used.items()), "more was opened than was allowed"

    def teardown(self) -> None:
        self.world.check()
        self.open.close()


def _refusals(story: Story) -> list[NotShown]:
    blocks = [block for person in story.people for block in person.involvements]
    shown = [story.refusal, story.not_agreed_why]
    for block in blocks:
        shown += [block.not_shown, *(item.not_shown for item in block.items)]
    return [why for why in shown if why is not None and why.decides is not None]


def run(migrated: Path, *, examples: int, steps: int) -> None:
    Refusals.migrated = migrated
    chosen = settings(
        max_examples=examples, stateful_step_count=steps, deadline=None, derandomize=True,
        phases=[Phase.generate],  # a step takes a second: what fails is told as it was found
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )  # fmt: skip
    run_state_machine_as_test(Refusals, settings=chosen)


SCRIPT = (
    (ASKERS[0], False, "allow_once", "agrees stricter"),
    (ASKERS[0], True, "keep", "agrees written"),
    (ASKERS[0], False, "allow_once", "objection upheld"),
    (ASKERS[0], True, "allow_once", "agrees lapsed"),
)
PAUSED = (
    (ASKERS[0], False, "allow_once", "pauses su"),
    (ASKERS[0], True, "allow_once", "resumes one"),
    (ASKERS[0], False, "keep", "resumes two"),
)


def test_what_was_allowed_is_worth_what_the_agreements_of_now_let_it(migrated: Path) -> None:
    """A look-up that was allowed, or an emergency, opens what other agreements have closed since."""
    Refusals.migrated = migrated
    machine = Refusals()
    machine.begin()
    for asker, is_emergency, say, then in SCRIPT:
        machine.insists(asker=asker, is_emergency=is_emergency, pick=0, say=say, then=then)
    machine.place.again()
    assert [name for name, _ in machine.place.signed] == ["stricter", "written", "lapsed"]
    assert machine.used
    machine.teardown()


def test_what_was_allowed_opens_nothing_of_a_service_that_has_paused(migrated: Path) -> None:
    """What somebody was allowed, or an emergency, opens what has paused; or it is used up meanwhile, and lost."""
    Refusals.migrated = migrated
    machine = Refusals()
    machine.begin()
    for asker, is_emergency, say, then in PAUSED:
        machine.insists(asker=asker, is_emergency=is_emergency, pick=0, say=say, then=then)
        assert machine.used == 0 or not machine.place.paused
    assert machine.used, "nothing was used once it told again"
    machine.teardown()


def test_nothing_reaches_what_the_policies_forbid(migrated: Path) -> None:
    """A challenge, an emergency and an answer together open what none of them may."""
    run(migrated, examples=2, steps=3)


@pytest.mark.long
def test_nothing_reaches_what_the_policies_forbid_at_length(migrated: Path) -> None:
    """The same, for longer."""
    run(migrated, examples=60, steps=30)
