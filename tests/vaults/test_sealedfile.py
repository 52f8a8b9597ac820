"""The sealed secret file: a stolen disk holds nothing; a change is whole or not at all, and lasts."""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from broker.errors import Misconfigured
from broker.keys.secrets import numbered
from broker.vaults import secretfile
from broker.vaults.secretfile import (
    Header,
    SecretFile,
    add_secrets,
    destroy_secrets,
    owner_of,
    read_file,
    seal_file,
    write_file,
    write_secrets,
)

SECRET = bytes(range(7, 39))
WORDS = b"otter basin lantern mild verge"
TODAY = dt.date(2026, 11, 22)


def words() -> bytes:
    return WORDS


@pytest.fixture
def path(tmp_path: Path) -> Path:
    header = Header(owner="broker", created=TODAY, expires=dt.date(2027, 12, 22))
    write_file(tmp_path / "secrets.json", header, values={"label": SECRET, "seal": SECRET}, passphrase=WORDS)
    return tmp_path / "secrets.json"


def opened(path: Path, passphrase: Callable[[], bytes] = words) -> SecretFile:
    return read_file(path, owner="broker", passphrase=passphrase)


def test_a_sealed_file_opens_with_its_passphrase(path: Path) -> None:
    """What was sealed comes back, with what the file says of itself."""
    file = opened(path)
    assert file.is_sealed and file.values == {"label": SECRET, "seal": SECRET}
    assert file.header == Header(owner="broker", created=TODAY, expires=dt.date(2027, 12, 22), serial=1, kind="live")
    assert file.secrets.bytes32("label") == SECRET and owner_of(path) == "broker"


def test_a_stolen_disk_holds_no_secret_and_no_name_of_one(path: Path) -> None:
    """Neither the bytes nor their spelling nor how many there are stands in the file."""
    content = path.read_bytes()
    for spelling in (SECRET, SECRET.hex().encode(), json.dumps(secretfile.encode64(SECRET)).encode(), b"label"):
        assert spelling not in content
    assert WORDS not in content and SECRET.hex() not in repr(opened(path))


@pytest.mark.parametrize("typed", [b"otter basin lantern mild verg", b"Otter basin lantern mild verge", b" "])
def test_another_passphrase_opens_nothing(path: Path, typed: bytes) -> None:
    """The message names the file and neither passphrase."""
    with pytest.raises(Misconfigured) as caught:
        opened(path, lambda: typed)
    assert caught.value.code == "secrets-sealed" and str(path) in str(caught.value)
    assert "otter" not in str(caught.value).lower()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("serial", 2),
        ("expires", "2036-12-22"),
        ("kind", "rehearsal"),
        ("created", "2026-11-23"),
        ("salt", "AAAAAAAAAAAAAAAAAAAAAA"),
        ("sealed", "A" * 64),
    ],
)
def test_a_changed_header_does_not_open(path: Path, name: str, value: object) -> None:
    """Whoever has the file and not the passphrase can't make it younger, or of another kind."""
    path.write_text(json.dumps({**json.loads(path.read_text()), name: value}))
    with pytest.raises(Misconfigured) as caught:
        opened(path)
    assert caught.value.code == "secrets-sealed"


def test_two_files_of_one_passphrase_have_nothing_in_common(path: Path, tmp_path: Path) -> None:
    """Salt and nonce are fresh for each."""
    header = opened(path).header
    write_file(tmp_path / "b.json", header, values=opened(path).values, passphrase=WORDS)
    one, other = (json.loads(file.read_text()) for file in (path, tmp_path / "b.json"))
    assert one["salt"] != other["salt"] and one["sealed"] != other["sealed"]


