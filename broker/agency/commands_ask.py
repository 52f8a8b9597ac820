"""`ask` and `verify`: one question about one person, and the proof of what was answered.

Nothing about the person is an argument: other users of a machine can see arguments. It is typed, or read from a file
or from standard input.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, cast, get_args

import typer

from broker.agency import pseudonyms
from broker.agency.ask import Asker, Desk, PerpetratorView, Told
from broker.agency.client import Connection, open_http
from broker.agency.delivery import write_atomically
from broker.agency.edges import Edges
from broker.agency.exits import Exit, exit_for
from broker.agency.inputs import Input, read_file, read_input
from broker.agency.options import HERE, AsJson, Folder, edges_of, workspace_in
from broker.agency.own_names import own_names
from broker.agency.posting import make_blinder, make_sealer
from broker.agency.receipts import KeptAnswer, check_kept
from broker.agency.screen import Screen
from broker.agency.show import console, show
from broker.agency.typed import QUESTIONS, REFERENCE, UNNAMED, Typed, read_about, read_typed
from broker.agency.words import plain
from broker.agency.workspace import Staff, Workspace, check_scheme
from broker.audit.receipt import Verified
from broker.errors import BadInput, BrokerError, Misconfigured
from broker.wire.question import Relation

_ANSWERS = "answers"
Purpose = Annotated[str, typer.Option("--purpose", "-p", help="Why you ask, e.g. early_help or child_safeguarding.")]
StaffId = Annotated[str | None, typer.Option("--as", help="Who asks: the id of a [[staff]] entry of agency.toml.")]
Case = Annotated[str | None, typer.Option("--case", help="Your own case reference; it leaves as a pseudonym.")]
RelationOption = Annotated[str | None, typer.Option("--relation", help=f"One of {', '.join(get_args(Relation))}.")]
Alleged = Annotated[
    str,
    typer.Option("--perpetrator-view", help="Do you also work with somebody alleged to have harmed them? yes or no."),
]
About = Annotated[
    str | None, typer.Option("--about", help="TOML or JSON file about the person, `-` for standard input.")
]
Names = Annotated[Path | None, typer.Option("--names", help="Your own export, to show your own names of the family.")]
NamesMapping = Annotated[Path | None, typer.Option("--mapping", "-m", help="The mapping of that export.")]


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
    perpetrator_view: Alleged = "unknown",
    about: About = None,
    names: Names = None,
    mapping: NamesMapping = None,
    workspace: Folder = HERE,
    json: AsJson = False,
) -> int:
    """Asks who is already helping one person and their family, and what you may know."""
    edges, place = edges_of(context), workspace_in(workspace)
    member = _staff(place, staff, relation)
    if perpetrator_view not in get_args(PerpetratorView):
        raise Misconfigured("option-invalid", "--perpetrator-view is yes, no or unknown")
    asker = Asker(member, case, cast(PerpetratorView, perpetrator_view))
    with _desk(place, edges) as desk:
        own = _own(names, mapping, desk)
        typed = _typed(_read_fields(about), own, desk)
        told = desk.ask(typed.person, asker, purpose=purpose)
    _keep(place, told)
    if json:
        print(told.answer.model_dump_json(exclude_none=True, exclude={"padding"}, indent=1))
    else:
        show(told.answer.story, typed.name, own_names=own.names, out=console())
    return Exit.ACCEPTED


def verify(
    context: typer.Context,
    receipts: Annotated[list[Path] | None, typer.Argument(help="Receipts to check.", metavar="[RECEIPT...]")] = None,
    every: Annotated[bool, typer.Option("--all", help="Check every receipt of this workspace.")] = False,
    workspace: Folder = HERE,
    json: AsJson = False,
) -> int:
    """Checks kept receipts offline, against the trust list alone."""
    place = workspace_in(workspace)
    trust = place.read_trust()
    paths = [*(receipts or []), *(_kept(place) if every else [])]
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
        lines.append(f"valid      {path}: {_proves(leaves)}")
        found.append({"receipt": str(path), "valid": True, "entries": [leaf.index for leaf in leaves]})
    Screen(json).result({"receipts": found}, lines)
    return worst


@contextmanager
def _desk(place: Workspace, edges: Edges) -> Iterator[Desk]:
    trust = place.read_trust()
    scheme, signer, secrets = check_scheme(trust), place.desk_signer(), place.read_secrets()
    with open_http(edges) as http:
        # A ticket is good once: a second attempt would be refused as a repetition.
        broker = Connection("the broker", place.broker_url, signer, http, edges, attempts=1)
        unit = Connection("the linkage unit", place.linkage_unit_url, signer, http, edges)
        sealer = make_sealer(trust, scheme, place, signer, secrets.bytes32("evidence"))
        yield Desk(signer, make_blinder(trust, scheme, unit), sealer, broker, edges, secrets.bytes32("reference"))


def _staff(place: Workspace, staff_id: str | None, relation: str | None) -> Staff:
    if relation is not None and relation not in get_args(Relation):
        raise Misconfigured("option-invalid", f"--relation is one of {', '.join(get_args(Relation))}")
    known = {member.id: member for member in place.staff}
    if staff_id is None and len(known) == 1:
        staff_id = next(iter(known))
    if staff_id is None or staff_id not in known:
        hint = "name a [[staff]] entry of agency.toml with --as"
        raise Misconfigured("staff-unknown", "who is asking?", hint=hint)
    member = known[staff_id]
    return member if relation is None else dataclasses.replace(member, relation=cast(Relation, relation))


def _read_fields(about: str | None) -> dict[str, str]:
    if about not in (None, "-"):
        return read_about(read_file(Path(str(about))))
    if about == "-" or not sys.stdin.isatty():
        return read_about(sys.stdin.buffer.read())
    typer.echo("What do you know? Leave empty what you don't.", err=True)
    typed = {name: typer.prompt(text, default="", show_default=False, err=True) for name, text in QUESTIONS.items()}
    return {name: text for name, text in typed.items() if text.strip()}


def _own(names: Path | None, mapping: Path | None, desk: Desk) -> _Own:
    if names is None:
        return _Own(None, {})
    given = read_input(names, mapping, today=desk.edges.now().date())
    return _Own(given, own_names(given.data, given.table.mapping, reference_key=desk.reference_key))


def _typed(fields: dict[str, str], own: _Own, desk: Desk) -> Typed:
    """The person as typed, or as the agency's own file has them under the typed reference."""
    reference = fields.pop(REFERENCE, "").strip()
    if not reference or fields:
        return read_typed(fields, today=desk.edges.now().date())
    if own.given is None:
        raise BadInput("names-missing", "a reference alone needs your own file", field=REFERENCE, hint="use --names")
    row = next((row for row in own.given.table.rows if row.ref == reference), None)
    if row is None:
        raise BadInput("reference-unknown", "your own file has no usable row with it", field=REFERENCE)
    name = own.names.get(pseudonyms.reference(desk.reference_key, own.given.table.mapping.source, ref=reference))
    return Typed(name or UNNAMED, row.person)


def _keep(place: Workspace, told: Told) -> None:
    folder = place.state / _ANSWERS
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    kept = KeptAnswer(ticket=told.ticket_id, receipt=told.answer.receipt)
    name = f"{told.answer.story.asked_at}-{told.ticket_id.hex()[:8]}.json"
    write_atomically(folder / name, kept.model_dump_json(exclude_none=True).encode())


def _kept(place: Workspace) -> list[Path]:
    return [*sorted(place.state.glob("deliveries/*/*.receipt.json")), *sorted(place.state.glob(f"{_ANSWERS}/*.json"))]


def _proves(leaves: list[Verified]) -> str:
    first = leaves[0]
    kinds = ", ".join(f"{leaf.event['typ']} (entry {leaf.index:,})" for leaf in leaves)
    return plain(f"{kinds} of {first.size:,} in the audit log {first.origin}, {first.event['t'][:10]}")
