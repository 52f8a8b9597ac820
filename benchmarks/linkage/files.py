"""The columns of a parquet or CSV file, every cell as text, empty where it holds nothing."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from broker.agency.sniff import decode
from broker.errors import BadInput

Columns: TypeAlias = Mapping[str, Sequence[str]]
_NOTHING = frozenset({"", "nan", "NaN", "None", "NULL", "null", "NaT", "<NA>", "NA"})


def read_columns(path: Path) -> Columns:
    """The file's columns by name. Raises `BadInput` when it can't be read."""
    try:
        return _parquet(path) if path.suffix.lower() in (".parquet", ".pq") else _csv(path.read_bytes())
    except (OSError, ValueError, csv.Error) as error:
        raise BadInput("file-unreadable", f"`{path.name}` can't be read: {type(error).__name__}") from None


def _parquet(path: Path) -> Columns:
    # Only benchmarks have it installed; a CSV file is read without.
    import pyarrow.parquet as pq

    table = pq.read_table(path)
    return {name: [_text(value) for value in table[name].to_pylist()] for name in table.column_names}


def _csv(data: bytes) -> Columns:
    text, _ = decode(data)
    first = text.split("\n", maxsplit=1)[0]
    delimiter = max(",;\t|", key=first.count)
    lines = list(csv.reader(io.StringIO(text), delimiter=delimiter))
    if not lines:
        raise BadInput("file-empty", "the file has no rows")
    header = [name.strip() for name in lines[0]]
    width = len(header)
    body = [(line + [""] * width)[:width] for line in lines[1:] if any(line)]
    return {name: [_text(row[at]) for row in body] for at, name in enumerate(header)}


def _text(value: Any) -> str:
    if value is None or value != value:
        return ""
    if isinstance(value, list):
        return ";".join(filter(None, map(_text, value)))
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    text = str(value).strip()
    return "" if text in _NOTHING else text.removesuffix(" 00:00:00")
