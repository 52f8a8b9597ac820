"""Rotations as they are typed: each party's steps on its own files, the custodians' in between, all records kept."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
from place import Typed, rehearsed

from broker.actions.note_start import note_start
from broker.cli import keyfiles
from broker.cli.rotationsteps import STEPS, What
from broker.keys.publics import AgencyKeyPublic
from broker.keys.trust import Trust
from broker.linkunit.newkeys import new_epoch
from broker.server import put_together
from broker.settings import load_settings
from broker.store import engine, schema
from broker.vaults.secretfile import read_secrets
from broker.wire.fields import encode64

POLICIES = Path(__file__).parents[2] / "policies"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Typed:
    return rehearsed(tmp_path_factory.mktemp("place"))


@pytest.fixture
def typed(made: Typed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Typed:
    home = tmp_path / "place"
    shutil.copytree(made.home, home)
    home.chmod(0o700)
    found = Typed(home)
    settings = {
        "BROKER_DATABASE_URL": f"sqlite:///{home}/broker.db",
        "BROKER_POLICIES": POLICIES,
        "BROKER_TRUST": found.folder,
        "BROKER_TRUST_ROOT": found.root,
        "BROKER_TRUST_SEEN": home / "broker-seen",
        "BROKER_SECRETS": home / "broker.json",
        "LINKUNIT_TRUST": found.folder,
        "LINKUNIT_TRUST_ROOT": found.root,
        "LINKUNIT_TRUST_SEEN": home / "linkunit-seen",
        "LINKUNIT_SECRETS": home / "linkunit.json",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, str(value))
    schema.migrate(engine.open_store(load_settings().database_url))
    note_start(put_together(load_settings()))
    return found


def trust(typed: Typed) -> Trust:
    return keyfiles.opened(typed.folder, typed.root, None).trust


def names(typed: Typed, owner: str) -> frozenset[str]:
    return read_secrets(typed.home / f"{owner}.json", owner=owner).names


def verified(typed: Typed, *more: object) -> dict[str, str]:
    said = typed.done("verify", "--folder", typed.folder, "--root", typed.root, "--json", *more)
    return {one["name"]: one["said"] for one in json.loads(said)["checks"]}


def test_k_is_rotated_by_typing(typed: Typed) -> None:
    """The yearly rotation would be done for the first time when k has leaked."""
    update, records = typed.home / "update.json", typed.home / "records"
    before = trust(typed).linkage_keys[0].public
    typed.done("rotate", "k", "new", "--out", update)
    typed.done("rotate", "k", "take", update)
    assert "update.2" in names(typed, "broker") and "oprf.2" in names(typed, "linkunit")
    typed.in_force("rotate", "k", "list", update)
    assert trust(typed).epochs == (1, 2)
    typed.done("rotate", "k", "open")
    assert "0 rows are left" in typed.done("rotate", "k", "renew")
    assert typed.refused("rotate", "k", "close", "--out", records) == "epoch-open"
    typed.in_force("rotate", "k", "unlist")
    assert "no record yet for k of epoch 1" in verified(typed)["destroyed"]
    typed.done("rotate", "k", "close", "--out", records)
    typed.done("rotate", "k", "destroy", "--out", records)
    typed.in_force("rotate", "k", "record", records)
    assert trust(typed).epochs == (2,) and trust(typed).linkage_keys[0].public != before
    assert "update.2" not in names(typed, "broker")
    assert {"oprf.2"} == {name for name in names(typed, "linkunit") if name.startswith("oprf")}
    assert verified(typed)["destroyed"] == "2 keys"


def test_a_false_update_token_is_replaced_by_the_true_one(typed: Typed) -> None:
    """Whoever stole the unit's signing key could stop the rotation of k for ever."""
    false, true = typed.home / "false.json", typed.home / "update.json"
    unit = read_secrets(typed.home / "linkunit.json", owner="linkunit")
    made = new_epoch(unit, trust(typed), random=os.urandom).update
    keyfiles.write_public(made, false)
    typed.done("rotate", "k", "take", false)
    held = read_secrets(typed.home / "broker.json", owner="broker").bytes32("update.2")
    typed.done("rotate", "k", "new", "--out", true)
    assert "took the place of another" in typed.done("rotate", "k", "take", true)
    kept = read_secrets(typed.home / "broker.json", owner="broker").bytes32("update.2")
    assert kept != held and encode64(held) not in (typed.home / "broker.json").read_text()
    typed.in_force("rotate", "k", "list", true)
    assert "took the place" not in typed.done("rotate", "k", "take", true)
    assert typed.refused("rotate", "k", "take", false) == "update-other"
    typed.done("rotate", "k", "open")
    typed.done("rotate", "k", "take", true)
    assert read_secrets(typed.home / "broker.json", owner="broker").bytes32("update.2") == kept


