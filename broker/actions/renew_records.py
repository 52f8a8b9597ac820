"""Rows of an older generation of keys are brought to the newest, page by page, while questions are answered.

    for each page, in the order of the ids, from a random one on
        1. read it, and make everything anew outside of any lock: points, labels, references, wrapped keys
        2. in one transaction: take the rows that nobody has changed since; their label rows, points and wrapped data
           keys go over together, with the event that says so

A row's generation is all there is to remember: a job that is killed goes on where it was, and several may run at once.
A record keeps its data key and version, so that what is told, decided and logged of it stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from sqlalchemy import Connection, Row

from broker.actions.damaged import tell_damaged
from broker.actions.open_generation import event
from broker.actions.publish_checkpoint import publish_checkpoint
from broker.errors import Untrusted
from broker.keys.keysets import Generation, Keyset, Keysets
from broker.parts import Parts
from broker.store import gifts, keysets, labels, protections, records, renewing
from broker.store.records import Record

PAGE = 250
"""Rows that go over together: some tens of milliseconds of the write lock."""
_FEW = 50
Progress = Callable[[int, int], None]
"""Told how many of how many rows are done."""
Damaged: TypeAlias = tuple[Row[Any], Untrusted]


@dataclass(frozen=True)
class _Page:
    """Rows of one generation, and what takes their place."""

    old: Generation
    keysets: Keysets
    last: bytes
    """The id that it ends with."""
    versions: dict[bytes, tuple[int, bytes]]
    """As they were read: disposal seals a version anew, under another key."""
    changes: dict[bytes, dict[str, Any]] = field(repr=False)
    gone: dict[bytes, list[labels.Row]] = field(repr=False)
    new: dict[bytes, list[labels.Row]] = field(repr=False)
    damaged: list[Damaged] = field(repr=False)
    """Rows that don't open: they stay as they are."""


def renew_records(
    parts: Parts, *, progress: Progress | None = None, most: int | None = None, page_rows: int = PAGE
) -> int:
    """Brings all rows, or `most` pages of them, to the newest generation. Returns how many are left.

    A record that does not open is told of, passed by, and left (`damaged`). Raises `Untrusted` when an entry of the
    register does not open, and `Unavailable` when the store can't take it; run again, it goes on.
    """
    total, pages, passed = left(parts), 0, set[bytes]()
    done = total
    # The next page is made while this one is written: multiplying holds no lock and little of the interpreter.
    with ThreadPoolExecutor(1) as ahead:
        after = parts.random(16)
        while done and (most is None or pages < most):
            renewed = _few(parts)
            coming = ahead.submit(_read, parts, after, page_rows)
            while not renewed and (page := coming.result()) is not None and (most is None or pages < most):
                coming = ahead.submit(_read, parts, page.last, page_rows)
                done, pages, after = done - _kept(parts, page), pages + 1, page.last
                passed |= tell_damaged(one for one in page.damaged if one[0].id not in passed)
                if not page.versions and left(parts) <= len(passed):
                    break
                if progress is not None:
                    progress(max(0, total - done), total)
            pages += bool(renewed)
            # What others renew is done as well.
            done = max(0, left(parts) - len(passed))
    publish_checkpoint(parts)
    return left(parts)


def left(parts: Parts) -> int:
    """How many rows are of an older open generation."""
    with parts.store.look() as connection:
        older = parts.at(connection).keysets.generations[:-1]
        return sum(sum(keysets.left(connection, one.number).values()) for one in older)


def damaged(parts: Parts) -> list[tuple[str, bytes]]:
    """Source and id of each record of an older open generation that does not open; reads all that are left."""
    found, after = list[tuple[str, bytes]](), b""
    with parts.store.look() as connection:
        reading = parts.at(connection)
        for old in reading.keysets.open[:-1]:
            while rows := renewing.page(connection, old.number, after=after, most=PAGE, around=False):
                found += [(row.source, bytes(row.id)) for row, _ in _opened(reading, rows)[1]]
                after = rows[-1].id
    return sorted(found)


