"""`person-report`: what a person reads about themself when they ask: what we hold for sharing, and who has looked."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from broker.agency.acting import acting
from broker.agency.exits import Exit
from broker.agency.options import HERE, AsJson, Folder, StaffId, edges_of, staff_member, workspace_in
from broker.agency.own_report import BEFORE, GUARDED, OwnReport, make_report, report_lines
from broker.agency.screen import Screen
from broker.agency.seen import looks_lines

Records = Annotated[
    list[str], typer.Argument(help="The person's records, each as SERVICE/REFERENCE: csc/C-1041.", metavar="RECORD...")
]


def person_report(
    context: typer.Context,
    records: Records,
    staff: StaffId = None,
    workspace: Folder = HERE,
    json: AsJson = False,
) -> int:
    """Makes what a person reads about themself: what your services hold for sharing, and who has looked at it."""
    edges = edges_of(context)
    place = workspace_in(workspace, edges)
    made = make_report(acting(place, edges, staff_member(place, staff).id), records)
    screen = Screen(json)
    screen.say(GUARDED if made.report.is_guarded else BEFORE)
    screen.result(_content(made), list(report_lines(made)))
    return Exit.ACCEPTED


def _content(made: OwnReport) -> dict[str, Any]:
    content = made.report.model_dump(mode="json", exclude_none=True, exclude={"v", "receipt", "absent"})
    for shown, one in zip(content["records"], made.report.records, strict=True):
        shown["seen"] = looks_lines(made.seen[one.ref])
    return {**content, "absent": list(made.absent)}
