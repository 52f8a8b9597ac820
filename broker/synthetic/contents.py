"""What a source holds about a person it knows: the items of the vocabulary, drawn for the person's age.

Keys are item ids (`hs.arrears_weeks`), with `.on` and `.until` for a period and `.role` for a count with a role. A
value of None is left blank in the export. Nothing here is free text.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from broker.synthetic.population import Person

Value = str | int | bool | date | None
Content = dict[str, Value]

CODES: dict[str, tuple[str, ...]] = {
    "csc.cin_status": ("assessed", "open", "closed"),
    "eh.closure": ("needs_met", "stepped_up", "disengaged", "declined", "moved"),
    "hl.duty": ("prevention", "relief", "main", "ended"),
    "ed.sen_status": ("none", "sen_support", "ehc_plan"),
    "hs.asb_case": ("open", "closed"),
    "dw.work_status": ("working", "looking_for_work", "not_required", "not_able_to_work"),
    "dw.benefit_type": ("universal_credit", "jobseekers_allowance", "employment_and_support", "carers_allowance"),
    "hv.mandated_check": ("new_birth", "six_to_eight_weeks", "one_year", "two_year", "missed"),
    "hv.clinic": ("harbourside_clinic", "northgate_clinic", "quarry_hill_clinic"),
    "dv.safe_contact": ("by_phone", "through_worker", "school_hours", "text_first"),
}
"""The codes that generated records have; an agency's own words for them are in its mapping file."""

PLACES = {
    "Millrace Primary": ("ed.school", "millrace_primary"),
    "Castle Park Primary": ("ed.school", "castle_park_primary"),
    "Brackwater High": ("ed.school", "brackwater_high"),
    "Harbour Surgery": ("gp.registered_practice", "harbour_surgery"),
    "Mill Lane Practice": ("gp.registered_practice", "mill_lane_practice"),
    "Northgate Health": ("gp.registered_practice", "northgate_health"),
}
"""A team that is a place, with the item that tells of the same place."""


@dataclass(frozen=True, slots=True)
class Case:
    """One person known to one source, since a day; `until` is None while the source is still involved."""

    person: Person
    age: int
    needs: int
    today: date
    since: date
    until: date | None

    def day(self, rng: Random, *, within: int = 700) -> date:
        """A day of the case, at most `within` days ago."""
        last = self.until or self.today
        first = max(self.since, last - timedelta(days=within))
        return first + timedelta(days=rng.randrange(max(1, (last - first).days)))


def _period(case: Case, rng: Random, *, name: str, chance: float) -> Content:
    if rng.random() >= chance:
        return {f"{name}.on": None, f"{name}.until": None}
    start = case.day(rng)
    ended = case.until if case.until else (start + timedelta(days=120) if rng.random() < 0.3 else None)
    if ended is not None and ended > case.today:
        ended = None
    return {f"{name}.on": start, f"{name}.until": ended}


def _code(rng: Random, item: str) -> str:
    return rng.choice(CODES[item])


def _some(rng: Random, chance: float, *, most: int) -> int | None:
    return rng.randint(1, most) if rng.random() < chance else None


def _csc(case: Case, rng: Random) -> Content:
    child = case.age < 18
    adopted = bool({"adopted", "earlier_identity"} & case.person.marks)
    plan = _period(case, rng, name="csc.cp_plan", chance=0.2 if child else 0)
    under_plan = plan["csc.cp_plan.on"] and not plan["csc.cp_plan.until"]
    return {
        "risk": ("significant_harm" if under_plan else "none" if case.until else "concern") if child else None,
        "csc.cin_status": ("closed" if case.until else rng.choice(("assessed", "open", "open"))) if child else None,
        **plan,
        **_period(case, rng, name="csc.looked_after", chance=0.06 if 0 <= case.age < 18 else 0),
        "csc.missing_episodes": _some(rng, 0.3 if 11 <= case.age < 18 else 0, most=6),
        "csc.assessment": case.day(rng) if rng.random() < 0.6 else None,
        "csc.adoption_record": True if adopted else None,
    }


def _eh(case: Case, rng: Random) -> Content:
    return {
        **_period(case, rng, name="eh.family_plan", chance=0.7),
        "eh.assessment": case.day(rng) if rng.random() < 0.7 else None,
        "eh.closure": _code(rng, "eh.closure") if case.until else None,
    }


def _yj(case: Case, rng: Random) -> Content:
    return _period(case, rng, name="yj.intervention", chance=1)


def _hl(case: Case, rng: Random) -> Content:
    return {"hl.duty": _code(rng, "hl.duty"), **_period(case, rng, name="hl.temp_accommodation", chance=0.35)}


def _as(case: Case, rng: Random) -> Content:
    return {**_period(case, rng, name="as.care_package", chance=0.55), "as.carer": rng.random() < 0.3}


def _ed(case: Case, rng: Random) -> Content:
    usual = 96 - 7 * case.needs
    return {
        "ed.attendance": max(20, min(100, int(rng.gauss(usual, 5)))),
        "ed.exclusions": _some(rng, 0.02 + 0.06 * case.needs, most=5) or 0,
        "ed.sen_status": rng.choices(CODES["ed.sen_status"], weights=(82, 13, 5))[0],
    }


