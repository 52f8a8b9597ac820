"""`invariants.yaml` (broker/invariants/v1): sentences that must be true of the policies, whoever changes them.

    never:
      - {id: N4, say: A safe address is never shown, category: location, when: {protection: safe_address},
         outcome_at_least: refer}
    always:
      - {id: Y2, say: ..., role: council.social_worker, scheduled_only: 'yes', when: {...}, outcome_at_least: signpost}
    laws:
      - {id: L1, say: Raising the risk never closes anything, fact: risk, from: none, to: [concern, significant_harm],
         never: closes}

`never` and `always` are about each request by itself, `laws` about two that differ in one fact. A sentence is about
all cells that `role`, `purpose`, `items` and `category` select, without those of `but_not`. `prove` says which hold.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from broker.policy.condition import Condition
from broker.policy.levels import Level
from broker.policy.strict_yaml import Place
from broker.policy.vocabulary import Vocabulary
from broker.policy.written import Flag, Slug, Text, Value, Written


def _listed(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


Name = Annotated[str, StringConstraints(pattern=r"^[A-Z]{1,2}\d{1,3}[a-z]?$")]
Pattern = Annotated[str, StringConstraints(pattern=r"^(\*|[a-z][a-z0-9_]{0,39}\.(\*|[a-z][a-z0-9_]{0,39}))$")]
Patterns = Annotated[tuple[Pattern, ...], BeforeValidator(_listed)]
Slugs = Annotated[tuple[Slug, ...], BeforeValidator(_listed)]
Items = Annotated[tuple[Pattern, ...], BeforeValidator(_listed)]
Values = Annotated[tuple[Value, ...], BeforeValidator(_listed), Field(min_length=1)]


class Which(Written):
    """Cells: each field that is given must match. A role or an item is an id, all of an agency or source, or `*`."""

    role: Patterns = ()
    purpose: Slugs = ()
    items: Items = ()
    category: Slugs = ()
    existence: Literal["open", "secret"] | None = None


class Sentence(Which):
    """`when` narrows the facts; `admitted` the requests to those that get past the requester's own conditions."""

    id: Name
    say: Text
    but_not: Which | None = None
    scheduled_only: Flag = False
    when: Condition | None = None
    admitted: Flag | None = None


class Never(Sentence):
    """No request of these is that open, or has exactly that outcome."""

    outcome_at_least: Level | None = None
    outcome: Level | None = None

    @model_validator(mode="after")
    def _one(self) -> Never:
        if (self.outcome_at_least is None) == (self.outcome is None):
            raise ValueError("say either `outcome_at_least` or `outcome`")
        return self


class Always(Sentence):
    """Every request of these is that open, has exactly that outcome (or the scheduled one), and carries these."""

    outcome_at_least: Level | None = None
    outcome: Level | Literal["scheduled"] | None = None
    carries: Slugs = ()

    @model_validator(mode="after")
    def _some(self) -> Always:
        if self.outcome_at_least is None and self.outcome is None and not self.carries:
            raise ValueError("say `outcome_at_least`, `outcome` or `carries`")
        return self


class Law(Sentence):
    """When `fact` goes from one value to any of the others, nothing opens, or nothing closes.

    Saying that something is withheld and saying nothing count as equally closed. What opens carries `opening_carries`.
    """

    fact: Slug
    from_: Value = Field(alias="from")
    to: Values
    never: Literal["opens", "closes"]
    opening_carries: Slugs = ()


class Invariants(Written):
    schema_: Literal["broker/invariants/v1"] = Field(alias="schema")
    never: tuple[Never, ...] = ()
    always: tuple[Always, ...] = ()
    laws: tuple[Law, ...] = ()

    def sentences(self) -> tuple[Never | Always | Law, ...]:
        """All of them, in the order in which they are written."""
        return (*self.never, *self.always, *self.laws)

    @model_validator(mode="after")
    def _ids(self) -> Invariants:
        ids = [one.id for one in self.sentences()]
        twice = sorted({name for name in ids if ids.count(name) > 1})
        if twice:
            raise ValueError("; ".join(f"{name}: two sentences have this id; change one" for name in twice))
        return self


NO_INVARIANTS = Invariants.model_validate({"schema": "broker/invariants/v1"})


def check_invariants(invariants: Invariants, vocabulary: Vocabulary) -> Iterator[tuple[Place, str]]:
    """Each sentence uses words of the vocabulary, and selects some cell."""
    for kind, sentences in (("never", invariants.never), ("always", invariants.always), ("laws", invariants.laws)):
        for n, one in enumerate(sentences):
            place: Place = (kind, n)
            for which in (one, *([one.but_not] if one.but_not else [])):
                yield from ((place, f"{one.id}: {what}") for what in _unknown(which, vocabulary))
            named = list(one.when.named()) if one.when else []
            if isinstance(one, Law):
                named += [(one.fact, value) for value in (one.from_, *one.to)]
            yield from ((place, f"{one.id}: {what}") for what in _odd_facts(named, vocabulary))
            carried = one.carries if isinstance(one, Always) else one.opening_carries if isinstance(one, Law) else ()
            yield from (
                (place, f"{one.id}: no such obligation `{name}`; correct it")
                for name in carried
                if name not in vocabulary.obligations
            )


def _unknown(which: Which, vocabulary: Vocabulary) -> Iterator[str]:
    for pattern in which.role:
        if not any(matches(pattern, name) for name in vocabulary.roles):
            yield f"no such role `{pattern}`; correct it"
    for pattern in which.items:
        if not any(matches(pattern, name) for name in vocabulary.items):
            yield f"no such item `{pattern}`; correct it"
    yield from (f"no such purpose `{one}`; correct it" for one in which.purpose if one not in vocabulary.purposes)
    yield from (f"no such category `{one}`; correct it" for one in which.category if one not in vocabulary.categories)


def _odd_facts(named: list[tuple[str, str]], vocabulary: Vocabulary) -> Iterator[str]:
    for fact, value in named:
        if fact not in vocabulary.facts:
            yield f"no such fact `{fact}`; use one of {', '.join(sorted(vocabulary.facts))}"
        elif value not in vocabulary.facts[fact].values:
            yield f"`{fact}` is never `{value}`; use one of {', '.join(vocabulary.facts[fact].values)}"


def matches(pattern: str, name: str) -> bool:
    """Whether `pattern` (an id, `police.*` or `*`) is `name` or stands for it."""
    return pattern in ("*", name) or (pattern.endswith(".*") and name.startswith(pattern[:-1]))
