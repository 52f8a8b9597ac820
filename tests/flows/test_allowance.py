"""One allowance for questions, at both services; more on the word of two people; and what is unusual is heard of."""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from agency_of_world import Agency
from people import MINA, OTTO, Row, export
from sqlalchemy import update
from test_reconciled import kinds, reconciled
from world import World

from broker.agency.cli import main
from broker.store import audit_tables, quota, tables
from broker.synthetic.parties import GRANTERS
from broker.wire.fields import decode64
from broker.wire.grant import GrantSignature
from broker.wire.quota import FLOORS, TIMES, QuotaGrant, QuotaTerms

MANY = TIMES * FLOORS["ask"].hour


def small(make_world: Callable[..., World], url: str) -> World:
    """Both services allow the council two questions a day."""
    world = make_world(url, questions_per_day=2, unit={"questions_per_day": 2})
    world.agency("council").posts(*export("csc", [Row(MINA, "C1"), Row(OTTO, "C2")]))
    return world


def proposed(world: World, *, more: int = 3, use: str = "ask", days: int = 1) -> Path:
    """Terms as the council prints them."""
    first, last = (world.now.date() + dt.timedelta(days=n) for n in (0, days - 1))
    council = world.agency("council")
    ran = council.runs(
        "quota", "terms", "--use", use, "--more", str(more), "--from", str(first), "--to", str(last)
    ).ok()
    path = world.folder / "terms.json"
    path.write_text(ran.out)
    return path


def signed(world: World, terms: Path, who: str) -> Path:
    """What a granter's machine prints, having said on its screen what is asked for."""
    said, shown = io.StringIO(), io.StringIO()
    command = ["quota", "allow", str(terms), "--secrets", str(world.parties.granter(who) / "secrets.json")]
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(shown):
        code = main([*command, "--as", who, "--trust", str(world.parties.trust_folder)], world.edges())
    assert code == 0, shown.getvalue()
    assert "a day more for `council`" in shown.getvalue()
    path = world.folder / f"{who.replace('/', '-')}.json"
    path.write_text(said.getvalue())
    return path


def used(world: World, terms: Path, *signatures: Path) -> Any:
    return world.agency("council").runs("quota", "use", str(terms), *map(str, signatures), "--json")


def asks(council: Agency, count: int) -> int:
    """How many of so many questions are answered."""
    return [council.asking(MINA.about(), staff="sw").code for _ in range(count)].count(0)


@pytest.fixture(autouse=True)
def yes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Granters who say yes."""
    monkeypatch.setattr("typer.confirm", lambda *_, **__: True)


def test_two_people_allow_more_questions(make_world: Callable[..., World], database_url: str) -> None:
    """An agency in an incident is left without answers, or one that asks nobody gets more."""
    world = small(make_world, database_url)
    council = world.agency("council")
    assert asks(council, 3) == 2
    terms = proposed(world)
    signatures = [signed(world, terms, who) for who in GRANTERS]
    assert used(world, terms, *signatures).ok().result["more"] == 3
    assert asks(council, 4) == 3
    code, result = reconciled(world)
    assert (code, result["questions"], result["answers"]) == (0, 5, 5), result
    assert any("two people allow 3 questions a day more" in note for note in result["notes"])
    world.later(days=1)
    assert asks(council, 3) == 2
    world.check()


def test_both_services_have_one_default(make_world: Callable[..., World], sqlite_url: str) -> None:
    """One of the two allows more than the other, and nobody knows which of them counts."""
    world = make_world(sqlite_url)
    assert world.settings.questions_per_day == world.unit_settings.questions_per_day == 2_000


def test_one_person_alone_allows_nothing(make_world: Callable[..., World], sqlite_url: str) -> None:
    """A granter's key is stolen, or a granter is a friend."""
    world = small(make_world, sqlite_url)
    terms = proposed(world)
    first, second = GRANTERS
    one = signed(world, terms, first)
    ran = used(world, terms, one, one)
    assert (ran.code, "grant-unsigned" in ran.error) == (3, True)
    other = proposed(world, more=9)
    ran = used(world, other, one, signed(world, other, second))
    assert "grant-signature" in ran.error
    assert asks(world.agency("council"), 3) == 2


def test_a_grant_that_reached_one_of_the_two_is_handed_in_again(
    make_world: Callable[..., World], database_url: str
) -> None:
    """The broker was down: the linkage unit allows more, the broker does not, and nobody is told."""
    world = small(make_world, database_url)
    terms = proposed(world)
    signatures = [signed(world, terms, who) for who in GRANTERS]
    with world.down("broker"):
        assert used(world, terms, *signatures).code == 5
    assert asks(world.agency("council"), 3) == 2
    code, result = reconciled(world)
    assert (code, "grants-differ" in kinds(result)) == (7, True)
    used(world, terms, *signatures).ok()
    used(world, terms, *signatures).ok()
    # The question that only the broker refused has used its ticket at the linkage unit.
    assert asks(world.agency("council"), 4) == 2
    assert "grants-differ" not in kinds(reconciled(world)[1])


