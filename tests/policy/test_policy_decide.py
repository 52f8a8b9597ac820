"""The front door: who may ask, what a decision carries, and that it can be made again from its audit row."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from typing import Any

import brackwater_policies as place
import pytest
from brackwater_policies import ON, asker, policies, record

from broker.errors import BadInput
from broker.policy.decide import admit, decide, may_post, recompute, release
from broker.policy.decision import NO_TERMS, Admitted, Contact, Decision, Reason, Refusal
from broker.policy.facts import Requester
from broker.policy.load import load_policies
from broker.policy.obligations import ItemValue

LONG_AGO = dt.date(2020, 1, 1)
KEYWORKER = asker("council.keyworker", "early_help")

REFUSED = [
    ("a purpose nobody knows", asker(purpose="fraud"), ["S1"], "", False),
    ("a purpose that isn't the role's", asker("homes.tenancy_officer"), ["S1"], "", False),
    ("a role nobody knows", asker("council.clerk"), ["S4r"], "", False),
    ("a role of another agency", asker(agency="police"), ["S4r"], "", False),
    ("an agency nobody knows", asker(agency="bank"), ["S4r"], "", False),
    ("no agreement schedules anything", asker(purpose="adult_safeguarding"), ["S6"], "", False),
    ("training lapsed", asker(training_on=LONG_AGO), ["S4"], "ISA-2026-002", False),
    ("training in the future", asker(training_on=dt.date(2027, 1, 1)), ["S4"], "ISA-2026-002", False),
    ("no relationship", asker(relation="none"), ["S5"], "ISA-2026-002", True),
    ("a relationship nobody knows", asker(relation="friend"), ["S5"], "ISA-2026-002", True),
    ("both", asker(relation="none", training_on=LONG_AGO), ["S4", "S5"], "ISA-2026-002", False),
    ("emergency access not of this role", asker("probation.officer", relation="none", break_glass=True), ["S5"],
     "ISA-2026-002", False),
]  # fmt: skip


@pytest.mark.parametrize(("name", "requester", "reasons", "agreement", "breakable"), REFUSED)
def test_requesters_are_refused_with_a_way_out(
    name: str, requester: Requester, reasons: list[str], agreement: str, breakable: bool
) -> None:
    """Somebody asks without the right to, or is turned away without being told what to do."""
    refusal = admit(policies(), requester, on=ON)
    assert isinstance(refusal, Refusal), name
    assert [reason.id for reason in refusal.reasons] == reasons
    assert (refusal.agreement, refusal.breakable) == (agreement, breakable)
    desk = Contact("Brackwater information sharing desk", "01632 960000")
    assert refusal.contact == (Contact("Brackwater Council", "01632 960102") if agreement else desk)
    assert refusal.review_by == (dt.date(2026, 11, 23) if agreement else dt.date(2026, 11, 27))
    assert json.loads(json.dumps(refusal.as_audit()))["rules"] == reasons


def test_admission_names_the_sources_that_may_answer() -> None:
    """A source is asked that no agreement schedules for this role and purpose."""
    found = admit(policies(), asker("council.housing_officer", "housing_support"), on=ON)
    assert found == Admitted(
        agreements=("ISA-2026-003",),
        sources=("eh", "hl", "hs"),
        items=("eh.family_plan", "eh.involvement", "hl.duty", "hl.involvement", "hl.temp_accommodation",
               "hs.arrears_weeks", "hs.involvement", "hs.notice_seeking_possession"),
    )  # fmt: skip


def test_safeguarding_asks_every_source() -> None:
    """A service that knows the child is left out of the picture."""
    found = admit(policies(), asker(), on=ON)
    assert isinstance(found, Admitted)
    assert set(found.sources) == set(policies().vocabulary.sources)


def test_a_sensitive_service_is_never_asked_about_housing() -> None:
    """Story 3b: a young person's contraception record has an effect on a housing request."""
    requester = asker("council.housing_officer", "housing_support")
    found = admit(policies(), requester, on=ON)
    assert isinstance(found, Admitted)
    assert "hv" not in found.sources
    decision = decide(policies(), requester, record("hv", age="13_15"), item="hv.contraception", on=ON)
    assert (decision.level, decision.reasons, decision.breakable) == ("withhold_silently", (), False)


