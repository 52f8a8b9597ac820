"""Agreements change by two people's signatures over exactly what changes; a signature counts once, and is logged."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import shutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from flow_policies import lapsed
from people import MINA, Row, export
from promises import events
from sqlalchemy import delete
from test_activation import digest_in_force, policy_events
from test_together import at_once
from typer.testing import CliRunner, Result
from world import NOW, POLICIES, World

from broker.actions.change_policy import Activated, activate
from broker.actions.note_start import note_start
from broker.actions.propose_policy import propose_policy, simulated
from broker.agency.cli import main as agency_main
from broker.agency.proposals import would_have
from broker.cli.main import app
from broker.cli.runs import Given
from broker.errors import BrokerError, Misconfigured, NotAllowed
from broker.keys import context
from broker.policy.policyset import proven
from broker.policy.replayed import Shift, Simulation
from broker.server import policy_files, put_together
from broker.store.tables import policyset_in_force
from broker.synthetic.parties import GRANTERS
from broker.vaults.secretfile import read_secrets
from broker.wire.fields import canonical
from broker.wire.grant import GrantSignature
from broker.wire.policy_change import ChangeTerms, PolicyChange, Proposal

ONE, OTHER = GRANTERS
LAPSED = "isa-2026-002.yaml"


def live(world: World) -> None:
    """From now on this is no rehearsal."""
    world.trusts(world.parties.trust.model_copy(update={"rehearsal": False}))


def signature(world: World, terms: ChangeTerms, who: str) -> GrantSignature:
    """What a granter's machine prints."""
    key = read_secrets(world.parties.granter(who) / "secrets.json", owner=f"granter:{who}").ed25519("grant")
    return GrantSignature(by=who, signature=key.sign(context.POLICY_CHANGE + canonical(terms)))


def signed(world: World, terms: ChangeTerms, *, by: tuple[str, str] = (ONE, OTHER)) -> PolicyChange:
    return PolicyChange.model_construct(v=1, terms=terms, signatures=tuple(signature(world, terms, who) for who in by))


def proposed(world: World, folder: Path, *, back: bool = False) -> Proposal:
    return propose_policy(world.parts, policy_files(folder), back=back)


def changes(world: World, folder: Path, *, back: bool = False) -> Activated:
    """A change as it should be made."""
    change = signed(world, proposed(world, folder, back=back).terms)
    return activate(world.parts, policy_files(folder), signed=change)


def code_of(change: Callable[[], object]) -> str:
    try:
        change()
    except BrokerError as error:
        return error.code
    return ""


def broker(world: World, *arguments: str | Path) -> Result:
    given = Given(lambda: world.parts)
    return CliRunner().invoke(app, ["policy", *map(str, arguments)], obj=given, catch_exceptions=False)


