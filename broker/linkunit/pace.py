"""What is more than usual is noticed at the spending itself: three times an agency's own median hour, or median day.

    hours     (agency, use, hour, count, told)     what each hour of the last 28 days had; whether it was told of

The median is over the hours, and days, before today in which the agency asked or posted at all, with a floor for one
of which little is known. Today is left out, so that a long day does not make itself usual. It is told at most once an
hour: a line in the count log, which the agency reads in its statement, and an event for whoever runs the linkage unit.
Nothing is refused: a large incident is a reason to ask a lot.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from broker.linkunit.book import Book, Counted, Row, day_of
from broker.wire.evaluation import Use
from broker.wire.quota import BASELINE_DAYS, FLOORS, TIMES, Span, is_unusual

TABLE = """
CREATE TABLE IF NOT EXISTS hours (
    agency TEXT NOT NULL, use TEXT NOT NULL, hour INTEGER NOT NULL, count INTEGER NOT NULL, told INTEGER NOT NULL,
    PRIMARY KEY (agency, use, hour)) STRICT;
"""
_ADD = """
INSERT INTO hours VALUES (?, ?, ?, ?, 0)
ON CONFLICT (agency, use, hour) DO UPDATE SET count = count + excluded.count RETURNING count, told
"""
_LINES: dict[Span, Counted] = {"hour": "unusual_hour", "day": "unusual_day"}


@dataclass(frozen=True)
class Unusual:
    """So much was spent in the hour, or the day, up to now: questions, or inputs of deliveries."""

    span: Span
    count: int


def note(book: Book, agency: str, use: Use, amount: int, *, id: bytes) -> Unusual | None:
    """Counts what was spent into its hour. The answer is what has to be told of now, and is in the count log."""
    hour = book.now // 3_600
    about = (agency, use, hour)
    book.database.execute(
        "DELETE FROM hours WHERE agency = ? AND use = ? AND hour < ?", (agency, use, hour - 24 * (BASELINE_DAYS + 1))
    )
    [(count, told)] = book.database.execute(_ADD, (*about, amount)).fetchall()
    found = None if told else _unusual(book, agency, use, in_hour=count)
    if found is not None:
        book.database.execute("UPDATE hours SET told = 1 WHERE agency = ? AND use = ? AND hour = ?", about)
        book.append(Row(agency, _LINES[found.span], id, found.count, purpose=use))
    return found


def _unusual(book: Book, agency: str, use: Use, *, in_hour: int) -> Unusual | None:
    floor, in_day = FLOORS[use], book.total(agency, use)
    before = _hours(book, agency, use) if in_hour > TIMES * floor.hour else []
    if is_unusual(in_hour, before, floor=floor.hour):
        return Unusual("hour", in_hour)
    before = _days(book, agency, use) if in_day > TIMES * floor.day else []
    return Unusual("day", in_day) if is_unusual(in_day, before, floor=floor.day) else None


def _hours(book: Book, agency: str, use: Use) -> list[int]:
    today = book.now // 86_400 * 24
    query = "SELECT count FROM hours WHERE agency = ? AND use = ? AND hour >= ? AND hour < ?"
    return [row[0] for row in book.database.execute(query, (agency, use, today - 24 * BASELINE_DAYS, today))]


def _days(book: Book, agency: str, use: Use) -> list[int]:
    first = day_of(book.now - int(dt.timedelta(days=BASELINE_DAYS).total_seconds()))
    query = "SELECT count FROM totals WHERE agency = ? AND use = ? AND day >= ? AND day < ?"
    return [row[0] for row in book.database.execute(query, (agency, use, first, day_of(book.now)))]
