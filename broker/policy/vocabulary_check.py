"""What the parts of a vocabulary need of each other. All other checks rely on it, so it comes first."""

from __future__ import annotations

from collections.abc import Iterator

from broker.policy.strict_yaml import Place
from broker.policy.vocabulary import REASONS, Vocabulary

STATED = frozenset({"age", "wishes", "risk", "deceased", "third_party", "perpetrator_view"})
"""Facts that somebody states as of a day. The others are worked out for the question, or stand in our register."""
_Found = Iterator[tuple[Place, str]]


def check_consistent(vocabulary: Vocabulary) -> _Found:
    """Sources, items, roles, facts, relationships, runs and reasons name only what there is."""
    yield from _sources(vocabulary)
    yield from _items(vocabulary)
    yield from _roles(vocabulary)
    yield from _facts(vocabulary)
    yield from _words(vocabulary)


def _sources(vocabulary: Vocabulary) -> _Found:
    for code, source in vocabulary.sources.items():
        place: Place = ("sources", code)
        if source.agency not in vocabulary.agencies:
            yield place, f"source `{code}`: no such agency `{source.agency}`; add it or correct it"
        yield from (
            (place, f"source `{code}`: no such age band `{band}`; add it or correct it")
            for band in source.ages
            if band not in vocabulary.age_bands
        )
        if f"{code}.involvement" not in vocabulary.items:
            yield place, f"source `{code}`: add the item `{code}.involvement`"


def _items(vocabulary: Vocabulary) -> _Found:
    for name, item in vocabulary.items.items():
        place: Place = ("items", name)
        source = vocabulary.source_of(name)
        if source not in vocabulary.sources:
            yield place, f"item `{name}`: no such source `{source}`; add it or correct it"
        elif name.endswith(".involvement") and item.category == "contact" and vocabulary.sources[source].placed:
            yield place, f"item `{name}`: its source tells where a person is; use category placed_contact"
        if item.category not in vocabulary.categories:
            yield place, f"item `{name}`: no such category `{item.category}`; add it or correct it"
        if item.kind == "code" and not item.codes:
            yield place, f"item `{name}`: list its codes"


def _roles(vocabulary: Vocabulary) -> _Found:
    for name, role in vocabulary.roles.items():
        place: Place = ("roles", name)
        if role.agency not in vocabulary.agencies or name.partition(".")[0] != role.agency:
            yield place, f"role `{name}`: begin it with the id of its agency"
        yield from (
            (place, f"role `{name}`: no such purpose `{purpose}`; add it or correct it")
            for purpose in role.purposes
            if purpose not in vocabulary.purposes
        )


def _facts(vocabulary: Vocabulary) -> _Found:
    for name, fact in vocabulary.facts.items():
        if fact.unknown not in fact.values:
            yield ("facts", name), f"fact `{name}`: `unknown` must be one of its values; correct one of them"
        if fact.fresh_for is not None and name not in STATED:
            yield ("facts", name), f"fact `{name}`: nobody states it as of a day; remove `fresh_for`"
    if "age" in vocabulary.facts and set(vocabulary.facts["age"].values) != set(vocabulary.age_bands):
        yield ("facts", "age"), "fact `age`: its values must be the age bands; correct one of them"


def _words(vocabulary: Vocabulary) -> _Found:
    relationships = vocabulary.relationships
    for name, one in relationships.items():
        if one.inverse not in relationships or relationships[one.inverse].inverse != name:
            yield ("relationships", name), f"relationship `{name}`: its inverse must name it back; correct one of them"
    for purpose, sources in vocabulary.population_runs.items():
        yield from (
            (("population_runs", purpose), f"population run `{purpose}`: no such source `{source}`; correct it")
            for source in sources
            if source not in vocabulary.sources
        )
    yield from ((("reasons",), f"reason {name}: add it") for name in REASONS if name not in vocabulary.reasons)
