"""Monthly counts for everybody. A month that is over never changes, so each is counted once in a process."""

from __future__ import annotations

import datetime as dt
from threading import Lock

from broker.actions.count_month import SMALL, Month, count_month, told
from broker.parts import Parts
from broker.policy.render.markup import Content, table, tag
from broker.wire.agreements import Agreements

MOST = 12
_HAPPENED = (
    ("challenge made", "Times that somebody asked for what they were not shown"),
    ("challenge answered", "Of those, and of refusals drawn by lot, answered by a person"),
    ("emergency opened", "Emergencies in which more was shown at once"),
    ("emergency reviewed", "Emergencies judged by a second person"),
    ("right taken", "People's requests: to see, correct, object, or a complaint"),
    ("right decided", "People's requests decided"),
)


class Counts:
    """The months that are over, the latest first. One request counts at most one month that nobody has counted yet."""

    def __init__(self) -> None:
        self._known: dict[str, Month] = {}
        self._lock = Lock()

    def read(self, parts: Parts) -> list[Month]:
        """What is counted by now. Raises what the database does."""
        wanted = _months_before(parts.now().date())
        missing = [name for name in wanted if name not in self._known]
        # Whoever comes while somebody counts sees what is counted, and does not wait.
        if missing and self._lock.acquire(blocking=False):
            try:
                until = parts.now().date().replace(day=1).isoformat()[:7]
                following = [until, *wanted]
                name = missing[0]
                self._known[name] = count_month(parts, name, until=following[wanted.index(name)])
            finally:
                self._lock.release()
        return [self._known[name] for name in wanted if name in self._known]


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


def _months_before(today: dt.date) -> list[str]:
    found, first = list[str](), today.replace(day=1)
    for _ in range(MOST):
        first = (first - dt.timedelta(days=1)).replace(day=1)
        found.append(first.isoformat()[:7])
    return found


def _named(name: str) -> str:
    return f"{dt.date.fromisoformat(f'{name}-01'):%B %Y}"
