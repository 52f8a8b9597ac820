"""`audit-search`, `audit-queue`, `audit-decide`: our IG officer looks through the log, and at what waits for them."""

from __future__ import annotations

import json as jsonlib
import re
from typing import Annotated, Literal

import typer

from broker.agency.commands_ask import StaffId, staff_member
from broker.agency.delivery import write_atomically
from broker.agency.exits import Exit
from broker.agency.free_text import typed_text
from broker.agency.officer import Officer
from broker.agency.options import HERE, AsJson, Folder, edges_of, workspace_in
from broker.agency.screen import Screen
from broker.agency.words import day, plain
from broker.agency.workspace import Workspace
from broker.audit.query import parse
from broker.errors import BadInput
from broker.wire.audit_queue import LookOutcome, QueuedLook

Text = Annotated[str | None, typer.Argument(help='What to look for, such as "actor:w7 is:emergency after:2026-11-01".')]
Pages = Annotated[int, typer.Option(min=1, max=1000, help="How many pages of 25.")]
OpenEntry = Annotated[str | None, typer.Option("--entry", help="Opens one by its reference, with its proof.")]
CountBy = Annotated[
    Literal["org", "purpose", "decision", "rule", "day"] | None, typer.Option("--by", help="Counts instead of listing.")
]
Save = Annotated[str | None, typer.Option("--save", help="Keeps this search here under a name.")]
Saved = Annotated[str | None, typer.Option("--saved", help="Runs the search that is kept under this name.")]
REASONS = {
    "A1": "they looked themselves up (A1)",
    "A2": "the person is of their household, or a colleague (A2)",
    "A3": "we do not know the family, and they named no case (A3)",
    "A4": "an emergency that nobody has reviewed in time (A4)",
    "A5": "the person is under a protection (A5)",
    "A6": "far more families in a day than their colleagues (A6)",
    "A7": "many look-ups in a few minutes that found nobody or nothing (A7)",
    "A8": "several purposes tried for one person after a refusal (A8)",
    "A9": "at an hour at which they never work (A9)",
    "A10": "their first look-up after a long time (A10)",
    "A11": "a purpose that their role does not have otherwise (A11)",
    "A12": "several people whom nothing ties to one family looked at it in a day (A12)",
    "A13": "the operator opened this answer, and nothing here says why (A13)",
    "emergency": "it was an emergency",
    "unexplained": "nothing explains it",
    "sample": "drawn by lot",
}
_SEARCHES = "searches.json"
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


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
    wanted = _kept(place, saved) if saved else text or ""
    parse(wanted)
    if save:
        _keep(place, save, wanted)
    screen.result(*(officer.counts(wanted, by) if by else officer.finds(wanted, pages)))
    return Exit.ACCEPTED


def audit_queue(context: typer.Context, staff: StaffId = None, workspace: Folder = HERE, json: AsJson = False) -> int:
    """Look-ups of ours that somebody has to look at, the gravest first: why, and by when. Is logged itself."""
    edges = edges_of(context)
    place = workspace_in(workspace, edges)
    officer = Officer(place, edges, staff_member(place, staff).id)
    told = officer.reads_queue()
    lines = [line for one in told.items for line in _lines(officer, one, told.said)]
    items = [one.model_dump(mode="json", exclude={"hit"}) | {"hit": officer.content(one.hit)} for one in told.items]
    Screen(json).result({"items": items}, lines or ["nothing waits"])
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


def _lines(officer: Officer, one: QueuedLook, words: dict[str, str]) -> list[str]:
    late = "OVERDUE " if one.is_overdue else ""
    why = "; ".join(REASONS.get(name, name) for name in one.reasons)
    taken = f", taken on by {officer.names.get(one.taken_by, one.taken_by)}" if one.taken_by else ""
    return [
        plain(f"{one.reference}  {late}by {day(one.due)}{taken}: {why}"),
        f"    {officer.line(one.hit, words)}",
    ]


def _searches(place: Workspace) -> dict[str, str]:
    try:
        content = jsonlib.loads((place.state / _SEARCHES).read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return {str(name): str(text) for name, text in content.items()} if isinstance(content, dict) else {}


def _keep(place: Workspace, name: str, text: str) -> None:
    if not _NAME.fullmatch(name):
        hint = "small letters, digits and hyphens, such as emergencies-of-the-month"
        raise BadInput("search-name", "a search can't be called so", field="save", hint=hint)
    kept = _searches(place) | {name: text}
    write_atomically(place.state / _SEARCHES, jsonlib.dumps(kept, sort_keys=True, indent=1).encode())


def _kept(place: Workspace, name: str) -> str:
    kept = _searches(place)
    if name not in kept:
        hint = f"kept are {', '.join(sorted(kept))}" if kept else "`--save NAME` keeps one"
        raise BadInput("search-not-kept", "no search is kept under this name", field="saved", hint=hint)
    return kept[name]
