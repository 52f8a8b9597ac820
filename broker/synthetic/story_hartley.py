"""Story 1, fourteen sources: the Hartley-Nowak household and 14 services of 7 agencies that do not know of each other.

Two adults, four children, one unborn, three surnames, five spellings of one address, 23 practitioners, three children
assessed twice within 90 days, and a child protection plan running beside a family plan. The social worker of Ellie, 8,
asks; every one of the 14 sources has to be found.
"""

from __future__ import annotations

from datetime import date, timedelta

from broker.synthetic.contents import Content
from broker.synthetic.households import Registrar
from broker.synthetic.population import Address, Person, Story
from broker.synthetic.script import Plan, Script, person, settle, worker

HOME = Address("999900000041", "3", "41", "Lock Keepers Row", "ZY7 1AB", "Harbourside")
BEFORE = Address("999900000042", "", "7", "Lock Keepers Row", "ZY7 1AD", "Harbourside")
SPELLINGS = (
    "Flat 3, 41 Lock Keepers Row",
    "41C Lockkeepers Row",
    "3/41 Lock Keepers Rw",
    "Flat 3 41 Lock Keeper's Row",
    "41 Lock Keepers Row Flat 3",
)
SOURCES = ("csc", "eh", "yj", "hl", "ed", "hs", "po", "dw", "hv", "mh", "ac", "su", "dv", "vc")

_ONE, _TWO, _THREE, _FOUR, _FIVE = ({"address_written": spelling} for spelling in SPELLINGS)


def plant(registrar: Registrar, plan: Plan) -> None:
    """Adds the household, its records and the story to the plan."""
    family = _family(registrar)
    household = settle(registrar, list(family.values()), address=HOME, earlier=BEFORE)
    script = Script(registrar, HOME)
    _council(script, family)
    _early_help_and_youth(script, family)
    _schools(script, family)
    _homes_and_jobcentre(script, family)
    _police(script, family)
    _health(script, family)
    _voluntary(script, family)
    plan.records[household.id] = tuple(script.records)
    plan.stories += (_story(script, family),)


def _family(registrar: Registrar) -> dict[str, Person]:
    leanne = person(registrar, "Leanne Hartley", sex="F", born=date(1990, 6, 17), middle="Marie")
    marek = person(registrar, "Marek Nowak", sex="M", born=date(1987, 11, 3), origin="polish")
    leanne = registrar.amend(leanne, partner=marek.id)
    marek = registrar.amend(marek, partner=leanne.id)
    both = (leanne.id, marek.id)
    found = {"leanne": leanne, "marek": marek}
    children = (
        ("callum", "Callum Hartley", "M", date(2011, 9, 8), (leanne.id,)),
        ("ellie", "Ellie Hartley", "F", date(2018, 3, 12), (leanne.id,)),
        ("zofia", "Zofia Hartley-Nowak", "F", date(2022, 5, 30), both),
        ("kacper", "Kacper Nowak", "M", date(2025, 1, 19), both),
        # The parents have told children's social care the name they chose: without one, nothing could find the record.
        ("unborn", "Maja Hartley", "", None, both),
    )
    for word, name, sex, born, parents in children:
        due = None if born else registrar.today + timedelta(days=100)
        child = person(registrar, name, sex=sex, born=born)
        found[word] = registrar.amend(child, parents=parents, due=due, phone=leanne.phone)
    return found


def _council(script: Script, family: dict[str, Person]) -> None:
    worker_of_children = worker("csc", "Dana Whitfield", team="Assessment team North", serial=800)
    worker_of_unborn = worker("csc", "Imran Sadiq", team="Family safeguarding", serial=801)
    worker_of_adults = worker("csc", "Beth Lonsdale", team="Assessment team South", serial=802)
    leanne, marek = family["leanne"], family["marek"]
    children = [family[word] for word in ("callum", "ellie", "zofia", "kacper")]
    for place, child in enumerate(children):
        siblings = tuple(("sibling", other) for other in (*children, family["unborn"]) if other is not child)
        parents = (("parent", leanne), ("parent" if marek.id in child.parents else "step_parent", marek))
        script.holds(
            worker_of_children,
            child,
            days=(140, None),
            wrong=_ONE,
            related=(*parents, *siblings),
            items={
                "risk": "significant_harm",
                "csc.cin_status": "open",
                "csc.cp_plan.on": script.ago(70),
                "csc.assessment": script.ago(62 - place),
                "csc.missing_episodes": 2 if place == 0 else None,
            },
        )
    script.holds(
        worker_of_unborn,
        family["unborn"],
        days=(30, None),
        wrong=_ONE,
        related=(("parent", leanne), ("parent", marek)),
        items={"csc.cin_status": "open"},
    )
    as_children = tuple(("child", child) for child in (*children, family["unborn"]))
    script.holds(worker_of_adults, leanne, days=(140, None), wrong=_ONE, related=(("partner", marek), *as_children))
    marek_children = tuple(pair for pair in as_children if marek.id in pair[1].parents)
    script.holds(worker_of_adults, marek, days=(140, None), wrong=_ONE, related=(("partner", leanne), *marek_children))


