"""Promise 2: nothing leaves unaudited. Whatever the database does, there is the answer with its leaf, or a 503."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pg
import pytest
from agency_of_world import Told
from breakage import KINDS, broken, drop_audit_table, failing_at, reply_lost
from people import JORAM, MINA, OTTO, Row, export
from promises import events
from signed import say
from sqlalchemy import func, select
from world import World

from broker.store import tables
from broker.store.metadata import metadata

EVERY = (pytest.mark.long, pytest.mark.timeout(1_200))
FAMILY = [Row(MINA, "C1", {"csc.cp_plan": "2026-09-01"}, parents=("C2",)), Row(OTTO, "C2")]


def post(world: World) -> None:
    world.agency("council").posts(*export("csc", FAMILY))
    world.agency("school").posts(*export("ed", [Row(MINA, "P1")]))


def nothing_left(world: World, since: int) -> None:
    """Every exchange with the broker since then was refused for now, and told nothing."""
    answers = [one for one in world.traffic[since:] if one.party == "broker" and one.status]
    assert answers
    for one in answers:
        assert one.status == 503, one
        assert json.loads(one.answer or b"")["code"] == "store-unavailable"
        assert len(one.answer or b"") < 1000


def counts(world: World) -> dict[str, int]:
    """How many rows each table has, but for which access credentials were given, and how fast who asks."""
    with world.parts.store.look() as connection:
        found = {
            name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for name, table in metadata.tables.items()
            if name not in ("credentials", "request_rates")
        }
    return found


def try_everything(world: World, told: Told) -> None:
    """A question, a delivery and a verdict: none of them gets through."""
    since = len(world.traffic)
    assert world.agency("council").asking(MINA.about(), staff="sw").code == 5
    assert world.agency("police").sends(*export("po", [Row(OTTO, "X9")])).code == 5
    verdict = say(world, "council", told.block("csc").handle, other=told.block("ed").handle, verdict="not_the_same")
    assert verdict.status == 503
    nothing_left(world, since)


@pytest.mark.parametrize("kind", KINDS)
def test_a_database_that_can_not_write_discloses_nothing(world: World, kind: str) -> None:
    """An answer, a receipt or a verdict leaves although its event could not be kept."""
    post(world)
    told = world.agency("council").asks(MINA.about(), staff="sw")
    before = counts(world)
    with broken(world, kind):
        if kind == "disk full":
            # What is as small as a verdict may still fit into the pages that are there.
            since = len(world.traffic)
            assert world.agency("council").asking(MINA.about(), staff="sw").code == 5
            assert world.agency("police").sends(*export("po", [Row(OTTO, "X9")])).code == 5
            nothing_left(world, since)
        else:
            try_everything(world, told)
    assert counts(world) == before
    world.agency("police").posts(*export("po", [Row(OTTO, "X9")]))
    after = world.agency("council").asks(MINA.about(), staff="sw")
    assert after.people == {"subject": [["csc", "ed"]], "parent": [["csc", "po"]]}


def test_without_an_audit_log_nothing_is_told(make_world: Callable[..., World], database_url: str) -> None:
    """The broker answers after the table of audit events was dropped."""
    world = make_world(database_url)
    post(world)
    told = world.agency("council").asks(MINA.about(), staff="sw")
    drop_audit_table(world)
    try_everything(world, told)


def test_a_postgresql_that_stops_and_comes_back(make_world: Callable[..., World]) -> None:
    """A power cut of the database loses or invents something, or the broker needs a restart after it."""
    with pg.running() as server, server.database() as url:
        world = make_world(url)
        post(world)
        told = world.agency("council").asks(MINA.about(), staff="sw")
        server.stop()
        try_everything(world, told)
        server.start()
        world.agency("police").posts(*export("po", [Row(OTTO, "X9")]))
        after = world.agency("council").asks(MINA.about(), staff="sw")
        assert after.people == {"subject": [["csc", "ed"]], "parent": [["csc", "po"]]}
        world.check()
        world.stop("broker")


@pytest.mark.parametrize("step", [pytest.param(1, marks=EVERY), 29])
def test_whichever_statement_of_a_question_fails(world: World, step: int) -> None:
    """A question that breaks in the middle tells something, or leaves something behind."""
    post(world)
    council = world.agency("council")
    council.asks(MINA.about(), staff="sw")
    refused = 0
    for at in range(1, 400, step):
        before, since = counts(world), len(world.traffic)
        with failing_at(world, at) as hiccup:
            ran = council.asking(MINA.about(), staff="sw")
        if hiccup.seen < at:
            break
        if ran.code == 0:
            # What anybody may read of the log is asked for again.
            assert counts(world)["audit_entries"] > before["audit_entries"]
            continue
        assert ran.code == 5, f"statement {at}"
        refused += 1
        nothing_left(world, since)
        # Once the answer's events are durable the rest may fail: a leaf without a delivery harms nobody.
        if counts(world)["audit_entries"] == before["audit_entries"]:
            assert counts(world) == before, f"statement {at}"
    assert ran.code == 0
    assert refused * step > 30


@pytest.mark.parametrize("step", [pytest.param(1, marks=EVERY), 7])
def test_whichever_statement_of_a_delivery_fails(world: World, step: int) -> None:
    """A delivery that breaks in the middle leaves half a chunk, or is counted twice when it is sent again."""
    post(world)
    for at in range(1, 400, step):
        rows = [Row(JORAM, f"R{at}"), Row(OTTO, f"Q{at}")]
        world.later(hours=1)
        before, size = counts(world), len(ingested(world))
        with failing_at(world, at) as hiccup:
            ran = world.agency("school").sends(*export("ed", rows, delivery="delta"))
        # The client tries again by itself, with the same bytes.
        assert ran.code == 0, f"statement {at}: {ran.error}"
        assert counts(world)["records"] == before["records"] + 2
        assert len(ingested(world)) == size + 1
        if hiccup.seen < at:
            break
    assert at > 30


@pytest.mark.parametrize("commit", range(1, 7))
def test_a_commit_whose_reply_is_lost(world: World, commit: int) -> None:
    """A chunk that was kept without the broker learning of it is kept twice, or has no receipt when sent again."""
    with reply_lost(world, commit):
        world.agency("council").posts(*export("csc", FAMILY))
    assert len(ingested(world)) == 1
    with world.parts.store.look() as connection:
        assert connection.execute(select(func.count()).select_from(tables.records)).scalar_one() == 2


def test_an_answer_that_is_lost_on_its_way_is_in_the_log(quick_world: World) -> None:
    """What was disclosed but never arrived is missing from the log, or its ticket can be used again."""
    post(quick_world)
    quick_world.loses("broker", path="/v1/questions", after=True)
    assert quick_world.agency("council").asking(MINA.about(), staff="sw").code == 5
    assert [event["typ"] for event in events(quick_world)].count("answer") == 1


def ingested(world: World) -> list[dict[str, Any]]:
    return [event for event in events(world) if event["typ"] == "ingest"]
