"""`broker keys set-issuers`, `drop-issuers`: who vouches for the people who sign in at an agency's desk.

    broker keys set-issuers council issuers.toml
    broker keys drop-issuers council

Each proposes one file of the trust list, which custodians sign as any other change: they are shown what it says, and
compare it with the agency. A desk takes no other word on who its issuers are.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from broker.cli.keyfiles import HERE, ROOT, Folder, Root, Seen, read_text
from broker.cli.trustlist import propose
from broker.errors import NotFound
from broker.keys.trust import Trust
from broker.trustlist.issuers import parse_issuers, path_of

app = typer.Typer(no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="The agency's name on the trust list.")]


@app.command("set-issuers")
def set_issuers(
    agency: Name,
    issuers: Annotated[Path, typer.Argument(help="What the agency sent: its issuers.toml.", dir_okay=False)],
    folder: Folder = HERE,
    root: Root = ROOT,
    seen: Seen = None,
) -> None:
    """Proposes who vouches for an agency's staff from then on, in the place of whoever did."""
    data = read_text(issuers).encode()
    parse_issuers(data, str(issuers))
    propose(folder, root, seen, files=lambda trust: _file(trust, agency, data))


@app.command("drop-issuers")
def drop_issuers(agency: Name, folder: Folder = HERE, root: Root = ROOT, seen: Seen = None) -> None:
    """Proposes that nobody vouches for an agency's staff: nobody signs in at its desk."""
    propose(folder, root, seen, files=lambda trust: _file(trust, agency, None))


def _file(trust: Trust, agency: str, data: bytes | None) -> Mapping[str, bytes | None]:
    if agency not in {one.agency for one in trust.agencies}:
        raise NotFound("agency-missing", f"no agency `{agency}` is on the trust list", hint="check its name")
    return {path_of(agency): data}
