"""Reading and writing files that nobody else may read or replace: secret files, passphrases, PINs and tokens.

A file is refused when it is missing, when others can read it, or when others can write its folder and so put another in
its place. What is refused is named, never shown. An administrator who changes a service's file leaves it the service's.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from broker.errors import Misconfigured

MAX_BYTES = 4 * 1024 * 1024
CREDENTIALS = "CREDENTIALS_DIRECTORY"
"""Where systemd opens credentials to one service: sealed on disk, in memory only while it runs, nobody else's."""


def credential(name: str) -> Path | None:
    """The file of a credential that this service was given, if it was given one of that name."""
    folder = os.environ.get(CREDENTIALS)
    path = Path(folder) / name if folder else None
    return path if path is not None and path.is_file() else None


def is_credential(path: Path) -> bool:
    """Whether a file lies in the folder of this service's credentials."""
    folder = os.environ.get(CREDENTIALS)
    return bool(folder) and path.resolve().is_relative_to(Path(str(folder)).resolve())


def read_private(path: Path, *, what: str) -> bytes:
    """The bytes of a file that is ours alone; `what` it is stands in the message. Raises `Misconfigured`."""
    try:
        with path.open("rb") as stream:
            status = os.fstat(stream.fileno())
            _check_file(path, status)
            _check_folder(path.resolve().parent)
            if not stat.S_ISREG(status.st_mode) or status.st_size > MAX_BYTES:
                raise Misconfigured("secrets-damaged", f"{path} is not a {what}", hint="name another file")
            return stream.read(MAX_BYTES)
    except OSError:
        hint = "create it, or correct the setting"
        raise Misconfigured("secrets-missing", f"can't read the {what} {path}", hint=hint) from None


def write_new(path: Path, content: bytes) -> None:
    """Writes a file that only this user can read. Raises `Misconfigured` rather than replace one."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    _check_folder(path.resolve().parent)
    with alone(path.parent):
        waiting = _written_beside(path, content)
        try:
            # A link, unlike a rename, fails where something is.
            os.link(waiting, path)
        except FileExistsError:
            raise Misconfigured("secrets-exist", f"{path} exists already", hint="move it away first") from None
        finally:
            waiting.unlink()
        _sync_folder(path.parent)


def replace(path: Path, content: bytes, *, wipe: bool) -> None:
    """Puts `content` in the place of a file, whole or not at all, and on the disk before it returns.

    With `wipe` the old content's own bytes are overwritten, as far as the disk lets anybody say so. To be called while
    `alone`.
    """
    old = path.open("r+b") if wipe else contextlib.nullcontext()
    with old as stream:
        os.replace(_written_beside(path, content), path)
        _sync_folder(path.parent)
        if stream is not None:
            _wipe(stream)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """While this lasts, no other process of ours changes files of `folder`."""
    import fcntl

    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        raise Misconfigured("secrets-missing", f"can't open the folder {folder}", hint="correct the name") from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _check_file(path: Path, status: os.stat_result) -> None:
    # systemd opens a credential to its service by an access list, which looks like a group that may read.
    private = stat.S_IRWXO if is_credential(path) else stat.S_IRWXG | stat.S_IRWXO
    if status.st_mode & private:
        raise Misconfigured("secrets-readable", f"others can read {path}", hint=f"chmod 600 {path}")


def _check_folder(folder: Path) -> None:
    mode = folder.stat().st_mode
    # In a folder with the sticky bit, such as /tmp, nobody replaces what is another's.
    if mode & (stat.S_IWGRP | stat.S_IWOTH) and not mode & stat.S_ISVTX:
        raise Misconfigured("secrets-replaceable", f"others can write {folder}", hint=f"chmod go-w {folder}")


def _written_beside(path: Path, content: bytes) -> Path:
    waiting = path.with_name(f".{path.name}.new")
    if waiting.exists():
        # Left by a change that was killed; it can hold what was destroyed since.
        with waiting.open("r+b") as left:
            _wipe(left)
        waiting.unlink()
    handle = os.open(waiting, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    if os.geteuid() == 0:
        # Root changes the file of a service, which must still be able to read it.
        owner = (path if path.exists() else path.parent).stat()
        os.fchown(handle, owner.st_uid, owner.st_gid)
    with os.fdopen(handle, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    return waiting


def _wipe(stream: IO[bytes]) -> None:
    stream.seek(0)
    stream.write(bytes(os.fstat(stream.fileno()).st_size))
    stream.flush()
    os.fsync(stream.fileno())


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
