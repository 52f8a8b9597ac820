"""The analyses at full size, each in a process of its own: nothing is warm, and its memory is its own."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.policy import decisions, made_up
from broker.policy.compile import compiled
from broker.policy.diff import diff
from broker.policy.load import load_policies
from broker.policy.policyset import proven
from broker.policy.prove import prove
from broker.policy.replay import replay

POLICIES = Path(__file__).parents[2] / "policies"
P5 = ("  - id: P5\n", "  - id: P6\n")
RUNS = 3
Figures = dict[str, Any]


class Clock:
    """Seconds of this process's CPU since it was made, which is what an idle core takes, and seconds on the wall."""

    def __init__(self) -> None:
        self.cpu, self.wall = time.process_time(), time.perf_counter()

    def seconds(self) -> Figures:
        """Both until now."""
        return {"seconds": time.process_time() - self.cpu, "wall_seconds": time.perf_counter() - self.wall}


def shipped() -> dict[str, str]:
    """The files of the shipped policies."""
    return {str(path.relative_to(POLICIES)): path.read_text() for path in sorted(POLICIES.rglob("*.yaml"))}


def without_p5(files: Mapping[str, str]) -> dict[str, str]:
    """`files` without the protection of safe addresses, a change that reaches every agreement."""
    text = files["protections.yaml"]
    start, end = (text.index(mark) for mark in P5)
    return {**files, "protections.yaml": text[:start] + text[end:]}


def alone(work: Callable[..., Figures], *arguments: Any) -> Figures:
    """`work(*arguments)` in a new process, with the memory that it took at most."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        return pool.submit(_measured, work, arguments).result()


def _measured(work: Callable[..., Figures], arguments: tuple[Any, ...]) -> Figures:
    found = work(*arguments)
    # The most that was held, in KiB; `getrusage` would tell the parent's too.
    lines = Path("/proc/self/status").read_text().splitlines()
    peak = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
    return {**found, "memory_mb": round(peak / 1024, 1)}


def diff_shipped() -> Figures:
    """The exact difference of the shipped policies and the same with a protection dropped."""
    return _diff(shipped(), without_p5(shipped()))


def diff_made_up(change: str) -> Figures:
    """The same for the place of 20 agencies: one line of one agreement changed, or a protection of all of them."""
    files = made_up.files()
    return _diff(files, getattr(made_up, change)(files))


def _diff(before: Mapping[str, str], after: Mapping[str, str]) -> Figures:
    old, new = load_policies(before), load_policies(after)
    clock = Clock()
    found = diff(old, new)
    return {**clock.seconds(), "requests": found.requests, "changed": found.total, "groups": len(found.changes)}


def prove_shipped() -> Figures:
    """Every sentence of `invariants.yaml`, and the theorems."""
    policies = load_policies(shipped())
    clock = Clock()
    proofs = prove(policies)
    seconds = clock.seconds()
    broken = [one.id for one in proofs if not one.holds]
    return {**seconds, "sentences": len(proofs), "requests": sum(one.requests for one in proofs), "broken": broken}


def load_prove_swap() -> Figures:
    """From files to deciding by them: load, prove, make the evaluator, move one reference."""
    files, held = shipped(), [object()]
    clock = Clock()
    made = proven(files)
    compiled(made.policies)
    held[0] = made
    return clock.seconds()


def replay_rows(count: int, seed: int) -> Figures:
    """`count` logged decisions made again; the shortest of three times."""
    policies = load_policies(shipped())
    rows = decisions.rows(policies, count, rng=Random(seed))
    runs = []
    for _ in range(RUNS):
        fresh = load_policies(shipped())
        clock = Clock()
        found = replay(fresh, rows)
        runs.append(clock.seconds())
    return {
        **min(runs, key=lambda run: float(run["seconds"])), "rows": count, "distinct": len(set(rows)),
        "identical": found.identical,
        "differing": found.differing + found.elsewhere,
    }  # fmt: skip
