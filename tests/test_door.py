"""The door: what gets in, what every error looks like on the way out, and what is said about it."""

from __future__ import annotations

import asyncio
import datetime as dt
import io
import itertools
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.testclient import TestClient
from pydantic import BaseModel, Field
from starlette.responses import StreamingResponse

from broker import described, door, observe, proven
from broker.errors import (
    BadInput,
    BrokerError,
    Conflict,
    Misconfigured,
    NotAllowed,
    NotFound,
    QuotaReached,
    Unavailable,
)
from broker.keys.credential import Issuer
from broker.keys.messages import RequestSigner
from broker.keys.trust import parse_trust
from broker.keys.wallet import Held

CANARY = "Zebedee-9434765919"
VECTOR = json.loads((Path(__file__).parent / "vectors" / "trust.json").read_text())
TRUST = parse_trust(json.dumps(VECTOR["accepted"]).encode())
PUBLIC_URL = "https://unit.example"
ISSUER = Issuer(PUBLIC_URL, b"s" * 32)
NONCES = itertools.count()
ERRORS: dict[str, Exception] = {
    "bad": BadInput("schema-invalid", "not of the agreed form", hint="read the docs", field="rows.3", row=0),
    "not-allowed": NotAllowed("agency-mismatch", "another agency"),
    "not-found": NotFound("batch-unknown", "there is no such batch"),
    "conflict": Conflict("ticket-used", "this ticket has been used"),
    "quota": QuotaReached("quota-reached", "the allowance is used up"),
    "unavailable": Unavailable("ledger-unavailable", "the ledger can't be written"),
    "misconfigured": Misconfigured("secret-missing", f"/etc/{CANARY} is missing"),
    "bug": ZeroDivisionError(CANARY),
}


class Sent(BaseModel):
    age: int = Field(ge=0)
    kind: str = Field(pattern="^[a-z]+$", default="a")
    model_config = {"extra": "forbid"}


def make_app() -> FastAPI:
    app = FastAPI(title="A <service>", version="1", docs_url=None, redoc_url=None)
    door.install(app, service="tests", max_body=1000)
    proven.guard(app, ISSUER, write=lambda _: None)
    described.describe(app)
    router = APIRouter(prefix="/v1")

    @router.get("/errors/{name}")
    def fail(name: str) -> None:
        raise ERRORS[name]

    @router.post("/parsed", summary="Takes <something>")
    def parsed(sent: Sent) -> dict[str, int]:
        return {"age": sent.age}

    @router.put("/raw/{name}")
    def raw(name: str, body: Annotated[bytes, Depends(door.body_up_to(100))]) -> dict[str, int]:
        return {"length": len(body)}

    @router.post("/signed/{name}")
    def signed(name: str, request: Request, body: Annotated[bytes, Depends(door.body_up_to(100))]) -> dict[str, Any]:
        caller = proven.caller(request, body, trust=TRUST, use="ask", now=dt.datetime.now(dt.UTC))
        return {"agency": caller.agency, "key_id": caller.key_id, "nonce": caller.nonce}

    @router.get("/half")
    def half() -> StreamingResponse:
        def parts() -> Iterator[bytes]:
            yield b"x"
            raise ZeroDivisionError(CANARY)

        return StreamingResponse(parts())

    app.include_router(router)
    return app


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    observe.configure("tests", strict=True, stream=stream)
    yield stream
    observe.configure("tests", strict=True)


@pytest.fixture
def client(written: io.StringIO) -> Iterator[TestClient]:
    with TestClient(make_app(), base_url="http://testserver") as opened:
        yield opened


def last_line(stream: io.StringIO) -> dict[str, Any]:
    line: dict[str, Any] = json.loads(stream.getvalue().splitlines()[-1])
    return line


