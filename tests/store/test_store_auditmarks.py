"""Matters of the log are found by their marks as the plain meaning of the search says, and marks give nothing away."""

from __future__ import annotations

import datetime as dt
import random
from types import SimpleNamespace
from typing import Any

from store_entries import entry

from broker.audit.events import instant
from broker.audit.matters import Terms
from broker.audit.query import Query, parse
from broker.store import auditmarks
from broker.store.auditmarks import Search
from broker.store.engine import Store

KEYRING: Any = SimpleNamespace(verdict_key=b"k" * 32)
BEGAN = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
SEARCHES = (
    "", "actor:council/1", "org:council src:nhs", "src:nhs src:gp", "is:emergency -org:council",
    "rule:P5 rule:A2.1 decision:withhold", "src:nhs src:gp -src:homes after:2026-11-01T01:00 before:2026-11-01T02:30",
    "actor:council/1 actor:council/2 is:denied", "-is:emergency", "purpose:nobody",
)  # fmt: skip


def matters(count: int) -> dict[tuple[str, bytes], set[tuple[str, str]]]:
    """Made-up matters, several of them of one instant."""
    rng = random.Random(7)
    found = {}
    for number in range(count):
        t = instant(BEGAN + dt.timedelta(minutes=number // 3))
        terms = {("every", "matter"), ("org", rng.choice(["council", "nhs"])), ("actor", f"council/{rng.randrange(4)}")}
        terms |= {("src", rng.choice(["nhs", "gp", "homes"])) for _ in range(2)} | {
            ("rule", rng.choice(["P5", "A2.1"]))
        }
        terms |= {("is", "emergency")} if rng.random() < 0.2 else set()
        terms |= {("is", "denied")} if rng.random() < 0.3 else set()
        terms |= {("decision", "withhold")} if rng.random() < 0.5 else set()
        found[t, rng.randbytes(16)] = terms
    return found


def meant(query: Query, t: str, terms: set[tuple[str, str]]) -> bool:
    """What a search means, said as plainly as can be."""
    wanted = all(any((name, value) in terms for value in values) for name, values in query.wanted.items())
    return wanted and not terms & set(query.unwanted) and query.after <= t < query.before


def test_what_is_found_is_what_is_meant(store: Store) -> None:
    """A matter is missed, found twice, or in another order than the latest first."""
    made = matters(150)
    rng = random.Random(8)
    with store.begin() as tx:
        for (t, entry_id), terms in made.items():
            marks = auditmarks.marks_of(KEYRING, Terms(frozenset(terms)), random=rng.randbytes)
            auditmarks.put(tx.connection, [((t, entry_id), marks)])
        tx.audit(entry(1))
    with store.look() as connection:
        for search in SEARCHES:
            query = parse(search)
            expected = sorted(
                (matter for matter, terms in made.items() if meant(query, matter[0], terms)), reverse=True
            )
            assert auditmarks.found(connection, KEYRING, Search(query), most=1000) == expected, search
            assert auditmarks.count(connection, KEYRING, Search(query), most=1000) == len(expected), search
            pages, last = [], None
            while page := auditmarks.found(connection, KEYRING, Search(query), most=7, older=last):
                pages += page
                last = page[-1]
            assert pages == expected, search


def test_how_many_marks_there_are_tells_nothing(store: Store) -> None:
    """A stolen database shows by the number of marks that something was withheld silently."""
    rng = random.Random(9)
    shown = frozenset({("org", "council")})
    few = auditmarks.marks_of(KEYRING, Terms(shown), random=rng.randbytes)
    quiet = frozenset({("is", "silent"), ("rule", "P1"), ("rule", "S8"), ("decision", "withhold_silently")})
    more = auditmarks.marks_of(KEYRING, Terms(shown, quiet), random=rng.randbytes)
    assert len(few) == len(more) == auditmarks.STEP
    assert len(set(few) & set(more)) == 1
    assert len({len(one) for one in (*few, *more)}) == 1
    other: Any = SimpleNamespace(verdict_key=b"o" * 32)
    assert auditmarks.mark(KEYRING, "org", "council") != auditmarks.mark(other, "org", "council")
    assert auditmarks.mark(KEYRING, "org", "a:b") != auditmarks.mark(KEYRING, "org:a", "b")


def test_an_agency_finds_what_it_sees_and_nothing_quiet(store: Store) -> None:
    """An agency's officer finds another agency's look-ups, or by a search that something was withheld silently."""
    rng = random.Random(10)
    every, sees = ("every", "matter"), ("sees", "council")
    made = {
        b"1" * 16: Terms(frozenset({every, sees, ("org", "council"), ("rule", "P5")})),
        b"2" * 16: Terms(frozenset({every, sees}), frozenset({("rule", "P5"), ("is", "silent")})),
        b"3" * 16: Terms(frozenset({every, ("sees", "nhs"), ("rule", "P5")})),
        b"4" * 16: Terms(
            frozenset({every, sees, ("sees", "nhs"), ("org", "nhs"), ("rule", "P7"), ("rule", "P8")}),
            parts=frozenset({("council", ("rule", "P7"))}),
        ),
    }
    with store.begin() as tx:
        for entry_id, terms in made.items():
            marks = auditmarks.marks_of(KEYRING, terms, random=rng.randbytes)
            auditmarks.put(tx.connection, [((instant(BEGAN), entry_id), marks)])
        tx.audit(entry(1))

    def ids(search: str, agency: str | None) -> str:
        with store.look() as connection:
            asked = Search(parse(search), agency)
            found = auditmarks.found(connection, KEYRING, asked, most=9)
            assert auditmarks.count(connection, KEYRING, asked, most=9) == len(found)
        return "".join(chr(entry_id[0]) for _, entry_id in sorted(found))

    assert ids("", None) == "1234" and ids("", "council") == "124" and ids("", "homes") == ""
    assert ids("rule:P7 rule:P8", "nhs") == ids("rule:P8", None) == ids("rule:P7", "council") == "4"
    assert ids("rule:P8", "council") == "" and ids("-rule:P8", "council") == "124"
    assert ids("rule:P5", None) == "123" and ids("rule:P5", "council") == "1"
    assert ids("-rule:P5", None) == "4" and ids("-rule:P5", "council") == "24"
    assert ids("is:silent", None) == "2" and ids("is:silent", "council") == "" and ids("-is:silent", "council") == "124"
