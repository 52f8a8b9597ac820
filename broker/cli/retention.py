"""`broker retention`: what has to go goes, and what went is reported. For a timer, every night.

run      values whose time is over, record by record; then details of the audit log whose time is over
report   source by source: looked at, destroyed, held back; what the log keeps and until when
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar
from rich.table import Table

from broker.errors import BadInput

app = typer.Typer(no_args_is_help=True, help="What has to go: values, and details of the audit log.")
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")]
_LINES = 20


@app.command()
def run(context: typer.Context, as_json: Json = False) -> None:
    """Destroys what nobody could be told any more. Killed, it goes on where it was; run it as often as you like."""
    from broker.actions.dispose import run_disposal
    from broker.actions.expire_details import expire_details
    from broker.cli.runs import operator_of
    from broker.store.disposals import scrub

    parts = operator_of(context, as_json).parts
    with _progress("Looking at records") as tell:
        rounds = run_disposal(parts, progress=tell)
    with _progress("Destroying details") as tell:
        expired = expire_details(parts, progress=tell)
    scrub(parts.store)
    records, values, held = (sum(getattr(one, name) for one in rounds) for name in ("records", "destroyed", "held"))
    details = sum(one.entries for one in expired)
    said = f"{values:,} values of {records:,} records destroyed, {held:,} records held back"
    content = {"records": records, "values": values, "held": held, "details": details, "sources": _sources(rounds)}
    _print(content, as_json, f"{said}; details of {details:,} events of the audit log destroyed")


@app.command()
def report(context: typer.Context, as_json: Json = False) -> None:
    """How far the last round came, what it destroyed and what is held back, out of the database and the log."""
    from broker.actions.report_retention import report_retention
    from broker.cli.runs import operator_of

    found = report_retention(operator_of(context, as_json).parts)
    content = {
        "sources": [{**asdict(one), "day": one.day.isoformat(), "after": one.after.hex()} for one in found.rounds],
        "destroyed": found.destroyed,
        "holds": found.holds,
        "holds_due": found.holds_due,
        "details": found.details,
        "expired": found.expired,
        "shredded": found.shredded,
        "unexplained": found.unexplained,
    }
    if as_json:
        _print(content, True, "")
        return
    console = Console(highlight=False)
    table = Table("source", "last round", "looked at", "records", "values", "held back", "destroyed in all")
    for one in found.rounds:
        ended = one.day.isoformat() + ("" if one.ended else " (not ended)")
        numbers = (f"{many:,}" for many in (one.looked_at, one.records, one.destroyed, one.held))
        table.add_row(one.source, ended, *numbers, f"{found.destroyed.get(one.source, 0):,}")
    console.print(table)
    console.print(
        f"{found.holds:,} holds, {found.holds_due:,} to be looked at again; of the audit log {found.details:,} events "
        f"have their details, {found.expired:,} lost them when their time ran out, {found.shredded:,} by decision"
    )
    if found.unexplained:
        console.print(
            f"{found.unexplained:,} events have no details and nothing in the log says why: find out", style="bold"
        )


def shred(
    context: typer.Context,
    entries: Annotated[
        list[int] | None, typer.Argument(help="Places of events in the log.", metavar="PLACE...")
    ] = None,
    answer: Annotated[str, typer.Option(help="Or all events of the answer with this reference.")] = "",
    basis: Annotated[str, typer.Option(help="erasure, court-order, unlawful or mistake.")] = "",
    case: Annotated[str, typer.Option(help="The number of the matter in which it was decided.")] = "",
    rewrite: Annotated[bool, typer.Option(help="PostgreSQL: write the table anew at once, which locks it.")] = False,
    as_json: Json = False,
) -> None:
    """Destroys the details of events before their time, and logs on what basis. There is no way back."""
    from broker.actions.shred_details import BASES, entries_of, shred_details
    from broker.cli.runs import operator_of
    from broker.store.disposals import scrub

    known = next((one for one in BASES if one == basis), None)
    if known is None or bool(entries) == bool(answer):
        hint = f"--basis {'|'.join(BASES)} and --case, with places or --answer"
        raise BadInput("shred-unclear", "say which events, on what basis and in which matter", hint=hint)
    parts = operator_of(context, as_json).parts
    wanted = entries or entries_of(parts, answer)
    by = shred_details(parts, wanted, basis=known, case=case)
    scrub(parts.store, *(["audit_details"] if rewrite else []))
    said = f"{len(set(wanted)):,} details shredded, authorised by entry #{by}"
    _print({"details": len(set(wanted)), "by": by, "basis": known}, as_json, said)


def prune(context: typer.Context, as_json: Json = False) -> None:
    """Takes events older than every class of details out of the log; what is later is proven as before."""
    from broker.actions.prune_log import prune_log
    from broker.cli.runs import operator_of
    from broker.store.disposals import scrub

    parts = operator_of(context, as_json).parts
    found = prune_log(parts)
    scrub(parts.store)
    _print(asdict(found), as_json, f"{found.events:,} events pruned: the log is served from entry #{found.first} on")


def _sources(rounds: Any) -> dict[str, dict[str, int]]:
    names = ("looked_at", "records", "destroyed", "held")
    return {one.source: {name: getattr(one, name) for name in names} for one in rounds}


@contextmanager
def _progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on a terminal; plain lines in a nightly job."""
    console = Console(stderr=True, highlight=False)
    if not sys.stderr.isatty():
        last = [0]

        def line(done: int, of: int) -> None:
            if done == of or (done - last[0]) * _LINES >= of:
                last[0] = done
                console.print(f"{what.lower()}: {done:,} of {of:,}")

        yield line
        return
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bar(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, of: bar.update(task, completed=done, total=of)


def _print(content: dict[str, Any], as_json: bool, text: str) -> None:
    console = Console(highlight=False, soft_wrap=True)
    console.print_json(json.dumps(content)) if as_json else console.print(text)
