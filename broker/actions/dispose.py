"""Values whose time is over under every agreement are destroyed, record by record, while questions are answered.

    for each page of records, in the order of their ids
        1. open what may have to go, outside of any lock
        2. in one transaction: take those rows again, seal what stays under a fresh key, and say in the log how many
           values of which source went; the agency finds its certificate there
           (a record whose source no agreement is about any more goes as a whole)

Nobody could be told them from that day on anyway (`policy.retention`), whether or not this ran. A record under a hold
stays as it is. How far the round of the day came stands in the database: a job that is killed goes on there.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Row

from broker.actions.damaged import tell_damaged
from broker.actions.erase import erased_tag, note_erased
from broker.actions.publish_checkpoint import publish_checkpoint
from broker.audit.canonical import Value
from broker.audit.disposal_events import dispose_event
from broker.parts import Parts
from broker.policy.days import london_date
from broker.policy.obligations import ItemValue as PolicyValue
from broker.policy.retention import is_over, is_source_over, items_that_end
from broker.store import disposals, feed, holds, labels, records
from broker.store.disposals import Round
from broker.store.engine import Tx
from broker.store.entries import Entry
from broker.store.feed import Notice
from broker.store.records import Record
from broker.wire.delivery import ItemValue, Payload
from broker.wire.reference import spoken_reference

PAGE = 250
Progress = Callable[[int, int], None]
"""Told how many of how many records were looked at."""
_FIELDS = ("item", "on", "until", "code", "count", "yes", "role")


@dataclass
class _Going:
    """What a round is about, and what it has done so far by source."""

    on: dt.date
    ending: dict[str, frozenset[str]]
    over: frozenset[str]
    done: dict[str, Round] = field(default_factory=dict)

    def places(self, parts: Parts, record: Record) -> list[int]:
        """The places of the values of a record that have to go."""
        values = enumerate(disposals.values_of(record, self.ending[record.source]))
        return [at for at, value in values if value is not None and is_value_over(parts, value, self.on)]

    def add(self, source: str, **more: int) -> None:
        known = self.done[source]
        self.done[source] = replace(known, **{name: getattr(known, name) + many for name, many in more.items()})


def run_disposal(parts: Parts, *, progress: Progress | None = None, most: int | None = None) -> list[Round]:
    """One round, or `most` pages of it. Returns what it did by source, the pages of an earlier run of today included.

    Raises `Unavailable` when the store can't take it; run again, it goes on.
    """
    with parts.store.look() as connection:
        parts = parts.at(connection)
        going = _going(parts, disposals.rounds(connection))
        sources, after = frozenset(going.done), max((one.after for one in going.done.values()), default=b"")
        total = disposals.count(connection, sources)
    pages, seen = 0, sum(one.looked_at for one in going.done.values())
    while sources and (most is None or pages < most):
        with parts.store.look() as connection:
            rows = disposals.page(connection, sources, after=after, most=PAGE)
        if not rows:
            _end(parts, going)
            break
        for source, many in Counter(row.source for row in rows).items():
            going.add(source, looked_at=many)
        after, pages, seen = bytes(rows[-1].id), pages + 1, seen + len(rows)
        _page(parts, going, _found(parts, going, rows), after)
        if progress is not None:
            progress(min(seen, total), total)
    publish_checkpoint(parts)
    return [going.done[source] for source in sorted(going.done)]


def is_value_over(parts: Parts, value: ItemValue, on: dt.date) -> bool:
    """Whether nobody may be told the value from the day `on` on."""
    return is_over(parts.policies, PolicyValue(**{name: getattr(value, name) for name in _FIELDS}), on=on)


def without_what_is_over(parts: Parts, payload: Payload) -> Payload:
    """A delivered payload without the values that would have to go at once."""
    on = london_date(parts.now())
    kept = tuple(value for value in payload.items if not is_value_over(parts, value, on))
    return payload if len(kept) == len(payload.items) else payload.model_copy(update={"items": kept})


def _going(parts: Parts, known: Iterable[Round]) -> _Going:
    """Today's round: a new one, or what a killed one left of it."""
    on, policies = london_date(parts.now()), parts.policies
    sources = policies.vocabulary.sources
    ending = {source: items_that_end(policies, source, on=on) for source in sources}
    over = frozenset(source for source in sources if is_source_over(policies, source, on=on))
    begun = {one.source: one for one in known if one.day == on and not one.ended}
    some = {source for source in sources if ending[source] or source in over}
    return _Going(on, ending, over, {source: begun.get(source, Round(source, on)) for source in some})