LIFE = [
    ("the day before", dt.date(2026, 3, 31), False, ()),
    ("the first day", dt.date(2026, 4, 1), True, ()),
    ("the last day", dt.date(2028, 3, 31), True, ()),
    ("the first day of grace", dt.date(2028, 4, 1), True, ("warn_agreement_due_for_review",)),
    ("the last day of grace", dt.date(2028, 4, 30), True, ("warn_agreement_due_for_review",)),
    ("the day after grace", dt.date(2028, 5, 1), False, ()),
    ("the end of the calendar", dt.date.max, False, ()),
    ("the beginning of it", dt.date.min, False, ()),
]


@pytest.mark.parametrize(("name", "on", "admitted", "obligations"), LIFE)
def test_agreements_are_in_force_from_their_first_day_to_the_end_of_grace(
    name: str, on: dt.date, admitted: bool, obligations: tuple[str, ...]
) -> None:
    """Something is shared a day too early or a day too late."""
    requester = asker("council.housing_officer", "housing_support", training_on=on)
    found = admit(policies(), requester, on=on)
    assert isinstance(found, Admitted) is admitted, name
    decision = decide(policies(), requester, record("hl"), item="hl.duty", on=on)
    assert decision.obligations == obligations
    if isinstance(found, Refusal):
        assert (found.reasons[0].id, decision.level, decision.rules[0]) == ("S3", "withhold", "S3")


@pytest.mark.parametrize("status", ["suspended", "withdrawn", "draft", "proposed"])
def test_an_agreement_that_is_not_signed_shares_nothing(status: str) -> None:
    """A suspended agreement goes on sharing."""
    other = load_policies(place.changed(place.ISA[3], ("status: signed", f"status: {status}")))
    found = admit(other, asker("council.housing_officer", "housing_support"), on=ON)
    assert isinstance(found, Refusal)
    assert found.reasons[0].id == "S3"


def test_sources_may_post_while_an_agreement_schedules_them() -> None:
    """A source goes on delivering after the last agreement that needs its records has lapsed."""
    assert all(may_post(policies(), source, on=ON) for source in policies().vocabulary.sources)
    assert not any(may_post(policies(), source, on=dt.date(2028, 5, 1)) for source in policies().vocabulary.sources)


def test_a_refusal_of_the_requester_is_the_same_for_every_record() -> None:
    """Somebody without training can find out who is under witness protection (design 3, the known leak)."""
    requester = asker(training_on=LONG_AGO)
    seen = set()
    for kinds in ((), ("witness",), ("safe_address",), None):
        for item in ("csc.involvement", "hv.contraception", "ed.school", "no.thing"):
            made = decide(policies(), requester, record("csc", protection=kinds), item=item, on=ON)
            seen.add(
                (made.level, made.rules, made.reasons, made.contact, made.reviewer, made.review_by, made.breakable)
            )
    assert len(seen) == 1


def test_an_item_that_nobody_knows_is_silent() -> None:
    """A misspelt item, or a record said to be of another source, opens something or raises."""
    for source, item in (("csc", "csc.nothing"), ("csc", "eh.family_plan"), ("zz", "zz.thing"), ("", "")):
        assert decide(policies(), asker(), record(source), item=item, on=ON).level == "withhold_silently"


def test_of_several_agreements_the_most_open_counts() -> None:
    """Joining a second agreement takes away what the first one shares."""
    text = place.files()[place.ISA[3]]
    second = (
        text.replace("ISA-2026-003", "ISA-2026-004")
        .replace("A3.", "A4.")
        .replace("level: reduced\n    obligations: [yes_no_only]", "level: share")
    )
    more = load_policies({**place.files(), "agreements/isa-2026-004.yaml": second})
    requester = asker("council.housing_officer", "housing_support")
    plan = decide(more, requester, record("eh"), item="eh.family_plan", on=ON)
    assert (plan.level, plan.agreement, plan.clause) == ("share", "ISA-2026-004", "A4.4")
    duty = decide(more, requester, record("hl"), item="hl.duty", on=ON)
    assert (duty.agreement, duty.clause) == ("ISA-2026-003", "A3.2")


