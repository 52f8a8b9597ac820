"""Good requests, caught on their way, to be changed a little or a lot before they are signed again."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from people import MINA
from signed import Answered, send
from world import World

Json = dict[str, Any]


def question(world: World) -> Json:
    """A question that would be answered, which the broker never saw."""
    world.loses("broker", path="/v1/questions")
    assert world.agency("council").asking(MINA.about(), staff="sw").code == 5
    found: Json = json.loads(world.traffic[-1].request)
    return found


def chunk(world: World) -> list[Json]:
    """The header and the rows of a chunk that was accepted."""
    [sent] = [one for one in world.traffic if "/chunks/" in one.path and one.status == 200][:1]
    return [json.loads(line) for line in sent.request.splitlines()]


def put(world: World, body: bytes, batch: str) -> Answered:
    """A chunk of any bytes, well signed and well addressed."""
    path = f"/v1/batches/{batch}/chunks/{hashlib.sha256(body).hexdigest()}"
    return send(world, "council", "delivery", method="PUT", path=path, body=body)


def lines(content: list[Json]) -> bytes:
    return b"".join(json.dumps(line).encode() + b"\n" for line in content)


def is_refused(answered: Answered) -> None:
    """Refused as the caller's fault, in the one form that problems have, without anything that was sent."""
    assert 400 <= answered.status < 500, answered
    problem = answered.json
    assert answered.media_type == "application/problem+json"
    assert problem["status"] == answered.status
    assert problem["code"]
    assert "Traceback" not in answered.content.decode()
