"""Values whose time is over: told no more from that day on, then destroyed, with a certificate; a hold stops it.

The agreements tell arrears and anti-social behaviour cases of two years at most, and a child in need plan as far as
the record goes.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from agency_of_world import Agency, Ran, Told
from flow_policies import lapsed, put_in_force
from people import JORAM, MINA, OTTO, Row, export
from promises import events
from rotating import Rotation
from sqlalchemy import select
from world import POLICIES, World

from broker.actions.dispose import run_disposal
from broker.audit.verify import verify_receipt
from broker.store import records, tables

ON = "2024-12-01"
"""Two years before 1 December 2026, ten days after the clock of the world."""
ARREARS = {"hs.arrears_weeks": "7", "hs.asb_case": "open"}


def post(world: World, *, on: str = ON) -> None:
    """The landlord knows of Otto's arrears on a day and that there is a case; the council of a plan."""
    text, mapping = export("hs", [Row(OTTO, "H1", ARREARS)])
    dated = 'count = "hs.arrears_weeks"\non = "Noted"'
    lines = text.splitlines()
    text = "\n".join([lines[0] + ",Noted", *(line + f",{on}" for line in lines[1:])]) + "\n"
    world.agency("homes").posts(text, mapping.replace('count = "hs.arrears_weeks"', dated))
    world.agency("council").posts(*export("csc", [Row(OTTO, "C1", {"csc.cin_status": "open"})]))


def told(world: World) -> set[str]:
    """The items of which the social worker is told a value."""
    answer: Told = world.agency("council").asks(OTTO.about(), staff="sw")
    blocks = answer.person().involvements
    return {item.item for block in blocks for item in block.items if item.values}


def row_of(world: World, source: str = "hs") -> Any:
    with world.parts.store.look() as connection:
        return connection.execute(select(tables.records).where(tables.records.c.source == source)).one()


def items_of(world: World, source: str = "hs") -> list[str]:
    """What is held of the record, opened."""
    agency = world.parts.policies.vocabulary.sources[source].agency
    with world.parts.store.look() as connection:
        keysets = world.parts.at(connection).keysets
    return [*records.opened(row_of(world, source), keysets, agency).content().items]


def test_a_value_is_told_no_more_and_then_destroyed(world: World) -> None:
    """A value is told, or kept, when no agreement can tell it any more; or one goes that could still be told."""
    post(world)
    assert told(world) == {"hs.arrears_weeks", "hs.asb_case", "csc.cin_status"}
    assert sum(one.destroyed for one in run_disposal(world.parts)) == 0
    world.later(days=9)
    before = row_of(world)
    run_disposal(world.parts)
    assert told(world) == {"hs.arrears_weeks", "hs.asb_case", "csc.cin_status"}, "it is told on its last day"
    assert row_of(world) == before
    world.later(days=1)
    assert told(world) == {"hs.asb_case", "csc.cin_status"}, "whether or not the job ran"
    assert items_of(world) == ["hs.arrears_weeks", "hs.asb_case"]
    done = {one.source: one for one in run_disposal(world.parts)}
    assert (done["hs"].records, done["hs"].destroyed, done["hs"].ended) == (1, 1, True)
    assert items_of(world) == ["hs.asb_case"]
    assert told(world) == {"hs.asb_case", "csc.cin_status"}
    after = row_of(world)
    assert after.version == before.version
    assert not {before.wrapped_key, before.content, before.tokens, before.evidence} & {*after}


def certificates(world: World) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = world.agency("homes").runs("disposals", "--json").ok().result["certificates"]
    return found


def test_the_agency_gets_a_certificate_that_verifies(quick_world: World) -> None:
    """An agency is told that values were destroyed and can prove nothing, or is told of another's."""
    world = quick_world
    post(world, on="2024-11-01")
    assert items_of(world) == ["hs.asb_case"], "what is over when it arrives is not kept"
    post(world)
    assert certificates(world) == []
    world.later(days=10)
    run_disposal(world.parts)
    [found] = certificates(world)
    ref = row_of(world).ref.hex()
    assert (found["source"], found["values"], found["items"]) == ("hs", 1, {"hs.arrears_weeks": 1})
    assert found["refs"] == [ref]
    assert ("disposed", "homes") in [(one["kind"], "homes") for one in feed(world, "homes")]
    kept = world.agency("homes").home / "state" / "disposals" / f"{found['id']}.json"
    assert verify_receipt(json.loads(kept.read_bytes()), [world.parties.trust.broker.audit_log]).disclosed["refs"] == [
        ref
    ]
    assert world.agency("council").runs("disposals", "--json").ok().result["certificates"] == []
    assert "hs     1 values of 1 records destroyed: hs.arrears_weeks 1" in world.agency("homes").runs("disposals").out
    [event] = [one for one in events(world) if one["typ"] == "dispose"]
    assert (event["source"], event["records"], event["values"], len(event["tags"])) == ("hs", 1, 1, 1)
    assert ref not in json.dumps(event)


def feed(world: World, agency: str) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = world.agency(agency).runs("feed", "--all", "--json").ok().result["entries"]
    return entries


