"""The options that several commands share, each written once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from broker.agency.acting import Acting, acting
from broker.agency.edges import Edges
from broker.agency.workspace import FILE_NAME, Staff, Workspace, read_workspace
from broker.errors import Misconfigured

File = Annotated[Path, typer.Argument(help="The export of the case system (CSV).", dir_okay=False)]
MappingFile = Annotated[
    Path | None, typer.Option("--mapping", "-m", help="What its columns are; by default mapping.toml beside it.")
]
Folder = Annotated[
    Path, typer.Option("--workspace", "-w", envvar="BROKER_AGENCY", help="The folder that holds agency.toml.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
Source = Annotated[str, typer.Argument(help="Your service that holds the record, such as csc.")]
Record = Annotated[str, typer.Argument(help="The record, as your own system calls it.")]
Agree = Annotated[bool, typer.Option("--agree", help="You are the second person: you agree that it ends.")]
StaffId = Annotated[str | None, typer.Option("--as", help="Who asks: the id of a [[staff]] entry of agency.toml.")]
Names = Annotated[Path | None, typer.Option("--names", help="Your own export, to show your own names of the family.")]
NamesMapping = Annotated[Path | None, typer.Option("--mapping", "-m", help="The mapping of that export.")]
HERE = Path()


@dataclass(frozen=True)
class Desktop:
    """What every command is handed: this machine's edges."""

    edges: Edges


def edges_of(context: typer.Context) -> Edges:
    """The edges that `cli.main` handed in."""
    found = context.find_object(Desktop)
    if found is None:
        raise TypeError("a command was run without edges")
    return found.edges


def synthetic_numbers_in(folder: Path) -> bool:
    """Whether the workspace in `folder` counts NHS numbers of made-up people; a folder that is none does not."""
    return (folder / FILE_NAME).exists() and read_workspace(folder).synthetic_numbers


def workspace_in(folder: Path, edges: Edges) -> Workspace:
    """The workspace in `folder`, at this machine's clock. Raises `Misconfigured`."""
    return read_workspace(folder, clock=edges.now)


def staff_member(place: Workspace, staff_id: str | None) -> Staff:
    """Who asks: the entry of that id, or the only one. Raises `Misconfigured`."""
    known = {member.id: member for member in place.staff}
    if staff_id is None and len(known) == 1:
        staff_id = next(iter(known))
    if staff_id is None or staff_id not in known:
        hint = "name a [[staff]] entry of agency.toml with --as"
        raise Misconfigured("staff-unknown", "who is asking?", hint=hint)
    return known[staff_id]


def acting_in(context: typer.Context, folder: Path, staff_id: str | None) -> Acting:
    """Who acts for the workspace in `folder`: the `[[staff]]` entry of that id, or the only one."""
    edges = edges_of(context)
    place = workspace_in(folder, edges)
    return acting(place, edges, staff_member(place, staff_id).id)
