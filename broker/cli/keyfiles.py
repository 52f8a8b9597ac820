"""The files that `broker keys` works with: a folder, secret files, public halves, and options that many commands have.

Secrets come from files, credentials or a person at the keyboard; public halves may stand anywhere. The pinned root is a
copy of `1.root.json` that came from the ceremony itself, not from the folder it is to verify.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import ValidationError
from rich.console import Console

from broker.errors import BadInput, Misconfigured
from broker.keys import trustdiff
from broker.keys.secrets import Secrets
from broker.keys.trust import Trust
from broker.trustlist.verify import TrustList, open_trust_list
from broker.vaults.secretfile import owner_of
from broker.vaults.vault import Where, open_file
from broker.wire.fields import Wire, parse

console = Console(highlight=False)

Folder = Annotated[Path, typer.Option("--folder", "-f", envvar="BROKER_TRUST", help="The folder of the trust list.")]
Root = Annotated[Path, typer.Option(envvar="BROKER_TRUST_ROOT", help="The root that was pinned at the ceremony.")]
Seen = Annotated[Path | None, typer.Option(help="A folder that remembers the newest versions seen here.")]
Passphrase = Annotated[Path | None, typer.Option("--passphrase-file", help="A file with the passphrase.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")]
NEWLINE = b"\n"
"""At the end of every file of ours that people may read."""
HERE, ROOT = Path("keys"), Path("/etc/broker/root.json")

AnyWire = TypeVar("AnyWire", bound=Wire)


def now() -> dt.datetime:
    """This machine's time, in UTC and whole seconds."""
    return dt.datetime.now(dt.UTC).replace(microsecond=0)


def random_bytes(count: int) -> bytes:
    """Fresh random bytes from the operating system."""
    return os.urandom(count)


def opened(folder: Path, root: Path, seen: Path | None) -> TrustList:
    """The trust list in `folder`, verified from the pinned root. Raises what `open_trust_list` does."""
    with _memory(seen) as memory:
        return open_trust_list(folder, root=root, seen=memory, now=now())


@contextmanager
def _memory(seen: Path | None) -> Iterator[Path]:
    if seen is not None:
        yield seen
        return
    # Nothing remembered: the list is verified, and whether a newer one was seen before is not.
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def trust_bytes(trust: Trust) -> bytes:
    """The target `trust.json`."""
    return trust.model_dump_json(indent=1).encode() + NEWLINE


def read_public(kind: type[AnyWire], path: Path) -> AnyWire:
    """A public half in a file. Raises `BadInput` naming the file."""
    try:
        return parse(kind, path.read_bytes())
    except BadInput as error:
        raise BadInput(error.code, f"{path} is not what is asked for here: {error}") from None
    except OSError:
        raise unreadable(path) from None


def read_text(path: Path) -> str:
    """A text file. Raises `Misconfigured` naming it."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise unreadable(path) from None


def unreadable(path: Path) -> Misconfigured:
    return Misconfigured("file-unreadable", f"can't read {path}", hint="check its name, and that it is text")


def read_secrets(path: Path, passphrase: Path | None, *, rehearsal: bool) -> Secrets:
    """The secrets in a file, whoever's they are. Raises `Misconfigured` for what may not be used in such a place."""
    where = Where(path, passphrase)
    return open_file(where, owner=owner_of(path), rehearsal=rehearsal, today=now().date())


def custodian_key(path: Path, passphrase: Path | None, *, rehearsal: bool) -> tuple[str, Ed25519PrivateKey]:
    """A custodian's name and key. Raises `Misconfigured` for another party's file."""
    held = read_secrets(path, passphrase, rehearsal=rehearsal)
    party, _, name = held.owner.partition(":")
    if party != "custodian" or not name:
        raise Misconfigured("secrets-wrong-owner", f"{path} does not hold the key of a custodian")
    return name, held.ed25519("custodian")


def online_key(path: Path, passphrase: Path | None, *, rehearsal: bool = True) -> Ed25519PrivateKey:
    """The online key. Raises `Misconfigured` for another party's file."""
    held = read_secrets(path, passphrase, rehearsal=rehearsal)
    if held.owner != "online":
        raise Misconfigured("secrets-wrong-owner", f"{path} does not hold the online key")
    return held.ed25519("online")


@contextmanager
def named_well() -> Iterator[None]:
    """Turns a name that nothing may have into our error."""
    try:
        yield
    except ValidationError:
        hint = "lower case letters, digits and underlines; a granter is `organisation/name`"
        raise BadInput("name-invalid", "a name or a source's code is not of the form they have", hint=hint) from None


def digest(path: Path) -> str:
    """The SHA-256 of a file, in hex."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        raise unreadable(path) from None


def free(out: Path | None) -> Path | None:
    """`out` itself, if nothing is there yet: asked before a secret is made whose public half would go there."""
    if out is not None and out.exists():
        raise Misconfigured("file-unwritable", f"{out} exists already", hint="name a file that is not there yet")
    return out


def write_out(content: Wire, out: Path | None) -> None:
    """Public content to a new file, or to the screen."""
    text = content.model_dump_json(exclude_none=True, indent=1) + "\n"
    if out is None:
        typer.echo(text, nl=False)
        return
    try:
        with out.open("x", encoding="utf-8") as stream:
            stream.write(text)
    except OSError:
        raise Misconfigured("file-unwritable", f"can't write {out}", hint="name a file that is not there yet") from None


def write_public(content: Wire, out: Path | None) -> None:
    """A party's public half, and beside a file the fingerprints that its owner reads out to whoever lists it."""
    write_out(content, out)
    if out is not None:
        prints = trustdiff.fingerprints(content.model_dump(mode="json")).items()
        lines = [f"  fingerprint {print_} of {name}" for name, print_ in prints]
        told({}, [f"wrote {out}. Write these down; by telephone they must be the same:", *lines], as_json=False)


def told(shown: Mapping[str, Any], lines: list[str], *, as_json: bool) -> None:
    """One JSON object, or lines of text."""
    if as_json:
        typer.echo(json.dumps(shown))
        return
    for line in lines:
        console.print(line, markup=False, soft_wrap=True)
