"""A population run finds for every record what a question about it would, keeps only sums, and goes on where it was."""

from __future__ import annotations

import hashlib
import sqlite3
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from granting import grant_of, progress_file, run
from people import ISOLDE, JORAM, MINA, OTTO, STRANGER, Person, Row, export
from promises import events
from sqlalchemy import select
from world import World

from broker.actions.gather_family import Gathering
from broker.actions.look_at_record import look_at, place_of
from broker.errors import BadInput, Conflict, Misconfigured, NotAllowed, QuotaReached, Unavailable
from broker.linkage.resolve import Resolution
from broker.peers.block_run import BlockRun, Granted
from broker.policy.runs import taking_part
from broker.store import records, runs, tables
from broker.store.records import Record
from broker.store.runfile import RunFile
from broker.story.held import KEPT_AWAY
from broker.synthetic.bothkeys import both_keys

MOVED = replace(MINA, postcode="ZY52 1AB")
MISSPELT = replace(MINA, surname="Vexworthigann", dob="2014-09-17")
TWIN = Person("Tamsinella", "Vexworthigan", "2014-07-19", "ZY47 7QX", nhs="9990000034", sex="f")


def post(world: World) -> None:
    """Ten records of six people at four sources, one of them twice in one."""
    council = world.agency("council")
    council.posts(*export("csc", [Row(MINA, "C1"), Row(JORAM, "C2"), Row(MISSPELT, "C3"), Row(TWIN, "C4")]))
    council.posts(*export("eh", [Row(MINA, "E1"), Row(OTTO, "E2")]))
    world.agency("school").posts(*export("ed", [Row(MOVED, "P1"), Row(TWIN, "P2")]))
    world.agency("homes").posts(*export("hs", [Row(ISOLDE, "H1"), Row(STRANGER, "H2")]))


def every_record(world: World) -> list[Record]:
    parts = world.parts
    with parts.store.look() as connection:
        return [
            records.opened(row, parts.keysets, place_of(parts, row.source).agency)
            for row in connection.execute(select(tables.records).where(tables.records.c.closed.is_(False)))
        ]


def as_a_question(world: World, record: Record, sources: tuple[str, ...]) -> Resolution:
    """What a question with this record's own details resolves to, look-ups filled up as a question's are."""
    comparer = both_keys(world.parts, world.parties)
    comparer.pivot = record.evidence()
    with world.parts.store.look() as connection:
        gathering = Gathering(world.parts, connection, sources, comparer)
        near = gathering.neighbourhood(record.points())
        found = near.person()
        kinds = gathering.protected(gathering.held(found), record.points())
        return near.person(placeless=True) if kinds & KEPT_AWAY else found


def bands(found: Resolution) -> list[tuple[bytes, str]]:
    return [(candidate.id, band) for candidate, band in found.members]


def test_every_record_finds_what_a_question_about_it_finds(world: World) -> None:
    """Counts of a programme are of other people than the ones that caseworkers are told of."""
    post(world)
    world.agency("police").posts(*export("po", [Row(OTTO, "V1", protection="safe_address")]))
    grant, digests = grant_of(world)
    blocks = BlockRun(world.parts.linkage_unit, grant, Granted(digests))
    sources = taking_part(world.parts.policies, "match_quality", on=world.now.date())
    found = {}
    for record in every_record(world):
        index = digests.index(hashlib.sha256(record.evidence()).digest())
        with world.parts.store.look() as connection:
            block = blocks.block(index, record.id, record.evidence())
            looked = look_at(world.parts, connection, record=record, block=block, sources=sources)
        assert bands(looked.found) == bands(as_a_question(world, record, sources)), record.name
        found[record.id] = looked.found

    assert len(found) == len(digests) == 11
    assert max(len(one.certain) for one in found.values()) >= 3, "nobody was found at three sources"


def test_the_figures_are_of_what_was_posted(world: World) -> None:
    """The report says how many people there are, where they meet, and what differs."""
    post(world)
    ended = run(world)
    figures = ended.run.figures

    assert figures["records"] == 10
    assert figures["people"] == 6
    assert figures["sources"]["csc"]["duplicates"] == 2
    assert (figures["sources"]["csc"]["people"], figures["agencies"]["council"]["people"]) == (3, 4)
    assert {(pair["source"], pair["other"]): pair["certain"] for pair in figures["pairs"]}["ed", "csc"] == 1.0
    assert figures["fields"]["surname"]["agree"] < 1.0
    assert figures["left_out"] == {}
    with world.parts.store.look() as connection:
        assert runs.last(connection, "match_quality") == ended.run
        assert runs.last(connection, "model_training") is None
    seen = [(event["act"], event["records"]) for event in events(world) if event["typ"] == "run"]
    assert seen == [("started", 0), ("ended", 10)]


def test_a_service_that_takes_no_part_is_not_looked_at(world: World) -> None:
    """Mental health's records are compared, or found, in a run it did not agree to."""
    post(world)
    world.agency("nhs").posts(*export("mh", [Row(MINA, "M1")]))
    figures = run(world).run.figures
    assert figures["records"] == 10
    assert "mh" not in {pair["other"] for pair in figures["pairs"]}
    with pytest.raises(NotAllowed, match="takes no part"):
        grant_of(world, sources=["mh"])


