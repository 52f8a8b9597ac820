"""Details of the audit log go when their time is over, or because somebody decided so; the tree stays and says why.

What is looked for afterwards are the very bytes: in the tables, and in the files of the database.
"""

from __future__ import annotations

import datetime as dt
import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from people import OTTO, Row, export
from sqlalchemy import exc, select, text
from sqlalchemy.engine import make_url
from test_erasure import backup
from world import World

from broker.actions.catch_up import catch_up
from broker.actions.expire_details import expire_details
from broker.actions.export_log import export_log
from broker.actions.find_answer import find_answer
from broker.actions.mark_log import mark_log
from broker.actions.prune_log import prune_log
from broker.actions.publish_checkpoint import prove, publish_checkpoint
from broker.actions.report_retention import report_retention
from broker.actions.shred_details import entries_of, shred_details
from broker.audit.act_events import recall_event
from broker.audit.events import Stamp
from broker.audit.retention import types_of
from broker.audit.verify import LogReport, verify_log
from broker.errors import BadInput, Conflict, NotFound, Untrusted
from broker.keys import context
from broker.keys.envelope import pad
from broker.parts import Parts
from broker.server import put_together
from broker.store import audit_tables, auditlog, auditread, details, disposals, retention_tables

LATER = dt.datetime(2032, 12, 1, 3, 0, tzinfo=dt.UTC)
"""The first day on which details of answers of November 2026 are no longer kept."""


def asked(world: World) -> str:
    """An answer about Otto; its reference."""
    world.agency("council").posts(*export("csc", [Row(OTTO, "C1", {"csc.cin_status": "open"})]))
    return world.agency("council").asks(OTTO.about(), staff="sw").story.reference


def verified(parts: Parts) -> LogReport:
    return verify_log(export_log(parts), [parts.trust.broker.audit_log])


def sealed(parts: Parts) -> dict[int, tuple[str, bytes]]:
    """The sealed details of every event, by its place, with its type."""
    entries, kept, leaves = audit_tables.audit_entries, audit_tables.audit_details, audit_tables.audit_leaves
    query = select(leaves.c.idx, entries.c.typ, kept.c.sealed).join(entries, entries.c.id == leaves.c.id)
    with parts.store.look() as connection:
        rows = connection.execute(query.join(kept, kept.c.id == leaves.c.id))
        return {row.idx: (row.typ, bytes(row.sealed)) for row in rows}


def raw(world: World) -> bytes:
    """Every byte of the database's files."""
    url = make_url(world.settings.database_url)
    if url.get_backend_name() == "sqlite":
        return b"".join(path.read_bytes() for path in sorted(Path(str(url.database)).parent.glob("broker.db*")))
    with world.parts.store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("CHECKPOINT"))
        read = "SELECT pg_read_binary_file(pg_relation_filepath(CAST(:name AS regclass)))"
        names = connection.scalars(text("SELECT relname FROM pg_class WHERE relname LIKE 'audit%' AND relkind = 'r'"))
        toasts = text(
            "SELECT reltoastrelid::regclass::text FROM pg_class WHERE relname LIKE 'audit%' AND reltoastrelid > 0"
        )
        every = [*names, *connection.scalars(toasts)]
        return b"".join(connection.execute(text(read), {"name": name}).scalar_one() for name in every)


