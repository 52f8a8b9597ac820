"""Silent refusals: the asker's answer is that of nothing at all, and the agency that holds the record can account."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from dataclasses import replace
from typing import Any

from people import MINA, OTTO, Row, export
from promises import events, without_ids
from signed import send
from world import World

from broker.actions.find_answer import find_answer
from broker.actions.open_matters import open_matter
from broker.audit.events import Event
from broker.wire.answer import Answer
from broker.wire.fields import parse

AMY = replace(MINA, dob="2011-03-05")


def post(world: World, items: dict[str, str], *, protection: str = "") -> None:
    world.agency("council").posts(*export("hl", [Row(AMY, "H1", {"hl.duty": "relief"}), Row(OTTO, "H2")]))
    world.agency("nhs").posts(*export("hv", [Row(AMY, "V1", items), Row(OTTO, "V2")]))
    if protection:
        world.agency("police").posts(*export("po", [Row(AMY, "X1", protection=protection)]))


def seen(world: World) -> tuple[Any, ...]:
    """Everything that the asker's agency could study: the answer, its lists and its feed."""
    before = len(events(world))
    council = world.agency("council")
    council.asks(AMY.about(), staff="sw")
    content = world.traffic[-1].answer or b""
    gained = len(events(world)) - before
    answer = parse(Answer, content)
    story = json.loads(answer.story.model_dump_json(exclude={"reference", "asked_at"}))
    for person in story["people"]:
        person["handle"] = ""
        for block in person["involvements"]:
            block["handle"] = ""
    ours = council.runs("challenges", "--ours", "--as", "sw", "--json").ok().result
    feed = council.runs("feed", "--all", "--json").ok().result
    return story, len(content), without_ids(answer.receipt), gained, ours, feed


def read(world: World, agency: str) -> list[dict[str, Any]]:
    named = ("--as", "mash") if agency == "council" else ()
    found: list[dict[str, Any]] = world.agency(agency).runs("silent", *named, "--json").ok().result["answers"]
    return found


def test_the_asker_sees_nothing_and_the_holder_accounts_for_it(world: World) -> None:
    """A young person's secret shows in a number, a list or a feed; or nobody ever looks at what is kept secret."""
    post(world, {})
    without = seen(world)
    assert read(world, "nhs") == []
    world.later(minutes=5)
    post(world, {"hv.contraception": "yes"})
    assert seen(world) == without
    [silent] = read(world, "nhs")
    assert (silent["asker"], silent["role"], silent["purpose"]) == (
        "council", "council.social_worker", "child_safeguarding",
    )  # fmt: skip
    assert (silent["withheld"], silent["rules"]) == (1, {"S6": 1})
    assert "contraception" not in str(silent) and "hv." not in str(silent)
    assert read(world, "council") == [] and read(world, "voluntary") == []
    page = world.agency("nhs").runs("silent").ok().out
    assert silent["answer"] in page and "S6 1 times" in page


def test_what_earlier_logs_have_in_leaves_of_its_own_is_read_too(quick_world: World) -> None:
    """What was silent before it had its place in the agency's one leaf is lost to whoever accounts for it."""
    world, parts = quick_world, quick_world.parts
    post(world, {"hv.contraception": "yes"})
    world.agency("council").asks(AMY.about(), staff="sw")
    [silent] = read(world, "nhs")
    found = find_answer(parts, silent["answer"])
    [now] = [one for one in found["agencies"] if one["source"] == "nhs"]
    header = {name: now[name] for name in ("source", "purpose", "policy")}
    private = {"answer": now["answer"], "decisions": json.dumps(now["decisions"])}
    earlier = Event("untold", "ab" * 16, dt.datetime.fromisoformat(now["t"]), now["org"], header, private)
    cover = bytes.fromhex(now["answer"])
    with parts.store.look() as connection:
        before = open_matter(parts, connection, cover)
    with parts.store.begin() as tx:
        tx.audit(parts.entry(earlier))
    assert read(world, "nhs") == [silent, silent]
    with parts.store.look() as connection:
        after = open_matter(parts, connection, cover)
    assert before.look is not None and after.look is not None and before.look.untold
    ours = [one for one in before.look.untold if one.owner == "nhs"]
    assert Counter(map(repr, after.look.untold)) == Counter(map(repr, [*before.look.untold, *ours]))
    assert len(after.rows) == len(before.rows) + len(now["decisions"]["decisions"])


def test_another_agencys_protection_is_not_told_to_the_holder(quick_world: World) -> None:
    """A hospital's officer learns from the rule that the police hide one of its patients."""
    world = quick_world
    post(world, {}, protection="witness")
    told = world.agency("council").asks(AMY.about(), staff="sw")
    assert told.people == {}
    [silent] = read(world, "nhs")
    assert set(silent["rules"]) <= {"S8", "S6"} and "P1" not in str(silent)


def test_who_may_read_it(quick_world: World) -> None:
    """A desk reads what it was not to notice."""
    world = quick_world
    post(world, {"hv.contraception": "yes"})
    world.agency("council").asks(AMY.about(), staff="sw")
    path = f"/v1/refusals/silent/{world.now.date().isoformat()}"
    who: dict[str, Any] = {"method": "POST", "body": b'{"v":1,"staff":"S1"}'}
    for agency, key in (("nhs", "desk"), ("nhs", "delivery")):
        assert send(world, agency, key, path=path, **who).status == 403
    assert send(world, "council", "review", path=path, **who).json["answers"] == []
    assert send(world, "nhs", "review", path="/v1/refusals/silent/today", **who).code == "day-invalid"
    reads = [event for event in events(world) if event.get("act") == "read-silent"]
    assert [event["org"] for event in reads] == ["council"]


def test_a_look_under_an_embargo_is_accounted_for_later(quick_world: World) -> None:
    """Whoever reads what was withheld of their records sees at once that the police look for somebody."""
    world = quick_world
    post(world, {"hv.contraception": "yes"})
    world.agency("police").posts(*export("po", [Row(AMY, "X1")]))
    world.agency("police").asks(AMY.about())
    day = world.now.date().isoformat()
    found = world.agency("nhs").runs("silent", "--day", day, "--json").ok().result["answers"]
    assert found == [] and b'"police"' not in (world.traffic[-1].answer or b"")
    world.later(days=28)
    [later] = world.agency("nhs").runs("silent", "--day", day, "--json").ok().result["answers"]
    assert (later["asker"], later["withheld"]) == ("police", 1)
