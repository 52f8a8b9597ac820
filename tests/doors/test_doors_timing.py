"""`make bench-timing` sees what it should, and answers leave at whole steps of time."""

from __future__ import annotations

import math
import random
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))
from benchmarks.timing.__main__ import figures_of
from benchmarks.timing.ask import Asked
from benchmarks.timing.town import KINDS
from benchmarks.timing.welch import LIMIT, apart, welch
from broker.api import questions


def test_the_statistic_is_welchs() -> None:
    """Times that differ are taken for times that don't."""
    # Example 1 of the article on Welch's t-test in Wikipedia, to the digits given there.
    one = [27.5, 21.0, 19.0, 23.6, 17.0, 17.9, 16.9, 20.1, 21.9, 22.6, 23.1, 19.6, 19.0, 21.7, 21.4]
    other = [27.1, 22.0, 20.8, 23.4, 23.4, 23.5, 25.8, 22.0, 24.8, 20.2, 21.9, 22.1, 22.9, 30.5, 31.3]
    assert math.isclose(welch(one, other), -3.22, abs_tol=0.3)
    assert welch(one, other) == -welch(other, one)
    assert welch([1.0, 1.0], [1.0, 1.0]) == 0
    assert welch([1.0, 1.0], [2.0, 2.0]) == math.inf


def test_a_fifth_of_a_millisecond_is_seen_and_nothing_is_not() -> None:
    """The measurement is too coarse for the leak it looks for, or finds one where there is none."""
    rng = random.Random(7)
    noise = {kind: [250 + rng.gauss(3, 1) for _ in range(2500)] for kind in KINDS}
    assert all(abs(t) < LIMIT for t in apart(noise).values())
    leaking = noise | {"silent": [value + 0.2 for value in noise["silent"]]}
    assert sum(abs(t) > LIMIT for t in apart(leaking).values()) == 3
    figures = figures_of({"council": Asked(noise, {kind: {98304} for kind in KINDS})})
    assert set(figures) == {"council", "all"}
    assert figures["council"]["t"] == figures["all"]["t"]


@pytest.mark.parametrize("taken", [0.0, 0.001, 0.012, 0.2499, 0.251, 1.7])
def test_answers_leave_at_whole_steps(taken: float) -> None:
    """How long a question was worked on tells what was found and not told (A4)."""
    pause = questions.until_step(taken, 0.25)
    assert 0 < pause <= 0.25
    steps = (taken + pause) / 0.25
    assert math.isclose(steps, round(steps), abs_tol=1e-9)


@pytest.mark.long
@pytest.mark.timeout(600)
def test_a_share_of_the_measurement(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The benchmark no longer runs, or its kinds of answers are no longer what they say."""
    from benchmarks.timing.ask import ask_all
    from benchmarks.timing.town import town

    monkeypatch.chdir(Path(__file__).parents[2])
    with town(tmp_path / "town", step_ms=250) as made:
        asked = ask_all(made, 12, lambda _: None)
    sizes = {size for one in asked.values() for kind in KINDS for size in one.bytes[kind]}
    assert len(sizes) == 1
