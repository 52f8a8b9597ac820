"""Whatever the OpenAPI descriptions of both services allow, and what they don't, correctly signed: never our own fault.

Schemathesis draws the requests. Some are put right here and there, so that they get past the first checks.
"""

from __future__ import annotations

import copy
import itertools
import json
import os
import unittest
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
import schemathesis
from doors import SEALED, Doors
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from signed import Answered, deliver, request
from test_doors_matrix import MAY
from world import ADDRESSES

from broker.keys import assertion
from broker.wire.fields import encode64

pytestmark = pytest.mark.xdist_group("doors")

SHARE, EVERY = 3, 9
"""In `make test`: of every ninth operation three requests of each kind."""
_BROKERS = {"/v1/compare", "/v1/blocks", "/v1/explanations", "/v1/reseal"}
"""Of the linkage unit: what the broker signs for."""


def described(doors: Doors, party: str) -> dict[str, Any]:
    """A party's own description, with lines of JSON as JSON, which is all that the other side can draw."""
    found = copy.deepcopy(doors.world.network.clients[party].app.openapi())  # type: ignore[attr-defined]
    for ways in found["paths"].values():
        for operation in ways.values():
            content = operation.get("requestBody", {}).get("content", {})
            if "application/jsonl" in content:
                content["application/json"] = content.pop("application/jsonl")
    _name_bytes(found)
    return dict(found)


def _name_bytes(part: Any) -> None:
    """Gives each kind of base64url a name: drawn letter by letter from its pattern a sealed text takes a second."""
    if isinstance(part, dict):
        if part.get("contentEncoding") == "base64url":
            least = 3 * part.pop("minLength", 0) // 4
            most = min(3 * part.pop("maxLength", 4096) // 4, least + 64)
            part["format"] = f"base64url-{least}-{most}"
            del part["pattern"]
            drawn = st.binary(min_size=least, max_size=most).map(encode64)
            schemathesis.openapi.format(part["format"], drawn)
        for inner in part.values():
            _name_bytes(inner)
    elif isinstance(part, list):
        for inner in part:
            _name_bytes(inner)


def signer_of(party: str, method: str, path: str) -> tuple[str, str]:
    """Whose request it would be, with which key."""
    if party == "linkunit":
        return ("broker", "request") if path in _BROKERS else ("council", "desk")
    return "council", sorted(MAY.get((method, path), {"desk"}))[0]


def put_right(body: Any, doors: Doors, draw: int) -> Any:
    """The body as a member of staff of the council would send it, of every second case."""
    if draw % 2 or not isinstance(body, dict):
        return body
    right = {"agency": "council", "staff": "S1", "id": encode64(os.urandom(16)), "entry": doors.entry, "v": 1}
    right |= {"source": "csc", "words": SEALED, "because": SEALED} if draw % 4 else {}
    return {name: right.get(name, value) if value is not None else value for name, value in body.items()}


def content_of(body: Any) -> bytes:
    if isinstance(body, bytes):
        return body
    return b"" if type(body).__name__ == "NotSet" else json.dumps(body).encode()


def knock(doors: Doors, party: str, case: Any, draw: int) -> Answered:
    """One drawn request, signed, to its party."""
    path = case.formatted_path.replace("{reference}", doors.case)
    path = path if path.startswith("/") else f"/{path}"
    agency, use = signer_of(party, case.method, case.operation.path)
    to = ADDRESSES.broker if party == "broker" else ADDRESSES.linkage_unit
    asked = request(
        doors.world, doors.signer(agency, use), case.method, path, body=content_of(put_right(case.body, doors, draw)),
        to=to,
    )  # fmt: skip
    if case.media_type:
        asked.headers["content-type"] = case.media_type
    return deliver(doors.world, asked)


@dataclass
class Drawn:
    """How many requests were drawn and sent, and which operations answered one with an error of ours, or oddly."""

    requests: int = 0
    failures: list[tuple[str, int]] = field(default_factory=list)


def draw(doors: Doors, party: str, drawn: Drawn, *, cases: int, every: int = 1, turn: int = 0) -> None:
    """Sends requests to every operation of a party, as described and not; another `turn` draws others."""
    schema = schemathesis.openapi.from_dict(described(doors, party))
    for operation in list(schema.get_all_operations())[::every]:
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            _draw(doors, party, drawn, operation=operation.ok(), cases=cases, mode=mode, turn=turn)


def _draw(
    doors: Doors, party: str, drawn: Drawn, *, operation: Any, cases: int, mode: GenerationMode, turn: int
) -> None:
    if mode is GenerationMode.NEGATIVE and operation.path == assertion.PATH:
        return  # Forms can't be drawn wrongly here; `test_doors_credentials` has a table of them.

    @seed(7 + turn)
    @settings(
        max_examples=cases, database=None, deadline=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy(generation_mode=mode))
    def run(case: Any) -> None:
        drawn.requests += 1
        answered = knock(doors, party, case, drawn.requests)
        is_problem = answered.media_type.startswith("application/problem+json")
        if answered.status >= 500 or (answered.status >= 400 and not is_problem):
            drawn.failures.append((operation.label, answered.status))

    # An operation that takes nothing can't be drawn wrongly.
    with suppress(Unsatisfiable, unittest.SkipTest):
        run()


@pytest.mark.parametrize("party", ["broker", "linkunit"])
def test_no_request_makes_the_broker_fail(doors: Doors, party: str) -> None:
    """Some request of the described form, or just beside it, is an incident."""
    drawn = Drawn()
    draw(doors, party, drawn, cases=SHARE, every=EVERY)
    assert drawn.failures == []


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize(("party", "requests"), [("broker", 16_000), ("linkunit", 4_000)])
def test_no_request_of_twenty_thousand_makes_a_service_fail(doors: Doors, party: str, requests: int) -> None:
    """The same, with 20,000 requests over all operations of both."""
    drawn = Drawn()
    for turn in itertools.count():
        draw(doors, party, drawn, cases=40, turn=turn)
        assert drawn.failures == []
        if drawn.requests >= requests:
            return
