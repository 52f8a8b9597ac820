"""Monthly counts for everybody, of months that are over."""

from __future__ import annotations

import datetime as dt

from broker.actions.count_month import SMALL, Month, told
from broker.policy.render.markup import Content, table, tag
from broker.wire.agreements import Agreements

_HAPPENED = (
    ("challenge made", "Times that somebody asked for what they were not shown"),
    ("challenge answered", "Of those, and of refusals drawn by lot, answered by a person"),
    ("emergency opened", "Emergencies in which more was shown at once"),
    ("emergency reviewed", "Emergencies judged by a second person"),
    ("right taken", "People's requests: to see, correct, object, or a complaint"),
    ("right decided", "People's requests decided"),
)


def counts_content(months: list[Month], words: Agreements) -> Content:
    """The tables."""
    labels = {purpose.purpose: purpose.label for one in words.agreements for purpose in one.purposes}
    heads = ("Month", "Look-ups", *(labels[one] for one in labels), *(text for _, text in _HAPPENED))
    rows = [[_named(one.name), told(one.looked_up), *(told(n) for n in _numbers(one, list(labels)))] for one in months]
    return [
        tag(
            "p",
            f"Counts below {SMALL} are not told, and the others are rounded to the nearest 5, so that "
            "nobody can be recognised. Months that are not over are not here.",
        ),
        [_month(heads[1:], row) for row in rows] or tag("p", "No month is over yet."),
    ]


def _month(heads: tuple[str, ...], row: list[str]) -> Content:
    cells: list[list[Content]] = [[head, cell] for head, cell in zip(heads, row[1:], strict=True)]
    return table(row[0], ("What", "How often"), cells)


def _numbers(one: Month, purposes: list[str]) -> list[int]:
    return [*(one.by_purpose.get(name, 0) for name in purposes), *(one.others.get(name, 0) for name, _ in _HAPPENED)]


def _named(name: str) -> str:
    return f"{dt.date.fromisoformat(f'{name}-01'):%B %Y}"
