"""`broker-desk`: the desk of an agency, for its own staff.

init   write desk.toml      key   make the key for issuers      check   settings and issuers      serve   the desk
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from broker import listening
from broker.agency.delivery import write_atomically
from broker.agency.desk.app import create_app, make_desk
from broker.agency.desk.settings import FILE_NAME, parse_settings, read_settings
from broker.agency.desk.signin.client_key import KINDS, SECRET, new_key, parse_key
from broker.agency.desk.signin.registry import providers, read_draft
from broker.agency.edges import real_edges
from broker.agency.exits import Exit, exit_for, where
from broker.agency.options import HERE, Folder, workspace_in
from broker.errors import BadInput, BrokerError, Misconfigured
from broker.hardening import harden
from broker.keys.secrets import numbered

NAME = "broker-desk"
app = typer.Typer(
    name=NAME, help="The desk of an agency: its staff ask and answer in a browser.", no_args_is_help=True,
    add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False,
)  # fmt: skip


@app.command()
def init(
    name: Annotated[
        str, typer.Option(prompt="Name of your agency, as its staff call it", help="On top of every page.")
    ],
    url: Annotated[str, typer.Option(prompt="Address of the desk", help="As browsers reach it, https://…")],
    workspace: Folder = HERE,
) -> None:
    """Writes desk.toml beside agency.toml."""
    path = workspace / FILE_NAME
    if path.exists():
        raise Misconfigured("desk-exists", f"{path} exists already", hint="edit it instead")
    text = f"agency_name = {json.dumps(name, ensure_ascii=False)}\npublic_url = {json.dumps(url)}\n"
    parse_settings(text, path)
    write_atomically(path, text.encode())
    print(f"Wrote {path}. Next: `broker-desk key`, and issuers.toml, which custodians sign.")


@app.command()
def key(
    kind: Annotated[str, typer.Option(help=f"{', '.join(KINDS)}: what the issuer takes.")] = KINDS[0],
    workspace: Folder = HERE,
) -> None:
    """Makes the key by which the desk signs in to issuers, and prints what they register."""
    if kind not in KINDS:
        raise BadInput("signin-key-kind", f"a key is one of {', '.join(KINDS)}", field="--kind")
    place, settings = workspace_in(workspace, real_edges()), read_settings(workspace)
    made, number = new_key(kind), max(place.read_secrets().numbers(SECRET), default=0) + 1
    place.add_secrets({numbered(SECRET, number): made})
    print("For each issuer, to register the desk with (nothing here is secret):")
    print(f"  where people are sent back to   {settings.public_url}/sign-in/NAME/back")
    print(f"  where it says that one is over  {settings.public_url}/sign-in/NAME/ended  (back channel)")
    print(f"  or, by a frame of its own page  {settings.public_url}/sign-in/NAME/left   (front channel)")
    print(f"  where people who sign out go    {settings.public_url}/signed-out")
    print("  the desk's public key, by which private_key_jwt is verified:")
    print(json.dumps({"keys": [parse_key(made).public]}, indent=1))


@app.command()
def serve(
    workspace: Folder = HERE,
    port: Annotated[int | None, typer.Option(help="Another port than desk.toml says.")] = None,
) -> None:
    """Serves the desk, by agency.toml and desk.toml in the workspace."""
    edges = real_edges()
    settings, place = read_settings(workspace), workspace_in(workspace, edges)
    made = create_app(make_desk(place, settings, edges))
    print(f"{NAME}: {settings.public_url}", flush=True)
    listening.run(made, host=settings.host, port=port or settings.port, connections=64)


@app.command()
def check(
    workspace: Folder = HERE,
    draft: Annotated[
        Path | None, typer.Option(help="An issuers.toml that is yet to be signed, in the place of the signed one.")
    ] = None,
) -> None:
    """Says what is wrong with the settings, the key, or an issuer, and serves nothing."""
    edges = real_edges()
    desk = make_desk(workspace_in(workspace, edges), read_settings(workspace), edges)
    if draft is None:
        found = create_app(desk).state.sign_in.providers
    else:
        found = providers(desk, desk.place, read_draft(draft))
    for provider in found.values():
        print(f"{provider.issuer.title}: {provider.description.authorization}")
    print("the desk's settings are good, and every issuer answers")


def main() -> None:
    """Runs the command; an error is one sentence, never a traceback."""
    try:
        harden()
        app()
    except BrokerError as error:
        _stop(f"{error} [{error.code}]", exit_for(error))
    except Exception as error:  # The last line of defence: a traceback could show what it was working on.
        _stop(f"this is a fault in {NAME}: {where(error)}", Exit.FAULT)


def _stop(text: str, code: Exit) -> None:
    print(f"{NAME}: {text}", file=sys.stderr, flush=True)
    sys.exit(code)


if __name__ == "__main__":
    main()
