"""A made-up place of many agencies: 20 agencies, 60 roles, 40 agreements, 150 items, 45,000 cells, 3e11 requests.

Words that the code knows (facts, categories, obligations, reasons) and the protections are those of Brackwater; who
there is, what they hold and what they agreed is drawn from a seed. The files are JSON, which is YAML.
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

POLICIES = Path(__file__).parents[2] / "policies"
KINDS = ("local_authority", "police", "nhs", "school", "dwp", "registered_provider", "probation", "voluntary", "fire")
CATEGORIES = {
    "contact": "period",
    "personal": "period",
    "location": "code",
    "financial": "count",
    "offence": "count",
    "health": "count",
    "sensitive_service": "period",
}
PURPOSES = ("early_help", "child_safeguarding", "employment_support", "housing_support", "adult_safeguarding")
LEVELS = ("share", "share", "share", "reduced", "signpost")
EFFECTS = ("withhold", "refer", "signpost", "signpost")


def files(seed: int = 4, *, agencies: int = 20, agreements: int = 40, items: int = 150) -> dict[str, str]:
    """The files of a place, as `load_policies` takes them; always the same for the same arguments."""
    rng = random.Random(seed)
    vocabulary = _vocabulary(agencies, items)
    facts = {name: fact["values"] for name, fact in vocabulary["facts"].items()}
    made: dict[str, Any] = {"vocabulary.yaml": vocabulary, "gateways.yaml": _gateways()}
    for n in range(1, agreements + 1):
        made[f"agreements/isa-2026-{n:03}.yaml"] = _agreement(n, vocabulary, facts=facts, rng=rng)
    texts = {name: json.dumps(data) for name, data in made.items()}
    return {**texts, "protections.yaml": (POLICIES / "protections.yaml").read_text()}


def with_one_change(made: Mapping[str, str], *, agreement: int = 1) -> dict[str, str]:
    """`made` with a line of one agreement changed: its first clause says only whom to ring."""
    name = f"agreements/isa-2026-{agreement:03}.yaml"
    data = json.loads(made[name])
    data["share"][0] |= {"level": "signpost" if data["share"][0]["level"] != "signpost" else "share", "obligations": []}
    return {**made, name: json.dumps(data)}


def with_a_looser_protection(made: Mapping[str, str]) -> dict[str, str]:
    """`made` with a protection that reaches every agreement let go of risk: the largest change there is."""
    text = made["protections.yaml"]
    old = "when: {objection: upheld}\n    unless: {risk: significant_harm}"
    if old not in text:
        raise ValueError("the shipped protection P3 is written otherwise now; change this function")
    return {**made, "protections.yaml": text.replace(old, "when: {objection: upheld}\n    unless: {risk: concern}")}


def _vocabulary(agencies: int, items: int) -> dict[str, Any]:
    data: dict[str, Any] = yaml.load((POLICIES / "vocabulary.yaml").read_text(), Loader=yaml.BaseLoader)
    names = [f"body{n:02}" for n in range(agencies)]
    data["agencies"] = {
        name: {"name": f"Body {n}", "kind": KINDS[n % len(KINDS)], "duty_phone": "01632 960000"}
        for n, name in enumerate(names)
    }
    bands = list(data["age_bands"])
    data["sources"] = {
        f"s{n:02}": {"agency": name, "name": f"Service {n}", "placed": "no", "ages": bands}
        for n, name in enumerate(names)
    }
    data["items"] = _items(agencies, items)
    data["roles"] = {
        f"{name}.role{k}": {"label": f"Worker {k} of body {n}", "agency": name, "purposes": list(PURPOSES)}
        for n, name in enumerate(names)
        for k in range(3)
    }
    data["population_runs"] = {}
    return data


def _items(agencies: int, items: int) -> dict[str, Any]:
    made: dict[str, Any] = {}
    kinds = list(CATEGORIES.items())
    for n in range(items):
        source, turn = f"s{n % agencies:02}", n // agencies
        category, kind = ("contact", "period") if turn == 0 else kinds[n % len(kinds)]
        made[f"{source}.involvement" if turn == 0 else f"{source}.item{turn}"] = {
            "category": category,
            "kind": kind,
            "label": f"Item {n}",
            "existence": "secret" if category == "sensitive_service" else "open",
            **({"codes": {"one": "One", "two": "Two"}} if kind == "code" else {}),
        }
    return made


def _gateways() -> dict[str, Any]:
    power = {"label": "A made-up power", "kind": "power", "bodies": list(KINDS), "purposes": list(PURPOSES)}
    return {"schema": "broker/gateways/v1", "gateways": {"made_up_act": power}}


def _agreement(n: int, vocabulary: Mapping[str, Any], *, facts: Mapping[str, list[str]], rng: random.Random) -> Any:
    joined = sorted(rng.sample(sorted(vocabulary["agencies"]), 6))
    purposes = sorted(rng.sample(PURPOSES, 2))
    glass = rng.random() < 0.5
    roles = sorted(role for role in vocabulary["roles"] if role.partition(".")[0] in joined)
    return {
        "schema": "broker/agreement/v1",
        "id": f"ISA-2026-{n:03}",
        "version": "1.0.0",
        "title": f"Made-up agreement {n}",
        "summary": "A made-up agreement for measuring how long things take.",
        "status": "signed",
        "who_it_is_about": ["Made-up people"],
        "parties": [_party(name) for name in joined],
        "purposes": [
            {"id": name, "statement": "A made-up statement.", "benefit": "A made-up benefit.", "not_for": ["anything"]}
            for name in purposes
        ],
        "legal": _legal(joined),
        "share": _clauses(n, vocabulary, joined=joined, roles=roles, purposes=purposes, rng=rng),
        "exceptions": [_exception(n, k, facts=facts, rng=rng) for k in range(3)],
        "break_glass": {"allowed": "yes", "roles": roles[:6], "purposes": purposes} if glass else {"allowed": "no"},
        "refusals": {"reviewer": "ig@place.example", "challenge_to": "ig@place.example"},
        "rights": {"lead": joined[0]},
        "incidents": {},
        "lifecycle": {"effective_from": "2026-04-01", "review_by": "2027-03-31", "expires": "2028-04-01"},
        "assurance": {"training": "information_sharing"},
    }


def _party(agency: str) -> dict[str, Any]:
    return {
        "agency": agency,
        "controller": "independent",
        "ico_registration": "Z1000001",
        "contact": "contact@place.example",
        "dpo": "dpo@place.example",
        "sar_desk": "sar@place.example",
        "duty_phone": "01632 960000",
        "privacy_notice": "https://place.example/privacy",
        "signature": {
            "name": "Made Up",
            "post": "Director",
            "signed_on": "2026-03-10",
            "key_id": "made-up",
            "signature": "none",
        },
    }


def _legal(joined: list[str]) -> dict[str, Any]:
    return {
        "powers": [{"gateway": "made_up_act", "from": joined, "to": joined}],
        "article6": ["6(1)(e)"],
        "article9": ["9(2)(g)"],
        "article10": ["paragraph 6"],
        "appropriate_policy_document": "APD",
        "confidence": [{"category": name, "basis": "overriding_public_interest"} for name in CATEGORIES],
        "human_rights": "A made-up paragraph.",
        "dpia": "DPIA",
        "dpia_review_by": "2027-03-31",
    }


def _clauses(
    n: int,
    vocabulary: Mapping[str, Any],
    *,
    joined: list[str],
    roles: list[str],
    purposes: list[str],
    rng: random.Random,
) -> list[dict[str, Any]]:
    """Eleven clauses, each with items of its own, so that none is scheduled twice."""
    held = [item for item in vocabulary["items"] if f"body{item[1:3]}" in joined]
    rng.shuffle(held)
    size = max(1, len(held) // 11)
    clauses = []
    for k in range(11):
        items = held[k * size : (k + 1) * size]
        level = rng.choice(LEVELS)
        # A code can't be told as a yes or no.
        coded = any(vocabulary["items"][item]["kind"] == "code" for item in items)
        how = "generalise" if coded else "yes_no_only"
        clauses.append(
            {
                "id": f"A{n}.{k + 1}",
                "items": items,
                "to": sorted(rng.sample(roles, 6)),
                "for": purposes,
                "level": level,
                "obligations": [how] if level == "reduced" else [],
                "window": rng.choice(("P12M", "P24M")),
                "why": "A made-up reason to share.",
            }
        )
    return clauses


def _exception(n: int, k: int, *, facts: Mapping[str, list[str]], rng: random.Random) -> dict[str, Any]:
    named = rng.sample([name for name in facts if name not in ("agreement", "training", "break_glass")], 2)
    return {
        "id": f"A{n}.E{k + 1}",
        "title": "A made-up exception",
        "when": {name: rng.sample(facts[name][1:], rng.randint(1, len(facts[name]) - 1)) for name in named},
        "items": {"category": rng.sample(sorted(CATEGORIES), 2)},
        "effect": rng.choice(EFFECTS),
        "breakable": rng.choice(("yes", "no")),
        "because": "A made-up reason to hold back.",
        "remedy": "Ring the service and ask.",
    }
