"""The commands that change a trust list: nobody changes it alone, and what is signed is what was shown."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from subprocess import PIPE, Popen

import pytest
from place import Typed, rehearsed
from typer.testing import CliRunner

from broker.cli import keyfiles
from broker.cli.main import app
from broker.keys import changes
from broker.keys.publics import AgencyPublic
from broker.keys.trust import Trust
from broker.trustlist import repository
from broker.wire.fields import encode64

REMORA = "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2"
"""The verifier key of a public witness."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Typed:
    return rehearsed(tmp_path_factory.mktemp("place"))


@pytest.fixture
def typed(made: Typed, tmp_path: Path) -> Typed:
    home = tmp_path / "place"
    shutil.copytree(made.home, home)
    home.chmod(0o700)
    return Typed(home)


def trust(typed: Typed) -> Trust:
    return keyfiles.opened(typed.folder, typed.root, None).trust


def newcomer(typed: Typed, name: str = "fire", *, source: str = "fr") -> Path:
    public, shared = f"{name}.public.json", typed.home / "evidence-key"
    where = (name, typed.home / f"{name}.json", "--sources", source, "--evidence", shared, "--clear")
    typed.made("agency", *where, public=public)
    return typed.home / public


def test_a_place_is_made_by_typing(typed: Typed) -> None:
    """The page for operators would lead nowhere."""
    listed = trust(typed)
    assert listed.place == "brackwater" and listed.rehearsal and listed.agency("council").sources == ("csc", "eh")
    assert keyfiles.opened(typed.folder, typed.root, None).custodians.threshold == 2


def test_an_agency_joins_is_suspended_and_leaves(typed: Typed) -> None:
    """What custodians decide would not come into force."""
    typed.in_force("add-agency", newcomer(typed))
    assert trust(typed).agency("fire").sources == ("fr",)
    typed.in_force("suspend", "fire")
    assert {one.agency: one.status for one in trust(typed).agencies}["fire"] == "suspended"
    typed.in_force("readmit", "fire")
    assert trust(typed).agency("fire")
    assert "version 5" in typed.in_force("leave", "fire")


def test_an_agency_joins_with_the_lines_its_client_printed(typed: Typed) -> None:
    """An operator would have to type a file by hand."""
    entry = keyfiles.read_public(AgencyPublic, newcomer(typed)).agency
    lines = [f"  {key.id}  {encode64(key.public)}" for key in entry.keys]
    lines = ["For the operator:", *lines, f"  fire/seal-1  {encode64(entry.seal)}"]
    (typed.home / "fire.txt").write_text("\n".join(lines))
    typed.in_force("add-agency", typed.home / "fire.txt", "--source", "fr")
    assert trust(typed).agency("fire") == entry


def test_one_custodian_is_not_enough(typed: Typed) -> None:
    """One person could add an agency of their own."""
    typed.change("suspend", "council")
    typed.sign("adeyemi")
    typed.sign("adeyemi")
    code = typed.refused("publish", "--folder", typed.folder, "--online", typed.home / "online.json")
    assert code == "trust-list-under-signed" and trust(typed).agency("council")


def test_a_custodian_is_shown_everything_before_signing(typed: Typed) -> None:
    """A second change could be slipped under the first."""
    typed.change("suspend", "council")
    typed.change("revoke", "council/delivery-1")
    asked = ("sign", "--secrets", typed.home / "okafor.json", "--folder", typed.folder, "--root", typed.root)
    declined = typed.type(*asked, answers="n\n")
    assert "~ agencies.council.status: active -> suspended" in declined.output
    assert "~ agencies.council.keys.council/delivery-1.status: active -> revoked" in declined.output
    assert declined.exit_code == 1
    assert "okafor" in typed.done(*asked, answers="y\n")


def test_a_change_that_was_signed_is_signed_again_when_more_is_proposed(typed: Typed) -> None:
    """A signature would cover what its custodian never saw."""
    typed.change("suspend", "council")
    typed.sign("adeyemi")
    assert "signed by nobody" in typed.change("revoke", "records_authority/j.whitlock")


def test_others_keys_sign_nothing(typed: Typed) -> None:
    """The broker's operator could sign as a custodian, or the online key change the list."""
    typed.change("suspend", "council")
    place = ("--folder", typed.folder, "--root", typed.root, "--yes")
    assert typed.refused("sign", "--secrets", typed.home / "online.json", *place) == "secrets-wrong-owner"
    typed.made("custodian", "mallory", typed.home / "mallory.json", "--clear", public="mallory.public.json")
    assert typed.refused("sign", "--secrets", typed.home / "mallory.json", *place) == "custodian-unknown"
    code = typed.refused("renew", "--folder", typed.folder, "--online", typed.home / "adeyemi.json")
    assert code == "secrets-wrong-owner"


