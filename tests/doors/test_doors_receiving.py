"""What comes down the wire: slow, huge, endless, ambiguous. The service answers in its own words or closes."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from typing import Annotated

import pytest
from fastapi import Depends, FastAPI
from raw_socket import listens, pours, received, resident, speak, statuses

from broker import door, listening, observe

LIMIT = 32 * 1024 * 1024
MEMORY = 32 * 1024 * 1024


def make_app() -> FastAPI:
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    def nobody_signed(_: object) -> None:
        raise door.HTTPException(403)

    door.install(app, service="tests", max_body=LIMIT, first_look=nobody_signed)

    @app.post("/small")
    def small(body: Annotated[bytes, Depends(door.body_up_to(1000))]) -> dict[str, int]:
        return {"length": len(body)}

    @app.post("/rows")
    def rows(body: Annotated[bytes, Depends(door.rows_up_to(200_000, row=1000, rows=50))]) -> dict[str, int]:
        return {"length": len(body)}

    @app.post("/slow")
    def slow(body: Annotated[bytes, Depends(door.body_up_to(1000))]) -> dict[str, int]:
        time.sleep(0.05)
        return {"length": len(body)}

    @app.post("/large")
    def large(body: Annotated[bytes, Depends(door.body_up_to(LIMIT))]) -> dict[str, int]:
        return {"length": len(body)}

    return app


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    observe.configure("tests", strict=True)
    with listens(make_app()) as opened:
        yield opened


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same deadlines, 25 times as short: what is measured is that they hold."""
    monkeypatch.setattr(listening, "HEAD_SECONDS", listening.HEAD_SECONDS / 25)
    monkeypatch.setattr(listening, "BODY_SECONDS", listening.BODY_SECONDS / 25)
    monkeypatch.setattr(listening, "LINGER_SECONDS", listening.LINGER_SECONDS / 25)


def post(path: str, *fields: str, body: bytes = b"") -> bytes:
    return "\r\n".join([f"POST {path} HTTP/1.1", "host: x", *fields, "", ""]).encode() + body


def closes_within(port: int, *parts: bytes, drip: bytes = b"") -> tuple[float, bytes]:
    """How long the other side waits for more, while `drip` comes every now and then, and what it says in the end."""
    with socket.create_connection(("127.0.0.1", port), timeout=0.05) as caller:
        began, said = time.monotonic(), b""
        for part in parts:
            caller.sendall(part)
        while time.monotonic() - began < 15:
            try:
                if drip:
                    caller.sendall(drip)
                piece = caller.recv(65536)
            except TimeoutError:
                continue
            except OSError:
                break
            if not piece:
                break
            said += piece
        return time.monotonic() - began, said


def test_the_deadlines_are_those_that_are_promised() -> None:
    """Somebody makes a wait longer than ten seconds."""
    assert max(listening.HEAD_SECONDS, listening.BODY_SECONDS) <= 10
    assert listening.HEAD_BYTES <= 16 * 1024


@pytest.mark.parametrize(
    ("parts", "drip"),
    [
        ((), b""),
        ((b"POST /small HTTP/1.1\r\nhost: x\r\n",), b""),
        ((b"POST /small HTTP/1.1\r\nhost: x\r\n",), b"a: b\r\n"),
        ((post("/small", "content-length: 900"),), b""),
        ((post("/small", "content-length: 900"),), b"x"),
        ((post("/small", "transfer-encoding: chunked"),), b"1\r\nx\r\n"),
    ],
    ids=[
        "silence",
        "half a head",
        "dripping head",
        "no body",
        "dripping body",
        "dripping chunks",
    ],
)
@pytest.mark.usefixtures("hurried")
def test_nobody_waits_for_a_slow_caller(port: int, parts: tuple[bytes, ...], drip: bytes) -> None:
    """Callers that send a byte now and then hold every connection that there is (R3)."""
    waited, said = closes_within(port, *parts, drip=drip)
    assert waited < 2
    assert statuses(said)[-1] == 408


def test_who_sends_on_has_the_time_it_takes(port: int, hurried: None) -> None:
    """A large delivery over an ordinary line is cut off."""
    pieces = [b"x\n" * 20] * 8

    def slowly() -> Iterator[bytes]:
        for piece in pieces:
            time.sleep(0.02)
            yield b"%x\r\n%s\r\n" % (len(piece), piece)
        yield b"0\r\n\r\n"

    said = pours(port, post("/small", "transfer-encoding: chunked", "connection: close"), slowly())
    assert statuses(said) == [200]
    assert b'{"length":320}' in said


@pytest.mark.parametrize("head", [
    b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nhost: x\r\n\r\n",
    b"GET / HTTP/1.1\r\nhost: x\r\nlong: " + b"a" * 5_000_000 + b"\r\n\r\n",
    b"GET / HTTP/1.1\r\nhost: x\r\nlong: " + b"a" * 17_000 + b"\r\n\r\n",
    b"GET / HTTP/1.1\r\nhost: x\r\n" + b"a: b\r\n" * 4_000 + b"\r\n",
    b"GET / HTTP/1.1\r\nhost: x\r\nlong: " + b"a" * 30_000,
], ids=["address", "5 MB", "17 kB", "many", "unended"])  # fmt: skip
def test_a_head_has_a_limit(port: int, head: bytes) -> None:
    """Somebody fills the memory with a head, which no other limit counts (R4)."""
    said = speak(port, head)
    assert statuses(said) == [431]
    assert json.loads(said.partition(b"\r\n\r\n")[2])["code"] == "head-too-large"


