"""`init`: a workspace, keys that are sealed, and a mapping to begin with."""

from __future__ import annotations

import subprocess
import sys

from client_export import ROWS, write_export
from client_parties import secret

from broker.agency import mapping
from broker.agency.workspace import read_workspace
from broker.vaults.secretfile import read_file, read_secrets
from broker.wire.fields import encode64


def test_init_begins_a_mapping(run, tmp_path, parties) -> None:
    """The guessed mapping parses, and an existing one is not replaced."""
    export = write_export(tmp_path / "new", ROWS)
    (export.parent / "mapping.toml").unlink()
    code, out, _ = run("init", "--from", export)
    assert code == 0
    assert "Check every line" in out
    assert mapping.parse((export.parent / "mapping.toml").read_bytes()).cells["surname"].column == "Surname"
    assert run("init", "--from", export)[0] == 2


def _process(*arguments: str, typed: str) -> subprocess.CompletedProcess[str]:
    """The program as a user starts it, with `typed` at the keyboard."""
    command = [sys.executable, "-m", "broker.agency.cli", *arguments]
    return subprocess.run(command, input=typed, capture_output=True, text=True, check=False)


def test_init_makes_a_workspace_with_keys(tmp_path) -> None:
    """Seven answers make agency.toml and keys that only this user can read; the public halves are printed."""
    (tmp_path / "evidence.key").write_text(encode64(secret("evidence")) + "\n")
    folder = tmp_path / "homes"
    arguments = ("init", "--workspace", str(folder), "--evidence-key", str(tmp_path / "evidence.key"), "--reviewer")
    arguments += ("--rehearsal",)
    answers = "homes\nbrackwater\nhttps://b.example\nhttps://l.example\n\n\n\n"
    done = _process(*arguments, typed=answers)
    assert done.returncode == 0, done.stderr
    place = read_workspace(folder)
    assert (place.agency, place.live) == ("homes", False)
    held = read_secrets(place.secrets_path, owner="agency:homes")
    assert held.bytes32("evidence") == secret("evidence")
    public = held.ed25519("delivery").public_key().public_bytes_raw()
    assert f"homes/delivery-1  {encode64(public)}" in done.stdout
    assert encode64(held.bytes32("delivery")) not in done.stdout
    review = held.ed25519("review").public_key().public_bytes_raw()
    assert f"homes/review-1  {encode64(review)}" in done.stdout
    assert _process(*arguments, typed=answers).returncode == 2


def test_init_seals_the_keys_under_a_passphrase(tmp_path) -> None:
    """A stolen laptop holds no key; whoever runs `init` without a passphrase or a terminal is told what to give."""
    (tmp_path / "passphrase").write_text("otter basin lantern mild\n")
    (tmp_path / "passphrase").chmod(0o600)
    folder = tmp_path / "homes"
    answers = "homes\nbrackwater\nhttps://b.example\nhttps://l.example\n\n\n\n"
    bare = _process("init", "--workspace", str(tmp_path / "bare"), typed=answers)
    assert bare.returncode == 6 and "`agency-homes-passphrase`" in bare.stderr
    assert not (tmp_path / "bare").exists()
    done = _process(
        "init", "--workspace", str(folder), "--passphrase-file", str(tmp_path / "passphrase"), typed=answers
    )
    assert done.returncode == 0, done.stderr
    place = read_workspace(folder)
    assert place.passphrase_path == tmp_path / "passphrase"
    file = read_file(place.secrets_path, owner="agency:homes", passphrase=lambda: b"otter basin lantern mild")
    assert file.is_sealed and file.header.kind == "live" and file.header.expires is not None
    assert set(file.values) == {"delivery", "desk", "reference", "seal"}
    assert "otter" not in (folder / "agency.toml").read_text() + place.secrets_path.read_text() + done.stdout
