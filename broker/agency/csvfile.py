"""The front door: the bytes of an export and its mapping -> rows to send, rows refused and why, what was found.

    read(data, mapping, today=...)  ->  Table(rows, rejects, warnings, facts, counts)

A file that can't be understood is refused as a whole (`BadInput`). A row is refused when it has no reference, says
nothing of who it is about, repeats a reference, has a wrong cell in what it shares, or shares the person's own details.
An invalid identifier or date of birth only leaves that field out. Row numbers are those that a spreadsheet shows: the
header is row 1.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import difflib
from collections import Counter
from collections.abc import Mapping as Map
from collections.abc import Sequence
from dataclasses import dataclass

from broker.agency import dates
from broker.agency.cells import Cells, LeftOut
from broker.agency.content import RowContent, read_content
from broker.agency.field import Field, State
from broker.agency.layout import Mapping
from broker.agency.leaks import find_leak
from broker.agency.matchkeys import Person
from broker.agency.people import read_person
from broker.agency.sniff import DELIMITERS, LONGEST_CELL, column_key, decode, find_delimiter, records
from broker.errors import BadInput

_LONGEST_REFERENCE = 200


@dataclass(frozen=True, repr=False)
class Row:
    """One usable row: its number in the file, who it is about, the agency's own reference, what it shares."""

    number: int
    person: Person
    ref: str
    content: RowContent

    def __repr__(self) -> str:
        return f"<Row {self.number}>"


@dataclass(frozen=True)
class Reject:
    """One refused row, the field that is to blame, a stable code and the reason in plain words, without values.

    `ref` is the agency's own reference, so that a snapshot does not close a record it only failed to read.
    """

    row: int
    field: str
    reason_code: str
    reason: str
    ref: str = dataclasses.field(default="", repr=False)


@dataclass(frozen=True)
class Facts:
    """What was told from the file itself. `orders` says for each column of dates which of day and month comes first."""

    encoding: str
    delimiter: str
    columns: tuple[str, ...]
    ignored: tuple[str, ...]
    orders: Map[str, dates.Order]
    data_rows: int


@dataclass(frozen=True)
class Table:
    """A file read. `counts` has how many cells of each field of a person were valid, blank, placeholder or invalid."""

    mapping: Mapping
    facts: Facts
    rows: tuple[Row, ...]
    rejects: tuple[Reject, ...]
    warnings: tuple[LeftOut, ...]
    counts: Map[str, Map[State, int]]


def read(data: bytes, mapping: Mapping, *, today: dt.date, synthetic_numbers: bool = False) -> Table:
    """The table in `data`. Raises `BadInput` when the file as a whole is unusable; a bad row is a `Reject`.

    NHS numbers of the range for made-up people count only with `synthetic_numbers`.
    """
    text, encoding = decode(data)
    text, delimiter = find_delimiter(text, mapping.columns())
    lines = list(records(text, delimiter))
    if not lines:
        raise BadInput("file-empty", "the file has no rows", hint="export it again")
    header, body = [name.strip() for name in lines[0][1]], lines[1:]
    index = _index(header, mapping)
    orders = {column: dates.sniff(_column(body, index[column])) for column in sorted(mapping.date_columns())}
    used = set(index.values())
    facts = Facts(
        encoding=encoding,
        delimiter=DELIMITERS[delimiter],
        columns=tuple(header),
        ignored=tuple(name for at, name in enumerate(header) if at not in used and name),
        orders=orders,
        data_rows=len(body),
    )
    cells = Cells(0, (), index, _formats(mapping, orders), mapping, today, synthetic_numbers)
    rows = _Rows(cells, width=len(header))
    for number, values in body:
        rows.add(number, values)
    return Table(mapping, facts, tuple(rows.kept), tuple(rows.rejects), tuple(rows.warnings), rows.counts)


