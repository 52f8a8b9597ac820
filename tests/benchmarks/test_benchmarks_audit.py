"""A small share of `make bench-audit`: that it runs and says what it measured. No time is asserted."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from benchmarks.audit import __main__ as bench

LONG = [pytest.param(part, marks=pytest.mark.long) for part in ("slower", "postgresql", "question")]
SMALL = ["--seconds", "0.1", "--workers", "1", "--entries", "500", "--questions", "2"]


@pytest.mark.parametrize("only", ["sqlite", "verify", "search", *LONG])
def test_the_last_line_is_one_json_object(
    only: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["audit", "--only", only, "--folder", str(tmp_path / "audit"), *SMALL])
    assert bench.main() in (0, 1)
    last = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert last["benchmark"] == "audit" and last["settings"]["entries"] == 500
    assert {one["set"] for one in last["limits"]} == {only}
    if only == "sqlite":
        # Beside every rate stands what the disk did in the same run.
        assert all(one["fsync_per_second"] > 0 for one in last["figures"]["sqlite"].values())
