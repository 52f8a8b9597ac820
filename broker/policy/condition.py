"""The condition language, whole: facts against lists of values, `any`, `not`, and nothing else.

    when: {risk: [none, concern], any: [{wishes: objects_competent}, {not: {deceased: 'no'}}]}

All that stands in one mapping must hold; a list means any of its values. There is no arithmetic, text matching or
date: a new need is a new finite fact made by tested code, so that every condition can be enumerated.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import Field, model_validator

from broker.policy.written import Slug, Value, Written


class Condition(Written):
    facts: dict[Slug, tuple[Value, ...]] = Field(default_factory=dict)
    any_of: tuple[Condition, ...] = ()
    negated: Condition | None = None

    @model_validator(mode="before")
    @classmethod
    def _from_written(cls, data: Any) -> Any:
        """`{fact: value, any: [...], not: {...}}` as people write it."""
        if not isinstance(data, Mapping):
            return data
        if not data or data.get("any") == []:
            raise ValueError("an empty condition; name a fact")
        facts = {name: (value,) if isinstance(value, str) else value for name, value in data.items()}
        any_of, negated = facts.pop("any", ()), facts.pop("not", None)
        if any(not values for values in facts.values()):
            raise ValueError("a fact without values; list at least one")
        return {"facts": facts, "any_of": any_of, "negated": negated}

    def named(self) -> Iterator[tuple[str, str]]:
        """Every (fact, value) that the condition names, at any depth."""
        yield from ((fact, value) for fact, values in self.facts.items() for value in values)
        for part in (*self.any_of, *([self.negated] if self.negated else [])):
            yield from part.named()


def holds(condition: Condition, facts: Mapping[str, str]) -> bool:
    """Whether `condition` is true of `facts`, which have a value for every fact of the vocabulary."""
    return (
        all(facts[fact] in values for fact, values in condition.facts.items())
        and (not condition.any_of or any(holds(part, facts) for part in condition.any_of))
        and (condition.negated is None or not holds(condition.negated, facts))
    )
