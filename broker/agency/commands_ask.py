"""`ask` and `verify`: one question about one person, and the proof of what was answered."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, cast

import typer

from broker.agency import pseudonyms
from broker.agency.ask import Asker, Desk, PerpetratorView, band_of
from broker.agency.asking import ANSWERS, open_desk, put
from broker.agency.exits import Exit, exit_for
from broker.agency.family import Subject
from broker.agency.free_text import check_reason, typed_text
from broker.agency.inputs import Input, read_file, read_input
from broker.agency.keyboard import choose, read_fields
from broker.agency.options import (
    HERE,
    AsJson,
    Folder,
    Names,
    NamesMapping,
    StaffId,
    edges_of,
    staff_member,
    workspace_in,
)
from broker.agency.own_names import own_names
from broker.agency.page import console
from broker.agency.receipts import answer_reference, check_kept
from broker.agency.screen import Screen
from broker.agency.show import show
from broker.agency.typed import REFERENCE, UNNAMED, Typed, read_typed
from broker.agency.words import plain
from broker.agency.workspace import Workspace
from broker.audit.receipt import Verified
from broker.errors import BadInput, BrokerError, Misconfigured
from broker.wire.question import Relation

Purpose = Annotated[str, typer.Option("--purpose", "-p", help="Why you ask, e.g. early_help or child_safeguarding.")]
Case = Annotated[str | None, typer.Option("--case", help="Your own case reference; it leaves as a pseudonym.")]
_RELATIONS = {
    "allocated": "I am their allocated worker",
    "team": "my team is working with them",
    "household": "I am working with somebody else of the household",
    "self_claimed": "none of these, but I am working with them",
    "none": "I am not working with them",
}
_HARM = "Do you also work with somebody who is alleged to have harmed them?"
_YES_OR_NO = {"yes": "I do", "no": "I have looked, and I don't"}
RelationOption = Annotated[
    str | None, typer.Option("--relation", help=f"What you are to this person: {', '.join(_RELATIONS)}.")
]
Alleged = Annotated[str | None, typer.Option("--perpetrator-view", help=f"{_HARM} yes or no.")]
Emergency = Annotated[
    str | None,
    typer.Option(
        "--emergency",
        help="Somebody is in danger: why, in at least 40 characters. `-` asks for it, `@FILE` reads it from a file.",
    ),
]
About = Annotated[
    str | None, typer.Option("--about", help="TOML or JSON file about the person, `-` for standard input.")
]


@dataclass(frozen=True)
class _Own:
    """The agency's own file, for names and for finding a person by reference; empty when none was given."""

    given: Input | None
    names: Mapping[bytes, str] = field(repr=False)


def ask(  # noqa: PLR0913
    context: typer.Context,
    purpose: Purpose,
    staff: StaffId = None,
    case: Case = None,
    relation: RelationOption = None,
    perpetrator_view: Alleged = None,
    about: About = None,
    emergency: Emergency = None,
    names: Names = None,
    mapping: NamesMapping = None,
    workspace: Folder = HERE,
    json: AsJson = False,
) -> int:
    """Asks who is already helping one person and their family, and what you may know."""
    edges = edges_of(context)
    place = workspace_in(workspace, edges)
    member = staff_member(place, staff)
    said = choose("--relation", relation, question="What are you to this person?", answers=_RELATIONS)
    harm = choose("--perpetrator-view", perpetrator_view, question=_HARM, answers=_YES_OR_NO)
    why = _why(emergency)
    asker = Asker(member, cast(Relation, said), cast(PerpetratorView, harm), case, why)
    with open_desk(place, edges) as desk:
        own = _own(names, mapping, desk)
        typed = _typed(read_fields(about), own, desk)
        told, warning = put(desk, place, typed.person, asker=asker, purpose=purpose)
    if warning:
        print(f"broker-agency: {warning}", file=sys.stderr, flush=True)
    if json:
        print(told.answer.model_dump_json(exclude_none=True, exclude={"padding"}, indent=1))
    else:
        subject = Subject(typed.name, band_of(typed.person, on=edges.now().date()))
        show(told.answer.story, subject, own_names=own.names, out=console())
    return Exit.ACCEPTED


def verify(
    context: typer.Context,
    receipts: Annotated[list[Path] | None, typer.Argument(help="Receipts to check.", metavar="[RECEIPT...]")] = None,
    every: Annotated[bool, typer.Option("--all", help="Check every receipt of this workspace.")] = False,
    workspace: Folder = HERE,
    json: AsJson = False,
) -> int:
    """Checks kept receipts offline, against the trust list alone."""
    place = workspace_in(workspace, edges_of(context))
    trust = place.read_trust()
    paths = [*(receipts or []), *(kept_receipts(place) if every else [])]
    if not paths:
        raise Misconfigured("receipts-missing", "there is no receipt to check", hint="name some, or use --all")
    lines, found, worst = [], [], Exit.ACCEPTED
    for path in paths:
        try:
            leaves = check_kept(read_file(path), trust)
        except BrokerError as error:
            lines.append(f"NOT VALID  {path}: {error}")
            found.append({"receipt": str(path), "valid": False, "code": error.code})
            worst = max(worst, exit_for(error))
            continue
        reference = answer_reference(leaves)
        lines.append(f"valid      {path}: {_proves(leaves, reference)}")
        entries = [leaf.index for leaf in leaves]
        found.append({"receipt": str(path), "valid": True, "entries": entries, "reference": reference})
    Screen(json).result({"receipts": found}, lines)
    return worst


def _why(emergency: str | None) -> str | None:
    if emergency is None:
        return None
    why = typed_text(emergency, "What is the danger, and what must you know now?")
    check_reason(why)
    return why


def _own(names: Path | None, mapping: Path | None, desk: Desk) -> _Own:
    if names is None:
        return _Own(None, {})
    today = desk.edges.now().date()
    given = read_input(names, mapping, today=today, synthetic_numbers=desk.synthetic_numbers)
    return _Own(given, own_names(given.data, given.table.mapping, reference_key=desk.reference_key))


def _typed(fields: dict[str, str], own: _Own, desk: Desk) -> Typed:
    """The person as typed, or as the agency's own file has them under the typed reference."""
    reference = fields.pop(REFERENCE, "").strip()
    if not reference or fields:
        return read_typed(fields, today=desk.edges.now().date(), synthetic_numbers=desk.synthetic_numbers)
    if own.given is None:
        raise BadInput("names-missing", "a reference alone needs your own file", field=REFERENCE, hint="use --names")
    row = next((row for row in own.given.table.rows if row.ref == reference), None)
    if row is None:
        raise BadInput("reference-unknown", "your own file has no usable row with it", field=REFERENCE)
    name = own.names.get(pseudonyms.reference(desk.reference_key, own.given.table.mapping.source, ref=reference))
    return Typed(name or UNNAMED, row.person)


def kept_receipts(place: Workspace) -> list[Path]:
    """The files of every receipt that this workspace keeps."""
    return [*sorted(place.state.glob("deliveries/*/*.receipt.json")), *sorted(place.state.glob(f"{ANSWERS}/*.json"))]


def _proves(leaves: list[Verified], reference: str | None) -> str:
    first = leaves[0]
    named = f"answer {reference}: " if reference else ""
    kinds = ", ".join(f"{leaf.event['typ']} (entry {leaf.index:,})" for leaf in leaves)
    return plain(f"{named}{kinds} of {first.size:,} in the audit log {first.origin}, {first.event['t'][:10]}")
