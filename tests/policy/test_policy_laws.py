"""Laws that hold for every combination of facts: nothing fails, nothing leaks, and closing never opens."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from itertools import product
from typing import Any

import brackwater_policies as place
import pytest
from brackwater_policies import ISA, ON, asker, policies, record
from hypothesis import given, settings
from hypothesis import strategies as st

from broker.policy.agreement import Limit
from broker.policy.decide import admit, decide, recompute
from broker.policy.decision import Admitted, Decision, Refusal
from broker.policy.facts import RECORD_FACTS, RecordFacts, Requester
from broker.policy.levels import LEVELS, openness
from broker.policy.policies import Policies
from broker.policy.rules import from_limit

VOCABULARY = policies().vocabulary
FACTS = VOCABULARY.facts
ROLES = sorted((role, purpose) for role, entry in VOCABULARY.roles.items() for purpose in entry.purposes)
ITEMS = sorted(VOCABULARY.items)
KINDS = ("safe_address", "adopted", "witness")
RELATIONS = ("allocated", "team", "household", "self_claimed", "none")


def _record_facts(item: str, odd: bool = False) -> st.SearchStrategy[RecordFacts]:
    strange = (None, "unknown", "nonsense", "") if odd else ()
    facts: dict[str, st.SearchStrategy[Any]] = {
        name: st.sampled_from((*FACTS[name].values, *strange)) for name in RECORD_FACTS if name != "protection"
    }
    kinds = st.sets(st.sampled_from((*KINDS, "nonsense") if odd else KINDS), max_size=3)
    facts["protection"] = st.none() | kinds if odd else kinds
    return st.builds(RecordFacts, st.just(item.partition(".")[0]), **facts)


def _askers() -> st.SearchStrategy[Requester]:
    def build(cell: tuple[str, str], relation: str, trained: dt.date, broken: bool) -> Requester:
        return asker(*cell, relation=relation, training_on=trained, break_glass=broken)

    trained = st.sampled_from((dt.date(2026, 6, 1), dt.date(2020, 1, 1)))
    return st.builds(build, st.sampled_from(ROLES), st.sampled_from(RELATIONS), trained, st.booleans())


SCHEDULED = sorted(
    (role, purpose, item)
    for (role, purpose), agreements in policies().schedule.items()
    for clauses in agreements.values()
    for item in clauses
)


@st.composite
def _cases(draw: st.DrawFn, odd: bool = False) -> tuple[Requester, RecordFacts, str]:
    if draw(st.booleans()):
        role, purpose, item = draw(st.sampled_from(SCHEDULED))
        return asker(role, purpose, break_glass=draw(st.booleans())), draw(_record_facts(item, odd)), item
    item = draw(st.sampled_from(ITEMS))
    return draw(_askers()), draw(_record_facts(item, odd)), item


def _accountable(made: Decision) -> None:
    row = made.as_audit()
    if made.level == "share":
        assert made.reasons == ()
        return
    assert made.rules or made.reasons
    assert row["remedy"] and row["contact"]["name"] and row["contact"]["phone"] and row["reviewer"] and row["review_by"]
    assert bool(made.reasons) is (made.level != "withhold_silently")
    assert made.review_by and made.review_by.weekday() < 5


@settings(max_examples=100, deadline=None)
@given(_cases(odd=True))
def test_deciding_never_fails_and_is_always_accounted_for(case: tuple[Requester, RecordFacts, str]) -> None:
    """Some combination of facts raises, or is refused without reason, remedy, contact, reviewer or date."""
    requester, held, item = case
    made = decide(policies(), requester, held, item=item, on=ON)
    _accountable(made)
    assert recompute(policies(), made.as_audit()) == made


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=12), st.text(max_size=12), st.text(max_size=12), st.text(max_size=12), st.dates(), st.dates())
def test_whatever_is_asked_gets_a_decision(
    agency: str, role: str, purpose: str, item: str, trained: dt.date, on: dt.date
) -> None:
    """Nonsense from outside raises inside the policy."""
    _accountable(
        decide(policies(), Requester(agency, role, purpose, trained, role), RecordFacts(agency), item=item, on=on)
    )
    known = Requester("council", "council.keyworker", "early_help", trained, "allocated", True)
    _accountable(decide(policies(), known, RecordFacts("eh"), item=item, on=on))


@settings(max_examples=100, deadline=None)
@given(_cases(), st.data())
def test_not_knowing_never_opens_more_than_knowing(
    case: tuple[Requester, RecordFacts, str], data: st.DataObject
) -> None:
    """Leaving a fact out of a record is a way around a rule."""
    requester, held, item = case
    fact = data.draw(st.sampled_from(RECORD_FACTS))
    known = decide(policies(), requester, held, item=item, on=ON)
    less: dict[str, Any] = {fact: None}
    unknown = decide(policies(), requester, replace(held, **less), item=item, on=ON)
    assert openness(unknown.level) <= openness(known.level)


@settings(max_examples=100, deadline=None)
@given(_cases(), st.sets(st.sampled_from(KINDS)))
def test_a_protection_more_never_opens_anything(case: tuple[Requester, RecordFacts, str], more: set[str]) -> None:
    """Somebody under two protections is less protected than under one."""
    requester, held, item = case
    before = decide(policies(), requester, held, item=item, on=ON)
    both = replace(held, protection=(*(held.protection or ()), *more))
    assert openness(decide(policies(), requester, both, item=item, on=ON).level) <= openness(before.level)


@settings(max_examples=100, deadline=None)
@given(_cases())
def test_more_risk_never_closes_anything(case: tuple[Requester, RecordFacts, str]) -> None:
    """Suspecting harm makes somebody see less."""
    requester, held, item = case
    levels = [
        openness(decide(policies(), requester, replace(held, risk=risk), item=item, on=ON).level)
        for risk in ("none", "concern", "significant_harm")
    ]
    assert levels == sorted(levels)


@settings(max_examples=100, deadline=None)
@given(_cases())
def test_emergency_access_never_closes_anything(case: tuple[Requester, RecordFacts, str]) -> None:
    """Breaking the glass shows less, or `breakable` promises what it doesn't hold."""
    requester, held, item = case
    plain = decide(policies(), replace(requester, break_glass=False), held, item=item, on=ON)
    broken = decide(policies(), replace(requester, break_glass=True), held, item=item, on=ON)
    if plain.clause and broken.clause:
        assert openness(broken.level) >= openness(plain.level)
        assert plain.breakable is (openness(broken.level) > openness(plain.level)) or plain.level == "withhold_silently"