class _Rows:
    """Collects rows and rejects; knows the references seen so far."""

    def __init__(self, blank: Cells, *, width: int) -> None:
        self.blank = blank
        self.mapping = blank.mapping
        self.width = width
        self.kept: list[Row] = []
        self.rejects: list[Reject] = []
        self.warnings: list[LeftOut] = []
        self.counts: dict[str, Counter[State]] = {}
        self.first_row_of: dict[str, int] = {}

    def add(self, number: int, values: list[str]) -> None:
        at = self.blank.index[self.mapping.cells["reference"].column]
        ref = values[at].strip() if at < len(values) else ""
        try:
            self._check_shape(number, values)
            cells = dataclasses.replace(self.blank, row=number, values=values, warnings=[])
            self._check_reference(cells, cells.text(self.mapping.cells["reference"]))
            person, read = read_person(cells)
            self._count(read, cells)
            if not (person.forename or person.surname or person.dob or person.nhs or person.nino or person.upn):
                raise BadInput(
                    "person-missing", "no usable name, date of birth or number", row=number, field="forename"
                )
            content = read_content(cells, person)
            if leak := find_leak(person, content):
                raise BadInput(
                    "content-leak", "contains the person's own name, date of birth, postcode or number", field=leak
                )
        except BadInput as error:
            reason = error.message + (f" ({error.hint})" if error.hint else "")
            self.rejects.append(Reject(number, error.field, error.code, reason, ref))
            return
        self.warnings += cells.warnings
        self.kept.append(Row(number, person, ref, content))

    def _check_shape(self, number: int, values: list[str]) -> None:
        extra = any(cell.strip() for cell in values[self.width :])
        if extra or len(values) < self.width:
            reason = f"{len(values)} cells where the header has {self.width}"
            raise BadInput("row-ragged", reason, row=number, hint="a cell may hold the delimiter without quotes")
        if any(len(cell) > LONGEST_CELL for cell in values):
            raise BadInput("cell-huge", f"a cell is longer than {LONGEST_CELL:,} characters", row=number)

    def _check_reference(self, cells: Cells, ref: str) -> None:
        if not ref or len(ref) > _LONGEST_REFERENCE or not ref.isprintable():
            raise cells.wrong(
                "reference", "blank, over 200 characters or with unprintable signs", code="reference-missing"
            )
        first = self.first_row_of.setdefault(ref, cells.row)
        if first != cells.row:
            raise cells.wrong("reference", f"same reference as row {first}", code="reference-repeated")

    def _count(self, read: Map[str, Field], cells: Cells) -> None:
        for name, held in read.items():
            self.counts.setdefault(name, Counter())[held.state] += 1
            if held.state == "invalid":
                cells.warn(name, f"left out: {held.reason}", code=f"{name}-invalid")


def _index(header: Sequence[str], mapping: Mapping) -> dict[str, int]:
    keys = [column_key(name) for name in header]
    wanted = mapping.columns()
    if not any(column_key(column) in keys for column in wanted):
        # The first row may be somebody's data, so nothing of it is repeated.
        hint = "the first row must hold the names of the columns"
        raise BadInput("columns-unknown", "the file has none of the columns that the mapping names", row=1, hint=hint)
    if twice := next((key for key in keys if key and keys.count(key) > 1), ""):
        numbers = " and ".join(str(at) for at, key in enumerate(keys, start=1) if key == twice)
        hint = "rename one of them in the export"
        raise BadInput("column-repeated", f"columns {numbers} have the same name", row=1, hint=hint)
    for column, used_for in wanted.items():
        if column_key(column) not in keys:
            raise _unknown_column(column, used_for, header)
    return {column: keys.index(column_key(column)) for column in wanted}


def _unknown_column(column: str, used_for: str, header: Sequence[str]) -> BadInput:
    by_key = {column_key(name): name for name in header if name}
    near = [by_key[key] for key in difflib.get_close_matches(column_key(column), list(by_key), n=3, cutoff=0.5)]
    hint = (
        f"near it: {', '.join(f'`{name}`' for name in near)}" if near else "no column of the file is called nearly so"
    )
    reason = f"the mapping names a column `{column}` that the file does not have"
    return BadInput("column-unknown", reason, field=used_for, row=1, hint=hint)


def _column(body: Sequence[tuple[int, list[str]]], at: int) -> list[str]:
    return [values[at] for _, values in body if at < len(values)]


def _formats(mapping: Mapping, orders: Map[str, dates.Order]) -> dict[str, tuple[str, ...]]:
    """The formats of each column of dates. A column that can't tell its order follows the others, or is British."""
    told = {order for order in orders.values() if order in ("day-first", "month-first")}
    usual = "month-first" if told == {"month-first"} else "day-first"
    found = {}
    for column, order in orders.items():
        sniffed = order if order in ("day-first", "month-first") else usual
        names = ((*dates.AUTO, sniffed) if name == "auto" else (name,) for name in mapping.formats)
        found[column] = tuple(name for group in names for name in group)
    return found
