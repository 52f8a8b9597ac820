"""What somebody who stole a key, or sits between the parties, may try: each is refused, and nothing is kept of it."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import httpx2
import pytest
from people import MINA, OTTO, Row, export
from signed import deliver, request, send, signer
from sqlalchemy import func, select
from world import ADDRESSES, World

from broker.keys import changes
from broker.keys.messages import RequestSigner
from broker.store import tables
from broker.wire.delivery import EVIDENCE_BYTES, TWO_EPOCHS_BYTES
from broker.wire.fields import encode64

ROW_FIELDS = ("row", "ref", "version", "tokens", "evidence", "payload", "retract")
CSV, MAPPING = export("csc", [Row(MINA, "C1"), Row(OTTO, "C2")])


@dataclass(frozen=True)
class Chunk:
    """A chunk that an honest client made, and that was lost on its way to the broker."""

    batch: str
    body: bytes

    def changed(self, **header: Any) -> Chunk:
        """The same with other values in its header, or in its first row."""
        lines = [json.loads(line) for line in self.body.splitlines()]
        for name, value in header.items():
            lines[name in ROW_FIELDS][name] = value
        return replace(self, body=b"".join(json.dumps(line).encode() + b"\n" for line in lines))

    @property
    def path(self) -> str:
        return f"/v1/batches/{self.batch}/chunks/{hashlib.sha256(self.body).hexdigest()}"


@pytest.fixture
def chunk(quick_world: World) -> Chunk:
    """Made by the council's client; the broker has not seen it."""
    quick_world.loses("broker", times=4)
    assert quick_world.agency("council").sends(CSV, MAPPING).code == 5
    [lost] = {(one.path.split("/")[3], one.request) for one in quick_world.traffic if "/chunks/" in one.path}
    return Chunk(*lost)


def put(world: World, chunk: Chunk, *, agency: str = "council", path: str = "") -> tuple[int, str]:
    answered = send(world, agency, "delivery", method="PUT", path=path or chunk.path, body=chunk.body)
    return answered.status, answered.code if answered.status != 200 else ""


def nothing_kept(world: World) -> None:
    with world.parts.store.look() as connection:
        for table in (tables.records, tables.labels, tables.chunks, tables.batches):
            assert connection.execute(select(func.count()).select_from(table)).scalar_one() == 0


OTHER_BATCH = "ab" * 16
WHOLE = (
    ("another batch in the address", lambda c: (c, "council", c.path.replace(c.batch, OTHER_BATCH)), "batch-differs"),
    ("another batch in the header", lambda c: (c.changed(batch=encode64(b"x" * 16)), "council", ""), "batch-differs"),
    ("another agency sends it", lambda c: (c, "police", ""), "agency-differs"),
    ("another agency says it is its own", lambda c: (c.changed(agency="police"), "police", ""), "source-not-yours"),
    ("another agency, its own source", lambda c: (c.changed(agency="police", source="po"), "police", ""), "evaluation"),
    ("another source of the same agency", lambda c: (c.changed(source="eh"), "council", ""), "seal-broken"),
    ("another number", lambda c: (c.changed(number=2), "council", ""), "seal-broken"),
    ("other bytes than the address", lambda c: (replace(c, body=c.body + b"{}"), "council", c.path), "digest-differs"),
    ("a row more", lambda c: (replace(c, body=c.body + c.body.splitlines()[1] + b"\n"), "council", ""), "rows-missing"),
    ("a row less", lambda c: (replace(c, body=b"\n".join(c.body.split(b"\n")[:-2])), "council", ""), "rows-missing"),
    ("another scheme", lambda c: (c.changed(scheme="ab" * 32), "council", ""), "scheme-unknown"),
    ("another epoch", lambda c: (c.changed(epoch=2), "council", ""), "epoch-unknown"),
    ("evidence of a key not in use", lambda c: (c.changed(evidence_epochs=[2]), "council", ""), "epoch-unknown"),
    ("evidence of two keys", lambda c: (c.changed(evidence_epochs=[1, 2]), "council", ""), "epoch-unknown"),
    ("no evaluation", lambda c: (c.changed(evaluation=None), "council", ""), "evaluation-missing"),
    ("an unknown source", lambda c: (c.changed(source="zz"), "council", ""), "source-not-yours"),
    ("an unknown field", lambda c: (c.changed(shoe_size=44), "council", ""), "schema-invalid"),
    ("nothing", lambda c: (replace(c, body=b""), "council", ""), "chunk-empty"),
)  # fmt: skip


