"""`protect`, `protections`, `confirm-protection`, `lift-protection`: who is kept safe, and the two people behind it.

One member of staff sets a protection and it holds at once, for everybody; another confirms it. To lift one, one
proposes it and another agrees. The first uses the desk's key, the second the reviewers'.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

import typer

from broker.agency.exits import Exit
from broker.agency.options import (
    HERE,
    Agree,
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
from broker.agency.protecting import DONE, SAYS, Protected, act_on, read_register
from broker.agency.screen import Screen
from broker.agency.words import day, plain
from broker.wire.isoday import iso_day
from broker.wire.protection import ProtectionReceipt, Registered

Kind = Annotated[
    Literal["safe_address", "witness", "adopted", "objection_pending", "objection_upheld", "restriction"],
    typer.Option("--kind", help="What kind of protection."),
]
ReviewBy = Annotated[str, typer.Option("--review-by", help="By when it is looked at again, as 2027-05-01.")]
Again = Annotated[bool, typer.Option("--renew", help="It is in force already: only the day of review changes.")]


def protect(  # noqa: PLR0913
    context: typer.Context,
    source: Source,
    record: Record,
    kind: Kind,
    review_by: ReviewBy,
    renew: Again = False,
    staff: StaffId = None,
    workspace: Folder = HERE,
    json: AsJson = False,
) -> int:
    """Protects a person from the next question on, whoever asks. A second member of staff confirms it."""
    by = acting_in(context, workspace, staff)
    which = Protected(source, by.pseudonym(source, record), kind)
    made = act_on(by, which, "renew" if renew else "set", second=False, review_by=iso_day(review_by, field="review_by"))
    if renew:
        lines = [f"recorded as {plain(made.reference)}: it is looked at again by {day(made.review_by)}"]
    else:
        lines = [
            f"in force now, as {plain(made.reference)}: nobody is told what it hides from this moment on",
            f"a second member of staff confirms it{_until(made)}: `broker-agency confirm-protection`; it holds "
            "meanwhile, and afterwards too",
            "put it into your own system as well, so that your next delivery says the same",
        ]
    return _told(made, lines, json)


def confirm_protection(
    context: typer.Context,
    source: Source,
    record: Record,
    kind: Kind,
    staff: StaffId = None,
    workspace: Folder = HERE,
    json: AsJson = False,
) -> int:
    """Confirms, as the second person, that a protection stays. A proposal to lift it is off the table then."""
    by = acting_in(context, workspace, staff)
    made = act_on(by, Protected(source, by.pseudonym(source, record), kind), "confirm", second=True)
    return _told(made, [f"confirmed: it stays in force, and is looked at again by {day(made.review_by)}"], json)


def lift_protection(  # noqa: PLR0913
    context: typer.Context,
    source: Source,
    record: Record,
    kind: Kind,
    agree: Agree = False,
    staff: StaffId = None,
    workspace: Folder = HERE,
    json: AsJson = False,
) -> int:
    """Proposes that a protection ends; with --agree, as the second person, ends it."""
    by = acting_in(context, workspace, staff)
    made = act_on(by, Protected(source, by.pseudonym(source, record), kind), "lift", second=agree)
    if made.in_force:
        lines = [
            f"proposed, as {plain(made.reference)}: it goes on protecting until a second member of staff agrees"
            f"{_until(made)}: `broker-agency lift-protection --agree`",
        ]
    else:
        lines = [
            "lifted: it protects nobody any more, and stays in the list as history",
            "take it out of your own system too, or your next delivery sets it again",
        ]
    return _told(made, lines, json)


def protections(
    context: typer.Context,
    names: Names = None,
    mapping: NamesMapping = None,
    staff: StaffId = None,
    workspace: Folder = HERE,
    json: AsJson = False,
) -> int:
    """Your agency's protections: what waits for a second person, what is due to be looked at again, and the rest."""
    by = acting_in(context, workspace, staff)
    entries = read_register(by)
    known, people = record_names(by.place, by.edges, names, mapping), staff_names(by.place)
    lines = [line for one in entries for line in _lines(one, known, people)]
    content = {"protections": [_content(one, known, people) for one in entries]}
    Screen(json).result(content, lines or ["your agency has set no protection"])
    return Exit.ACCEPTED


def _told(made: ProtectionReceipt, lines: list[str], json: bool) -> int:
    content = made.model_dump(mode="json", exclude_none=True, exclude={"leaf", "proof"})
    Screen(json).result(content, lines)
    return Exit.ACCEPTED


def _until(made: ProtectionReceipt) -> str:
    return f" by {day(made.due)}" if made.due else ""


def _lines(one: Registered, names: Mapping[bytes, str], staff: Mapping[str, str]) -> Iterator[str]:
    name = names.get(one.ref) if one.ref is not None else None
    state = "in force" if one.in_force else "lifted"
    yield f"{plain(one.reference)}  {SAYS[one.kind]}, {plain(one.source)}{f', {plain(name)}' if name else ''}: {state}"
    if one.in_force:
        late = "OVERDUE: " if one.is_due else ""
        yield f"    {late}to be looked at again by {day(one.review_by)}"
    if one.awaits:
        what = "confirm it" if one.awaits == "confirm" else "agree that it ends"
        until = f" by {day(one.due)}" if one.due else ""
        yield f"    {'OVERDUE: ' if one.is_late else ''}waits for a second person to {what}{until}"
    if one.escalated_to:
        yield f"    went on to {plain(one.escalated_to)}; it holds meanwhile"
    for did in one.done:
        who = staff.get(did.staff)
        yield f"    {day(did.on)}: {DONE.get(did.act, plain(did.act))}{f' ({plain(who)})' if who else ''}"


def _content(one: Registered, names: Mapping[bytes, str], staff: Mapping[str, str]) -> dict[str, object]:
    content = one.model_dump(mode="json", exclude_none=True)
    name = names.get(one.ref) if one.ref is not None else None
    made_by = [staff.get(who, who) for who in one.made_by]
    return {**content, "made_by": made_by, **({"name": name} if name else {})}
