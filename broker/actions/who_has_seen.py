"""Who has looked at one record: every answer that told of it or refused it openly, complete by proof.

    told = who_has_seen(parts, SeenRequest(v=1, source="csc", ref=pseudonym, staff=reviewer), agency="council")
    told.value.indexes      the indexes of the log, and what each of them answers for the record on each of its days
    told.value.looks        the looks that may be told; `untold` are counted

For the agency that holds the record, by its own reference as deliveries name it. What an embargo covers is counted and
not told yet; what was withheld silently is in no index. Reading is itself an event of the log.

At the agency `broker/agency/seen.py` checks the proofs (`read_looks`) and says it in plain words (`look_line`). Whoever
makes a person's report calls it once for each record of theirs.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from broker.actions import index_looks
from broker.actions.publish_checkpoint import prove
from broker.audit.act_events import seen_event
from broker.audit.disclosures import reveal
from broker.audit.subjects import Answer, Covered
from broker.errors import NotAllowed, NotFound
from broker.keys.envelope import day_tag
from broker.parts import Parts
from broker.policy.days import london_date
from broker.policy.policies import Policies
from broker.store import auditlog, indexes, records
from broker.store.engine import Entry, Released, Tx
from broker.wire.answer import ReceiptLeaf
from broker.wire.seen import IndexAnswer, IndexShown, Seen, SeenRequest, Untold


@dataclass(frozen=True)
class Look:
    """One look: its leaf, and of its disclosures those that are about this record alone.

    `told_from` is the first day, in London, on which it is told; an entry that the log no longer keeps has no leaf.
    """

    hash: bytes
    id: bytes = b""
    leaf: bytes = b""
    org: str = ""
    told_from: dt.date | None = None
    disclosures: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class Looks:
    """Every look at one record, in the order of the log, and what the indexes of the log answer for it."""

    seen_key: bytes = field(repr=False)
    kept: Sequence[tuple[bytes, Sequence[Answer]]]
    """The leaf of the index of each whole day, with its answers."""
    tail: Covered
    tail_answers: Sequence[Answer]
    looks: Sequence[Look]


def who_has_seen(parts: Parts, asked: SeenRequest, *, agency: str) -> Released[Seen]:
    """The looks at one record of `agency`, with the proofs that there are no others up to now.

    Raises `NotFound` when no record is held under the reference, `NotAllowed` for a source of another agency, and
    `Unavailable` when others keep extending the log first.
    """
    with parts.store.look() as connection:
        parts = parts.at(connection)
    refuse_stranger(parts, asked.source, agency=agency)
    return index_looks.up_to_now(parts, lambda: _told(parts, asked, agency=agency))


def refuse_stranger(parts: Parts, source: str, *, agency: str) -> None:
    """Raises `NotAllowed` unless `source` is one of the agency's own."""
    known = parts.policies.vocabulary.sources.get(source)
    if known is None or known.agency != agency:
        raise NotAllowed("source-not-yours", "only the agency that holds a record may ask who has seen it")


def looks_at(parts: Parts, connection: Connection, source: str, ref: bytes) -> Looks:
    """Every look at the open record of `source` with this reference. Raises `NotFound` when there is none."""
    held = records.by_refs(connection, source, [ref]).get(ref)
    if held is None or held.closed:
        hint = "check the reference; with a record that is erased goes the key by which its looks are found"
        raise NotFound("not-held", "no record is held under this reference", hint=hint, field="ref")
    agency = parts.policies.vocabulary.sources[source].agency
    seen_key = records.opened(held, parts.keysets, agency).seen_key()
    covered, index, so_far = index_looks.index_so_far(parts, connection)
    places, kept = list[indexes.Place](), list[tuple[bytes, list[Answer]]]()
    for one in indexes.all_kept(connection):
        answers = [indexes.answer(connection, one, day_tag(seen_key, day)) for day in one.days]
        kept.append((one.leaf, [answer for answer, _ in answers]))
        places += [place for _, found in answers for place in found]
    tags = [day_tag(seen_key, dt.date.fromisoformat(day)) for day in covered.days]
    places += [place for tag in tags for place in so_far.by_tag.get(tag, ())]
    found = list(_looks(parts, connection, places, seen_key=seen_key))
    return Looks(seen_key, kept, covered, [index.answer(so_far, tag) for tag in tags], found)


def note_read(parts: Parts, act: str, *, org: str, private: dict[str, str | int]) -> Entry:
    """The event that somebody was told who has looked at a record."""
    event = seen_event(parts.stamp(org), act, private=private)
    return parts.entry(event)