def test_a_secret_is_added_once(path: Path) -> None:
    """A step that was taken and not reported can be taken again; another value under the name is refused."""
    again = numbered("label", 2)
    assert add_secrets(path, {again: WORDS[:32]}, owner="broker", passphrase=words) == 2
    assert add_secrets(path, {again: WORDS[:32]}, owner="broker", passphrase=words) == 2
    assert opened(path).header.serial == 2 and opened(path).is_sealed
    with pytest.raises(Misconfigured, match=r"`label.2` is in .* already"):
        add_secrets(path, {again: SECRET, "more": SECRET}, owner="broker", passphrase=words)
    assert set(opened(path).values) == {"label", "seal", "label.2"}
    assert opened(path).secrets.numbers("label") == (1, 2)
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_destroyed_secret_is_in_no_byte_of_the_folder(tmp_path: Path) -> None:
    """Nor in the bytes of the file that was replaced, which another name still shows."""
    path = tmp_path / "secrets.json"
    write_secrets(path, "broker", created="2026-11-22", values={"label": SECRET, "seal": WORDS[:16] * 2})
    spelt = secretfile.encode64(SECRET).encode()
    (tmp_path / "backup.json").hardlink_to(path)
    assert destroy_secrets(path, {"label", "never.there"}, owner="broker", passphrase=words) == 2
    assert destroy_secrets(path, {"label"}, owner="broker", passphrase=words) == 2
    assert set(opened(path).values) == {"seal"}
    assert all(spelt not in file.read_bytes() for file in tmp_path.iterdir())
    assert [file.name for file in sorted(tmp_path.iterdir())] == ["backup.json", "secrets.json"]


def test_a_clear_file_is_sealed_and_a_sealed_one_sealed_anew(tmp_path: Path) -> None:
    """The old passphrase opens it no longer, and what was clear is nowhere."""
    path = tmp_path / "secrets.json"
    write_secrets(path, "broker", created="2026-11-22", values={"label": SECRET})
    (tmp_path / "copy.json").hardlink_to(path)
    seal_file(path, WORDS, owner="broker", passphrase=words)
    assert opened(path).is_sealed and secretfile.encode64(SECRET) not in (tmp_path / "copy.json").read_text()
    assert seal_file(path, b"quite another set of words", owner="broker", passphrase=words) == 3
    with pytest.raises(Misconfigured, match="passphrase"):
        opened(path)
    again = b"quite another set of words"
    assert (
        opened(path, lambda: again).values == {"label": SECRET} and opened(path, lambda: again).header.expires is None
    )
    until = dt.date(2028, 1, 1)
    assert seal_file(path, again, owner="broker", passphrase=lambda: again, expires=until) == 4
    assert opened(path, lambda: again).header.expires == until


def killed(change: Callable[[], object], *, at: int) -> bool:
    """Whether a process that makes `change` and is killed before its `at`-th call of the system was killed at all."""
    child = os.fork()
    if child == 0:
        reached = 0

        def stop(call: Callable[..., object]) -> Callable[..., object]:
            def counted(*given: object, **named: object) -> object:
                nonlocal reached
                reached += 1
                if reached == at:
                    os.kill(os.getpid(), signal.SIGKILL)
                return call(*given, **named)

            return counted

        for name in ("open", "fsync", "replace", "fstat", "close"):
            setattr(os, name, stop(getattr(os, name)))
        change()
        os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


@pytest.mark.parametrize("added", [True, False])
def test_a_change_killed_at_any_step_is_whole_or_not_at_all(tmp_path: Path, added: bool) -> None:
    """kill -9 between any two calls of the system leaves the old file or the new one; the change can be repeated."""
    path = tmp_path / "secrets.json"

    def change() -> None:
        if added:
            add_secrets(path, {"label.2": WORDS.ljust(32)}, owner="broker", passphrase=words)
        else:
            destroy_secrets(path, {"seal"}, owner="broker", passphrase=words)

    after = {"label", "seal", "label.2"} if added else {"label"}
    for step in range(1, 60):
        path.unlink(missing_ok=True)
        write_secrets(path, "broker", created="2026-11-22", values={"label": SECRET, "seal": bytes(32)})
        was_killed = killed(change, at=step)
        assert set(opened(path).values) in ({"label", "seal"}, after)
        change()
        assert set(opened(path).values) == after
        assert [file.name for file in tmp_path.iterdir()] == ["secrets.json"]
        if not was_killed:
            break
    assert not was_killed and step > 8


def test_a_changed_file_stays_its_services(path: Path) -> None:
    """An administrator adds a key and the service can't read its own file any more."""
    is_root = os.geteuid() == 0
    if is_root:
        os.chown(path, 4711, 4712)
    before = path.stat()
    add_secrets(path, {"label.2": SECRET}, owner="broker", passphrase=words)
    after = path.stat()
    assert (after.st_uid, after.st_gid, after.st_mode) == (before.st_uid, before.st_gid, before.st_mode)
    assert after.st_ino != before.st_ino and (after.st_uid == 4711) is is_root