@pytest.mark.parametrize(
    ("what", "secrets"), [("labels", {"label", "reference"}), ("keks", {"kek.council", "protection"})]
)
def test_the_brokers_keys_are_rotated_by_typing(typed: Typed, what: str, secrets: set[str]) -> None:
    """Labels and key-encrypting keys would stay what they were on the first day."""
    records = typed.home / "records"
    typed.done("rotate", what, "open")
    assert {f"{name}.2" for name in secrets} <= names(typed, "broker")
    assert typed.refused("rotate", what, "open") == "generation-open"
    typed.done("rotate", what, "renew")
    typed.done("rotate", what, "close", "--out", records)
    assert not secrets & names(typed, "broker")
    typed.in_force("rotate", what, "record", records)
    assert verified(typed)["destroyed"] == "2 keys"


def test_the_envelope_key_is_rotated_by_typing(typed: Typed) -> None:
    """Evidence would be sealed to one key for ever."""
    public, records = typed.home / "seal.json", typed.home / "records"
    typed.done("rotate", "envelope", "new", "--out", public)
    typed.in_force("rotate", "envelope", "list", public)
    assert trust(typed).linkage_unit.seal_number == 2
    assert typed.refused("rotate", "envelope", "terms", "--out", typed.home / "run.json") == "reseal-nothing"
    assert typed.refused("rotate", "envelope", "destroy", "--out", records) == "nothing-over"
    typed.in_force("rotate", "envelope", "unlist")
    typed.done("rotate", "envelope", "destroy", "--out", records)
    typed.in_force("rotate", "envelope", "record", records)
    assert "seal" not in names(typed, "linkunit") and "seal.2" in names(typed, "linkunit")


def test_the_evidence_epoch_opens_and_closes_by_typing(typed: Typed) -> None:
    """Agencies would never be told to send evidence again."""
    typed.in_force("rotate", "evidence", "list")
    assert trust(typed).evidence_epochs == (1, 2)
    assert "generations open: 1" in typed.done("rotate", "evidence", "progress")
    typed.in_force("rotate", "evidence", "unlist")
    assert trust(typed).evidence_epochs == (2,)


@pytest.mark.parametrize("what", ["broker.receipt", "broker.request", "broker.seal", "linkage_unit.signing"])
def test_keys_of_services_are_rotated_by_typing(typed: Typed, what: str) -> None:
    """A signature key would be replaced only after it was stolen."""
    owner, name = ("linkunit", "signing") if what == "linkage_unit.signing" else ("broker", what.partition(".")[2])
    public, records = typed.home / "new.json", typed.home / "records"
    typed.done("rotate", what, "new", "--out", public)
    again = public.read_text()
    typed.done("rotate", what, "new", "--out", public)
    assert public.read_text() == again, "another key each time it is asked for"
    typed.in_force("rotate", what, "list", public)
    if what == "broker.seal":
        assert typed.refused("rotate", what, "destroy", "--out", records) == "nothing-over"
        shown = json.loads(typed.done("status", "--folder", typed.folder, "--root", typed.root, "--json"))["services"]
        typed.in_force("retire", next(one for one in shown if one.startswith("broker.seal/")))
    typed.done("rotate", what, "destroy", "--out", records)
    typed.in_force("rotate", what, "record", records)
    assert name not in names(typed, owner) and f"{name}.2" in names(typed, owner)
    found = verified(typed, "--secrets", typed.home / f"{owner}.json")
    assert found["destroyed"] == "1 keys"


