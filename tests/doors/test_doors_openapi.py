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
from typing import Any

import pytest
import schemathesis
from doors import SEALED, Doors
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from signed import Answered, deliver, request
from test_doors_matrix import MAY
from world import ADDRESSES

from broker.keys import assertion
from broker.wire.fields import encode64

pytestmark = pytest.mark.xdist_group("doors")

SHARE, EVERY, ALL = 3, 9, 20_000
"""Of every ninth operation three requests of each kind; or so many of all, in `make test-long`."""
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
    return dict(found)


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


def failures(doors: Doors, party: str, *, cases: int, every: int = 1) -> list[tuple[str, int]]:
    """Which operations answered a drawn request with an error of ours, or not in the agreed form."""
    schema = schemathesis.openapi.from_dict(described(doors, party))
    return [
        failure
        for operation in list(schema.get_all_operations())[::every]
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
        for failure in of_operation(doors, party, operation.ok(), cases=cases, mode=mode)
    ]


def of_operation(
    doors: Doors, party: str, operation: Any, *, cases: int, mode: GenerationMode
) -> list[tuple[str, int]]:
    """The failures of one operation, with requests as described or not."""
    found: list[tuple[str, int]] = []
    drawn = itertools.count(1)
    if mode is GenerationMode.NEGATIVE and operation.path == assertion.PATH:
        return []  # Forms can't be drawn wrongly here; `test_doors_credentials` has a table of them.

    @seed(7)
    @settings(
        max_examples=cases, database=None, deadline=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy(generation_mode=mode))
    def run(case: Any) -> None:
        answered = knock(doors, party, case, next(drawn))
        is_problem = answered.media_type.startswith("application/problem+json")
        if answered.status >= 500 or (answered.status >= 400 and not is_problem):
            found.append((operation.label, answered.status))

    # An operation that takes nothing can't be drawn wrongly.
    with suppress(Unsatisfiable, unittest.SkipTest):
        run()
    return found


@pytest.mark.parametrize("party", ["broker", "linkunit"])
def test_no_request_makes_the_broker_fail(doors: Doors, party: str) -> None:
    """Some request of the described form, or just beside it, is an incident."""
    assert failures(doors, party, cases=SHARE, every=EVERY) == []


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_no_request_of_twenty_thousand_makes_a_service_fail(doors: Doors) -> None:
    """The same, with 20,000 requests over all operations of both."""
    operations = sum(
        len(list(schemathesis.openapi.from_dict(described(doors, party)).get_all_operations()))
        for party in ("broker", "linkunit")
    )
    each = -(-ALL // (2 * operations))
    assert failures(doors, "broker", cases=each) + failures(doors, "linkunit", cases=each) == []
