"""What was allowed once is decided as in an emergency, for that item alone, and never beyond the policies."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from story_records import SOCIAL_WORKER, TODAY, held, policies

from broker.policy.facts import SINGLE_FACTS, RecordFacts, Requester
from broker.policy.interpret import Cell
from broker.policy.interpret import judge as norm
from broker.policy.levels import Level, openness
from broker.story.judge import judge

ITEMS = {
    "su": ("su.in_treatment",),
    "hv": ("hv.clinic", "hv.contraception", "hv.mandated_check"),
    "po": ("po.da_incidents", "po.intel_marker"),
    "dv": ("dv.safe_contact", "dv.supported"),
}
KEYWORKER = replace(SOCIAL_WORKER, role="council.keyworker", purpose="early_help")
OFFICER = replace(SOCIAL_WORKER, role="council.housing_officer", purpose="housing_support")


def values(fact: str) -> st.SearchStrategy[str | None]:
    return st.sampled_from((None, *policies().vocabulary.facts[fact].values))


FACTS = st.fixed_dictionaries({fact: values(fact) for fact in SINGLE_FACTS})
PROTECTIONS = st.frozensets(st.sampled_from(("safe_address", "adopted", "witness")), max_size=2)


def level(asker: Requester, item: str, facts: RecordFacts, *, glass: str) -> Level:
    """What the reference interpreter says, of a record's protections the most protective."""
    known = {fact: getattr(facts, fact) for fact in SINGLE_FACTS if getattr(facts, fact) is not None}
    known |= {"agreement": "in_force", "training": "current", "relation": asker.relation, "break_glass": glass}
    kinds = tuple(facts.protection or ("none",))
    cell = Cell(asker.role, asker.purpose, item)
    return min((norm(policies(), cell, {**known, "protection": kind}).level for kind in kinds), key=openness)


@settings(max_examples=400, deadline=None)
@given(
    st.sampled_from(sorted(ITEMS)), st.sampled_from((SOCIAL_WORKER, KEYWORKER, OFFICER)), FACTS, PROTECTIONS, st.data()
)
def test_an_allowance_opens_what_an_emergency_would_and_nothing_else(
    source: str, asker: Requester, facts: dict[str, str | None], protection: frozenset[str], data: st.DataObject
) -> None:
    """A reviewer's yes lifts a protection, an unbreakable rule, an unscheduled item, or another item of the record."""
    names = (f"{source}.involvement", *ITEMS[source])
    allowed = data.draw(st.frozensets(st.sampled_from(names)))
    about = RecordFacts(source=source, protection=protection, **facts)
    record = replace(held(source), items=ITEMS[source])
    made = judge(policies(), asker, record, facts=about, on=TODAY, allowed=allowed)
    for item, decision in (*made.told, *made.untold):
        calm, broken = (level(asker, item, about, glass=glass) for glass in ("no", "yes"))
        is_lifted = item in allowed and (item, decision) in made.told
        expected = max((calm, broken), key=openness) if is_lifted else calm
        assert decision.level == expected, item
    assert made.allowed <= allowed
    assert made.allowed <= {item for item, _ in made.told}
    if f"{source}.involvement" in made.allowed:
        assert not made.leads_on