@pytest.mark.parametrize(("name", "change", "code"), WHOLE, ids=[row[0] for row in WHOLE])
def test_a_chunk_that_is_not_what_it_says_is_refused_whole(
    quick_world: World, chunk: Chunk, name: str, change: Callable[[Chunk], tuple[Chunk, str, str]], code: str
) -> None:
    """A chunk meant for another batch, agency or source is taken in, or half of it is."""
    changed, agency, path = change(chunk)
    status, said = put(quick_world, changed, agency=agency, path=path)
    assert status in (403, 409, 422), name
    assert said.startswith(code)
    nothing_kept(quick_world)
    assert put(quick_world, chunk) == (200, "")


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("payload", encode64(os.urandom(540)), "payload-seal-broken"),
        ("version", 1, "payload-seal-broken"),
        ("ref", encode64(b"r" * 16), "payload-seal-broken"),
        ("evidence", encode64(b"short"), "schema-invalid"),
        ("evidence", encode64(os.urandom(EVIDENCE_BYTES + 1)), "schema-invalid"),
        ("evidence", encode64(os.urandom(TWO_EPOCHS_BYTES)), "evidence-length"),
        ("retract", True, "schema-invalid"),
        ("row", "two", "schema-invalid"),
    ],
)
def test_a_row_that_was_changed_is_rejected_alone(
    quick_world: World, chunk: Chunk, name: str, value: object, code: str
) -> None:
    """A changed row is taken in, or costs the rows beside it."""
    changed = chunk.changed(**{name: value})
    answered = send(quick_world, "council", "delivery", method="PUT", path=changed.path, body=changed.body)
    assert answered.status == 200
    assert (answered.json["kept"], answered.json["rejected"]) == (1, 1)
    [result] = [one for one in answered.json["results"] if one["outcome"] == "rejected"]
    assert result["code"] == code


def test_an_evaluation_is_good_for_one_chunk(quick_world: World, chunk: Chunk) -> None:
    """One evaluation of the linkage unit is used for more rows than it was counted for."""
    assert put(quick_world, chunk) == (200, "")
    again = chunk.changed(ref=encode64(b"n" * 16), version=1795339999)
    assert put(quick_world, again) == (409, "evaluation-used")


def test_the_same_chunk_again_gets_the_same_receipt(quick_world: World, chunk: Chunk) -> None:
    """A repeated chunk is kept twice, or its agency is left without the receipt that was lost."""
    first, second = (
        send(quick_world, "council", "delivery", method="PUT", path=chunk.path, body=chunk.body).json for _ in range(2)
    )
    assert {**first, "proof": ""} == {**second, "proof": ""}
    with quick_world.parts.store.look() as connection:
        assert connection.execute(select(func.count()).select_from(tables.records)).scalar_one() == 2


# What is done to a good signed request, and the code it then gets.
REQUESTS: tuple[tuple[str, Callable[[World, httpx2.Request], httpx2.Request], str], ...] = (
    ("the body changed", lambda w, r: altered(r, content=r.content + b"\n"), "caller-unproven"),
    (
        "the address changed",
        lambda w, r: altered(r, path=f"/v1/batches/{OTHER_BATCH}/chunks/{'0' * 64}"),
        "caller-unproven",
    ),
    ("the method changed", lambda w, r: altered(r, method="POST"), "method-not-allowed"),
    ("a query string", lambda w, r: altered(r, path=r.url.path + "?name=x"), "query-refused"),
    ("no signature", lambda w, r: altered(r, without="signature"), "caller-unproven"),
    ("no digest", lambda w, r: altered(r, without="content-digest"), "caller-unproven"),
    ("signed by another agency's key", lambda w, r: forged(w, r, "council/delivery-1"), "caller-unproven"),
    ("a key that is not listed", lambda w, r: forged(w, r, "council/delivery-9"), "caller-unproven"),
    ("an unknown agency", lambda w, r: forged(w, r, "nobody/delivery-1"), "caller-unproven"),
    ("five minutes old", lambda w, r: at_another_time(w, r, 306), "caller-unproven"),
    ("from the future", lambda w, r: at_another_time(w, r, -6), "caller-unproven"),
)


def altered(
    asked: httpx2.Request, *, method: str = "", path: str = "", content: bytes | None = None, without: str = ""
) -> httpx2.Request:
    """A request with something changed after it was signed."""
    dropped = ("content-length", "host", without)
    headers = {name: value for name, value in asked.headers.items() if name not in dropped}
    url = ADDRESSES.broker + path if path else str(asked.url)
    return httpx2.Request(
        method or asked.method, url, headers=headers, content=asked.content if content is None else content
    )


