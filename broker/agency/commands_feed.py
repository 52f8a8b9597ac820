"""`feed` and `emergency-explained`: what happened that we should look at, and why we looked in an emergency."""

from __future__ import annotations

import json as json_format
from typing import Annotated, Literal

import typer

from broker.agency import cases
from broker.agency.client import Connection, open_http
from broker.agency.delivery import write_atomically
from broker.agency.edges import Edges
from broker.agency.exits import Exit
from broker.agency.free_text import typed_text
from broker.agency.kept_answers import parsed
from broker.agency.options import HERE, AsJson, Folder, StaffId, acting_in, edges_of, workspace_in
from broker.agency.screen import Screen
from broker.agency.words import day, listing, moment, plain
from broker.agency.workspace import Workspace
from broker.errors import Misconfigured
from broker.keys.messages import RequestSigner
from broker.wire.feed import Entry, Feed, FeedKind

READ = "feed.json"
"""In the state folder: the number of the last entry that was shown."""
_SAID: dict[FeedKind, str] = {
    "challenge_waits": "a challenge waits for your reviewers: {reference}, to be answered by {due}",
    "challenge_answered": "your challenge {reference} was answered: `broker-agency challenges --ours`",
    "challenge_escalated": "nobody answered {reference} in time: it went on to the next",
    "proposal_waits": "a change of a rule was proposed: {reference}, to be looked at by {due}",
    "emergency_opened": "somebody looked in an emergency: {reference}, next step by {due}",
    "emergency_explained": "the emergency {reference} was explained: to be reviewed by {due}",
    "emergency_overdue": "the emergency {reference} was not explained within a day",
    "emergency_reviewed": "your emergency {reference} was reviewed: `broker-agency challenges --ours`",
    "right_waits": "a person uses a right: {reference}, next step by {due}: `broker-agency rights`",
    "right_overdue": "the day of {reference} is over and the person still waits: `broker-agency rights`",
    "right_stopped": "the clock of {reference} has stood still for a month: ask again, or decide without the answer",
    "restriction_reaches": "a restriction asked for elsewhere ({reference}) reaches a record of yours: it is shown to "
    "nobody else unless to protect somebody; the information sharing desk can say where to ring",
    "restriction_over": "the restriction {reference} is over: your record is shown again as agreed",
    "right_decided": "{reference} was decided: tell the person, `broker-agency rights --taken`",
    "look_waits": "a look-up of ours has to be looked at: {reference}, by {due}: `broker-agency audit-queue`",
    "answer_recalled": "something in your answer {reference} has changed: `broker-agency recalls`",
    "disposed": "values of yours whose time was over were destroyed ({reference}): `broker-agency disposals`",
    "hold_waits": "somebody asks to lift a hold: `broker-agency holds`, and `lift-hold` by a second person",
    "protection_waits": "a protection waits for a second person: {reference}, by {due}: `broker-agency protections`",
    "protection_late": "no second person looked at {reference} in time, it still protects: `broker-agency protections`",
}
Emergency = Annotated[str, typer.Argument(help="The reference of the answer that began the emergency.")]
Why = Annotated[str | None, typer.Option("--why", help="What the danger was and what you did. `@FILE` reads a file.")]
PersonKnows = Annotated[
    Literal["told", "would_harm", "not_yet"],
    typer.Option("--person", help="Whether the person has been told that you looked, or would be harmed by it."),
]


def feed(
    context: typer.Context,
    every: Annotated[bool, typer.Option("--all", help="From the beginning, and not from what is new.")] = False,
    workspace: Folder = HERE,
    json: AsJson = False,
) -> int:
    """What happened since you last looked: references and dates, nothing of anybody."""
    edges = edges_of(context)
    place = workspace_in(workspace, edges)
    entries = _entries(place, edges, after=0 if every else _last_read(place))
    lines = [f"{one.number:>5}  {moment(one.at)}  {_line(one)}" for one in entries]
    Screen(json).result(
        {"entries": [one.model_dump(mode="json", exclude_none=True) for one in entries]}, lines or ["nothing new"]
    )
    if entries:
        write_atomically(place.state / READ, json_format.dumps({"number": entries[-1].number}).encode())
    return Exit.ACCEPTED


def emergency_explained(
    context: typer.Context,
    reference: Emergency,
    person: PersonKnows,
    why: Why = None,
    staff: StaffId = None,
    workspace: Folder = HERE,
    json: AsJson = False,
) -> int:
    """Explains, within a day, why you looked in an emergency. Those who were told read it, and somebody judges."""
    by = acting_in(context, workspace, staff)
    found = cases.find_emergency(cases.our_cases(by), reference)
    name, told = found[0].answer, sorted(one.holder for one in found)
    text = typed_text(why, "What was the danger, and what did you do?")
    made = cases.explain(by, found, person_told=person, why=text)
    said = f"recorded: {plain(listing(told))} can read it, and review it by {day(made.due)}"
    owed = ["the person is still to be told, unless that would harm somebody"] if person == "not_yet" else []
    Screen(json).result({"reference": name, "told": told}, [said, *owed])
    return Exit.ACCEPTED


def _entries(place: Workspace, edges: Edges, *, after: int) -> list[Entry]:
    found: list[Entry] = []
    with open_http(edges) as http:
        broker = Connection("the broker", place.broker_url, _any_signer(place), http, edges)
        while True:
            told = parsed(Feed, broker.send("GET", f"/v1/feed/{after}"))
            found += told.entries
            if not told.more:
                return found
            after = told.entries[-1].number


def _any_signer(place: Workspace) -> RequestSigner:
    """A key of this machine, whichever it holds."""
    secrets = place.read_secrets()
    signers = {"desk": place.desk_signer, "review": place.review_signer, "delivery": place.delivery_signer}
    for name, signer in signers.items():
        if secrets.numbers(name):
            return signer()
    raise Misconfigured(
        "secret-missing", "this machine holds no key to read the feed with", hint="see docs/for/agencies.md"
    )


def _last_read(place: Workspace) -> int:
    path = place.state / READ
    if not path.exists():
        return 0
    try:
        return int(json_format.loads(path.read_bytes())["number"])
    except (ValueError, KeyError, TypeError):
        raise Misconfigured("feed-unreadable", f"{path} is damaged", hint="use --all once, or delete it") from None


def _line(entry: Entry) -> str:
    due = day(entry.due) if entry.due else ""
    return _SAID[entry.kind].replace("{reference}", plain(entry.reference)).replace("{due}", due)
