"""What the audit log adds to a question over HTTP: the time spent in it, within the broker's own time for the whole."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent.parent / "tests"))

from people import MINA, OTTO, Row, export
from world import World

from broker.actions import record_answer, tell_story
from broker.store import engine, schema

_PARTS = ((record_answer, "record"), (tell_story, "prove"), (engine.Store, "_place"))


def added(folder: Path, questions: int, progress: Callable[[int], None]) -> dict[str, Any]:
    """Milliseconds of a question at the broker, and of them in making, writing, placing, signing and proving entries.

    The flush of the disk is in neither: a question is a transaction without them too.
    """
    folder.mkdir(parents=True)
    url = f"sqlite:///{folder / 'broker.db'}"
    store = engine.open_store(url)
    schema.migrate(store)
    store.engine.dispose()
    whole, audit = list[float](), list[float]()
    with _timed() as spent, World(folder / "place", url) as world:
        family = [Row(MINA, "C1", {"csc.cp_plan": "2026-09-01"}, parents=("C2",)), Row(OTTO, "C2")]
        world.agency("council").posts(*export("csc", family))
        world.agency("school").posts(*export("ed", [Row(MINA, "P1")]))
        broker = world.network.clients["broker"]
        send = broker.send
        broker.send = lambda request, **how: _one(send, request, whole, audit, spent, how)  # type: ignore[method-assign]
        for _ in range(questions + 3):
            world.agency("council").asks(MINA.about(), staff="sw")
            progress(1)
    whole, audit = whole[3:], audit[3:]
    return {"question_p50_ms": round(float(np.percentile(whole, 50)), 2),
            "audit_p50_ms": round(float(np.percentile(audit, 50)), 2),
            "share": round(sum(audit) / sum(whole), 4)}  # fmt: skip


def _one(
    send: Callable[..., Any],
    request: Any,
    whole: list[float],
    audit: list[float],
    spent: list[float],
    how: dict[str, Any],
) -> Any:
    spent.clear()
    began = time.perf_counter()
    answer = send(request, **how)
    if request.url.path == "/v1/questions":
        whole.append(1000 * (time.perf_counter() - began))
        audit.append(1000 * sum(spent))
    return answer


@contextmanager
def _timed() -> Iterator[list[float]]:
    """The seconds of every call of the parts, as they come."""
    spent: list[float] = []
    before = [(holder, name, getattr(holder, name)) for holder, name in _PARTS]

    def timing(does: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*given: Any, **named: Any) -> Any:
            began = time.perf_counter()
            try:
                return does(*given, **named)
            finally:
                spent.append(time.perf_counter() - began)

        return timed

    for holder, name, does in before:
        setattr(holder, name, timing(does))
    try:
        yield spent
    finally:
        for holder, name, does in before:
            setattr(holder, name, does)
