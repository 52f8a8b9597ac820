"""Renewing, posting and asking at the same moment, by several processes: nothing is lost and nothing is left behind."""

from __future__ import annotations

import os
import threading

from people import ISOLDE, JORAM, MINA, OTTO, Row, export
from promises import check_records
from rotating import Rotation
from test_together import ROWS, ask, at_once, chunks, put, question
from world import World

from broker.actions.close_generation import close_generation
from broker.audit.events import Stamp
from broker.errors import Conflict
from broker.store import auditlog, records
from broker.store.records import NewRecord
from broker.wire.answer import Answer
from broker.wire.delivery import Payload

PEOPLE = (MINA, JORAM, OTTO, ISOLDE)
RAISED = ("epoch", "labels", "keks")


def test_two_renew_while_agencies_post_and_ask(world: World) -> None:
    """A row that two processes want at once is lost, half renewed, or has labels of two generations."""
    world.agency("council").posts(*export("csc", [Row(one, f"C{at}") for at, one in enumerate(PEOPLE)]))
    world.agency("school").posts(*export("ed", ROWS))
    rotation = Rotation(world, RAISED)
    rotation.prepares()
    rotation.opens()
    world.later(hours=1)
    asked, posted = [question(world, "council") for _ in range(3)], chunks(world, "school")
    told: list[Answer] = []

    def asks() -> None:
        told.extend(ask(world, "council", one) for one in asked)

    def posts() -> None:
        for chunk in posted:
            put(world, "school", chunk)

    at_once([lambda: renews(rotation), lambda: renews(rotation), asks, posts])
    assert rotation.renews() == 0
    check_records(world.parts)
    rotation.closes()
    sources = [sorted(block.source for block in one.story.people[0].involvements) for one in told]
    assert sources == [["csc", "ed"]] * 3
    assert world.agency("council").asks(MINA.about(), staff="sw").people["subject"] == [["csc", "ed"]]


def renews(rotation: Rotation) -> None:
    rotation.renews(page_rows=2)


def test_closing_waits_for_who_writes_under_the_older_generation(world: World) -> None:
    """A chunk that was under way when a generation opened leaves a row behind that nothing opens."""
    if world.parts.store.engine.dialect.name == "sqlite":
        return  # One writer at a time: nobody is under way when a generation opens.
    rotation, found = Rotation(world, ("labels", "keks")), list[str]()
    rotation.prepares()
    parts = world.parts

    def closes() -> None:
        with rotation.operator() as operator:
            try:
                close_generation(operator)
                found.append("closed")
            except Conflict as error:
                found.append(error.code)

    with parts.store.begin() as tx:
        writing = parts.writing(tx.connection)
        rotation.opens()
        assert rotation.renews() == 0
        closing = threading.Thread(target=closes)
        closing.start()
        closing.join(1.5)
        assert closing.is_alive(), "it did not wait"
        rows = records.sealed_rows([(os.urandom(16), nobody())], writing.keysets.newest, "school", random=os.urandom)
        records.put(tx.connection, rows, replaced=())
        event = Stamp(os.urandom(16).hex(), world.now, "school").event("admin", {"act": "tested", "what": "ed"}, {})
        tx.audit(auditlog.entry(event, parts.keyring, random=os.urandom))
    closing.join(30)
    assert found == ["generation-used"]
    rotation.renews()
    assert rotation.closes().generation is not None


def nobody() -> NewRecord:
    day = "2026-01-05"
    payload = Payload.model_validate_json(
        f'{{"status":"current","provider":"P","as_of":"{day}","coverage_from":"{day}","coverage_to":"{day}",'
        '"coverage_area":"Brackwater"}'
    )
    return NewRecord("ed", os.urandom(16), 1, bytes(16), frozenset(), os.urandom(1536), payload)
