"""Story 3b, a refusal that stands: a 15-year-old's contraception record, and a housing officer who asks."""

from __future__ import annotations

from dataclasses import replace

from people import MINA, OTTO, Row, export
from promises import events, without_ids
from world import World

from broker.actions.find_answer import find_answer
from broker.wire.answer import Answer
from broker.wire.fields import parse

AMY = replace(MINA, dob="2011-03-05")
SECRET = {"hv.contraception": "yes"}
TELLING = ("contraception", "sexual health", "hv.contraception")


def post(world: World, items: dict[str, str]) -> None:
    world.agency("council").posts(*export("hl", [Row(AMY, "H1", {"hl.duty": "relief"}), Row(OTTO, "H2")]))
    world.agency("nhs").posts(*export("hv", [Row(AMY, "V1", items), Row(OTTO, "V2")]))


def sent(world: World, staff: str, purpose: str, relation: str = "allocated") -> tuple[object, ...]:
    """What an asker could study: the story, the length, the receipt, and what the log gained."""
    before = len(events(world))
    world.agency("council").asks(AMY.about(), staff=staff, purpose=purpose, relation=relation)
    content = world.traffic[-1].answer or b""
    answer = parse(Answer, content)
    story = answer.story.model_dump(exclude={"reference", "asked_at"})
    for person in story["people"]:
        person["handle"] = ""
        for block in person["involvements"]:
            block["handle"] = ""
    assert not any(word in content.decode().lower() for word in TELLING)
    return story, len(content), without_ids(answer.receipt), len(events(world)) - before


ASKERS = (
    ("ho", "housing_support", "allocated"),
    ("ho", "child_safeguarding", "allocated"),
    ("kw", "early_help", "team"),
    ("sw", "child_safeguarding", "allocated"),
)


def test_the_refusal_stands_and_nothing_shows_that_there_is_something(quick_world: World) -> None:
    """A housing officer, or anybody but the hub, learns that a young person asked for contraception."""
    world = quick_world
    post(world, {})
    without = [sent(world, *asker) for asker in ASKERS]
    world.later(minutes=5)
    post(world, SECRET)
    assert [sent(world, *asker) for asker in ASKERS] == without


def test_the_housing_officer_is_told_that_there_is_no_basis(quick_world: World) -> None:
    """A refusal without a reason: the officer neither knows why nor whom to ask."""
    world = quick_world
    post(world, SECRET)
    told = world.agency("council").asks(AMY.about(), staff="ho", purpose="housing_support")
    assert [block.source for block in told.person().involvements] == ["hl"]
    why = told.story.not_agreed_why
    assert why is not None
    assert (why.rule, why.reason) == ("S6", "No agreement schedules this for your role and purpose.")
    assert why.remedy and why.phone and why.reviewer and not why.breakable
    assert "hv" not in {source.source for source in told.story.sources}
    worried = world.agency("council").asks(AMY.about(), staff="ho", purpose="child_safeguarding")
    assert worried.story.refusal is not None and worried.story.people == ()
    assert (worried.story.refusal.rule, worried.story.refusal.breakable) == ("S1", False)


def test_the_auditor_sees_what_stayed_closed_and_the_hub_whom_to_ring(quick_world: World) -> None:
    """Silence that nobody can look into; or the one role that is named gets the answer itself, or nothing at all."""
    world = quick_world
    post(world, SECRET)
    told = world.agency("council").asks(AMY.about(), staff="sw")
    found = str(find_answer(world.parts, told.story.reference))
    assert "hv.contraception" in found and "withhold_silently" in found and "S6" in found
    block = world.agency("council").asks(AMY.about(), staff="mash").block("hv")
    [item] = [one for one in block.items if one.item == "hv.contraception"]
    assert (item.level, item.values) == ("signpost", ())
    assert item.not_shown is not None and item.not_shown.phone
