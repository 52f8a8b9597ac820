"""Agencies that deliver and ask at the same moment: every answer is right, and the log holds together."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Sequence
from functools import partial

from people import ISOLDE, JORAM, MINA, OTTO, Row, export
from promises import events
from signed import deliver, request, signer
from sqlalchemy import func, select
from world import World

from broker.store import tables
from broker.wire.answer import Answer
from broker.wire.fields import decode64, parse

ROWS = [Row(person, f"R{at}") for at, person in enumerate((MINA, JORAM, OTTO, ISOLDE))]
SOURCES = {"school": "ed", "police": "po", "nhs": "hv", "homes": "hs", "voluntary": "vc"}
ASKERS = {"council": "sw", "school": "dsl", "police": "pvp", "nhs": "hv"}
QUESTIONS = 3
TRIES = 6


def at_once(doing: Sequence[Callable[[], None]]) -> None:
    """Does everything at once, each in a thread of its own, and raises what was raised."""
    ready, raised = threading.Barrier(len(doing)), list[Exception]()

    def run(one: Callable[[], None]) -> None:
        ready.wait()
        try:
            one()
        except Exception as error:  # noqa: BLE001  # Whatever it is, it is raised below, where it is seen.
            raised.append(error)

    threads = [threading.Thread(target=run, args=(one,)) for one in doing]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if raised:
        raise raised[0]


def question(world: World, agency: str) -> bytes:
    """A question that an honest desk made and that is still to be sent."""
    world.loses("broker", path="/v1/questions")
    assert world.agency(agency).asking(MINA.about(), staff=ASKERS[agency]).code == 5
    return world.traffic[-1].request


def chunks(world: World, agency: str) -> list[bytes]:
    """The chunks of a delivery, one row each, made and still to be sent."""
    at = world.agency(agency)
    at.runs("encode", at.writes(*export(SOURCES[agency], ROWS)), "--chunk-rows", "1").ok()
    return [path.read_bytes() for path in sorted(at.home.glob("state/deliveries/*/chunk-*.jsonl"))]


def ask(world: World, agency: str, body: bytes) -> Answer:
    """Asks, and again when the broker says that it is busy: then the ticket was not used."""
    for _ in range(TRIES):
        answered = deliver(world, request(world, signer(world, agency, "desk"), "POST", "/v1/questions", body=body))
        if answered.status != 503:
            break
    assert answered.status == 200, answered
    return parse(Answer, answered.content)


def put(world: World, agency: str, body: bytes) -> None:
    """Sends a chunk, and again when the broker says that it is busy."""
    batch = decode64(json.loads(body.splitlines()[0])["batch"]).hex()
    path = f"/v1/batches/{batch}/chunks/{hashlib.sha256(body).hexdigest()}"
    for _ in range(TRIES):
        answered = deliver(world, request(world, signer(world, agency, "delivery"), "PUT", path, body=body))
        if answered.status != 503:
            break
    assert answered.status == 200, answered


def ask_all(world: World, agency: str, bodies: Sequence[bytes], answers: list[Answer]) -> None:
    for body in bodies:
        answers.append(ask(world, agency, body))


def put_all(world: World, agency: str, bodies: Sequence[bytes]) -> None:
    for body in bodies:
        put(world, agency, body)


def test_everybody_at_once(world: World) -> None:
    """Deliveries and questions at one moment lose or double something, or break the log."""
    world.agency("council").posts(*export("csc", ROWS))
    made = {agency: chunks(world, agency) for agency in SOURCES}
    bodies = {agency: [question(world, agency) for _ in range(QUESTIONS)] for agency in ASKERS}
    answers: list[Answer] = []
    posting = [partial(put_all, world, agency, made[agency]) for agency in SOURCES]
    asking = [partial(ask_all, world, agency, bodies[agency], answers) for agency in ASKERS]
    at_once([*posting, *asking])
    assert len(answers) == QUESTIONS * len(ASKERS)
    for answer in answers:
        [subject] = [one for one in answer.story.people if one.relationship == "subject"]
        assert {"csc"} <= {block.source for block in subject.involvements} <= {"csc", *SOURCES.values()}
    for agency in SOURCES:
        [folder] = world.agency(agency).deliveries()
        world.agency(agency).runs("send", folder).ok()
    told = world.agency("council").asks(MINA.about(), staff="sw")
    assert told.people["subject"] == [sorted(["csc", *SOURCES.values()])]
    with world.parts.store.look() as connection:
        assert connection.execute(select(func.count()).select_from(tables.records)).scalar_one() == 4 * 6
    kinds = [event["typ"] for event in events(world)]
    assert kinds.count("ingest") == 1 + 4 * len(SOURCES)
    assert kinds.count("answer") == 1 + QUESTIONS * len(ASKERS)


def test_one_chunk_sent_from_everywhere(world: World) -> None:
    """A chunk that a network repeats is refused while it is being kept, is kept twice, or has two receipts."""
    [*_, last] = made = chunks(world, "school")
    at_once([partial(put, world, "school", last)] * 5)
    put_all(world, "school", made)
    receipts = [one.answer for one in world.traffic if "/chunks/" in one.path and one.request == last]
    leaves = {json.loads(receipt)["leaf"] for receipt in receipts if receipt and b'"leaf"' in receipt}
    assert len(leaves) == 1
    assert not [one for one in world.traffic if one.status == 409]
    assert [event["typ"] for event in events(world)].count("ingest") == 4


def test_a_delivery_beside_a_retraction_of_the_same_record(world: World) -> None:
    """A retraction that comes while the record is being replaced is receipted and has no effect."""
    school = world.agency("school")
    school.posts(*export("ed", ROWS))
    world.later(hours=1)
    path = school.writes(*export("ed", [Row(MINA, "R0", {"ed.attendance": "50"})], delivery="delta"), name="later")
    school.runs("encode", path).ok()
    [newer] = [one for one in school.home.glob("state/deliveries/*/chunk-*.jsonl") if b'"delta"' in one.read_bytes()]
    world.later(hours=1)
    world.loses("broker", times=4)
    assert school.runs("retract", "R0").code == 5
    world.network.faults.clear()
    retraction = next(
        one for one in school.home.glob("state/deliveries/*/chunk-*.jsonl") if b'"retract":true' in one.read_bytes()
    )
    at_once([partial(put, world, "school", body) for body in (newer.read_bytes(), retraction.read_bytes())])
    with world.parts.store.look() as connection:
        query = select(func.count()).select_from(tables.records).where(tables.records.c.closed.is_(True))
        assert connection.execute(query).scalar_one() == 1


def test_one_ticket_asked_from_everywhere(world: World) -> None:
    """One question that is sent many times at one moment is answered more than once."""
    world.agency("council").posts(*export("csc", ROWS))
    body = question(world, "council")
    asked = [request(world, signer(world, "council", "desk"), "POST", "/v1/questions", body=body) for _ in range(6)]
    answers: list[int] = []
    at_once([lambda one=one: answers.append(deliver(world, one).status) for one in asked])  # type: ignore[misc]
    assert answers.count(200) == 1
    assert set(answers) <= {200, 409, 503}
    assert [event["typ"] for event in events(world)].count("answer") == 1
