"""Small policies drawn at random, as files that load: what laws about every policy are tried on.

    policies = drawn(rng)

A place with two agencies, seven items of which two are secret, three roles, two purposes and all fifteen facts with
two or three values each. Rules, clauses, exceptions and emergency access are whatever `rng` says. With `monotone` no
rule closes anything because of a risk, nor opens anything because of a protection.
"""

from __future__ import annotations

import json
from random import Random
from typing import Any

from broker.policy.crosscheck import HIDDEN
from broker.policy.facts import RECORD_FACTS, REQUESTER_FACTS
from broker.policy.load import load_policies
from broker.policy.policies import Policies

FACTS: dict[str, tuple[str, ...]] = {
    "agreement": ("in_force", "grace", "lapsed"),
    "training": ("current", "lapsed"),
    "relation": ("allocated", "self_claimed", "none"),
    "break_glass": ("no", "yes"),
    "match": ("confirmed", "probable", "weak"),
    "record_age": ("fresh", "stale"),
    "age": ("0_4", "unknown"),
    "wishes": ("agrees", "objects_competent"),
    "risk": ("none", "concern", "significant_harm"),
    "objection": ("none", "upheld"),
    "restriction": ("no", "yes"),
    "protection": ("none", "safe_address", "witness"),
    "perpetrator_view": ("no", "yes"),
    "deceased": ("no", "yes"),
    "third_party": ("no", "yes"),
}
ITEMS = {
    "aa.involvement": ("contact", "open"),
    "aa.plan": ("personal", "open"),
    "aa.secret": ("health", "secret"),
    "bb.involvement": ("contact", "open"),
    "bb.count": ("personal", "open"),
    "bb.health": ("health", "open"),
    "bb.secret": ("personal", "secret"),
}
CATEGORIES = ("contact", "personal", "health")
ROLES = ("council.worker", "council.clerk", "nhs.nurse")
PURPOSES = ("early_help", "child_safeguarding")
EFFECTS = ("withhold_silently", "withhold", "refer", "signpost", "reduced")
REDUCING = ("redact_third_party", "relevant_to_child_only")
NOTICES = ("notify_source", "tell_person")
WHY = "because the draw says so"


def drawn(rng: Random, *, monotone: bool = False) -> Policies:
    """One set of policies, loaded and checked like any other."""
    return load_policies(files(rng, monotone=monotone))


def files(rng: Random, *, monotone: bool = False) -> dict[str, str]:
    """The files of one set of policies."""
    count = rng.randint(1, 3)
    content = {"vocabulary.yaml": _vocabulary(rng), "gateways.yaml": _gateways()}
    content["protections.yaml"] = _protections(rng, monotone)
    content |= {f"agreements/{n}.yaml": agreement(rng, n, monotone=monotone) for n in range(1, count + 1)}
    return {file: json.dumps(data) for file, data in content.items()}


def agreement(rng: Random, number: int, *, monotone: bool = False) -> dict[str, Any]:
    """One agreement, as written."""
    glass = rng.random() < 0.6
    return {
        "schema": "broker/agreement/v1", "id": f"ISA-2026-{number:03}", "version": "1.0.0", "title": "Drawn",
        "summary": WHY, "status": "signed", "who_it_is_about": ["everybody"],
        "parties": [_party("council"), _party("nhs")],
        "purposes": [{"id": one, "statement": WHY, "benefit": WHY, "not_for": ["anything else"]} for one in PURPOSES],
        "legal": {
            "powers": [{"gateway": "every", "from": ["council", "nhs"], "to": ["council", "nhs"]}],
            "article6": ["6(1)(e)"], "article9": ["9(2)(g)"], "appropriate_policy_document": "APD",
            "confidence": [{"category": one, "basis": "overriding_public_interest"} for one in CATEGORIES],
            "human_rights": WHY, "dpia": "DPIA", "dpia_review_by": "2027-01-01",
        },
        "share": _clauses(rng, number),
        "exceptions": [limit(rng, f"A{number}.E{n}", monotone=monotone) for n in range(rng.randint(0, 3))],
        "break_glass": {
            "allowed": "yes" if glass else "no", "roles": some(rng, ROLES, at_least=0),
            "purposes": some(rng, PURPOSES, at_least=0),
        },
        "refusals": {"reviewer": "reviewer", "challenge_to": "reviewer"}, "rights": {"lead": "council"},
        "incidents": {}, "assurance": {"training": "module"},
        "lifecycle": {"effective_from": "2026-01-01", "review_by": "2027-01-01", "expires": "2028-01-01"},
    }  # fmt: skip


