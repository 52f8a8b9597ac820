"""`protections.yaml` (broker/protections/v1): the rules that apply to every agreement of the place.

Safe conditions are what must be so for anything to be shared; each failure is a reason with a remedy. Those of stage
`requester` are decided before anything is looked up, the same for everybody. Protections make items less open; the
most protective that applies wins. `always` adds obligations and never changes a level.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from broker.policy.agreement import Limit
from broker.policy.condition import Condition
from broker.policy.written import Flag, RuleId, Slug, Text, Written


class SafeCondition(Written):
    id: RuleId
    stage: Literal["requester", "record"]
    need: Condition
    breakable: Flag = False
    because: Text
    remedy: Text


class Always(Written):
    id: RuleId
    when: Condition
    add: Annotated[tuple[Slug, ...], Field(min_length=1)]


class Protections(Written):
    schema_: Literal["broker/protections/v1"] = Field(alias="schema")
    safe_conditions: Annotated[tuple[SafeCondition, ...], Field(min_length=1)]
    protections: Annotated[tuple[Limit, ...], Field(min_length=1)]
    always: tuple[Always, ...] = ()

    def ids(self) -> list[str]:
        """The ids of all rules, in the order in which they are written."""
        named = [rule.id for rule in self.safe_conditions]
        return named + [rule.id for rule in self.protections] + [rule.id for rule in self.always]
