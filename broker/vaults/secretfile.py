"""A party's secrets in one file that only its owner can read: sealed under a passphrase; for rehearsals, in the clear.

    {"v":2,"owner":"broker","created":"2026-11-22","expires":"2027-12-22","serial":3,"kind":"live",
     "kdf":"argon2id m=65536 t=3 p=1","salt":"<16 bytes>","sealed":"<nonce, AES-256-GCM of the next line, tag>"}
     {"label":"<base64url>","label.2":"<base64url>","receipt":"<base64url>", ...}
    {"v":1,"owner":"broker", ..., "secrets":{"label":"<base64url>", ...}}

What stands before `kdf` is bound to what is sealed. `serial` counts the changes, so that an older copy is known to be
one. Reading refuses a file that is missing, readable or replaceable by others, for another owner or damaged, naming the
file and never its content; whether it fits its place is asked by `vault.open_vault`.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from broker.errors import BadInput, Misconfigured, Untrusted
from broker.keys.secrets import Secrets
from broker.vaults import private, sealing
from broker.vaults.passphrase import find_passphrase
from broker.wire.fields import Bytes, Bytes16, Date, Wire, canonical, decode64, encode64, parse

Kind = Literal["live", "rehearsal"]
GetPassphrase = Callable[[], bytes]
KEYS_LAST = dt.timedelta(days=400)
"""How long new secrets may be used unless their file says otherwise: a year, and time to notice."""
_WHAT = "secret file"
_NAME = "name another file, in the settings or where it is typed"


class Header(Wire):
    """What a secret file says of itself in the clear."""

    owner: str
    created: Date
    expires: Date | None = None
    serial: Annotated[int, Field(ge=1, le=2**53)] = 1
    kind: Kind = "live"


class _Clear(Header):
    v: Literal[1]
    secrets: Annotated[dict[str, Bytes], Field(repr=False)]


class _Sealed(Header):
    v: Literal[2]
    kdf: Literal["argon2id m=65536 t=3 p=1"]
    salt: Bytes16
    sealed: Annotated[Bytes, Field(repr=False)]


@dataclass(frozen=True)
class SecretFile:
    """One file of secrets, opened. `repr` shows what stands in it in the clear anyway."""

    path: Path
    header: Header
    is_sealed: bool
    values: Mapping[str, bytes] = field(repr=False)

    @property
    def secrets(self) -> Secrets:
        return Secrets(self.header.owner, str(self.path), self.values)


def read_secrets(path: Path, *, owner: str, passphrase: Path | None = None) -> Secrets:
    """The secrets of `owner`. Raises `Misconfigured` when the file can't be trusted.

    `passphrase` is the file with the passphrase of a sealed one, if no credential holds it and nobody sits there.
    """
    return read_file(path, owner=owner, passphrase=lambda: find_passphrase(owner, file=passphrase)).secrets


def read_file(path: Path, *, owner: str, passphrase: GetPassphrase) -> SecretFile:
    """The file of `owner`, opened; `passphrase` is called only for a sealed one. Raises `Misconfigured`."""
    content = private.read_private(path, what=_WHAT)
    kept = _parsed(path, content)
    if kept.owner != owner:
        raise Misconfigured("secrets-wrong-owner", f"{path} does not hold the secrets of `{owner}`", hint=_NAME)
    header = Header(**{name: getattr(kept, name) for name in Header.model_fields})
    if isinstance(kept, _Clear):
        return SecretFile(path, header, False, kept.secrets)
    return SecretFile(path, header, True, _opened(path, kept, passphrase))


def write_secrets(path: Path, owner: str, *, created: str, values: Mapping[str, bytes]) -> None:
    """Writes a new secret file of a rehearsal, in the clear. Raises `Misconfigured` rather than replace one."""
    header = Header(owner=owner, created=dt.date.fromisoformat(created), kind="rehearsal")
    write_file(path, header, values=values, passphrase=None)


def write_file(path: Path, header: Header, *, values: Mapping[str, bytes], passphrase: bytes | None) -> None:
    """Writes a new secret file that only this user can read, sealed if there is a `passphrase`.

    Raises `Misconfigured` rather than replace one.
    """
    private.write_new(path, _encoded(header, values, passphrase))


def add_secrets(path: Path, values: Mapping[str, bytes], *, owner: str, passphrase: GetPassphrase) -> int:
    """Adds secrets to a file, on the disk before it returns; the file's new serial.

    A secret that is there already with the same bytes stays, so that a step that was killed can be taken again. Raises
    `Misconfigured` for other bytes under a name that is taken: nothing is ever overwritten.
    """

    def added(old: SecretFile) -> SecretFile:
        for name, value in values.items():
            if old.values.get(name, value) != value:
                raise Misconfigured("secret-exists", f"`{name}` is in {path} already", hint="destroy it first")
        return replace(old, values={**old.values, **values})

    return _change(path, owner, passphrase, change=added, wipe=False)


def replace_secrets(path: Path, values: Mapping[str, bytes], *, owner: str, passphrase: GetPassphrase) -> int:
    """Puts secrets in the place of those of the same names, or beside the others; the file's new serial.

    The old file's bytes are overwritten. Only for what nothing was written under yet: nobody gets the earlier one back.
    """

    def replaced(old: SecretFile) -> SecretFile:
        return replace(old, values={**old.values, **values})

    return _change(path, owner, passphrase, change=replaced, wipe=True)


def destroy_secrets(path: Path, names: set[str], *, owner: str, passphrase: GetPassphrase) -> int:
    """Removes secrets from a file and overwrites the old file's bytes; the file's new serial.

    What is not there is not missed, so that a step that was killed can be taken again. Older copies of a sealed file
    still open with its passphrase: `seal_file` under a new one, and destroy backups (docs/for/operators.md).
    """

    def without(old: SecretFile) -> SecretFile:
        return replace(old, values={name: value for name, value in old.values.items() if name not in names})

    return _change(path, owner, passphrase, change=without, wipe=True)


def seal_file(path: Path, new: bytes, *, owner: str, passphrase: GetPassphrase, expires: dt.date | None = None) -> int:
    """Seals a file under the passphrase `new`, whether it was clear or sealed under another; its new serial.

    With `expires` its secrets may be used until that day: whoever seals them anew has looked after them.
    """

    def same(old: SecretFile) -> SecretFile:
        header = old.header.model_copy(update={"expires": expires} if expires else {})
        return replace(old, header=header)

    return _change(path, owner, passphrase, change=same, wipe=True, new=new)


def owner_of(path: Path) -> str:
    """Whose secrets a file says it holds. Raises `Misconfigured` when it is not a secret file."""
    return _parsed(path, private.read_private(path, what=_WHAT)).owner


def _change(
    path: Path,
    owner: str,
    passphrase: GetPassphrase,
    *,
    change: Callable[[SecretFile], SecretFile],
    wipe: bool,
    new: bytes | None = None,
) -> int:
    real = path.resolve()
    with private.alone(real.parent):
        old = read_file(real, owner=owner, passphrase=passphrase)
        after = change(old)
        if after == old and new is None:
            return old.header.serial
        secret = new if new is not None else passphrase() if old.is_sealed else None
        header = after.header.model_copy(update={"serial": old.header.serial + 1})
        private.replace(real, _encoded(header, after.values, secret), wipe=wipe)
        return header.serial


def _encoded(header: Header, values: Mapping[str, bytes], passphrase: bytes | None) -> bytes:
    content = {name: encode64(value) for name, value in values.items()}
    said = header.model_dump(mode="json", exclude_none=True)
    if passphrase is None:
        return json.dumps({"v": 1, **said, "secrets": content}, indent=1).encode()
    salt, nonce = os.urandom(sealing.SALT_BYTES), os.urandom(sealing.NONCE_BYTES)
    clear = json.dumps(content).encode()
    sealed = sealing.seal(passphrase, canonical(header), content=clear, salt=salt, nonce=nonce)
    return json.dumps(
        {"v": 2, **said, "kdf": sealing.KDF, "salt": encode64(salt), "sealed": encode64(sealed)}, indent=1
    ).encode()


def _parsed(path: Path, content: bytes) -> _Clear | _Sealed:
    for form in (_Sealed, _Clear):
        try:
            return parse(form, content)  # type: ignore[return-value]
        except BadInput:
            continue
    raise Misconfigured("secrets-damaged", f"{path} is not a secret file", hint="restore it from its backup")


def _opened(path: Path, kept: _Sealed, passphrase: GetPassphrase) -> Mapping[str, bytes]:
    try:
        header = canonical(Header(**{name: getattr(kept, name) for name in Header.model_fields}))
        clear = _unsealed(passphrase(), header, kept.sealed, kept.salt)
        return {str(name): decode64(value) for name, value in json.loads(clear).items()}
    except Untrusted:
        hint = "check the passphrase, or restore the file from its backup"
        raise Misconfigured("secrets-sealed", f"the passphrase does not open {path}", hint=hint) from None
    except (ValueError, AttributeError, TypeError, RecursionError):
        raise Misconfigured("secrets-damaged", f"{path} is not a secret file", hint="restore it") from None


@lru_cache(maxsize=4)
def _unsealed(passphrase: bytes, header: bytes, sealed: bytes, salt: bytes) -> bytes:
    # An agency's command reads its file several times, and each time costs a tenth of a second.
    return sealing.unseal(passphrase, header, sealed=sealed, salt=salt)