def _conditions() -> st.SearchStrategy[dict[str, Any]]:
    some = st.sampled_from(sorted(FACTS)).flatmap(
        lambda fact: st.sets(st.sampled_from(FACTS[fact].values), min_size=1).map(lambda values: {fact: sorted(values)})
    )
    either = st.lists(some, min_size=1, max_size=2).map(lambda parts: {"any": parts})
    return some | either | some.map(lambda part: {"not": part})


@st.composite
def _prohibitions(draw: st.DrawFn) -> Limit:
    return Limit.model_validate(
        {
            "id": "X1",
            "title": "drawn",
            "when": draw(_conditions()),
            "unless": draw(st.none() | _conditions()),
            "items": draw(st.none() | st.just({"category": ["personal", "contact", "offence"]})),
            "effect": draw(st.sampled_from(LEVELS[:5])),
            "breakable": draw(st.sampled_from(("yes", "no"))),
            "because": "a prohibition that was drawn",
            "remedy": "there is no remedy for it",
        }
    )


def _with_rule(limit: Limit, agreement: str | None) -> Policies:
    rule = from_limit(limit, VOCABULARY)
    if agreement is None:
        return replace(policies(), rules=(*policies().rules, rule))
    old = policies().exceptions
    return replace(policies(), exceptions={**old, agreement: (*old[agreement], rule)})


