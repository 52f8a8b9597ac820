"""Story 4, safe address: Priya and her two children fled to a refuge; Vikram still lives in the old home.

Children's social care and the domestic abuse service posted the protection, each under two members of staff. Everybody
else's older records of her carry no flag and still list her with Vikram. Everything new (school, surgery, clinic,
refuge, telephone, postcode) is a canary: none of these strings may be in any output, whoever asks about whomever.
"""

from __future__ import annotations

from datetime import date

from broker.synthetic import identifiers
from broker.synthetic.caseloads import protection
from broker.synthetic.contents import Content
from broker.synthetic.households import Registrar
from broker.synthetic.population import Address, Person, Story
from broker.synthetic.script import Plan, Script, person, settle, story, worker

OLD_HOME = Address("999900000051", "", "18", "Lock Keepers Row", "ZY7 2BD", "Harbourside")
REFUGE = Address("999900000052", "", "6", "Kittiwake Yard", "ZY8 3WQ", "Elsewhere")
# Codes of the vocabulary that no other record of the place has.
SCHOOL, SURGERY, CLINIC = "kestrel_quay_school", "plover_court_surgery", "sanderling_clinic"
CANARIES = (
    REFUGE.postcode,
    REFUGE.postcode.replace(" ", ""),
    REFUGE.street,
    REFUGE.uprn,
    SCHOOL,
    "Kestrel Quay School",
    SURGERY,
    "Plover Court Surgery",
    CLINIC,
    "Sanderling team",
    "Kittiwake House",
    "Maud Sedgewick",
    "Perpetua Ainscough",
    "Leopold Varley",
    "Ottoline Frith",
    *(identifiers.staff_phone(serial) for serial in range(990, 994)),
    "maud.sedgewick@",
    "perpetua.ainscough@",
    "leopold.varley@",
    "ottoline.frith@",
)
_MOVED = 45
"""Days since Priya fled."""

_NEW_HOME: dict[str, str | date | None] = {
    "flat": "",
    "number": REFUGE.number,
    "street": REFUGE.street,
    "postcode": REFUGE.postcode,
    "uprn": REFUGE.uprn,
    "phone": "",
}


def plant(registrar: Registrar, plan: Plan) -> None:
    """Adds both households, the old and the new records, and the questions that must not find the refuge."""
    family = _family(registrar)
    old = settle(registrar, [family["vikram"]], address=OLD_HOME)
    for word in ("priya", "anaya", "rohan"):
        family[word] = registrar.amend(family[word], household=registrar.next_household())
    new = settle(registrar, [family[word] for word in ("priya", "anaya", "rohan")], address=REFUGE, earlier=OLD_HOME)
    script = Script(registrar, OLD_HOME)
    _before(script, family)
    _social_care(script, family)
    before = len(script.records)
    _since(script, family)
    plan.records[old.id] = tuple(script.records[:before])
    plan.records[new.id] = tuple(script.records[before:])
    plan.canaries["4"] = CANARIES
    plan.stories += _stories(family)


def _family(registrar: Registrar) -> dict[str, Person]:
    priya = person(registrar, "Priya Sharma", sex="F", born=date(1991, 4, 22), origin="indian")
    vikram = person(registrar, "Vikram Sharma", sex="M", born=date(1986, 7, 9), origin="indian")
    found = {"priya": priya, "vikram": vikram}
    for word, name, sex, born in (
        ("anaya", "Anaya Sharma", "F", date(2017, 10, 5)),
        ("rohan", "Rohan Sharma", "M", date(2021, 6, 14)),
    ):
        child = person(registrar, name, sex=sex, born=born, origin="indian")
        found[word] = registrar.amend(child, parents=(priya.id, vikram.id), phone=priya.phone)
    return found


def _before(script: Script, family: dict[str, Person]) -> None:
    priya, vikram, anaya, rohan = (family[word] for word in ("priya", "vikram", "anaya", "rohan"))
    landlord = worker("hs", "Norman Dack", team="Tenancy team West", serial=830)
    household = (vikram, priya, anaya, rohan)
    for member in household:
        others = tuple(("household_member", other) for other in household if other is not member)
        items: Content = (
            {"hs.arrears_weeks": 2, "hs.notice_seeking_possession": False} if member in (vikram, priya) else {}
        )
        script.holds(landlord, member, days=(1300, None), related=others, items=items)
    unit = worker("po", "Aled Morgan", team="Domestic abuse unit", serial=831)
    script.holds(unit, priya, items={"po.da_incidents": 4, "po.da_incidents.role": "victim"})
    script.holds(
        unit, vikram, items={"po.da_incidents": 4, "po.da_incidents.role": "suspect", "po.bail_conditions": True}
    )
    coach = worker("dw", "Fay Bristow", team="Quarry Hill Jobcentre", serial=832)
    for adult in (priya, vikram):
        script.holds(
            coach, adult, days=(700, None), items={"dw.work_status": "working", "dw.benefit_type": "universal_credit"}
        )
    doctor = worker("gp", "Martin Orde", team="Harbour Surgery", serial=833)
    for member in (priya, anaya, rohan):
        items = {"gp.registered_practice": "harbour_surgery", "gp.missed_appts": 0}
        script.holds(doctor, member, days=(1000, _MOVED), items=items)
    script.holds(
        doctor, vikram, days=(1000, None), items={"gp.registered_practice": "harbour_surgery", "gp.missed_appts": 1}
    )
    visitor = worker("hv", "Enid Salter", team="0-19 team Harbourside", serial=834)
    script.holds(visitor, rohan, days=(1000, _MOVED), items={"hv.missed_appts": 0, "hv.clinic": "harbourside_clinic"})
    teacher = worker("ed", "Colin Peake", team="Millrace Primary", serial=808)
    for child in (anaya, rohan):
        items = {
            "ed.attendance": 93,
            "ed.exclusions": 0,
            "ed.sen_status": "none",
            "ed.school": "millrace_primary",
        }
        script.holds(teacher, child, days=(800, _MOVED), items=items)
    nurse = worker("ac", "Grace Holloway", team="Emergency department", serial=819)
    script.holds(nurse, priya, days=(400, 60), items={"ac.attendances": 3})


