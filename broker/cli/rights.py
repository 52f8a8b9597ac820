"""`broker rights report`: how people's rights went, what each agency owes now, and whether readers were told."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from broker.wire.london import in_words

app = typer.Typer(no_args_is_help=True, help="The rights of the people whom records are about: counts and clocks.")
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")]


@app.callback()
def _group() -> None:
    """Keeps `report` a command of its own."""


@app.command()
def report(
    context: typer.Context,
    days: Annotated[int, typer.Option(min=1, max=3660, help="Of how many days, up to now.")] = 30,
    as_json: Json = False,
) -> None:
    """Right by right what was taken in and decided, and what each agency owes now. Is logged itself."""
    from broker.actions.report_rights import report_rights
    from broker.cli.runs import operator_of

    found = report_rights(operator_of(context, as_json).parts, days=days)
    console = Console(highlight=False)
    if as_json:
        console.print_json(json.dumps(asdict(found) | {"since": found.since.isoformat()}))
        return
    rights = Table("right", "taken in", "decided", "granted", "taken back", "not in time")
    for row in found.rights:
        numbers = (row.taken, row.decided, row.granted, row.withdrawn, row.overdue)
        rights.add_row(row.right, *(f"{one:,}" for one in numbers))
    console.print(rights if found.rights else f"no right was used since {in_words(found.since)}")
    owed = Table("agency", "waiting", "overdue", "stopped", "in force")
    for one in found.agencies:
        owed.add_row(one.agency, *(f"{many:,}" for many in (one.waiting, one.overdue, one.stopped, one.in_force)))
    if found.agencies:
        console.print(owed)
    console.print(f"{found.notices_unread:,} notices to earlier readers wait to be fetched")