def test_the_contact_is_the_service_with_its_agencys_duty_phone() -> None:
    """Somebody who must ring does not learn whom."""
    made = decide(policies(), asker(), record("su"), item="su.involvement", on=ON)
    assert made.contact == Contact("Substance use service", "01632 960502")
    unscheduled = decide(policies(), asker("council.housing_officer", "housing_support"), record("po"),
                         item="po.offences", on=ON)  # fmt: skip
    assert unscheduled.contact == Contact("Police public protection", "01632 960250")


def test_a_silent_withholding_has_its_reason_in_the_audit_log_only() -> None:
    """What is withheld silently is shown, or can't be accounted for."""
    made = decide(policies(), asker(), record("ed", protection=["safe_address"]), item="ed.school", on=ON)
    row = made.as_audit()
    assert (made.reasons, row["reasons"], row["rules"]) == ((), [], ["P5"])
    assert row["reviewer"] == "mash@council.brackwater.example"
    assert row["review_by"] == "2026-11-23"
    assert row["contact"] and row["remedy"]


def test_emergency_access_is_recorded_with_the_rules_it_lifted() -> None:
    """Nobody can tell which rule makes people break the glass."""
    made = decide(
        policies(), replace(asker(), break_glass=True), record("ed", match="probable"), item="ed.school", on=ON
    )
    assert (made.level, made.lifted, made.rules) == ("share", ("P9",), ("O2",))


def test_secret_facts_stay_secret_beside_public_ones() -> None:
    """The reasons tell of an objection, a protection or a perpetrator's worker."""
    both = record("ed", record_age="stale", objection="upheld", risk="none", perpetrator_view="yes")
    made = decide(policies(), asker(), both, item="ed.attendance", on=ON)
    assert set(made.rules) >= {"S7b", "P3", "P4"}
    assert [reason.id for reason in made.reasons] == ["S7b"]
    hidden = record("ed", match="probable", perpetrator_view="yes")
    made = decide(policies(), asker(), hidden, item="ed.attendance", on=ON)
    assert (made.level, [reason.id for reason in made.reasons]) == ("refer", ["S8", "P9"])


AUDITED = [
    (asker(), record("ed"), "ed.attendance"),
    (asker(relation="none"), record("ed"), "ed.attendance"),
    (asker(), record("ed", protection=("witness", "safe_address")), "ed.school"),
    (replace(KEYWORKER, break_glass=True), record("ed", wishes="objects_competent", protection=None), "ed.attendance"),
    (KEYWORKER, record("su", match=None, age=None), "su.involvement"),
]


@pytest.mark.parametrize(("requester", "held", "item"), AUDITED)
def test_a_decision_is_made_again_from_its_audit_row(requester: Requester, held: Any, item: str) -> None:
    """A past decision can't be checked, or depends on something that isn't in its row."""
    made = decide(policies(), requester, held, item=item, on=ON)
    row = json.loads(json.dumps(made.as_audit()))
    assert recompute(policies(), row) == made
    assert (made.item, made.on) == (item, ON)


def test_a_row_of_other_policies_is_not_recomputed() -> None:
    """A past decision is judged by today's agreements."""
    row = decide(policies(), asker(), record("ed"), item="ed.attendance", on=ON).as_audit()
    with pytest.raises(BadInput, match="other policies"):
        recompute(policies(), {**row, "policy_digest": "0" * 64})


def _facts(**changes: Any) -> dict[str, Any]:
    facts = decide(policies(), asker(), record("ed"), item="ed.attendance", on=ON).facts
    return {**facts, **changes}


