"""rejects.csv: which rows of a file were not taken and why, for whoever mends the export. Never a value."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from broker.agency.delivery import RejectedRow, write_atomically

FILE_NAME = "rejects.csv"


def write_rejects(folder: Path, rejected: Iterable[RejectedRow]) -> Path:
    """Writes rejects.csv into `folder`, also when it is empty: an older one would mislead."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(("row", "field", "reason"))
    for one in sorted(rejected, key=lambda one: (one.row, one.field)):
        writer.writerow((one.row, _cell(one.field), _cell(one.reason)))
    path = folder / FILE_NAME
    write_atomically(path, text.getvalue().encode("utf-8-sig"))
    return path


def _cell(text: str) -> str:
    """A spreadsheet would run a cell that begins like a formula."""
    return f"'{text}" if text and unicodedata.normalize("NFKC", text[0]) in "=+-@\t\r" else text
