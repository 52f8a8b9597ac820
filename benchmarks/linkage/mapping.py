"""Any labelled set: a parquet or CSV file (or several) and a TOML file that says which column is what.

    name = "seven agencies"
    truth = "simulant_id"          # whose record it is
    record = "record_id"           # optional
    source = "dataset"             # optional: which agency holds it
    [columns]
    forename = "first_name"        # our names on the left (persons.FIELDS), the file's on the right
    street = ["street_no", "road"] # several are joined with a space
    [dates]
    formats = ["auto"]             # as in an agency's mapping: iso, day-first, month-first, words, compact, %d%m%Y ...
    [reading]
    address = "auto"               # uk, foreign or auto      numbers = "auto"   # checked, plain or auto
    historical = false

Several files: `[[tables]]` with `file`, `source` and its own `[tables.columns]`. Worked example: docs/benchmarks.md.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.linkage.clear import clear_columns
from benchmarks.linkage.dataset import DataSet, Entry
from benchmarks.linkage.files import Columns, read_columns
from benchmarks.linkage.persons import FIELDS, SEVERAL, TODAY, Reading, read_entry
from broker.agency import dates, identifiers
from broker.agency.postcode import read_postcode
from broker.errors import BadInput

_KEYS = {"name", "truth", "record", "source", "columns", "dates", "reading", "limits", "tables"}
Cells = dict[str, str]


@dataclass(frozen=True)
class Table:
    """One file of a set and what its columns are."""

    file: Path
    source: str
    columns: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Mapping_:
    """A mapping file read."""

    name: str
    truth: str
    record: str
    source: str
    tables: tuple[Table, ...]
    formats: tuple[str, ...]
    reading: Mapping[str, Any]
    limits: Mapping[str, float]


def load(data: Path, mapping: Path) -> DataSet:
    """The set. Raises `BadInput` that says which column or key is wrong."""
    parsed = parse(mapping, data)
    rows: list[tuple[str, str, Cells]] = []
    for table in parsed.tables:
        rows += _rows(read_columns(table.file), table, parsed)
    if len(rows) < 2:
        raise BadInput("set-empty", "the set has fewer than two labelled records", field="truth")
    reading = _reading(parsed, [cells for _, _, cells in rows])
    entries = [Entry(source, truth, read_entry(cells, reading)) for source, truth, cells in rows]
    notes = (f"read as {reading}",)
    clear = clear_columns(entries, [cells for _, _, cells in rows], foreign=reading.foreign_address)
    return DataSet(parsed.name, parsed.name, entries, clear, limits=parsed.limits, notes=notes)


def parse(path: Path, data: Path) -> Mapping_:
    """The mapping file at `path` for the file or folder `data`."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadInput("mapping-unreadable", f"the mapping is not a TOML file that can be read: {error}") from None
    unknown = sorted(content.keys() - _KEYS)
    if unknown or not isinstance(content.get("truth"), str):
        wrong = f"unknown key `{unknown[0]}`" if unknown else "no `truth`: the column that says whose record it is"
        raise BadInput("mapping-invalid", f"the mapping has {wrong}", hint=f"keys are {', '.join(sorted(_KEYS))}")
    folder = data if data.is_dir() else data.parent
    common = content.get("columns", {})
    listed = content.get("tables") or [{"file": data.name}]
    tables = tuple(
        Table(folder / str(one["file"]), str(one.get("source", "")), _columns(common | one.get("columns", {})))
        for one in listed
    )
    return Mapping_(
        name=str(content.get("name", data.stem)),
        truth=content["truth"],
        record=str(content.get("record", "")),
        source=str(content.get("source", "")),
        tables=tables,
        formats=tuple(content.get("dates", {}).get("formats", ["auto"])),
        reading=content.get("reading", {}),
        limits={name: float(value) for name, value in content.get("limits", {}).items()},
    )


def _columns(given: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    for name in given:
        if name not in FIELDS:
            near = difflib.get_close_matches(name, FIELDS, n=3)
            hint = f"near it: {', '.join(near)}" if near else f"fields are {', '.join(FIELDS)}"
            raise BadInput("field-unknown", f"the mapping names a field `{name}` that there is not", hint=hint)
    return {name: (held,) if isinstance(held, str) else tuple(held) for name, held in given.items()}


def _rows(columns: Columns, table: Table, parsed: Mapping_) -> list[tuple[str, str, Cells]]:
    wanted = [parsed.truth, *([parsed.source] if parsed.source and not table.source else [])]
    for name in [*wanted, *(column for held in table.columns.values() for column in held)]:
        if name not in columns:
            near = difflib.get_close_matches(name, list(columns), n=3, cutoff=0.4)
            hint = f"near it: {', '.join(near)}" if near else f"columns are {', '.join(columns)}"
            raise BadInput("column-unknown", f"{table.file.name} has no column `{name}`", hint=hint)
    truth = columns[parsed.truth]
    sources = columns[parsed.source] if len(wanted) > 1 else [table.source or table.file.stem] * len(truth)
    held = {name: _joined([columns[one] for one in named], name) for name, named in table.columns.items()}
    return [
        (sources[at], truth[at], {name: values[at] for name, values in held.items() if values[at]})
        for at in range(len(truth))
        if truth[at]
    ]


def _joined(columns: Sequence[Sequence[str]], name: str) -> Sequence[str]:
    between = ";" if name in SEVERAL else " "
    return columns[0] if len(columns) == 1 else [between.join(filter(None, row)) for row in zip(*columns, strict=True)]


def _reading(parsed: Mapping_, rows: Sequence[Cells]) -> Reading:
    told = parsed.reading
    address, numbers = told.get("address", "auto"), told.get("numbers", "auto")
    codes = [cells["postcode"] for cells in rows if cells.get("postcode")]
    foreign = address == "foreign" or (address == "auto" and _mostly_bad([read_postcode(code).value for code in codes]))
    streets = any(cells.get("street") or cells.get("address") for cells in rows)
    foreign = foreign or (address == "auto" and not codes and streets)
    checked = [
        read(cells[name]).state in ("valid", "placeholder")
        for name, read in (("nhs", identifiers.nhs_number), ("nino", identifiers.nino), ("upn", identifiers.upn))
        for cells in rows
        if cells.get(name)
    ]
    plain = numbers == "plain" or (numbers == "auto" and _mostly_bad(checked))
    birthdays = [cells["dob"] for cells in rows if cells.get("dob")]
    formats = _formats(parsed.formats, birthdays)
    historical = bool(told.get("historical", _old(birthdays, formats)))
    parts = bool(told.get("name_parts", False))
    return Reading(formats, foreign, plain, historical, parts)


def _mostly_bad(good: Sequence[Any]) -> bool:
    return bool(good) and sum(map(bool, good)) < len(good) / 2


def _formats(given: Sequence[str], birthdays: Sequence[str]) -> tuple[str, ...]:
    order = dates.sniff(birthdays)
    sniffed = "month-first" if order == "month-first" else "day-first"
    named = ((*dates.AUTO, sniffed, "compact-day") if name == "auto" else (name,) for name in given)
    return tuple(name for group in named for name in group)


def _old(birthdays: Sequence[str], formats: tuple[str, ...]) -> bool:
    """Whether more than one in twenty were born over 120 years ago: then it is no mistake."""
    some = birthdays[:: max(1, len(birthdays) // 1000)]
    read = [dates.read_dob(text, formats, today=TODAY).reason for text in some]
    return bool(some) and sum("120 years" in reason for reason in read) > len(some) / 20