@settings(max_examples=120, deadline=None)
@given(_cases(), _prohibitions(), st.sampled_from((None, *sorted(policies().agreements))))
def test_a_prohibition_more_never_shares_more(
    case: tuple[Requester, RecordFacts, str], limit: Limit, agreement: str | None
) -> None:
    """Adding a rule opens something."""
    requester, held, item = case
    before = decide(policies(), requester, held, item=item, on=ON)
    after = decide(_with_rule(limit, agreement), requester, held, item=item, on=ON)
    assert openness(after.level) <= openness(before.level)


@settings(max_examples=100, deadline=None)
@given(_cases(), st.sampled_from(sorted(ISA)))
def test_an_agreement_more_never_closes_what_was_told(case: tuple[Requester, RecordFacts, str], number: int) -> None:
    """Joining an agreement takes away what another shares. Withheld and withheld silently count as equally closed."""
    requester, held, item = case
    name = f"ISA-2026-00{number}"
    cells = {cell: {n: c for n, c in old.items() if n != name} for cell, old in policies().schedule.items()}
    less = replace(policies(), schedule={cell: clauses for cell, clauses in cells.items() if clauses})
    before = decide(less, requester, held, item=item, on=ON)
    after = decide(policies(), requester, held, item=item, on=ON)
    assert max(openness(after.level), 1) >= max(openness(before.level), 1)


@settings(max_examples=100, deadline=None)
@given(_cases(odd=True), _cases(odd=True))
def test_a_refused_requester_sees_the_same_of_everybody(
    case: tuple[Requester, RecordFacts, str], other: tuple[Requester, RecordFacts, str]
) -> None:
    """Somebody who may not ask can tell two people apart."""
    requester, held, item = case
    if isinstance(admit(policies(), requester, on=ON), Admitted):
        requester = replace(requester, training_on=dt.date(2020, 1, 1))
    refusal = admit(policies(), requester, on=ON)
    assert isinstance(refusal, Refusal)
    first = decide(policies(), requester, held, item=item, on=ON)
    second = decide(policies(), requester, other[1], item=other[2], on=ON)
    assert replace(first, facts={}) == replace(second, facts={})
    assert (first.level, first.reasons, first.contact) == ("withhold", refusal.reasons, refusal.contact)


SECRET = ("objection", "protection", "perpetrator_view")


@settings(max_examples=100, deadline=None)
@given(_cases())
def test_what_is_told_never_names_a_secret_fact(case: tuple[Requester, RecordFacts, str]) -> None:
    """The reason for a refusal gives away a protection, an objection or a perpetrator's worker."""
    requester, held, item = case
    made = decide(policies(), requester, held, item=item, on=ON)
    ids = {reason.id for reason in made.reasons}
    assert ids.isdisjoint({"P1", "P3", "P4", "P5", "P6", "P10"})
    told = " ".join(reason.text + reason.remedy for reason in made.reasons).lower()
    assert not any(word in told for word in ("object of", "witness", "perpetrator", "safe address", "adopt"))


@pytest.mark.parametrize(("role", "purpose"), sorted(policies().schedule))
def test_in_the_safe_case_everything_scheduled_is_shared_as_scheduled(role: str, purpose: str) -> None:
    """The presumption of safe sharing no longer holds (invariant Y1)."""
    agreements = policies().schedule[role, purpose].values()
    for item in {item for clauses in agreements for item in clauses}:
        scheduled = {clauses[item].level for clauses in agreements if item in clauses}
        for relation, wishes in (("allocated", "agrees"), ("team", "not_asked"), ("household", "agrees")):
            held = record(item.partition(".")[0], wishes=wishes)
            made = decide(policies(), asker(role, purpose, relation=relation), held, item=item, on=ON)
            assert made.level == max(scheduled, key=openness), item


