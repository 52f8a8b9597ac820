"""By what a matter of the audit log is found: one keyed mark for each thing that may be asked for.

A mark is 16 bytes of HMAC-SHA-256 under a key that only the broker has, so that a stolen database can't be asked who
looked or which rule decided. Every matter gets a whole multiple of `STEP` marks, filled up with random ones: how much
was decided about it, or that something was withheld silently, must not show in their number.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from sqlalchemy import ColumnElement, Connection, exists, func, select
from sqlalchemy.sql.selectable import FromClause

from broker.audit.matters import EVERY, OF_PARTS, Term, Terms
from broker.audit.query import Query
from broker.errors import Conflict
from broker.keys import context
from broker.keys.keyring import Keyring
from broker.store import driver, inlist
from broker.store.audit_tables import audit_marks

STEP = 16
MARK_BYTES = 16
Place: TypeAlias = "tuple[str, bytes]"
_QUIET = "quiet "
_MAY_BE_QUIET = frozenset({"decision", "rule", "is"})
_MARKED = "UPDATE audit_marked SET size = {mark} WHERE one = 1 AND size = {mark} RETURNING size"
_ROOM = 8
"""Marks that may be quiet: every matter has room for them, whether there are any or not."""


def mark(keyring: Keyring, name: str, value: str) -> bytes:
    """The mark of `name:value`."""
    bound = context.bind(context.AUDIT_MARK, name, value)
    return hmac.digest(keyring.verdict_key, bound, hashlib.sha256)[:MARK_BYTES]


def marks_of(keyring: Keyring, terms: Terms, *, random: Callable[[int], bytes]) -> tuple[bytes, ...]:
    """The marks of a matter about which all of `terms` are so, filled up, in an order that means nothing."""
    made = {mark(keyring, name, value) for name, value in terms.shown}
    made |= {mark(keyring, _part(agency, name), value) for agency, (name, value) in terms.parts}
    many = -(-(len(made) + _ROOM) // STEP) * STEP
    made |= {mark(keyring, _QUIET + name, value) for name, value in terms.quiet}
    while len(made) < many or len(made) % STEP:
        made.add(random(MARK_BYTES))
    return tuple(sorted(made))


def put(connection: Connection, marked: Iterable[tuple[Place, Sequence[bytes]]]) -> None:
    """Writes the marks of matters, those that it has not."""
    rows = [(one, t, entry_id) for (t, entry_id), marks in marked for one in marks]
    driver.insert(connection, "audit_marks", ("mark", "t", "id"), rows, or_leave=True)


def marked(connection: Connection) -> int:
    """How many events of the log, from its first on, have their marks."""
    return int(driver.rows(connection, "SELECT size FROM audit_marked", ())[0][0])


def mark_up_to(connection: Connection, size: int, *, was: int) -> None:
    """Notes that the first `size` events have their marks. Raises `Conflict` when another was faster."""
    text = _MARKED.format(mark=inlist.mark(connection))
    if not driver.rows(connection, text, (size, was)):
        raise Conflict("marks-overtaken", "another process makes the log searchable; it goes on by itself")


@dataclass(frozen=True)
class Search:
    """A question, and the agency that asks it of what it may see; the operator, for whom it is None, sees all."""

    query: Query
    agency: str | None = None


def found(
    connection: Connection, keyring: Keyring, search: Search, *, most: int, older: Place | None = None
) -> list[Place]:
    """(t, id) of at most `most` matters, the latest first, from behind `older` on. A query without a mark is of all."""
    chosen, times = _chosen(connection, keyring, search)
    # A matter that has two of the marks that are walked is still one.
    statement = select(times.c.t, times.c.id).select_from(times).where(*chosen).distinct()
    if older is not None:
        t, entry_id = older
        statement = statement.where((times.c.t < t) | ((times.c.t == t) & (times.c.id < entry_id)))
    ordered = statement.order_by(times.c.t.desc(), times.c.id.desc()).limit(most)
    return [(str(t), bytes(entry_id)) for t, entry_id in connection.execute(ordered)]


def has(connection: Connection, keyring: Keyring, place: Place, *, term: Term) -> bool:
    """Whether a term is so of one matter."""
    m, (t, entry_id) = audit_marks.c, place
    chosen = select(m.id).where(m.mark == mark(keyring, *term), m.t == t, m.id == entry_id)
    return connection.execute(chosen).first() is not None


def count(connection: Connection, keyring: Keyring, search: Search, *, most: int) -> int:
    """How many matters there are, counted up to `most`."""
    chosen, times = _chosen(connection, keyring, search)
    some = select(times.c.t, times.c.id).select_from(times).where(*chosen).distinct().limit(most).subquery()
    return int(connection.execute(select(func.count()).select_from(some)).scalar_one())


def _chosen(connection: Connection, keyring: Keyring, search: Search) -> tuple[list[ColumnElement[bool]], FromClause]:
    """What must hold, and the marks that are walked: those that the fewest matters have."""
    query = search.query
    groups = [_group(keyring, search, name, values=values) for name, values in query.wanted.items()]
    # Every matter has one of these, so that a question without any other is walked along it.
    every = [mark(keyring, *EVERY)] if search.agency is None else [mark(keyring, "sees", search.agency)]
    groups.append(every)
    walked = audit_marks.alias("walked")
    few = [sum(_few(connection, one, query) for one in group) for group in groups]
    least = min(range(len(groups)), key=lambda at: few[at])
    # Several common ones would have to be sorted into each other: the latest matters of all are found sooner.
    rarest = groups[least] if len(groups[least]) == 1 or few[least] < _ENOUGH else every
    chosen: list[ColumnElement[bool]] = [walked.c.t >= query.after, walked.c.t < query.before]
    chosen.append(walked.c.mark.in_(rarest) if len(rarest) > 1 else walked.c.mark == rarest[0])
    chosen += [_has(walked, every)] if search.agency and rarest is not every else []
    wanted = [_is_so(walked, keyring, search, name, values=values) for name, values in query.wanted.items()]
    unwanted = [_is_so(walked, keyring, search, name, values=[value]) for name, value in query.unwanted]
    return [*chosen, *wanted, *(~one for one in unwanted)], walked


def _is_so(
    walked: FromClause, keyring: Keyring, search: Search, name: str, *, values: Iterable[str]
) -> ColumnElement[bool]:
    """Whether a term is so of a matter, as far as whoever asks may know."""
    every = list(values)
    if search.agency is None or name not in OF_PARTS:
        return _has(walked, _group(keyring, search, name, values=every))
    own = [mark(keyring, "org", search.agency)]
    whole, part = ([mark(keyring, one, value) for value in every] for one in (name, _part(search.agency, name)))
    return (_has(walked, whole) & _has(walked, own)) | _has(walked, part)


def _part(agency: str, name: str) -> str:
    """The name of what an agency sees of another's look-up: the part about its own records."""
    return f"{agency} {name}"


def _group(keyring: Keyring, search: Search, name: str, *, values: Iterable[str]) -> list[bytes]:
    """The marks without any of which a term is not so, for whoever asks."""
    names = [name]
    if search.agency is None:
        names += [_QUIET + name] if name in _MAY_BE_QUIET else []
    elif name in OF_PARTS:
        names.append(_part(search.agency, name))
    return [mark(keyring, one, value) for one in names for value in values]


_ENOUGH = 2000
"""Counting goes no further: beyond it every mark is common, and the latest matters are found at once."""


def _few(connection: Connection, one: bytes, query: Query) -> int:
    m = audit_marks.c
    some = select(m.id).where(m.mark == one, m.t >= query.after, m.t < query.before).limit(_ENOUGH).subquery()
    return int(connection.execute(select(func.count()).select_from(some)).scalar_one())


def _has(walked: FromClause, group: Sequence[bytes]) -> ColumnElement[bool]:
    same = audit_marks.alias()
    return exists().where(same.c.mark.in_(group), same.c.t == walked.c.t, same.c.id == walked.c.id)
