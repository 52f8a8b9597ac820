"""What kind of file this is: its encoding and delimiter, told from the bytes and from the columns that are expected.

Case systems export UTF-8 with and without a mark, UTF-16 from Excel's "Unicode text", and Windows-1252; separated by
commas, semicolons, tabs or bars. Nothing is guessed silently: what was found is in the report.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterator

from broker.errors import BadInput

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
LONGEST_CELL = 4_096
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


def decode(data: bytes) -> tuple[str, str]:
    """(text, encoding) of `data`. Raises `BadInput` when it is empty, holds NUL bytes or is no text we know."""
    if not data.strip(b"\xef\xbb\xbf\xff\xfe \t\r\n\x00"):
        raise BadInput("file-empty", "the file is empty", hint="export it again")
    for encoding in _encodings(data):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" in text:
            row = text.count("\n", 0, text.index("\x00")) + 1
            hint = "the file is damaged or not a text file, export it as CSV"
            raise BadInput("file-nul", "a NUL byte", row=row, hint=hint)
        return text.removeprefix("\ufeff"), encoding
    raise BadInput("file-encoding", "neither UTF-8, UTF-16 nor Windows-1252", hint="save it as CSV UTF-8")


def _encodings(data: bytes) -> tuple[str, ...]:
    if data.startswith(_UTF16_MARKS):
        return ("utf-16",)
    # UTF-16 without a mark: every second byte of plain English is zero.
    head = data[:400]
    if len(data) % 2 == 0 and head[1::2].count(0) > len(head) // 4 and not head[0::2].count(0):
        return ("utf-16-le",)
    if len(data) % 2 == 0 and head[0::2].count(0) > len(head) // 4 and not head[1::2].count(0):
        return ("utf-16-be",)
    return ("utf-8-sig", "cp1252")


def find_delimiter(text: str, expected: Collection[str]) -> tuple[str, str]:
    """(text, delimiter): the delimiter under which most `expected` columns are in the header, else most columns.

    A first line `sep=;`, which Excel writes for itself, settles it and is cut off.
    """
    first, _, rest = text.partition("\n")
    bare = first.strip().strip('"').lower()
    if bare.startswith("sep=") and bare[4:] in DELIMITERS:
        return rest, bare[4:]
    wanted = {column_key(name) for name in expected}

    def fitness(delimiter: str) -> tuple[int, int]:
        header = [column_key(name) for name in next(csv.reader(io.StringIO(text), delimiter=delimiter), [])]
        return len(wanted & set(header)), len(header)

    try:
        return text, max(DELIMITERS, key=fitness)
    except csv.Error:
        raise BadInput("file-header", "the header is not CSV", row=1, hint="export it as CSV again") from None


def records(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """(row number, cells) of every row that is not blank; the header is row 1. Raises `BadInput` for broken quoting."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    row = 0
    while True:
        row += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise _broken(str(error), row) from None
        if any(cell.strip() for cell in cells):
            yield row, cells


def _broken(reason: str, row: int) -> BadInput:
    if "field larger" in reason:
        hint = "probably a quotation mark that is never closed, in this row or one above"
        return BadInput("file-cell-huge", "a cell is longer than 131,072 characters", row=row, hint=hint)
    if "unexpected end" in reason:
        return BadInput("file-quotes", "a quotation mark is never closed", row=row, hint="export it as CSV again")
    hint = "write a quotation mark inside a cell twice, and quote cells that hold the delimiter"
    return BadInput("file-quotes", "quotation marks are not as in CSV", row=row, hint=hint)


def column_key(name: str) -> str:
    """A column's name as it is compared: without regard to case and extra spaces."""
    return " ".join(name.casefold().split())
