"""A line that changes no outcome and much else, in words: when an agreement shares, who is trained, what is promised.

    in_fact(one)     CLOSES: ISA-2026-001 is suspended and shares nothing; until now it is signed.

A comparison takes the facts as given, so a signature, a date or a period of grace changes no outcome and yet everything
that is decided. Whoever signs reads these first.
"""

from __future__ import annotations

import datetime as dt

from broker.policy import periods
from broker.policy.days import after
from broker.policy.rewritten import Rewritten

_SOME_DAY = dt.date(2001, 1, 1)


def in_fact(one: Rewritten) -> str:
    """The sentence of one line whose `decides` is true, with whether it opens or closes where that can be said."""
    known = len(one.place) > 2 and one.place[0] == "agreements" and None not in (one.before, one.after)
    told = _told(one.place[1], one.place[-1], str(one.before), now=str(one.after)) if known else ""
    return told or f"CHANGES: {' / '.join(one.place)}: {_plain(one.after)}; until now {_plain(one.before)}."


def promise(one: Rewritten) -> str:
    """The sentence of one line of invariants.yaml: a promise that comes, goes or changes."""
    if len(one.place) < 3:
        return "CHANGED: all of invariants.yaml"
    before, after = (value.get("say", "") if isinstance(value, dict) else "" for value in (one.before, one.after))
    if len(one.place) == 3 and not after:
        return f"NO LONGER PROMISED: {one.place[2]}: {before}"
    if len(one.place) == 3 and not before:
        return f"NEWLY PROMISED: {one.place[2]}: {after}"
    return f"CHANGED: {one.place[2]}: see its lines below"


def _told(agreement: str, what: str, was: str, *, now: str) -> str:
    if what == "status":
        return _status(agreement, was, now=now)
    if what == "effective_from":
        return f"{_way(now < was)}: {agreement} begins on {_date(now)}; until now on {_date(was)}."
    if what == "expires":
        return f"{_way(now > was)}: {agreement} ends (before grace) on {_date(now)}; until now on {_date(was)}."
    if what == "grace_days":
        more = int(now) > int(was)
        return f"{_way(more)}: {agreement} shares {periods.number(int(now), 'day')} after its end; until now {was}."
    if what == "training_valid":
        longer = after(_SOME_DAY, now) > after(_SOME_DAY, was)
        return f"{_way(longer)}: {agreement} takes training for {periods.period(now)}; until now {periods.period(was)}."
    return ""


def _status(agreement: str, was: str, *, now: str) -> str:
    if now == "signed":
        return f"OPENS: {agreement} is signed and shares what it schedules; until now it is {was} and shares nothing."
    if was == "signed":
        return f"CLOSES: {agreement} is {now} and shares nothing; until now it is signed."
    return f"CHANGES: {agreement} is {now}; until now it is {was}. It shares nothing either way."


def _way(opens: bool) -> str:
    return "OPENS" if opens else "CLOSES"


def _date(written: str) -> str:
    return periods.date(dt.date.fromisoformat(written))


def _plain(value: object) -> str:
    return "not there" if value is None else str(value)
