"""Evidence about an answer leaves the broker as one zip, events as FHIR and OCSF; strangers read all of it."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import judges
import pytest
from people import MINA, OTTO, Row, export
from promises import events
from signed import secrets_of
from typer.testing import CliRunner
from world import World

from broker.actions.export_events import export_events
from broker.actions.export_evidence import export_evidence
from broker.actions.export_log import export_log
from broker.actions.witnessed import log_policy
from broker.agency import pseudonyms
from broker.audit import verify_audit
from broker.audit.tlogpolicy import write
from broker.cli.main import app
from broker.cli.runs import Given
from broker.errors import BadInput, NotFound
from broker.wire.reference import spoken_reference

DOCS = Path(__file__).parents[2] / "docs" / "for"


def post_family(world: World) -> None:
    mina = Row(MINA, "C1", {"csc.cp_plan": "2026-09-01"}, parents=("C2",))
    world.agency("council").posts(*export("csc", [mina, Row(OTTO, "C2")]))
    world.agency("school").posts(*export("ed", [Row(MINA, "P1", {"ed.attendance": "71"})]))


def answered(world: World) -> str:
    """Asks, and says what the caseworker reads out on the telephone."""
    return str(world.agency("council").asks(MINA.about(), staff="sw").story.reference)


def policy_of(world: World) -> verify_audit.Policy:
    return verify_audit.parse_policy(write(log_policy(world.parts.trust)).encode())


def checked(world: World, zipped: bytes) -> verify_audit.Report:
    return verify_audit.check(verify_audit.unpack(zipped), policy_of(world), now=world.now)


def test_evidence_about_one_answer(world: World) -> None:
    """A court gets the answer with every leaf of it, can check them offline, and sees what it may see and no more."""
    post_family(world)
    world.agency("school").asks(MINA.about(), staff="dsl")
    reference = answered(world)
    zipped = export_evidence(world.parts, [reference], show=["staff"])
    report = checked(world, zipped)
    found = [event for _, event, _ in report.events]
    assert [event["org"] for event in found if event["typ"] == "answer"] == ["council"]
    assert {"disclose", "nothing"} <= {event["typ"] for event in found}
    cover = next(event["id"] for event in found if event["typ"] == "answer")
    *shown, last = [private for _, _, private in report.events]
    assert {key for private in shown for key in private} == {"answer", "staff"}
    assert {private["answer"] for private in shown if "answer" in private} == {cover}
    assert (found[-1]["typ"], found[-1]["act"], found[-1]["what"], last) == ("admin", "exported", "evidence", {})
    assert report.checkpoint.size == report.events[-1][0] + 1
    with pytest.raises(BadInput, match="none of these events") as refused:
        export_evidence(world.parts, [reference], show=["staf"])
    assert "staff" in (refused.value.hint or ""), "a misspelt field was left out in silence"
    everything = checked(world, export_evidence(world.parts, [reference], show=["everything"]))
    assert {"question", "facts.0", "silent"} <= {key for _, _, private in everything.events for key in private}
    assert MINA.surname.encode() not in zipped
    strangers_accept(world, zipped)


def strangers_accept(world: World, zipped: bytes) -> None:
    """Two public verifiers agree with us about what a running broker gives out."""
    files, vkey = verify_audit.unpack(zipped), world.parts.trust.broker.audit_log
    judges.judge_note(files["checkpoint"].decode(), vkey)
    for path in (path for path in files if path.startswith("entries/")):
        proof = files[path.replace("entries/", "proofs/").replace(".json", ".tlog-proof")].decode()
        judges.judge_proof(files[path], proof, vkey)


def test_the_commands(quick_world: World, tmp_path: Path) -> None:
    """What was exported does not verify by the command, or a misheard reference gives evidence about somebody else."""
    world = quick_world
    post_family(world)
    reference = answered(world)
    (tmp_path / "evidence.zip").write_bytes(export_evidence(world.parts, [reference]))
    command = ["audit", "verify", str(tmp_path / "evidence.zip"), "--vkey", world.parts.trust.broker.audit_log]
    ran = CliRunner().invoke(app, [*command, "--json"], catch_exceptions=False)
    assert {"answer", "disclose"} <= {one["event"]["typ"] for one in json.loads(ran.stdout)["events"]}
    assert "VERIFIES: " in CliRunner().invoke(app, command, catch_exceptions=False).stdout
    (tmp_path / "evidence.zip").write_bytes(b"PK")
    assert getattr(CliRunner().invoke(app, command).exception, "code", "") == "evidence-invalid"
    assert verify_audit.check(export_log(world.parts), policy_of(world), now=world.now).checkpoint.size > 20
    before = len(events(world))
    wrong = ((reference[:-1] + "?", BadInput), (spoken_reference(bytes(16)), NotFound), ("ab" * 16, NotFound))
    for wanted, kind in wrong:
        with pytest.raises(kind):
            export_evidence(world.parts, [wanted])
    assert len(events(world)) == before
    ingest = next(event["id"] for event in events(world) if event["typ"] == "ingest")
    one, _ = checked(world, export_evidence(world.parts, [ingest])).events
    assert (one[1]["id"], one[2]) == (ingest, {})
    all_looks(world, tmp_path)
    other_systems(world)


def all_looks(world: World, tmp_path: Path) -> None:
    """A person's solicitor gets a list of looks that lacks one, or one person alone gives it out, or nobody knows."""
    ref = pseudonyms.reference(secrets_of(world, "school").bytes32("reference"), "ed", ref="P1").hex()
    to = tmp_path / "looks.zip"

    def run(**given: str) -> str:
        page = (DOCS / "auditors.md").read_text()
        [line] = [one for one in page.splitlines() if one.startswith("broker audit prove-looks ")]
        words = {"looks.zip": str(to), "REF": ref} | given
        command = [words.get(one, one) for one in shlex.split(line)[1:]]
        ran = CliRunner().invoke(app, command, obj=Given(lambda: world.parts))
        return str(getattr(ran.exception, "code", "")) if ran.exit_code else ran.stdout

    assert "looks.zip" in run().replace("\n", "")
    report = checked(world, to.read_bytes())
    assert ": 1, shown here: 1" in report.note
    [(_, look, private)] = [one for one in report.events if one[1]["typ"] == "disclose"]
    assert (look["source"], {name.partition(".")[0] for name in private}) == ("school", {"role", "answer", "record"})
    [event] = [event for event in events(world) if event["typ"] == "seen"]
    assert (event["org"], event["act"], len(event["_sd"])) == ("broker", "proved", 7)
    assert run(**{"IG-2": "op-1"}) == "second-person" and run(REF="nobody") == "ref-invalid"
    assert run(ed="zz") == "source-unknown" and run(REF="0b" * 16) == "not-held"


def other_systems(world: World) -> None:
    """A hospital's audit repository and a security team read who was told what of whose records."""
    fhir = [json.loads(line) for line in export_events(world.parts, "fhir")]
    disclosed = [one for one in fhir if "meta" in one]
    assert {one["agent"][2]["who"]["display"] for one in disclosed} == {"council", "school"}
    assert {one["agent"][1]["who"]["display"] for one in disclosed} == {"council"}
    ocsf = [json.loads(line) for line in export_events(world.parts, "ocsf", since="2026-11", until="2026-12")]
    assert {"Query", "Read", "Write"} <= {one["activity_name"] for one in ocsf}
    assert export_events(world.parts, "ocsf", until="2026-11") == []
    assert all("staff" not in line for line in map(json.dumps, [*fhir, *ocsf]))
    asked = [event["what"] for event in events(world) if event["typ"] == "admin"]
    assert asked[-3:] == ["fhir", "ocsf", "ocsf"]
    with pytest.raises(BadInput):
        export_events(world.parts, "csv")
