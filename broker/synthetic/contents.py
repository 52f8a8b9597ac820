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
    "csc.cin_status": ("open", "closed"),
    "eh.closure": ("needs_met", "stepped_up", "disengaged"),
    "hl.duty": ("prevention", "relief", "main"),
    "ed.sen_status": ("none", "sen_support", "ehc_plan"),
    "ed.school": ("brackwater_high", "millrace_primary", "castle_park_primary", "northgate_academy", "harbour_infants"),
    "hs.asb_case": ("open", "closed"),
    "dw.work_status": ("working", "looking_for_work", "not_able_to_work"),
    "dw.benefit_type": ("universal_credit", "jobseekers_allowance", "employment_and_support"),
    "hv.mandated_check": ("new_birth", "six_to_eight_weeks", "one_year", "two_year", "missed"),
    "hv.clinic": ("harbourside_clinic", "northgate_clinic", "quarry_hill_clinic"),
    "gp.registered_practice": ("harbour_surgery", "mill_lane_practice", "northgate_health"),
    "dv.safe_contact": ("by_phone", "through_worker"),
}
"""The codes each coded item can have; an agency's own words for them are in its mapping file."""


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


def _period(case: Case, rng: Random, name: str, *, chance: float) -> Content:
    if rng.random() >= chance:
        return {f"{name}.on": None, f"{name}.until": None}
    start = case.day(rng)
    ended = case.until if case.until else (start + timedelta(days=120) if rng.random() < 0.3 else None)
    if ended is not None and ended > case.today:
        ended = None
    return {f"{name}.on": start, f"{name}.until": ended}


def _code(rng: Random, item: str) -> str:
    return rng.choice(CODES[item])


def _some(rng: Random, chance: float, most: int) -> int | None:
    return rng.randint(1, most) if rng.random() < chance else None


def _csc(case: Case, rng: Random) -> Content:
    child = case.age < 18
    adopted = bool({"adopted", "earlier_identity"} & case.person.marks)
    plan = _period(case, rng, "csc.cp_plan", chance=0.2 if child else 0)
    under_plan = plan["csc.cp_plan.on"] and not plan["csc.cp_plan.until"]
    return {
        "risk": ("significant_harm" if under_plan else "none" if case.until else "concern") if child else None,
        "csc.cin_status": ("closed" if case.until else "open") if child else None,
        **plan,
        **_period(case, rng, "csc.looked_after", chance=0.06 if 0 <= case.age < 18 else 0),
        "csc.missing_episodes": _some(rng, 0.3 if 11 <= case.age < 18 else 0, 6),
        "csc.assessment": case.day(rng) if rng.random() < 0.6 else None,
        "csc.adoption_record": True if adopted else None,
    }


def _eh(case: Case, rng: Random) -> Content:
    return {
        **_period(case, rng, "eh.family_plan", chance=0.7),
        "eh.assessment": case.day(rng) if rng.random() < 0.7 else None,
        "eh.closure": _code(rng, "eh.closure") if case.until else None,
    }


def _yj(case: Case, rng: Random) -> Content:
    return _period(case, rng, "yj.intervention", chance=1)


def _hl(case: Case, rng: Random) -> Content:
    return {"hl.duty": _code(rng, "hl.duty"), **_period(case, rng, "hl.temp_accommodation", chance=0.35)}


def _as(case: Case, rng: Random) -> Content:
    return {**_period(case, rng, "as.care_package", chance=0.55), "as.carer": rng.random() < 0.3}


def _ed(case: Case, rng: Random) -> Content:
    usual = 96 - 7 * case.needs
    return {
        "ed.attendance": max(20, min(100, int(rng.gauss(usual, 5)))),
        "ed.exclusions": _some(rng, 0.02 + 0.06 * case.needs, 5) or 0,
        "ed.sen_status": rng.choices(CODES["ed.sen_status"], weights=(82, 13, 5))[0],
        "ed.school": _code(rng, "ed.school"),
    }


def _hs(case: Case, rng: Random) -> Content:
    weeks = rng.randint(1, 12) if case.age >= 18 and rng.random() < 0.15 + 0.15 * case.needs else 0
    return {
        "hs.arrears_weeks": weeks if case.age >= 18 else None,
        "hs.asb_case": _code(rng, "hs.asb_case") if case.age >= 18 and rng.random() < 0.05 * case.needs else None,
        "hs.notice_seeking_possession": (weeks > 8) if case.age >= 18 else None,
    }