class Killed(BaseException):
    """Stands for the end of the process."""


def stop_at(number: int) -> Any:
    def progress(done: int, of: int) -> None:
        if done == number:
            raise Killed

    return progress


def test_a_run_that_is_killed_goes_on_where_it_was(world: World) -> None:
    """A night's run that is lost in the morning is never made again; one that counts twice is worse."""
    post(world)
    whole = run(world).run.figures
    granting = grant_of(world)
    for at in (2, 7):
        with pytest.raises(Killed):
            run(world, granting, progress=stop_at(at))
    ended = run(world, granting)

    assert ended.run.figures == whole
    assert not progress_file(world, granting[0]).exists()
    acts = [event["act"] for event in events(world) if event["typ"] == "run"]
    assert acts == ["started", "ended", "started", "went-on", "went-on", "ended"]


def test_an_outage_in_the_middle_of_a_block_is_made_good(world: World) -> None:
    """An answer of the linkage unit that gets lost costs openings, and no figures."""
    post(world)
    whole = run(world).run.figures
    granting = grant_of(world)
    fault = world.loses("linkunit", path="/v1/blocks", after=True)
    world.network.passes = 9
    with pytest.raises(Unavailable):
        run(world, granting)
    assert fault.times == 0
    assert run(world, granting).run.figures == whole


def test_what_a_run_keeps_meanwhile_links_nothing(quick_world: World) -> None:
    """The file beside the grant, or the table of gifts, is the list of who is the same person where."""
    world = quick_world
    post(world)
    granting = grant_of(world)
    with pytest.raises(Killed):
        run(world, granting, progress=stop_at(10))
    path = progress_file(world, granting[0])
    kept = path.read_bytes()
    for record in every_record(world):
        for secret in (record.id, record.ref, *(point for _, point in record.points()), record.evidence()[:32]):
            assert secret not in kept
            assert secret.hex().encode() not in kept
    with sqlite3.connect(path) as database:
        kinds = [kind for (kind,) in database.execute("SELECT kind FROM sums")]
    assert not any(len(part) > 60 for kind in kinds for part in kind.split("|"))


def test_the_list_is_the_one_that_was_granted(quick_world: World) -> None:
    """Two people signed for these records and the broker runs over others."""
    post(quick_world)
    grant, digests = grant_of(quick_world)
    for other in (digests[1:], (*digests[:-1], b"x" * 32), (*digests, b"y" * 32)):
        with pytest.raises(BadInput, match="not the one that was granted"):
            run(quick_world, (grant, other))


def test_the_openings_are_the_end_of_it(quick_world: World) -> None:
    """A grant for one record is used for all."""
    post(quick_world)
    with pytest.raises(QuotaReached, match="used up"):
        run(quick_world, grant_of(quick_world, openings=64 * 3))


def test_a_grant_has_a_last_day(quick_world: World) -> None:
    """Leave for a fortnight is leave for ever."""
    post(quick_world)
    granting = grant_of(quick_world)
    quick_world.later(days=15)
    with pytest.raises(NotAllowed, match="expired"):
        run(quick_world, granting)


def test_what_changed_since_is_left_out_and_said(quick_world: World) -> None:
    """A record that two people did not sign for is compared, or a gap goes unnoticed."""
    world = quick_world
    post(world)
    granting = grant_of(world)
    world.later(days=1)
    world.agency("homes").posts(*export("hs", [Row(ISOLDE, "H1")]))
    figures = run(world, granting).run.figures
    assert figures["left_out"] == {"changed since the grant": 2}
    assert figures["records"] == 8


def test_two_runs_do_not_share_a_file(tmp_path: Path) -> None:
    """One run goes on with another's sums."""
    RunFile(tmp_path / "a", b"1" * 16).close()
    with pytest.raises(Conflict, match="another grant"):
        RunFile(tmp_path / "a", b"2" * 16)


def test_a_run_is_not_made_twice_at_once(tmp_path: Path) -> None:
    """Two people start the same run, and everybody is counted twice."""
    file = RunFile(tmp_path / "a", b"1" * 16)
    with pytest.raises(Misconfigured, match="going on already"):
        RunFile(tmp_path / "a", b"1" * 16)
    file.keep(1, Counter({("record", "csc"): 1}), None)
    file.delete()
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "b").write_bytes(b"this is not a database" * 100)
    with pytest.raises(Misconfigured, match="can't keep"):
        RunFile(tmp_path / "b", b"1" * 16)


def test_training_keeps_patterns_and_no_gift(quick_world: World) -> None:
    """Leave to train a model is leave to hand out what differs."""
    post(quick_world)
    ended = run(quick_world, grant_of(quick_world, "model_training"))
    assert sum(many for kind, many in ended.counts.items() if kind[0] == "pattern") >= 10
    with quick_world.parts.store.look() as connection:
        assert connection.execute(select(tables.gifts)).all() == []


def test_counting_people_learns_nothing_of_fields(quick_world: World) -> None:
    """A programme count is used to look at dates of birth."""
    post(quick_world)
    ended = run(quick_world, grant_of(quick_world, "programme_count"))
    assert ended.run.figures["people"] == 6
    assert {kind[0] for kind in ended.counts} & {"pattern", "field", "identifier"} == set()
