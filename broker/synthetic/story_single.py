"""Two short stories: 3b, a refusal that does not show that there is anything to refuse; 12, a victim, no offender."""

from __future__ import annotations

from datetime import date

from broker.synthetic import identifiers
from broker.synthetic.contents import Content
from broker.synthetic.households import Registrar
from broker.synthetic.population import Address
from broker.synthetic.script import Plan, Script, person, settle, story, worker

OKAFOR_HOME = Address("999900000061", "", "22", "Lock Keepers Row", "ZY7 3EF", "Harbourside")
ATKINSON_HOME = Address("999900000071", "2", "30", "Lock Keepers Row", "ZY7 4GH", "Harbourside")
SILENT = (
    "hv.contraception",
    "contraception",
    "tamarisk",
    "Winifred Osgood",
    "winifred.osgood@",
    identifiers.staff_phone(840),
)


def plant_contraception(registrar: Registrar, plan: Plan) -> None:
    """Story 3b: Amara is 15; the housing officer of her mother's case asks about her, and 0-19 health stays silent."""
    ngozi = person(registrar, "Ngozi Okafor", sex="F", born=date(1984, 12, 1), origin="nigerian")
    amara = person(registrar, "Amara Okafor", sex="F", born=date(2011, 4, 27), origin="nigerian")
    amara = registrar.amend(amara, parents=(ngozi.id,), phone=ngozi.phone)
    household = settle(registrar, [ngozi, amara], address=OKAFOR_HOME)
    script = Script(registrar, OKAFOR_HOME)
    options = worker("hl", "Delia Marchbank", team="Housing options", serial=841)
    script.holds(
        options, ngozi, days=(50, None), items={"hl.duty": "relief", "hl.temp_accommodation.on": script.ago(12)}
    )
    script.holds(options, amara, days=(50, None), items={"hl.duty": "relief"})
    landlord = worker("hs", "Hilary Stott", team="Tenancy team East", serial=809)
    arrears: Content = {"hs.arrears_weeks": 7, "hs.notice_seeking_possession": True}
    script.holds(landlord, ngozi, days=(800, 15), items=arrears, related=(("household_member", amara),))
    script.holds(landlord, amara, days=(800, 15), related=(("household_member", ngozi),))
    clinic = worker("hv", "Winifred Osgood", team="Tamarisk team", serial=840)
    secret: Content = {"hv.clinic": "tamarisk_clinic", "hv.contraception": True, "wishes": "objects_competent"}
    script.holds(clinic, amara, days=(30, None), items=secret)
    plan.records[household.id] = tuple(script.records)
    plan.canaries["3b"] = SILENT
    query = {"forename": "Amara", "surname": "Okafor", "dob": "2011-04-27", "postcode": OKAFOR_HOME.postcode}
    expected: dict[str, object] = {
        "person": amara.id,
        "not_shown": {"source": "hv", "items": ["hv.contraception"], "looks_like": "no record found"},
    }
    asker = ("council.housing_officer", "hl-0841", "housing_support")
    title = "A contraception record is not shown to exist"
    plan.stories += (story("3b", title, asker=asker, query=query, expected=expected, forbidden=SILENT),)


def plant_victim(registrar: Registrar, plan: Plan) -> None:
    """Story 12: Gemma has three domestic abuse incidents at the police, as the victim of each."""
    gemma = person(registrar, "Gemma Atkinson", sex="F", born=date(1988, 2, 26))
    isla = person(registrar, "Isla Atkinson", sex="F", born=date(2019, 8, 15))
    isla = registrar.amend(isla, parents=(gemma.id,), phone=gemma.phone)
    household = settle(registrar, [gemma, isla], address=ATKINSON_HOME)
    script = Script(registrar, ATKINSON_HOME)
    unit = worker("po", "Yasmin Dar", team="Domestic abuse unit", serial=810)
    script.holds(unit, gemma, items={"po.da_incidents": 3, "po.da_incidents.role": "victim"})
    social_worker = worker("csc", "Imran Sadiq", team="Family safeguarding", serial=801)
    child_items: Content = {"csc.cin_status": "open", "csc.assessment": script.ago(33)}
    script.holds(social_worker, isla, days=(60, None), items=child_items, related=(("parent", gemma),))
    script.holds(social_worker, gemma, days=(60, None), related=(("child", isla),))
    teacher = worker("ed", "Colin Peake", team="Millrace Primary", serial=808)
    items: Content = {
        "ed.attendance": 95,
        "ed.exclusions": 0,
        "ed.sen_status": "none",
        "ed.school": "millrace_primary",
    }
    script.holds(teacher, isla, days=(800, None), items=items)
    adviser = worker("dv", "Celia Hartnoll", team="Safe Harbour", serial=821)
    support: Content = {"dv.supported.on": script.ago(75), "dv.safe_contact": "by_phone"}
    script.holds(adviser, gemma, days=(80, None), items=support)
    plan.records[household.id] = tuple(script.records)
    query = {"forename": "Gemma", "surname": "Atkinson", "dob": "1988-02-26", "postcode": ATKINSON_HOME.postcode}
    expected: dict[str, object] = {
        "person": gemma.id,
        "item": "po.da_incidents",
        "role": "victim",
        "count": 3,
        "never_roles": ["suspect", "offender"],
    }
    asker = ("council.social_worker", "csc-0801", "child_safeguarding")
    title = "The victim is not shown as an offender"
    plan.stories += (story("12", title, asker=asker, query=query, expected=expected),)
