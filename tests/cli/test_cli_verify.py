"""`broker keys verify` finds what custodians signed by mistake: records that do not fit the list they stand on."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from place import Typed, rehearsed

from broker.audit.checkpoint import parse_vkey
from broker.cli import keyfiles
from broker.cli.keyfiles import custodian_key, online_key
from broker.keys.destroying import LINKAGE_UNIT, destroyed_record
from broker.keys.make import ed25519
from broker.keys.testkeys import published
from broker.keys.trust import Trust
from broker.trustlist import repository, transcript
from broker.trustlist.transcript import Person, Recorder
from broker.vaults.secretfile import read_secrets
from broker.wire.fields import canonical

ROOT = Path(__file__).parents[2]
VECTORS = (ROOT / "keys" / "vectors" / "tokens.json").read_bytes()
Targets = dict[str, bytes | None]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Typed:
    return rehearsed(tmp_path_factory.mktemp("place"))


@pytest.fixture
def typed(made: Typed, tmp_path: Path) -> Typed:
    home = tmp_path / "place"
    shutil.copytree(made.home, home)
    home.chmod(0o700)
    return Typed(home)


def signed(typed: Typed, targets: Targets) -> None:
    """Two custodians sign whatever it is, and it is published."""
    repository.propose(typed.folder, targets=targets, now=keyfiles.now())
    for name in ("adeyemi", "okafor"):
        _, key = custodian_key(typed.home / f"{name}.json", None, rehearsal=True)
        repository.sign(typed.folder, custodian=key)
    repository.publish(typed.folder, online=online_key(typed.home / "online.json", None), now=keyfiles.now())


def problem(typed: Typed) -> tuple[str, str]:
    """The check that does not hold, and its code."""
    result = typed.type("verify", "--folder", typed.folder, "--root", typed.root, "--json")
    wrong, *_ = [one for one in json.loads(result.output)["checks"] if not one["holds"]]
    assert result.exit_code == 1
    return wrong["name"], wrong["code"]


def record(typed: Typed) -> dict[str, object]:
    found: dict[str, object] = json.loads(keyfiles.opened(typed.folder, typed.root, None).target("epochs/0001.json"))
    return found


def other_point(typed: Typed) -> Targets:
    return {"epochs/0001.json": json.dumps(record(typed) | {"public": PUBLIC}).encode()}


def other_scheme(typed: Typed) -> Targets:
    return {"epochs/0001.json": json.dumps(record(typed) | {"scheme_digest": "0" * 64}).encode()}


def other_path(typed: Typed) -> Targets:
    return {"epochs/0009.json": json.dumps(record(typed)).encode()}


def too_many(typed: Typed) -> Targets:
    return {"epochs/0002.json": json.dumps(record(typed) | {"epoch": 2}).encode()}


def destroyed(typed: Typed, *, number: int, key: bytes) -> Targets:
    made = destroyed_record(
        "brackwater", LINKAGE_UNIT, secret=("oprf", number), at=1, signing_key=ed25519(key), public=bytes(32)
    )
    return {f"destroyed/linkage_unit-oprf-{number}.json": made.model_dump_json().encode()}


def gone(typed: Typed, party: str, name: str, *, number: int = 9, public: bytes | None = None) -> Targets:
    """The record of a party, signed by the unit's or the broker's listed key, or by nobody who is listed."""
    owner, key = ("broker", "receipt") if party == "broker" else ("linkunit", "signing")
    secret = read_secrets(typed.home / f"{owner}.json", owner=owner).bytes32(key)
    made = destroyed_record(
        "brackwater", party, secret=(name, number), at=1, signing_key=ed25519(secret), public=public
    )
    return {f"destroyed/{party}-{name}-{number}.json": made.model_dump_json(exclude_none=True).encode()}


def log_key(trust: Trust) -> bytes:
    return parse_vkey(trust.broker.audit_log).public.public_bytes_raw()


def listed(typed: Typed) -> Trust:
    return keyfiles.opened(typed.folder, typed.root, None).trust


def unit_key(typed: Typed) -> bytes:
    return read_secrets(typed.home / "linkunit.json", owner="linkunit").bytes32("signing")


def ceremony(name: str, key: bytes) -> Targets:
    recorder = Recorder("x", "brackwater", 1, (Person(name=name, role="custodian", public=public_key_of(key)),))
    recorder.did("something", by=(name,), files={})
    data = canonical(recorder.transcript())
    signatures = transcript.sign(data, {name: ed25519(key)}).model_dump_json().encode()
    return {"ceremonies/x.json": data, "ceremonies/x.sig.json": signatures}


def public_key_of(key: bytes) -> bytes:
    return ed25519(key).public_key().public_bytes_raw()


PUBLIC = "8MCKafaDbTrLlc5BUl-uqEBMO4bWgRDq6WC3vFfvBws"
STRANGER = published("stranger")
CASES: dict[str, tuple[Callable[[Typed], Targets], str, str]] = {
    "no record": (lambda _: {"epochs/0001.json": None}, "epochs", "epoch-differs"),
    "another point": (other_point, "epochs", "epoch-differs"),
    "another scheme": (other_scheme, "epochs", "epoch-differs"),
    "another path": (other_path, "epochs", "epoch-differs"),
    "one too many": (too_many, "epochs", "epoch-differs"),
    "destroyed by a stranger": (lambda t: gone(t, "strangers", "seal"), "destroyed", "destroyed-unsigned"),
    "an envelope key in use": (lambda t: gone(t, "linkage_unit", "seal", number=1), "destroyed", "destroyed-open"),
    "its public half": (
        lambda t: gone(t, "linkage_unit", "seal", public=listed(t).linkage_unit.seal),
        "destroyed",
        "destroyed-open",
    ),
    "the unit's signature key in use": (
        lambda t: gone(t, "linkage_unit", "signing", public=listed(t).linkage_unit.signing),
        "destroyed",
        "destroyed-open",
    ),
    "the broker's seal in use": (
        lambda t: gone(t, "broker", "seal", public=listed(t).broker.seals[0]),
        "destroyed",
        "destroyed-open",
    ),
    "the broker's receipt key in use": (
        lambda t: gone(t, "broker", "receipt", public=listed(t).broker.receipt),
        "destroyed",
        "destroyed-open",
    ),
    "the broker's request key in use": (
        lambda t: gone(t, "broker", "request", public=listed(t).broker.request),
        "destroyed",
        "destroyed-open",
    ),
    "the log's key in use": (
        lambda t: gone(t, "broker", "audit_log", public=log_key(listed(t))),
        "destroyed",
        "destroyed-open",
    ),
    "an agency's key in use": (
        lambda t: gone(t, "council", "desk", public=listed(t).agency("council").keys[0].public),
        "destroyed",
        "destroyed-open",
    ),
    "a broker's key that is not named": (lambda t: gone(t, "broker", "receipt"), "destroyed", "destroyed-other"),
    "destroyed and open": (lambda t: destroyed(t, number=1, key=unit_key(t)), "destroyed", "destroyed-open"),
    "destroyed, never used": (lambda t: destroyed(t, number=7, key=unit_key(t)), "destroyed", "destroyed-other"),
    "a stranger's ceremony": (lambda _: ceremony("stranger", STRANGER), "ceremonies", "transcript-unsigned"),
    "other tokens": (lambda _: {"vectors/tokens.json": VECTORS.replace(b'"e8', b'"e9')}, "vectors", "vectors-differ"),
}


@pytest.mark.parametrize(("targets", "name", "code"), CASES.values(), ids=CASES)
def test_what_does_not_fit_is_found(typed: Typed, targets: Callable[[Typed], Targets], name: str, code: str) -> None:
    """Enough signatures would make anything true."""
    signed(typed, targets(typed))
    found = problem(typed)
    assert found[0] == name or (code == "epoch-differs" and found[0] in ("epochs", "destroyed"))
    assert found[1] == code


def test_records_outlive_the_key_that_signed_them(typed: Typed) -> None:
    """A stolen signature key could not be removed without every record of before turning false."""
    made = destroyed_record(
        "brackwater", LINKAGE_UNIT, secret=("seal", 7), at=1, signing_key=ed25519(STRANGER), public=bytes(32)
    )
    assert "vouched" not in typed.done("verify", "--folder", typed.folder, "--root", typed.root)
    signed(typed, {"destroyed/linkage_unit-seal-7.json": made.model_dump_json().encode()})
    said = typed.done("verify", "--folder", typed.folder, "--root", typed.root)
    assert "1 keys; 1 vouched for by the custodians only" in said


def test_what_fits_holds(typed: Typed) -> None:
    """`verify` would cry wolf."""
    signed(typed, {"vectors/tokens.json": VECTORS})
    shutil.copy(ROOT / "keys" / "inventory.json", typed.folder)
    said = typed.done("verify", "--folder", typed.folder, "--root", typed.root)
    assert "PROBLEM" not in said and "known answers" in said and "inventory" in said


def test_a_broken_inventory_is_found(typed: Typed) -> None:
    """Nobody would notice until a key is lost that is not in it."""
    (typed.folder / "inventory.json").write_text("{}")
    assert problem(typed) == ("inventory", "inventory-invalid")


def test_a_custodian_sees_whether_the_root_names_their_key(typed: Typed) -> None:
    """Somebody would find out at the change that can't wait that they are a custodian no more."""
    where = ("--folder", typed.folder, "--root", typed.root, "--secrets")
    assert "signs as custodian adeyemi" in typed.done("verify", *where, typed.home / "adeyemi.json")
    assert "signs as online key" in typed.done("verify", *where, typed.home / "online.json")
    typed.made("custodian", "okafor", typed.home / "other.json", "--clear", public="other.public.json")
    assert typed.refused("verify", *where, typed.home / "other.json") == "keys-wrong"
