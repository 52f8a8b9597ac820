"""Anything missing or wrong stops the start, with a sentence that names it and shows no value."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from world import ADDRESSES, AGENCIES, NOW, POLICIES

from broker.errors import BadInput, Misconfigured, Untrusted
from broker.server import put_together
from broker.settings import load_settings
from broker.synthetic.parties import ORIGIN, Parties, make_parties, publish
from broker.synthetic.servers import broker_environment


@dataclass
class Place:
    """Everything a broker starts from, to spoil some of it."""

    parties: Parties
    folder: Path
    environment: dict[str, str]

    @property
    def secrets(self) -> Path:
        return Path(self.environment["BROKER_SECRETS"])

    @property
    def metadata(self) -> Path:
        return Path(self.environment["BROKER_TRUST"]) / "metadata"

    @property
    def agreement(self) -> Path:
        return Path(self.environment["BROKER_POLICIES"]) / "agreements" / "isa-2026-002.yaml"

    def set(self, **variables: str) -> None:
        self.environment.update(variables)

    def change(self, path: Path, old: str, new: str) -> None:
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new, 1))


@pytest.fixture
def place(tmp_path: Path, sqlite_url: str) -> Place:
    """A broker that would start."""
    parties = make_parties(tmp_path, AGENCIES, addresses=ADDRESSES, place="brackwater", today=NOW.date())
    policies = Path(shutil.copytree(POLICIES, tmp_path / "policies"))
    environment = broker_environment(parties, ADDRESSES, policies=policies, database_url=sqlite_url)
    assert environment["BROKER_ORIGIN"] == ORIGIN
    return Place(parties, tmp_path, environment)


def without_secret(place: Place, name: str) -> None:
    content = json.loads(place.secrets.read_text())
    del content["secrets"][name]
    place.secrets.write_text(json.dumps(content))


def other_secret(place: Place) -> None:
    content = json.loads(place.secrets.read_text())
    content["secrets"]["receipt"] = content["secrets"]["label"]
    place.secrets.write_text(json.dumps(content))


def other_sources(place: Place) -> None:
    """Custodians sign something that does not fit the agreements."""
    own = place.parties.trust
    agencies = [one.model_copy(update={"sources": ("hs2",)}) if one.agency == "school" else one for one in own.agencies]
    publish(place.parties, own.model_copy(update={"agencies": tuple(agencies)}), now=NOW)


# What is wrong, how it comes about, the code, and what the sentence names.
WRONG: tuple[tuple[str, Callable[[Place], object], str, str], ...] = (
    ("no secret file", lambda p: p.secrets.unlink(), "secrets-missing", "secrets.json"),
    ("a secret file that others can read", lambda p: p.secrets.chmod(0o640), "secrets-readable", "chmod 600"),
    ("a damaged secret file", lambda p: p.secrets.write_text('{"v":1'), "secrets-damaged", "secrets.json"),
    ("another's secret file", lambda p: p.change(p.secrets, '"broker"', '"x"'), "secrets-wrong-owner", "`broker`"),
    ("a missing secret", lambda p: without_secret(p, "label"), "secret-missing", "`label`"),
    ("no key for an agency", lambda p: without_secret(p, "kek.gp"), "secret-missing", "`kek.gp`"),
    ("other keys than are on the trust list", other_secret, "keys-mismatch", "trust list"),
    ("no trust list", lambda p: shutil.rmtree(p.metadata), "trust-list-missing", "timestamp.json"),
    ("no pinned root", lambda p: p.parties.root.unlink(), "trust-root-missing", "root.json"),
    ("a damaged trust list", lambda p: (p.metadata / "timestamp.json").write_text("{"), "trust-list-invalid", "keys"),
    ("a source that is another agency's", other_sources, "source-mismatch", "`hs2`"),
    ("no agreements", lambda p: shutil.rmtree(p.folder / "policies"), "policies-missing", "policies"),
    ("an agreement that is not YAML", lambda p: p.change(p.agreement, "share:", "share: ["), "", "isa-2026-002.yaml"),
    ("an agreement about no item", lambda p: p.change(p.agreement, "csc.cp_plan", "csc.x"), "", "isa-2026-002.yaml"),
    ("no such database", lambda p: p.set(BROKER_DATABASE_URL="mysql://x"), "database-url-invalid", "SQLite"),
    ("not a database", lambda p: p.set(BROKER_DATABASE_URL="::"), "database-url-invalid", "DATABASE_URL"),
    ("an empty database", lambda p: p.set(BROKER_DATABASE_URL="sqlite://"), "schema-differs", "migrate"),
    ("a port that is none", lambda p: p.set(BROKER_PORT="99999"), "settings-invalid", "BROKER_PORT"),
    ("an address that is none", lambda p: p.set(BROKER_PUBLIC_URL="x"), "settings-invalid", "PUBLIC_URL"),
)  # fmt: skip


@pytest.mark.parametrize(("name", "spoil", "code", "names"), WRONG, ids=[row[0] for row in WRONG])
def test_a_start_that_is_not_right_is_refused(
    place: Place, monkeypatch: pytest.MonkeyPatch, name: str, spoil: Callable[[Place], object], code: str, names: str
) -> None:
    """A broker starts with something missing, or its operator is not told what."""
    spoil(place)
    for variable, value in place.environment.items():
        monkeypatch.setenv(variable, value)
    with pytest.raises((Misconfigured, BadInput, Untrusted)) as caught:
        put_together(load_settings())
    assert code in ("", caught.value.code), name
    assert names in str(caught.value)


def test_a_start_that_is_right_is_not_refused(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """The table above proves nothing, because nothing starts."""
    for variable, value in place.environment.items():
        monkeypatch.setenv(variable, value)
    parts = put_together(load_settings())
    parts.store.engine.dispose()


@pytest.mark.parametrize(
    ("name", "spoil", "says"),
    [
        ("keys", lambda p: p.secrets.unlink(), "can't read the secret file"),
        ("agreements", lambda p: p.change(p.agreement, "status: signed", "status: [signed"), "isa-2026-002.yaml"),
    ],
)
def test_the_command_says_it_in_one_sentence(
    place: Place, name: str, spoil: Callable[[Place], None], says: str
) -> None:
    """An operator sees a traceback, or the service manager an exit code that means something else."""
    spoil(place)
    ran = subprocess.run(
        [sys.executable, "-m", "broker", "serve"],
        env={**os.environ, **place.environment},
        capture_output=True,
        timeout=60,
        text=True,
    )
    assert ran.returncode == 2, name
    assert says in ran.stderr
    assert "line" in ran.stderr or name == "keys"
    assert "Traceback" not in ran.stderr
    assert len(ran.stderr.splitlines()) == 1
