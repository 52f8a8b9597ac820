"""`who-has-seen`: who has looked at a record of ours, and proof that these are all."""

from __future__ import annotations

from typing import Annotated

import typer

from broker.agency import pseudonyms
from broker.agency.exits import Exit
from broker.agency.options import HERE, AsJson, Folder, StaffId, edges_of, staff_member, workspace_in
from broker.agency.screen import Screen
from broker.agency.seen import Wanted, looks_lines, read_looks

Source = Annotated[str, typer.Argument(help="Which of your services holds the record, e.g. csc.")]
Reference = Annotated[str, typer.Argument(help="Your own reference of the record, as your files have it.")]

_NEW_KEY = (
    "NOTE   the record has another key than the last time: it was erased and posted again since, or it was damaged. \
If neither is so, ask the operator: looks of before are not in this list"
)


def who_has_seen(
    context: typer.Context,
    source: Source,
    reference: Reference,
    staff: StaffId = None,
    workspace: Folder = HERE,
    json: AsJson = False,
) -> int:
    """Says who has looked at one of your records, when and why, and checks that none is missing. Is logged itself."""
    edges = edges_of(context)
    place = workspace_in(workspace, edges)
    by = pseudonyms.staff(place.read_secrets().bytes32("reference"), staff_member(place, staff).id)
    looks = read_looks(place, edges, Wanted(source, reference), staff=by)
    content = {
        "ref": looks.ref,
        "looks": [
            {
                "at": one.at.isoformat(),
                "agency": one.agency,
                "role": one.role,
                "purpose": one.purpose,
                "items": [list(item) for item in one.items],
                "answer": one.answer,
            }
            for one in looks.told
        ],
        "withheld": [until.isoformat() for until in looks.untold],
        "expired": looks.expired,
        "since": looks.since.isoformat() if looks.since else None,
        "entries": looks.entries,
        "new_key": looks.new_key,
    }
    Screen(json).result(content, [*([_NEW_KEY] if looks.new_key else []), *looks_lines(looks)])
    return Exit.ACCEPTED
