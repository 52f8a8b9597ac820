"""The whole question with all its cryptography: the real desk client, linkage unit and broker, HTTP on loopback."""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.question.stand import Stand
from broker.agency.asking import open_desk
from broker.agency.edges import real_edges
from broker.agency.matchkeys import match_keys
from broker.agency.workspace import read_workspace

WARM_UP = 10
_PARTS = {"/v1/evaluate": "unit: evaluate", "/v1/compare": "unit: compare, two calls", "/v1/questions": "broker"}


@dataclass(frozen=True)
class Asked:
    """Milliseconds of each question, the mean of each part, and the mean number of match keys."""

    whole: list[float]
    parts: dict[str, float]
    tokens: float

    def figures(self) -> dict[str, Any]:
        """p50, p95, p99, mean and the parts, in milliseconds."""
        spread = {f"p{at}": round(float(np.percentile(self.whole, at)), 2) for at in (50, 95, 99)}
        parts = {name: round(value, 2) for name, value in self.parts.items()}
        return {**spread, "mean": round(self.mean, 2), "parts_ms": parts, "match_keys": round(self.tokens, 1)}

    @property
    def mean(self) -> float:
        return sum(self.whole) / len(self.whole)


def ask(stand: Stand, count: int, progress: Callable[[int], None]) -> Asked:
    """Asks `count` questions, one after the other; the first `WARM_UP` more are not counted."""
    workspace, asker, story = read_workspace(stand.parties.home(stand.story.agency)), stand.asker(), stand.story
    people = stand.people(count)
    logs = [stand.parties.home(party) / "diagnostics.jsonl" for party in ("broker", "linkunit")]
    whole: list[float] = []
    starts = [0, 0]
    with open_desk(workspace, real_edges()) as desk:
        for at, person in enumerate([*people[:WARM_UP], *people]):
            if at == min(WARM_UP, len(people)):
                whole, starts = [], [log.stat().st_size for log in logs]
            began = time.perf_counter()
            desk.ask(person, asker, purpose=story.purpose)
            whole.append(1000 * (time.perf_counter() - began))
            progress(1)
        scheme = desk.blinder.scheme
    parts: dict[str, float] = defaultdict(float)
    for log, start in zip(logs, starts, strict=True):
        for name, value in _spent(log, start).items():
            parts[name] += value / len(whole)
    tokens = sum(len(match_keys(person, scheme)) for person in people) / len(people)
    return Asked(whole, _apart(parts, sum(whole) / len(whole)), tokens)


def _spent(log: Path, start: int) -> dict[str, float]:
    """Milliseconds by part, as the services' own diagnostics have them."""
    spent: dict[str, float] = defaultdict(float)
    with log.open("rb") as stream:
        stream.seek(start)
        for line in stream:
            event = json.loads(line) if line.startswith(b"{") else {}
            if event.get("event") == "request.answered" and event.get("route") in _PARTS:
                spent[_PARTS[event["route"]]] += event["ms"]
    return spent


def _apart(spent: dict[str, float], mean: float) -> dict[str, float]:
    """Parts that add up to the whole: the broker without what it waits for the linkage unit, the desk with the rest."""
    evaluate, compare = spent["unit: evaluate"], spent["unit: compare, two calls"]
    return {
        "unit: evaluate": evaluate,
        "unit: compare, two calls": compare,
        "broker": spent["broker"] - compare,
        "desk, and HTTP between": mean - evaluate - spent["broker"],
    }
