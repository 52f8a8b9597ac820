"""Story 3, a refusal overturned: Dean's treatment, which his service shows only where significant harm is suspected."""

from __future__ import annotations

from datetime import date

from broker.synthetic.contents import Content
from broker.synthetic.households import Registrar
from broker.synthetic.population import Address
from broker.synthetic.script import Plan, Script, person, settle, story, worker

FENNER_HOME = Address("999900000081", "7", "12", "Lock Keepers Row", "ZY7 5JL", "Harbourside")
REVIEWER = "su-0852"
"""Who answers challenges at the substance use service."""


def plant(registrar: Registrar, plan: Plan) -> None:
    """Dean Fenner lives with his son Alfie; the service thinks of a concern, not of significant harm."""
    dean = person(registrar, "Dean Fenner", sex="M", born=date(1990, 1, 17))
    alfie = person(registrar, "Alfie Fenner", sex="M", born=date(2018, 5, 9))
    alfie = registrar.amend(alfie, parents=(dean.id,), phone=dean.phone)
    household = settle(registrar, [dean, alfie], address=FENNER_HOME)
    script = Script(registrar, FENNER_HOME)
    social_worker = worker("csc", "Imran Sadiq", team="Family safeguarding", serial=801)
    script.holds(social_worker, alfie, days=(20, None), related=(("parent", dean),))
    script.holds(social_worker, dean, days=(20, None), related=(("child", alfie),))
    treatment: Content = {"su.in_treatment.on": script.ago(120), "risk": "concern"}
    script.holds(worker("su", "Moira Blythe", team="Recovery hub", serial=852), dean, days=(125, None), items=treatment)
    plan.records[household.id] = tuple(script.records)
    query = {"forename": "Dean", "surname": "Fenner", "dob": "1990-01-17", "postcode": FENNER_HOME.postcode}
    expected: dict[str, object] = {"person": dean.id, "source": "su", "level": "signpost"}
    asker = ("council.social_worker", "csc-0801", "child_safeguarding")
    plan.stories += (story("3", "A refusal says whom to ring", asker=asker, query=query, expected=expected),)