def allows(world: World, proposal: Path, who: str) -> tuple[int, str, str]:
    """`broker-agency policy allow` on a granter's machine: its exit code, what it printed and what it showed."""
    printed, shown = io.StringIO(), io.StringIO()
    secrets = world.parties.granter(who) / "secrets.json"
    command = ["policy", "allow", str(proposal), "--secrets", str(secrets), "--as", who]
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(shown):
        code = agency_main([*command, "--trust", str(world.parties.trust_folder)], world.edges())
    return code, printed.getvalue(), shown.getvalue()


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What granters were asked; they say yes."""
    asked: list[str] = []
    monkeypatch.setattr("typer.confirm", lambda text, **_: asked.append(text))
    return iter([asked])


def test_a_change_takes_two_people_who_have_read_all_of_it(
    world: World, tmp_path: Path, answers: Iterator[list[str]]
) -> None:
    """One person opens what others agreed to keep closed, or two sign what they were never shown."""
    asked, council = next(answers), world.agency("council")
    council.posts(*export("csc", [Row(MINA, "C1")]))
    for _ in range(2):
        council.asks(MINA.about(), staff="sw")
    before, folder, file = digest_in_force(world), lapsed(tmp_path, LAPSED), tmp_path / "change.json"

    said = broker(world, "propose", folder, "--out", file)
    assert (said.exit_code, "policy allow" in said.stdout) == (0, True)
    files = []
    for who in GRANTERS:
        code, printed, shown = allows(world, file, who)
        assert (code, len(asked)) == (0, len(files) + 1), shown
        assert "IS IN FORCE OR KNOWN CHANGES" in shown and "would have come out otherwise" in shown
        files.append(tmp_path / f"{len(files)}.json")
        files[-1].write_text(printed)
    live(world)
    with pytest.raises(NotAllowed, match="two people"):
        broker(world, "activate", folder, "--yes")
    with pytest.raises(BrokerError, match="two different people"):
        broker(world, "activate", folder, "--proposal", file, "--signature", files[0])
    assert digest_in_force(world) == before

    both = ("--signature", files[0], "--signature", files[1])
    assert broker(world, "activate", folder, "--proposal", file, *both).exit_code == 0
    after = digest_in_force(world)
    assert policy_events(world)[-1] == {"old": before, "new": after}
    terms = Proposal.model_validate_json(file.read_bytes()).terms
    [event] = [one for one in events(world) if one["typ"] == "policy" and "old" in one]
    assert (event["act"], event["diff"], event["terms"]) == (
        "forward", terms.diff, hashlib.sha256(canonical(terms)).hexdigest(),
    )  # fmt: skip
    assert not any(who in json.dumps(event) for who in GRANTERS)
    history = json.loads(broker(world, "history", "--json").stdout)["history"]
    assert [(row["act"], row["signed"]) for row in history] == [("", []), ("forward", list(GRANTERS))]
    assert ONE in broker(world, "history").stdout


def test_a_signature_counts_once_and_going_back_is_said(quick_world: World, tmp_path: Path) -> None:
    """Who kept a signed change makes it again after it was taken back; or agreements come back unnoticed."""
    world = quick_world
    live(world)
    first, folder = digest_in_force(world), lapsed(tmp_path, LAPSED)
    kept = signed(world, proposed(world, folder).terms)
    there = activate(world.parts, policy_files(folder), signed=kept).new

    assert code_of(lambda: proposed(world, POLICIES)) == "policy-back"
    assert code_of(lambda: activate(world.parts, policy_files(POLICIES))) == "policy-unsigned"
    back = proposed(world, POLICIES, back=True).terms
    unsaid = signed(world, back.model_copy(update={"back": False}))
    assert code_of(lambda: activate(world.parts, policy_files(POLICIES), signed=unsaid)) == "policy-back"
    activate(world.parts, policy_files(POLICIES), signed=signed(world, back))
    assert digest_in_force(world) == first

    assert code_of(lambda: activate(world.parts, policy_files(folder), signed=kept)) == "policy-overtaken"
    assert code_of(lambda: activate(world.parts, policy_files(folder), signed=signed(world, back))) == "diff-differs"
    assert digest_in_force(world) == first
    assert [event["act"] for event in events(world) if event["typ"] == "policy" and "act" in event] == [
        "forward", "back",
    ]  # fmt: skip
    # What was once in force needs no folder.
    said = broker(world, "propose", there[:12], "--back", "--out", tmp_path / "again.json", "--json")
    assert (said.exit_code, json.loads(said.stdout)["new"]) == (0, there)


def test_what_is_not_signed_as_it_must_be_changes_nothing(quick_world: World, tmp_path: Path) -> None:
    """A change is made on the word of one organisation, of strangers, of years ago, or of what was never shown."""
    world, folder, bare = quick_world, lapsed(tmp_path, LAPSED), tmp_path / "bare"
    shutil.copytree(POLICIES, bare)
    (bare / "invariants.yaml").write_text("schema: broker/invariants/v1\n")
    live(world)
    terms = proposed(world, folder).terms
    before, trust = digest_in_force(world), world.parties.trust
    one, other = (signature(world, terms, who) for who in GRANTERS)
    seen = terms.simulated.model_copy(update={"decisions": 1_000_000})
    colleague = trust.granters[1].model_copy(update={"id": f"{ONE.partition('/')[0]}/j.whitlock"})

    def made(new: Path = folder, *, by: Any = (one, other), **changed: object) -> str:
        change = PolicyChange.model_construct(v=1, terms=terms.model_copy(update=changed), signatures=by)
        return code_of(lambda: activate(world.parts, policy_files(new), signed=change))

    assert made(by=(one, one)) == "grant-one-person"
    assert made(by=(one, other.model_copy(update={"by": "records_authority/a.n.other"}))) == "granter-unknown"
    assert made(by=(one, other.model_copy(update={"signature": one.signature}))) == "grant-signature"
    assert made(simulated=seen) == made(text="0" * 64) == made(after="0" * 32) == "grant-signature"
    assert made(bare) == "diff-differs"
    elsewhere = terms.model_copy(update={"place": "elsewhere"})
    assert (
        code_of(lambda: activate(world.parts, policy_files(folder), signed=signed(world, elsewhere))) == "grant-place"
    )
    for lie in ({"text": "0" * 64}, {"diff": "0" * 64}, {"old": "0" * 64}, {"new": "0" * 64}, {"diff": ""}):
        change = signed(world, terms.model_copy(update=lie))
        assert code_of(partial(activate, world.parts, policy_files(folder), signed=change)) == "diff-differs", lie
    world.trusts(trust.model_copy(update={"granters": (trust.granters[0], colleague)}))
    theirs = (one, other.model_copy(update={"by": colleague.id}))
    assert made(by=theirs) == "grant-one-organisation"
    world.trusts(trust.model_copy(update={"granters": trust.granters[:1]}))
    assert made() == "granter-unknown"
    assert code_of(lambda: activate(world.parts, policy_files(folder))) == "policy-unsigned"
    world.trusts(trust)
    world.later(days=14)
    assert made() == "grant-expired"
    assert digest_in_force(world) == before and len(policy_events(world)) == 1
    assert changes(world, folder).old == before


def test_of_two_who_make_a_signed_change_one_does(world: World, tmp_path: Path) -> None:
    """It is made twice at one moment, and the log says that agreements changed to themselves."""
    live(world)
    folder = lapsed(tmp_path, LAPSED)
    change, codes = signed(world, proposed(world, folder).terms), list[str]()

    def make() -> None:
        codes.append(code_of(lambda: activate(world.parts, policy_files(folder), signed=change)))

    at_once([make, make])
    assert sorted(codes) in (["", "policy-in-force"], ["", "policy-overtaken"])
    assert len(policy_events(world)) == 2


def test_nothing_comes_into_force_by_a_start(make_world: Callable[..., World], sqlite_url: str, tmp_path: Path) -> None:
    """Whoever can write to the database deletes what is in force, and a restart takes the folder instead."""
    world = make_world(sqlite_url)
    live(world)
    before = digest_in_force(world)
    with world.parts.store.sequence() as connection:
        connection.execute(delete(policyset_in_force))
    settings = world.settings.model_copy(update={"policies": lapsed(tmp_path, LAPSED)})
    world.trusts(world.parties.trust.model_copy(update={"rehearsal": True}))
    parts = put_together(settings, now=lambda: world.now, transport=world.network)
    live(world)
    with pytest.raises(Misconfigured, match="names other agreements"):
        note_start(parts.fresh())
    folder = policy_files(settings.policies)
    assert code_of(lambda: activate(parts, folder)) == "policy-unsigned"
    parts.store.engine.dispose()
    note_start(world.parts)
    assert digest_in_force(world) == before
    world.check()


def test_a_place_without_granters_and_a_rehearsal_go_on_as_before(quick_world: World, tmp_path: Path) -> None:
    """A demonstration can't be changed, or a place is stuck whose granters are not chosen yet."""
    world = quick_world
    made = activate(world.parts, policy_files(lapsed(tmp_path, LAPSED)))
    world.trusts(world.parties.trust.model_copy(update={"rehearsal": False, "granters": ()}))
    assert activate(world.parts, policy_files(POLICIES)).old == made.new


