"""What a secret file must be to be used where it lies. Every refusal names the file, and nothing of its content.

    in the clear in a live place        anybody with the disk or a backup has every secret
    of a rehearsal, or published keys    somebody else has them already
    expired                              nobody looked after them
    older than the last one seen here    a restored copy holds destroyed keys and lacks new ones

Missing, readable, replaceable, damaged and another owner's files are refused in reading (`private`, `secretfile`);
whether the keys are the trust list's is asked where trust list and keys meet (`server`, `linkunit.app`, `doctor`).
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
from pathlib import Path

from broker.errors import Misconfigured
from broker.keys.testkeys import is_published
from broker.vaults import private
from broker.vaults.secretfile import SecretFile


def check_fit(file: SecretFile, *, rehearsal: bool, today: dt.date) -> None:
    """Raises `Misconfigured` unless the file may be used today, in a place that is a `rehearsal` or in a live one."""
    header, path = file.header, file.path
    if header.expires is not None and header.expires < today:
        hint = "make new keys and rotate to them: docs/for/operators.md"
        raise Misconfigured("secrets-expired", f"{path} expired on {header.expires.isoformat()}", hint=hint)
    if rehearsal:
        return
    if header.kind == "rehearsal":
        hint = "make new ones for a live place"
        raise Misconfigured("secrets-rehearsal", f"{path} holds the secrets of a rehearsal", hint=hint)
    if not file.is_sealed and not private.is_credential(path):
        hint = f"broker keys seal {path}"
        raise Misconfigured("secrets-clear", f"{path} is not sealed, and this is a live place", hint=hint)
    for name, value in file.values.items():
        if is_published(value):
            hint = "make a new one, and treat what it protected as known"
            raise Misconfigured("secrets-published", f"`{name}` in {path} is a published test key", hint=hint)


def check_newest(file: SecretFile, seen: Path) -> None:
    """Remembers the file's serial in the folder `seen`. Raises `Misconfigured` when a later one was seen there."""
    memory = seen / f"secrets-{file.header.owner.replace(':', '-').replace('/', '-')}.json"
    serial = file.header.serial
    with _held(seen):
        last = _last(memory)
        if serial < last:
            hint = "bring the newest copy; if there is none, see docs/for/operators.md"
            said = f"{file.path} is an older copy: number {serial}, and {last} was in use here"
            raise Misconfigured("secrets-rolled-back", said, hint=hint)
        if serial > last:
            content = json.dumps({"v": 1, "owner": file.header.owner, "serial": serial}).encode()
            private.replace(memory, content, wipe=False)


def _held(seen: Path) -> contextlib.AbstractContextManager[None]:
    try:
        seen.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError:
        raise Misconfigured("seen-unwritable", f"can't write {seen}", hint="give the service a state folder") from None
    return private.alone(seen)


def _last(memory: Path) -> int:
    """The last serial seen; 0 where nothing was, also after a write that was cut off before its first byte."""
    try:
        return int(json.loads(memory.read_bytes())["serial"])
    except FileNotFoundError:
        return 0
    except (OSError, ValueError, KeyError, TypeError):
        raise Misconfigured("seen-damaged", f"{memory} is damaged", hint="see docs/for/operators.md") from None
