"""The queue of IG officers: what nothing explains, emergencies and alerts are looked at by somebody else, in time."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from typing import Any

import pytest
from people import ISOLDE, MINA, OTTO, Row, export
from promises import events
from refusal_flows import WHY, fed, post_refused
from signed import send
from world import World

from broker.actions.find_answer import find_answer
from broker.actions.look_queue import review_report
from broker.actions.raise_alerts import raise_alerts
from broker.actions.run_clocks import run_clocks
from broker.actions.search_log import Officer, search_log
from broker.errors import Misconfigured
from broker.wire.fields import encode64


def queue(world: World, agency: str = "council") -> list[dict[str, Any]]:
    body = b'{"v":1,"staff":"officer"}'
    told = send(world, agency, "review", method="POST", path="/v1/audit/queue", body=body)
    found: list[dict[str, Any]] = told.json["items"]
    return found


def alerts(world: World, agency: str = "council") -> dict[str, tuple[str, ...]]:
    """Why each look-up is in the queue, without those drawn by lot."""
    found = {one["hit"]["reference"]: tuple(one["reasons"]) for one in queue(world, agency)}
    return {reference: reasons for reference, reasons in found.items() if reasons != ("sample",)}


def decide(
    world: World, reference: str, outcome: str | None, *, staff: str = "officer", agency: str = "council"
) -> Any:
    said = {"v": 1, "id": encode64(os.urandom(16)), "staff": staff} | ({"outcome": outcome} if outcome else {})
    path = f"/v1/audit/queue/{reference}"
    return send(world, agency, "review", method="POST", path=path, body=json.dumps(said).encode())


def test_what_nothing_explains_waits_for_somebody_else(world: World) -> None:
    """Somebody looks up a person whom their agency does not know, and nobody ever sees it; or they close it."""
    world.agency("council").posts(*export("csc", [Row(MINA, "C1")]))
    world.agency("school").posts(*export("ed", [Row(MINA, "P1")]))
    world.agency("nhs").posts(*export("hv", [Row(OTTO, "V1")]))
    council = world.agency("council")
    honest = council.asks(MINA.about(), staff="sw")
    stranger = council.asks(OTTO.about(), staff="sw")
    case = council.asks(OTTO.about(), staff="sw", options=["--case", "C-7"])
    claimed = council.asks(MINA.about(), staff="mash", relation="self_claimed")
    found = alerts(world)
    assert found == {
        stranger.story.reference: ("A3", "unexplained"), claimed.story.reference: ("unexplained",),
    }  # fmt: skip
    assert honest.story.reference not in found and case.story.reference not in found
    first = queue(world)[0]
    assert first["hit"]["reference"] == stranger.story.reference and first["due"] == "2026-11-24"
    assert [kind for kind, _ in fed(world, "council")] == ["look_waits", "look_waits"]
    assert alerts(world, "nhs") == {} and fed(world, "nhs") == []
    assert decide(world, first["reference"], None).json["state"] == "open"
    assert decide(world, first["reference"], "training", staff=first["hit"]["staff"]).code == "look-own"
    assert decide(world, first["reference"], "training", agency="nhs").code == "look-unknown"
    assert decide(world, first["reference"], "training").json["outcome"] == "training"
    assert decide(world, first["reference"], "justified").code == "look-closed"
    assert stranger.story.reference not in alerts(world)
    logged = [event for event in events(world) if event["typ"] == "alert"]
    assert [one["act"] for one in logged if one["act"] != "raised"] == ["opened", "closed"]
    assert "training" not in json.dumps(logged)


def test_emergencies_and_who_reviewed_them(quick_world: World) -> None:
    """An emergency passes by the officer of whoever broke the glass, or nobody learns that it was never reviewed."""
    world = quick_world
    post_refused(world)
    told = world.agency("council").asks(OTTO.about(), staff="sw", options=["--emergency", WHY])
    assert alerts(world) == {told.story.reference: ("emergency",)}
    world.later(hours=25)
    assert alerts(world) == {told.story.reference: ("emergency", "A4")}
    assert alerts(world) == {told.story.reference: ("emergency", "A4")}, "it speaks twice"
    assert search_log(world.parts, "is:unexplained", by=Officer("council")).value.count == 0
    run_clocks(world.parts)
    assert alerts(world) == {told.story.reference: ("emergency", "A4", "unexplained")}
    assert search_log(world.parts, "is:unexplained", by=Officer("council")).value.count == 1
    world.later(days=3)
    assert all(one["is_overdue"] for one in queue(world))


def test_the_operator_is_watched_too(quick_world: World) -> None:
    """The operator opens answers without cause, and the agency that asked never learns of it."""
    world = quick_world
    world.agency("council").posts(*export("csc", [Row(MINA, "C1")]))
    told = world.agency("council").asks(MINA.about(), staff="sw")
    raise_alerts(world.parts)
    find_answer(world.parts, told.story.reference)
    assert alerts(world) == {told.story.reference: ("A13",)}


def test_a_stopped_job_goes_on_and_says_nothing_twice(quick_world: World) -> None:
    """A look-up is put into the queue twice, or the log is read from its beginning every time."""
    world = quick_world
    world.agency("nhs").posts(*export("hv", [Row(OTTO, "V1")]))
    world.agency("council").asks(OTTO.about(), staff="sw")
    first = raise_alerts(world.parts)
    assert (first.looked, first.raised) == (1, 1)
    assert raise_alerts(world.parts) == type(first)(0, 0)
    world.stop("broker")
    world.start("broker")
    world.agency("council").asks(OTTO.about(), staff="sw")
    assert raise_alerts(world.parts).looked == 1
    assert len([event for event in events(world) if event["typ"] == "alert"]) == 2


WHOLE = pytest.param(4_000, 9, marks=(pytest.mark.long, pytest.mark.timeout(7_200)))


@pytest.mark.parametrize(("many", "snoops"), [(12, 3), WHOLE])
def test_a_snooper_stands_at_the_head_of_the_queue(quick_world: World, many: int, snoops: int) -> None:
    """Story 7: a housing officer who looks up a neighbour among honest work is found among thousands."""
    world = quick_world
    world.later(hours=24)  # Monday: on a Sunday every hour would be one at which nobody works
    world.trusts(world.parties.trust)
    world.agency("council").posts(*export("hl", [Row(MINA, "H1"), Row(OTTO, "H2")]))
    world.agency("homes").posts(*export("hs", [Row(MINA, "T1"), Row(OTTO, "T2"), Row(ISOLDE, "T3")]))
    council, snooped = world.agency("council"), set[str]()
    for number in range(many):
        world.later(minutes=1)
        if number % 480 == 479:  # the working day is over
            world.later(hours=16 if world.now.weekday() < 4 else 64)
            world.trusts(world.parties.trust)
            world.traffic.clear()
        if number % (many // snoops) == 2 and len(snooped) < snoops:
            told = council.asks(ISOLDE.about(), staff="ho", purpose="housing_support")
            snooped.add(told.story.reference)
        else:
            council.asks((MINA, OTTO)[number % 2].about(), staff="ho", purpose="housing_support")
    found = queue(world)
    assert len(snooped) == snoops
    assert {one["hit"]["reference"] for one in found[: len(snooped)]} == snooped
    assert all({"A3", "unexplained"} <= set(one["reasons"]) for one in found[: len(snooped)])
    assert {one["hit"]["reference"] for one in found if one["reasons"] != ["sample"]} == snooped


def test_the_report_and_bad_input(quick_world: World) -> None:
    """A rule that is always wrong goes on for years; or a desk reads who is suspected of what."""
    world = quick_world
    world.agency("nhs").posts(*export("hv", [Row(OTTO, "V1")]))
    for _ in range(2):
        world.agency("council").asks(OTTO.about(), staff="sw")
    first, _ = queue(world)
    assert decide(world, first["reference"], "false_alarm").status == 200
    report = review_report(world.parts).value
    assert (report.waiting, report.overdue, report.agencies) == (1, 0, {"council": 1})
    [a3] = [row for row in report.rules if row.rule == "A3"]
    assert (a3.raised, a3.closed, a3.outcomes, a3.false_percent) == (2, 1, {"false_alarm": 1}, 100)
    assert send(world, "council", "desk", method="POST", path="/v1/audit/queue", body=b"{}").status == 403
    assert decide(world, "7ZQF-1K0M-R", "training").code in ("look-unknown", "reference-misheard")
    assert decide(world, first["reference"], "shrug").code == "schema-invalid"


def test_thresholds_of_the_place(quick_world: World) -> None:
    """A place's own thresholds lack a rule, and it never speaks again."""
    world = quick_world
    path = world.folder / "alerts.toml"
    path.write_text("[queue]\nworking_days = 2\n")
    settings = world.parts.settings.model_copy(update={"alerts": path})
    with pytest.raises(Misconfigured):
        raise_alerts(replace(world.parts, settings=settings))