def at_another_time(world: World, asked: httpx2.Request, seconds: float) -> httpx2.Request:
    world.later(seconds=seconds)
    return asked


def forged(world: World, asked: httpx2.Request, key_id: str) -> httpx2.Request:
    """The same request under another key id, signed by the police's key."""
    signing = RequestSigner(key_id, signer(world, "police", "delivery").private_key)
    return request(world, signing, asked.method, asked.url.path, body=asked.content)


@pytest.mark.parametrize(("name", "change", "code"), REQUESTS, ids=[row[0] for row in REQUESTS])
def test_a_request_that_was_not_signed_so_is_refused(
    quick_world: World,
    chunk: Chunk,
    name: str,
    change: Callable[[World, httpx2.Request], httpx2.Request],
    code: str,
) -> None:
    """Somebody without an agency's key posts in its name, or changes what it posts."""
    good = request(quick_world, signer(quick_world, "council", "delivery"), "PUT", chunk.path, body=chunk.body)
    answered = deliver(quick_world, change(quick_world, good))
    assert answered.code == code, name
    assert 400 <= answered.status < 500
    nothing_kept(quick_world)


def test_a_desk_key_can_not_post_and_a_delivery_key_can_not_ask(quick_world: World, chunk: Chunk) -> None:
    """A stolen delivery server asks questions, or a stolen desk posts records."""
    posted = send(quick_world, "council", "desk", method="PUT", path=chunk.path, body=chunk.body)
    assert (posted.status, posted.code) == (403, "signing-key-unknown")
    asked = send(quick_world, "council", "delivery", method="POST", path="/v1/questions", body=b"{}")
    assert (asked.status, asked.code) == (403, "signing-key-unknown")


def test_a_question_can_be_asked_once(quick_world: World) -> None:
    """A recorded question is asked again by somebody else, or by nobody who is allowed to."""
    quick_world.agency("council").posts(CSV, MAPPING)
    quick_world.agency("council").asks(MINA.about(), staff="sw")
    asked = quick_world.traffic[-1].request

    def again(body: bytes, agency: str = "council") -> str:
        return send(quick_world, agency, "desk", method="POST", path="/v1/questions", body=body).code

    assert again(asked) == "ticket-used"
    assert again(asked, "police") == "agency-differs"
    question = json.loads(asked)
    other = json.dumps({**question, "evidence": encode64(os.urandom(EVIDENCE_BYTES))}).encode()
    assert again(other) == "envelope-differs"
    assert again(json.dumps({**question, "evidence_epochs": [2]}).encode()) == "epoch-unknown"
    assert again(json.dumps({**question, "evidence_epochs": [1, 2]}).encode()) == "schema-invalid"
    assert again(json.dumps({**question, "evidence_seal": 2}).encode()) == "evidence-seal-unknown"
    for part, name, value in (("ticket", "purpose", "early_help"), ("assertion", "role", "council.mash_officer")):
        changed = {**question, part: {**question[part], name: value}}
        assert again(json.dumps(changed).encode()) == "signature-invalid"
    evaluation = {**question["evaluation"], "count": question["evaluation"]["count"] + 1}
    assert again(json.dumps({**question, "evaluation": evaluation}).encode()) == "signature-invalid"
    quick_world.later(seconds=61)
    assert again(asked) == "ticket-expired"


def test_a_request_to_the_linkage_unit_is_answered_once(quick_world: World) -> None:
    """A recorded request has points evaluated at somebody else's cost."""
    quick_world.agency("council").posts(CSV, MAPPING)
    [sent] = [one for one in quick_world.traffic if one.party == "linkunit"]
    signing = signer(quick_world, "council", "delivery")
    asked = request(quick_world, signing, "POST", "/v1/evaluate", body=sent.request, to=ADDRESSES.linkage_unit)
    assert deliver(quick_world, asked).status == 200
    assert deliver(quick_world, asked).code == "caller-unproven"


def test_a_suspended_agency_gets_nothing(quick_world: World) -> None:
    """An agency that was suspended goes on posting and asking."""
    council = quick_world.agency("council")
    council.posts(CSV, MAPPING)
    own = quick_world.parties.trust
    quick_world.trusts(changes.suspended(own, "council"))
    asked = send(quick_world, "council", "desk", method="POST", path="/v1/questions", body=b"{}")
    assert (asked.status, asked.code) == (401, "caller-unproven")
    quick_world.trusts(own)
    assert council.asks(MINA.about(), staff="sw").people == {"subject": [["csc"]]}
