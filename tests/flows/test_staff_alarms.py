"""`reconcile` tells an agency which of its own staff's questions look like a walk through guesses."""

from __future__ import annotations

import json
from itertools import islice
from typing import Any

from people import ISOLDE
from signed import send
from test_reconciled import reconciled
from test_walks import about, asks, postcodes
from world import World

from broker.agency.receipts import check_alarm
from broker.errors import Untrusted
from broker.wire.alarm import Alarms
from broker.wire.fields import parse


def walk(world: World, *, staff: str = "sw") -> None:
    for postcode in islice(postcodes(), 5):
        asks(world, about(ISOLDE, postcode=postcode), staff=staff)


def of_staff(result: dict[str, Any]) -> list[str]:
    return [alarm["text"] for alarm in result["alarms"] if alarm["kind"] == "staff-guesses"]


def test_an_agency_reads_who_of_its_staff_walks(world: World) -> None:
    """The alarm is in the log and in no eye: nobody asks the caseworker why."""
    walk(world)
    code, result = reconciled(world)
    [said] = of_staff(result)
    assert (code, len(result["alarms"])) == (7, 1)
    assert said.startswith("sw asked about one person with 5 different addresses within a week, up to answer ")
    assert said.endswith(": ask them why")
    assert reconciled(world, "--day", "2026-11-21")[1]["alarms"] == []
    before = world.now
    world.later(hours=15)
    other = world.agency("nhs").runs("reconcile", "--json").ok().result
    world.now = before
    assert other["alarms"] == []


def test_somebody_who_has_left_is_an_alarm_too(quick_world: World) -> None:
    """Whoever walks, and is taken off the list, is not heard of."""
    world = quick_world
    walk(world, staff="mash")
    settings = world.agency("council").home / "agency.toml"
    settings.write_text(settings.read_text().replace('id = "mash"', 'id = "somebody"'))
    [said] = of_staff(reconciled(world)[1])
    assert said.startswith("somebody who is no longer listed (")


def test_what_could_not_be_read_is_said(quick_world: World) -> None:
    """A desk without the delivery key, or a broker that is down, looks like a day without alarms."""
    world = quick_world
    walk(world)
    with world.down("broker"):
        code, result = reconciled(world)
    assert (code, [note[:37] for note in result["notes"]]) == (0, ["alarms about your staff were not read"])
    path = world.agency("council").home / "secrets.json"
    content = json.loads(path.read_text())
    del content["secrets"]["delivery"]
    path.write_text(json.dumps(content))
    code, result = reconciled(world)
    assert (code, result["alarms"]) == (0, [])
    [note] = result["notes"]
    assert "delivery key" in note


def test_an_alarm_that_was_changed_on_its_way_is_not_believed(quick_world: World) -> None:
    """A broker accuses somebody of what the log does not say."""
    world = quick_world
    walk(world)
    day = world.now.date()
    path = f"/v1/alarms/{day.isoformat()}"
    [alarm] = parse(Alarms, send(world, "council", "delivery", method="GET", path=path).content).alarms
    trust = world.parties.trust
    assert check_alarm(alarm, trust, agency="council", day=day).disclosed["count"] == 5
    without = alarm.model_copy(update={"disclosures": alarm.disclosures[:2]})
    changed = alarm.model_copy(update={"leaf": alarm.leaf.replace('"council"', '"homes"')})
    for receipt, agency in ((without, "council"), (changed, "homes"), (alarm, "homes")):
        try:
            check_alarm(receipt, trust, agency=agency, day=day)
        except Untrusted:
            continue
        raise AssertionError("believed")
