"""A spoken reference leads an agency to its own records of the answer, at once, however many records it has."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest
from people import MINA, STRANGER, Row, export
from signed import send
from sqlalchemy import event
from world import World

from broker.actions.recall import trace
from broker.keys.keyring import Keyring
from broker.store.recalls import records_of, together_tags, trace_tag


def lands(world: World, agency: str, reference: str) -> tuple[int, list[list[str]]]:
    """The status, and for each person of the answer the agency's own references."""
    body = {"v": 1, "staff": "S1", "reference": reference}
    answered = send(world, agency, "desk", method="POST", path="/v1/landings", body=json.dumps(body).encode())
    return answered.status, answered.json.get("records", [])


def test_each_agency_finds_its_own_records(world: World) -> None:
    """Who is rung sees whom it is about; who was not told of is told nothing, as for a reference nobody gave."""
    council, school = world.agency("council"), world.agency("school")
    council.posts(*export("csc", [Row(MINA, "C1"), Row(STRANGER, "C2")]))
    school.posts(*export("ed", [Row(MINA, "P1"), Row(STRANGER, "P2")]))
    reference = council.asks(MINA.about(), staff="sw").story.reference
    refs = {agency: lands(world, agency, reference) for agency in ("council", "school", "police")}
    assert [status for status, _ in refs.values()] == [200, 200, 404]
    assert [len(people) for _, people in refs.values()] == [1, 1, 0]
    assert refs["council"][1][0] != refs["school"][1][0]
    # It is the same person at the next answer, under another reference.
    again = council.asks(MINA.about(), staff="sw").story.reference
    assert again != reference and lands(world, "school", again)[1] == refs["school"][1]


def test_landing_reads_the_records_of_the_answer_and_no_others(quick_world: World) -> None:
    """An agency with a million records waits for a keyed hash of each, and so does everybody behind it."""
    council = quick_world.agency("council")
    council.posts(*export("csc", [Row(MINA, "C1"), Row(STRANGER, "C2")]))
    reference = council.asks(MINA.about(), staff="sw").story.reference
    asked: list[tuple[str, Any]] = []
    engine = quick_world.parts.store.engine

    def note(_connection: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        if "FROM records" in statement:
            asked.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    try:
        assert lands(quick_world, "council", reference)[0] == 200
    finally:
        event.remove(engine, "before_cursor_execute", note)
    [(statement, parameters)] = asked
    with engine.connect() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
    assert [row[-1] for row in plan] == ["SEARCH records USING INDEX sqlite_autoindex_records_1 (id=?)"]


def test_a_tag_means_nothing_outside_its_answer(quick_world: World) -> None:
    """Two answers about one person have nothing equal, and only the broker's key leads back."""
    keyring: Keyring = quick_world.parts.keyring
    one, other, ids = b"a" * 16, b"b" * 16, [os.urandom(16) for _ in range(40)]
    tags = together_tags(keyring, one, ids)
    assert records_of(keyring, one, tags) == ids
    assert len({*tags, *together_tags(keyring, other, ids)}) == 80
    assert not {*records_of(keyring, other, tags)} & {*ids}
    assert (records_of(keyring, one, []), together_tags(keyring, one, [])) == ([], [])


def test_answers_of_an_earlier_version_are_recalled_too(quick_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """They have other tags, and whoever read them acted on them as well."""
    council = quick_world.agency("council")
    council.posts(*export("csc", [Row(MINA, "C1")]))
    quick_world.agency("school").posts(*export("ed", [Row(MINA, "P1")]))
    with monkeypatch.context() as earlier:

        def as_before(keyring: Keyring, answer: bytes, ids: list[bytes]) -> list[str]:
            return [trace_tag(keyring, answer, one) for one in ids]

        earlier.setattr("broker.actions.record_answer.together_tags", as_before)
        council.asks(MINA.about(), staff="sw")
    council.asks(MINA.about(), staff="sw")
    with quick_world.parts.store.look() as connection:
        found = {bytes(one) for one in connection.exec_driver_sql("SELECT id FROM records").scalars()}

    assert len(found) == 2
    assert len(trace(quick_world.parts, frozenset(found))) == 2