@pytest.mark.parametrize(("name", "status"), [
    ("bad", 422), ("not-allowed", 403), ("not-found", 404), ("conflict", 409), ("quota", 429), ("unavailable", 503),
])  # fmt: skip
def test_our_errors_are_problems(client: TestClient, written: io.StringIO, name: str, status: int) -> None:
    """Every error has its stable code, what to do, and the id that finds it in the diagnostics."""
    answer = client.get(f"/v1/errors/{name}")
    error = ERRORS[name]
    assert isinstance(error, BrokerError)
    problem = answer.json()
    assert answer.status_code == problem["status"] == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["code"] == error.code
    assert problem["type"] == f"/problems/{error.code}"
    assert problem["detail"] == error.message
    assert problem["instance"] == answer.headers["x-request-id"]
    assert last_line(written)["code"] == error.code


def test_a_problem_says_where(client: TestClient) -> None:
    """Field, row and hint are there when they are known, and only then."""
    problem = client.get("/v1/errors/bad").json()
    assert (problem["field"], problem["row"], problem["hint"]) == ("rows.3", 0, "read the docs")
    assert not {"field", "row", "hint"} & set(client.get("/v1/errors/conflict").json())


def test_who_must_wait_is_told_how_long(client: TestClient) -> None:
    """An allowance begins again at midnight UTC; a part that is down may be back soon."""
    wait = int(client.get("/v1/errors/quota").headers["retry-after"])
    now = dt.datetime.now(dt.UTC)
    midnight = dt.datetime.combine(now.date() + dt.timedelta(days=1), dt.time(), dt.UTC)
    assert abs(wait - (midnight - now).total_seconds()) < 5
    assert client.get("/v1/errors/unavailable").headers["retry-after"] == "10"
    assert "retry-after" not in client.get("/v1/errors/conflict").headers


@pytest.mark.parametrize("name", ["bug", "misconfigured"])
def test_our_own_mistakes_answer_with_an_incident_only(client: TestClient, written: io.StringIO, name: str) -> None:
    """The caller gets a number to quote; the message stays nowhere, as it may hold anything."""
    answer = client.get(f"/v1/errors/{name}")
    problem = answer.json()
    assert answer.status_code == 500
    assert set(problem) == {"type", "title", "status", "code", "detail", "incident", "instance"}
    failed, answered = (json.loads(line) for line in written.getvalue().splitlines())
    assert failed["incident"] == problem["incident"]
    assert failed["error"] == type(ERRORS[name]).__name__
    assert failed["frames"]
    assert (answered["status"], answered["code"]) == (500, "internal")
    assert CANARY not in answer.text + written.getvalue()


def test_an_error_after_the_answer_began_is_an_incident_too(client: TestClient, written: io.StringIO) -> None:
    """It can't be turned into a problem any more, and is not lost either."""
    client.get("/v1/half")
    assert json.loads(written.getvalue().splitlines()[0])["error"] == "ZeroDivisionError"
    assert CANARY not in written.getvalue()


@pytest.mark.parametrize(
    "sent",
    [
        {"age": CANARY},
        {"age": 1, "kind": CANARY},
        {"age": 1, CANARY: 2},
        {"age": -9434765919, "kind": "a"},
        [CANARY],
        CANARY,
    ],
)
def test_an_invalid_request_is_not_repeated(client: TestClient, written: io.StringIO, sent: object) -> None:
    """Type, place and reason of every mistake, and nothing of what was sent: not even names of fields."""
    answer = client.post("/v1/parsed", json=sent)
    assert answer.status_code == 422
    assert all(set(error) == {"type", "loc", "msg"} for error in answer.json()["errors"])
    assert "9434765919" not in answer.text + written.getvalue()


def test_what_is_not_json_is_not_repeated(client: TestClient, written: io.StringIO) -> None:
    """Also when it can't be parsed at all."""
    answer = client.post("/v1/parsed", content=CANARY, headers={"content-type": "application/json"})
    assert answer.status_code == 422
    assert CANARY not in answer.text + written.getvalue()


