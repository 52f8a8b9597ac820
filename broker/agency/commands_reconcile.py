"""`reconcile` and `canaries`: does the linkage unit's count fit what we asked, and does matching still find people?

A command line takes as many arguments as it has options, so these functions may take more than six.
"""

from __future__ import annotations

import datetime as dt
import json as jsonlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Annotated, cast

import typer

from broker.agency.ask import Asker
from broker.agency.asking import ANSWERS, keep_receipt, open_desk
from broker.agency.canaries import Canary, all_canaries, newest_canaries
from broker.agency.client import Connection, open_http
from broker.agency.delivery import write_atomically
from broker.agency.edges import Edges
from broker.agency.exits import Exit
from broker.agency.inputs import read_file
from broker.agency.journal import evaluated_about, issued_about
from broker.agency.options import HERE, AsJson, Folder, StaffId, edges_of, staff_member, workspace_in
from broker.agency.ownkeys import evidence_keys
from broker.agency.receipts import KeptAnswer, check_kept
from broker.agency.reconcile import Known, Reconciled, check_statement
from broker.agency.reconcile import reconcile as compare
from broker.agency.reconcile_broker import both_logs
from broker.agency.reconcile_deliveries import Alarm
from broker.agency.screen import Screen
from broker.agency.staff_alarms import read_told, staff_alarms
from broker.agency.workspace import Workspace
from broker.errors import BadInput, BrokerError, Untrusted
from broker.keys.trust import Trust
from broker.wire.answer import Story
from broker.wire.counts import TicketStatement
from broker.wire.fields import parse
from broker.wire.isoday import iso_day
from broker.wire.question import Relation

PATH = "/v1/tickets/"
_STATEMENTS = "reconciled"
_FOUND = "canaries.json"
Day = Annotated[str | None, typer.Option("--day", help="The UTC day to reconcile; yesterday by default.")]
Also = Annotated[
    list[Path] | None, typer.Option("--also", help="The state folder of another desk of yours, copied here.")
]
AskPurpose = Annotated[
    str | None, typer.Option("--purpose", "-p", help="Ask about one canary too, for this purpose; needs --as.")
]
Relations = Annotated[str, typer.Option("--relation", help="What the asker is said to be to the canary.")]


def reconcile(  # noqa: PLR0913
    context: typer.Context,
    day: Day = None,
    also: Also = None,
    purpose: AskPurpose = None,
    staff: StaffId = None,
    relation: Relations = "team",
    workspace: Folder = HERE,
    json: AsJson = False,
) -> int:
    """Compares what the linkage unit counted with your journal and the audit log; ends with 7 on an alarm."""
    edges = edges_of(context)
    place = workspace_in(workspace, edges)
    trust = place.read_trust()
    yesterday = edges.now().date() - dt.timedelta(days=1)
    of_day = yesterday if day is None else iso_day(day, field="--day")
    statement = _statement(place, edges, trust, of_day)
    states = [place.state, *(also or [])]
    before = list(_kept_statements(place))
    proven = {ticket for state in states for ticket in _proven(state, statement, trust)}
    known = Known(issued_about(states, of_day), proven, before, evaluated_about(states, of_day))
    result = compare(statement, known)
    _keep(place, statement, fits=all(alarm.kind != "log-goes-back" for alarm in result.alarms))
    if purpose is not None:
        asker = Asker(staff_member(place, staff), cast(Relation, relation), "no", f"canary-{of_day.isoformat()}")
        result = _with_canary(result, place, edges, asker, purpose=purpose)
    told, notes = read_told(place, edges, of_day)
    if told is not None:
        alarms = (*result.alarms, *staff_alarms(told, place, trust=trust, day=of_day))
        logs = both_logs(statement, told, issued=known.issued, proven=proven)
        result = replace(result, answers=told.answers, alarms=(*alarms, *logs))
    _say(replace(result, notes=(*result.notes, *notes)), Screen(json))
    return Exit.ALARM if result.alarms else Exit.ACCEPTED


def canaries(context: typer.Context, workspace: Folder = HERE, json: AsJson = False) -> int:
    """Lists the canaries that your own sources post, and under which references: leave them out of your own figures."""
    place = workspace_in(workspace, edges_of(context))
    trust, secrets = place.read_trust(), place.read_secrets()
    own = trust.agency(place.agency).sources
    found = [
        {"source": source, "reference": canary.reference(source, secrets.bytes32("reference")), "name": canary.name}
        for canary in all_canaries(evidence_keys(secrets, trust), trust)
        for source in canary.sources
        if source in own
    ]
    lines = [f"{one['source']:<6} {one['reference']}  {one['name']}" for one in found]
    posted = "They go with every delivery." if place.canaries else "None is posted: set canaries = true in agency.toml."
    Screen(json).result({"posted": place.canaries, "canaries": found}, [*lines, posted])
    return Exit.ACCEPTED