AMBIGUOUS = {
    "length and chunks": post("/small", "content-length: 5", "transfer-encoding: chunked", body=b"0\r\n\r\nG"),
    "chunks and length": post("/small", "transfer-encoding: chunked", "content-length: 5", body=b"0\r\n\r\nG"),
    "two lengths": post("/small", "content-length: 1", "content-length: 2", body=b"xy"),
    "a list of lengths": post("/small", "content-length: 1, 1", body=b"x"),
    "a signed length": post("/small", "content-length: +1", body=b"x"),
    "a length in hex": post("/small", "content-length: 0x1", body=b"x"),
    "a length past counting": post("/small", "content-length: " + "9" * 30, body=b"x"),
    "an unknown coding": post("/small", "transfer-encoding: chunked, identity", body=b"0\r\n\r\n"),
    "chunked twice": post("/small", "transfer-encoding: chunked", "transfer-encoding: x", body=b"0\r\n\r\n"),
    "a space before the colon": post("/small", "content-length : 1", body=b"x"),
    "a folded field": b"POST /small HTTP/1.1\r\nhost: x\r\na: b\r\n c\r\ncontent-length: 0\r\n\r\n",
    "bare line feeds in a chunk": post("/small", "transfer-encoding: chunked", body=b"1\nx\n0\n\n"),
    "a chunk past counting": post("/small", "transfer-encoding: chunked", body=b"F" * 17 + b"\r\n"),
    "a trailer": post("/small", "transfer-encoding: chunked", body=b"1\r\nx\r\n0\r\nsignature: a\r\n\r\n"),
    "a NUL in a field": post("/small", "a: \0", "content-length: 0"),
    "HTTP/9.9": b"GET / HTTP/9.9\r\nhost: x\r\n\r\n",
    "no HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 80,
    "HTTP/2 at once": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
}


@pytest.mark.parametrize("name", AMBIGUOUS)
def test_what_could_be_read_in_two_ways_is_refused(port: int, name: str) -> None:
    """A proxy and we see different requests in the same bytes, and a stranger's runs under somebody's name (R5)."""
    said = speak(port, AMBIGUOUS[name], most=1)
    assert statuses(said) == [400]
    assert b'"code": "request-malformed"' in said
    assert b"Invalid HTTP request" not in said


@pytest.mark.parametrize("field", ["x-http-method-override: PUT", "x-method-override: PUT", "x-original-url: /other"])
def test_no_field_overrides_the_address_or_the_method(port: int, field: str) -> None:
    """What a proxy let through is not what we do."""
    assert statuses(speak(port, post("/small", field, "content-length: 0", "connection: close"))) == [200]


class Watched:
    """Parts without end, and the most memory that this process had while they were taken."""

    def __init__(self, part: bytes, most: int) -> None:
        self.before = self.peak = resident()
        self._part, self._left, self.sent = part, most, 0

    def __iter__(self) -> Iterator[bytes]:
        while self._left > 0:
            self._left -= len(self._part)
            self.sent += len(self._part)
            yield self._part
            self.peak = max(self.peak, resident())


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


GB = 1 << 30


@pytest.mark.parametrize(("head", "part", "status"), [
    (post("/small", "transfer-encoding: chunked"), chunk(b"x" * 60_000), 413),
    (post("/rows", "transfer-encoding: chunked"), chunk(b"x" * 60_000), 422),
    (post("/rows", "transfer-encoding: chunked"), chunk(b"\n" * 60_000), 422),
    (post("/rows", "transfer-encoding: chunked"), chunk((b"x" * 900 + b"\n") * 70), 422),
    (post("/large", "transfer-encoding: chunked"), chunk(b"x" * 60_000), 403),
    (post("/large", f"content-length: {LIMIT}"), b"x" * 60_000, 403),
    (post("/large", f"content-length: {GB}"), b"x" * 60_000, 413),
    (post("/nowhere", "transfer-encoding: chunked"), chunk(b"x" * 60_000), 404),
    (post("/small", "transfer-encoding: chunked"), b"1;" + b"x" * 60_000, 400),
    (post("/small", "transfer-encoding: chunked") + b"0\r\n", b"a: " + b"x" * 60_000, 400),
    (b"GET / HTTP/1.1\r\nhost: x\r\n", b"a: " + b"x" * 60_000, 431),
], ids=["body", "line", "lines", "rows", "unsigned", "unsigned, declared", "too large", "nowhere", "extensions",
        "trailer", "head"])  # fmt: skip
