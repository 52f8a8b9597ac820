"""`silent`: what of our records was withheld without the asker's noticing, for our own IG officer."""

from __future__ import annotations

from typing import Annotated

import typer

from broker.agency.broker_calls import read_as
from broker.agency.exits import Exit
from broker.agency.options import HERE, AsJson, Folder, StaffId, acting_in
from broker.agency.screen import Screen
from broker.agency.words import plain, words
from broker.errors import Untrusted
from broker.wire.isoday import iso_day
from broker.wire.silent import Silent, SilentAnswer

Day = Annotated[str | None, typer.Option("--day", help="Which day (UTC), as 2026-11-22; today if left out.")]


def silent(
    context: typer.Context, day: Day = None, staff: StaffId = None, workspace: Folder = HERE, json: AsJson = False
) -> int:
    """What of our records was withheld on one day without being told: who asked why, and how often."""
    by = acting_in(context, workspace, staff)
    place = by.place
    wanted = iso_day(day, field="day") if day else by.edges.now().date()
    path = f"/v1/refusals/silent/{wanted.isoformat()}"
    told = read_as(by, Silent, signer=place.review_signer(), path=path)
    if (told.agency, told.day) != (place.agency, wanted):
        raise Untrusted("answer-other", "the broker answered for another agency or day")
    by.check(told.leaf, told.proof, typ="admin", act="read-silent", what=wanted.isoformat())
    lines = [_line(one) for one in told.answers] or ["nothing of ours was withheld silently"]
    Screen(json).result({"answers": [one.model_dump(mode="json") for one in told.answers]}, lines)
    return Exit.ACCEPTED


def _line(one: SilentAnswer) -> str:
    rules = ", ".join(f"{rule} {count} times" for rule, count in one.rules.items())
    who = f"{plain(one.asker)} (staff {plain(one.staff)}), {words(one.role.partition('.')[2])}"
    when = f"{plain(one.answer)}  {plain(one.at[11:16])} UTC"
    return f"{when}  {who}, for {words(one.purpose)}: {one.withheld}, {plain(rules)}"