def _hs(case: Case, rng: Random) -> Content:
    weeks = rng.randint(1, 12) if case.age >= 18 and rng.random() < 0.15 + 0.15 * case.needs else 0
    return {
        "hs.arrears_weeks": weeks if case.age >= 18 else None,
        "hs.asb_case": _code(rng, "hs.asb_case") if case.age >= 18 and rng.random() < 0.05 * case.needs else None,
        "hs.notice_seeking_possession": (weeks > 8) if case.age >= 18 else None,
    }


def _role(rng: Random, count: int | None, *, roles: tuple[str, ...]) -> str | None:
    return rng.choice(roles) if count else None


# Most victims that the police record are women, and most suspects are men.
_ABUSE_ROLES = {True: ("victim", "victim", "victim", "suspect"), False: ("suspect", "victim")}


def _po(case: Case, rng: Random) -> Content:
    grown = case.age >= 10
    asb = _some(rng, 0.25 if grown else 0, most=4)
    abuse = _some(rng, 0.2 if case.age >= 16 else 0, most=5)
    offences = _some(rng, 0.25 if grown else 0, most=4)
    return {
        "po.asb_incidents": asb,
        "po.asb_incidents.role": _role(rng, asb, roles=("victim", "witness", "suspect")),
        "po.da_incidents": abuse,
        "po.da_incidents.role": _role(rng, abuse, roles=_ABUSE_ROLES[case.person.sex == "F"]),
        "po.missing_episodes": _some(rng, 0.2 if 10 <= case.age < 18 else 0.02, most=4),
        "po.bail_conditions": True if offences and rng.random() < 0.1 else None,
        "po.offences": offences,
        "po.offences.role": _role(rng, offences, roles=("victim", "victim", "suspect", "witness")),
        "po.intel_marker": True if grown and rng.random() < 0.02 else None,
    }


def _pr(case: Case, rng: Random) -> Content:
    return _period(case, rng, name="pr.order", chance=1)


def _dw(case: Case, rng: Random) -> Content:
    return {"dw.work_status": _code(rng, "dw.work_status"), "dw.benefit_type": _code(rng, "dw.benefit_type")}


def _hv(case: Case, rng: Random) -> Content:
    contraception = 13 <= case.age < 20 and case.person.sex == "F" and rng.random() < 0.12
    return {
        "hv.mandated_check": _code(rng, "hv.mandated_check") if 0 <= case.age < 5 else None,
        "hv.missed_appts": _some(rng, 0.1 + 0.1 * case.needs, most=4) or 0,
        "hv.clinic": _code(rng, "hv.clinic"),
        "hv.contraception": True if contraception else None,
        "wishes": "objects_competent" if contraception and rng.random() < 0.5 else rng.choice(("agrees", "not_asked")),
    }


def _risk(case: Case, rng: Random) -> str:
    """What the service thinks a child may suffer; most records of adults say nothing of the kind."""
    return rng.choices(("none", "concern", "significant_harm"), cum_weights=(0.85 - 0.1 * case.needs, 0.95, 1.0))[0]


def _mh(case: Case, rng: Random) -> Content:
    waiting = case.until is None and rng.random() < 0.3
    return {
        **_period(case, rng, name="mh.open_to_service", chance=0 if waiting else 1),
        "mh.waiting": waiting,
        "risk": _risk(case, rng),
    }


def _ac(case: Case, rng: Random) -> Content:
    return {"ac.attendances": 1 + int(rng.expovariate(1.2) + 0.4 * case.needs)}


def _gp(case: Case, rng: Random) -> Content:
    return {"gp.missed_appts": _some(rng, 0.15, most=4) or 0}


def _su(case: Case, rng: Random) -> Content:
    return {**_period(case, rng, name="su.in_treatment", chance=1), "risk": _risk(case, rng)}


def _dv(case: Case, rng: Random) -> Content:
    return {
        **_period(case, rng, name="dv.supported", chance=1),
        "dv.safe_contact": _code(rng, "dv.safe_contact"),
        "risk": _risk(case, rng),
    }


def _vc(case: Case, rng: Random) -> Content:
    debts = rng.random() < 0.6
    return {
        **_period(case, rng, name="vc.debt_advice", chance=1 if debts else 0),
        "vc.foodbank": rng.randint(1, 6) if not debts or rng.random() < 0.3 else None,
    }


def _fr(case: Case, rng: Random) -> Content:
    return {"fr.home_safety_visit": case.day(rng, within=1000)}


ITEMS_OF: dict[str, Callable[[Case, Random], Content]] = {
    "csc": _csc, "eh": _eh, "yj": _yj, "hl": _hl, "as": _as, "ed": _ed, "hs": _hs, "po": _po, "pr": _pr, "dw": _dw,
    "hv": _hv, "mh": _mh, "ac": _ac, "gp": _gp, "su": _su, "dv": _dv, "vc": _vc, "fr": _fr,
}  # fmt: skip
"""For each source, what makes the item values of one of its cases."""
