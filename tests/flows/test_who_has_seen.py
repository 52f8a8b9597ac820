"""Who has looked at a record: its own agency is told all of it, and a look that is left out does not verify."""

from __future__ import annotations

import json
import shlex
import shutil
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from people import JORAM, MINA, OTTO, Row, export
from promises import events
from signed import secrets_of, send
from sqlalchemy.engine import make_url
from typer.testing import CliRunner
from world import STAFF, World

from broker.actions.catch_up import catch_up
from broker.actions.export_log import export_log
from broker.actions.index_looks import close_days
from broker.agency import pseudonyms
from broker.agency.seen import check_seen
from broker.audit.retention import types_of
from broker.cli.main import app
from broker.cli.runs import Given
from broker.errors import Untrusted
from broker.server import put_together
from broker.store import pruning
from broker.wire.fields import parse
from broker.wire.seen import Seen, SeenRequest

PATH = "/v1/people/seen"
DOCS = Path(__file__).parents[2] / "docs" / "for"


def post(world: World) -> None:
    """A child of whom the council and the school know, and her father, of whom the council does."""
    rows = [Row(MINA, "C1", {"csc.cin_status": "open"}, parents=("C2",)), Row(OTTO, "C2")]
    world.agency("council").posts(*export("csc", rows))
    world.agency("school").posts(*export("ed", [Row(MINA, "P1", {"ed.attendance": "81"}), Row(JORAM, "P2")]))


def seen(world: World, agency: str, source: str, reference: str) -> dict[str, Any]:
    """What `who-has-seen` says, its proofs checked."""
    who = STAFF[agency][0].id
    ran = world.agency(agency).runs("who-has-seen", source, reference, "--as", who, "--json")
    found: dict[str, Any] = ran.ok().result
    return found


def lookers(found: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(one["agency"], one["role"], one["purpose"]) for one in found["looks"]]


def pseudonym(world: World, agency: str, source: str, reference: str) -> bytes:
    return pseudonyms.reference(secrets_of(world, agency).bytes32("reference"), source, ref=reference)


def requested(world: World, agency: str, source: str, reference: str) -> bytes:
    """The body of the request that `who-has-seen` sends."""
    ref = pseudonym(world, agency, source, reference)
    return SeenRequest(v=1, source=source, ref=ref, staff="S1").model_dump_json().encode()


def documented(page: str, command: str) -> list[str]:
    """The words after `broker` or `broker-agency` of the line of a page for people that has `command`."""
    lines = (DOCS / page).read_text(encoding="utf-8").splitlines()
    said = [line for line in lines if line.startswith(("broker ", "broker-agency "))]
    [line] = [line for line in said if f"{command} " in f"{line} "]
    return shlex.split(line)[1:]


def test_the_agency_of_a_record_is_told_who_looked_when_and_at_what(quick_world: World) -> None:
    """Somebody looked at a child's record and nobody can find out; or a father reads what was told of his child."""
    world = quick_world
    post(world)
    assert seen(world, "school", "ed", "P1")["looks"] == []
    told = world.agency("council").asks(MINA.about(), staff="sw")
    world.later(days=1)
    world.agency("nhs").asks(MINA.about())
    found = seen(world, "school", "ed", "P1")
    assert lookers(found) == [
        ("council", "council.social_worker", "child_safeguarding"),
        ("nhs", "nhs.health_visitor", "child_safeguarding"),
    ]
    assert found["looks"][0]["answer"] == told.story.reference
    assert {item for item, _, _ in found["looks"][0]["items"]} == {"ed.involvement", "ed.attendance"}
    assert seen(world, "school", "ed", "P2")["looks"] == []
    child, father = seen(world, "council", "csc", "C1"), seen(world, "council", "csc", "C2")
    assert {item for item, _, _ in child["looks"][1]["items"]} == {"csc.involvement", "csc.cin_status"}
    assert {item for item, _, _ in father["looks"][1]["items"]} == {"csc.involvement"}
    page = world.agency("school").runs(*documented("ig-officers.md", "who-has-seen")).ok().out
    assert page.startswith("22 November 2026 at ")
    assert 'Brackwater Council, social worker, for the reason "I am worried that a child' in page
    assert (
        "2 looks in all since 22 November 2026, and none is missing: that was checked against the whole record" in page
    )
    for never in ("pseudonym", "token", "hash", "consent", "subject", "denied", "Vexworthigan"):
        assert never not in page