def test_a_killed_round_goes_on_and_counts_nothing_twice(quick_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A round that was killed starts over, forgets what it did, or passes a record by."""
    world = quick_world
    monkeypatch.setattr("broker.actions.dispose.PAGE", 1)
    text, mapping = export("hs", [Row(person, f"H{n}", ARREARS) for n, person in enumerate((OTTO, MINA, JORAM))])
    lines = text.splitlines()
    text = "\n".join([lines[0] + ",Noted", *(line + f",{ON}" for line in lines[1:])]) + "\n"
    dated = 'count = "hs.arrears_weeks"\non = "Noted"'
    world.agency("homes").posts(text, mapping.replace('count = "hs.arrears_weeks"', dated))
    world.later(days=10)
    [one] = [one for one in run_disposal(world.parts, most=2) if one.source == "hs"]
    assert (one.looked_at, one.destroyed, one.ended) == (2, 2, False)
    seen: list[tuple[int, int]] = []
    [one] = [one for one in run_disposal(world.parts, progress=lambda *of: seen.append(of)) if one.source == "hs"]
    assert (one.looked_at, one.destroyed, one.ended) == (3, 3, True)
    assert seen == [(3, 3)]
    [one] = [one for one in run_disposal(world.parts) if one.source == "hs"]
    assert (one.looked_at, one.destroyed, one.ended) == (3, 0, True)


def test_a_hold_stops_disposal_and_erasure_and_opens_nothing(world: World) -> None:
    """A court asks for a record that the broker has just destroyed; or a record that was taken back is told of."""
    post(world)
    homes = world.agency("homes")
    assert held(homes, "hold", "--review-by", "2027-11-22").ok().result["state"] == "set"
    world.later(days=10)
    assert "hs.arrears_weeks" not in told(world)
    [one] = [one for one in run_disposal(world.parts) if one.source == "hs"]
    assert (one.destroyed, one.held) == (0, 1)
    assert items_of(world) == ["hs.arrears_weeks", "hs.asb_case"]
    homes.runs("retract", "H1", "--source", "hs").ok()
    assert told(world) == {"csc.cin_status"}
    assert row_of(world).closed
    assert items_of(world) == ["hs.arrears_weeks", "hs.asb_case"]
    [shown] = homes.runs("holds", "--json").ok().result["holds"]
    assert (shown["kept"], shown["made_by"], shown["due"]) == (True, "to", False)
    Rotation(world, ("epoch", "labels", "keks")).all()
    assert told(world) == {"csc.cin_status"}
    assert items_of(world) == ["hs.arrears_weeks", "hs.asb_case"], "it is renewed with all other rows"
    assert held(homes, "lift-hold").ok().result["state"] == "asked"
    assert held(homes, "lift-hold", "--agree").error.endswith("[second-person]\n")
    assert row_of(world).wrapped_key is not None
    assert held(homes, "lift-hold", "--agree", staff="deputy").ok().result["state"] == "lifted"
    assert row_of(world).wrapped_key is None
    assert told(world) == {"csc.cin_status"}
    acts = [one["act"] for one in events(world) if one["typ"] == "hold"]
    assert acts == ["set", "kept", "asked", "lifted"]
    assert [one["records"] for one in events(world) if one["typ"] == "retract"] == [1]


def held(agency: Agency, command: str, *options: str, staff: str = "to") -> Ran:
    return agency.runs(command, "hs", "H1", *options, "--as", staff, "--json")


def test_what_is_wrong_with_a_hold_is_said(quick_world: World) -> None:
    """Another agency's record, one that is not there, a day that is over: taken, or an error that says nothing."""
    world = quick_world
    post(world)
    homes = world.agency("homes")
    assert (
        "[source-unknown]"
        in world.agency("council").runs("hold", "hs", "H1", "--review-by", "2027-01-01", "--as", "sw").error
    )
    assert "[not-held]" in homes.runs("hold", "hs", "H9", "--review-by", "2027-01-01", "--as", "to").error
    assert "[review-day]" in held(homes, "hold", "--review-by", "2026-11-22").error
    assert "[review-day]" in held(homes, "hold", "--review-by", "2046-11-22").error
    assert "[day-invalid]" in held(homes, "hold", "--review-by", "soon").error
    assert "[hold-none]" in held(homes, "lift-hold").error
    assert held(homes, "hold", "--review-by", "2027-11-22").ok().result["state"] == "set"
    assert held(homes, "hold", "--review-by", "2028-11-22").ok().result["state"] == "renewed"
    assert held(homes, "lift-hold").ok().result["state"] == "asked"
    assert held(homes, "hold", "--review-by", "2028-11-22").ok().result["state"] == "renewed", (
        "it takes the question back"
    )
    assert held(homes, "lift-hold", "--agree").ok().result["state"] == "asked"


def test_records_of_a_source_whose_agreements_are_over_go(quick_world: World, tmp_path: Path) -> None:
    """What was posted under agreements that say `on_expiry: delete` stays for ever; or a hold does not keep it."""
    world = quick_world
    post(world)
    assert held(world.agency("homes"), "hold", "--review-by", "2027-11-22").ok()
    names = sorted(path.name for path in (POLICIES / "agreements").glob("*.yaml"))
    put_in_force(world, lapsed(tmp_path, *names))
    done = {one.source: one for one in run_disposal(world.parts)}
    assert (done["csc"].records, done["hs"].records, done["hs"].held) == (1, 0, 1)
    assert row_of(world, "csc").wrapped_key is None
    assert row_of(world, "hs").wrapped_key is not None
    [found] = world.agency("council").runs("disposals", "--json").ok().result["certificates"]
    assert found["items"] == {"csc.cin_status": 1, "csc.involvement": 1}