def test_with_suspected_harm_a_social_worker_always_knows_whom_to_ring() -> None:
    """A social worker who suspects significant harm is left without a telephone number (invariant Y2)."""
    items = policies().schedule["council.social_worker", "child_safeguarding"]["ISA-2026-002"]
    free = ("wishes", "objection", "restriction")
    for values in product(*(FACTS[name].values for name in free)):
        for match, item in product(("confirmed", "probable"), items):
            held = record(item.partition(".")[0], match=match, **dict(zip(free, values, strict=True)))
            assert openness(decide(policies(), asker(), held, item=item, on=ON).level) >= openness("signpost")


def _of(*categories: str) -> list[str]:
    return [item for item in ITEMS if VOCABULARY.items[item].category in categories]


NEVER = [
    ("N1", "police.", ["hv.contraception", "csc.adoption_record"], {}, "refer"),
    ("N2", "", ["po.intel_marker"], {}, "refer"),
    ("N3", "", ITEMS, {"protection": ("witness",)}, "withhold_silently"),
    ("N4", "", _of("location", "placed_contact"), {"protection": ("safe_address",)}, "withhold_silently"),
    ("N8", "jobcentre.", _of("health", "offence", "sensitive_service"), {}, "refer"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "prefix", "items", "facts", "most"), NEVER)
def test_what_must_never_happen(name: str, prefix: str, items: list[str], facts: dict[str, Any], most: Any) -> None:
    """One of the promises N1 to N8 is broken, in the most open case and with emergency access."""
    for (role, purpose), item, broken in product(ROLES, items, (False, True)):
        if not role.startswith(prefix):
            continue
        requester = asker(role, purpose, break_glass=broken)
        if isinstance(admit(policies(), requester, on=ON), Admitted):
            made = decide(policies(), requester, record(item.partition(".")[0], **facts), item=item, on=ON)
            assert openness(made.level) <= openness(most), (name, role, purpose, item)


@settings(max_examples=120, deadline=None)
@given(_cases())
def test_nothing_is_shared_without_training_or_agreement(case: tuple[Requester, RecordFacts, str]) -> None:
    """N5 and N6: emergency access stands in for training, or an agreement goes on after it lapsed."""
    requester, held, item = case
    untrained = replace(requester, training_on=dt.date(2020, 1, 1))
    assert openness(decide(policies(), untrained, held, item=item, on=ON).level) <= openness("withhold")
    late = dt.date(2028, 5, 1)
    trained = replace(requester, training_on=late)
    assert openness(decide(policies(), trained, held, item=item, on=late).level) <= openness("withhold")


@settings(max_examples=120, deadline=None)
@given(_cases(), st.sampled_from(("probable", "weak", None)))
def test_an_unconfirmed_match_shows_a_telephone_number_at_most(
    case: tuple[Requester, RecordFacts, str], match: str | None
) -> None:
    """N7: somebody sees a record that may be another person's."""
    requester, held, item = case
    calm = replace(requester, break_glass=False)
    made = decide(policies(), calm, replace(held, match=match), item=item, on=ON)
    assert openness(made.level) <= openness("signpost")


def test_housing_never_sees_health_police_or_sensitive_services() -> None:
    """Agreement 3 promises that, to tenants."""
    categories = {"health", "offence", "intel", "adoption", "sensitive_service"}
    for role in ("council.housing_officer", "homes.tenancy_officer"):
        for item in (i for i in ITEMS if VOCABULARY.items[i].category in categories or i.startswith(("hv.", "po."))):
            made = decide(policies(), asker(role, "housing_support"), record(item[:2]), item=item, on=ON)
            assert openness(made.level) <= openness("withhold")


def test_every_source_has_an_involvement_that_somebody_may_see() -> None:
    """A service delivers records that no agreement ever tells anybody about."""
    scheduled = {item for _, _, item in SCHEDULED}
    assert {f"{source}.involvement" for source in VOCABULARY.sources} <= scheduled
    assert place.policies().vocabulary.items_of("su") == ("su.in_treatment", "su.involvement")
