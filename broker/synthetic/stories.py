"""The stories of the mission that the demonstration and the acceptance tests run, planted as data."""

from __future__ import annotations

from broker.synthetic import story_hartley, story_refuge, story_refused, story_single
from broker.synthetic.households import Registrar
from broker.synthetic.script import Plan


def plant(registrar: Registrar) -> Plan:
    """Adds the people of stories 1, 3, 3b, 4 and 12 to the register; returns their records, questions and canaries."""
    plan = Plan()
    story_hartley.plant(registrar, plan)
    story_single.plant_contraception(registrar, plan)
    story_refuge.plant(registrar, plan)
    story_single.plant_victim(registrar, plan)
    story_refused.plant(registrar, plan)
    return plan