def test_an_agencys_key_is_rotated_and_revoked_by_typing(typed: Typed) -> None:
    """A leaver's key would go on asking."""
    secret = typed.home / "new.json"
    said = json.loads(typed.made("custodian", "x", secret, "--clear", public="x.public.json"))["public"]
    (typed.home / "desk.json").write_text(json.dumps({"id": "council/desk-2", "public": said}))
    typed.in_force("rotate", "agency", "list", typed.home / "desk.json")
    assert len(trust(typed).signing_keys("council", "ask")) == 2
    typed.in_force("revoke", "council/desk-1")
    assert [key.public_bytes_raw() for key in trust(typed).vouching_keys("council", "ask")] == [
        keyfiles.read_public(AgencyKeyPublic, typed.home / "desk.json").public
    ]


def test_the_broker_is_prepared_for_an_agency_that_joins(typed: Typed) -> None:
    """The broker would stop on the day when somebody joins."""
    typed.done("prepare", "school")
    assert "kek.school" in names(typed, "broker")
    assert "there already" in typed.done("prepare", "school")


def test_what_a_secret_file_lacks_is_said(typed: Typed) -> None:
    """A restored copy would be found out by a stop at night."""
    for owner in ("broker", "linkunit", "council", "granter"):
        assert len(verified(typed, "--secrets", typed.home / f"{owner}.json")) > 6
    other = ("linkunit", typed.home / "other.json", "--clear")
    typed.made(*other, public="other.public.json")
    where = ("--folder", typed.folder, "--root", typed.root, "--secrets", typed.home / "other.json")
    result = typed.type("verify", *where)
    assert "PROBLEM  secret oprf" in result.output and "PROBLEM  secret seal" in result.output
    assert typed.refused("verify", *where) == "keys-wrong"


def test_status_shows_how_far_everything_is(typed: Typed) -> None:
    """Nobody would know which step comes next."""
    typed.change("suspend", "council")
    said = typed.done("status", "--folder", typed.folder, "--root", typed.root, "--at-broker")
    for text in ("epoch of k 1", "council/desk-1 (ask): active", "proposed: trust.json", "rows under the older"):
        assert text in said


@pytest.mark.parametrize("what", list(What))
def test_every_rotation_says_its_steps(typed: Typed, what: What) -> None:
    """An operator would have to know the order by heart."""
    said = typed.done("rotate", what)
    assert all(f" {one.name}:" in said for one in STEPS[what] if one.name)
    assert typed.refused("rotate", what, "nonsense") == "step-unknown"


def test_a_step_without_its_file_says_which(typed: Typed) -> None:
    """It would end in a traceback."""
    assert typed.refused("rotate", "k", "new") == "file-missing"
    assert typed.refused("rotate", "k", "take") == "file-missing"
    assert typed.refused("rotate", "k", "record", "--folder", typed.folder) == "file-missing"


def test_an_update_token_of_another_place_is_refused_by_everybody(typed: Typed, tmp_path: Path) -> None:
    """A wrong factor would turn every stored point into nobody's."""
    update = typed.home / "update.json"
    typed.done("rotate", "k", "new", "--out", update)
    changed = json.loads(update.read_text()) | {"place": "elsewhere"}
    update.write_text(json.dumps(changed))
    assert typed.refused("rotate", "k", "take", update) == "update-unsigned"
    where = ("--folder", typed.folder, "--root", typed.root)
    assert typed.refused("rotate", "k", "list", update, *where) == "update-unsigned"
