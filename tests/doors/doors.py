"""A place with something of everything that has a name, and whoever knocks: any agency, with any of its keys."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from people import MINA, OTTO, Row, export
from signed import Answered, deliver, request, signer
from world import ADDRESSES, AGENCIES, World

from broker.keys.messages import RequestSigner
from broker.keys.trust import BROKER_REQUEST
from broker.vaults.secretfile import read_secrets
from broker.wire.fields import encode64

sys.path.insert(0, str(Path(__file__).parents[1] / "flows"))
from refusal_flows import WHY, challenged, post_refused, refusal
from right_flows import taken

USES = ("delivery", "desk", "review")
SEALED = encode64(bytes(1100))


def fresh(agency: str, **more: Any) -> dict[str, Any]:
    """What nearly every request of a member of staff begins with."""
    return {"v": 1, "id": encode64(os.urandom(16)), "agency": agency, "staff": "S1", **more}


@dataclass(frozen=True)
class Doors:
    """A place, and what things in it are called: all are the council's, but `case` which waits for `voluntary`."""

    world: World
    batch: str
    case: str
    emergency: str
    right: str
    entry: str
    look: str
    signers: dict[tuple[str, str], RequestSigner] = field(default_factory=dict)

    @classmethod
    def of(cls, world: World) -> Doors:
        post_refused(world)
        council = world.agency("council")
        council.posts(*export("eh", [Row(MINA, "E1")]))
        told = council.asks(OTTO.about(), staff="sw")
        case = challenged(world, refusal(told))
        note = council.asks(OTTO.about(), staff="mash", options=("--emergency", WHY)).story.emergency
        assert note is not None
        right = str(taken(world, "objection")["reference"])
        batch = next(one.path.split("/")[3] for one in world.traffic if "/chunks/" in one.path)
        queue = council.runs("looks", "--json")
        look = json.loads(queue.out)["items"][0]["reference"] if queue.code == 0 and "items" in queue.out else ""
        return cls(world, batch, case, note.reference, right, told.story.reference, look)

    @cached_property
    def agencies(self) -> tuple[str, ...]:
        return tuple(AGENCIES)

    def signer(self, agency: str, use: str) -> RequestSigner:
        """Of an agency's key, or the broker's own (`broker`, `request`)."""
        if (agency, use) not in self.signers:
            if agency == "broker":
                held = read_secrets(self.world.parties.home("broker") / "secrets.json", owner="broker")
                made = RequestSigner(BROKER_REQUEST, held.ed25519("request"))
            else:
                made = signer(self.world, agency, use)
            self.signers[agency, use] = made
        return self.signers[agency, use]

    def knock(
        self, agency: str, use: str, method: str, path: str, *, body: bytes | dict[str, Any] = b"",
        to: str = ADDRESSES.broker,
    ) -> Answered:  # fmt: skip
        """A request that is signed as it should be."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return deliver(self.world, request(self.world, self.signer(agency, use), method, path, body=content, to=to))


@contextmanager
def open_doors(folder: Path, url: str) -> Iterator[World]:
    with World(folder, url, requests_per_minute=10_000_000) as world:
        yield world
