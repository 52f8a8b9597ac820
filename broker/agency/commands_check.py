"""`check` and `explain`: what a file is worth and what would leave, with no key and no network."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from broker.agency import explain as explained
from broker.agency import quality, qualitypage
from broker.agency.delivery import write_atomically
from broker.agency.exits import Exit
from broker.agency.inputs import Input, read_input
from broker.agency.options import HERE, AsJson, File, Folder, MappingFile, edges_of, synthetic_numbers_in
from broker.agency.outcome import rehearsal_lines
from broker.agency.page import console
from broker.agency.ready import Prepared, Preparer, prepare_table
from broker.agency.rejects import write_rejects
from broker.agency.screen import Screen
from broker.errors import BadInput
from broker.tokens import load_scheme

# Without a workspace there is no reference key; what it would make is not looked at here.
_NO_KEY = bytes(32)
Out = Annotated[Path | None, typer.Option("--out", "-o", help="Folder of the report; by default that of the file.")]
RowNumber = Annotated[int, typer.Argument(help="Number of the row as a spreadsheet shows it; the header is row 1.")]


def check(
    context: typer.Context,
    file: File,
    mapping: MappingFile = None,
    out: Out = None,
    workspace: Folder = HERE,
    json: AsJson = False,
) -> int:
    """Says how good a file is before anything is sent: quality.html, quality.json and rejects.csv."""
    screen = Screen(json)
    given = _read(context, file, mapping, workspace)
    prepared = prepare_table(given.table, Preparer(given.table.mapping.source, load_scheme(), _NO_KEY))
    folder = out or file.parent
    folder.mkdir(parents=True, exist_ok=True)
    report = quality.report(given.table, prepared)
    write_atomically(folder / "quality.html", qualitypage.to_html(report).encode())
    write_atomically(folder / "quality.json", quality.to_json(report).encode())
    rejects = write_rejects(folder, prepared.rejected)
    lines = [
        *rehearsal_lines(prepared, report),
        f"Report: {folder / 'quality.html'}",
        f"Rows that can't be sent: {rejects}",
    ]
    screen.result(_content(prepared, report, folder), [*lines, "Nothing was sent."])
    if not prepared.ready:
        return Exit.REFUSED
    return Exit.SOME_REJECTED if prepared.rejected else Exit.ACCEPTED


def _read(context: typer.Context, file: Path, mapping: Path | None, workspace: Path) -> Input:
    synthetic = synthetic_numbers_in(workspace)
    return read_input(file, mapping, today=edges_of(context).now().date(), synthetic_numbers=synthetic)


def _content(prepared: Prepared, report: quality.Quality, folder: Path) -> dict[str, Any]:
    return {
        "source": report.source,
        "delivery": report.delivery,
        "ready": len(prepared.ready),
        "rejected": [one.model_dump() for one in prepared.rejected],
        "findings": list(report.findings),
        "report": str(folder / "quality.html"),
        "sent": False,
    }


def explain(
    context: typer.Context,
    file: File,
    row: RowNumber,
    mapping: MappingFile = None,
    workspace: Folder = HERE,
    json: AsJson = False,
) -> int:
    """Says what would leave the building for one row, and who would see it. Shows this row: your own screen only."""
    given = _read(context, file, mapping, workspace)
    found = next((one for one in given.table.rows if one.number == row), None)
    if found is None:
        reject = next((one for one in given.table.rejects if one.row == row), None)
        if reject is None:
            raise BadInput("row-unknown", "the file has no such row", row=row, hint="the header is row 1")
        raise BadInput("row-rejected", f"nothing leaves for this row: {reject.reason}", row=row, field=reject.field)
    scheme = load_scheme()
    ready = Preparer(given.table.mapping.source, scheme, _NO_KEY).prepare(
        row, found.ref, person=found.person, content=found.content
    )
    parts = explained.explain_row(found, ready, scheme)
    if json:
        Screen(True).result({part.title: dict(part.lines) for part in parts}, [])
        return Exit.ACCEPTED
    out = console()
    for part in parts:
        table = Table(title=Text(part.title, style="bold"), title_justify="left", box=None, show_header=False)
        table.add_column(ratio=2)
        table.add_column(ratio=5)
        for name, text in part.lines:
            table.add_row(Text(name), Text(text))
        out.print(table)
        out.print()
    return Exit.ACCEPTED