def _role(rng: Random, count: int | None, roles: tuple[str, ...]) -> str | None:
    return rng.choice(roles) if count else None


def _po(case: Case, rng: Random) -> Content:
    grown = case.age >= 10
    asb = _some(rng, 0.25 if grown else 0, 4)
    abuse = _some(rng, 0.2 if case.age >= 16 else 0, 5)
    offences = _some(rng, 0.25 if grown else 0, 4)
    female = case.person.sex == "F"
    return {
        "po.asb_incidents": asb,
        "po.asb_incidents.role": _role(rng, asb, ("victim", "witness", "suspect")),
        "po.da_incidents": abuse,
        "po.da_incidents.role": _role(
            rng, abuse, ("victim", "victim", "victim", "suspect") if female else ("suspect", "victim")
        ),
        "po.missing_episodes": _some(rng, 0.2 if 10 <= case.age < 18 else 0.02, 4),
        "po.bail_conditions": True if offences and rng.random() < 0.1 else None,
        "po.offences": offences,
        "po.offences.role": _role(rng, offences, ("victim", "victim", "suspect", "witness")),
        "po.intel_marker": True if grown and rng.random() < 0.02 else None,
    }


def _pr(case: Case, rng: Random) -> Content:
    return _period(case, rng, "pr.order", chance=1)


def _dw(case: Case, rng: Random) -> Content:
    return {"dw.work_status": _code(rng, "dw.work_status"), "dw.benefit_type": _code(rng, "dw.benefit_type")}


def _hv(case: Case, rng: Random) -> Content:
    contraception = 13 <= case.age < 20 and case.person.sex == "F" and rng.random() < 0.12
    return {
        "hv.mandated_check": _code(rng, "hv.mandated_check") if 0 <= case.age < 5 else None,
        "hv.missed_appts": _some(rng, 0.1 + 0.1 * case.needs, 4) or 0,
        "hv.clinic": _code(rng, "hv.clinic"),
        "hv.contraception": True if contraception else None,
        "wishes": "objects_competent" if contraception and rng.random() < 0.5 else rng.choice(("agrees", "not_asked")),
    }


def _mh(case: Case, rng: Random) -> Content:
    waiting = case.until is None and rng.random() < 0.3
    return {**_period(case, rng, "mh.open_to_service", chance=0 if waiting else 1), "mh.waiting": waiting}


def _ac(case: Case, rng: Random) -> Content:
    return {"ac.attendances": 1 + int(rng.expovariate(1.2) + 0.4 * case.needs)}


def _gp(case: Case, rng: Random) -> Content:
    return {"gp.registered_practice": _code(rng, "gp.registered_practice"), "gp.missed_appts": _some(rng, 0.15, 4) or 0}


def _su(case: Case, rng: Random) -> Content:
    return _period(case, rng, "su.in_treatment", chance=1)


def _dv(case: Case, rng: Random) -> Content:
    return {**_period(case, rng, "dv.supported", chance=1), "dv.safe_contact": _code(rng, "dv.safe_contact")}


def _vc(case: Case, rng: Random) -> Content:
    debts = rng.random() < 0.6
    return {
        **_period(case, rng, "vc.debt_advice", chance=1 if debts else 0),
        "vc.foodbank": rng.randint(1, 6) if not debts or rng.random() < 0.3 else None,
    }


def _fr(case: Case, rng: Random) -> Content:
    return {"fr.home_safety_visit": case.day(rng, within=1000)}


ITEMS_OF: dict[str, Callable[[Case, Random], Content]] = {
    "csc": _csc, "eh": _eh, "yj": _yj, "hl": _hl, "as": _as, "ed": _ed, "hs": _hs, "po": _po, "pr": _pr, "dw": _dw,
    "hv": _hv, "mh": _mh, "ac": _ac, "gp": _gp, "su": _su, "dv": _dv, "vc": _vc, "fr": _fr,
}  # fmt: skip
"""For each source, what makes the item values of one of its cases."""