def test_the_officers_commands(quick_world: World) -> None:
    """What waits is read as codes, or what the officer writes is read by the broker."""
    world = quick_world
    world.agency("nhs").posts(*export("hv", [Row(OTTO, "V1")]))
    council = world.agency("council")
    council.asks(OTTO.about(), staff="sw")
    page = council.runs("audit-queue", "--as", "mash").ok().out
    assert "by 24 November 2026: we do not know the family, and they named no case (A3); nothing explains it" in page
    assert "NOT EXPLAINED: their agency holds no record of the family" in page
    [item] = council.runs("audit-queue", "--as", "mash", "--json").ok().result["items"]
    assert item["hit"]["staff"] == "sw"
    council.runs("audit-decide", item["reference"], "--as", "mash").ok()
    assert "look-own" in council.runs("audit-decide", item["reference"], "--as", "sw", "--say", "justified",
                                      "--because", "x").error  # fmt: skip
    why = "He is her neighbour, she says so herself"
    council.runs("audit-decide", item["reference"], "--as", "mash", "--say", "incident", "--because", why).ok()
    assert "nothing waits" in council.runs("audit-queue", "--as", "mash").ok().out
    assert all(why.encode() not in one.request for one in world.traffic)


def test_somebody_who_looks_themselves_up(quick_world: World) -> None:
    """Staff look at their own record, their neighbour's or a colleague's, and what they typed is all that shows it."""
    world = quick_world
    world.agency("council").posts(*export("csc", [Row(OTTO, "C1"), Row(ISOLDE, "C2"), Row(MINA, "C3")]))
    toml = world.agency("council").home / "agency.toml"
    text = toml.read_text()
    for staff, person in (("sw", OTTO), ("kw", ISOLDE)):
        given = f'person = {{ forename = "{person.forename}", surname = "{person.surname}", dob = "{person.dob}" }}'
        text = text.replace(f'id = "{staff}"', f'id = "{staff}"\n{given}')
    toml.write_text(text)
    council = world.agency("council")
    told = [council.asks(one.about(), staff="sw").story.reference for one in (OTTO, ISOLDE, MINA)]
    assert alerts(world) == {told[0]: ("A1",), told[1]: ("A2",)}
    toml.write_text(text.replace('dob = "', 'age = "'))
    assert council.asking(MINA.about(), staff="sw").code != 0
