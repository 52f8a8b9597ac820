"""`broker refusals`: clocks that have run out, and how refusals and emergencies went.

escalate   passes on what nobody answered in time; for a timer, every few minutes
report     rule by rule: refused, challenged, overturned, lifted in emergencies; what to change
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from broker.wire.london import in_words

app = typer.Typer(no_args_is_help=True, help="Refusals that people look at: their clocks, and how they went.")
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")]


@app.command()
def escalate(context: typer.Context, as_json: Json = False) -> None:
    """Passes on what nobody has answered in time, and says so to both sides. Run it as often as you like."""
    from broker.actions.run_clocks import run_clocks
    from broker.cli.runs import operator_of

    done = run_clocks(operator_of(context, as_json).parts)
    said = f"{done.escalated} went on to the next, {done.unexplained} emergencies are not explained in time"
    _print(asdict(done), as_json, f"{said}, {done.forgotten} settled cases deleted")


@app.command()
def report(
    context: typer.Context,
    days: Annotated[int, typer.Option(min=1, max=3660, help="Of how many days, up to now.")] = 30,
    as_json: Json = False,
) -> None:
    """How refusals and emergencies went, rule by rule, out of the audit log. Is logged itself."""
    from broker.actions.report_refusals import FLAG_PERCENT, report_refusals
    from broker.cli.runs import operator_of

    found = report_refusals(operator_of(context, as_json).parts, days=days)
    rules = [
        asdict(row) | {"overturned_percent": row.overturned_percent, "flagged": row.is_flagged} for row in found.rules
    ]
    content = asdict(found) | {"since": found.since.isoformat(), "rules": rules}
    if as_json:
        _print(content, True, "")
        return
    console = Console(highlight=False)
    console.print(
        f"{found.answers:,} answers since {in_words(found.since)}, {found.emergencies:,} in an emergency "
        f"({found.unexplained} not explained in time, {found.not_justified} not justified); "
        f"{found.escalated} cases went on to the next"
    )
    table = Table("rule", "refused", "challenged", "answered", "overturned", "lifted in emergencies", "")
    for row in found.rules:
        percent = "" if row.overturned_percent is None else f" ({row.overturned_percent} %)"
        flag = f"over {FLAG_PERCENT} %: change the rule" if row.is_flagged else ""
        numbers = (f"{one:,}" for one in (row.refused, row.challenged, row.answered))
        table.add_row(row.rule, *numbers, f"{row.overturned:,}{percent}", f"{row.lifted:,}", flag)
    console.print(table)


def _print(content: dict[str, Any], as_json: bool, text: str) -> None:
    console = Console(highlight=False)
    console.print_json(json.dumps(content)) if as_json else console.print(text)