def test_custodians_change_with_the_leave_of_old_and_new(typed: Typed) -> None:
    """Somebody who leaves would stay a custodian, or a newcomer make themselves one."""
    typed.made("custodian", "lindqvist", typed.home / "lindqvist.json", "--clear", public="lindqvist.public.json")
    public = [typed.home / f"{name}.public.json" for name in ("adeyemi", "whitlock", "lindqvist")]
    online = typed.home / "online.public.json"
    typed.done("custodians", *public, "--online", online, "--threshold", 2, "--folder", typed.folder)
    typed.sign("adeyemi")
    assert "custodian lindqvist" in typed.sign("lindqvist")
    code = typed.refused("publish", "--folder", typed.folder, "--online", typed.home / "online.json")
    assert code == "trust-list-under-signed"
    typed.sign("whitlock")
    typed.done("publish", "--folder", typed.folder, "--online", typed.home / "online.json")
    listed = keyfiles.opened(typed.folder, typed.root, None)
    assert listed.root_version == 2 and "okafor" not in listed.custodians.names
    typed.change("suspend", "council")
    place = ("--folder", typed.folder, "--root", typed.root, "--yes")
    assert typed.refused("sign", "--secrets", typed.home / "okafor.json", *place) == "custodian-unknown"


def test_the_online_key_is_nobodys_custodian(typed: Typed) -> None:
    """The machine that publishes would sign changes."""
    public = [typed.home / f"{name}.public.json" for name in ("adeyemi", "online")]
    words = ("custodians", *public, "--online", typed.home / "online.public.json", "--threshold", 1)
    assert typed.refused(*words, "--folder", typed.folder) == "change-impossible"
    public = [typed.home / f"{name}.public.json" for name in ("adeyemi", "whitlock")]
    words = ("custodians", *public, "--online", typed.home / "okafor.public.json", "--threshold", 2)
    assert typed.refused(*words, "--folder", typed.folder) == "change-impossible"


def test_a_place_has_each_custodian_once_and_needs_two(typed: Typed) -> None:
    """One file given twice would make a list of fewer people than everybody thought."""
    files = [word for name in ("adeyemi", "okafor", "okafor") for word in ("--custodian", typed.home / f"{name}.json")]
    online = ("--online", typed.home / "online.json")
    code = typed.refused("init", typed.home / "new", "--plan", typed.home / "place.toml", *files, *online)
    assert code == "custodian-twice"
    plan = (typed.home / "place.toml").read_text().replace("rehearsal = true", "rehearsal = false")
    (typed.home / "live.toml").write_text(plan.replace("threshold = 2", "threshold = 1"))
    code = typed.refused("init", typed.home / "new", "--plan", typed.home / "live.toml", *files, *online)
    assert code == "threshold-invalid" and not (typed.home / "new").exists()


def test_what_was_proposed_meanwhile_is_not_signed(typed: Typed) -> None:
    """Whoever shares the folder would have a custodian sign what they never saw."""
    typed.change("suspend", "council")
    more = keyfiles.trust_bytes(changes.revoked(trust(typed), "council/delivery-1"))
    asked = ("sign", "--secrets", typed.home / "okafor.json", "--folder", typed.folder, "--root", typed.root)
    command = [sys.executable, "-m", "broker", "keys", *map(str, asked)]
    with Popen(command, stdin=PIPE, stdout=PIPE, stderr=PIPE, bufsize=0, text=False) as process:
        assert process.stdout is not None
        shown = b""
        while b"do you sign this" not in shown:
            shown += process.stdout.read(1) or pytest.fail(f"it ended: {shown!r}")
        repository.propose(typed.folder, targets={"trust.json": more}, now=keyfiles.now())
        _, said = process.communicate(b"y\n", timeout=60)
    assert b"[proposal-changed]" in said and process.returncode == 1
    assert "signed by nobody" in typed.done("status", "--folder", typed.folder, "--root", typed.root)


def test_an_agencys_next_key_is_listed_from_what_its_client_printed(typed: Typed) -> None:
    """An operator would have to make a file out of a line by hand."""
    printed = typed.home / "desk.txt"
    printed.write_text(
        f"A new desk key.\n  council/desk-2  {encode64(bytes(range(40, 72)))}\nRead out: fingerprint 1 of it\n"
    )
    typed.in_force("rotate", "agency", "list", printed)
    assert trust(typed).signing_key("council/desk-2", "ask")
    printed.write_text("nothing of the kind\n")
    code = typed.refused("rotate", "agency", "list", printed, "--folder", typed.folder, "--root", typed.root)
    assert code == "public-incomplete"