@pytest.mark.parametrize(
    "facts",
    [
        None,
        {},
        [],
        _facts(on="yesterday"),
        _facts(on=7),
        _facts(item=3),
        _facts(record=None),
        _facts(record={**_facts()["record"], "match": 5}),
        _facts(record={**_facts()["record"], "protection": [1]}),
        _facts(record={**_facts()["record"], "protection": 5}),
        _facts(record={**_facts()["record"], "extra": "x"}),
        _facts(requester={**_facts()["requester"], "break_glass": "yes"}),
        _facts(requester={**_facts()["requester"], "training_on": 1}),
        _facts(requester={**_facts()["requester"], "extra": "x"}),
    ],
)
def test_an_unreadable_row_is_refused_in_our_words(facts: Any) -> None:
    """A damaged audit row stops the verifier with an error that isn't ours."""
    with pytest.raises(BadInput, match="agreed form"):
        recompute(policies(), {"policy_digest": policies().digest, "facts": facts})


VALUE = ItemValue("po.da_incidents", on=dt.date(2026, 3, 2), until=dt.date(2026, 5, 9), count=3, role="victim")


def test_release_applies_window_and_transformers() -> None:
    """A value is shown in full where the agreement says reduced, or from before its window."""
    made = decide(policies(), KEYWORKER, record("po"), item="po.da_incidents", on=ON)
    reduced = ItemValue("po.da_incidents", on=dt.date(2026, 5, 9), count=3, role="victim")
    assert release(policies(), made, VALUE) == reduced
    assert release(policies(), made, replace(VALUE, until=dt.date(2025, 11, 21))) is None
    assert release(policies(), made, replace(VALUE, item="po.offences")) is None


def test_release_gives_nothing_below_reduced() -> None:
    """A signpost comes with the value."""
    made = decide(policies(), KEYWORKER, record("po", match="probable"), item="po.da_incidents", on=ON)
    assert made.level == "signpost"
    assert release(policies(), made, VALUE) is None


WHOLE: dict[str, Any] = {
    "level": "withhold", "agreement": "ISA-2026-001", "clause": "A1.1", "rules": ("P2",), "lifted": (),
    "obligations": (),
    "reasons": (Reason("P2", "because", "remedy"),), "remedy": "ring", "contact": Contact("a", "1"), "reviewer": "r",
    "review_by": ON, "breakable": False, "terms": NO_TERMS, "facts": {}, "packed": {},
    "policy_digest": "d",
}  # fmt: skip


@pytest.mark.parametrize(
    "gap",
    [
        {"reasons": ()},
        {"remedy": ""},
        {"contact": Contact("", "1")},
        {"contact": Contact("a", "")},
        {"reviewer": ""},
        {"review_by": None},
        {"level": "signpost", "reasons": ()},
        {"level": "withhold_silently"},
        {"level": "withhold_silently", "reasons": (), "rules": ()},
        {"level": "withhold_silently", "reasons": (), "breakable": True},
        {"level": "maybe"},
    ],
)
def test_an_unaccountable_refusal_can_not_be_made(gap: dict[str, Any]) -> None:
    """Something is withheld and nobody answers for it."""
    Decision(**WHOLE)
    with pytest.raises(ValueError, match=r"needs a reason|shows nothing|no such level"):
        Decision(**{**WHOLE, **gap})


def test_an_unaccountable_refusal_of_a_requester_can_not_be_made() -> None:
    """A requester is turned away and nobody answers for it."""
    whole = admit(policies(), asker(relation="none"), on=ON)
    assert isinstance(whole, Refusal)
    with pytest.raises(ValueError, match="needs a reason"):
        replace(whole, reasons=())


def test_clauses_can_be_looked_up() -> None:
    """An audit row's clause can't be read again."""
    clause = policies().clause("ISA-2026-002", "A2.8")
    assert clause and clause.items == ("po.offences",)
    assert policies().clause("ISA-2026-002", "A9.9") is None
    assert policies().clause("ISA-1999-001", "A2.8") is None
