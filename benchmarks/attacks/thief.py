"""A thief of the database: the file and nothing else, read without any of our code but SQLite itself.

What they can do: see which rows are alike. Rows with a run of twelve equal bytes anywhere are joined by an edge, and
label rows with the same label are. What names a delivery, a source or a day is no likeness of people: it is a mark.
"""

from __future__ import annotations

import itertools
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

ABOUT_PEOPLE = ("records", "labels", "protections", "verdicts")
_MARKS = ("source", "batch", "version", "closed", "review_by")
_RUN = 12
_BUCKETS = 8
_ODD = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True)
class Row:
    """One stolen row: where it stood, what is open in it, and its sealed bytes by column."""

    table: str
    marks: tuple[Any, ...]
    sealed: dict[str, bytes] = field(repr=False)

    @property
    def sizes(self) -> tuple[int, ...]:
        return tuple(map(len, self.sealed.values()))


def steal(database: Path) -> list[Row]:
    """Every row about people, of a SQLite file."""
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
        connection.row_factory = sqlite3.Row
        return [row for table in ABOUT_PEOPLE for row in _rows(connection, table)]


def _rows(connection: sqlite3.Connection, table: str) -> Iterator[Row]:
    for row in connection.execute(f"SELECT * FROM {table}"):
        values = {name: row[name] for name in row.keys()}  # noqa: SIM118
        marks = tuple(values[name] for name in _MARKS if name in values)
        sealed = {name: value for name, value in values.items() if isinstance(value, bytes) and name not in _MARKS}
        yield Row(table, marks, sealed)


def alike(rows: Sequence[Row]) -> set[tuple[int, int]]:
    """Pairs of places of rows that have a run of bytes in common, whatever the columns; the smaller place first."""
    repeated = np.concatenate([_repeated(rows, bucket) for bucket in range(_BUCKETS)])
    holders: dict[int, set[int]] = defaultdict(set)
    if len(repeated):
        for at, row in enumerate(rows):
            for value in row.sealed.values():
                for run in np.unique(_places(value, repeated)).tolist():
                    holders[run].add(at)
    return {pair for members in holders.values() for pair in itertools.combinations(sorted(members), 2)}


def _repeated(rows: Sequence[Row], bucket: int) -> np.ndarray:
    """The runs that occur twice or more, of one share of all runs: all of them at once would not fit into memory."""
    parts = [np.zeros(0, dtype=np.uint64)]
    for row in rows:
        for value in row.sealed.values():
            prints = _prints(value)
            parts.append(prints[prints % np.uint64(_BUCKETS) == bucket])
    ordered = np.sort(np.concatenate(parts))
    return np.unique(ordered[1:][ordered[1:] == ordered[:-1]])


def _places(value: bytes, wanted: np.ndarray) -> np.ndarray:
    """Where in the sorted `wanted` the runs of `value` are, as far as they are there."""
    prints = _prints(value)
    places = np.minimum(np.searchsorted(wanted, prints), len(wanted) - 1)
    found: np.ndarray = places[wanted[places] == prints]
    return found


def _prints(value: bytes) -> np.ndarray:
    """One number for each run of twelve bytes; none for anything shorter."""
    count = len(value) - _RUN + 1
    if count <= 0:
        return np.zeros(0, dtype=np.uint64)
    runs = np.lib.stride_tricks.sliding_window_view(np.frombuffer(value, dtype=np.uint8), _RUN)
    first = np.ascontiguousarray(runs[:, :8]).view(np.uint64).ravel()
    rest = np.ascontiguousarray(runs[:, 8:]).view(np.uint32).ravel().astype(np.uint64)
    mixed: np.ndarray = (first * _ODD) ^ (rest * (_ODD >> np.uint64(1) | np.uint64(1)))
    return mixed


def label_groups(rows: Sequence[Row]) -> Counter[tuple[str, int]]:
    """How many labels of each source lead to how many records: all that label rows say to a thief."""
    by_label = Counter((row.marks[0], row.sealed["label"]) for row in rows if row.table == "labels")
    return Counter((source, size) for (source, _), size in by_label.items())


def odd_sizes(rows: Sequence[Row]) -> int:
    """Records whose sealed sizes no other record of their source has."""
    counted = Counter((row.marks[0], row.sizes) for row in rows if row.table == "records")
    return sum(1 for times in counted.values() if times == 1)


def holding(rows: Sequence[Row], guesses: Iterable[bytes]) -> set[int]:
    """Places of the rows that hold the first twelve bytes of any guess, anywhere in their sealed bytes."""
    heads = (guess[:_RUN] for guess in guesses if len(guess) >= _RUN)
    parts = [np.zeros(0, dtype=np.uint64)]
    while some := b"".join(itertools.islice(heads, 100_000)):
        parts.append(_prints(some)[::_RUN])
    wanted = np.unique(np.concatenate(parts))
    if not len(wanted):
        return set()
    return {
        at for at, row in enumerate(rows) if any(len(_places(value, wanted)) for value in row.sealed.values())
    }  # fmt: skip
