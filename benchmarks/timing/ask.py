"""Questions of every kind in a drawn order, at three agencies at once, each answer timed as it comes off the wire."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import httpx2

from benchmarks.timing.town import ASKERS, KINDS, Town
from broker.agency.ask import Asker
from broker.agency.asking import open_desk
from broker.agency.edges import real_edges
from broker.agency.typed import read_typed
from broker.agency.workspace import read_workspace
from broker.wire.answer import Answer

WARM_UP = 8
Samples = dict[str, list[float]]


class Timed(httpx2.BaseTransport):
    """The network, and how many milliseconds and bytes the last answer to a question took."""

    def __init__(self) -> None:
        self._inner = httpx2.HTTPTransport()
        self.ms, self.bytes = 0.0, 0

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        began = time.perf_counter()
        answer = self._inner.handle_request(request)
        answer.read()
        if request.url.path == "/v1/questions":
            self.ms, self.bytes = 1000 * (time.perf_counter() - began), len(answer.content)
        return answer

    def close(self) -> None:
        self._inner.close()


@dataclass(frozen=True)
class Asked:
    """Milliseconds by kind, and the sizes in bytes that answers of each kind had."""

    ms: Samples
    bytes: dict[str, set[int]]


def ask_all(town: Town, questions: int, progress: Callable[[int], None]) -> dict[str, Asked]:
    """Asks so many questions at each agency, all agencies side by side."""
    with ThreadPoolExecutor(len(ASKERS)) as pool:
        made = {name: pool.submit(_ask, town, name, questions, progress) for name in ASKERS}
        return {name: one.result() for name, one in made.items()}


def _ask(town: Town, agency: str, questions: int, progress: Callable[[int], None]) -> Asked:
    rng, timed = random.Random(f"{agency} 2026"), Timed()
    workspace = read_workspace(town.parties.home(agency))
    asker = Asker(workspace.staff[0], "allocated", "no")
    found = Asked({kind: [] for kind in KINDS}, {kind: set() for kind in KINDS})
    today = real_edges().now().date()
    with open_desk(workspace, replace(real_edges(), transport=timed)) as desk:
        for at in range(-WARM_UP, questions):
            kind = rng.choice(KINDS)
            person = read_typed(rng.choice(town.people[kind]).about(), today=today, synthetic_numbers=True).person
            asked = desk.ask(person, asker, purpose="child_safeguarding")
            if at < 0:
                continue
            check(kind, asked.answer, agency)
            found.ms[kind].append(timed.ms)
            found.bytes[kind].add(timed.bytes)
            progress(1)
    timed.close()
    return found


def check(kind: str, answer: Answer, agency: str) -> None:
    """Raises `AssertionError` when an answer is not of the kind that it is counted as."""
    blocks = [block for person in answer.story.people for block in person.involvements]
    said = {"told" if any(one.level == "share" for one in blocks) else "refused" for _ in blocks[:1]}
    wanted = {"found": {"told"}, "refused": {"refused"}}.get(kind, set())
    assert said == wanted, f"at {agency} a question counted as {kind} came out as {said or 'nothing'}"
