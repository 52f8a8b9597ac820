"""The `broker-witness` command: make, serve, status.

    broker-witness make council.example/witness /etc/witness/secrets.json    its key; prints the verifier key
    broker-witness serve                                                     by the settings in WITNESS_*
    broker-witness status                                                    what it cosigned, and what it refused

Exit codes: 0 done, 1 it refused something a log had signed, 2 wrong use or settings, 3 a fault.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from rich.console import Console

from broker import hardening, observe
from broker.audit import cosignature
from broker.errors import BrokerError
from broker.vaults.passphrase import new_passphrase
from broker.vaults.secretfile import KEYS_LAST, Header, write_file
from broker.witness import app as witness_app
from broker.witness.book import Book
from broker.witness.settings import load_settings

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
    help="A witness of an audit log, run by an agency: it cosigns a log that only grows.",
)  # fmt: skip
console = Console(highlight=False, soft_wrap=True)


def main() -> None:
    """Runs the command; an error is one sentence, never a traceback."""
    try:
        hardening.harden()
        app()
    except BrokerError as error:
        _stop(f"{error} [{error.code}]", 2)
    except Exception as error:  # The last line of defence: a traceback could show what it was working on.
        observe.unexpected("command.failed", error)
        _stop(f"this is a fault in broker-witness: {type(error).__name__} (see the line above) [fault]", 3)


@app.command()
def make(
    name: Annotated[str, typer.Argument(help="Its name, an address without https://: council.example/witness")],
    file: Annotated[Path, typer.Argument(help="The secret file to write; it must not exist.")],
    clear: Annotated[bool, typer.Option("--clear", help="For a rehearsal: not sealed.")] = False,
    passphrase: Annotated[
        Path | None, typer.Option("--passphrase-file", help="A file with the passphrase to seal it under.")
    ] = None,
) -> None:
    """Makes the witness's own key, and prints its verifier key for the operator's trust list."""
    secret = os.urandom(32)
    vkey = cosignature.vkey(name, Ed25519PrivateKey.from_private_bytes(secret).public_key())
    cosignature.parse(vkey)
    today = dt.datetime.now(dt.UTC).date()
    header = Header(
        owner=witness_app.OWNER, created=today, expires=today + KEYS_LAST, kind="rehearsal" if clear else "live"
    )
    sealed_under = None if clear else new_passphrase(witness_app.OWNER, file=passphrase)
    write_file(file, header, values={witness_app.KEY: secret}, passphrase=sealed_under)
    console.print(vkey, markup=False)


@app.command()
def serve() -> None:
    """Serves the witness, by the settings in WITNESS_*."""
    witness_app.serve(load_settings())


@app.command()
def status(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")] = False,
) -> None:
    """What it cosigned last of each log, and how often a log signed what was no continuation. Ends with 1 then."""
    settings = load_settings()
    book = Book(settings.database)
    with book.turn() as turn:
        every, refused = turn.every(), turn.refused()
    book.close()
    logs = [{"origin": one.checkpoint.origin, "size": one.checkpoint.size, "at": _moment(one.at)} for one in every]
    forks = [{"origin": origin, "size": size, "at": _moment(at)} for origin, size, at, _ in refused]
    if as_json:
        print(json.dumps({"logs": logs, "refused": forks}))
    else:
        lines = [f"{one['origin']}: {one['size']} events, cosigned {one['at']}" for one in logs] or [
            "nothing cosigned yet"
        ]
        lines += [f"REFUSED {one['origin']} at {one['size']} events, {one['at']}: not a continuation" for one in forks]
        lines += [f"what was refused is kept in {settings.database}: show it to the other agencies"] if forks else []
        console.print("\n".join(lines), markup=False)
    raise typer.Exit(1 if forks else 0)


def _moment(at: int) -> str:
    return f"{dt.datetime.fromtimestamp(at, dt.UTC):%Y-%m-%d %H:%M:%S} UTC"


def _stop(text: str, code: int) -> None:
    print(f"broker-witness: {text}", file=sys.stderr, flush=True)
    sys.exit(code)
