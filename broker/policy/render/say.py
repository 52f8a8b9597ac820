"""Dates, periods, levels, names and conditions in words. Nothing fails: a word that isn't known is shown as it is.

P1Y6M                                  1 year and 6 months
{risk: [none, concern]}                there is no known risk or there is a concern
council.keyworker                      Family keyworker, Brackwater Council
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from broker.policy.condition import Condition
from broker.policy.periods import date as date
from broker.policy.periods import number as number
from broker.policy.periods import period as period
from broker.policy.vocabulary import Vocabulary

LEVEL: Mapping[str, str] = {
    "share": "Shared in full",
    "reduced": "Shared in part",
    "signpost": "Who to ring only",
    "refer": "A person must decide",
    "withhold": "Not shown; the reason is given",
    "withhold_silently": "Not shown, and looks like no record",
}
ARTICLE6: Mapping[str, str] = {
    "6(1)(a)": "consent",
    "6(1)(c)": "legal obligation",
    "6(1)(d)": "vital interests",
    "6(1)(e)": "public task",
    "6(1)(ea)": "recognised legitimate interests",
    "6(1)(f)": "legitimate interests",
}
CONFIDENCE: Mapping[str, str] = {
    "implied_consent": "Implied consent: people are told, and would expect it",
    "explicit_consent": "Explicit consent: the person has said yes",
    "statutory_duty": "A duty in statute",
    "overriding_public_interest": "An overriding public interest",
    "not_confidential": "Not confidential",
}
CONTROLLER: Mapping[str, str] = {
    "independent": "Independent controller",
    "joint": "Joint controller",
    "processor": "Processor",
}
ONWARD: Mapping[str, str] = {
    "none": "No: not to anybody else",
    "same_purpose_team": "Within the team that works for the same purpose",
    "with_source_agreement": "Only when the service it came from agrees",
}
POWER: Mapping[str, str] = {"power": "Power", "implied_power": "Implied power", "duty": "Duty"}
STATUS: Mapping[str, str] = {
    "draft": "Draft: nothing is shared under it",
    "proposed": "Proposed: nothing is shared under it until all have signed",
    "signed": "Signed by all parties",
    "suspended": "Suspended: nothing is shared under it",
    "withdrawn": "Withdrawn: nothing is shared under it",
}
ON_EXPIRY: Mapping[str, str] = {
    "delete": "Each party deletes what it received",
    "return": "Each party returns what it received",
    "keep_under_own_duty": "Each party keeps what its own duties require",
}
TELL_PERSON: Mapping[str, str] = {
    "always": "Always",
    "unless_harm": "Yes, unless telling them would do harm",
    "no": "No",
}
_FACT: Mapping[tuple[str, str], str] = {
    ("agreement", "in_force"): "the agreement is in force",
    ("agreement", "grace"): "the agreement has ended and is in its days of grace",
    ("agreement", "lapsed"): "the agreement is not in force",
    ("training", "current"): "the training is current",
    ("training", "lapsed"): "the training has lapsed",
    ("relation", "allocated"): "the person is allocated to whoever asks",
    ("relation", "team"): "the person is with the team of whoever asks",
    ("relation", "household"): "whoever asks works with the household",
    ("relation", "self_claimed"): "whoever asks says that they work with the person",
    ("relation", "none"): "there is no relation to the person",
    ("break_glass", "yes"): "it is an emergency",
    ("break_glass", "no"): "it is no emergency",
    ("match", "confirmed"): "the record is certainly about this person",
    ("match", "probable"): "the record is probably about this person",
    ("match", "weak"): "the record may be about somebody else",
    ("record_age", "fresh"): "the record is fresh",
    ("record_age", "stale"): "the record is old",
    ("wishes", "agrees"): "the person agrees",
    ("wishes", "not_asked"): "the person has not been asked",
    ("wishes", "objects_competent"): "the person objects and is able to decide",
    ("wishes", "objects_not_competent"): "the person objects and is not able to decide",
    ("risk", "none"): "no risk is known",
    ("risk", "concern"): "there is a concern",
    ("risk", "significant_harm"): "significant harm is suspected",
    ("objection", "none"): "there is no objection",
    ("objection", "pending"): "an objection is being considered",
    ("objection", "upheld"): "an objection was upheld",
    ("restriction", "no"): "the record is not restricted",
    ("restriction", "yes"): "the record is restricted",
    ("protection", "none"): "the person is under no protection",
    ("protection", "safe_address"): "the person has a safe address",
    ("protection", "adopted"): "the person was adopted",
    ("protection", "witness"): "the person is a protected witness",
    ("perpetrator_view", "no"): "whoever asks does not work with the other side",
    ("perpetrator_view", "yes"): "whoever asks also works with the alleged perpetrator",
    ("deceased", "no"): "the person is alive",
    ("deceased", "yes"): "the person has died",
    ("third_party", "no"): "the record holds nobody else's details",
    ("third_party", "yes"): "the record also holds other people's details",
}


def percent(share: float) -> str:
    """`2.5%`, `10%`."""
    return f"{share:g}%"


def yes(flag: bool) -> str:
    """Yes or no."""
    return "Yes" if flag else "No"


def joined(words: Iterable[str], last: str = "and") -> str:
    """`a, b and c`."""
    *first, end = list(words) or [""]
    return f"{', '.join(first)} {last} {end}" if first else end


def sentence(words: str) -> str:
    """`words` with a capital letter and a full stop."""
    ended = words if words.endswith((".", "?")) else f"{words}."
    return ended[:1].upper() + ended[1:]


def agency(vocabulary: Vocabulary, name: str) -> str:
    """The name of an agency."""
    found = vocabulary.agencies.get(name)
    return found.name if found else name


def agencies(vocabulary: Vocabulary, names: Iterable[str]) -> str:
    """The names of agencies, as one line."""
    return joined(agency(vocabulary, name) for name in names)


def role(vocabulary: Vocabulary, name: str) -> str:
    """A role and its agency."""
    found = vocabulary.roles.get(name)
    return f"{found.label}, {agency(vocabulary, found.agency)}" if found else name


def role_alone(vocabulary: Vocabulary, name: str) -> str:
    """A role without its agency."""
    found = vocabulary.roles.get(name)
    return found.label if found else name


def item(vocabulary: Vocabulary, name: str) -> str:
    """What an item is."""
    found = vocabulary.items.get(name)
    return found.label if found else name


def source(vocabulary: Vocabulary, name: str) -> str:
    """The service that an item comes from."""
    found = vocabulary.sources.get(vocabulary.source_of(name))
    return found.name if found else vocabulary.source_of(name)


def holder(vocabulary: Vocabulary, name: str) -> str:
    """The id of the agency that an item comes from; empty when the vocabulary has no such source."""
    found = vocabulary.sources.get(vocabulary.source_of(name))
    return found.agency if found else ""


def category(vocabulary: Vocabulary, name: str) -> str:
    """What a category is."""
    return vocabulary.categories.get(name, name)


def purpose(vocabulary: Vocabulary, name: str) -> str:
    """A purpose as a caseworker says it."""
    found = vocabulary.purposes.get(name)
    return found.label if found else name


def obligation(vocabulary: Vocabulary, name: str) -> str:
    """An obligation in words."""
    found = vocabulary.obligations.get(name)
    return found.label if found else name


def condition(vocabulary: Vocabulary, when: Condition) -> str:
    """A condition in words."""
    said = [joined((_fact(vocabulary, f, v) for v in values), "or") for f, values in when.facts.items()]
    if when.any_of:
        said.append("either " + " or ".join(condition(vocabulary, part) for part in when.any_of))
    if when.negated:
        said.append(f"it is not so that {condition(vocabulary, when.negated)}")
    return ", and ".join(said)


def written(when: Condition) -> str:
    """A condition as it is written in a policy."""
    parts = [f"{f}: {v[0] if len(v) == 1 else '[' + ', '.join(v) + ']'}" for f, v in when.facts.items()]
    if when.any_of:
        parts.append(f"any: [{', '.join(written(part) for part in when.any_of)}]")
    if when.negated:
        parts.append(f"not: {written(when.negated)}")
    return "{" + ", ".join(parts) + "}"


def _fact(vocabulary: Vocabulary, fact: str, value: str) -> str:
    if fact == "age" and value in vocabulary.age_bands:
        known = value not in ("unknown", "unborn")
        return f"the person is {vocabulary.age_bands[value]}" if known else vocabulary.age_bands[value].lower()
    label = vocabulary.facts[fact].label if fact in vocabulary.facts else fact
    return _FACT.get((fact, value)) or f"{label}: {value.replace('_', ' ')}"
