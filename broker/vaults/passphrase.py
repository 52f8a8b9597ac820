"""Where the passphrase of a sealed secret file comes from: a credential, a file, or a person at a terminal.

    $CREDENTIALS_DIRECTORY/broker-passphrase      first; `agency:council` has `agency-council-passphrase`
    the file that a setting names                 second
    asked for                                     last, and only where somebody sits

Never an argument or the value of a variable: every process of the same user can read both, and logs keep them.
"""

from __future__ import annotations

import getpass
import sys
from collections.abc import Callable
from pathlib import Path

from broker.errors import BadInput, Misconfigured
from broker.vaults.private import credential, read_private

MIN_BYTES, MAX_BYTES = 16, 1024
Ask = Callable[[str], str]


def find_passphrase(owner: str, *, file: Path | None = None, ask: Ask | None = None) -> bytes:
    """The passphrase of `owner`'s secret file. Raises `Misconfigured` when there is none, saying where to put one.

    `ask` is told whose passphrase is wanted and returns what was typed; by default a terminal, if there is one.
    """
    name = credential_name(owner)
    path = credential(name) or file
    if path is not None:
        return _checked(read_private(path, what="passphrase file").rstrip(b"\r\n"), str(path))
    if ask is None and not sys.stdin.isatty():
        hint = f"start it at a terminal, or give a passphrase file or the credential `{name}`"
        raise Misconfigured("passphrase-missing", f"there is no passphrase for the secrets of `{owner}`", hint=hint)
    return _checked((ask or getpass.getpass)(f"passphrase of `{owner}`: ").encode(), "what was typed")


def new_passphrase(owner: str, *, file: Path | None = None, ask: Ask | None = None) -> bytes:
    """A passphrase to seal with: asked for twice where a person types it. Raises `BadInput` for a short one."""
    # Each prompt says which one it means: whoever seals a file anew is asked for the old passphrase as well.
    chosen = find_passphrase(owner, file=file, ask=_asking(ask, "new "))
    is_typed = file is None and credential(credential_name(owner)) is None
    if is_typed and find_passphrase(owner, ask=_asking(ask, "once more, the new ")) != chosen:
        raise BadInput("passphrase-differs", "the two passphrases are not the same", hint="type it again")
    if len(chosen) < MIN_BYTES:
        hint = "five words drawn by dice are easy to remember"
        raise BadInput("passphrase-short", f"a passphrase has at least {MIN_BYTES} characters", hint=hint)
    return chosen


def credential_name(owner: str) -> str:
    """The name of the credential that holds `owner`'s passphrase."""
    return f"{owner.replace(':', '-').replace('/', '-')}-passphrase"


def _asking(ask: Ask | None, which: str) -> Ask | None:
    if ask is None and not sys.stdin.isatty():
        return None
    return lambda said: (ask or getpass.getpass)(f"{which}{said}")


def _checked(passphrase: bytes, where: str) -> bytes:
    if not 0 < len(passphrase) <= MAX_BYTES:
        raise Misconfigured("passphrase-missing", f"{where} holds no passphrase", hint="one line of text")
    return passphrase