def _early_help_and_youth(script: Script, family: dict[str, Person]) -> None:
    keyworker = worker("eh", "Sandra Okoro", team="Family hub Harbourside", serial=803)
    second = worker("eh", "Piers Galloway", team="Early help team", serial=804)
    leanne = family["leanne"]
    trio = [family[word] for word in ("callum", "ellie", "zofia")]
    for place, child in enumerate(trio):
        siblings = tuple(("sibling", other) for other in trio if other is not child)
        script.holds(
            keyworker,
            child,
            days=(45, None),
            wrong=_TWO,
            related=(("parent", leanne), *siblings),
            items={"eh.family_plan.on": script.ago(20), "eh.assessment": script.ago(27 - place)},
        )
    script.holds(
        second,
        leanne,
        days=(45, None),
        wrong={**_TWO, "forename": "Lee-Anne"},
        related=tuple(("child", child) for child in trio),
        items={"eh.family_plan.on": script.ago(20)},
    )
    youth = worker("yj", "Gwen Prosser", team="Youth justice service", serial=805)
    script.holds(youth, family["callum"], wrong=_THREE, items={"yj.intervention.on": script.ago(90)})
    housing = worker("hl", "Tom Arkwright", team="Housing options", serial=806)
    script.holds(housing, leanne, days=(60, None), wrong=_THREE, items={"hl.duty": "prevention"})


def _schools(script: Script, family: dict[str, Person]) -> None:
    callum = family["callum"]
    high = worker("ed", "Ruth Amadi", team="Brackwater High", serial=807)
    primary = worker("ed", "Colin Peake", team="Millrace Primary", serial=808)
    script.holds(
        high,
        callum,
        days=(900, None),
        wrong={**_FOUR, "forename": "Calum"},
        items={"ed.attendance": 61, "ed.exclusions": 3, "ed.sen_status": "sen_support", "ed.school": "brackwater_high"},
    )
    for child, attendance in ((family["ellie"], 83), (family["zofia"], 88)):
        script.holds(
            primary,
            child,
            days=(400, None),
            wrong=_FOUR,
            items={
                "ed.attendance": attendance,
                "ed.exclusions": 0,
                "ed.sen_status": "none",
                "ed.school": "millrace_primary",
            },
        )


def _homes_and_jobcentre(script: Script, family: dict[str, Person]) -> None:
    leanne, marek = family["leanne"], family["marek"]
    officer = worker("hs", "Hilary Stott", team="Tenancy team East", serial=809)
    tenants = [family[word] for word in ("leanne", "marek", "callum", "ellie", "zofia", "kacper")]
    for tenant in tenants:
        others = tuple(("household_member", other) for other in tenants if other is not tenant)
        wrong = {**_FIVE, "surname": "Hartley Nowak"} if tenant is family["zofia"] else {**_FIVE}
        items: Content = (
            {"hs.arrears_weeks": 9, "hs.notice_seeking_possession": True} if tenant in (leanne, marek) else {}
        )
        script.holds(officer, tenant, days=(1100, None), wrong=wrong, related=others, items=items)
    coach, second_coach = (
        worker("dw", "Anne Petrov", team="Brackwater Jobcentre", serial=812),
        worker("dw", "Lewis Tarn", team="Quarry Hill Jobcentre", serial=813),
    )
    benefit: Content = {"dw.work_status": "looking_for_work", "dw.benefit_type": "universal_credit"}
    script.holds(coach, leanne, days=(500, None), items=benefit, wrong=_THREE)
    script.holds(second_coach, marek, days=(300, None), items=benefit, wrong=_THREE)


