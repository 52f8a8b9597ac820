"""What must hold in a World after everything that can happen; called by `World.check()`.

1. the exported log verifies from scratch, and two strangers accept its checkpoint and the proofs that were given out
2. every receipt that an agency holds verifies offline
3. everything that left has its leaf in the log: nothing was disclosed unaudited
4. no detail of a person is outside the agencies
5. every open record opens; label rows lead to the open records and to nothing else
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import canaries
import judges
from people import EVERYBODY
from sqlalchemy import select

from broker.actions.export_log import export_log
from broker.actions.publish_checkpoint import publish_checkpoint
from broker.audit.tiles import parse_bundle
from broker.audit.verify import verify_log
from broker.parts import Parts
from broker.store import auditlog, labels, records, retention_tables, tables
from broker.wire.answer import Answer, ReceiptLeaf
from broker.wire.delivery import ChunkReceipt
from broker.wire.fields import decode64, parse
from broker.wire.quality import MatchPage

if TYPE_CHECKING:
    from world import World

DETAILS = tuple(detail for person in EVERYBODY for detail in person.canaries())


def check(world: World) -> None:
    """All five. Raises `AssertionError`, or `Untrusted` from the verifier."""
    leaves = check_log(world)
    check_receipts(world)
    check_releases(world, leaves)
    found = canaries.search(DETAILS, world.outside())
    assert not found, f"details of people are outside the agencies: {found}"
    check_records(world.parts)


def check_log(world: World) -> set[str]:
    """Promise 1. Returns the leaves."""
    files = export_log(world.parts)
    verify_log(files, [world.parties.trust.broker.audit_log])
    judges.judge_note(files["checkpoint"].decode(), world.parties.trust.broker.audit_log)
    bundles = [content for path, content in files.items() if path.startswith("tile/entries/")]
    return {entry.decode() for content in bundles for entry in parse_bundle(content)}


def events(world: World) -> list[dict[str, Any]]:
    """What the audit log tells openly, in its order."""
    publish_checkpoint(world.parts)
    with world.parts.store.look() as connection:
        entries = auditlog.leaves(connection, 0, auditlog.size(connection))
    return [json.loads(entry) for entry in entries]


def without_ids(receipt: Sequence[ReceiptLeaf]) -> list[Any]:
    """What a receipt shows, without what differs in any two: ids, times, tags, proofs and salted digests."""
    found = []
    for shown in receipt:
        event = json.loads(shown.leaf)
        named = sorted(json.loads(decode64(disclosure))[1] for disclosure in shown.disclosures)
        counted = {name: len(event.pop(name, [])) for name in ("_sd", "tags")}
        found.append(({name: event[name] for name in event if name not in ("id", "t", "answer")}, counted, named))
    return found


def check_receipts(world: World) -> None:
    """Promise 2."""
    for agency in world.parties.trust.agencies:
        at = world.agency(agency.agency)
        kept = [*at.home.glob("state/deliveries/*/*.receipt.json"), *at.home.glob("state/answers/*.json")]
        if kept:
            at.runs("verify", "--all").ok()


def check_releases(world: World, leaves: set[str]) -> None:
    """Promise 3: every answer and every receipt that was sent, whether or not it arrived."""
    for one in world.traffic:
        if one.party != "broker" or one.status != 200 or one.answer is None:
            continue
        if one.path == "/v1/questions":
            answer = parse(Answer, one.answer)
            covers = [shown.leaf for shown in answer.receipt if json.loads(shown.leaf)["typ"] == "answer"]
            assert len(covers) == 1, "an answer left without its cover leaf"
            assert {shown.leaf for shown in answer.receipt} <= leaves, "an answer left that is not in the log"
            for shown in answer.receipt:
                judges.judge_proof(shown.leaf.encode(), shown.proof, world.parties.trust.broker.audit_log)
        elif one.path.startswith("/v1/quality"):
            assert parse(MatchPage, one.answer).receipt.leaf in leaves, "matches left that are not in the log"
        elif one.path in ("/v1/reviews", "/v1/explanations"):
            assert json.loads(one.answer)["receipt"]["leaf"] in leaves, "a review left that is not in the log"
        elif "/chunks/" in one.path:
            assert parse(ChunkReceipt, one.answer).leaf in leaves, "a receipt left that is not in the log"


def check_records(parts: Parts) -> None:
    """Promise 5."""
    with parts.store.look() as connection:
        parts = parts.at(connection)
        rows = list(connection.execute(select(tables.records)))
        held_back = {bytes(one) for one in connection.scalars(select(retention_tables.holds.c.id))}
        pointing = {
            (row.source, row.label, _points_to(parts, row)) for row in connection.execute(select(tables.labels))
        }
    open_ids: dict[bytes, str] = {}
    expected = set()
    for row in rows:
        if row.closed and row.wrapped_key is not None:
            assert row.id in held_back, "a closed record still holds something, and nobody holds it back"
            continue
        if row.closed:
            held = (row.wrapped_key, row.tokens, row.evidence, row.content, row._mapping["items"])
            assert held == (None,) * 5, "a closed record still holds something"
            continue
        agency = parts.policies.vocabulary.sources[row.source].agency
        record = records.opened(row, parts.keysets, agency)
        content = record.content()
        assert all(record.items(code) for code in content.items), "an item of an open record does not open"
        open_ids[record.id] = record.source
        points = record.points()
        rows = parts.keysets.of(row.generation).labels_at(row.source, sorted(points))
        expected |= {(row.source, one, record.id) for one in rows}
    records_rows = {one for one in pointing if one[0] != labels.REGISTER}
    assert records_rows == expected, "label rows and open records do not fit"


def _points_to(parts: Parts, row: Any) -> bytes:
    return parts.keysets.record_of(row.source, row.label, row.reference)