def limit(rng: Random, name: str, *, monotone: bool = False) -> dict[str, Any]:
    """An exception or a protection, as written."""
    effect = rng.choice(EFFECTS)
    unless = _opening(rng) if monotone else condition(rng)
    written: dict[str, Any] = {
        "id": name, "title": "Drawn", "when": _closing(rng) if monotone else condition(rng), "effect": effect,
        "breakable": rng.choice(("yes", "no")), "because": WHY, "remedy": WHY,
        "obligations": [rng.choice(REDUCING)] if effect == "reduced" else some(rng, NOTICES, at_least=0),
    }  # fmt: skip
    if rng.random() < 0.4:
        written["unless"] = unless
    if rng.random() < 0.6:
        written["items"] = {"category": some(rng, CATEGORIES), "items": some(rng, tuple(ITEMS), at_least=0)[:2]}
    return written


def condition(rng: Random, facts: tuple[str, ...] = tuple(FACTS), *, depth: int = 0) -> dict[str, Any]:
    """A condition over some of `facts`, with `any` and `not` at up to three depths."""
    names = rng.sample(facts, rng.choice((1, 1, 2)))
    written: dict[str, Any] = {name: _values(rng, FACTS[name]) for name in names}
    if depth < 3 and rng.random() < 0.3:
        written["any"] = [condition(rng, facts, depth=depth + 1) for _ in range(rng.choice((1, 2)))]
    if depth < 3 and rng.random() < 0.3:
        written["not"] = condition(rng, facts, depth=depth + 1)
    if len(written) > 1 and rng.random() < 0.3:
        del written[names[0]]
    return written


def some(rng: Random, values: tuple[str, ...], *, at_least: int = 1) -> list[str]:
    """Some of `values`, in their order."""
    kept = rng.sample(values, rng.randint(at_least, len(values)))
    return [value for value in values if value in kept]


def _values(rng: Random, values: tuple[str, ...]) -> str | list[str]:
    kept = rng.sample(values, rng.randint(1, max(1, len(values) - 1)))
    return kept[0] if len(kept) == 1 and rng.random() < 0.5 else kept


def _closing(rng: Random) -> dict[str, Any]:
    """What may close something: any fact but the risk, or a low risk, or a protection of any kind."""
    plain = tuple(fact for fact in FACTS if fact not in ("risk", "protection"))
    written = condition(rng, plain)
    if rng.random() < 0.5:
        written["risk"] = rng.choice((["none"], ["none", "concern"]))
    if rng.random() < 0.3:
        written["protection"] = some(rng, FACTS["protection"][1:])
    return written


def _opening(rng: Random) -> dict[str, Any]:
    """What may lift a rule: a high risk, or anything that has nothing to do with risk or protection."""
    if rng.random() < 0.5:
        return {"risk": rng.choice((["significant_harm"], ["concern", "significant_harm"]))}
    return condition(rng, tuple(fact for fact in FACTS if fact not in ("risk", "protection")))


def _clauses(rng: Random, number: int) -> list[dict[str, Any]]:
    clauses: list[dict[str, Any]] = []
    seen: set[tuple[str, str, str]] = set()
    for n in range(rng.randint(1, 4)):
        roles, purposes = some(rng, ROLES), some(rng, PURPOSES)
        cells = {item: {(item, role, purpose) for role in roles for purpose in purposes} for item in ITEMS}
        free = tuple(item for item in ITEMS if not cells[item] & seen)
        if not free:
            continue
        items = some(rng, free)
        level = rng.choice(("share", "share", "reduced", "signpost"))
        duties = some(rng, REDUCING) if level == "reduced" else some(rng, NOTICES, at_least=0)
        clauses.append(
            {"id": f"A{number}.{n}", "items": items, "to": roles, "for": purposes, "level": level, "why": WHY,
             "obligations": duties}
        )  # fmt: skip
        seen |= {cell for item in items for cell in cells[item]}
    return clauses


