"""After a match-quality run an agency gets back what differs in its own records: counts, never who, never what."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from typing import Any

import canaries
import pytest
from granting import grant_of, run
from people import JORAM, MINA, OTTO, Person, Row, export
from promises import events
from signed import Answered, send
from sqlalchemy import select
from world import World

from broker.store import tables

MISSPELT = replace(MINA, dob="2014-09-17")
COUNCIL = [Row(MISSPELT, "C1"), Row(JORAM, "C2"), Row(JORAM, "C3")]


def post(world: World, rows: list[Row] | None = None) -> None:
    """Social care has another birthday for Mina than school and landlord, and Joram twice."""
    world.agency("council").posts(*export("csc", rows or COUNCIL))
    world.agency("school").posts(*export("ed", [Row(MINA, "P1"), Row(JORAM, "P2")]))
    world.agency("homes").posts(*export("hs", [Row(MINA, "H1"), Row(OTTO, "H2")]))


def gift(world: World, agency: str = "council", *, page: str = "", use: str = "delivery") -> Answered:
    return send(world, agency, use, method="GET", path=f"/v1/quality{page}")


def told(world: World, agency: str = "council", **files: Any) -> dict[str, dict[str, Any]]:
    """What `matches` shows, by the agency's own reference."""
    at = world.agency(agency)
    names = [at.home / "exports" / "export.csv"]
    found = at.runs("matches", *names, "--json").ok().result
    return {row["reference"]: row for row in found["rows"]}


def test_an_agency_learns_what_differs_in_its_own_records(world: World) -> None:
    """The gift is the reason to post: without it a wrong date of birth stays wrong."""
    post(world)
    run(world)
    found = told(world)

    assert found["C1"]["fields"] == [{"field": "birth", "other": 2, "same": 0}]
    assert {ref: row["duplicates"] for ref, row in found.items()} == {"C1": "none", "C2": "one", "C3": "one"}
    assert told(world, "school")["P1"]["fields"] == [{"field": "birth", "other": 1, "same": 1}]
    lines = world.agency("council").runs("matches", world.agency("council").home / "exports" / "export.csv").ok().out
    assert "csc    C1: 2 other services hold another date of birth" in lines
    assert "C2: the person is here once more in the same service" in lines
    assert [(e["org"], e["rows"]) for e in events(world) if e["typ"] == "quality"] == [
        ("council", 3), ("school", len(told(world, "school"))), ("council", 3)
    ]  # fmt: skip


def test_nobody_learns_of_whom_or_what(world: World) -> None:
    """The gift names the other service, or the value it holds, or is about a record of somebody else's."""
    post(world)
    run(world)
    body = gift(world).content
    rows = gift(world).json["rows"]

    assert {row["source"] for row in rows} == {"csc"}
    assert set(rows[0]) == {"source", "ref", "fields", "duplicates", "identifiers"}
    assert not canaries.search([detail for one in (MINA, JORAM) for detail in one.canaries()], {"gift": body})
    leaked = [word for word in (b"school", b"homes", b'"ed"', b'"hs"') if word in body]
    assert leaked == []


def test_a_protected_persons_record_gives_nothing(world: World) -> None:
    """That others hold another address of somebody in hiding tells that it is worth asking them."""
    moved = replace(MISSPELT, postcode="ZY52 1AB")
    post(world, [Row(moved, "C1"), *COUNCIL[1:]])
    world.agency("police").posts(*export("po", [Row(MINA, "V1", protection="safe_address")]))
    run(world)
    assert set(told(world)) == {"C2", "C3"}
    assert "P1" not in told(world, "school")


def test_a_protection_that_comes_later_holds_at_once(quick_world: World) -> None:
    """What was found before somebody fled is told until the next run."""
    post(quick_world)
    run(quick_world)
    assert "C1" in told(quick_world)
    quick_world.agency("police").posts(*export("po", [Row(MISSPELT, "V1", protection="safe_address")]))
    assert "C1" not in told(quick_world)