def _few(parts: Parts) -> int:
    """Renews some entries of the register or some rows that agencies get back: there are never many."""
    with parts.store.look() as connection:
        older = parts.at(connection).keysets.generations[:-1]
        if not any(keysets.left_beside_records(connection, one.number) for one in older):
            return 0
    with parts.store.begin() as tx:
        now = parts.writing(tx.connection).keysets
        many = sum(_few_of(parts, tx.connection, now, one.number) for one in now.generations[:-1])
        renewed = event(parts, "renewed", now.newest.generation, records=many)
        tx.audit(parts.entry(renewed))
    return many


def _few_of(parts: Parts, connection: Connection, now: Keysets, number: int) -> int:
    ids = protections.ids_of(connection, number, most=_FEW)
    many = protections.renew(connection, now, ids, random=parts.random)
    return many or gifts.renew(connection, now, number, most=_FEW, random=parts.random)


def _read(parts: Parts, after: bytes, most: int) -> _Page | None:
    """The page after an id, or the first where there is none after it; None when no record is left."""
    with parts.store.look() as connection:
        reading = parts.at(connection)
        if len(reading.keysets.open) < 2:
            return None
        old = reading.keysets.open[0]
        rows = renewing.page(connection, old.number, after=after, most=most)
        return _made(reading, connection, old, rows) if rows else None


def _made(parts: Parts, connection: Connection, old: Keyset, rows: Sequence[Row[Any]]) -> _Page:
    """Step 1."""
    changes: dict[bytes, dict[str, Any]] = {}
    whole, spoilt = _opened(parts, rows)
    for agency, some in whole.items():
        changes |= renewing.rewrapped(some, parts.keysets.newest, agency, random=parts.random)
    opened = [record for some in whole.values() for record in some]
    new = parts.keysets.newest
    if old.step is not None:
        # All points of the page in one go: that is most of the work, and is shared among cores.
        old.step.newer([point for record in opened for _, point in record.stored_points()])
        for record in opened:
            changes[record.id]["tokens"] = records.sealed_points(
                record.points(), record.name, data_key=record.data_key, nonce=parts.random(12)
            )
    gone: dict[bytes, list[labels.Row]] = {}
    added: dict[bytes, list[labels.Row]] = {}
    if _finding(old.generation) != _finding(new.generation):
        # A closed record that is held back from being destroyed has no label rows, and gets none.
        closed = {bytes(row.id) for row in rows if row.closed}
        named = [(one.source, one.id, one.points()) for one in opened if one.id not in closed]
        gone = labels.held(connection, replace(parts.keysets, open=(old,)), named)
        added = {one[1]: labels.sealed(new, [one], random=parts.random) for one in named}
    wrapped = {bytes(row.id): row.wrapped_key for row in rows}
    versions = {record.id: (record.name.version, wrapped[record.id]) for record in opened}
    return _Page(old.generation, parts.keysets, rows[-1].id, versions, changes, gone, added, spoilt)


def _opened(parts: Parts, rows: Sequence[Row[Any]]) -> tuple[dict[str, list[Record]], list[Damaged]]:
    """The records of each agency, and the rows that don't open."""
    sources, found, spoilt = parts.policies.vocabulary.sources, dict[str, list[Record]](), list[Damaged]()
    for agency in sorted({sources[row.source].agency for row in rows}):
        mine = [row for row in rows if sources[row.source].agency == agency]
        found[agency], some = records.opened_or_not(mine, parts.keysets, agency)
        spoilt += some
    return found, spoilt


def _finding(generation: Generation) -> tuple[int, int, int]:
    """What label rows depend on."""
    return generation.epoch, generation.label, generation.reference


def _kept(parts: Parts, page: _Page) -> int:
    """Step 2."""
    if not page.versions:
        return 0
    with parts.store.begin() as tx:
        now = parts.writing(tx.connection).keysets
        same = []
        if now.generations == page.keysets.generations:
            same = renewing.unchanged(tx.connection, page.old.number, page.versions)
        labels.delete(tx.connection, [row for one in same for row in page.gone.get(one, ())])
        labels.insert(tx.connection, sorted(row for one in same for row in page.new.get(one, ())))
        renewing.change(tx.connection, {one: page.changes[one] for one in same})
        renewed = event(parts, "renewed", now.newest.generation, records=len(same))
        tx.audit(parts.entry(renewed))
    return len(same)
