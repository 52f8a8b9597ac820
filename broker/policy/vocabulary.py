"""`vocabulary.yaml` (broker/vocabulary/v1): every word the place uses, each with a plain-English label.

    items:
      csc.cin_status: {category: personal, kind: code, label: Child in need status, codes: {open: Child in need}}

An item's source is the first half of its id, and its agency is that source's. A fact lists all its values and which
of them to assume when it is not known; a `secret` fact never shows in what a requester is told. What its parts need of
each other is in `vocabulary_check`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from broker.policy.written import Dotted, Flag, Line, Number, Period, Phone, Slug, Text, Value, Written

Kind = Literal["flag", "count", "code", "date", "period"]
AgencyKind = Literal[
    "local_authority", "police", "nhs", "school", "dwp", "registered_provider", "probation", "voluntary", "fire"
]

RunPurpose = Literal["match_quality", "model_training", "programme_count"]
"""What a run over everybody may be for; two people grant each single run."""

REASONS = ("S1", "S4r", "S6", "S8", "AS", "NK")
"""Reasons that no rule carries: purpose, role, not agreed, a protection applies, as scheduled, not known."""


class HelpDesk(Written):
    """Who to ring, and who reviews, when no agreement is in play."""

    name: Line
    phone: Phone
    reviewer: Line
    review_within_working_days: Number


class Place(Written):
    id: Slug
    name: Line
    help_desk: HelpDesk


class Agency(Written):
    name: Line
    kind: AgencyKind
    duty_phone: Phone


class Source(Written):
    """One service of an agency. `placed`: its mere name tells where a person is. `protects`: what from."""

    agency: Slug
    name: Line
    ages: tuple[Value, ...]
    placed: Flag
    protects: tuple[Slug, ...] = ()


class Item(Written):
    """`existence: secret`: that there is a record at all is what must not be known outside the agreed roles."""

    category: Slug
    kind: Kind
    label: Line
    existence: Literal["open", "secret"] = "open"
    event_role: Flag = False
    codes: dict[Slug, Line] = Field(default_factory=dict)


class Role(Written):
    label: Line
    agency: Slug
    purposes: tuple[Slug, ...]


class Purpose(Written):
    """`label` is what a caseworker says; `tell_family` is what they tell the family."""

    label: Line
    lawful_basis: Text
    tell_family: Text


class Fact(Written):
    values: Annotated[tuple[Value, ...], Field(min_length=2, max_length=8)]
    unknown: Value
    about: Literal["requester", "record"]
    label: Line
    secret: Flag = False
    fresh_for: Period | None = None
    """How long a fact that somebody states may be relied on; afterwards it is unknown."""


class Relationship(Written):
    label: Line
    inverse: Slug


class Obligation(Written):
    label: Line


class ReasonText(Written):
    text: Text
    remedy: Text


class Vocabulary(Written):
    schema_: Literal["broker/vocabulary/v1"] = Field(alias="schema")
    place: Place
    agencies: dict[Slug, Agency]
    age_bands: dict[Value, Line]
    categories: dict[Slug, Line]
    sources: dict[Slug, Source]
    items: dict[Dotted, Item]
    event_roles: dict[Slug, Line]
    purposes: dict[Slug, Purpose]
    roles: dict[Dotted, Role]
    facts: dict[Slug, Fact]
    relationships: dict[Slug, Relationship]
    obligations: dict[Slug, Obligation]
    reasons: dict[Annotated[str, StringConstraints(pattern=r"^[A-Z]{1,2}\d*[a-z]?$")], ReasonText]
    population_runs: dict[RunPurpose, tuple[Slug, ...]] = Field(default_factory=dict)
    """The sources that take part in runs over everybody; none does unless it is named."""

    @cached_property
    def limits(self) -> Mapping[str, str]:
        """For how long each fact may be relied on that has a limit, as a period."""
        return {name: fact.fresh_for for name, fact in self.facts.items() if fact.fresh_for is not None}

    @cached_property
    def _items(self) -> Mapping[str, tuple[str, ...]]:
        every = sorted(self.items)
        return {name: tuple(item for item in every if self.source_of(item) == name) for name in self.sources}

    def source_of(self, item: str) -> str:
        """The code of the source that posts `item`."""
        return item.partition(".")[0]

    def agency_of(self, item: str) -> str:
        """The agency whose source posts `item`, which is in the vocabulary."""
        return self.sources[self.source_of(item)].agency

    def items_of(self, source: str) -> tuple[str, ...]:
        """The ids of the items that `source` posts, sorted."""
        return self._items.get(source, ())
