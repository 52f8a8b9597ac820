"""Agencies watch the audit log: they cosign it, notice when it is not the one they knew, and without them it stops."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest
from fastapi.testclient import TestClient
from people import MINA, Row, export
from typer.testing import CliRunner
from world import ADDRESSES, World

from broker.actions.ask_witnesses import ask_witnesses
from broker.actions.export_evidence import export_evidence
from broker.actions.export_log import export_log
from broker.actions.witnessed import log_policy
from broker.agency.exits import Exit
from broker.audit import tlogpolicy, verify_audit
from broker.cli.main import app
from broker.errors import Misconfigured
from broker.server import create_app
from broker.store import auditlog

THREE = ("council", "nhs", "police")


@pytest.fixture
def watched(make_world: Callable[..., World], database_url: str) -> World:
    """A place whose log three agencies watch; two of them are enough."""
    return make_world(database_url, witnesses=THREE)


@pytest.fixture
def quick_watched(make_world: Callable[..., World], sqlite_url: str) -> World:
    """The same on SQLite alone, where what is tested has nothing to do with the database."""
    return make_world(sqlite_url, witnesses=THREE)


def get(world: World, path: str) -> httpx2.Response:
    return world.network.handle_request(httpx2.Request("GET", ADDRESSES.broker + path))


def post_mina(world: World, reference: str = "C1") -> None:
    world.agency("council").posts(*export("csc", [Row(MINA, reference, {"csc.cp_plan": "2026-09-01"})]))


def witness_events(world: World) -> list[str]:
    """The acts of the events about witnesses, in the order of the log."""
    with world.parts.store.look() as connection:
        leaves = auditlog.leaves(connection, 0, auditlog.size(connection))
    return [event["act"] for event in map(json.loads, leaves) if event["typ"] == "witness"]


def older_copy(world: World, folder: Path) -> Path:
    """A copy of the broker's database as it is now, with the broker stopped and started again."""
    world.stop("broker")
    folder.mkdir()
    for path in database(world).parent.glob(f"{database(world).name}*"):
        shutil.copy(path, folder)
    world.start("broker")
    return folder


def put_back(world: World, copy: Path) -> None:
    """Stops the broker and restores the copy; whoever calls starts it again."""
    world.stop("broker")
    for path in database(world).parent.glob(f"{database(world).name}*"):
        path.unlink()
    for path in copy.iterdir():
        shutil.copy(path, database(world).parent)


def database(world: World) -> Path:
    return Path(world.settings.database_url.removeprefix("sqlite:///"))


def test_a_log_is_cosigned_by_whoever_watches_it(quick_watched: World) -> None:
    """A checkpoint that nobody else has seen can be taken back; one that two of three cosigned can't."""
    post_mina(quick_watched)
    found = ask_witnesses(quick_watched.parts)
    assert (found.state, found.needed, found.have, len(found.each)) == ("enough", 2, 3, 3)

    note = get(quick_watched, "/audit/witnessed").content
    policy = log_policy(quick_watched.parties.trust)
    cosigned = tlogpolicy.check(note, policy)
    assert (set(cosigned.times), cosigned.enough) == (set(THREE), True)
    assert cosigned.checkpoint.size == found.each[0].size
    assert get(quick_watched, "/audit/checkpoint").content == note
    assert get(quick_watched, "/readyz").json() == {"status": "ready", "witnesses": "enough"}

    sizes = ("0/999999", "5/3", "x/5", "05/6", "5/", "-1/5", "9" * 40 + "/5")
    assert {get(quick_watched, f"/audit/consistency/{one}").status_code for one in sizes} == {404}
    assert (
        get(quick_watched, "/audit/consistency/0/5").content
        == get(quick_watched, "/audit/consistency/5/5").content
        == b""
    )

    asked = len(quick_watched.network.looks)
    ask_witnesses(quick_watched.parts)
    assert quick_watched.network.looks[asked:] == []
    with quick_watched.down("witness nhs"):
        quick_watched.later(minutes=20)
        found = ask_witnesses(quick_watched.parts)
    assert (found.state, found.have, witness_events(quick_watched)) == ("enough", 2, [])
    told = quick_watched.agency("council").asking(MINA.about(), staff="sw").ok()
    assert "witness" not in told.error
    quick_watched.check()