def _statement(place: Workspace, edges: Edges, trust: Trust, day: dt.date) -> TicketStatement:
    with open_http(edges) as http:
        unit = Connection("the linkage unit", place.linkage_unit_url, place.desk_signer(), http, edges)
        body = unit.send("GET", PATH + day.isoformat())
    try:
        statement = parse(TicketStatement, body)
    except BadInput:
        raise Untrusted("statement-malformed", "the linkage unit's statement is not of the agreed form") from None
    check_statement(statement, trust, agency=place.agency, day=day, now=edges.seconds())
    return statement


def _proven(state: Path, statement: TicketStatement, trust: Trust) -> Iterator[bytes]:
    """The tickets of the statement whose answer the audit log proves, by a receipt that this agency keeps."""
    for ticket in statement.tickets:
        for path in state.glob(f"{ANSWERS}/*-{ticket.id.hex()[:8]}.json"):
            with suppress(BrokerError):
                data = read_file(path)
                leaves = check_kept(data, trust)
                logged = [leaf.disclosed.get("question", {}).get("ticket") for leaf in leaves]
                if parse(KeptAnswer, data).ticket == ticket.id and ticket.id.hex() in logged:
                    yield ticket.id


def _kept_statements(place: Workspace) -> Iterator[TicketStatement]:
    for path in sorted((place.state / _STATEMENTS).glob("*.json")):
        yield parse(TicketStatement, path.read_bytes())


def _keep(place: Workspace, statement: TicketStatement, *, fits: bool) -> None:
    """Keeps the statement; one that does not go on from the others goes beside them, and takes the place of none."""
    folder = place.state / _STATEMENTS
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    name = f"{statement.day.isoformat()}.json" if fits else f"{statement.day.isoformat()}-{statement.made}.alarm"
    write_atomically(folder / name, statement.model_dump_json(exclude_none=True).encode())


def _with_canary(result: Reconciled, place: Workspace, edges: Edges, asker: Asker, *, purpose: str) -> Reconciled:
    trust = place.read_trust()
    known = newest_canaries(evidence_keys(place.read_secrets(), trust), trust)
    canary = known[edges.now().date().toordinal() % len(known)]
    try:
        with open_desk(place, edges) as desk:
            told = desk.ask(canary.person(), asker, purpose=purpose)
        keep_receipt(place, told)
    except BrokerError as error:
        return replace(result, notes=(*result.notes, f"no answer about the canary of the day: {error} [{error.code}]"))
    alarms, notes = _canary_found(place, canary, told.answer.story)
    return replace(result, alarms=(*result.alarms, *alarms), notes=(*result.notes, *notes))


def _canary_found(place: Workspace, canary: Canary, story: Story) -> tuple[list[Alarm], list[str]]:
    """Whether who should be found was. A source is expected once it was found, as an agreement may hide another."""
    if story.refusal is not None:
        return [], ["the agreements refuse this role and purpose: choose others to ask about canaries with"]
    path, name = place.state / _FOUND, f"{canary.title} {story.purpose}"
    before: dict[str, list[str]] = jsonlib.loads(path.read_bytes()) if path.exists() else {}
    expected = set(before.get(name, ()))
    found = {one.source for person in story.people for one in person.involvements}
    alarms, notes = [], []
    # Who holds a canary changes with who takes part: a source that left is missed by nobody.
    if lost := sorted((expected & set(canary.sources)) - found):
        text = f"canary {canary.title} was found at {', '.join(lost)} before, and is not any more: \
ask whether they still post it; if they do, matching does not work or records are withheld"
        alarms.append(Alarm("canary-missing", text))
    if strangers := sorted(found - set(canary.sources)):
        text = f"somebody of {', '.join(strangers)} was taken for canary {canary.title}, whom they do not hold"
        alarms.append(Alarm("canary-stranger", text))
    if never := sorted(set(canary.sources) - found - expected):
        notes.append(f"canary {canary.title} has not been found so far at {', '.join(never)}")
    kept = before | {name: sorted(expected | (found & set(canary.sources)))}
    write_atomically(path, jsonlib.dumps(kept, sort_keys=True).encode())
    return alarms, notes


def _say(result: Reconciled, screen: Screen) -> None:
    content = {
        "day": result.day.isoformat(),
        "questions": result.questions,
        "answers": result.answers,
        "alarms": [{"kind": alarm.kind, "ticket": alarm.ticket, "text": alarm.text} for alarm in result.alarms],
        "notes": list(result.notes),
    }
    lines = [f"ALARM  {alarm.text}" + (f" ({alarm.ticket})" if alarm.ticket else "") for alarm in result.alarms]
    lines += [f"note   {note}" for note in result.notes]
    day, count = result.day.isoformat(), result.questions
    whole = f"all {count} questions" if count != 1 else "the one question"
    are = "are" if count != 1 else "is"
    lines.append(
        f"{len(result.alarms)} alarms for {day}: call your information-governance officer and the operator"
        if result.alarms
        else f"{whole} of {day} {are} accounted for{_both(result)}"
    )
    screen.result(content, lines)


def _both(result: Reconciled) -> str:
    """What the two logs say together, where the broker's was read."""
    if result.answers is None:
        return ""
    if result.answers == result.asked:
        return ", in the linkage unit's count and in the broker's log"
    return f": the linkage unit counted {result.asked:,}, the broker's log has {result.answers:,} answers"
