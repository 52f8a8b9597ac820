"""Two short stories: 3b, a refusal that does not show that there is anything to refuse; 12, a victim, no offender."""

from __future__ import annotations

from datetime import date

from broker.synthetic import identifiers
from broker.synthetic.contents import Content
from broker.synthetic.households import Registrar
from broker.synthetic.population import Address, Story
from broker.synthetic.script import Plan, Script, person, settle, worker

OKAFOR_HOME = Address("999900000061", "", "22", "Lock Keepers Row", "ZY7 3EF", "Harbourside")
ATKINSON_HOME = Address("999900000071", "2", "30", "Lock Keepers Row", "ZY7 4GH", "Harbourside")
SILENT = (
    "hv.contraception",
    "contraception",
    "tamarisk_clinic",
    "Tamarisk team",
    "Winifred Osgood",
    "winifred.osgood@",
    identifiers.staff_phone(840),
)


def plant_contraception(registrar: Registrar, plan: Plan) -> None:
    """Story 3b: Amara is 15; the housing officer of her mother's case asks about her, and 0-19 health stays silent."""
    ngozi = person(registrar, "Ngozi Okafor", sex="F", born=date(1984, 12, 1), origin="nigerian")
    amara = person(registrar, "Amara Okafor", sex="F", born=date(2011, 4, 27), origin="nigerian")
    amara = registrar.amend(amara, parents=(ngozi.id,), phone=ngozi.phone)
    household = settle(registrar, [ngozi, amara], OKAFOR_HOME)
    script = Script(registrar, OKAFOR_HOME)
    options = worker("hl", "Delia Marchbank", "Housing options", 841)
    script.holds(
        options, ngozi, days=(50, None), items={"hl.duty": "relief", "hl.temp_accommodation.on": script.ago(12)}
    )
    script.holds(options, amara, days=(50, None), items={"hl.duty": "relief"})
    landlord = worker("hs", "Hilary Stott", "Tenancy team East", 809)
    arrears: Content = {"hs.arrears_weeks": 7, "hs.notice_seeking_possession": True}
    script.holds(landlord, ngozi, days=(800, 15), items=arrears, related=(("household_member", amara),))
    script.holds(landlord, amara, days=(800, 15), related=(("household_member", ngozi),))
    clinic = worker("hv", "Winifred Osgood", "Tamarisk team", 840)
    script.holds(
        clinic,
        amara,
        days=(30, None),
        items={
            "hv.missed_appts": 0,
            "hv.clinic": "tamarisk_clinic",
            "hv.contraception": True,
            "wishes": "objects_competent",
        },
    )
    plan.records[household.id] = tuple(script.records)
    plan.canaries["3b"] = SILENT
    query = {"forename": "Amara", "surname": "Okafor", "dob": "2011-04-27", "postcode": OKAFOR_HOME.postcode}
    expected: dict[str, object] = {
        "person": amara.id,
        "not_shown": {"source": "hv", "items": ["hv.contraception"], "looks_like": "no record found"},
    }
    plan.stories += (
        Story(
            "3b",
            "A contraception record is not shown to exist",
            "council",
            "council.housing_officer",
            "hl-0841",
            "housing_support",
            query,
            expected,
            SILENT,
        ),
    )


def plant_victim(registrar: Registrar, plan: Plan) -> None:
    """Story 12: Gemma has three domestic abuse incidents at the police, as the victim of each."""
    gemma = person(registrar, "Gemma Atkinson", sex="F", born=date(1988, 2, 26))
    isla = person(registrar, "Isla Atkinson", sex="F", born=date(2019, 8, 15))
    isla = registrar.amend(isla, parents=(gemma.id,), phone=gemma.phone)
    household = settle(registrar, [gemma, isla], ATKINSON_HOME)
    script = Script(registrar, ATKINSON_HOME)
    unit = worker("po", "Yasmin Dar", "Domestic abuse unit", 810)
    script.holds(unit, gemma, items={"po.da_incidents": 3, "po.da_incidents.role": "victim"})
    social_worker = worker("csc", "Imran Sadiq", "Family safeguarding", 801)
    child_items: Content = {"csc.cin_status": "open", "csc.assessment": script.ago(33)}
    script.holds(social_worker, isla, days=(60, None), items=child_items, related=(("parent", gemma),))
    script.holds(social_worker, gemma, days=(60, None), related=(("child", isla),))
    teacher = worker("ed", "Colin Peake", "Millrace Primary", 808)
    items: Content = {"ed.attendance": 95, "ed.exclusions": 0, "ed.sen_status": "none", "ed.school": "millrace_primary"}
    script.holds(teacher, isla, days=(800, None), items=items)
    adviser = worker("dv", "Celia Hartnoll", "Safe Harbour", 821)
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
    plan.stories += (
        Story(
            "12",
            "The victim is not shown as an offender",
            "council",
            "council.social_worker",
            "csc-0801",
            "child_safeguarding",
            query,
            expected,
        ),
    )
