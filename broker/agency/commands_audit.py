"""`audit-search`, `-export`, `-queue`, `-decide`: our IG officer looks through the log, and at what waits for them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from broker.agency.delivery import write_atomically
from broker.agency.exits import Exit
from broker.agency.free_text import typed_text
from broker.agency.look_reasons import reason
from broker.agency.officer import Officer
from broker.agency.options import HERE, AsJson, Folder, StaffId, edges_of, staff_member, workspace_in
from broker.agency.saved_searches import keep_search, saved_search
from broker.agency.screen import Screen
from broker.agency.taking_along import Form, take_along
from broker.agency.words import day, plain
from broker.audit.query import parse
from broker.wire.audit_queue import LookOutcome, QueuedLook

Text = Annotated[str | None, typer.Argument(help='What to look for, such as "actor:w7 is:emergency after:2026-11-01".')]
Pages = Annotated[int, typer.Option(min=1, max=1000, help="How many pages of 25.")]
OpenEntry = Annotated[str | None, typer.Option("--entry", help="Opens one by its reference, with its proof.")]
CountBy = Annotated[
    Literal["org", "purpose", "decision", "rule", "day"] | None, typer.Option("--by", help="Counts instead of listing.")
]
Closed = Annotated[bool, typer.Option("--closed", help="What was closed and what was written then, instead.")]
Save = Annotated[str | None, typer.Option("--save", help="Keeps this search here under a name.")]
Saved = Annotated[str | None, typer.Option("--saved", help="Runs the search that is kept under this name.")]


def audit_search(  # noqa: PLR0913
    context: typer.Context,
    text: Text = None,
    entry: OpenEntry = None,
    by: CountBy = None,
    pages: Pages = 1,
    save: Save = None,
    saved: Saved = None,
    staff: StaffId = None,
    workspace: Folder = HERE,
    json: AsJson = False,
) -> int:
    """Finds look-ups of ours and of our records: who, why, what was told, and what explains it. Is logged itself."""
    edges = edges_of(context)
    place = workspace_in(workspace, edges)
    officer = Officer(place, edges, staff_member(place, staff).id)
    screen = Screen(json)
    if entry:
        screen.result(*officer.opens(entry))
        return Exit.ACCEPTED
    wanted = saved_search(place, saved) if saved else text or ""
    parse(wanted)
    if save:
        keep_search(place, save, wanted)
    screen.result(*(officer.counts(wanted, by) if by else officer.finds(wanted, pages)))
    return Exit.ACCEPTED


def audit_export(
    context: typer.Context,
    text: Text = None,
    form: Annotated[Form, typer.Option("--format", help="csv, fhir, ocsf or evidence.")] = "csv",
    out: Annotated[Path | None, typer.Option("--out", help="Where to put it; without it, in this folder.")] = None,
    staff: StaffId = None,
    workspace: Folder = HERE,
    json: AsJson = False,
) -> int:
    """Writes what a search finds to a file: a table, events for other systems, or evidence. Is logged itself."""
    edges = edges_of(context)
    place = workspace_in(workspace, edges)
    wanted = text or ""
    parse(wanted)
    made = take_along(Officer(place, edges, staff_member(place, staff).id), wanted, form)
    path = out or Path(made.name)
    write_atomically(path, made.content)
    rest = "" if made.is_all else ", and there are more: narrow the days"
    shown = {"file": str(path), "count": made.count, "all": made.is_all}
    Screen(json).result(shown, [f"wrote {made.count:,} to {path}{rest}"])
    return Exit.ACCEPTED


def audit_queue(
    context: typer.Context,
    closed: Closed = False,
    staff: StaffId = None,
    workspace: Folder = HERE,
    json: AsJson = False,
) -> int:
    """Look-ups of ours that somebody has to look at, the gravest first: why, and by when. Is logged itself."""
    edges = edges_of(context)
    place = workspace_in(workspace, edges)
    officer = Officer(place, edges, staff_member(place, staff).id)
    told = officer.reads_closed() if closed else officer.reads_queue()
    lines = [line for one in told.items for line in _lines(officer, one, told.said)]
    Screen(json).result(
        {"items": [_content(officer, one) for one in told.items]},
        lines or ["nothing is closed yet" if closed else "nothing waits"],
    )
    return Exit.ACCEPTED


def audit_decide(
    context: typer.Context,
    reference: Annotated[str, typer.Argument(help="What it is called in `broker-agency audit-queue`.")],
    say: Annotated[LookOutcome | None, typer.Option("--say", help="What you found; without it you take it on.")] = None,
    because: Annotated[str | None, typer.Option("--because", help="Why. `@FILE` reads it from a file.")] = None,
    staff: StaffId = None,
    workspace: Folder = HERE,
    json: AsJson = False,
) -> int:
    """Takes on one of them, or says what came of it. Nobody decides about their own look-up."""
    edges = edges_of(context)
    place = workspace_in(workspace, edges)
    officer = Officer(place, edges, staff_member(place, staff).id)
    note = typed_text(because, "What did you find?") if say else None
    made = officer.decides(reference, say, note=note)
    said = f"recorded: {say.replace('_', ' ')}" if say else "recorded: you have taken it on"
    Screen(json).result({"reference": made.reference, "state": made.state, "outcome": made.outcome}, [said])
    return Exit.ACCEPTED


def _content(officer: Officer, one: QueuedLook) -> dict[str, object]:
    content = one.model_dump(mode="json", exclude={"hit", "note"}) | {"hit": officer.content(one.hit)}
    return content | ({"note": officer.note(one)} if one.note else {})


def _lines(officer: Officer, one: QueuedLook, words: dict[str, str]) -> list[str]:
    late = "OVERDUE " if one.is_overdue else ""
    why = "; ".join(reason(name) for name in one.reasons)
    taken = f", taken on by {officer.names.get(one.taken_by, one.taken_by)}" if one.taken_by else ""
    return [
        plain(f"{one.reference}  {late}by {day(one.due)}{taken}: {why}"),
        f"    {officer.line(one.hit, words)}",
        *([f"    closed: {one.outcome.replace('_', ' ')}. {officer.note(one)}"] if one.outcome else []),
    ]
