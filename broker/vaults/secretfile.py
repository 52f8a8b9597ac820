"""A party's secrets in one file that only its owner can read.

    {"v":1,"owner":"broker","created":"2026-11-22","secrets":{"label":"<base64url>","receipt":"<base64url>", ...}}

Reading refuses a file that is missing, readable by others, for another owner or damaged, naming the file and never its
content.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Mapping
from pathlib import Path

from broker.errors import Misconfigured
from broker.keys.secrets import Secrets
from broker.wire.fields import decode64, encode64


def read_secrets(path: Path, *, owner: str) -> Secrets:
    """The secrets of `owner`. Raises `Misconfigured` when the file can't be trusted."""
    try:
        mode = path.stat().st_mode
        text = path.read_bytes()
    except OSError:
        raise Misconfigured(
            "secrets-missing", f"can't read the secret file {path}", hint="create it, or correct the setting"
        ) from None
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise Misconfigured("secrets-readable", f"others can read {path}", hint=f"chmod 600 {path}")
    try:
        content = json.loads(text)
        if content["v"] != 1 or content["owner"] != owner:
            raise Misconfigured("secrets-wrong-owner", f"{path} does not hold the secrets of `{owner}`")
        values = {str(name): decode64(value) for name, value in content["secrets"].items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise Misconfigured(
            "secrets-damaged", f"{path} is not a secret file", hint="restore it from its backup"
        ) from None
    return Secrets(owner, str(path), values)


def write_secrets(path: Path, owner: str, *, created: str, values: Mapping[str, bytes]) -> None:
    """Writes a new secret file that only this user can read. Raises `Misconfigured` rather than replace one."""
    content = {
        "v": 1,
        "owner": owner,
        "created": created,
        "secrets": {name: encode64(value) for name, value in values.items()},
    }
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Misconfigured("secrets-exist", f"{path} exists already", hint="move it away first") from None
    with os.fdopen(handle, "w") as stream:
        json.dump(content, stream, indent=1)