def test_a_look_is_found_whatever_became_of_the_record_since(quick_world: World) -> None:
    """Posting a record again hides who looked at it before; or looks are found after it was erased."""
    world = quick_world
    post(world)
    council = world.agency("council")
    council.asks(MINA.about(), staff="sw")
    assert len(seen(world, "school", "ed", "P1")["looks"]) == 1
    world.later(days=1)
    for attendance in ("74", "68"):
        world.agency("school").posts(*export("ed", [Row(MINA, "P1", {"ed.attendance": attendance})]))
        council.asks(MINA.about(), staff="sw")
        world.later(hours=1)
    found = seen(world, "school", "ed", "P1")
    assert len(found["looks"]) == 3 and not found["new_key"]
    school = world.agency("school")
    school.runs("retract", "P1", "--source", "ed").ok()
    gone = school.runs("who-has-seen", "ed", "P1", "--json")
    assert "not-held" in gone.error and gone.code != 0
    world.later(hours=1)
    school.posts(*export("ed", [Row(MINA, "P1", {"ed.attendance": "70"})]))
    again = seen(world, "school", "ed", "P1")
    assert again["looks"] == [] and again["new_key"]
    world.later(minutes=1)
    assert "NOTE" not in school.runs("who-has-seen", "ed", "P1").ok().out


def test_what_was_silent_is_in_no_index(quick_world: World) -> None:
    """The list of looks tells that somebody is in witness protection, by a look that told of nothing."""
    world = quick_world
    world.agency("homes").posts(*export("hs", [Row(OTTO, "T1")]))
    world.agency("police").posts(*export("po", [Row(OTTO, "X9", protection="witness")]))
    told = world.agency("council").asks(OTTO.about(), staff="sw")
    assert told.people == {}
    for agency, source, reference in (("homes", "hs", "T1"), ("police", "po", "X9")):
        found = seen(world, agency, source, reference)
        assert (found["looks"], found["withheld"], found["since"]) == ([], [], None)


def test_a_look_under_an_embargo_is_counted_and_told_later(quick_world: World) -> None:
    """Somebody whom the police look for is warned; or the look is never told of."""
    world = quick_world
    post(world)
    world.agency("police").posts(*export("po", [Row(MINA, "X1")]))
    told = world.agency("police").asks(MINA.about())
    found = seen(world, "school", "ed", "P1")
    assert (found["looks"], found["withheld"]) == ([], ["2026-12-20"])
    answered = world.traffic[-1].answer or b""
    assert told.story.reference not in str(found) and b"police" not in answered
    page = world.agency("school").runs("who-has-seen", "ed", "P1").ok().out
    assert "1 entry is withheld until 20 December 2026" in page and "1 look in all" in page
    # The police's own officers see at once what their own people did.
    assert lookers(seen(world, "police", "po", "X1")) == [("police", "police.pvp", "child_safeguarding")]
    world.later(days=27)
    assert seen(world, "school", "ed", "P1")["withheld"] == ["2026-12-20"]
    world.later(days=1)
    later = seen(world, "school", "ed", "P1")
    assert lookers(later) == [("police", "police.pvp", "child_safeguarding")] and later["withheld"] == []


def test_who_may_read_it_and_that_it_was_read(quick_world: World) -> None:
    """A desk, or another agency, reads who looked at a record; or somebody reads it unseen."""
    world = quick_world
    post(world)
    body = requested(world, "school", "ed", "P1")
    for key in ("desk", "delivery"):
        assert send(world, "school", key, method="POST", path=PATH, body=body).status == 403
    assert send(world, "council", "review", method="POST", path=PATH, body=body).code == "source-not-yours"
    for source in ("zz", "hs"):
        strange = json.dumps({**json.loads(body), "source": source}).encode()
        assert send(world, "school", "review", method="POST", path=PATH, body=strange).code == "source-not-yours"
    strange = requested(world, "school", "ed", "P7")
    assert send(world, "school", "review", method="POST", path=PATH, body=strange).code == "not-held"
    for broken in (b"", b"{}", b"[]", body[:-1], body.replace(b'"v":1', b'"v":2'), body.replace(b"S1", b"two words")):
        assert send(world, "school", "review", method="POST", path=PATH, body=broken).code == "schema-invalid"
    assert [event for event in events(world) if event["typ"] == "seen"] == []
    assert send(world, "school", "review", method="POST", path=PATH, body=body).status == 200
    [read] = [event for event in events(world) if event["typ"] == "seen"]
    assert (read["act"], read["org"]) == ("read", "school") and len(read["_sd"]) == 5