def test_what_changed_since_is_not_told(quick_world: World) -> None:
    """An agency that mended a record is told for months that it is wrong."""
    world = quick_world
    post(world)
    run(world)
    world.later(days=1)
    world.agency("council").posts(*export("csc", [Row(MINA, "C1"), *COUNCIL[1:2]]))
    assert told(world) == {}
    assert gift(world).json["rows"] == []


def test_the_next_run_takes_the_place_of_the_last(quick_world: World) -> None:
    """Differences that were mended are listed for ever."""
    world = quick_world
    post(world)
    run(world)
    world.later(days=1)
    world.agency("council").posts(*export("csc", [Row(MINA, "C1"), Row(JORAM, "C2")]))
    run(world)
    assert gift(world).json["rows"] == []
    with world.parts.store.look() as connection:
        assert connection.execute(select(tables.gifts)).all() == []


def test_rows_count_as_questions_and_leave_the_desks_their_half(make_world: Any, sqlite_url: str) -> None:
    """A delivery server reads out what a desk may not ask, or uses up the desk's whole day."""
    world = make_world(sqlite_url, questions_per_day=7)
    post(world)
    run(world)
    assert gift(world).status == 200
    again = gift(world)
    assert (again.status, again.code) == (429, "questions-used-up")
    assert world.agency("council").runs("matches").code == 5
    for _ in range(4):
        world.agency("council").asks(MINA.about(), staff="sw")
    refused = world.agency("council").asking(MINA.about(), staff="sw")
    assert "questions-used-up" in refused.error


@pytest.mark.parametrize("page", ["/0", "/2", "/-1", "/x", "/99999999", "/٣"])
def test_other_pages_are_not_there(quick_world: World, page: str) -> None:
    """A page that is not there is a fault of the broker."""
    post(quick_world)
    run(quick_world)
    path = page if page.isascii() else "/%D9%A3"
    assert gift(quick_world, page=path).code == "quality-none"


def test_who_may_not_have_it(quick_world: World) -> None:
    """A desk key reads what a delivery key posted; before a run there is nothing."""
    post(quick_world)
    assert gift(quick_world).code == "quality-none"
    run(quick_world)
    assert (gift(quick_world, use="desk").status, gift(quick_world, use="desk").code) == (403, "signing-key-unknown")
    assert gift(quick_world, "fire").json["rows"] == []


def test_a_page_that_was_changed_on_its_way_is_not_believed(quick_world: World) -> None:
    """A broker that tells one thing and logs another."""
    world = quick_world
    post(world)
    run(world)
    from broker.agency.receipts import check_matches
    from broker.errors import Untrusted
    from broker.wire.fields import parse
    from broker.wire.quality import MatchPage

    page = parse(MatchPage, gift(world).content)
    check_matches(page, world.parties.trust, agency="council")
    for changed in (
        page.model_copy(update={"rows": page.rows[1:]}),
        page.model_copy(update={"rows": (page.rows[0].model_copy(update={"duplicates": "several"}), *page.rows[1:])}),
        page.model_copy(update={"run": os.urandom(16).hex()}),
    ):
        with pytest.raises(Untrusted):
            check_matches(changed, world.parties.trust, agency="council")
    with pytest.raises(Untrusted):
        check_matches(page, world.parties.trust, agency="school")


def test_a_dump_shows_how_many_and_nothing_else(world: World) -> None:
    """Who steals the database learns which records are one person's."""
    post(world)
    run(world)
    with world.parts.store.look() as connection:
        rows = connection.execute(select(tables.gifts)).all()
        figures = connection.execute(select(tables.runs.c.figures)).scalar_one()
    assert len({len(row.sealed) for row in rows}) == 1
    assert len({row.id for row in rows}) == len(rows) >= 5
    assert set(json.loads(figures)) >= {"records", "people", "sources", "pairs", "hubs"}


def test_services_that_take_no_part_get_and_give_nothing(quick_world: World) -> None:
    """One more service that differs is one that somebody is a client of."""
    world = quick_world
    post(world)
    before = grant_of(world)
    other: Person = replace(MINA, surname="Vexworthigann")
    world.agency("voluntary").posts(*export("su", [Row(other, "S1")]))
    run(world, before)
    without = told(world)
    run(world)
    assert told(world) == without
    assert gift(world, "voluntary").json["rows"] == []