@pytest.mark.usefixtures("hurried")
def test_what_never_ends_fills_no_memory(port: int, head: bytes, part: bytes, status: int) -> None:
    """One caller takes the machine down by sending on and on (R6)."""
    watched = Watched(part, most=GB)
    began = time.monotonic()
    said = pours(port, head, watched)
    assert watched.peak - watched.before <= MEMORY
    assert watched.sent < GB
    assert time.monotonic() - began < 12
    # What follows a body that was declared, and came, is another request.
    assert not said or statuses(said) in ([status], [status, 400])


@pytest.mark.usefixtures("hurried")
def test_many_callers_at_once_fill_no_memory(port: int) -> None:
    """What one caller may not, forty may together."""
    from contextlib import ExitStack, suppress

    before = resident()
    head = post("/large", f"content-length: {LIMIT}")
    with ExitStack() as opened:
        callers = [opened.enter_context(socket.create_connection(("127.0.0.1", port), timeout=2)) for _ in range(40)]
        for caller in callers:
            with suppress(OSError):
                caller.sendall(head + b"x" * 500_000)
        assert resident() - before <= MEMORY
        assert {statuses(b"".join(received(caller)))[0] for caller in callers} <= {403, 503}


def test_requests_behind_one_another_are_answered_in_order(port: int) -> None:
    """Answers are mixed up between callers behind one proxy."""
    said = speak(
        port, *[post("/small", f"content-length: {n}", body=b"x" * n) for n in (1, 2, 3)],
        post("/small", "content-length: 4", "connection: close", body=b"xxxx"),
    )  # fmt: skip
    assert [json.loads(part.partition(b"\r\n\r\n")[2]) for part in said.split(b"HTTP/1.1 ")[1:]] == [
        {"length": n} for n in (1, 2, 3, 4)
    ]


BEHIND = {
    "no HTTP": (b"\x16\x03\x01\r\n\r\n", 400),
    "two lengths": (post("/small", "content-length: 1", "content-length: 2", body=b"xy"), 400),
    "a long head": (post("/small", "long: " + "a" * 17_000), 431),
    "an unended head": (b"POST /small HTTP/1.1\r\nlong: " + b"a" * 17_000, 431),
    "a slow head": (b"POST /small HTTP/1.1\r\nhost: x\r\n", 408),
    "a broken body": (post("/small", "transfer-encoding: chunked", body=b"zz\r\n"), 400),
    "a trailer": (AMBIGUOUS["a trailer"], 400),
    "a slow body": (post("/small", "content-length: 9", body=b"x"), 408),
}


@pytest.mark.parametrize("apart", [False, True], ids=["in one piece", "in pieces"])
@pytest.mark.parametrize("name", BEHIND)
@pytest.mark.usefixtures("hurried")
def test_a_refusal_waits_for_the_answers_before_it(port: int, name: str, apart: bool) -> None:
    """Whoever asked first takes the refusal of what came behind for their answer, or never gets one."""
    bad, status = BEHIND[name]
    first = [post("/slow", f"content-length: {n}", body=b"x" * n) for n in (1, 2)]
    said = speak(port, *([*first, bad] if apart else [b"".join((*first, bad))]))
    # Nobody counts where in a piece a head began; the next piece would be too much, and there is none.
    others = [408] if name == "an unended head" else []
    *answers, refusal = statuses(said)
    assert answers == [200, 200] and refusal in (status, *others)
    contents = [json.loads(part.partition(b"\r\n\r\n")[2]) for part in said.split(b"HTTP/1.1 ")[1:]]
    assert [one.get("length") for one in contents] == [1, 2, None]


@pytest.mark.usefixtures("hurried")
def test_what_is_answered_is_answered_once(port: int) -> None:
    """Behind an answer that came early, nonsense in what is left of the body brings another one, for nobody."""
    head = post("/large", "transfer-encoding: chunked")
    said = pours(port, head, [chunk(b"x" * 300_000), b"", b"zz\r\n"])
    assert statuses(said) == [403]


def test_a_connection_ends_behind_an_answer(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever keeps one busy keeps a certificate for ever that was revoked long ago."""
    monkeypatch.setattr(listening, "CONNECTION_SECONDS", 0.3)
    began, count = time.monotonic(), 0
    with socket.create_connection(("127.0.0.1", port), timeout=2) as caller:
        while True:
            caller.sendall(post("/small", "content-length: 1", body=b"x"))
            said = caller.recv(65536)
            assert statuses(said) == [200]
            count += 1
            if b"connection: close" in said.lower():
                break
            time.sleep(0.02)
        assert caller.recv(1) == b""
    assert count > 1 and 0.3 <= time.monotonic() - began < 2


def test_a_head_is_looked_at_first_wherever_more_may_come_than_anybody_may_send(port: int) -> None:
    """Whoever signed nothing has a large body received; or a small one costs a look that its route takes anyway."""
    small, large = 256 * 1024, 256 * 1024 + 1
    whole = post("/large", f"content-length: {small}", "connection: close", body=b"x" * small)
    assert statuses(speak(port, whole)) == [200]
    spelt = (f"content-length: {large}", f"content-length: {large:022}", "transfer-encoding: chunked")
    for field in spelt:
        assert statuses(speak(port, post("/large", field))) == [403]
