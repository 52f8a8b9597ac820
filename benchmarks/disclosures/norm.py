"""What may be told of a question, worked out by the reference interpreter from the truth, and what was told beyond it.

Nothing here asks the parts that are tested: not the compiled evaluator, not the resolvers of facts, not the reductions.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterator, Mapping

from benchmarks.disclosures.made_up import TODAY, Family, Known, Question
from broker.policy.interpret import Cell, Judgement, judge
from broker.policy.levels import openness
from broker.policy.policies import Policies
from broker.story.held import KEPT_AWAY
from broker.wire.answer import Involvement, ShownItem, Story
from broker.wire.delivery import ItemValue

OPEN = ("share", "reduced")
RUNG = (*OPEN, "signpost")
DAYS = {"P12M": 365, "P1Y": 365, "P2Y": 731, "P24M": 731, "P5Y": 1826, "P6M": 183, "P3M": 91, "P10Y": 3653}
"""Windows of clauses, in days; made-up dates are never within three days of one."""
LEFT: Mapping[str, Callable[[ItemValue], bool]] = {
    "yes_no_only": lambda one: (one.on, one.until, one.count, one.code) == (None,) * 4,
    "flag_only": lambda one: one.yes is True and (one.on, one.until, one.count, one.code) == (None,) * 4,
    "count_and_last_date_only": lambda one: (one.until, one.code, one.yes) == (None,) * 3,
    "relevant_to_child_only": lambda one: one.role in ("victim", "suspect") and one.code is None,
    "redact_third_party": lambda one: one.code is None,
    "generalise": lambda one: not (one.on and one.on.day != 1) and not (one.count and one.count > 1 and one.count % 5),
}
"""What may be left of a value after each reduction."""


def norm(policies: Policies, question: Question, known: Known, item: str, *, allowed: bool = False) -> Judgement:
    """What the interpreter says of one item of one record; as in an emergency, where it was allowed and that opens."""
    asker = question.requester
    cell = Cell(asker.role, asker.purpose, item)
    facts = {**question.facts, **known.facts}
    found = _most_protective(policies, cell, facts)
    if allowed and not asker.break_glass:
        lifted = _most_protective(policies, cell, {**facts, "break_glass": "yes"})
        return max(found, lifted, key=lambda one: openness(one.level))
    return found


def _most_protective(policies: Policies, cell: Cell, facts: Mapping[str, str]) -> Judgement:
    kinds = facts["protection"].split()
    return min(
        (judge(policies, cell, {**facts, "protection": kind}) for kind in kinds), key=lambda j: openness(j.level)
    )


def is_silent(policies: Policies, question: Question, known: Known, allowed: Collection[str]) -> bool:
    """Whether nobody may learn that this record exists."""
    item = f"{known.record.source}.involvement"
    return norm(policies, question, known, item, allowed=item in allowed).level == "withhold_silently"


def wrong(
    policies: Policies, question: Question, story: Story, *, allowed: Mapping[bytes, Collection[str]]
) -> Iterator[str]:
    """A sentence for everything that was told and may not be."""
    if story.refusal is not None:
        yield from ["a refused question tells of people"] if story.people else []
        return
    told = {block.handle: block for person in story.people for block in person.involvements}
    said = story.model_dump_json()
    for family in question.people:
        for known in family.known:
            its = allowed.get(known.record.id, ())
            block = told.pop(f"r-{known.record.id.hex():0>38}", None)
            yield from (
                f"{known.record.source}: {one}"
                for one in _block(policies, question, family, known=known, block=block, its=its)
            )
            level = block.level if block else "withhold_silently"
            if level not in RUNG or family.person.protections & KEPT_AWAY:
                yield from (f"{known.record.source}: `{text}` is in the story" for text in known.texts if text in said)
    yield from (f"{block.source}: a block of nobody" for block in told.values())


def _block(
    policies: Policies, question: Question, family: Family, *, known: Known, block: Involvement | None,
    its: Collection[str],
) -> Iterator[str]:  # fmt: skip
    name = f"{known.record.source}.involvement"
    found = norm(policies, question, known, name, allowed=name in its)
    is_there = known.record.payload.status in ("current", "historic") and found.level != "withhold_silently"
    if block is None or not is_there:
        yield from ["is told of, and must not be"] if block and not is_there else []
        yield from ["is not told of, and may be"] if not block and is_there else []
        return
    if block.level != found.level:
        yield f"is told at {block.level}, and may be at {found.level}"
    if found.level not in OPEN and (block.status, block.started, block.ended, block.last_contact) != (None,) * 4:
        yield "says when, at a level that does not"
    if found.level not in RUNG and (block.provider, block.lead, block.as_of) != (None,) * 3:
        yield "says who, at a level that does not"
    if block.items and (known.record.band != "certain" or found.level in ("signpost", "refer")):
        yield "lists items of what is not certain or only signposted"
    for item in block.items:
        yield from (f"{item.item}: {one}" for one in _item(policies, question, known, item=item, its=its))


def _item(
    policies: Policies, question: Question, known: Known, *, item: ShownItem, its: Collection[str]
) -> Iterator[str]:
    found = norm(policies, question, known, item.item, allowed=item.item in its)
    raw = [value for value in known.values if value.item == item.item]
    if not found.clause or found.level == "withhold_silently":
        yield "is listed, and no clause lets it be"
        return
    whole = all(value in raw for value in item.values)
    if item.level != found.level and not (found.level == "reduced" and item.level == "share" and whole):
        yield f"is told at {item.level}, and may be at {found.level}"
    if item.values and found.level not in OPEN:
        yield "has values, at a level that has none"
    if len(item.values) > len([value for value in raw if _is_in_window(policies, found, value)]):
        yield "has values from before its window"
    if " " not in known.facts["protection"]:
        for duty in LEFT.keys() & set(found.obligations):
            if not all(map(LEFT[duty], item.values)):
                yield f"is not reduced: {duty}"


def _is_in_window(policies: Policies, found: Judgement, value: ItemValue) -> bool:
    share = policies.clause(found.agreement, found.clause)
    last = value.until or value.on
    runs = policies.vocabulary.items[value.item].kind == "period" and value.until is None
    if share is None or share.window is None or last is None or runs:
        return True
    return last >= TODAY - dt.timedelta(days=DAYS[share.window])
