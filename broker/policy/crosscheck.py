"""The checks that need more than one file. Each finding is a sentence that an IG officer can act on, with its place.

Safe condition S9 (every obligation works) is proved here once, when the policies load. What an agreement needs
besides is in `agreement_check`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from broker.policy.agreement import Limit, Selection
from broker.policy.condition import Condition
from broker.policy.facts import RECORD_FACTS, REQUESTER_FACTS
from broker.policy.gateways import Gateways
from broker.policy.obligations import NOTICES, RELEVANT_ROLES, TRANSFORMERS
from broker.policy.protections import Protections
from broker.policy.purpose_wall import check_powers, check_words
from broker.policy.strict_yaml import Place
from broker.policy.vocabulary import Vocabulary

QUIET = frozenset({"adoption", "intel", "sensitive_service"})
HIDDEN = frozenset({"objection", "protection", "perpetrator_view"})

Finding = tuple[Place, str]


def check_vocabulary(vocabulary: Vocabulary) -> Iterator[Finding]:
    """What the code needs of the vocabulary: its facts, its obligations, its parts in events."""
    yield from _facts(vocabulary)
    yield from check_words(vocabulary)
    for name in vocabulary.obligations:
        if name not in TRANSFORMERS and name not in NOTICES:
            yield ("obligations", name), f"obligation `{name}`: nothing carries it out; remove it"
    for name in sorted(RELEVANT_ROLES - vocabulary.event_roles.keys()):
        yield ("event_roles",), f"add the part `{name}`"
    for name, item in vocabulary.items.items():
        if item.category in QUIET and item.existence != "secret":
            yield ("items", name), f"item `{name}`: {item.category} needs `existence: secret`"


def _facts(vocabulary: Vocabulary) -> Iterator[Finding]:
    about = {**dict.fromkeys(REQUESTER_FACTS, "requester"), **dict.fromkeys(RECORD_FACTS, "record")}
    for name in sorted(about.keys() ^ vocabulary.facts.keys()):
        yield ("facts", name), f"fact `{name}`: " + ("add it" if name in about else "nothing resolves it; remove it")
    for name, fact in vocabulary.facts.items():
        if about.get(name, fact.about) != fact.about:
            yield ("facts", name), f"fact `{name}`: it is about the {about[name]}"
        if name in HIDDEN and not fact.secret:
            yield ("facts", name), f"fact `{name}`: nobody may learn it of a person; add `secret: 'yes'`"


def check_gateways(gateways: Gateways, vocabulary: Vocabulary) -> Iterator[Finding]:
    """Gateways name purposes of the vocabulary, and are no way round the purpose wall."""
    yield from check_powers(gateways)
    for name, gateway in gateways.gateways.items():
        yield from (
            (("gateways", name, "purposes"), f"no such purpose `{purpose}`; add it to the vocabulary or correct it")
            for purpose in gateway.purposes
            if purpose not in vocabulary.purposes
        )


def check_protections(protections: Protections, vocabulary: Vocabulary) -> Iterator[Finding]:
    """The place's rules have one id each, and use known facts, values, categories, items and obligations that work."""
    yield from _ids(protections)
    for n, safe in enumerate(protections.safe_conditions):
        if safe.stage == "requester" and safe.breakable:
            # Emergency access never stands in for training, an agreement or a reason to ask.
            yield ("safe_conditions", n), f"{safe.id}: a requester's condition can't be breakable; remove `breakable`"
        place: Place = ("safe_conditions", n, "need")
        yield from _condition(place, safe.id, safe.need, vocabulary)
        if safe.stage == "requester":
            yield from (
                (place, f"{safe.id}: `{fact}` isn't known before the look-up; use stage record")
                for fact, _ in safe.need.named()
                if fact not in REQUESTER_FACTS
            )
    for n, limit in enumerate(protections.protections):
        yield from check_limit(("protections", n), limit, vocabulary)
    for n, always in enumerate(protections.always):
        yield from _condition(("always", n, "when"), always.id, always.when, vocabulary)
        yield from (
            (("always", n, "add"), f"{always.id}: `{name}` is no notice; use one of {', '.join(sorted(NOTICES))}")
            for name in always.add
            if name not in NOTICES
        )


def _ids(protections: Protections) -> Iterator[Finding]:
    parts = {
        "safe_conditions": [one.id for one in protections.safe_conditions],
        "protections": [one.id for one in protections.protections],
        "always": [one.id for one in protections.always],
    }
    seen: set[str] = set()
    for part, names in parts.items():
        for n, name in enumerate(names):
            if name in seen:
                yield (part, n), f"{name}: two rules have this id; change one"
            seen.add(name)


def check_limit(place: Place, limit: Limit, vocabulary: Vocabulary) -> Iterator[Finding]:
    """An exception or a protection uses known facts, values, categories, items and obligations that work."""
    yield from _condition((*place, "when"), limit.id, limit.when, vocabulary)
    if limit.unless:
        yield from _condition((*place, "unless"), limit.id, limit.unless, vocabulary)
    items = _selected(limit.items, vocabulary)
    if limit.items:
        yield from (
            ((*place, "items"), f"{limit.id}: no such category `{name}`; correct it")
            for name in limit.items.category
            if name not in vocabulary.categories
        )
        yield from (
            ((*place, "items"), f"{limit.id}: no such item `{name}`; correct it")
            for name in limit.items.items
            if name not in vocabulary.items
        )
    if limit.effect == "reduced" and not any(name in TRANSFORMERS for name in limit.obligations):
        yield place, f"{limit.id}: `reduced` needs an obligation that says how"
    yield from check_obligations((*place, "obligations"), limit.id, limit.obligations, items, vocabulary)


def _selected(selection: Selection | None, vocabulary: Vocabulary) -> list[str]:
    if selection is None:
        return list(vocabulary.items)
    named = [name for name in selection.items if name in vocabulary.items]
    return named + [name for name, item in vocabulary.items.items() if item.category in selection.category]


def _condition(place: Place, rule: str, condition: Condition, vocabulary: Vocabulary) -> Iterator[Finding]:
    for fact, value in condition.named():
        if fact not in vocabulary.facts:
            yield place, f"{rule}: no such fact `{fact}`; use one of {', '.join(sorted(vocabulary.facts))}"
        elif value not in vocabulary.facts[fact].values:
            values = ", ".join(vocabulary.facts[fact].values)
            yield place, f"{rule}: `{fact}` is never `{value}`; use one of {values}"


def check_obligations(
    place: Place, rule: str, names: Iterable[str], items: Iterable[str], vocabulary: Vocabulary
) -> Iterator[Finding]:
    """The obligations of `rule` are known, and its transformers can work on every kind among `items`."""
    kinds = {item: vocabulary.items[item].kind for item in items if item in vocabulary.items}
    for name in names:
        if name not in vocabulary.obligations:
            yield place, f"{rule}: no such obligation `{name}`; use one of {', '.join(sorted(vocabulary.obligations))}"
        elif name in TRANSFORMERS:
            for item, kind in kinds.items():
                if kind not in TRANSFORMERS[name].kinds:
                    yield place, f"{rule}: `{name}` can't work on `{item}`, a {kind}; use another obligation"
