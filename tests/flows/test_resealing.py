"""The envelope key changes: agencies do nothing, matches stay, a dump before and after has nothing in common."""

from __future__ import annotations

import json
import signal
from collections.abc import Sequence
from typing import Any

import killed_reseal
import pytest
from forked import CONTEXT
from granting import grant_of
from people import ISOLDE, JORAM, MINA, OTTO, Person, Row, export
from promises import events
from sqlalchemy import select, update
from unit_rotation import destroy_seal, grant_to_reseal, open_seal, resealed, signed
from world import World

from broker.actions import check_chunk
from broker.actions.reseal_evidence import left, propose_reseal, unusable
from broker.errors import BadInput, Conflict, NotAllowed, QuotaReached, Unavailable
from broker.keys.destroying import check_destroyed
from broker.store import evidence, records, tables
from broker.wire.delivery import ChunkHeader
from broker.wire.fields import parse
from broker.wire.grant import Grant

PEOPLE = (MINA, JORAM, OTTO, ISOLDE)
SOURCES = {"csc": "council", "ed": "school", "hs": "homes"}


def post(world: World) -> None:
    """Four people at three sources of three agencies."""
    for source, agency in SOURCES.items():
        world.agency(agency).posts(*export(source, [Row(one, f"R{at}") for at, one in enumerate(PEOPLE)]))


def found(world: World) -> list[dict[str, list[list[str]]]]:
    """Who is told of, for each of the four."""
    return [world.agency("council").asks(one.about(), staff="sw").people for one in PEOPLE]


def rows(world: World) -> dict[bytes, dict[str, Any]]:
    with world.parts.store.look() as connection:
        return {row.id: dict(row._mapping) for row in connection.execute(select(tables.records))}


def seals(world: World) -> dict[int, int]:
    with world.parts.store.look() as connection:
        return evidence.by_seal(connection)


def test_the_envelope_key_changes_and_nobody_notices(world: World) -> None:
    """Matches before, while two keys are open, after, and after the old one is destroyed are the same."""
    post(world)
    before = found(world)
    assert any("hs" in source for one in before for source in one["subject"])
    assert open_seal(world) == 2
    assert found(world) == before
    world.later(minutes=1)
    again = [Row(one, f"R{at}", worker="Bea Dunn") for at, one in enumerate(PEOPLE)]
    world.agency("homes").posts(*export("hs", again))
    assert seals(world) == {1: 8, 2: 4}
    assert found(world) == before
    told: list[tuple[int, int]] = []
    done = resealed(world, progress=lambda *at: told.append(at))
    assert (done.sealed, done.unusable, done.changed, done.left) == (8, 0, 0, 0)
    assert (seals(world), told[-1]) == ({2: 12}, (8, 8))
    assert found(world) == before
    record = destroy_seal(world, 1)
    check_destroyed(record, world.parties.trust)
    assert found(world) == before
    said = [event for event in events(world) if event["typ"] == "keys" and event["act"] == "resealed"]
    assert [(event["seal"], event["records"]) for event in said] == [(2, 8)]


def test_two_dumps_link_nothing(world: World) -> None:
    """Before and after, only the sealed evidence and its number differ, and no eight bytes of it are the same."""
    post(world)
    before = rows(world)
    open_seal(world)
    resealed(world)
    after = rows(world)
    assert before.keys() == after.keys()
    for one, row in before.items():
        differ = {name for name, value in row.items() if after[one][name] != value}
        assert differ == {"evidence", "evidence_seal"}
        assert len(row["evidence"]) == len(after[one]["evidence"])
    old, new = (runs(some) for some in (before, after))
    assert len(old) > 10_000 and not old & new


def runs(some: dict[bytes, dict[str, Any]]) -> set[bytes]:
    return {row["evidence"][at : at + 8] for row in some.values() for at in range(len(row["evidence"]) - 7)}


def test_an_envelope_to_a_destroyed_key_opens_no_more(world: World) -> None:
    """What of a database from before is put back finds by its labels only: no evidence of it decides."""
    post(world)
    whole = rows(world)
    open_seal(world)
    resealed(world)
    destroy_seal(world, 1)
    with world.parts.store.sequence() as connection:
        for one, row in whole.items():
            kept = {name: row[name] for name in ("evidence", "evidence_seal")}
            connection.execute(update(tables.records).where(tables.records.c.id == one).values(**kept))
    assert left(world.parts.fresh()) == 12
    bands = answered_bands(world)
    assert set(bands) == {"c", "u"} and bands.count("u") >= 3
    done = resealed(world)
    assert (done.sealed, done.unusable, done.left) == (0, 12, 0)