def test_the_signatures_that_came_last_count(quick_world: World) -> None:
    """A granter left, two others sign the same terms, and the broker says it took them and allows nothing."""
    day = quick_world.now.date()
    about: dict[str, Any] = {"place": "brackwater", "agency": "council", "use": "ask", "more": 3}
    terms = QuotaTerms(v=1, id=b"q" * 16, first=day, last=day, **about)
    for who in (GRANTERS, ("one/a", "two/b")):
        signatures = tuple(GrantSignature(by=by, signature=bytes(64)) for by in who)
        with quick_world.parts.store.sequence() as connection:
            quota.keep_grant(connection, QuotaGrant(v=1, terms=terms, signatures=signatures))
            [kept] = quota.grants_of(connection, "council", day)
        assert tuple(one.by for one in kept.signatures) == tuple(who)


def test_a_grant_is_an_event_of_the_log(make_world: Callable[..., World], sqlite_url: str) -> None:
    """Somebody's allowance was raised, and no log says so."""
    world = small(make_world, sqlite_url)
    terms = proposed(world)
    used(world, terms, *[signed(world, terms, who) for who in GRANTERS]).ok()
    with world.parts.store.look() as connection:
        entries = connection.execute(audit_tables.audit_entries.select()).all()
    found = [json.loads(one.leaf) for one in entries if one.typ == "admin"]
    id = decode64(json.loads(terms.read_text())["id"]).hex()
    assert [(one["act"], one["what"], one["org"]) for one in found] == [("quota-grant", id, "council")]
    assert "allowance.raised" in world.diagnostics.getvalue()


def test_it_survives_a_restart_of_both(make_world: Callable[..., World], database_url: str) -> None:
    """A crash is a way to a fresh allowance."""
    world = small(make_world, database_url)
    terms = proposed(world)
    signatures = [signed(world, terms, who) for who in GRANTERS]
    assert asks(world.agency("council"), 1) == 1
    used(world, terms, *signatures).ok()
    for party in ("linkunit", "broker"):
        world.stop(party)
        world.start(party)
    assert asks(world.agency("council"), 6) == 4


def test_three_times_the_usual_is_heard_of_at_once(make_world: Callable[..., World], database_url: str) -> None:
    """Somebody asks about a whole school in an afternoon, and it is found out in the next audit."""
    world = make_world(database_url)
    council = world.agency("council")
    council.posts(*export("csc", [Row(MINA, "C1")]))
    council.asks(MINA.about(), staff="sw")
    # As if the rest of the hour had been asked already: the same rows that questions write.
    hour = int(world.now.timestamp()) // 3_600
    with world.parts.store.sequence() as connection:
        connection.execute(update(tables.question_hours).values(questions=MANY))
    with contextlib.closing(sqlite3.connect(world.unit_settings.ledger)) as database:
        database.execute("UPDATE hours SET count = ? WHERE use = 'ask' AND hour = ?", (MANY, hour))
        database.commit()
    council.asks(MINA.about(), staff="sw")
    council.asks(MINA.about(), staff="sw")
    said = [line for line in world.diagnostics.getvalue().splitlines() if "allowance.unusual" in line]
    assert [json.loads(line)["count"] for line in said] == [MANY + 1, MANY + 1], "each of the two, once"
    code, result = reconciled(world)
    assert (code, sorted(kinds(result))) == (7, ["staff-unusual", "unusual"])
    texts = {alarm["kind"]: alarm["text"] for alarm in result["alarms"]}
    assert texts["staff-unusual"].startswith(f"sw asked the question by which the hour had {MANY + 1}")
    assert texts["unusual"].startswith(f"{MANY + 1} questions in the hour up to 09:30")
    world.check()


def test_a_granter_who_leaves_takes_their_word_along(make_world: Callable[..., World], sqlite_url: str) -> None:
    """Somebody who had to go had signed the day before, and it goes on counting."""
    world = small(make_world, sqlite_url)
    council, terms = world.agency("council"), proposed(world)
    used(world, terms, *[signed(world, terms, who) for who in GRANTERS]).ok()
    assert asks(council, 3) == 3
    trust = world.parties.trust
    world.trusts(trust.model_copy(update={"granters": trust.granters[1:]}))
    world.later(seconds=30)
    refused = council.asking(MINA.about(), staff="sw")
    assert (refused.code, "quota-reached" in refused.error) == (5, True)