def parted(looks: Sequence[Look], *, agency: str, on: dt.date) -> tuple[list[Look], list[Look]]:
    """Those of `looks` that `agency` is told of on this day, and those that are counted only."""
    told = [one for one in looks if one.leaf and (one.org == agency or (one.told_from or on) <= on)]
    return told, [one for one in looks if one not in told]


def _told(parts: Parts, asked: SeenRequest, *, agency: str) -> Released[Seen]:
    """One attempt. Raises `Conflict` when an index entered the log meanwhile."""
    with parts.store.look() as connection:
        found = looks_at(parts, connection, asked.source, asked.ref)
    told, untold = parted(found.looks, agency=agency, on=london_date(parts.now()))
    today = day_tag(found.seen_key, parts.now().astimezone(dt.UTC).date()).hex()
    private: dict[str, str | int] = {"staff": asked.staff, "source": asked.source, "tag": today}
    private |= {"told": len(told), "untold": len(untold)}
    read = note_read(parts, "read", org=agency, private=private)
    with parts.store.begin() as tx:
        last = add_read(parts, tx, found, read)
        held = tx.release(found)
    released = held.released()
    last_proof, read_proof, *proofs = prove(parts, [last.id, read.id, *(one.id for one in told)])
    shown = tuple(
        ReceiptLeaf(v=1, leaf=proven.leaf, proof=proven.proof, disclosures=one.disclosures)
        for one, proven in zip(told, proofs, strict=True)
    )
    receipt = ReceiptLeaf(
        v=1, leaf=read_proof.leaf, proof=read_proof.proof, disclosures=tuple(sorted(read.disclosures.values()))
    )
    return released.map(
        lambda looks: Seen(
            v=1,
            agency=agency,
            source=asked.source,
            ref=asked.ref,
            seen_key=looks.seen_key,
            indexes=(*_indexes(looks), _index(last.leaf, looks.tail_answers)),
            proof=last_proof.proof,
            looks=shown,
            untold=tuple(Untold(look=one.hash, until=one.told_from) for one in untold),
            said=_said(parts.policies, told),
            read=receipt,
        )
    )


def add_read(parts: Parts, tx: Tx, found: Looks, read: Entry) -> Entry:
    """Adds the index up to now, which is returned, and that it was read. Raises `Conflict` when another was faster."""
    last = index_looks.add_index(parts, tx, found.tail)
    tx.audit(read)
    return last


def _indexes(looks: Looks) -> Iterator[IndexShown]:
    return (_index(leaf, answers) for leaf, answers in looks.kept)


def _index(leaf: bytes, answers: Sequence[Answer]) -> IndexShown:
    shown = (IndexAnswer(row=one.row.as_bytes(), place=one.place, path=one.path, looks=one.looks) for one in answers)
    return IndexShown(leaf=leaf.decode(), answers=tuple(shown))


def _looks(parts: Parts, connection: Connection, places: Sequence[indexes.Place], *, seen_key: bytes) -> Iterator[Look]:
    held = indexes.entries_at(connection, [place for place, _ in places])
    for place, leaf_hash in places:
        if place not in held:
            yield Look(leaf_hash)
            continue
        entry_id, leaf = held[place]
        event = json.loads(leaf)
        at = dt.datetime.fromisoformat(event["t"])
        told_from = parts.policies.embargoes.told_from(asker=event["org"], purpose=event["purpose"], on=london_date(at))
        tag = day_tag(seen_key, at.date()).hex()
        shown = _own(parts, connection, entry_id, tag=tag)
        yield Look(leaf_hash, entry_id, leaf, event["org"], told_from, shown)


def _own(parts: Parts, connection: Connection, entry_id: bytes, *, tag: str) -> tuple[str, ...]:
    """Of a leaf's disclosures the asker's role, the answer, and this record's own part; nothing about any other."""
    try:
        shown = auditlog.disclosures(connection, parts.keyring, entry_id)
    except NotFound:  # Their time ran out: that somebody looked, when and why, stays in the leaf.
        return ()
    own = [text for name, text in shown.items() if name.startswith("record.") and reveal(text)[1][0] == tag]
    return (*(shown[name] for name in ("role", "answer") if name in shown), *own)


def _said(policies: Policies, told: Sequence[Look]) -> dict[str, str]:
    """The words for what stands in the looks, as far as the agreements in force still know them."""
    known = policies.vocabulary
    said: dict[str, str] = {}
    for one in told:
        event = json.loads(one.leaf)
        said |= {name: known.agencies[name].name for name in (event["org"],) if name in known.agencies}
        said |= {name: known.purposes[name].label for name in (event["purpose"],) if name in known.purposes}
        said |= {item: known.items[item].label for item, _, _ in event["items"] if item in known.items}
        roles = (reveal(text) for text in one.disclosures)
        said |= {str(role): known.roles[role].label for name, role in roles if name == "role" and role in known.roles}
    return said
