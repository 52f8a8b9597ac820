"""The secret file: only its owner reads it, and what is wrong with it is said without what is in it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from broker.errors import Misconfigured
from broker.keys.sealing import hybrid_public, hybrid_public_bytes, open_hybrid, seal_hybrid
from broker.vaults.secretfile import add_secrets, read_secrets, write_secrets

SECRET = bytes(range(32))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    written = tmp_path / "new" / "secrets.json"
    write_secrets(written, "broker", created="2026-11-22", values={"label": SECRET, "short": b"x"})
    return written


def test_secrets_come_back(path: Path) -> None:
    """What was written is read, as the kind of key that is asked for."""
    secrets = read_secrets(path, owner="broker")
    assert secrets.bytes32("label") == SECRET
    public = secrets.ed25519("label").public_key().public_bytes_raw()
    assert public == Ed25519PrivateKey.from_private_bytes(SECRET).public_key().public_bytes_raw()
    assert secrets.x25519("label").private_bytes_raw() == SECRET
    sealed = seal_hybrid(b"x", hybrid_public(hybrid_public_bytes(SECRET)), info=b"i")
    assert open_hybrid(sealed, secrets.hybrid("label"), info=b"i") == b"x"


def test_a_new_file_is_the_owners_alone(path: Path) -> None:
    """Nobody else on the machine can read it."""
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o660, 0o644])
def test_a_file_others_can_read_or_write_is_refused(path: Path, mode: int) -> None:
    """A careless copy stops the start."""
    path.chmod(mode)
    with pytest.raises(Misconfigured, match="others can read") as caught:
        read_secrets(path, owner="broker")
    assert "chmod 600" in caught.value.hint


def test_an_existing_file_is_never_replaced(path: Path) -> None:
    """Writing again can't destroy the only copy of a key."""
    with pytest.raises(Misconfigured, match="exists already"):
        write_secrets(path, "broker", created="2026-11-22", values={})
    assert read_secrets(path, owner="broker").bytes32("label") == SECRET


@pytest.mark.parametrize("name", ["missing", "short"])
def test_a_missing_or_damaged_secret_is_named(path: Path, name: str) -> None:
    """The message says which and where, and not what."""
    with pytest.raises(Misconfigured, match=f"`{name}` is missing or damaged in .*secrets.json"):
        read_secrets(path, owner="broker").bytes32(name)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """A wrong path stops the start."""
    with pytest.raises(Misconfigured, match="can't read the secret file"):
        read_secrets(tmp_path / "none.json", owner="broker")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b"\xff\xfe",
        b'{"v":1,"owner":"broker"}',
        b'{"v":1,"owner":"broker","secrets":[]}',
        b'{"v":1,"owner":"broker","secrets":{"label":"not base64!"}}',
        b'{"v":1,"owner":"broker","secrets":{"label":7}}',
        b'{"v":1,"owner":"linkunit","created":"2026-11-22","secrets":{}}',
        b'{"v":1,"owner":"broker","created":"2026-11-22","secrets":{},"more":1}',
        b'{"v":1,"owner":"broker","created":"2026-11-22","serial":0,"secrets":{}}',
        b'{"v":1,"owner":"broker","created":"2026-11-22","kind":"test","secrets":{}}',
        b'{"v":2,"owner":"broker","created":"2026-11-22","secrets":{}}',
        b'{"v":2,"owner":"broker","created":"2026-11-22","kdf":"argon2id m=8 t=1 p=1","salt":"AAAAAAAAAAAAAAAAAAAAAA",'
        b'"sealed":"AAAA"}',
        b"[" * 100_000,
    ],
)
def test_what_is_not_a_secret_file_is_refused(path: Path, content: bytes) -> None:
    """Whatever the bytes, the error is ours and shows none of them."""
    path.write_bytes(content)
    with pytest.raises(Misconfigured) as caught:
        read_secrets(path, owner="broker")
    assert "base64!" not in str(caught.value)


def test_repr_shows_no_secret(path: Path) -> None:
    """Neither the file's value nor the keyring made of it can be logged by accident."""
    secrets = read_secrets(path, owner="broker")
    shown = repr(secrets) + str(secrets)
    assert SECRET.hex() not in shown
    assert json.loads(path.read_text())["secrets"]["label"] not in shown
    assert repr(SECRET) not in shown


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    """Whoever mistyped a setting would be told of a fault in the program."""
    with pytest.raises(Misconfigured, match="can't open the folder"):
        add_secrets(tmp_path / "none" / "broker.json", {"label": bytes(32)}, owner="broker", passphrase=lambda: b"")