def test_an_answer_that_was_changed_is_not_believed(quick_world: World) -> None:
    """The broker leaves a look out, and the agency prints a list that says it is complete."""
    world = quick_world
    post(world)
    for _ in range(2):
        world.agency("council").asks(MINA.about(), staff="sw")
        world.later(days=1)
    body = requested(world, "school", "ed", "P1")
    told = parse(Seen, send(world, "school", "review", method="POST", path=PATH, body=body).content)
    other = parse(Seen, send(world, "council", "review", method="POST", path=PATH,
                             body=requested(world, "council", "csc", "C2")).content)  # fmt: skip
    trust, now = world.parties.trust, int(world.now.timestamp())
    assert len(check_seen(told, trust, staff="S1", now=now).told) == 2
    day, so_far = told.indexes[0], told.indexes[-1]
    untold = told.untold
    changes: list[dict[str, Any]] = [
        {"looks": told.looks[:1]},
        {"looks": ()},
        {"looks": told.looks + told.looks[:1]},
        {"looks": (told.looks[0], other.looks[0])},
        {"indexes": ()},
        {"indexes": told.indexes[:-1]},
        {"indexes": told.indexes[1:]},
        {"indexes": (day, *told.indexes), "proof": told.proof},
        {"indexes": (day.model_copy(update={"answers": ()}), *told.indexes[1:])},
        {"indexes": (day.model_copy(update={"answers": other.indexes[0].answers}), *told.indexes[1:])},
        {"indexes": (*told.indexes[:-1], so_far.model_copy(update={"leaf": told.read.leaf}))},
        {"proof": told.read.proof},
        {"seen_key": other.seen_key},
        {"untold": (*untold, other.untold[0]) if other.untold else (*untold, {"look": bytes(32)})},
        {"read": other.read},
        {"read": told.looks[0]},
        {"looks": (told.looks[0], told.looks[1].model_copy(update={"disclosures": other.looks[0].disclosures}))},
    ]
    for change in changes:
        with pytest.raises((Untrusted, AttributeError)) as caught:
            check_seen(told.model_copy(update=change), trust, staff="S1", now=now)
        assert caught.type is Untrusted or "untold" in change
    for staff, at in (("S2", now), ("S1", now + 301), ("S1", now - 301)):
        with pytest.raises(Untrusted):
            check_seen(told, trust, staff=staff, now=at)


def test_two_people_open_all_of_it_for_a_court(quick_world: World) -> None:
    """The operator reads alone, or unlogged, who looked at somebody."""
    world = quick_world
    post(world)
    world.agency("police").asks(MINA.about())
    ref = pseudonym(world, "school", "ed", "P1").hex()
    assert seen(world, "school", "ed", "P1")["ref"] == ref
    page = documented("ig-officers.md", "audit subject")

    def said(*options: str, second: str = "IG-2") -> Any:
        command = [{"REF": ref, "IG-2": second}.get(word, word) for word in page]
        return CliRunner().invoke(app, [*command, *options], obj=Given(lambda: world.parts))

    [look] = json.loads(said("--json").stdout)["looks"]
    assert (look["org"], look["role"], look["told_from"]) == ("police", "police.pvp", "2026-12-20")
    assert look["staff"] and look["answer"] and ["ed.involvement", "share"] in [item[:2] for item in look["items"]]
    assert "its agency is told from 20 December 2026" in said().stdout
    assert [event["act"] for event in events(world) if event["typ"] == "seen"] == ["read", "opened", "opened"]
    for wrong in ("op-1", "two words", ""):
        assert said(second=wrong).exception.code in ("second-person", "opening-invalid")
    unknown = CliRunner().invoke(
        app,
        ["audit", "subject", "ed", "zz", "--by", "a", "--second", "b", "--matter", "c"],
        obj=Given(lambda: world.parts),
    )
    assert getattr(unknown.exception, "code", "") == "ref-invalid"
    assert len([event for event in events(world) if event["typ"] == "seen"]) == 3