def test_evidence_stands_under_what_witnesses_signed(quick_watched: World) -> None:
    """A court gets evidence under a checkpoint that nobody but the broker has seen, or with a path to another."""
    post_mina(quick_watched)
    with quick_watched.parts.store.look() as connection:
        first = json.loads(auditlog.leaves(connection, 0, 1)[0])["id"]
    files = verify_audit.unpack(export_evidence(quick_watched.parts, [first]))
    policy = verify_audit.parse_policy(tlogpolicy.write(log_policy(quick_watched.parties.trust)).encode())
    report = verify_audit.check(files, policy, now=quick_watched.now)
    assert [place for place, _, _ in report.events] == [0, report.events[-1][0]]
    assert report.events[-1][1]["act"] == "exported"
    assert set(report.checkpoint.witnessed) == set(THREE)


def test_without_witnesses_there_is_a_banner_then_no_answer_and_then_all_is_well(watched: World) -> None:
    """A log that nobody watches could be given another history: after a quarter of an hour nothing rests on it."""
    post_mina(watched)
    ask_witnesses(watched.parts)
    council = watched.agency("council")
    council.asking(MINA.about(), staff="sw").ok()
    with watched.down("witness nhs"), watched.down("witness police"):
        watched.later(minutes=4)
        assert [ask_witnesses(watched.parts).state for _ in range(2)] == ["too-few", "too-few"]
        assert get(watched, "/readyz").json()["witnesses"] == "too-few"
        shown = council.asking(MINA.about(), staff="sw").ok()
        assert "witnesses" not in shown.error
        watched.later(minutes=2)
        shown = council.asking(MINA.about(), staff="sw").ok()
        assert "too few witnesses have signed the broker's audit log since 22 November 2026 at 09:30" in shown.error
        assert MINA.forename in shown.out
        watched.later(minutes=11)
        assert [ask_witnesses(watched.parts).state for _ in range(2)] == ["stopped", "stopped"]
        refused = council.asking(MINA.about(), staff="sw")
        assert (refused.code, "log-unwitnessed" in refused.error) == (Exit.TEMPORARY, True)
        assert "too few witnesses have watched the audit log since" in refused.error
        post_mina(watched, "C2")
    assert ask_witnesses(watched.parts).state == "enough"
    council.asking(MINA.about(), staff="sw").ok()
    assert witness_events(watched) == ["too-few", "stopped", "enough"]
    assert tlogpolicy.check(get(watched, "/audit/witnessed").content, log_policy(watched.parties.trust)).enough
    assert get(watched, "/readyz").json()["witnesses"] == "enough"
    watched.check()


def test_a_broker_that_forks_gets_no_cosignature_and_its_agency_keeps_both(
    quick_watched: World, tmp_path: Path
) -> None:
    """Whoever restores a copy while no witness answers is found out by the first that does, and by the next desk."""
    copy = older_copy(quick_watched, tmp_path / "copy")
    council = quick_watched.agency("council")
    post_mina(quick_watched)
    council.asks(MINA.about(), staff="sw")
    ask_witnesses(quick_watched.parts)
    before = (council.home / "state" / "log" / "checkpoint").read_bytes()
    put_back(quick_watched, copy)
    clients = {name: quick_watched.network.clients.pop(f"witness {name}") for name in THREE}
    quick_watched.start("broker")
    quick_watched.network.clients |= {f"witness {name}": client for name, client in clients.items()}
    ask_witnesses(quick_watched.parts)
    ask_witnesses(quick_watched.parts)
    assert witness_events(quick_watched) == ["behind"] * 3
    for _ in range(20):
        export_log(quick_watched.parts)
    ask_witnesses(quick_watched.parts)
    assert witness_events(quick_watched) == ["behind"] * 3 + ["refused"] * 3

    shown = council.asking(MINA.about(), staff="sw")
    assert (shown.code, "log-forked" in shown.error) == (Exit.NOT_AUTHORISED, True)
    assert MINA.forename not in shown.out
    [fork] = (council.home / "state" / "log").glob("fork-*")
    assert (fork / "before").read_bytes() == before == (council.home / "state" / "log" / "checkpoint").read_bytes()
    assert (fork / "shown").read_bytes() != before