def _protections(rng: Random, monotone: bool) -> dict[str, Any]:
    safe = []
    for n in range(rng.randint(1, 4)):
        requester = n == 0 or rng.random() < 0.4
        # What is needed closes where it is missing, so it is a rule turned round.
        record_need = {"not": _closing(rng)} if monotone else condition(rng)
        need = condition(rng, REQUESTER_FACTS) if requester else record_need
        one = {"id": f"S{n + 20}", "stage": "requester" if requester else "record", "need": need}
        broken = {} if requester else {"breakable": rng.choice(("yes", "no"))}
        safe.append({**one, **broken, "because": WHY, "remedy": WHY})
    return {
        "schema": "broker/protections/v1", "safe_conditions": safe,
        "protections": [limit(rng, f"P{n}", monotone=monotone) for n in range(rng.randint(1, 4))],
        "always": [
            {"id": f"O{n}", "when": condition(rng), "add": some(rng, NOTICES)} for n in range(rng.randint(0, 2))
        ],
    }  # fmt: skip


def _vocabulary(rng: Random) -> dict[str, Any]:
    return {
        "schema": "broker/vocabulary/v1",
        "place": {
            "id": "drawn", "name": "Drawn",
            "help_desk": {
                "name": "Desk", "phone": "01632 960000", "reviewer": "desk", "review_within_working_days": "5",
            },
        },
        "agencies": {
            "council": {"name": "Council", "kind": "local_authority", "duty_phone": "01632 960001"},
            "nhs": {"name": "Trust", "kind": "nhs", "duty_phone": "01632 960002"},
        },
        "age_bands": {value: value for value in FACTS["age"]},
        "categories": {one: one for one in CATEGORIES},
        "sources": {
            "aa": {"agency": "council", "name": "First", "ages": [], "placed": "no"},
            "bb": {"agency": "nhs", "name": "Second", "ages": [], "placed": "no"},
        },
        "items": {
            name: {"category": category, "kind": "period", "label": name, "existence": existence}
            for name, (category, existence) in ITEMS.items()
        },
        "event_roles": {
            one: one for one in ("victim", "suspect", "offender", "parent_or_carer", "child_present")
        },
        "purposes": {one: {"label": WHY, "lawful_basis": WHY, "tell_family": WHY} for one in PURPOSES},
        "roles": {
            name: {"label": "Worker", "agency": name.partition(".")[0], "purposes": PURPOSES} for name in ROLES
        },
        "facts": {
            name: {
                "values": values, "unknown": rng.choice(values), "label": name,
                "about": "requester" if name in REQUESTER_FACTS else "record",
                "secret": "yes" if name in HIDDEN else rng.choice(("yes", "no")) if name in RECORD_FACTS else "no",
            }
            for name, values in FACTS.items()
        },
        "relationships": {"sibling": {"label": "Sibling", "inverse": "sibling"}},
        "obligations": {one: {"label": one} for one in (*REDUCING, *NOTICES)},
        "reasons": {one: {"text": WHY, "remedy": WHY} for one in ("S1", "S4r", "S6", "S8", "AS", "NK")},
    }  # fmt: skip


def _gateways() -> dict[str, Any]:
    power = {"label": "Every power", "kind": "power", "bodies": ["local_authority", "nhs"], "purposes": PURPOSES}
    return {"schema": "broker/gateways/v1", "gateways": {"every": power}}


def _party(agency: str) -> dict[str, Any]:
    signature = {"name": "A", "post": "B", "signed_on": "2026-01-01", "key_id": "k", "signature": "s"}
    said = dict.fromkeys(("contact", "dpo", "sar_desk", "privacy_notice"), "somebody")
    return {
        "agency": agency, "controller": "joint", "ico_registration": "Z1000001", "duty_phone": "01632 960003",
        "signature": signature, **said,
    }  # fmt: skip
