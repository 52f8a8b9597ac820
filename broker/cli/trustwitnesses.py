"""`broker keys add-witness`, `drop-witness`, `set-quorum`: who cosigns the audit log, and how many of them must.

    broker keys add-witness council --vkey "council.example/witness+1f2e…+BA…" --url https://witness.council.example
    broker keys set-quorum 1

Each proposes one change of the trust list, which custodians sign as any other (`broker keys sign`, `publish`).
"""

from __future__ import annotations

from typing import Annotated

import typer

from broker.audit import cosignature
from broker.cli.keyfiles import HERE, ROOT, Folder, Root, Seen, named_well
from broker.cli.trustlist import propose
from broker.keys import changes
from broker.keys.listed import Witness

app = typer.Typer(no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="What the witness is called on the trust list.")]


@app.command("add-witness")
def add_witness(
    name: Name,
    vkey: Annotated[str, typer.Option(help="Its verifier key, as `broker-witness make` printed it.")],
    url: Annotated[str, typer.Option(help="Where the broker asks it, without a slash at the end.")],
    folder: Folder = HERE,
    root: Root = ROOT,
    seen: Seen = None,
) -> None:
    """Proposes a further witness of the audit log, or another key or address of one."""
    cosignature.parse(vkey)
    with named_well():
        witness = Witness(name=name, vkey=vkey, url=url)
    propose(folder, root, seen, change=lambda trust: changes.with_witness(trust, witness))


@app.command("drop-witness")
def drop_witness(name: Name, folder: Folder = HERE, root: Root = ROOT, seen: Seen = None) -> None:
    """Proposes that a witness is asked no more."""
    propose(folder, root, seen, change=lambda trust: changes.without_witness(trust, name))


@app.command("set-quorum")
def set_quorum(
    needed: Annotated[int, typer.Argument(help="How many witnesses must have cosigned; 0 for none.", min=0)],
    folder: Folder = HERE,
    root: Root = ROOT,
    seen: Seen = None,
) -> None:
    """Proposes how many witnesses must have cosigned the audit log: with fewer, questions stop being answered."""
    propose(folder, root, seen, change=lambda trust: changes.with_quorum(trust, needed))
