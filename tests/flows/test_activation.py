"""Agreements change while the broker runs: at once, for every process, without a failed request, or not at all."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from flow_policies import lapsed, put_in_force
from people import MINA, OTTO, STRANGER, Row, export
from promises import events
from signed import deliver, request, signer
from sqlalchemy import text
from test_together import at_once, question
from typer.testing import CliRunner, Result
from world import POLICIES, World

from broker.actions.change_policy import activate
from broker.cli.main import app
from broker.cli.runs import Given
from broker.errors import BadInput, BrokerError, Conflict, Misconfigured, NotFound, Unavailable
from broker.policy.diff import diff
from broker.policy.policyset import proven
from broker.server import policy_files, put_together
from broker.store import policysets
from broker.wire.answer import Answer
from broker.wire.fields import parse

HANDED = {
    "break_glass", "check_chunk", "gather_family", "judge_family", "late_rights", "look_at_record", "open_matters",
    "record_answer", "restriction_reach", "right_effects", "sample_refusals",
}  # fmt: skip
"""Parts of an action, which hands them what it decides under."""
READS = re.compile(r"(parts|reading) = (parts\.(at|writing)\((tx\.)?connection\)|ready\(parts\))")
ROOT = POLICIES.parent
QUESTIONS = 4
ASKERS = {"council": "sw", "school": "dsl", "nhs": "hv"}


def digest_in_force(world: World) -> str:
    with world.parts.store.look() as connection:
        return policysets.in_force(connection) or ""


def policy_events(world: World) -> list[dict[str, str]]:
    return [{name: event[name] for name in ("old", "new") if name in event}
            for event in events(world) if event["typ"] == "policy"]  # fmt: skip


def ask(world: World, agency: str, bodies: list[bytes], answered: list[tuple[int, bytes]]) -> None:
    """Sends questions one after the other; every one must be taken at the first try."""
    for body in bodies:
        said = deliver(world, request(world, signer(world, agency, "desk"), "POST", "/v1/questions", body=body))
        answered.append((said.status, said.content))


def change(folder: Path, file: str, old: str, new: str) -> Path:
    """A copy of the agreements with one change, without the examples."""
    copy = Path(shutil.copytree(POLICIES, folder / "changed", ignore=shutil.ignore_patterns("examples")))
    said = (copy / file).read_text()
    assert old in said
    (copy / file).write_text(said.replace(old, new, 1))
    return copy


def test_questions_go_on_while_agreements_change(world: World, tmp_path: Path) -> None:
    """An activation fails a question, or an answer's rows are decided under two sets, or say the wrong one."""
    world.agency("council").posts(*export("csc", [Row(MINA, "C1")]))
    before = digest_in_force(world)
    bodies = {agency: [question(world, agency) for _ in range(QUESTIONS)] for agency in ASKERS}
    last = question(world, "council")
    answered: list[tuple[int, bytes]] = []
    asking = [partial(ask, world, agency, bodies[agency], answered) for agency in ASKERS]
    changed: list[str] = []
    folder = lapsed(tmp_path, "isa-2026-002.yaml")
    at_once([*asking, lambda: changed.append(put_in_force(world, folder).new)])
    ask(world, "council", [last], answered)

    assert {status for status, _ in answered} == {200}
    assert digest_in_force(world) == changed[0] != before
    answers = [parse(Answer, content) for _, content in answered]
    for answer in answers:
        [digest] = {json.loads(leaf.leaf)["policy"] for leaf in answer.receipt}
        assert digest in (before, changed[0])
        # The agreement that lapsed was the only one for this purpose.
        assert (answer.story.refusal is not None) == (digest == changed[0])
    assert json.loads(answers[-1].receipt[0].leaf)["policy"] == changed[0]
    assert policy_events(world) == [{"new": before}, {"old": before, "new": changed[0]}]


def test_every_process_notices_at_its_next_request(world: World, tmp_path: Path) -> None:
    """A second process of the same broker goes on under the old agreements, or reads them for every request."""
    other = put_together(world.settings, now=lambda: world.now, transport=world.network)
    old = other.policies
    made = put_in_force(world, lapsed(tmp_path, "isa-2026-002.yaml"))
    with other.store.look() as connection:
        seen = other.at(connection).policies
        assert seen.digest == made.new != old.digest
        assert other.at(connection).policies is seen
    with pytest.raises(Conflict, match="in force already"):
        put_in_force(world, tmp_path / "policies")
    back = activate(other, policy_files(POLICIES))
    assert (back.old, back.new) == (made.new, old.digest)
    with other.store.look() as connection:
        assert other.at(connection).policies is old
    other.store.engine.dispose()


def test_of_two_at_once_one_comes_into_force(world: World, tmp_path: Path) -> None:
    """Two activations at one moment both succeed, so that the one who was first believes what is not so."""
    codes: list[str] = []

    def one(name: str) -> None:
        try:
            put_in_force(world, lapsed(tmp_path / name, f"isa-2026-00{name}.yaml"))
            codes.append("")
        except BrokerError as error:
            codes.append(error.code)

    at_once([partial(one, "1"), partial(one, "2")])
    # One may have finished before the other began: then it was followed, and says so.
    assert sorted(codes) in (["", "policy-overtaken"], ["", ""])
    found = policy_events(world)
    assert len(found) == 1 + codes.count("")
    assert [event.get("old") for event in found[1:]] == [event["new"] for event in found[:-1]]


