"""`policy allow`: one of two people agrees that other agreements come into force, having read all that changes.

    broker-agency policy allow change.json --secrets mine.json --as ... --trust keys > one.json

Whoever signs is of an organisation that runs neither service. They need nothing but the trust list, the proposal and
their own key: the proposal has every change in sentences, and the broker makes the list again before it takes it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from broker.agency.commands_grant import Key, TrustList, Who, own_key, read_listed
from broker.agency.exits import Exit
from broker.agency.inputs import read_file
from broker.agency.options import edges_of
from broker.agency.proposals import check_proposal, signed, summary
from broker.wire.fields import parse
from broker.wire.policy_change import Proposal

app = typer.Typer(help="Agreements come into force on the word of two people.", no_args_is_help=True)

Change = Annotated[Path, typer.Argument(help="The proposal, as the operator sent it.", dir_okay=False)]


@app.callback()
def _group() -> None:
    """A group even while it has one command."""


@app.command()
def allow(command: typer.Context, proposal: Change, secrets: Key, who: Who, trust: TrustList) -> int:
    """For a granter: shows all that changes, and what it would have changed, asks, and prints your signature."""
    edges = edges_of(command)
    listed = read_listed(trust, edges)
    granter, put = listed.granter(who), parse(Proposal, read_file(proposal))
    check_proposal(put, place=listed.place, now=edges.now())
    for line in (put.text, *summary(put.terms)):
        typer.echo(line, err=True)
    typer.confirm("Do you agree to exactly this?", abort=True, err=True)
    key = own_key(granter, secrets, listed=listed, today=edges.now().date())
    typer.echo(signed(put, granter.id, key).model_dump_json())
    return Exit.ACCEPTED
