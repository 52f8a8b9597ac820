"""The options that several commands share, each written once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from broker.agency.edges import Edges
from broker.agency.workspace import FILE_NAME, Workspace, read_workspace

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