@pytest.mark.parametrize("part", ["evidence", "wrapped_key"])
def test_a_damaged_row_does_not_stop_the_change(world: World, part: str) -> None:
    """Whoever may write the database spoils one envelope, and the old key can never be closed."""
    post(world)
    one = min(rows(world))
    with world.parts.store.sequence() as connection:
        spoilt = update(tables.records).where(tables.records.c.id == one)
        before = rows(world)[one][part]
        connection.execute(spoilt.values(**{part: before[:-1] + bytes([before[-1] ^ 1])}))
    open_seal(world)
    done = resealed(world)
    assert (done.sealed, done.unusable, done.left) == (11, 1, 0)
    assert (unusable(world.parts.fresh()), seals(world)) == (1, {0: 1, 2: 11})
    assert one.hex() in world.diagnostics.getvalue()
    world.later(minutes=1)
    for source, agency in SOURCES.items():
        world.agency(agency).posts(*export(source, [Row(who, f"R{at}") for at, who in enumerate(PEOPLE)]), "--again")
    assert (unusable(world.parts.fresh()), seals(world)) == (0, {2: 12})


def answered_bands(world: World) -> str:
    """What the linkage unit says in the first call of one question about Mina: the question itself, and records."""
    world.agency("council").asks(MINA.about(), staff="sw")
    calls = [one.answer for one in world.traffic if one.path == "/v1/compare" and b'"call":1' in one.request]
    return str(json.loads(calls[-1] or b"")["bands"][0])