def test_details_go_when_their_time_is_over(world: World) -> None:
    """Details are kept longer than is said, go before, or take the tree with them; or their bytes are still there."""
    reference = asked(world)
    early = replace(world.parts, now=lambda: LATER - dt.timedelta(hours=3, seconds=1))
    assert expire_details(early) == []
    later = replace(world.parts, now=lambda: LATER)
    before = sealed(world.parts)
    answers = {place: kept for place, (typ, kept) in before.items() if typ in ("answer", "disclose", "nothing")}
    assert len(answers) > 5
    with world.parts.store.look() as connection:
        wrapped = connection.execute(
            select(retention_tables.audit_keys.c.wrapped).where(retention_tables.audit_keys.c.name == "answers.2026-11")
        ).scalar_one()
    assert all(kept[-64:] in raw(world) for kept in answers.values())
    [found] = [one for one in expire_details(later, most=0) if one.name == "answers.2026-11"]
    assert expire_details(later) == [], "a killed round goes on and says nothing twice"
    disposals.scrub(world.parts.store, "audit_details", "audit_keys")
    files = raw(world)
    assert not [place for place, kept in answers.items() if kept[-64:] in files]
    assert bytes(wrapped) not in files
    assert sealed(world.parts).keys() == before.keys() - answers.keys() | sealed(world.parts).keys() - before.keys()
    report = verified(later)
    [lost] = [one for one in report.shredded if one.many == len(answers)]
    assert (lost.basis, lost.many) == ("expired", found.entries)
    assert report_retention(later).unexplained == 0
    with pytest.raises(NotFound, match="no longer here"):
        find_answer(later, reference)


def test_single_details_are_destroyed_on_a_basis(world: World) -> None:
    """Somebody destroys what the log knew of one answer in silence, of others as well, or only seems to."""
    reference = asked(world)
    places = entries_of(world.parts, reference)
    before = sealed(world.parts)
    assert {before[place][0] for place in places} == {"answer", "disclose", "nothing"}
    by = shred_details(world.parts, places, basis="court-order", case="KB-2026-001234")
    disposals.scrub(world.parts.store, "audit_details")
    files = raw(world)
    assert not [place for place in places if before[place][1][-64:] in files]
    after = sealed(world.parts)
    assert before.keys() - after.keys() == set(places)
    report = verified(world.parts)
    assert [(one.many, one.by, one.basis) for one in report.shredded] == [(len(places), by, "court-order")]
    found = report_retention(world.parts)
    assert (found.shredded, found.unexplained) == (len(places), 0)
    with pytest.raises(NotFound, match="no details to destroy"):
        shred_details(world.parts, places, basis="court-order", case="KB-2026-001234")
    system = next(place for place, (typ, _) in before.items() if typ == "start")
    with pytest.raises(BadInput, match="about the system"):
        shred_details(world.parts, [system], basis="mistake", case="IG-1")
    with pytest.raises(BadInput, match="reference"):
        shred_details(world.parts, [system], basis="mistake", case="for Otto Quagmirrow")


def test_details_that_are_gone_without_a_word_show(quick_world: World) -> None:
    """Somebody deletes the details of an answer from the database and nothing says that they are missing."""
    reference = asked(quick_world)
    [place, *_] = entries_of(quick_world.parts, reference)
    with quick_world.parts.store.sequence() as connection:
        entry = connection.execute(
            select(audit_tables.audit_leaves.c.id).where(audit_tables.audit_leaves.c.idx == place)
        ).scalar_one()
        connection.execute(audit_tables.audit_details.delete().where(audit_tables.audit_details.c.id == entry))
    assert report_retention(quick_world.parts).unexplained == 1


def test_details_of_an_earlier_version_open(quick_world: World) -> None:
    """After the upgrade nobody can explain what was told before."""
    parts = quick_world.parts
    entry_id, nonce = bytes(range(16)), bytes(12)
    shown = {"staff": "W10"}
    old = nonce + AESGCM(parts.keyring.detail_key).encrypt(
        nonce, pad(json.dumps(shown).encode(), 1024), context.bind(context.DETAIL, entry_id)
    )
    assert auditlog.opened_details(parts.keyring, entry_id, old) == shown
    new = details.seal(
        shown, parts.keyring, entry_id, typ="answer", t="2026-11-22T09:30:00.000000Z", nonce=parts.random(12)
    )
    assert auditlog.opened_details(parts.keyring, entry_id, new) == shown
    assert len(old) % 1024 != len(new) % 1024