def test_the_canonical_line(client: TestClient, written: io.StringIO) -> None:
    """One line a request, with the route's template and no path, query or body."""
    client.put(f"/v1/raw/{CANARY}?name={CANARY}", content=CANARY)
    [line] = [json.loads(line) for line in written.getvalue().splitlines()]
    assert line.pop("ms") >= 0
    assert re.fullmatch("[0-9a-f]{32}", line.pop("request_id"))
    line.pop("timestamp")
    assert line == {
        "event": "request.answered", "level": "info", "service": "tests",
        "method": "PUT", "route": "/v1/raw/{name}", "status": 200,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("method", "status", "code"), [("GET", 405, "method-not-allowed"), ("BREW", 405, "method-not-allowed")]
)
def test_a_wrong_method_is_a_problem(
    client: TestClient, written: io.StringIO, method: str, status: int, code: str
) -> None:
    """The framework's own refusals look like ours, and an invented method is not repeated."""
    answer = client.request(method, "/v1/parsed")
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["allow"] == "POST"
    assert "BREW" not in written.getvalue()


def test_an_unknown_address_is_a_problem(client: TestClient, written: io.StringIO) -> None:
    """The address is in neither the answer nor the diagnostics."""
    answer = client.get(f"/{CANARY}")
    assert (answer.status_code, answer.json()["code"]) == (404, "route-unknown")
    assert last_line(written)["route"] == "unmatched"
    assert CANARY not in answer.text + written.getvalue()


def test_nothing_is_cached_or_sniffed(client: TestClient) -> None:
    """Every answer carries the headers, errors and incidents too."""
    for path in ("/v1/errors/bug", "/v1/errors/bad", "/nowhere", "/docs", "/openapi.json"):
        headers = client.get(path).headers
        assert headers["cache-control"] == "no-store"
        assert headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["referrer-policy"] == "no-referrer"
        assert int(headers["strict-transport-security"].partition("=")[2].partition(";")[0]) >= 31_536_000
        assert "access-control-allow-origin" not in headers


@pytest.mark.parametrize(("given", "kept"), [
    ("0123456789abcdef", True), ("4f0c2d3e-0000-4000-8000-0123456789ab", True),
    ("short", False), (CANARY, False), ("0" * 37, False), ("0123456789ABCDEF", False), ("", False),
])  # fmt: skip
def test_a_request_id_is_kept_when_it_can_spell_nothing(client: TestClient, given: str, kept: bool) -> None:
    """A caller may follow its request through; it may not write into our diagnostics."""
    answer = client.put("/v1/raw/x", content=b"", headers={"x-request-id": given})
    assert (answer.headers["x-request-id"] == given) == kept


def test_bodies_have_a_limit(client: TestClient) -> None:
    """Too large is refused by the route's limit, by the door's, and without reading when it is declared."""

    def parts() -> Iterator[bytes]:
        for _ in range(30):
            yield b"x" * 50

    assert client.put("/v1/raw/x", content=b"x" * 100).json() == {"length": 100}
    for content in (b"x" * 101, b"x" * 1001, parts()):
        answer = client.put("/v1/raw/x", content=content)
        assert (answer.status_code, answer.json()["code"]) == (413, "body-too-large")
    assert client.post("/v1/parsed", content=parts()).status_code == 413


def test_encoded_bodies_are_refused(client: TestClient) -> None:
    """A small body can't unfold into a large one behind the limit."""
    answer = client.put("/v1/raw/x", content=b"x", headers={"content-encoding": "gzip"})
    assert (answer.status_code, answer.json()["code"]) == (415, "content-encoding-refused")
    assert client.put("/v1/raw/x", content=b"x", headers={"content-encoding": "identity"}).status_code == 200


def test_a_caller_who_hangs_up_is_no_incident(written: io.StringIO) -> None:
    """It is one line that says so; nothing was wrong with us."""

    async def hung_up() -> dict[str, str]:
        return {"type": "http.disconnect"}

    async def nobody(message: object) -> None:
        raise AssertionError(message)

    scope = {"type": "http", "method": "PUT", "path": "/v1/raw/x", "query_string": b"", "headers": []}
    asyncio.run(make_app()(scope, hung_up, nobody))
    [line] = [json.loads(line) for line in written.getvalue().splitlines()]
    assert (line["status"], line["code"], line["route"]) == (499, "client-left", "/v1/raw/{name}")


