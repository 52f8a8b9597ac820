"""`pause`, `resume`, `pauses`: our services stop telling at once, by one person, and tell again by two."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated

import typer

from broker.agency.exits import Exit
from broker.agency.options import HERE, Agree, AsJson, Folder, StaffId, acting_in, edges_of, workspace_in
from broker.agency.our_people import staff_names
from broker.agency.pausing import our_services, pause, read_paused, resume
from broker.agency.screen import Screen
from broker.agency.words import day, listing, moment, plain
from broker.errors import BadInput
from broker.wire.pause import Paused, PauseReceipt

Services = Annotated[list[str] | None, typer.Argument(help="Your services, such as csc.")]
All = Annotated[bool, typer.Option("--all", help="All services of your agency.")]


def pause_sharing(
    context: typer.Context,
    services: Services = None,
    every: All = False,
    staff: StaffId = None,
    workspace: Folder = HERE,
    json: AsJson = False,
) -> int:
    """Nothing of these services is told to anybody from the next look-up on. What they protect stays protected."""
    by = acting_in(context, workspace, staff)
    made = pause(by, _named(services, our_services(by.place) if every else None))
    lines = [
        f"paused: {_services(made)}; nobody is told of their records from the next look-up on",
        "whoever asks reads that they have paused and whom to ring, whether you know the person or not",
        "two people resume it: `broker-agency resume`, and another with --agree",
    ]
    return _told(made, lines, json)


def resume_sharing(
    context: typer.Context,
    services: Services = None,
    every: Annotated[bool, typer.Option("--all", help="All that has paused.")] = False,
    agree: Agree = False,
    staff: StaffId = None,
    workspace: Folder = HERE,
    json: AsJson = False,
) -> int:
    """Proposes that these services tell again; with --agree, as the second person, resumes it."""
    by = acting_in(context, workspace, staff)
    paused = [one.source for one in read_paused(by.place, by.edges)] if every else None
    if paused == []:
        raise BadInput("pause-none", "no service of yours has paused")
    made = resume(by, _named(services, paused), second=agree)
    until = f" by {day(made.due)}" if made.due else ""
    line = f"proposed: {_services(made)}; they tell nothing until a second person agrees{until}: `resume --agree`"
    return _told(made, [f"resumed: {_services(made)}" if made.done == "resumed" else line], json)


def pauses(context: typer.Context, workspace: Folder = HERE, json: AsJson = False) -> int:
    """Which of your services have paused, since when, by whom, and whether somebody has proposed to resume."""
    edges = edges_of(context)
    place = workspace_in(workspace, edges)
    staff, found = staff_names(place), read_paused(place, edges)
    content = {"pauses": [_content(one, staff) for one in found]}
    Screen(json).result(content, [_line(one, staff) for one in found] or ["all your services share"])
    return Exit.ACCEPTED


def _named(services: list[str] | None, every: tuple[str, ...] | list[str] | None) -> list[str]:
    if bool(services) == (every is not None):
        raise BadInput("services-unsaid", "which services?", hint="name them, or say --all", field="services")
    return list(every if every is not None else services or ())


def _services(made: PauseReceipt) -> str:
    return plain(listing(made.sources))


def _told(made: PauseReceipt, lines: list[str], json: bool) -> int:
    content = made.model_dump(mode="json", exclude_none=True, exclude={"leaf", "proof"})
    Screen(json).result(content, lines)
    return Exit.ACCEPTED


def _line(one: Paused, staff: Mapping[str, str]) -> str:
    return "; ".join(_said(one, staff))


def _said(one: Paused, staff: Mapping[str, str]) -> Iterator[str]:
    yield f"{plain(one.source)}: paused since {moment(one.since)}{_by(one.paused_by, staff)}"
    if one.resuming_by:
        until = f" by {day(one.due)}" if one.due else ""
        yield f"somebody proposed to resume it{_by(one.resuming_by, staff)}, a second person agrees{until}"


def _by(who: str, staff: Mapping[str, str]) -> str:
    return f" ({plain(staff[who])})" if who in staff else ""


def _content(one: Paused, staff: Mapping[str, str]) -> dict[str, object]:
    content: dict[str, object] = one.model_dump(mode="json", exclude_none=True)
    resuming = {"resuming_by": staff.get(one.resuming_by, one.resuming_by)} if one.resuming_by else {}
    return content | {"paused_by": staff.get(one.paused_by, one.paused_by)} | resuming
