"""One row's cells, read as text, dates, codes, counts and yes or no, by what the mapping says.

A wrong cell raises `BadInput` with the row and the field, never the value; `csvfile` turns that into a reject.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping as Map
from collections.abc import Sequence
from dataclasses import dataclass, field

from broker.agency import dates
from broker.agency.field import word_set
from broker.agency.layout import Cell, Mapping
from broker.agency.mapping import code_key
from broker.errors import BadInput

_NULLS = frozenset(("null", "(null)", "<null>", "nan", "nat", "#n/a", "#null!"))
_YES = word_set("y yes true t 1 x")
_NO = word_set("n no false f 0")
_SLUG = re.compile(r"^[a-z][a-z0-9_]{0,39}$")
_QUOTES = str.maketrans({"\u2018": "'", "\u2019": "'", "`": "'", "\u2013": "-", "\u2014": "-", "\xa0": " "})
MAX_COUNT = 100_000


@dataclass(frozen=True)
class LeftOut:
    """Something left out of a row that is kept, so that somebody can mend it at home."""

    row: int
    field: str
    code: str
    reason: str


@dataclass(frozen=True, repr=False)
class Cells:
    """The cells of row `row`. `index` has the place of each column, `formats` the date formats of each date column."""

    row: int
    values: Sequence[str]
    index: Map[str, int]
    formats: Map[str, tuple[str, ...]]
    mapping: Mapping
    today: dt.date
    synthetic_numbers: bool = False
    warnings: list[LeftOut] = field(default_factory=list)

    def __repr__(self) -> str:
        return f"<Cells of row {self.row}>"

    def text(self, cell: Cell | None) -> str:
        """The text, without spaces at its ends; empty when there is no such cell or a database wrote its null."""
        if cell is None:
            return ""
        if not cell.column:
            return cell.constant
        text = self.values[self.index[cell.column]].strip()
        return "" if text.casefold() in _NULLS else text

    def staff_text(self, cell: Cell | None) -> str:
        """Text as it is shown to others: composed letters, plain quotes and dashes, single spaces."""
        return " ".join(unicodedata.normalize("NFKC", self.text(cell).translate(_QUOTES)).split())

    def wrong(self, field: str, reason: str, *, code: str, hint: str = "") -> BadInput:
        """The error for a cell of this row that makes the row unusable."""
        return BadInput(code, reason, field=field, row=self.row, hint=hint)

    def warn(self, field: str, reason: str, *, code: str) -> None:
        """Notes that a value of this row was left out."""
        self.warnings.append(LeftOut(self.row, field, code, reason))

    def formats_of(self, cell: Cell | None) -> tuple[str, ...]:
        """The formats of dates in `cell`; a constant is always ISO."""
        return self.formats.get(cell.column, ("iso",)) if cell else ("iso",)

    def date(self, cell: Cell | None, *, field: str) -> dt.date | None:
        """A date, or None when blank or a placeholder. Raises `BadInput` for one that does not exist."""
        read = dates.read_date(self.text(cell), self.formats_of(cell), today=self.today)
        if read.state == "invalid":
            raise self.wrong(field, read.reason, code="date-wrong")
        return dt.date.fromisoformat(read.value) if read.value else None

    def code(self, cell: Cell | None, *, field: str, table: str, known: Map[str, str] | None = None) -> str:
        """The code that the cell stands for by the mapping's table of codes, or by our `known` words.

        Without a table the cell must be a code already: anything else could be free text. Raises `BadInput`.
        """
        text = self.text(cell)
        if not text:
            return ""
        key = code_key(text)
        if (mapped := self.mapping.codes.get(table, {}).get(key)) is not None:
            return mapped
        if known is not None and key in known:
            return known[key]
        if known is None and table not in self.mapping.codes and _SLUG.match(text.lower()):
            return text.lower()
        raise self.wrong(
            field, "a code that the mapping does not list", code="code-unknown", hint=f"add it to [codes.{table}]"
        )

    def count(self, cell: Cell | None, *, field: str) -> int | None:
        """A whole number from 0 to 100,000, or None when blank; a percentage is rounded. Raises `BadInput`."""
        text = self.text(cell).replace(",", "")
        if not text:
            return None
        if not re.fullmatch(r"[0-9]{1,6}(?:\.[0-9]{1,6})?\s*%?", text):
            raise self.wrong(field, "not a count", code="count-wrong")
        number = round(float(text.rstrip("% ")))
        if number > MAX_COUNT:
            raise self.wrong(field, "a count over 100,000", code="count-wrong")
        return number

    def yes(self, cell: Cell | None, *, field: str, table: str) -> bool | None:
        """Yes or no, or None when blank. Raises `BadInput` for anything else."""
        text = self.text(cell)
        if not text:
            return None
        key = code_key(text)
        key = self.mapping.codes.get(table, {}).get(key, key)
        if key not in _YES and key not in _NO:
            raise self.wrong(field, "neither yes nor no", code="code-unknown", hint=f"list it in [codes.{table!r}]")
        return key in _YES
