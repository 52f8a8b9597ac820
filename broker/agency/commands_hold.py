"""`hold`, `lift-hold`, `holds`, `disposals`: what must not be destroyed for now, and proof of what was.

One member of staff holds a record back, at once. To lift that, one asks and another agrees. The first uses the desk's
key, the second the reviewers'.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import typer

from broker.agency.acting import Acting
from broker.agency.broker_calls import read_list, record_once
from broker.agency.delivery import write_atomically
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
    edges_of,
    workspace_in,
)
from broker.agency.our_people import record_names, staff_names
from broker.agency.receipts import check_disposal, check_event
from broker.agency.screen import Screen
from broker.agency.words import day, plain
from broker.errors import BadInput, Untrusted
from broker.keys.messages import RequestSigner
from broker.wire.disposal import Disposals
from broker.wire.hold import Hold, HoldReceipt, HoldRequest, Holds
from broker.wire.isoday import iso_day

CERTIFICATES = "disposals"
"""In the state folder: one file for each certificate."""
ReviewBy = Annotated[str, typer.Option("--review-by", help="By when it is looked at again, as 2027-11-22.")]
Since = Annotated[str | None, typer.Option("--since", help="From which day (UTC) on; the last 31 days if left out.")]


def hold(
    context: typer.Context,
    source: Source,
    record: Record,
    review_by: ReviewBy,
    staff: StaffId = None,
    workspace: Folder = HERE,
    json: AsJson = False,
) -> int:
    """Holds a record back from being destroyed: for a court, an inquiry, a complaint. Nobody sees more by it."""
    by, until = acting_in(context, workspace, staff), iso_day(review_by, field="review_by")
    made = _post(by, by.place.desk_signer(), _asked(by, source, record, review_by=until))
    lines = [
        f"held: nothing destroys this record until two people lift it; look at it again by {day(until)}",
        "it opens nothing: whoever could not see it before can't see it now",
    ]
    Screen(json).result({"state": made.state, "review_by": until.isoformat()}, lines)
    return Exit.ACCEPTED


def lift_hold(
    context: typer.Context,
    source: Source,
    record: Record,
    agree: Agree = False,
    staff: StaffId = None,
    workspace: Folder = HERE,
    json: AsJson = False,
) -> int:
    """Asks to lift a hold; with --agree, as the second person, lifts it."""
    by = acting_in(context, workspace, staff)
    signer = by.place.review_signer() if agree else by.place.desk_signer()
    made = _post(by, signer, _asked(by, source, record))
    said = {
        "asked": "asked: it stays held until a second person agrees: `broker-agency lift-hold --agree`",
        "lifted": "lifted: what should have been destroyed meanwhile is destroyed now, or with the next round",
    }
    Screen(json).result({"state": made.state}, [said.get(made.state, made.state)])
    return Exit.ACCEPTED


def holds(
    context: typer.Context,
    names: Names = None,
    mapping: NamesMapping = None,
    workspace: Folder = HERE,
    json: AsJson = False,
) -> int:
    """The records that your agency holds back from being destroyed, those to be looked at again first."""
    edges = edges_of(context)
    place = workspace_in(workspace, edges)
    told = read_list(place, edges, Holds, signer=place.review_signer(), path="/v1/holds")
    expected = {"typ": "admin", "act": "read-holds", "what": place.agency, "org": place.agency}
    check_event(told.receipt.leaf, told.receipt.proof, trust=place.read_trust(), expected=expected)
    known, staff = record_names(place, edges, names, mapping), staff_names(place)
    today = edges.now().date()
    lines = [line for one in told.holds for line in _lines(one, known, staff, today=today)]
    content = {"holds": [_content(one, known, staff, today=today) for one in told.holds]}
    Screen(json).result(content, lines or ["your agency holds no record back"])
    return Exit.ACCEPTED


def disposals(context: typer.Context, since: Since = None, workspace: Folder = HERE, json: AsJson = False) -> int:
    """Certificates of what was destroyed of your records because its time was over. They are checked, and kept."""
    edges = edges_of(context)
    place = workspace_in(workspace, edges)
    wanted = iso_day(since, field="since") if since else edges.now().date() - dt.timedelta(days=31)
    path = f"/v1/disposals/{wanted.isoformat()}"
    told = read_list(place, edges, Disposals, signer=place.delivery_signer(), path=path)
    trust = place.read_trust()
    if (told.agency, told.since) != (place.agency, wanted):
        raise Untrusted("answer-other", "the broker answered for another agency or day")
    expected = {"typ": "admin", "act": "read-disposals", "what": wanted.isoformat(), "org": place.agency}
    check_event(told.receipt.leaf, told.receipt.proof, trust=trust, expected=expected)
    found = [check_disposal(one, trust, sources=trust.agency(place.agency).sources) for one in told.certificates]
    folder = place.state / CERTIFICATES
    folder.mkdir(parents=True, exist_ok=True)
    for event, one in zip(found, told.certificates, strict=True):
        write_atomically(folder / f"{event['id']}.json", one.model_dump_json().encode())
    lines = [_said(event) for event in found] or ["nothing of yours was destroyed"]
    lines += [f"the certificates are kept in {folder}"] if found else []
    more = ["there are more: ask again from the last day on"] if told.more else []
    shown = ("id", "t", "source", "records", "values", "items", "refs")
    content = {"certificates": [{name: event.get(name) for name in shown} for event in found], "more": told.more}
    Screen(json).result(content, [*lines, *more])
    return Exit.ACCEPTED


def _asked(by: Acting, source: str, record: str, *, review_by: dt.date | None = None) -> HoldRequest:
    """What is asked: until a day it is a hold, and without one that it is lifted."""
    if source not in by.place.read_trust().agency(by.place.agency).sources:
        raise BadInput("source-unknown", "this is not a service of your agency", field="source")
    return HoldRequest(
        v=1,
        id=by.new_id(),
        agency=by.place.agency,
        staff=by.staff,
        act="set" if review_by else "lift",
        source=source,
        ref=by.pseudonym(source, record),
        review_by=review_by,
    )


def _post(by: Acting, signer: RequestSigner, asked: HoldRequest) -> HoldReceipt:
    made = record_once(by.place, by.edges, HoldReceipt, signer=signer, path="/v1/holds", body=asked)
    by.check(made.receipt.leaf, made.receipt.proof, typ="hold", act=made.state, source=asked.source)
    return made


def _lines(one: Hold, names: Mapping[bytes, str], staff: Mapping[str, str], *, today: dt.date) -> Iterator[str]:
    name = names.get(one.ref, f"({one.ref.hex()[:12]}…)")
    kept = ", taken back: nobody is told of it" if one.kept else ""
    yield f"{plain(one.source):<6} {plain(name)}{kept}"
    by = plain(staff.get(one.made_by, "a colleague who is no longer listed"))
    late = "OVERDUE: " if one.review_by < today else ""
    yield f"    {late}to be looked at again by {day(one.review_by)}; held by {by}"
    if one.asked_by:
        who = plain(staff.get(one.asked_by, "a colleague who is no longer listed"))
        yield f"    {who} asks to lift it: a second person agrees with `broker-agency lift-hold --agree`"


def _content(one: Hold, names: Mapping[bytes, str], staff: Mapping[str, str], *, today: dt.date) -> dict[str, Any]:
    content = one.model_dump(mode="json", exclude_none=True)
    known = {"name": names[one.ref]} if one.ref in names else {}
    who: dict[str, Any] = {
        name: staff.get(content[name], content[name]) for name in ("made_by", "asked_by") if name in content
    }
    return {**content, **who, **known, "due": one.review_by < today}


def _said(event: Mapping[str, Any]) -> str:
    items = ", ".join(f"{item} {count}" for item, count in event.get("items", {}).items())
    what = f": {plain(items)}" if items else "; which of them is no longer kept"
    many, records = event["values"], event["records"]
    return (
        f"{plain(event['t'][:10])}  {plain(event['source']):<6} {many:,} values of {records:,} records destroyed{what}"
    )
