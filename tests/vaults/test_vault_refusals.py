"""What stops a start: every way in which a secret file does not fit its place, and what is said of it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from vault_place import HEADER, SECRET, TODAY, WORDS, Settings

from broker.errors import Misconfigured
from broker.keys.testkeys import published
from broker.vaults.secretfile import Header, add_secrets, encode64, write_file, write_secrets
from broker.vaults.vault import Where, open_file, open_vault

SHOWN = (SECRET.hex(), encode64(SECRET), repr(SECRET), "otter")
Change = Callable[[Path], object]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    home = tmp_path / "etc"
    write_file(home / "secrets.json", HEADER, values={"label": SECRET}, passphrase=WORDS)
    (home / "passphrase").write_bytes(WORDS + b"\n")
    (home / "passphrase").chmod(0o600)
    return Settings(home / "secrets.json", tmp_path / "seen", home / "passphrase")


def again(path: Path, header: Header, *, value: bytes = SECRET, sealed: bool = True) -> None:
    path.unlink()
    write_file(path, header, values={"label": value}, passphrase=WORDS if sealed else None)


REFUSED: list[tuple[str, Change, str]] = [
    ("it is missing", lambda path: path.unlink(), "secrets-missing"),
    ("it is a folder", lambda path: (path.unlink(), path.mkdir()), "secrets-missing"),
    ("its group reads it", lambda path: path.chmod(0o640), "secrets-readable"),
    ("everybody reads it", lambda path: path.chmod(0o604), "secrets-readable"),
    ("everybody writes it", lambda path: path.chmod(0o602), "secrets-readable"),
    ("its group writes its folder", lambda path: path.parent.chmod(0o770), "secrets-replaceable"),
    ("everybody writes its folder", lambda path: path.parent.chmod(0o757), "secrets-replaceable"),
    (
        "it is another party's",
        lambda path: again(path, HEADER.model_copy(update={"owner": "x"})),
        "secrets-wrong-owner",
    ),
    ("it is cut off", lambda path: path.write_bytes(path.read_bytes()[:-9]), "secrets-damaged"),
    ("it is huge", lambda path: path.write_bytes(b" " * 5_000_000), "secrets-damaged"),
    ("one byte changed", lambda path: path.write_text(path.read_text().replace('"sealed": "A', '"sealed": "B')), ""),
    ("the passphrase is another", lambda path: (path.parent / "passphrase").write_text("otter"), "secrets-sealed"),
    ("the passphrase is empty", lambda path: (path.parent / "passphrase").write_text("\n"), "passphrase-missing"),
    ("there is no passphrase", lambda path: (path.parent / "passphrase").unlink(), "secrets-missing"),
    ("others read the passphrase", lambda path: (path.parent / "passphrase").chmod(0o644), "secrets-readable"),
    (
        "it expired",
        lambda path: again(path, HEADER.model_copy(update={"expires": dt.date(2026, 11, 21)})),
        "secrets-expired",
    ),
    (
        "it is a rehearsal's",
        lambda path: again(path, HEADER.model_copy(update={"kind": "rehearsal"})),
        "secrets-rehearsal",
    ),
    ("it is in the clear", lambda path: again(path, HEADER, sealed=False), "secrets-clear"),
    (
        "a key of it is published",
        lambda path: again(path, HEADER, value=published("broker/label")),
        "secrets-published",
    ),
    ("a key of it is no key", lambda path: again(path, HEADER, value=bytes(32)), "secrets-published"),
]


@pytest.mark.parametrize(
    ("change", "code"), [(change, code) for _, change, code in REFUSED], ids=[n for n, _, _ in REFUSED]
)
def test_a_live_place_refuses(settings: Settings, change: Change, code: str) -> None:
    """The service stops, and says the file and what to do, never what is in it."""
    if code == "":
        content = json.loads(settings.secrets.read_text())
        turned = ("B" if content["sealed"][40] != "B" else "C").join((content["sealed"][:40], content["sealed"][41:]))
        settings.secrets.write_text(json.dumps({**content, "sealed": turned}))
        code = "secrets-sealed"
    else:
        change(settings.secrets)
    with pytest.raises(Misconfigured) as caught:
        open_vault(settings, owner="broker", rehearsal=False, today=TODAY)
    error = caught.value
    assert error.code == code
    assert str(settings.secrets.parent) in error.message and error.hint
    assert not any(shown in str(error) for shown in SHOWN)
    assert error.__suppress_context__ or error.__context__ is None


def test_what_fits_is_opened(settings: Settings) -> None:
    """The last day counts, and a place that is right is not refused."""
    again(settings.secrets, HEADER.model_copy(update={"expires": TODAY}))
    assert open_vault(settings, owner="broker", rehearsal=False, today=TODAY).bytes32("label") == SECRET


@pytest.mark.parametrize("value", [SECRET, published("broker/label"), bytes(32)])
def test_a_rehearsal_takes_clear_and_published_keys(settings: Settings, value: bytes) -> None:
    """A demonstration starts with what a live place refuses; an expired file it refuses too."""
    settings.secrets.unlink()
    write_secrets(settings.secrets, "broker", created="2026-11-22", values={"label": value})
    assert open_vault(settings, owner="broker", rehearsal=True, today=TODAY).bytes32("label") == value
    again(settings.secrets, HEADER.model_copy(update={"expires": dt.date(2026, 1, 1)}), sealed=False)
    with pytest.raises(Misconfigured, match="expired on 2026-01-01"):
        open_vault(settings, owner="broker", rehearsal=True, today=TODAY)


def test_an_older_copy_is_refused_where_a_newer_one_was_in_use(settings: Settings, tmp_path: Path) -> None:
    """A restored file would bring destroyed keys back and lack new ones; elsewhere nobody can know."""
    older = settings.secrets.read_bytes()
    add_secrets(settings.secrets, {"label.2": SECRET}, owner="broker", passphrase=lambda: WORDS)
    newer = settings.secrets.read_bytes()
    for _ in range(2):
        assert "label.2" in open_vault(settings, owner="broker", rehearsal=False, today=TODAY).names
    settings.secrets.write_bytes(older)
    with pytest.raises(Misconfigured, match="is an older copy: number 1, and 2 was in use here") as caught:
        open_vault(settings, owner="broker", rehearsal=False, today=TODAY)
    assert caught.value.code == "secrets-rolled-back" and str(settings.secrets) in str(caught.value)
    elsewhere = replace(settings, trust_seen=tmp_path / "elsewhere")
    assert "label.2" not in open_vault(elsewhere, owner="broker", rehearsal=False, today=TODAY).names
    settings.secrets.write_bytes(newer)
    assert "label.2" in open_vault(settings, owner="broker", rehearsal=False, today=TODAY).names


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b'{"serial":"x"}', b"\xff", b"null"])
def test_a_damaged_memory_is_refused_not_forgotten(settings: Settings, content: bytes) -> None:
    """Forgetting would let an older copy in."""
    open_vault(settings, owner="broker", rehearsal=False, today=TODAY)
    (memory,) = settings.trust_seen.glob("secrets-*.json")
    memory.write_bytes(content)
    with pytest.raises(Misconfigured) as caught:
        open_vault(settings, owner="broker", rehearsal=False, today=TODAY)
    assert caught.value.code == "seen-damaged" and str(memory) in str(caught.value)


def test_a_memory_that_can_not_be_written_is_refused(settings: Settings, tmp_path: Path) -> None:
    """Without it the next roll-back would not be noticed."""
    (tmp_path / "file").write_text("")
    with pytest.raises(Misconfigured) as caught:
        open_vault(replace(settings, trust_seen=tmp_path / "file"), owner="broker", rehearsal=False, today=TODAY)
    assert caught.value.code == "seen-unwritable"


@pytest.mark.parametrize("owner", ["broker", "linkunit", "agency:council", "granter:carers_council/a.adeyemi"])
def test_every_party_is_held_to_it(tmp_path: Path, owner: str) -> None:
    """Each party's file is looked at in the same way and remembered under its own name."""
    path, seen = tmp_path / "secrets.json", tmp_path / "seen"
    write_file(path, Header(owner=owner, created=TODAY), values={"key": SECRET}, passphrase=WORDS)
    typed = []

    def ask(prompt: str) -> str:
        typed.append(prompt)
        return WORDS.decode()

    opened = open_file(Where(path, seen=seen), owner=owner, rehearsal=False, today=TODAY, ask=ask)
    assert opened.bytes32("key") == SECRET and owner in typed[0]
    assert len(list(seen.glob("secrets-*.json"))) == 1
    again(path, Header(owner=owner, created=TODAY), sealed=False)
    with pytest.raises(Misconfigured, match="is not sealed"):
        open_file(Where(path, seen=seen), owner=owner, rehearsal=False, today=TODAY)


def test_a_clear_file_is_taken_as_a_credential(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """systemd keeps it sealed on disk and opens it to this service alone, by a list that looks like a group."""
    again(settings.secrets, HEADER, sealed=False)
    settings.secrets.chmod(0o440)
    settings.secrets.parent.chmod(0o550)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(settings.secrets.parent))
    assert open_vault(settings, owner="broker", rehearsal=False, today=TODAY).bytes32("label") == SECRET
    settings.secrets.chmod(0o444)
    with pytest.raises(Misconfigured, match="others can read"):
        open_vault(settings, owner="broker", rehearsal=False, today=TODAY)
