"""Keys that are not fit for their place stop the start of every party: broker, linkage unit, agency and granter.

In a live place all secret files are sealed. What each refusal says names the file, and nothing that is in it.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from softhsm import PIN
from world import ADDRESSES, AGENCIES, NOW, POLICIES, STAFF

from broker import oprf
from broker.agency.commands_grant import own_key
from broker.agency.workspace import read_workspace
from broker.errors import BrokerError, Misconfigured
from broker.hardening import FOR_TESTS
from broker.keys.testkeys import published
from broker.linkunit.app import open_unit
from broker.linkunit.settings import load_settings as load_unit_settings
from broker.server import put_together
from broker.settings import load_settings
from broker.store import engine, tables
from broker.synthetic.parties import GRANTERS, ORIGIN, Parties, make_parties, publish
from broker.vaults.passphrase import credential_name
from broker.vaults.secretfile import Header, add_secrets, encode64, read_file, write_file

WORDS = b"otter basin lantern mild verge"
GRANTER = next(iter(GRANTERS))
PARTIES = ("broker", "linkunit", "agency:council", f"granter:{GRANTER}")


@dataclass
class Place:
    """A place that is for real people: its trust list says so, and every secret file is sealed."""

    parties: Parties
    database_url: str
    settings: dict[str, object]

    def file(self, owner: str) -> Path:
        party, _, name = owner.partition(":")
        homes = {"agency": self.parties.home(name or "x"), "granter": self.parties.granter(name or "x")}
        return homes.get(party, self.parties.home(party)) / "secrets.json"

    def values(self, owner: str) -> Mapping[str, bytes]:
        return read_file(self.file(owner), owner=owner, passphrase=lambda: WORDS).values

    def rewrites(self, owner: str, *, sealed: bool = True, **changed: object) -> None:
        """Another secret file in the place of this one: other values, or another header."""
        values = {**self.values(owner), **changed.pop("values", {})}  # type: ignore[dict-item]
        self.file(owner).unlink()
        header = Header(owner=owner, created=NOW.date()).model_copy(update=changed)
        write_file(self.file(owner), header, values=values, passphrase=WORDS if sealed else None)

    def starts(self, owner: str) -> object:
        """What this party does first with its keys."""
        party, _, name = owner.partition(":")
        if party == "broker":
            given = {**self.parties.trusted("broker"), "secrets": self.file(owner), **self.settings}
            parts = put_together(
                load_settings(database_url=self.database_url, policies=POLICIES, origin=ORIGIN, **given),
                now=lambda: NOW,
            )
            parts.store.engine.dispose()
            return parts
        if party == "linkunit":
            given = {**self.parties.trusted("linkunit"), "secrets": self.file(owner), **self.settings}
            unit = open_unit(load_unit_settings(ledger=self.file(owner).parent / "ledger.db", **given), lambda: NOW)
            unit.ledger.close()
            return unit
        if party == "agency":
            return read_workspace(self.parties.home(name), clock=lambda: NOW).desk_signer()
        trust = self.parties.trust
        return own_key(trust.granter(name), self.file(owner), listed=trust, today=NOW.date())


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Parties:
    """The parties of a live place, to copy."""
    folder = tmp_path_factory.mktemp("template") / "place"
    parties = make_parties(folder, AGENCIES, addresses=ADDRESSES, place="brackwater", today=NOW.date(), staff=STAFF)
    parties = publish(parties, parties.trust.model_copy(update={"rehearsal": False}), now=NOW)
    for owner in PARTIES:
        Place(parties, "", {}).rewrites(owner)
    return parties


@pytest.fixture
def place(template: Parties, tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Place:
    parties = replace(template, folder=Path(shutil.copytree(template.folder, tmp_path / "place")))
    credentials = tmp_path / "credentials"
    credentials.mkdir(mode=0o700)
    for owner in PARTIES:
        name = credentials / credential_name(owner)
        name.write_bytes(WORDS)
        name.chmod(0o400)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(credentials))
    return Place(parties, sqlite_url, {})


def wider(path: Path) -> None:
    path.parent.chmod(0o777)


def rolled_back(place: Place, owner: str) -> None:
    older = place.file(owner).read_bytes()
    add_secrets(place.file(owner), {"another": os.urandom(32)}, owner=owner, passphrase=lambda: WORDS)
    place.starts(owner)
    place.file(owner).write_bytes(older)


EVERYBODY: list[tuple[str, Callable[[Place, str], object], str]] = [
    ("missing", lambda place, owner: place.file(owner).unlink(), "secrets-missing"),
    ("readable by others", lambda place, owner: place.file(owner).chmod(0o644), "secrets-readable"),
    ("replaceable by others", lambda place, owner: wider(place.file(owner)), "secrets-replaceable"),
    ("another party's", lambda place, owner: place.rewrites(owner) or misplace(place, owner), "secrets-wrong-owner"),
    ("in the clear", lambda place, owner: place.rewrites(owner, sealed=False), "secrets-clear"),
    ("a rehearsal's", lambda place, owner: place.rewrites(owner, kind="rehearsal"), "secrets-rehearsal"),
    ("expired", lambda place, owner: place.rewrites(owner, expires=dt.date(2026, 11, 21)), "secrets-expired"),
    (
        "with a published key",
        lambda place, owner: place.rewrites(owner, values={"x": published("x")}),
        "secrets-published",
    ),
    ("an older copy", rolled_back, "secrets-rolled-back"),
]


def misplace(place: Place, owner: str) -> None:
    other = next(one for one in PARTIES if one != owner)
    place.file(owner).write_bytes(place.file(other).read_bytes())


@pytest.mark.parametrize("owner", PARTIES)
@pytest.mark.parametrize(("name", "spoil", "code"), EVERYBODY, ids=[row[0] for row in EVERYBODY])
def test_no_party_starts_with_unfit_keys(
    place: Place, owner: str, name: str, spoil: Callable[[Place, str], object], code: str
) -> None:
    """A party works with keys that others have, or that nobody looks after."""
    place.starts(owner)
    held = [value for value in place.values(owner).values() if len(value) == 32]
    spoil(place, owner)
    with pytest.raises(Misconfigured) as caught:
        place.starts(owner)
    assert caught.value.code == code, name
    assert str(place.file(owner).parent) in str(caught.value)
    assert not any(spelt in str(caught.value) for value in held for spelt in (value.hex(), encode64(value)))


def another_generation(place: Place) -> None:
    """The database is further than the secret file: a restored machine, or a second one that was forgotten."""
    store = engine.open_store(place.database_url)
    with store.engine.begin() as connection:
        for number in (1, 2):
            row = {"generation": number, "epoch": 1, "label": number, "reference": 1, "kek": 1, "opened": 0}
            connection.execute(tables.keysets.insert().values(**row, closed=None))
    store.engine.dispose()


def pinned(place: Place, **settings: object) -> None:
    pin = place.file("broker").parent / "pin"
    pin.write_text(PIN)
    pin.chmod(0o600)
    place.settings = {"hsm_module": pin.parent / "none.so", "hsm_pin_file": pin, **settings}


def other(owner: str, name: str, value: Callable[[], bytes] = lambda: os.urandom(32)) -> Callable[[Place], object]:
    return lambda place: place.rewrites(owner, values={name: value()})


def another_k() -> bytes:
    return oprf.scalar(os.urandom(64))


def no_scalar() -> bytes:
    return os.urandom(31) + b"\xff"


def transit(url: str, **settings: object) -> Callable[[Place], object]:
    return lambda place: place.settings.update(transit_url=url, **settings)


LISTED: list[tuple[str, str, Callable[[Place], object], str, str]] = [
    ("another receipt key", "broker", other("broker", "receipt"), "keys-mismatch", ""),
    ("another seal key", "broker", other("broker", "seal"), "keys-mismatch", ""),
    ("another log key", "broker", other("broker", "audit_log"), "keys-mismatch", ""),
    ("a generation that is not held", "broker", another_generation, "secret-missing", "`label.2`"),
    ("another k", "linkunit", other("linkunit", "oprf", another_k), "keys-mismatch", "`oprf`"),
    ("no k at all", "linkunit", other("linkunit", "oprf", no_scalar), "secret-damaged", "`oprf`"),
    ("another envelope key", "linkunit", other("linkunit", "seal"), "keys-mismatch", "`seal`"),
    ("another signing key", "linkunit", other("linkunit", "signing"), "keys-mismatch", ""),
    ("another granter's key", PARTIES[3], other(PARTIES[3], "grant"), "keys-mismatch", GRANTER),
    ("a token that is not there", "broker", pinned, "token-missing", "`broker`"),
    ("a token without a PIN", "linkunit", lambda place: pinned(place, hsm_pin_file=None), "settings-invalid", "PIN"),
    ("a key service in the clear", "broker", transit("http://x:1", transit_token_file="t"), "transit-clear", "https"),
    ("a key service without a token", "linkunit", transit("https://x:1"), "settings-invalid", "TOKEN"),
]


@pytest.mark.parametrize(("name", "owner", "spoil", "code", "names"), LISTED, ids=[row[0] for row in LISTED])
def test_no_service_starts_with_other_keys_than_are_called_for(
    place: Place, name: str, owner: str, spoil: Callable[[Place], object], code: str, names: str
) -> None:
    """Keys that are not the trust list's, or not those that the database's rows are under."""
    spoil(place)
    with pytest.raises(BrokerError) as caught:
        place.starts(owner)
    assert (caught.value.code, names in str(caught.value)) == (code, True), name


@pytest.mark.parametrize("owner", ["broker", "linkunit"])
def test_a_live_place_does_not_start_with_its_memory_open(
    place: Place, owner: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The variable of one test was left set where real people are."""
    place.starts(owner)
    monkeypatch.setenv(FOR_TESTS, "1")
    with pytest.raises(Misconfigured, match=FOR_TESTS):
        place.starts(owner)
    rehearsed = publish(place.parties, place.parties.trust.model_copy(update={"rehearsal": True}), now=NOW)
    assert replace(place, parties=rehearsed).starts(owner)


def test_a_refused_agency_ends_as_for_keys(place: Place) -> None:
    """A nightly job must wake whoever looks after keys, not whoever wrote the settings."""
    from agency_of_world import Agency

    from broker.agency.edges import Edges

    edges = Edges(now=lambda: NOW, random_bytes=os.urandom, pause=lambda seconds: None)
    place.rewrites("agency:council", sealed=False)
    ran = Agency("council", place.parties.home("council"), edges, []).runs("reconcile")
    assert ran.code == 6 and "[secrets-clear]" in ran.error and "Traceback" not in ran.error
    assert json.loads(place.file("agency:council").read_text())["secrets"]["desk"] not in ran.error
