"""`broker audit subject` and `broker audit index`: who has looked at one record, and the index that proves it whole."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console

from broker.errors import BadInput

console = Console(highlight=False, soft_wrap=True)
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")]


def subject(
    context: typer.Context,
    source: Annotated[str, typer.Argument(help="The service whose record it is.")],
    ref: Annotated[str, typer.Argument(help="The record as its agency names it to the broker: 32 hex digits.")],
    by: Annotated[str, typer.Option("--by", help="Who opens this: a staff number.")],
    second: Annotated[str, typer.Option("--second", help="The second person, who is with them.")],
    matter: Annotated[str, typer.Option("--matter", help="The number of the matter it is for.")],
    as_json: Json = False,
) -> None:
    """Opens who has looked at one record, embargoed looks too. It takes two people, and is logged with both."""
    from broker.actions.open_looks import Opening, open_looks
    from broker.cli.runs import operator_of

    try:
        wanted = bytes.fromhex(ref)
    except ValueError:
        wanted = b""
    if len(wanted) != 16:
        raise BadInput("ref-invalid", "a record is named by 32 hex digits", field="ref", hint="ask its agency for them")
    opening = Opening(source, wanted, by, second, matter)
    looks = open_looks(operator_of(context, as_json).parts, opening).value
    if as_json:
        console.print_json(json.dumps({"looks": [asdict(one) for one in looks]}, default=str))
        return
    for one in looks:
        what = ", ".join(f"{item} {level} ({clause})" for item, level, clause in one.items)
        console.print(f"{one.at}  {one.org}  {one.role}  {one.purpose}  staff {one.staff}  {one.answer}", markup=False)
        console.print(f"    {what}; its agency is told from {one.told_from.isoformat()}", markup=False)
    console.print(f"{len(looks)} looks")


def index(context: typer.Context, as_json: Json = False) -> None:
    """Indexes every day of the log that has ended by whose records were looked at. A serving broker does so itself."""
    from broker.actions.index_looks import close_days
    from broker.cli.runs import operator_of

    closed = close_days(operator_of(context, as_json).parts)
    said = f"{closed} indexes closed" if closed != 1 else "1 index closed"
    console.print_json(json.dumps({"indexed": closed})) if as_json else console.print(said)