ISA = "agreements/isa-2026-002.yaml"
SAFE_ADDRESS = "when: {protection: safe_address}"
FIRE = "home safety, agency: fire"
# What is wrong, where, instead of what, and the code.
WRONG = (
    ("not YAML", ISA, "share:", "share: [", "policy-unreadable"),
    ("no such item", ISA, "csc.cp_plan", "csc.x", "policy-invalid"),
    ("a source of another agency", "vocabulary.yaml", FIRE, "home safety, agency: gp", "source-mismatch"),
    ("a protection dropped", "protections.yaml", SAFE_ADDRESS, "when: {protection: witness}", "policy-not-proven"),
)


@pytest.mark.parametrize(("name", "file", "old", "new", "code"), WRONG, ids=[row[0] for row in WRONG])
def test_what_is_not_right_does_not_come_into_force(
    quick_world: World, tmp_path: Path, name: str, file: str, old: str, new: str, code: str
) -> None:
    """Agreements that do not load, or do not prove, are in force for a moment, or stop the broker."""
    world, before = quick_world, (digest_in_force(quick_world), policy_events(quick_world))
    with pytest.raises(BrokerError) as caught:
        put_in_force(world, change(tmp_path, file, old, new))
    assert caught.value.code == code, name
    assert (digest_in_force(world), policy_events(world)) == before
    world.agency("council").posts(*export("csc", [Row(MINA, "C1")]))
    assert world.agency("council").asks(MINA.about(), staff="sw").people


def test_a_changed_folder_waits_for_its_activation(
    make_world: Callable[..., World], sqlite_url: str, tmp_path: Path
) -> None:
    """A restart after a crash brings agreements into force that nobody activated, or takes back those somebody did."""
    world = make_world(sqlite_url)
    before = digest_in_force(world)
    world.settings = world.settings.model_copy(update={"policies": lapsed(tmp_path, "isa-2026-002.yaml")})
    world.stop("broker")
    world.start("broker")
    assert world.parts.policies.digest == digest_in_force(world) == before
    assert "agreements.not_activated" in world.diagnostics.getvalue()
    (tmp_path / "policies" / "vocabulary.yaml").write_text("half a file: [")
    world.stop("broker")
    world.start("broker")
    assert len(policy_events(world)) == 1
    world.check()


def test_what_can_not_be_read_any_more_can_be_replaced(quick_world: World, tmp_path: Path) -> None:
    """A broker decides under what its database was changed to, or can't be got going again."""
    world = quick_world
    with world.parts.store.sequence() as connection:
        connection.execute(text("UPDATE policyset_in_force SET digest = :other"), {"other": "0" * 64})
    with world.parts.store.look() as connection, pytest.raises(Unavailable, match="can't be used"):
        world.parts.at(connection)
    with pytest.raises(Misconfigured, match="broker policy activate"):
        put_together(world.settings)
    files = policy_files(POLICIES)
    parts = put_together(world.settings, proposed=proven(files))
    assert activate(parts, files).changes is None
    assert digest_in_force(world) == world.parts.policies.digest
    parts.store.engine.dispose()


def test_what_must_be_proven_is_not_taken_away_unreviewed(quick_world: World, tmp_path: Path) -> None:
    """A change of no outcome drops every sentence of invariants.yaml, and the next one may open anything."""
    world, before = quick_world, digest_in_force(quick_world)
    folder = Path(shutil.copytree(POLICIES, tmp_path / "bare"))
    (folder / "invariants.yaml").write_text("schema: broker/invariants/v1\n")
    with pytest.raises(BadInput, match="no review is given"):
        put_in_force(world, folder)
    assert digest_in_force(world) == before
    with world.parts.store.look() as connection:
        changes = diff(world.parts.at(connection).policies, proven(policy_files(folder)).policies)
    assert not changes.changes_nothing
    assert activate(world.parts, policy_files(folder), reviewed=changes.digest).old == before


def test_nobody_takes_agreements_back_without_an_event(quick_world: World, tmp_path: Path) -> None:
    """Whoever can write to the database puts earlier agreements in force again, and the log says that others are."""
    world = quick_world
    before = digest_in_force(world)
    made = put_in_force(world, lapsed(tmp_path, "isa-2026-002.yaml"))
    with world.parts.store.look() as connection:
        assert world.parts.at(connection).policies.digest == made.new
    with world.parts.store.sequence() as connection:
        connection.execute(text("UPDATE policyset_in_force SET digest = :other"), {"other": before})
    with world.parts.store.look() as connection, pytest.raises(Unavailable, match="can't be used"):
        world.parts.at(connection)
    with pytest.raises(Misconfigured, match="the last event of the audit log"):
        put_together(world.settings)
    files = policy_files(POLICIES)
    parts = put_together(world.settings, proposed=proven(files))
    assert activate(parts, files).changes is None
    parts.store.engine.dispose()
    with world.parts.store.look() as connection:
        assert world.parts.at(connection).policies.digest == before
    assert [event["new"] for event in policy_events(world)] == [before, made.new, before]


