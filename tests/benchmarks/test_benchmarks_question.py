"""A small share of `make bench-question`: that it runs and says what it measured. No time is asserted."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from benchmarks.question import __main__ as bench
from benchmarks.question import primitives

SMALL = ["--records", "2000", "--resolved", "10", "--people", "200", "--questions", "3"]


@pytest.mark.parametrize("only", ["resolve", "question"])
def test_the_last_line_is_one_json_object(
    only: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["question", "--only", only, "--folder", str(tmp_path / "question"), *SMALL])
    assert bench.main() in (0, 1)
    last = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert last["benchmark"] == "question" and last["settings"]["records"] == 2000
    figures = last["figures"]
    if only == "resolve":
        assert set(figures["resolve"]) == {"sqlite", "postgresql"}
        # Both databases lead to the same people, and nearly every record of theirs.
        assert figures["resolve"]["sqlite"]["found"] == figures["resolve"]["postgresql"]["found"] > 0.85
    else:
        assert figures["question"]["primitives_ms"] > 0 and figures["posting"]["records"] > 200
    assert {one["set"] for one in last["limits"]} == ({"resolve"} if only == "resolve" else {"question", "posting"})


def test_every_counted_primitive_is_timed(tmp_path: Path) -> None:
    each = primitives.timed(tmp_path)
    assert set(primitives.of_question(10, 18, opened=6)) | set(primitives.of_record(10)) == set(each)