def _police(script: Script, family: dict[str, Person]) -> None:
    leanne, marek, callum = family["leanne"], family["marek"], family["callum"]
    abuse = worker("po", "Yasmin Dar", team="Domestic abuse unit", serial=810)
    missing = worker("po", "Kevin Rudd-Thorne", team="Public protection unit", serial=811)
    script.holds(
        abuse, leanne, items={"po.da_incidents": 3, "po.da_incidents.role": "victim"}, wrong={"middle_names": ""}
    )
    script.holds(
        abuse,
        marek,
        wrong={"dob": date(1987, 3, 11), "known_as": "Mark"},
        items={"po.da_incidents": 3, "po.da_incidents.role": "suspect"},
    )
    script.holds(missing, callum, items={"po.missing_episodes": 2})


def _health(script: Script, family: dict[str, Person]) -> None:
    visitor = worker("hv", "Moira Kelso", team="0-19 team Harbourside", serial=814)
    nurse = worker("hv", "Jun Tanaka", team="School nursing", serial=815)
    midwife = worker("hv", "Abena Mensah", team="0-19 team Quarry Hill", serial=816)
    kacper, zofia, ellie = family["kacper"], family["zofia"], family["ellie"]
    script.holds(
        visitor,
        kacper,
        days=(600, None),
        wrong={"forename": "Kasper"},
        related=(("sibling", zofia),),
        items={"hv.mandated_check": "missed", "hv.missed_appts": 3, "hv.clinic": "harbourside_clinic"},
    )
    script.holds(
        visitor,
        zofia,
        days=(1000, None),
        wrong={"surname": "Nowak"},
        related=(("sibling", kacper),),
        items={"hv.missed_appts": 1},
    )
    script.holds(nurse, ellie, days=(900, None), items={"hv.missed_appts": 2, "hv.clinic": "harbourside_clinic"})
    script.holds(midwife, family["leanne"], days=(60, None), items={"hv.missed_appts": 1})
    adult = worker("mh", "Oliver Strand", team="Community mental health team", serial=817)
    camhs = worker("mh", "Nadia Rees", team="CAMHS", serial=818)
    script.holds(adult, family["leanne"], items={"mh.open_to_service.on": script.ago(150), "mh.waiting": False})
    script.holds(camhs, family["callum"], days=(80, None), items={"mh.waiting": True})
    emergency = worker("ac", "Grace Holloway", team="Emergency department", serial=819)
    script.holds(emergency, kacper, wrong=_FIVE, items={"ac.attendances": 4})
    script.holds(emergency, ellie, wrong=_FIVE, items={"ac.attendances": 2})


def _voluntary(script: Script, family: dict[str, Person]) -> None:
    leanne, marek = family["leanne"], family["marek"]
    recovery = worker("su", "Dermot Quigley", team="Turning Tide", serial=820)
    script.holds(
        recovery,
        marek,
        wrong={"surname": "Novak"},
        items={"su.in_treatment.on": script.ago(180), "risk": "significant_harm"},
    )
    adviser = worker("dv", "Celia Hartnoll", team="Safe Harbour", serial=821)
    earlier = {"postcode": BEFORE.postcode}
    script.holds(
        adviser,
        leanne,
        days=(800, 500),
        wrong=earlier,
        items={
            "dv.supported.on": script.ago(790),
            "dv.supported.until": script.ago(500),
            "dv.safe_contact": "by_phone",
        },
    )
    debts = worker("vc", "Bernard Lisle", team="Brackwater Advice", serial=822)
    script.holds(
        debts, leanne, days=(100, None), wrong=_FIVE, items={"vc.debt_advice.on": script.ago(95), "vc.foodbank": 4}
    )


def _story(script: Script, family: dict[str, Person]) -> Story:
    ellie = family["ellie"]
    return Story(
        id="1",
        title="Fourteen sources know one household",
        agency="council",
        role="council.social_worker",
        staff="csc-0800",
        purpose="child_safeguarding",
        query={"forename": "Ellie", "surname": "Hartley", "dob": "2018-03-12", "postcode": HOME.postcode},
        expected={
            "person": ellie.id,
            "family": [member.id for member in family.values()],
            "sources": list(SOURCES),
            "controllers": ["council", "school", "homes", "police", "jobcentre", "nhs", "voluntary"],
            "most_sources_of_one_controller": 4,
            "workers": sorted({str(record.content["lead_name"]) for record in script.records}),
            "duplicate_assessments": [
                {"person": family[word].id, "items": ["csc.assessment", "eh.assessment"]}
                for word in ("callum", "ellie", "zofia")
            ],
            "clashing_plans": ["csc.cp_plan", "eh.family_plan"],
        },
    )
