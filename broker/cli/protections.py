"""`broker protections report`: how many protections each agency has, and how many of them wait for somebody."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

app = typer.Typer(no_args_is_help=True, help="The register of protections: safe addresses, witnesses, adoptions.")
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")]


@app.callback()
def _group() -> None:
    """Keeps `report` a command of its own."""


@app.command()
def report(context: typer.Context, as_json: Json = False) -> None:
    """How many each agency has, and how many wait for a second person or for their review. Is logged itself."""
    from broker.actions.read_protections import COUNTS, report_protections
    from broker.cli.runs import operator_of

    found = report_protections(operator_of(context, as_json).parts)
    console = Console(highlight=False)
    if as_json:
        console.print_json(json.dumps({"agencies": [asdict(row) for row in found]}))
        return
    heads = ("in force", "to be confirmed", "to be lifted", "nobody in time", "due for review", "lifted")
    table = Table("agency", *heads)
    for row in found:
        counts = asdict(row)
        table.add_row(row.agency, *(f"{counts[what]:,}" for what in COUNTS))
    console.print(table if found else "no agency has set a protection")