def test_what_an_agency_sends_meanwhile_is_kept(quick_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A record that is sent anew while its old envelope is at the linkage unit keeps the new one."""
    world = quick_world
    post(world)
    open_seal(world)
    real, sent = world.network.handle_request, dict[bytes, dict[str, Any]]()

    def and_a_delivery(request: Any) -> Any:
        answer = real(request)
        if request.url.path == "/v1/reseal" and not sent:
            world.later(minutes=1)
            world.agency("homes").posts(*export("hs", [Row(MINA, "R0"), Row(JORAM, "R1"), Row(OTTO, "R2")]))
            sent.update(rows(world))
        return answer

    monkeypatch.setattr(world.network, "handle_request", and_a_delivery)
    done = resealed(world)
    # Isolde is in the delivery no more, so her record at the homes was closed.
    assert (done.sealed, done.changed, done.left) == (8, 4, 0)
    newer = {one: row for one, row in sent.items() if row["source"] == "hs"}
    assert {one: row for one, row in rows(world).items() if row["source"] == "hs"} == newer
    assert seals(world) == {2: 11}


def test_questions_are_answered_while_a_page_is_away(quick_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The job holds nothing that a question needs: not while the unit works, nor between its pages."""
    world = quick_world
    post(world)
    before = found(world)
    open_seal(world)
    real, meanwhile = world.network.handle_request, []

    def and_a_question(request: Any) -> Any:
        answer = real(request)
        if request.url.path == "/v1/reseal":
            meanwhile.append(found(world))
        return answer

    monkeypatch.setattr(world.network, "handle_request", and_a_question)
    assert resealed(world).left == 0
    assert meanwhile == [before]


def test_what_can_t_be_used_is_counted_and_not_tried_for_ever(world: World) -> None:
    """An envelope that was damaged stays as it is, its record finds and nothing of it decides."""
    post(world)
    open_seal(world)
    grant = grant_to_reseal(world)
    [bad, *_] = rows(world)
    spoil(world, bad)
    before = rows(world)[bad]
    done = resealed(world, grant)
    assert (done.sealed, done.unusable, done.left) == (11, 1, 0)
    assert rows(world)[bad] == before | {"evidence_seal": evidence.UNUSABLE}
    assert (seals(world), unusable(world.parts)) == ({0: 1, 2: 11}, 1)
    with pytest.raises(Conflict):
        propose_reseal(world.parts.fresh())


def spoil(world: World, record_id: bytes) -> None:
    """The envelope inside a record becomes one that nobody sealed."""
    parts = world.parts
    with parts.store.look() as connection:
        parts = parts.at(connection)
        row = connection.execute(select(tables.records).where(tables.records.c.id == record_id)).one()
    held = records.opened(row, parts.keysets, parts.policies.vocabulary.sources[row.source].agency)
    nonsense = held.data_key.seal(held.name, "evidence", plaintext=bytes(1536), nonce=parts.random(12), step=1)
    with parts.store.sequence() as connection:
        query = update(tables.records).where(tables.records.c.id == record_id)
        connection.execute(query.values(evidence=nonsense))


def test_it_ends_with_the_grant(quick_world: World) -> None:
    """After its day nothing is opened; and a grant to compare is none to seal again."""
    world = quick_world
    post(world)
    open_seal(world)
    grant = grant_to_reseal(world)
    assert grant.terms.openings == 12 + 1 + 64
    compares = grant_of(world)[0]
    with pytest.raises(NotAllowed) as caught:
        resealed(world, compares)
    assert caught.value.code == "grant-purpose"
    world.later(days=15)
    with pytest.raises(NotAllowed) as caught:
        resealed(world, grant)
    assert caught.value.code == "grant-expired"
    assert seals(world) == {1: 12}


def test_a_call_that_is_lost_is_made_again_and_charged_again(quick_world: World) -> None:
    """Before or after the linkage unit handled it: nothing is half done, and the same grant goes on."""
    world = quick_world
    post(world)
    open_seal(world)
    grant, before = grant_to_reseal(world), rows(world)
    for after in (False, True):
        world.loses("linkunit", path="/v1/reseal", after=after)
        with pytest.raises(Unavailable):
            resealed(world, grant)
        assert rows(world) == before
    assert resealed(world, grant).sealed == 12
    spent = world.network.clients["linkunit"].get(f"/v1/grants/{grant.terms.id.hex()}").json()
    assert spent["openings"] == 24
    with world.parts.store.sequence() as connection:
        connection.execute(update(tables.records).values(evidence_seal=1))
    few = grant.terms.model_copy(update={"openings": 11})
    with pytest.raises(QuotaReached):
        resealed(world, signed(world, few))


def test_an_answer_that_the_linkage_unit_did_not_sign_is_not_believed(
    quick_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Changed on the way, or of another call: records stay as they are."""
    world = quick_world
    post(world)
    open_seal(world)
    grant, before, real = grant_to_reseal(world), rows(world), world.network.handle_request
    for right, wrong in (
        (b'"seal":2', b'"seal":1'),
        (b'"unusable":[]', b'"unusable":[0]'),
        (b'"envelopes":["', b'"envelopes":["AAAA'),
    ):

        def changed(request: Any, right: bytes = right, wrong: bytes = wrong) -> Any:
            answer = real(request)
            if request.url.path == "/v1/reseal":
                assert right in answer.content
                answer._content = answer.content.replace(right, wrong)
            return answer

        with monkeypatch.context() as patched:
            patched.setattr(world.network, "handle_request", changed)
            with pytest.raises(Unavailable):
                resealed(world, grant)
        assert rows(world) == before


def test_a_chunk_sealed_to_a_key_that_is_closed_is_refused(quick_world: World) -> None:
    """An agency with yesterday's trust list sends again with today's, and no record gets an envelope nobody opens."""
    world = quick_world
    post(world)
    chunk = next(one.request for one in world.traffic if b'"evidence_seal":1' in one.request)
    header = parse(ChunkHeader, chunk.split(b"\n", 1)[0])
    open_seal(world)
    resealed(world)
    assert check_chunk.check(world.parts.fresh(), chunk, agency=header.agency, batch=header.batch).good
    destroy_seal(world, 1)
    with pytest.raises(BadInput) as caught:
        check_chunk.check(world.parts.fresh(), chunk, agency=header.agency, batch=header.batch)
    assert (caught.value.code, caught.value.field) == ("evidence-seal-unknown", "evidence_seal")


def test_a_job_that_is_killed_goes_on_where_it_was(quick_world: World) -> None:
    """With the new envelopes at hand, and with a page written and not committed."""
    post(quick_world)
    goes_on(quick_world, (2, 4))


@pytest.mark.long
@pytest.mark.parametrize("begin", [1, 6])
def test_a_job_that_is_killed_at_every_step_goes_on(world: World, begin: int) -> None:
    """The same on each engine, in one job after the other, over several pages."""
    many = [
        Row(Person(f"Ab{letter}e", f"Uri{letter}an", f"19{at + 40}-03-04", f"ZY{at + 11} 4AB"), f"C{at}")
        for at, letter in enumerate("bcdfghjklmnprstvwz")
    ]
    post(world)
    for source, agency in {"eh": "council", "po": "police", "dw": "jobcentre"}.items():
        world.agency(agency).posts(*export(source, [*many, Row(MINA, "M")]))
    goes_on(world, range(begin, begin + 6))


def goes_on(world: World, steps: Sequence[int]) -> None:
    """After each kill every record has the envelope of before or the new one, whole, and questions find the same."""
    before, total = found(world), sum(seals(world).values())
    open_seal(world)
    grant = grant_to_reseal(world, openings=64 * 40)
    for step in steps:
        ended, _ = job(world, grant, step)
        # A job that has little left to do has fewer steps.
        assert ended in ((-signal.SIGKILL,) if step == steps[0] else (0, -signal.SIGKILL))
        assert sum(seals(world).values()) == total and set(seals(world)) <= {1, 2}
        assert found(world)[0] == before[0]
    ended, done = job(world, grant, 0)
    assert ended == 0 and done["left"] == 0
    assert seals(world) == {2: total}
    assert found(world) == before


def job(world: World, grant: Grant, step: int) -> tuple[int | None, dict[str, int]]:
    """The job as a process of its own, killed at a step; 0 lets it end. How it ended, and what it did if it was not."""
    given = {
        "broker": world.settings.model_dump(mode="json", exclude_none=True),
        "unit": world.unit_settings.model_dump(mode="json", exclude_none=True),
        "now": world.now.isoformat(), "grant": grant.model_dump(mode="json"), "step": step,
    }  # fmt: skip
    heard, told = CONTEXT.Pipe(duplex=False)
    process = CONTEXT.Process(target=killed_reseal.reseal, args=(given, told))
    process.start()
    told.close()
    process.join(60)
    return process.exitcode, heard.recv() if process.exitcode == 0 else {}