def test_the_online_key_renews_and_a_proposal_is_withdrawn(typed: Typed) -> None:
    """The list would run out, or a wrong proposal stay for ever."""
    assert "holds until" in typed.done("renew", "--folder", typed.folder, "--online", typed.home / "online.json")
    typed.change("suspend", "council")
    typed.done("withdraw", "--folder", typed.folder)
    code = typed.refused(
        "sign", "--secrets", typed.home / "okafor.json", "--folder", typed.folder, "--root", typed.root
    )
    assert code == "nothing-proposed"


def test_rehearsal_keys_are_refused_where_people_are_real(typed: Typed) -> None:
    """A live place would rest on keys from somebody's exercise."""
    plan = (typed.home / "place.toml").read_text().replace("rehearsal = true", "rehearsal = false")
    (typed.home / "live.toml").write_text(plan)
    files = ("--custodian", typed.home / "adeyemi.json", "--online", typed.home / "online.json")
    code = typed.refused("init", typed.home / "live", "--plan", typed.home / "live.toml", *files)
    assert code == "secrets-rehearsal" and not (typed.home / "live").exists()


@pytest.mark.parametrize(("words", "code"), [
    (("suspend", "nobody"), "agency-missing"),
    (("readmit", "council"), "change-impossible"),
    (("revoke", "council/desk-9"), "key-missing"),
    (("revoke", "broker.receipt/00000000"), "key-missing"),
    (("add-agency", "missing.json"), "file-unreadable"),
    (("set-quorum", "1"), "change-impossible"),
    (("drop-witness", "council"), "witness-missing"),
    (("add-witness", "council", "--vkey", "nothing", "--url", "https://w.example"), "vkey-malformed"),
    (("add-witness", "Council", "--vkey", REMORA, "--url", "https://w.example"), "name-invalid"),
    (("add-witness", "none", "--vkey", REMORA, "--url", "https://w.example"), "change-impossible"),
    (("set-model", "not hex"), "change-impossible"),
])  # fmt: skip
def test_what_makes_no_sense_is_refused_by_its_name(typed: Typed, words: tuple[str, ...], code: str) -> None:
    """An operator would ask custodians to sign it."""
    assert typed.refused(*words, "--folder", typed.folder, "--root", typed.root) == code


def test_without_the_pinned_root_nothing_is_believed(typed: Typed) -> None:
    """A folder could vouch for itself."""
    code = typed.refused("suspend", "council", "--folder", typed.folder, "--root", typed.home / "none.json")
    assert code == "trust-root-missing"


def test_a_witness_is_listed_and_how_many_must_sign(typed: Typed) -> None:
    """Whoever watches the audit log is on nobody's list but the one that custodians sign."""
    said = typed.change("add-witness", "council", "--vkey", REMORA, "--url", "https://w.example/a")
    assert "+ witnesses.council.url: https://w.example/a" in said
    typed.in_force("set-quorum", 1)
    policy = (
        CliRunner().invoke(app, ["audit", "policy", "--trust", str(typed.folder), "--root", str(typed.root)]).stdout
    )
    assert f"witness council {REMORA} https://w.example/a\ngroup enough-witnesses 1 council\n" in policy
    assert (
        typed.refused("drop-witness", "council", "--folder", typed.folder, "--root", typed.root) == "change-impossible"
    )
    typed.in_force("set-quorum", 0)
    typed.in_force("drop-witness", "council")


ISSUERS = """[[issuer]]
name = "northshire"
title = "Northshire account"
issuer = "https://login.northshire.example"
client_id = "desk"
levels = { two = 2 }
[issuer.claims]
staff = "employee_id"
"""


def test_who_vouches_at_a_desk_is_signed_by_custodians(typed: Typed) -> None:
    """A custodian would sign a digest, or a file that no desk can read, or for an agency that is not there."""
    draft, bad = typed.home / "issuers.toml", typed.home / "bad.toml"
    draft.write_text(ISSUERS)
    bad.write_text(ISSUERS.replace("= 2", "= 7"))
    assert typed.refused("set-issuers", "council", bad, "-f", typed.folder, "--root", typed.root) == "issuers-invalid"
    assert typed.refused("set-issuers", "nobody", draft, "-f", typed.folder, "--root", typed.root) == "agency-missing"
    said = typed.change("set-issuers", "council", draft)
    assert "+ issuers/council.toml" in said and "https://login.northshire.example" in said
    shown = typed.type("sign", "--secrets", typed.home / "okafor.json", "-f", typed.folder, "--root", typed.root)
    assert "signs with Ed25519, ES256, PS256" in shown.output
    typed.in_force("set-issuers", "council", draft)
    listed = keyfiles.opened(typed.folder, typed.root, None)
    assert listed.target("issuers/council.toml").decode() == ISSUERS
    assert "PROBLEM" not in typed.done("verify", "--folder", typed.folder, "--root", typed.root)
    typed.in_force("drop-issuers", "council")
    assert "issuers/council.toml" not in keyfiles.opened(typed.folder, typed.root, None).targets
