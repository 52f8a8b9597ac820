"""Promise 5: at rest nothing of two agencies' records of one person is equal, and nothing is in clear.

A thief of the database sees labels and ciphertext. Every run of eight bytes in any column is looked for in every other
agency's rows: it must not be there.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations
from typing import Any

import canaries
from people import JORAM, MINA, OTTO, Row, export
from sqlalchemy import Table, select
from world import World

from broker.store import labels, tables

ROWS = (Row(MINA, "R1"), Row(JORAM, "R2", siblings=("R1",)), Row(OTTO, "R3"))
SOURCES = {"csc": "council", "eh": "council", "ed": "school", "po": "police"}
RUN = 8


def post(world: World) -> None:
    """Four sources of three agencies post the same people, in the same second, with the same content."""
    for source, agency in SOURCES.items():
        rows = [*ROWS[:2], Row(OTTO, "R3", protection="safe_address")] if source in ("csc", "po") else ROWS
        world.agency(agency).posts(*export(source, rows))


def stored(world: World, table: Table) -> list[Any]:
    with world.parts.store.look() as connection:
        return list(connection.execute(select(table)).all())


def runs(rows: Iterable[Any]) -> set[bytes]:
    """Every run of eight bytes in the binary columns of `rows`."""
    values = [value for row in rows for value in row if isinstance(value, bytes)]
    return {value[at : at + RUN] for value in values for at in range(len(value) - RUN + 1)}


def test_no_two_sources_have_anything_equal_at_rest(world: World) -> None:
    """A thief of the database tells from equal bytes that two agencies know the same person."""
    post(world)
    rows = [*stored(world, tables.records), *stored(world, tables.labels)]
    by_source = {source: runs(row for row in rows if row.source == source) for source in SOURCES}
    assert all(len(found) > 10_000 for found in by_source.values())
    shared = {(one, other): by_source[one] & by_source[other] for one, other in combinations(SOURCES, 2)}
    assert not any(shared.values())


def test_the_register_of_protections_shares_nothing_with_the_records(world: World) -> None:
    """A thief of the database tells from equal bytes whose address is safe, or that two agencies protect one person."""
    post(world)
    rows = stored(world, tables.labels)
    register = [row for row in rows if row.source == labels.REGISTER]
    others = [row for row in rows if row.source != labels.REGISTER]
    entries = stored(world, tables.protections)
    assert len(entries) == 2
    found = [runs([entry]) for entry in entries]
    assert not found[0] & found[1]
    assert not (runs(register) | found[0] | found[1]) & runs([*others, *stored(world, tables.records)])


def test_a_label_row_does_not_say_whose_it_is(world: World) -> None:
    """A thief of the database can put a record's label rows together."""
    post(world)
    names = {value for row in stored(world, tables.records) for value in (row.id, row.ref, row.batch)}
    rows = [row for row in stored(world, tables.labels) if row.source != labels.REGISTER]
    assert not any(name in column for row in rows for column in (row.label, row.reference) for name in names)
    assert len({row.reference for row in rows}) == len(rows)
    opened = [world.parts.keysets.record_of(row.source, row.label, row.reference) for row in rows]
    assert set(opened) == {row.id for row in stored(world, tables.records)}, "the broker itself can put them together"


def test_two_people_of_one_source_share_nothing_but_the_batch(world: World) -> None:
    """What two people of one file have in common, such as their worker, shows in the database."""
    post(world)
    rows = [row for row in stored(world, tables.records) if row.source == "ed"]
    own = [runs([[value for value in row if value != row.batch]]) for row in rows]
    assert not any(one & other for one, other in combinations(own, 2))


def test_nothing_of_a_record_is_in_clear(quick_world: World) -> None:
    """A record's content, its worker or the reasons of a decision can be read in the database's files."""
    world = quick_world
    world.agency("council").posts(*export("csc", [Row(MINA, "C1", {"csc.cin_status": "assessed"}, worker="Ada Marsh")]))
    world.agency("council").asks(MINA.about(), staff="sw", options=["--case", "Vexworth-4471"])
    places = {name: content for name, content in world.outside().items() if "broker.db" in name}
    assert len(places) >= 2
    record = ["Ada Marsh", "Service of csc", "01632 960111", "2026-02-03"]
    assert not canaries.search([*record, "significant_harm", "Vexworth-4471"], places)


def test_the_same_record_posted_again_shares_its_labels_and_no_ciphertext(world: World) -> None:
    """Two nights' ciphertexts of one record can be compared."""
    school = world.agency("school")
    school.posts(*export("ed", ROWS))
    before = stored(world, tables.records)
    before_labels = stored(world, tables.labels)
    world.later(days=1)
    school.posts(*export("ed", ROWS), "--again")
    after = stored(world, tables.records)
    assert {row.label for row in before_labels} == {row.label for row in stored(world, tables.labels)}
    sealed = ("wrapped_key", "tokens", "evidence", "content", "items")
    parts = [runs([[row._mapping[name] for name in sealed] for row in rows]) for rows in (before, after)]
    assert not parts[0] & parts[1]
