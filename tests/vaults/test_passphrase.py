"""Where a passphrase comes from: a credential, a file, a person; never an argument or the value of a variable."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from broker.errors import BadInput, Misconfigured
from broker.vaults.passphrase import find_passphrase, new_passphrase

OWNER = "agency:council"


def put(path: Path, content: bytes) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    path.chmod(0o600)
    return path


def typing(*lines: str) -> Iterator[str]:
    return iter(lines)


def test_a_credential_comes_before_the_file_of_a_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each party's credential has its own name; another party's is not taken."""
    file = put(tmp_path / "passphrase", b"from the file\r\n")
    assert find_passphrase(OWNER, file=file) == b"from the file"
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path / "c"))
    put(tmp_path / "c" / "broker-passphrase", b"the broker's")
    assert find_passphrase(OWNER, file=file) == b"from the file"
    put(tmp_path / "c" / "agency-council-passphrase", b"from the credential\n")
    assert find_passphrase(OWNER, file=file) == b"from the credential"


def test_without_a_person_it_is_said_where_to_put_one() -> None:
    """A service that starts alone stops, rather than wait for somebody to type."""
    program = f"from broker.vaults.passphrase import find_passphrase as f; f({OWNER!r})"
    ran = subprocess.run(
        [sys.executable, "-c", program], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    assert "`agency-council-passphrase`" in ran.stderr and ran.returncode == 1


def test_a_person_types_it_unseen() -> None:
    """It is asked for at the terminal and does not show there."""
    program = f"from broker.vaults.passphrase import find_passphrase as f; print(len(f({OWNER!r})))"
    child, terminal = pty.fork()
    if child == 0:
        os.execv(sys.executable, [sys.executable, "-c", program])
    shown = b""
    while b"passphrase of" not in shown:
        shown += os.read(terminal, 1024)
    os.write(terminal, b"otter basin lantern\n")
    try:
        while more := os.read(terminal, 1024):
            shown += more
    except OSError:
        pass
    os.waitpid(child, 0)
    assert b"19" in shown and b"otter" not in shown


def test_a_new_one_is_typed_twice_and_long_enough(tmp_path: Path) -> None:
    """A slip of the hand would seal a file for ever, and eight letters are guessed."""
    good = "otter basin lantern"
    for lines, code in (((good, good), ""), ((good, "otter basin lantem"), "passphrase-differs"), (("short",) * 2, "")):
        typed = typing(*lines)
        try:
            assert new_passphrase(OWNER, ask=lambda _, typed=typed: next(typed)) == good.encode()  # type: ignore[misc]
        except BadInput as error:
            assert error.code == (code or "passphrase-short")
    assert new_passphrase(OWNER, file=put(tmp_path / "p", good.encode())) == good.encode()
    with pytest.raises(BadInput, match="at least 16"):
        new_passphrase(OWNER, file=put(tmp_path / "p", b"fifteen letters"))


@pytest.mark.parametrize("content", [b"", b"\n", b"x" * 1025])
def test_an_empty_or_endless_one_is_none(tmp_path: Path, content: bytes) -> None:
    """An empty file is a mistake and not a passphrase."""
    with pytest.raises(Misconfigured) as caught:
        find_passphrase(OWNER, file=put(tmp_path / "p", content))
    assert caught.value.code == "passphrase-missing"