# What is wrong, in the terms or beside them, and the code.
WRONG: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("other sentences", {"text": "Nothing changes.\n"}, "proposal-other-text"),
    ("signs that clear the screen", {"text": "\x1b[2JNothing changes.\n"}, "schema-invalid"),
    ("signs that turn text around", {"text": "x\u202ey"}, "schema-invalid"),
    ("another place", {"terms": {"place": "elsewhere"}}, "grant-terms"),
    ("expired", {"terms": {"expires": 1}}, "grant-terms"),
    ("a field of its own", {"terms": {"harmless": True}}, "schema-invalid"),
    ("no digest", {"terms": {"new": "x"}}, "schema-invalid"),
)


def test_a_granter_does_not_sign_what_is_not_as_it_must_be(
    quick_world: World, tmp_path: Path, answers: Iterator[list[str]]
) -> None:
    """The operator shows one thing and has another signed."""
    world, asked, file = quick_world, next(answers), tmp_path / "change.json"
    content = json.loads(proposed(world, lapsed(tmp_path, LAPSED)).model_dump_json())
    for name, changed, code in WRONG:
        wrong = {**content, **changed, "terms": content["terms"] | changed.get("terms", {})}
        file.write_text(json.dumps(wrong))
        ended, printed, shown = allows(world, file, ONE)
        assert (ended, printed, code in shown) == (3, "", True), (name, shown)
    file.write_bytes(b"\xff{}")
    assert allows(world, file, ONE)[:2] == (3, "")
    assert asked == []


def test_what_would_have_changed_is_told_and_nobody_is_recognised() -> None:
    """Who signs learns that once somebody's adoption was looked for, or does not learn that a change opens."""
    policies = proven(policy_files(POLICIES)).policies

    def shift(item: str, before: str, after: str, count: int) -> Shift:
        return Shift("council.keyworker", "early_help", item, before, after, (), (), count)

    seen = Simulation(90, 2, (
        shift("ed.attendance", "share", "refer", 40),
        shift("*", "withhold", "admitted", 7),
        shift("csc.adoption_record", "withhold_silently", "share", 1),
        shift("ed.exclusions", "withhold_silently", "withhold", 9),
        shift("su.in_treatment", "withhold_silently", "signpost", 3),
        shift("su.in_treatment", "withhold", "signpost", 3),
    ))  # fmt: skip
    found = simulated(seen, policies, first=NOW.date())
    assert [(one.before, one.after, one.opens, one.count) for one in found.kinds] == [
        ("withhold", "admitted", True, 5), ("withhold", "signpost", True, 5), ("share", "refer", False, 40),
    ]  # fmt: skip
    assert (found.decisions, found.changed, found.opened, found.unreadable, found.rest) == (90, 50, 10, 2, 0)
    assert "adoption" not in found.model_dump_json()
    lines = list(would_have(found))
    assert "50 or a few more would have come out otherwise, 10 or a few more of them more openly" in lines[0]
    assert "; 2 more can't be read" in lines[0]
    assert [line.split()[0] for line in lines[1:]] == ["5", "5", "40"]
    assert "OPENS  Family keyworker (Brackwater Council), for early help: whether they may ask" in lines[1]
