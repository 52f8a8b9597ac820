"""Made-up questions: somebody asks about a family, of whom services hold records. All that is drawn is kept as truth.

The truth of a fact is drawn first, as a word of the vocabulary; the record is then written so that it says just that,
also where it says it too long ago to count. Names, teams and numbers are different in every record, so that any of them
is found again wherever it ends up.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any, cast

from broker.linkage.model import Band
from broker.policy.facts import Requester
from broker.policy.policies import Policies
from broker.policy.vocabulary import Item
from broker.story.held import KEPT_AWAY, HeldPerson, HeldRecord
from broker.wire.delivery import ItemValue, Lead, Payload

TODAY = dt.date(2026, 11, 22)
FRESH_DAYS = 92
AGES = (0, 1, 30, 90, 100, 170, 200, 350, 400, 900)
"""How many days old a record or a statement is: either side of every limit, and never on it."""
STATUSES = ("current",) * 5 + ("historic", "none_found", "not_covered")
PROTECTIONS = ("safe_address", "witness", "adopted", "objection_pending", "objection_upheld", "restriction")
RELATIVES = ("parent", "child", "sibling", "partner", "carer")


@dataclass(frozen=True)
class Known:
    """A record with the facts about it that are true, and the texts that are in no other."""

    record: HeldRecord
    facts: Mapping[str, str]
    texts: tuple[str, ...]
    values: tuple[ItemValue, ...] = field(repr=False)


@dataclass(frozen=True)
class Family:
    """One person, with what is known of them."""

    person: HeldPerson
    known: tuple[Known, ...]


@dataclass(frozen=True)
class Question:
    """Who asks, in which circumstances, and whom they find. `facts` are those of the asker."""

    requester: Requester
    facts: Mapping[str, str]
    view: str
    people: tuple[Family, ...]


def question(policies: Policies, rng: Random) -> Question:
    """One question: usually by somebody who may ask it, about one to three people."""
    role, purpose = rng.choice(list(policies.schedule))
    if rng.random() < 0.1:
        role, purpose = rng.choice(list(policies.vocabulary.roles)), rng.choice(list(policies.vocabulary.purposes))
    agency = policies.vocabulary.roles[role].agency
    trained = rng.random() < 0.95
    relation = _value(policies, "relation", rng, plain=0.8)
    glass = rng.random() < 0.2
    training_on = TODAY - dt.timedelta(days=90 if trained else 2000)
    facts = {"agreement": "in_force", "training": "current" if trained else "lapsed", "relation": relation}
    facts["break_glass"] = "yes" if glass else "no"
    view = rng.choice(("no", "no", "no", "yes", "unknown"))
    people = tuple(_family(policies, rng, n, view=view) for n in range(rng.choice((1, 1, 1, 2, 3))))
    return Question(Requester(agency, role, purpose, training_on, relation, glass), facts, view, people)


def _family(policies: Policies, rng: Random, number: int, *, view: str) -> Family:
    kinds = rng.sample(PROTECTIONS, rng.choice((0, 0, 0, 1, 1, 2)))
    sources = [source for source in policies.vocabulary.sources if rng.random() < 0.15]
    known = [_known(policies, rng, source, kinds=kinds, view=view, name=f"{number}{source}") for source in sources]
    relationship = "subject" if number == 0 else rng.choice(RELATIVES)
    return Family(HeldPerson(relationship, tuple(one.record for one in known), frozenset(kinds)), tuple(known))


def _known(
    policies: Policies, rng: Random, source: str, *, kinds: list[str], view: str, name: str
) -> Known:  # fmt: skip
    band: Band = "certain" if rng.random() < 0.8 else "probable"
    days = rng.choice(AGES[:5] if rng.random() < 0.8 else AGES)
    payload, facts, texts, values = _payload(policies, rng, source, days=days, name=name)
    facts |= _register(kinds)
    facts |= {"match": "confirmed" if band == "certain" else "probable", "perpetrator_view": view}
    facts["record_age"] = "fresh" if days <= FRESH_DAYS else "stale"
    identity = name.encode().ljust(16, b".")
    items = tuple(dict.fromkeys(value.item for value in values))

    def open_item(code: str) -> tuple[ItemValue, ...]:
        return tuple(value for value in values if value.item == code)

    record = HeldRecord(
        identity, source, identity, band, payload, items, open_item, lambda _: "tag", lambda _: "00" * 16
    )
    return Known(record, facts, texts, values)


def _payload(
    policies: Policies, rng: Random, source: str, *, days: int, name: str
) -> tuple[Payload, dict[str, str], tuple[str, ...], tuple[ItemValue, ...]]:  # fmt: skip
    said = {
        fact: _value(policies, fact, rng, plain=0.6) for fact in ("age", "wishes", "risk", "deceased", "third_party")
    }
    ages = {"wishes": rng.choice((None, *AGES)), "risk": rng.choice((None, *AGES))}
    # Of no duty desk, which anybody may be told, and of no other record.
    number = f"07{rng.randrange(10**9):09}"
    texts = (f"Team {name} {number[-6:]}", f"Worker {name} {number[-6:]}", number)
    content: dict[str, Any] = {
        "status": rng.choice(STATUSES), "provider": texts[0], "started": _ago(days + 40), "last_contact": _ago(days),
        "lead": Lead(name=texts[1], role="Practitioner", phone=texts[2]), "as_of": _ago(days), "coverage_to": _ago(0),
        "coverage_from": _ago(1000), "coverage_area": "Brackwater", "age_band": said["age"], "wishes": said["wishes"],
        "risk": said["risk"], "deceased": said["deceased"], "third_party": said["third_party"],
        "wishes_on": None if ages["wishes"] is None else _ago(ages["wishes"]),
        "risk_on": None if ages["risk"] is None else _ago(ages["risk"]),
    }  # fmt: skip
    facts = {fact: value for fact, value in said.items() if value != "unknown"}
    for fact, limit in (("age", 365), ("wishes", 365), ("risk", 181)):
        if max(days, ages.get(fact) or 0) > limit:
            facts.pop(fact, None)
    of_source = [(item, one) for item, one in policies.vocabulary.items.items() if item.partition(".")[0] == source]
    chosen = [(item, one) for item, one in of_source if not item.endswith(".involvement") and rng.random() < 0.6]
    values = tuple(_item(item, one, rng, days) for item, one in chosen for _ in range(rng.choice((1, 1, 2))))
    return Payload(**content), facts, texts, values


def _item(item: str, one: Item, rng: Random, days: int) -> ItemValue:
    on = _ago(days + rng.choice((0, 5, 100, 500, 1000, 3000)))
    content: dict[str, Any] = {"item": item, "on": on}
    if one.kind == "flag":
        content |= {"on": None, "yes": rng.random() < 0.7}
    elif one.kind == "count":
        content["count"] = rng.randrange(100)
    elif one.kind == "code":
        content["code"] = rng.choice(list(one.codes)) if one.codes else "other"
    elif one.kind == "period" and rng.random() < 0.5:
        content["until"] = min(on + dt.timedelta(days=30), _ago(days))
    if one.kind in ("count", "flag") and rng.random() < 0.4:
        content["role"] = rng.choice(("victim", "suspect", "witness"))
    return ItemValue(**content)


def _register(kinds: list[str]) -> dict[str, str]:
    kept = sorted(KEPT_AWAY & set(kinds))
    pending = "pending" if "objection_pending" in kinds else "none"
    return {
        "protection": " ".join(kept) or "none",
        "objection": "upheld" if "objection_upheld" in kinds else pending,
        "restriction": "yes" if "restriction" in kinds else "no",
    }


def _value(policies: Policies, fact: str, rng: Random, *, plain: float) -> str:
    values = policies.vocabulary.facts[fact].values
    return values[0] if rng.random() < plain else cast(str, rng.choice(values))


def _ago(days: int) -> dt.date:
    return TODAY - dt.timedelta(days=days)