def test_each_day_is_indexed_once_whoever_does_it(world: World) -> None:
    """Two processes index the same day, or a day on which the job did not run has no index."""
    post(world)
    for _ in range(3):
        world.agency("council").asks(MINA.about(), staff="sw")
        world.later(days=2)
    with ThreadPoolExecutor(4) as threads:
        closed = list(threads.map(lambda _: close_days(world.parts), range(4)))
    days = [event for event in events(world) if event["typ"] == "index" and event["act"] == "closed"]
    assert sum(closed) == len(days) == 3
    assert [(one["first"], one["days"]) for one in days][1:] == [
        (days[0]["last"], ["2026-11-24"]),
        (days[1]["last"], ["2026-11-26"]),
    ]
    body = requested(world, "school", "ed", "P1")
    with ThreadPoolExecutor(4) as threads:
        jobs = [threads.submit(send, world, "school", "review", method="POST", path=PATH, body=body) for _ in range(4)]
    told = [parse(Seen, job.result().content) for job in jobs]
    assert [len(check_seen(one, world.parties.trust, staff="S1", now=int(world.now.timestamp())).told)
            for one in told] == [3] * 4  # fmt: skip
    runner = CliRunner().invoke(app, documented("operators.md", "audit index"), obj=Given(lambda: world.parts))
    assert runner.stdout.strip() == "0 indexes closed"


def test_a_restored_database_has_its_indexes_again(quick_world: World, tmp_path: Path) -> None:
    """After a restore the list of looks is short, or can't be proven."""
    world = quick_world
    post(world)
    world.agency("council").asks(MINA.about(), staff="sw")
    database = Path(str(make_url(world.settings.database_url).database))
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("VACUUM INTO ?", (str(tmp_path / "backup.db"),))
    world.later(days=1)
    world.agency("nhs").asks(MINA.about())
    world.later(days=1)
    assert len(seen(world, "school", "ed", "P1")["looks"]) == 2
    files = export_log(world.parts)
    world.stop("broker")
    for path in database.parent.glob("broker.db*"):
        path.unlink()
    shutil.copy(tmp_path / "backup.db", database)
    parts = put_together(world.settings, now=lambda: world.now, transport=world.network)
    catch_up(parts, files)
    parts.store.engine.dispose()
    world.start("broker")
    world.later(minutes=5)
    found = seen(world, "school", "ed", "P1")
    assert [one["agency"] for one in found["looks"]] == ["council", "nhs"]
    # Private details of what happened since the backup are lost; that it happened, and why, is in the leaves.
    assert [(one["role"], len(one["items"])) for one in found["looks"]] == [("council.social_worker", 2), ("", 0)]
    page = world.agency("school").runs("who-has-seen", "ed", "P1").ok().out
    assert "role not kept" in page and "what they were shown is not kept" in page


def test_a_look_whose_entry_was_pruned_is_still_counted(make_world: Callable[[str], World], sqlite_url: str) -> None:
    """Pruning the log makes the list of looks short, or leaves it without a proof."""
    world = make_world(sqlite_url)
    post(world)
    world.agency("council").asks(MINA.about(), staff="sw")
    world.later(days=1)
    assert close_days(world.parts) == 1
    [look] = [n for n, one in enumerate(events(world)) if (one["typ"], one.get("source")) == ("disclose", "school")]
    with world.parts.store.sequence() as connection:
        pruning.prune(connection, look + 1, keep=types_of("system")[0])
    world.agency("nhs").asks(MINA.about())
    found = seen(world, "school", "ed", "P1")
    assert ([one["agency"] for one in found["looks"]], found["expired"]) == (["nhs"], 1)


def test_a_right_names_nobody_whose_look_is_told_later(quick_world: World) -> None:
    """Whoever restricts a record reads in its receipt at once that the police have looked."""
    world = quick_world
    post(world)
    world.agency("police").posts(*export("po", [Row(MINA, "X1")]))
    before = world.agency("police").asks(MINA.about()).story.reference
    school = world.agency("school")
    made = school.runs("right", "restriction", "ed", "P1", "--as", "dsl", "--json").ok()
    assert made.result["told"] == [] and b"police" not in (world.traffic[-1].answer or b"")
    # They are told all the same: it is the school that is not told of them.
    assert [one["reference"] for one in world.agency("police").runs("recalls", "--json").ok().result["recalls"]] == [
        before
    ]
    assert "police" not in str(school.runs("rights", "--taken", "--json").ok().result)