def broker(world: World, *arguments: str | Path) -> Result:
    given = Given(lambda: world.parts)
    return CliRunner().invoke(app, ["policy", *map(str, arguments)], obj=given, catch_exceptions=False)


def asked_about(world: World) -> None:
    """Two questions that are answered, of which one finds a record, and one that is refused for its asker."""
    world.agency("council").posts(*export("csc", [Row(MINA, "C1"), Row(OTTO, "C2", parents=("C1",))]))
    world.agency("police").posts(*export("po", [Row(OTTO, "X9", protection="safe_address")]))
    for person in (MINA, STRANGER):
        world.agency("council").asks(person.about(), staff="sw")
    world.agency("council").asks(MINA.about(), staff="untrained")


def test_every_decision_of_a_broker_is_made_again(world: World, tmp_path: Path) -> None:
    """What was decided under agreements that are no longer in force can't be looked into any more."""
    asked_about(world)
    before = digest_in_force(world)
    folder = lapsed(tmp_path, "isa-2026-002.yaml")
    said = broker(world, "activate", folder, "--yes")
    assert (said.exit_code, "In force now" in said.stdout) == (0, True)
    assert "In force already" in broker(world, "activate", folder, "--yes").stdout
    world.agency("council").asks(MINA.about(), staff="sw")

    said = broker(world, "simulate", "--json")
    sets = json.loads(said.stdout)["sets"]
    assert said.exit_code == 0
    assert set(sets) == {before, digest_in_force(world)}
    assert all(one["identical"] and not one["differing"] for one in sets.values())
    assert "come out as they were written" in broker(world, "simulate", "--since", "2026-11-22").stdout
    assert "No decision was logged" in broker(world, "simulate", "--since", "2026-11-23").stdout

    said = broker(world, "simulate", POLICIES, "--json")
    [shift] = json.loads(said.stdout)["shifts"]
    assert (said.exit_code, shift["item"], shift["after"], shift["opens"], shift["count"]) == (
        1,
        "*",
        "admitted",
        True,
        1,
    )
    history = json.loads(broker(world, "history", "--json").stdout)["history"]
    assert [row["digest"] for row in history] == [before, digest_in_force(world)]
    assert history[1]["diff"] == json.loads(broker(world, "diff", before, "in-force", "--json").stdout)["digest"]
    acts = [event["act"] for event in events(world) if event["typ"] == "admin"]
    assert sorted(acts) == ["recomputed-decisions"] * 3 + ["simulated-policy"]


def test_a_change_is_weighed_with_the_decisions_of_a_file(quick_world: World, tmp_path: Path) -> None:
    """Whoever agrees to a change can't see how often it would have mattered, or the file tells who was asked about."""
    world, file = quick_world, tmp_path / "decisions.jsonl"
    asked_about(world)
    broker(world, "history", "--export", file)
    assert file.stat().st_mode & 0o777 == 0o600
    rows = file.read_text().splitlines()
    assert len({json.loads(row)["policy_digest"] for row in rows}) == 1
    assert not [row for row in rows if "staff" in row or "case_reference" in row]

    lax = change(
        tmp_path,
        "agreements/isa-2026-002.yaml",
        "training: information_sharing",
        "training: information_sharing, training_valid: P9Y",
    )
    shown = broker(world, "diff", "in-force", lax, "--replay", file)
    assert shown.exit_code == 1
    assert f"Of {len(rows)} logged decisions 1 come out otherwise" in shown.stdout
    digest = json.loads(broker(world, "diff", "in-force", lax, "--json").stdout)["digest"]
    refused = broker(world, "activate", lax, "--diff", "0" * 16)
    assert (refused.exit_code, digest_in_force(world)) == (1, world.parts.policies.digest)
    assert broker(world, "activate", lax, "--diff", digest[:16]).exit_code == 0
    assert [event["diff"] for event in events(world) if event["typ"] == "policy" and "old" in event] == [digest]
    with pytest.raises(Misconfigured, match="exists already"):
        broker(world, "history", "--export", file)
    with pytest.raises(BadInput, match="written like"):
        broker(world, "history", "--export", tmp_path / "x", "--since", "yesterday")
    with pytest.raises(NotFound, match="ever in force"):
        broker(world, "diff", "0123456789", lax)


def test_whatever_decides_asks_what_is_in_force() -> None:
    """A new action decides under what was in force when its process started."""
    texts = {path.stem: path.read_text() for path in (ROOT / "broker" / "actions").glob("*.py")}
    decides = {name for name, text in texts.items() if "parts.policies" in text}
    assert decides - HANDED == {name for name in decides - HANDED if READS.search(texts[name])}
    assert len(decides - HANDED) >= 5