def sign(key_id: str, path: str, body: bytes, *, signer: str = "") -> dict[str, str]:
    secret = Ed25519PrivateKey.from_private_bytes(bytes([VECTOR["seeds"][signer or key_id]]) * 32)
    nonce, created = f"0123456789abcdef{next(NONCES)}", dt.datetime.now(dt.UTC)
    signing, at = RequestSigner(key_id, secret), int(created.timestamp())
    given = ISSUER.issue(key_id, secret.public_key(), id=bytes(16), now=at)
    signing.wallet.keep(PUBLIC_URL, Held(given, at + 600))
    return signing.headers("POST", PUBLIC_URL + path, body=body, nonce=nonce, created=created)


def test_a_signed_request_names_its_agency(client: TestClient, written: io.StringIO) -> None:
    """The route learns who asks, and so do the diagnostics."""
    answer = client.post("/v1/signed/x", content=b"{}", headers=sign("council/desk-1", "/v1/signed/x", b"{}"))
    assert {**answer.json(), "nonce": ""} == {"agency": "council", "key_id": "council/desk-1", "nonce": ""}
    assert last_line(written)["agency"] == "council"


@pytest.mark.parametrize(("key_id", "signer", "path", "body"), [
    ("council/delivery-1", "", "/v1/signed/x", b"{}"),                  # a delivery key asks
    ("council/desk-1", "council/delivery-1", "/v1/signed/x", b"{}"),    # under another key's name
    ("homes/desk-1", "council/desk-1", "/v1/signed/x", b"{}"),          # under another agency's name
    ("police/desk-1", "", "/v1/signed/x", b"{}"),                       # suspended
    ("council/desk-2", "council/desk-1", "/v1/signed/x", b"{}"),        # a key nobody listed
    ("council/desk-1", "", "/v1/signed/y", b"{}"),                      # for another address
    ("council/desk-1", "", "/v1/signed/x", b"[]"),                      # with another body
])  # fmt: skip
def test_who_may_not_ask_is_refused(
    client: TestClient, written: io.StringIO, key_id: str, signer: str, path: str, body: bytes
) -> None:
    """Wrong use, name, agency, address or body: refused, and no agency is named in the diagnostics for it."""
    headers = sign(key_id, path, body, signer=signer)
    answer = client.post("/v1/signed/x", content=b"{}", headers=headers)
    assert answer.status_code == (403 if key_id == "council/delivery-1" else 401)
    assert "agency" not in last_line(written)


def test_without_a_signature_nobody_gets_in(client: TestClient) -> None:
    """The absence of headers is a refusal, not an error."""
    answer = client.post("/v1/signed/x", content=b"{}")
    assert (answer.status_code, answer.json()["code"]) == (401, "caller-unproven")


def test_a_query_string_is_refused(client: TestClient) -> None:
    """Addresses end up in proxies' logs; what is asked belongs in the body."""
    answer = client.post("/v1/signed/x?a=1", content=b"{}", headers=sign("council/desk-1", "/v1/signed/x?a=1", b"{}"))
    assert (answer.status_code, answer.json()["code"]) == (422, "query-refused")


@pytest.mark.parametrize("path", ["/v1/signed/%C3%A9", "/v1/signed/a%20b"])
def test_the_address_is_compared_as_it_was_sent(client: TestClient, path: str) -> None:
    """Escapes are not undone before the signature is checked."""
    assert client.post(path, content=b"{}", headers=sign("council/desk-1", path, b"{}")).status_code == 200
    assert client.post(path, content=b"{}", headers=sign("council/desk-1", "/v1/signed/x", b"{}")).status_code == 401


def test_the_docs_need_nobody_elses_server(client: TestClient) -> None:
    """The page has no script, loads nothing, shows every route and escapes what it shows."""
    page = client.get("/docs").text
    assert "<script" not in page
    assert not re.findall(r"(src|href|url\()", page)
    assert "POST /v1/parsed" in page
    assert "Takes &lt;something&gt;" in page
    assert "A &lt;service&gt; 1" in page
    assert "/docs" not in client.get("/openapi.json").json()["paths"]
