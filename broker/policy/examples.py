"""`examples/*.yaml` (broker/examples/v1): what an agreement means, as a table that its signatories can read.

    - name: The keyworker sees attendance
      given: {role: council.keyworker, purpose: early_help, item: ed.attendance}
      expect: {level: share, clause: A1.5}

What isn't given is the plain, safe case: an allocated, trained requester, a confirmed and fresh record, nothing
special. Only what is expected is compared. Examples are run against the policies, and aren't part of them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from broker.policy.decide import decide
from broker.policy.decision import Decision
from broker.policy.facts import RecordFacts, Requester
from broker.policy.levels import Level
from broker.policy.load import typed
from broker.policy.policies import Policies
from broker.policy.strict_yaml import read
from broker.policy.written import Day, Dotted, Flag, Line, RuleId, Slug, Value, Written


class Given(Written):
    role: Dotted
    purpose: Slug
    item: Dotted
    training_on: Day | None = None
    relation: Value = "allocated"
    break_glass: Flag = False
    match: Value = "confirmed"
    record_age: Value = "fresh"
    age: Value = "18_64"
    wishes: Value = "not_asked"
    risk: Value = "none"
    objection: Value = "none"
    restriction: Value = "no"
    protection: tuple[Value, ...] = ()
    perpetrator_view: Value = "no"
    deceased: Value = "no"
    third_party: Value = "no"

    def requester(self, on: dt.date) -> Requester:
        """Who asks; trained `on` the day when nothing else is given."""
        agency, trained = self.role.partition(".")[0], self.training_on or on
        return Requester(agency, self.role, self.purpose, trained, self.relation, self.break_glass)

    def record(self) -> RecordFacts:
        """The record asked about, held by the item's source."""
        names = set(Given.model_fields) - {"role", "purpose", "item", "training_on", "relation", "break_glass"}
        return RecordFacts(self.item.partition(".")[0], **{name: getattr(self, name) for name in names})


class Expect(Written):
    """`reasons` are the ids that the requester is shown, in order; `rules` must be among those that applied."""

    level: Level
    clause: RuleId | None = None
    rules: tuple[RuleId, ...] = ()
    reasons: tuple[Line, ...] | None = None
    obligations: tuple[Slug, ...] | None = None
    breakable: Flag | None = None


class Example(Written):
    name: Line
    given: Given
    expect: Expect


class Examples(Written):
    schema_: Literal["broker/examples/v1"] = Field(alias="schema")
    about: Line
    on: Day
    examples: Annotated[tuple[Example, ...], Field(min_length=1)]


def read_examples(files: Mapping[str, str | bytes]) -> dict[str, Examples]:
    """The example tables among `files` ({path: content}). Raises `BadInput` with file and line."""
    wanted = [file for file in sorted(files) if file.startswith("examples/") and file.endswith(".yaml")]
    return {file: typed(read(file, files[file]), Examples) for file in wanted}


def differences(policies: Policies, table: Examples) -> tuple[str, ...]:
    """A sentence for everything in `table` that `policies` decide otherwise; empty when all is as expected."""
    found: list[str] = []
    for example in table.examples:
        given = example.given
        decision = decide(policies, given.requester(table.on), given.record(), item=given.item, on=table.on)
        found += [f"{example.name}: {what}" for what in _compared(example.expect, decision)]
    return tuple(found)


def _compared(expect: Expect, decision: Decision) -> list[str]:
    pairs: list[tuple[str, object, object]] = [
        ("level", expect.level, decision.level),
        ("clause", expect.clause, decision.clause),
        ("reasons", expect.reasons, tuple(reason.id for reason in decision.reasons)),
        ("obligations", expect.obligations, decision.obligations),
        ("breakable", expect.breakable, decision.breakable),
    ]
    found = [f"expected {name} {want}, got {got}" for name, want, got in pairs if want is not None and want != got]
    return found + [f"expected rule {name} to apply" for name in expect.rules if name not in decision.rules]
