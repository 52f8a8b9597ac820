"""What a source may post: under an agreement in force, and only what the vocabulary describes."""

from __future__ import annotations

import datetime as dt

import pytest
from brackwater_policies import ON, policies

from broker.errors import NotAllowed
from broker.policy.obligations import ItemValue
from broker.policy.posting import check_may_post, knows_relationship, wrong_item

DAY = dt.date(2026, 3, 2)
VALUES = [
    ("csc", ItemValue("csc.cin_status", code="open"), ""),
    ("csc", ItemValue("csc.cp_plan", on=DAY), ""),
    ("csc", ItemValue("csc.assessment", on=DAY), ""),
    ("po", ItemValue("po.da_incidents", on=DAY, count=3, role="victim"), ""),
    ("po", ItemValue("po.bail_conditions", yes=True), ""),
    ("csc", ItemValue("csc.nothing", yes=True), "no such item"),
    ("csc", ItemValue("eh.family_plan", on=DAY), "no such item"),
    ("csc", ItemValue("csc.involvement", on=DAY), "no such item"),
    ("csc", ItemValue("csc.cin_status"), "does not have these fields"),
    ("csc", ItemValue("csc.cp_plan", on=DAY, count=2), "does not have these fields"),
    ("csc", ItemValue("csc.cin_status", code="maybe"), "no such code"),
    ("po", ItemValue("po.da_incidents", count=3, role="neighbour"), "no such role"),
    ("csc", ItemValue("csc.cin_status", code="open", role="victim"), "no such role"),
]


@pytest.mark.parametrize(("source", "value", "says"), VALUES)
def test_only_described_values_are_taken(source: str, value: ItemValue, says: str) -> None:
    """Something gets in that no clause could ever decide about, or a good value is turned away."""
    wrong = wrong_item(policies(), source, value)
    assert says in wrong if says else wrong == ""


def test_a_source_that_no_agreement_in_force_schedules_may_not_post() -> None:
    """A source delivers people's records under an agreement that has lapsed."""
    check_may_post(policies(), "csc", on=ON)
    with pytest.raises(NotAllowed, match="no agreement in force lets `csc` post"):
        check_may_post(policies(), "csc", on=dt.date(2028, 5, 1))


def test_relationships_are_those_of_the_vocabulary() -> None:
    """A relationship gets in that nobody can name."""
    assert knows_relationship(policies(), "ex_partner")
    assert not knows_relationship(policies(), "enemy")
