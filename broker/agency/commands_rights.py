"""`right`, `rights`, `right-clock`, `decide-right`: a person uses a right about a record of ours.

One member of staff takes it in and it counts at once; another decides. The first uses the desk's key, the second the
reviewers'. What the person wrote stays here.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import typer

from broker.agency import people_rights
from broker.agency.edges import Edges
from broker.agency.exits import Exit
from broker.agency.options import (
    HERE,
    AsJson,
    Folder,
    Names,
    NamesMapping,
    Record,
    Source,
    StaffId,
    acting_in,
)
from broker.agency.our_people import record_names, staff_names
from broker.agency.people_rights import move_clock, read_rights, take_right
from broker.agency.right_page import EFFECTS, NEXT, right_content, right_lines, tell_person, told_sentence
from broker.agency.screen import Screen
from broker.agency.words import day, plain
from broker.wire.isoday import iso_day
from broker.wire.london import london_date
from broker.wire.rights import ClockAct, Ground, Right, RightOutcome, RightReceipt

WhichRight = Annotated[Right, typer.Argument(help="What the person asks for.", metavar="RIGHT")]
Received = Annotated[str | None, typer.Option("--received", help="The day it arrived, as 2026-11-20; else today.")]
RightReference = Annotated[str, typer.Argument(help="What `broker-agency rights` calls it.")]
Act = Annotated[ClockAct, typer.Option("--say", help="What happened to its clock.")]
On = Annotated[str | None, typer.Option("--on", help="The day on which it happened; else today.")]
Outcome = Annotated[RightOutcome, typer.Option("--say", help="What you decide.")]
Because = Annotated[Ground | None, typer.Option("--ground", help="Why the person does not get what they asked for.")]
Taken = Annotated[bool, typer.Option("--taken", help="All that we have taken in, also what is settled.")]


def right(  # noqa: PLR0913
    context: typer.Context,
    which: WhichRight,
    source: Source,
    record: Record,
    received: Received = None,
    staff: StaffId = None,
    workspace: Folder = HERE,
    json: AsJson = False,
) -> int:
    """Takes in what a person asks for about a record of yours. It counts at once; a colleague decides in time."""
    by = acting_in(context, workspace, staff)
    made = take_right(by, which, source, record=record, received=_day(received, by.edges, field="received"))
    lines = [
        f"taken in as {plain(made.reference)}: {_due(made, by.edges, is_new=True)}",
        EFFECTS[which],
        told_sentence(made.told, made.untold),
    ]
    Screen(json).result(_content(made), [line for line in lines if line])
    return Exit.ACCEPTED


def rights(
    context: typer.Context,
    taken: Taken = False,
    names: Names = None,
    mapping: NamesMapping = None,
    staff: StaffId = None,
    workspace: Folder = HERE,
    json: AsJson = False,
) -> int:
    """What people have asked for and waits for your reviewers, the earliest due first."""
    by = acting_in(context, workspace, staff)
    told = read_rights(by, taken=taken)
    known, people = record_names(by.place, by.edges, names, mapping), staff_names(by.place)
    lines = [line for one in told for line in right_lines(one, known, people)]
    content = {"rights": [right_content(one, known, people) for one in told]}
    Screen(json).result(content, lines or ["nothing waits"])
    return Exit.ACCEPTED


def right_clock(
    context: typer.Context,
    reference: RightReference,
    say: Act,
    on: On = None,
    staff: StaffId = None,
    workspace: Folder = HERE,
    json: AsJson = False,
) -> int:
    """Stops or prolongs the time to answer, goes on, acknowledges a complaint, or opens again what was decided."""
    by = acting_in(context, workspace, staff)
    made = move_clock(by, reference, say, on=_day(on, by.edges, field="on"))
    lines = [f"recorded for {plain(made.reference)}: {_due(made, by.edges)}", NEXT.get(say, "")]
    lines += [told_sentence(made.told, made.untold)]
    Screen(json).result(_content(made), [line for line in lines if line])
    return Exit.ACCEPTED


def decide_right(
    context: typer.Context,
    reference: RightReference,
    say: Outcome,
    ground: Because = None,
    staff: StaffId = None,
    workspace: Folder = HERE,
    json: AsJson = False,
) -> int:
    """Decides what a colleague took in. Whoever had earlier answers that rested on the record is told."""
    by = acting_in(context, workspace, staff)
    made = people_rights.decide_right(by, reference, say, ground=ground)
    lines = [f"recorded for {plain(made.reference)}", tell_person(say, ground), told_sentence(made.told, made.untold)]
    Screen(json).result(_content(made), [line for line in lines if line])
    return Exit.ACCEPTED


def _content(made: RightReceipt) -> dict[str, object]:
    return made.model_dump(mode="json", exclude_none=True, exclude={"v", "receipt"})


def _due(made: RightReceipt, edges: Edges, *, is_new: bool = False) -> str:
    if made.state == "paused":
        return "the clock stands still until you say `resume`"
    if made.due is None:
        return "settled"
    late = "OVERDUE, it was " if made.due < edges.now().date() else ""
    what = "acknowledged" if is_new and made.right == "complaint" else "answered"
    return f"{late}to be {what} by {day(made.due)}"


def _day(text: str | None, edges: Edges, *, field: str) -> dt.date:
    return london_date(edges.now()) if text is None else iso_day(text, field=field)
