"""Story 5, an objection: a father is no longer counted, help for his children goes on, and he is told both."""

from __future__ import annotations

import json

from granting import run
from people import MINA, OTTO, Row, export
from right_flows import decide, post_otto, taken
from world import World

from broker.actions.find_answer import find_answer


def test_a_father_objects_to_being_counted_and_a_child_is_still_protected(quick_world: World) -> None:
    """An objection is heard by nobody, or keeps from a child the help that it needs."""
    world = quick_world
    post_otto(world, risk="significant_harm")
    world.agency("council").posts(*export("eh", [Row(MINA, "E1")]))

    case = taken(world, "objection")
    assert (case["state"], case["due"]) == ("open", "2026-12-22")
    # He is told both, on the day he asks.
    effect = " ".join(world.agency("council").runs("rights", "--as", "mash").ok().out.split())
    assert "objects to their information being used" in effect

    # 1. Within one run nobody counts him, wherever he is known.
    figures = run(world).run.figures
    assert (figures["records"], figures["left_out"]) == (1, {"objected or restricted": 2})

    # 2. Enquiries about significant harm go on, and the log says in spite of what.
    school = world.agency("school")
    told = school.asks(OTTO.about(), staff="dsl", purpose="child_safeguarding")
    assert told.block("csc").level == "share"
    logged = json.dumps(find_answer(world.parts, told.story.reference)["agencies"])
    assert '"objection": "pending"' in logged and '"risk": "significant_harm"' in logged

    # 3. Somebody else decides; then it is the same, for as long as the objection is in force.
    decided = decide(world, case["reference"], "upheld").ok().result
    assert decided["state"] == "in_force"
    told = school.asks(OTTO.about(), staff="dsl", purpose="child_safeguarding")
    assert told.block("csc").level == "share"
    assert run(world).run.figures["left_out"] == {"objected or restricted": 2}