def _found(parts: Parts, going: _Going, rows: Sequence[Row[Any]]) -> set[bytes]:
    """Step 1: the ids of the records of which something has to go, and that no hold keeps."""
    found = {bytes(row.id): row.source for row in rows if row.source in going.over}
    rest = [row for row in rows if row.source not in going.over]
    found |= {record.id: record.source for record in _opened(parts, rest) if going.places(parts, record)}
    with parts.store.look() as connection:
        held = holds.among(connection, found)
    for record_id in held:
        going.add(found[record_id], held=1)
    return found.keys() - held


def _opened(parts: Parts, rows: Sequence[Row[Any]]) -> list[Record]:
    """The records of rows; of those that somebody changed the operator is told."""
    sources, found = parts.policies.vocabulary.sources, list[Record]()
    for agency in sorted({sources[row.source].agency for row in rows}):
        mine = [row for row in rows if sources[row.source].agency == agency]
        whole, damaged = records.opened_or_not(mine, parts.keysets, agency)
        tell_damaged(damaged)
        found += whole
    return found


def _page(parts: Parts, going: _Going, ids: set[bytes], after: bytes) -> None:
    """Step 2."""
    if not ids:
        return
    with parts.store.begin(lengthy=True) as tx:
        parts = parts.writing(tx.connection)
        rows = disposals.again(tx.connection, ids)
        held = holds.among(tx.connection, ids, locked=True)
        rows = [row for row in rows if bytes(row.id) not in held]
        for source in sorted({row.source for row in rows}):
            mine = _opened(parts, [row for row in rows if row.source == source])
            act = _close if source in going.over else _reseal
            act(parts, tx, going, source=source, some=mine)
        if not tx.audited:
            # All of them were changed or held since they were looked at.
            tx.audit(_noted(parts, "retention-passed", f"{len(ids)}-records"))
        going.done = {name: replace(one, after=after) for name, one in going.done.items()}
        disposals.keep(tx.connection, list(going.done.values()))


def _reseal(parts: Parts, tx: Tx, going: _Going, *, source: str, some: Sequence[Record]) -> None:
    agency = parts.policies.vocabulary.sources[source].agency
    gone = {record.id: places for record in some if (places := going.places(parts, record))}
    if not gone:
        return
    mine = [record for record in some if record.id in gone]
    changed = {one.id: disposals.without(one, gone[one.id], agency, random=parts.random) for one in mine}
    disposals.replace_each(tx.connection, changed)
    items = Counter(one.content().items[at] for one in mine for at in gone[one.id])
    _say(parts, tx, source, mine, items)
    going.add(source, records=len(mine), destroyed=items.total())


def _close(parts: Parts, tx: Tx, going: _Going, *, source: str, some: Sequence[Record]) -> None:
    """Records of a source that no agreement is about any more."""
    if not some:
        return
    ids = [record.id for record in some]
    items = Counter(code for record in some for code in record.content().items)
    items[f"{source}.involvement"] += len(some)
    labels.remove(tx.connection, parts.keysets, [(source, record.id, record.points()) for record in some])
    records.close(tx.connection, ids)
    note_erased(parts, tx, ids, source=source, agency="broker")
    _say(parts, tx, source, some, items)
    going.add(source, records=len(some), destroyed=items.total())


def _say(parts: Parts, tx: Tx, source: str, some: Sequence[Record], items: Counter[str]) -> None:
    """The event, which is the agency's certificate."""
    stamp = parts.stamp("broker")
    tags = [erased_tag(parts, stamp.id, record.id) for record in some]
    private: dict[str, Value] = {
        "items": dict(sorted(items.items())),
        "refs": sorted(record.ref.hex() for record in some),
    }
    event = dispose_event(stamp, source, values=items.total(), tags=tags, private=private)
    tx.audit(parts.entry(event))


def _end(parts: Parts, going: _Going) -> None:
    """The round is over; agencies that lost anything find in their feed that there are certificates."""
    going.done = {name: replace(one, ended=True) for name, one in going.done.items()}
    values, held = (sum(getattr(one, name) for one in going.done.values()) for name in ("destroyed", "held"))
    entry = _noted(parts, "ran-retention", f"{values}/{held}")
    sources = parts.policies.vocabulary.sources
    agencies = {sources[one.source].agency for one in going.done.values() if one.records}
    with parts.store.begin() as tx:
        disposals.keep(tx.connection, list(going.done.values()))
        notices = [Notice(agency, "disposed", spoken_reference(entry.id)) for agency in agencies]
        feed.put(tx.connection, notices, at=int(parts.now().timestamp()))
        tx.audit(entry)


def _noted(parts: Parts, act: str, what: str) -> Entry:
    stamp = parts.stamp("broker")
    return parts.entry(stamp.event("admin", {"act": act, "what": what}, {}))
