"""Where this room touches the world: clock, randomness, a pause and the network. Everything else is handed these."""

from __future__ import annotations

import datetime as dt
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx2


@dataclass(frozen=True)
class Edges:
    """`random_bytes(n)` gives n uniform bytes; `transport` is for tests, None is the network."""

    now: Callable[[], dt.datetime]
    random_bytes: Callable[[int], bytes]
    pause: Callable[[float], None]
    transport: httpx2.BaseTransport | None = field(default=None)

    def seconds(self) -> int:
        """The time in whole seconds since 1970."""
        return int(self.now().timestamp())


def real_edges() -> Edges:
    """This machine's clock, operating system and network."""
    return Edges(now=utc_now, random_bytes=os.urandom, pause=time.sleep)


def utc_now() -> dt.datetime:
    """This machine's clock."""
    return dt.datetime.now(dt.UTC)
