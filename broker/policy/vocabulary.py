"""`vocabulary.yaml` (broker/vocabulary/v1): every word the place uses, each with a plain-English label.

    items:
      csc.cin_status: {category: personal, kind: code, label: Child in need status, codes: {open: Child in need}}

An item's source is the first half of its id, and its agency is that source's. A fact lists all its values and which
of them to assume when it is not known; a `secret` fact never shows in what a requester is told.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from broker.policy.written import Dotted, Flag, Line, Number, Phone, Slug, Text, Value, Written

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

    def source_of(self, item: str) -> str:
        """The code of the source that posts `item`."""
        return item.partition(".")[0]

    def agency_of(self, item: str) -> str:
        """The agency whose source posts `item`, which is in the vocabulary."""
        return self.sources[self.source_of(item)].agency

    def items_of(self, source: str) -> tuple[str, ...]:
        """The ids of the items that `source` posts, sorted."""
        return tuple(sorted(item for item in self.items if self.source_of(item) == source))

    @model_validator(mode="after")
    def _consistent(self) -> Vocabulary:
        found = (*self._sources(), *self._items(), *self._roles(), *self._facts(), *self._words())
        if found:
            raise ValueError("; ".join(found))
        return self

    def _sources(self) -> list[str]:
        found = [
            f"source `{code}`: no such agency" for code, s in self.sources.items() if s.agency not in self.agencies
        ]
        return found + [
            f"source `{code}`: no such age band `{band}`"
            for code, s in self.sources.items()
            for band in s.ages
            if band not in self.age_bands
        ]

    def _items(self) -> list[str]:
        found = []
        for name, item in self.items.items():
            source = self.source_of(name)
            if source not in self.sources:
                found.append(f"item `{name}`: no such source")
            elif name.endswith(".involvement") and item.category == "contact" and self.sources[source].placed:
                found.append(f"item `{name}`: its source tells where a person is; use category placed_contact")
            if item.category not in self.categories:
                found.append(f"item `{name}`: no such category")
            if item.kind == "code" and not item.codes:
                found.append(f"item `{name}`: list its codes")
        return found + [
            f"source `{code}`: add the item `{code}.involvement`"
            for code in self.sources
            if f"{code}.involvement" not in self.items
        ]

    def _roles(self) -> list[str]:
        found = []
        for name, role in self.roles.items():
            if role.agency not in self.agencies or name.partition(".")[0] != role.agency:
                found.append(f"role `{name}`: begin it with the id of its agency")
            found += [f"role `{name}`: no such purpose `{p}`" for p in role.purposes if p not in self.purposes]
        return found

    def _facts(self) -> list[str]:
        found = [
            f"fact `{n}`: `unknown` must be one of its values"
            for n, f in self.facts.items()
            if f.unknown not in f.values
        ]
        if "age" in self.facts and set(self.facts["age"].values) != set(self.age_bands):
            found.append("fact `age`: its values must be the age bands")
        return found

    def _words(self) -> list[str]:
        found = [
            f"relationship `{name}`: its inverse must name it back"
            for name, r in self.relationships.items()
            if r.inverse not in self.relationships or self.relationships[r.inverse].inverse != name
        ]
        found += [
            f"population run `{purpose}`: no such source `{source}`"
            for purpose, sources in self.population_runs.items()
            for source in sources
            if source not in self.sources
        ]
        return found + [f"reason {name}: add it" for name in REASONS if name not in self.reasons]
