"""`broker audit subject`, `prove-looks` and `index`: who has looked at one record, and the index that proves it."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from broker.cli.evidence import write
from broker.errors import BadInput
from broker.wire.london import in_words

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

    opening = Opening(source, _named(ref), by, second, matter)
    looks = open_looks(operator_of(context, as_json).parts, opening).value
    if as_json:
        console.print_json(json.dumps({"looks": [asdict(one) for one in looks]}, default=str))
        return
    for one in looks:
        what = ", ".join(f"{item} {level} ({clause})" for item, level, clause in one.items)
        console.print(f"{one.at}  {one.org}  {one.role}  {one.purpose}  staff {one.staff}  {one.answer}", markup=False)
        console.print(f"    {what}; its agency is told from {in_words(one.told_from)}", markup=False)
    console.print(f"{len(looks)} looks")


def prove_looks(
    context: typer.Context,
    to: Annotated[Path, typer.Argument(help="The zip to write.")],
    source: Annotated[str, typer.Argument(help="The service whose record it is.")],
    ref: Annotated[str, typer.Argument(help="The record as its agency names it to the broker: 32 hex digits.")],
    by: Annotated[str, typer.Option("--by", help="Who gives this out: a staff number.")],
    second: Annotated[str, typer.Option("--second", help="The second person, who is with them.")],
    matter: Annotated[str, typer.Option("--matter", help="The number of the matter it is for.")],
) -> None:
    """Writes evidence of all looks at one record, and that there are no others. Embargoed looks are only counted."""
    from broker.actions.export_evidence import export_evidence
    from broker.actions.open_looks import Opening
    from broker.cli.runs import operator_of

    opening = Opening(source, _named(ref), by, second, matter)
    write(to, export_evidence(operator_of(context, False).parts, [], show=("role", "record"), looks=opening))
    console.print(f"wrote {to}; give `verify_audit.py` and the policy apart", markup=False)


def _named(ref: str) -> bytes:
    if not re.fullmatch("[0-9a-f]{32}", ref, re.ASCII):
        raise BadInput("ref-invalid", "a record is named by 32 hex digits", field="ref", hint="ask its agency for them")
    return bytes.fromhex(ref)


def index(context: typer.Context, as_json: Json = False) -> None:
    """Indexes every day of the log that has ended by whose records were looked at. A serving broker does so itself."""
    from broker.actions.index_looks import close_days
    from broker.cli.runs import operator_of

    closed = close_days(operator_of(context, as_json).parts)
    said = f"{closed} indexes closed" if closed != 1 else "1 index closed"
    console.print_json(json.dumps({"indexed": closed})) if as_json else console.print(said)
