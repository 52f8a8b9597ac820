"""A workspace that is used for long, as at a desk, is one of now: what it keeps in memory follows its files."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest
from client_parties import NOW, trust_json
from trust_lists import change

from broker.agency.workspace import read_workspace
from broker.errors import Misconfigured, Untrusted
from broker.trustlist.repository import Lifetimes
from broker.vaults.secretfile import seal_file


def test_a_trust_list_is_verified_once_and_again_when_it_changes(workspace: Path) -> None:
    """An agency that was suspended is trusted here until somebody starts the desk again."""
    place = read_workspace(workspace, clock=lambda: NOW)
    first = place.read_trust()
    assert place.read_trust() is first
    document = json.loads(trust_json())
    document["agencies"][0]["status"] = "suspended"
    change(workspace, document, now=NOW)
    assert place.read_trust().agencies[0].status == "suspended"
    (workspace / "root.json").write_bytes(b"{}")
    with pytest.raises(Untrusted):
        place.read_trust()


def test_a_trust_list_that_has_expired_is_no_longer_believed(workspace: Path) -> None:
    """Nobody says any more that it still holds, and it is held in memory all the same."""
    now = [NOW]
    change(workspace, json.loads(trust_json()), now=NOW, lifetimes=Lifetimes(*[dt.timedelta(days=1)] * 3))
    place = read_workspace(workspace, clock=lambda: now[0])
    place.read_trust()
    now[0] += dt.timedelta(days=2)
    with pytest.raises(Untrusted) as caught:
        place.read_trust()
    assert caught.value.code == "trust-list-expired"


def test_a_passphrase_is_asked_for_once_and_again_when_the_file_changes(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each key that a question needs is one more prompt, and a tenth of a second."""
    asked = []

    def typed(owner: str, *, file: Path | None) -> bytes:
        asked.append(owner)
        return b"five words drawn by dice"

    monkeypatch.setattr("broker.agency.workspace.find_passphrase", typed)
    monkeypatch.setattr("broker.vaults.vault.find_passphrase", lambda owner, **_: typed(owner, file=None))
    path, owner = workspace / "secrets.json", "agency:council"
    seal_file(path, b"five words drawn by dice", owner=owner, passphrase=lambda: b"")
    place = read_workspace(workspace, clock=lambda: NOW)
    assert place.desk_signer().key_id == "council/desk-1" and place.read_secrets() is place.read_secrets()
    assert asked == [owner]
    place.add_secrets({"desk.2": bytes(32)})
    assert "desk.2" in place.read_secrets().names
    path.unlink()
    with pytest.raises(Misconfigured):
        place.read_secrets()
