"""A service listening as it does in earnest, on a port of this process, and callers that speak to it byte by byte."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from broker import listening


@contextmanager
def listens(app: FastAPI, *, connections: int = 64) -> Iterator[int]:
    """The port at which `app` listens meanwhile."""
    with socket.create_server(("127.0.0.1", 0)) as opened:
        config = uvicorn.Config(app, lifespan="off", **listening.options(connections=connections))
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [opened]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.005)
        yield opened.getsockname()[1]
        server.should_exit = True
        thread.join(timeout=15)


def speak(port: int, *parts: bytes, most: float = 5.0) -> bytes:
    """What comes back for `parts`, sent one by one, until the other side closes or nothing came for `most` seconds."""
    with socket.create_connection(("127.0.0.1", port), timeout=most) as caller:
        with suppress(OSError):
            for part in parts:
                caller.sendall(part)
        return b"".join(received(caller))


def received(caller: socket.socket) -> Iterator[bytes]:
    """What comes until the other side closes, or falls silent for as long as the socket waits."""
    with suppress(OSError):
        while part := caller.recv(65536):
            yield part


def pours(port: int, head: bytes, parts: Iterable[bytes], *, most: float = 10.0) -> bytes:
    """What comes back while `parts` are poured after `head`, which stops when the other side has had enough."""
    with socket.create_connection(("127.0.0.1", port), timeout=most) as caller:
        with suppress(OSError):
            caller.sendall(head)
            for part in parts:
                caller.sendall(part)
        return b"".join(received(caller))


def statuses(answer: bytes) -> list[int]:
    """The status of each answer in what came back."""
    return [int(status) for status in re.findall(rb"HTTP/1\.1 ([0-9]{3}) ", answer)]


def resident() -> int:
    """Bytes of memory that this process holds now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096