def _social_care(script: Script, family: dict[str, Person]) -> None:
    priya, vikram, anaya, rohan = (family[word] for word in ("priya", "vikram", "anaya", "rohan"))
    social_worker = worker("csc", "Nasreen Mirza", team="Family safeguarding", serial=835)
    safe = protection("csc", "safe_address", today=script.today)
    child_items = {"csc.cin_status": "open", "csc.assessment": script.ago(40), **safe}
    both = (("parent", priya), ("parent", vikram))
    # Children's social care keeps the old address on purpose: the new one is on paper only.
    script.holds(social_worker, anaya, days=(90, None), items=child_items, related=(*both, ("sibling", rohan)))
    script.holds(social_worker, rohan, days=(90, None), items=child_items, related=(*both, ("sibling", anaya)))
    children = (("child", anaya), ("child", rohan))
    script.holds(social_worker, priya, days=(90, None), items=safe, related=(("ex_partner", vikram), *children))
    script.holds(social_worker, vikram, days=(90, None), related=(("ex_partner", priya), *children))


def _since(script: Script, family: dict[str, Person]) -> None:
    priya, anaya, rohan = (family[word] for word in ("priya", "anaya", "rohan"))
    safe = protection("dv", "safe_address", today=script.today)
    refuge = worker("dv", "Maud Sedgewick", team="Kittiwake House", serial=990)
    supported: Content = {"dv.supported.on": script.ago(_MOVED), "dv.safe_contact": "through_worker", **safe}
    script.holds(
        refuge,
        priya,
        days=(_MOVED, None),
        items=supported,
        wrong=_NEW_HOME,
        related=(("child", anaya), ("child", rohan)),
    )
    for child in (anaya, rohan):
        script.holds(refuge, child, days=(_MOVED, None), items=safe, wrong=_NEW_HOME, related=(("parent", priya),))
    school = worker("ed", "Perpetua Ainscough", team="Kestrel Quay School", serial=991)
    for child in (anaya, rohan):
        items: Content = {"ed.attendance": 97, "ed.exclusions": 0, "ed.sen_status": "none", "ed.school": SCHOOL}
        script.holds(school, child, days=(_MOVED - 5, None), items=items, wrong=_NEW_HOME)
    surgery = worker("gp", "Leopold Varley", team="Plover Court Surgery", serial=992)
    for member in (priya, anaya, rohan):
        items = {"gp.registered_practice": SURGERY, "gp.missed_appts": 0}
        script.holds(surgery, member, days=(_MOVED - 3, None), items=items, wrong=_NEW_HOME)
    clinic = worker("hv", "Ottoline Frith", team="Sanderling team", serial=993)
    script.holds(
        clinic, rohan, days=(_MOVED - 7, None), items={"hv.missed_appts": 0, "hv.clinic": CLINIC}, wrong=_NEW_HOME
    )


def _stories(family: dict[str, Person]) -> tuple[Story, ...]:
    vikram = {"forename": "Vikram", "surname": "Sharma", "dob": "1986-07-09", "postcode": OLD_HOME.postcode}
    priya = {"forename": "Priya", "surname": "Sharma", "dob": "1991-04-22", "postcode": OLD_HOME.postcode}
    expected: dict[str, object] = {
        "protected": [family[word].id for word in ("priya", "anaya", "rohan")],
        "ex_partner": family["vikram"].id,
    }
    landlord = ("homes.tenancy_officer", "hs-0830", "housing_support")
    housing_officer = ("council.housing_officer", "hl-0806", "housing_support")
    social_worker = ("council.social_worker", "csc-0835", "child_safeguarding")
    askers = (
        ("4a", "The landlord asks about the ex-partner", landlord, vikram),
        ("4b", "The housing officer asks about the ex-partner", housing_officer, vikram),
        ("4c", "The social worker asks about the ex-partner", social_worker, vikram),
        ("4d", "The social worker asks about Priya", social_worker, priya),
    )
    return tuple(
        story(number, title, asker=asker, query=query, expected=expected, forbidden=CANARIES)
        for number, title, asker, query in askers
    )
