"""Whatever bytes arrive, well signed: the answer is a problem of the agreed form, and never our own fault."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from api_requests import Json, chunk, is_refused, lines, put, question
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from signed import deliver, request, send, signer
from world import World

from broker.api.records import MAX_BODY

FAST = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
ROUTES = (
    ("PUT", f"/v1/batches/{'ab' * 16}/chunks/{'0' * 64}", "delivery"),
    ("POST", f"/v1/batches/{'ab' * 16}/close", "delivery"),
    ("POST", "/v1/questions", "desk"),
    ("POST", "/v1/verdicts", "desk"),
)
NOT_JSON = (
    *(b"", b"{", b"null", b"[]", b'"text"', b"1", b"{}", b"\xff\xfe", b"\0" * 100, b"{" * 2000, b"[" * 100_000),
    *(b'{"v":1,"v":1}', b'{"v":NaN}', b'{"v":1e999}', b'{"v":' + b"9" * 5000 + b"}"),
    '{"v":"\ud800"}'.encode("utf-8", "surrogatepass"),
)
plain = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=40)
values = st.recursive(
    plain | st.binary(max_size=9).map(bytes.hex),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4),
    max_leaves=6,
)


@pytest.mark.parametrize(("method", "path", "use"), ROUTES, ids=[row[1][:16] for row in ROUTES])
@pytest.mark.parametrize("body", NOT_JSON, ids=lambda body: repr(body[:12]))
def test_what_is_not_json_of_the_agreed_form(
    shared_world: World, method: str, path: str, use: str, body: bytes
) -> None:
    """Bytes that are no request make the broker fail, or are taken for one."""
    is_refused(send(shared_world, "council", use, method=method, path=path, body=body))


@pytest.mark.parametrize(("method", "path", "use"), ROUTES, ids=[row[1][:16] for row in ROUTES])
@FAST
@given(body=st.binary(max_size=400))
def test_any_bytes(shared_world: World, method: str, path: str, use: str, body: bytes) -> None:
    """Some bytes make the broker fail."""
    is_refused(send(shared_world, "council", use, method=method, path=path, body=body))


@FAST
@given(body=st.lists(st.binary(max_size=60), max_size=5).map(b"\n".join))
def test_any_bytes_as_a_chunk(shared_world: World, body: bytes) -> None:
    """Some bytes, addressed by their own digest, make the broker fail."""
    is_refused(put(shared_world, body, "cd" * 16))


def places(content: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every value in `content`."""
    found = [path] if path else []
    inner = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    for key, value in inner:
        found += places(value, (*path, key))
    return found


def with_value(content: Any, path: tuple[Any, ...], value: object) -> Any:
    changed = copy.deepcopy(content)
    at = changed
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    return changed


@pytest.fixture(scope="module")
def good_question(shared_world: World) -> Json:
    return question(shared_world)


@FAST
@given(data=st.data(), value=values)
def test_a_question_with_any_other_value(
    shared_world: World, good_question: Json, data: st.DataObject, value: object
) -> None:
    """A wrong type, a huge number or an odd text in one field of a question makes the broker fail, or is answered."""
    path = data.draw(st.sampled_from(places(good_question)))
    changed = with_value(good_question, path, value)
    if changed == good_question:
        return
    answered = send(
        shared_world, "council", "desk", method="POST", path="/v1/questions", body=json.dumps(changed).encode()
    )
    if path == ("age_band",) and answered.status == 200:
        return  # Nobody vouches for it, and it decides nothing but what is said about silence.
    is_refused(answered)


@FAST
@given(data=st.data(), value=values)
def test_a_chunk_with_any_other_value(shared_world: World, data: st.DataObject, value: object) -> None:
    """A wrong type, a huge number or an odd text in one field of a chunk makes the broker fail, or is kept."""
    content = chunk(shared_world)
    path = data.draw(st.sampled_from(places(content)))
    changed = with_value(content, path, value)
    batch = shared_world.traffic[1].path.split("/")[3]
    answered = put(shared_world, lines(changed), batch)
    if answered.status == 200:
        assert (answered.json["kept"], answered.json["retracted"]) == (0, 0) or changed == content
    else:
        is_refused(answered)


@FAST
@given(name=st.text(min_size=1, max_size=60), value=values)
def test_an_unknown_field_is_refused_and_not_repeated(
    shared_world: World, good_question: Json, name: str, value: object
) -> None:
    """A field that nobody agreed on is taken in silence, or its name, which may hold anything, comes back."""
    marked = f"Zebedee{name}"
    body = json.dumps({**good_question, marked: value}).encode()
    answered = send(shared_world, "council", "desk", method="POST", path="/v1/questions", body=body)
    is_refused(answered)
    assert b"Zebedee" not in answered.content


@pytest.mark.parametrize(
    ("method", "path", "use", "limit"),
    [
        ("PUT", ROUTES[0][1], "delivery", MAX_BODY),
        ("POST", "/v1/questions", "desk", 256 * 1024),
        ("POST", "/v1/verdicts", "desk", 64 * 1024),
    ],
)
def test_a_body_that_is_too_large(shared_world: World, method: str, path: str, use: str, limit: int) -> None:
    """Somebody fills the broker's memory, or learns of the limit only after sending everything."""
    answered = send(shared_world, "council", use, method=method, path=path, body=b"." * (limit + 1))
    assert (answered.status, answered.code) == (413, "body-too-large")


def test_a_compressed_body_is_refused(shared_world: World) -> None:
    """A few bytes unfold into many."""
    asked = request(shared_world, signer(shared_world, "council", "desk"), "POST", "/v1/questions", body=b"{}")
    asked.headers["content-encoding"] = "gzip"
    answered = deliver(shared_world, asked)
    assert (answered.status, answered.code) == (415, "content-encoding-refused")


@pytest.mark.parametrize(
    "path",
    [
        *(f"/v1/batches/{batch}/chunks/{'0' * 64}" for batch in ("ab" * 15, "AB" * 16, "zz" * 16, "..", "%2e%2e")),
        *(f"/v1/batches/{'ab' * 16}/chunks/{digest}" for digest in ("0" * 63, "G" * 64, "x")),
    ],
)
def test_an_address_that_is_none(shared_world: World, path: str) -> None:
    """An odd address reaches the database or makes the broker fail."""
    is_refused(send(shared_world, "council", "delivery", method="PUT", path=path, body=b"{}"))