def test_a_log_that_was_cut_off_is_noticed_at_the_next_question(
    make_world: Callable[..., World], sqlite_url: str, tmp_path: Path
) -> None:
    """Without any witness: the desk that saw the longer log tells of it."""
    quick_world = make_world(sqlite_url)
    copy = older_copy(quick_world, tmp_path / "copy")
    council = quick_world.agency("council")
    for number in range(3):
        post_mina(quick_world, f"C{number}")
    council.asks(MINA.about(), staff="sw")
    put_back(quick_world, copy)
    quick_world.start("broker")
    shown = council.asking(MINA.about(), staff="sw")
    assert (shown.code, "the broker's audit log is shorter than it was" in shown.error) == (Exit.NOT_AUTHORISED, True)


def test_a_broker_that_serves_asks_by_itself_and_the_operator_sees_how_it_stands(
    quick_watched: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Witnesses that are asked by nobody vouch for nothing; an operator who can't see it finds out when all stops."""
    world = quick_watched
    with TestClient(create_app(world.parts, watching=True)):
        until = time.monotonic() + 20
        while get(world, "/audit/witnessed").status_code != 200 and time.monotonic() < until:
            time.sleep(0.02)
    assert get(world, "/audit/witnessed").status_code == 200
    world.start("broker")

    for name, value in world.settings.model_dump(exclude_none=True).items():
        monkeypatch.setenv(f"BROKER_{name.upper()}", str(value))
    shown = json.loads(CliRunner().invoke(app, ["audit", "status", "--json"]).stdout)
    assert (shown["state"] != "off", shown["needed"]) == (True, 2)
    assert {one["name"]: one["size"] > 0 for one in shown["witnesses"]} == dict.fromkeys(THREE, True)
    said = CliRunner().invoke(app, ["audit", "status"]).stdout
    assert "council: cosigned" in said and "22 November 2026, 09:30 GMT" in " ".join(said.split())
    assert {one["at"] for one in shown["witnesses"]} == {"2026-11-22 09:30:00 UTC"}
    trusted = world.parties.trusted("broker")
    policy = CliRunner().invoke(
        app, ["audit", "policy", "--trust", str(trusted["trust"]), "--root", str(trusted["trust_root"])]
    )
    assert tlogpolicy.parse(policy.stdout.encode()) == log_policy(world.parties.trust)


def test_an_agency_compares_all_that_it_keeps_with_what_witnesses_show(quick_watched: World) -> None:
    """The officer's one command: does everything fit, and who vouches for it?"""
    post_mina(quick_watched)
    council = quick_watched.agency("council")
    council.asks(MINA.about(), staff="sw")
    ask_witnesses(quick_watched.parts)
    said = council.runs("log").ok()
    assert "continues all that was shown here before" in said.out
    assert "Needed: 2 of 3 witnesses." in said.out
    result = council.runs("log", "--json").ok().result
    assert (result["compared"], result["warning"], len(result["witnesses"])) == (2, None, 3)
    with quick_watched.down("witness nhs"):
        assert "nhs: does not answer" in council.runs("log").ok().out
    quick_watched.later(minutes=40)
    late = council.runs("log")
    assert (late.code, "WARNING: too few witnesses" in late.out) == (Exit.ALARM, True)


def test_a_broker_on_an_older_copy_does_not_start_and_who_is_shown_it_finds_out(
    quick_watched: World, tmp_path: Path
) -> None:
    """A restored backup that goes on signing makes a second history; the witnesses know the first."""
    copy = older_copy(quick_watched, tmp_path / "copy")
    post_mina(quick_watched)
    ask_witnesses(quick_watched.parts)
    put_back(quick_watched, copy)
    with pytest.raises(Misconfigured, match=r"knows \d+ events of this audit log") as refused:
        quick_watched.start("broker")
    assert (refused.value.code, "catch-up" in refused.value.hint) == ("log-behind-witness", True)
    quick_watched.parts.store.engine.dispose()

    clients = {name: quick_watched.network.clients.pop(f"witness {name}") for name in THREE}
    quick_watched.start("broker")
    nhs = quick_watched.agency("nhs")
    assert "Nobody" not in nhs.runs("log").out
    quick_watched.network.clients |= {f"witness {name}": client for name, client in clients.items()}
    found = nhs.runs("log")
    assert (found.code, "log-forked" in found.error) == (Exit.NOT_AUTHORISED, True)