def test_a_restored_backup_destroys_again_what_was_destroyed_since(quick_world: World, tmp_path: Path) -> None:
    """After a restore, details are back that a court ordered to be destroyed, or a record is held back no more."""
    world = quick_world
    reference = asked(world)
    places = entries_of(world.parts, reference)
    made = backup(world, tmp_path)
    shred_details(world.parts, places, basis="court-order", case="KB-2026-001234")
    world.agency("council").runs("hold", "csc", "C1", "--review-by", "2027-11-22", "--as", "sw").ok()
    files: Mapping[str, bytes] = export_log(world.parts)
    world.stop("broker")
    made.restore()
    parts = put_together(world.settings, now=lambda: world.now, transport=world.network)
    assert set(places) <= sealed(parts).keys()
    assert catch_up(parts, files).shredded == len(places)
    assert not set(places) & sealed(parts).keys()
    assert report_retention(parts).unexplained == 0
    parts.store.engine.dispose()
    world.start("broker")
    [shown] = world.agency("council").runs("holds", "--json").ok().result["holds"]
    assert (shown["source"], shown["made_by"], shown["review_by"]) == ("csc", "restored", "2026-11-22")


def proofs_at_once(parts: Parts, asked: list[list[bytes]]) -> list[Any]:
    """What each asker gets when all of them are answered together."""
    found: dict[int, Any] = {}

    def ask(number: int) -> None:
        try:
            found[number] = prove(parts, asked[number])
        except NotFound as error:
            found[number] = error

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(len(asked))]

    def come() -> list[Any]:
        for one in threads:
            one.start()
        while len(parts.store.together._waiting) < len(asked):
            time.sleep(0.001)
        return [None]

    parts.store.together.ask((), lambda _: come())
    for one in threads:
        one.join()
    return [found[number] for number in range(len(asked))]


def test_the_beginning_of_the_log_is_pruned(make_world: Callable[..., World], database_url: str) -> None:
    """Pruning breaks a proof, forgets which agreements are in force, or takes what is not old enough."""
    world = make_world(database_url)
    parts = world.parts
    asked(world)
    with pytest.raises(NotFound, match="old enough"):
        prune_log(parts)
    later = replace(parts, now=lambda: LATER.replace(year=2037))
    with parts.store.begin() as tx:
        for number in range(300):
            stamp = Stamp(parts.random(16).hex(), parts.now(), "broker")
            event = recall_event(stamp, "made", answers=[f"{number:032x}"])
            tx.audit(auditlog.entry(event, parts.keyring, random=parts.random))
    with pytest.raises(Conflict, match="details of old events"):
        prune_log(later)
    mark_log(parts)
    expire_details(later)
    found = prune_log(later)
    assert found.first == 256
    report = verified(later)
    assert (report.first, report.size) == (256, publish_checkpoint(later))
    with parts.store.look() as connection:
        assert auditread.last_policy(connection) == parts.policies.digest
        placed = audit_tables.audit_leaves.c
        ids = [bytes(one) for one in connection.scalars(select(placed.id).order_by(placed.idx))]
        assert auditlog.leaves(connection, 256, 257)
        stay = {json.loads(one)["typ"] for one in auditlog.leaves(connection, 0, 256)}
        assert {"policy", "key"} <= stay <= types_of("system")[0], "the broker reads them"
        with pytest.raises(Untrusted, match="lacks a hash"):
            auditlog.node_reader(connection)(0, 0)
    with pytest.raises(exc.DatabaseError, match="append-only"), parts.store.engine.begin() as connection:
        connection.execute(audit_tables.audit_leaves.delete())
    # Who asks for what is pruned is told so, and nobody else whose proofs are made with theirs. What was just committed
    # is proven without the database, once.
    for one in (ids[:1], ids[-1:]):
        parts.store.batches.take(one)
    found = proofs_at_once(later, [ids[:1], [b"x" * 16], ids[-1:]])
    assert [one.code if isinstance(one, NotFound) else len(one) for one in found] == ["entry-pruned", "entry-pruned", 1]
    http = world.network.clients["broker"]
    assert http.get("/audit/tile/0/000").status_code == http.get("/audit/consistency/7/300").status_code == 404
    assert http.get("/audit/consistency/256/300").status_code == 200
