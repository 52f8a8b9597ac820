"""`docs/why-not-hash.md` is true: its blocks run, and the demonstration finds what the page says it finds."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from random import Random

import nhs_number
import pytest
from rich.console import Console

from benchmarks import why_not_hash

PAGE = Path(__file__).parents[2] / "docs" / "why-not-hash.md"


def test_the_page_runs() -> None:
    """The page that tells people not to hash shows something that does not work."""
    blocks = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.M | re.S)
    assert len(blocks) == 5
    names: dict[str, object] = {}
    for block in blocks:
        exec(block, names)
    assert names["both"] == {"9990000018"}


def test_the_command_of_the_page_runs() -> None:
    """The first thing a reader of the page types fails."""
    [command] = re.findall(r"^python (-m .*)$", PAGE.read_text(encoding="utf-8"), re.M)
    words = [sys.executable, *command.split(), "--help"]
    assert "--quick" in subprocess.run(words, capture_output=True, text=True, check=True, cwd=PAGE.parents[1]).stdout


def test_who_finds_whom() -> None:
    """Our labels fall to one agency's keys, or the search would not find what is there."""
    start = why_not_hash.TEST_RANGE.start
    small = range(start, start + 10_000)
    found = why_not_hash.run(5, small, small, Console(quiet=True))
    assert [one["found"] for one in found] == [5, 0, 5, 0, 0, 5]


@pytest.mark.parametrize("start", [400_000_000, 600_010_000, 999_120_000])
def test_all_valid_numbers_are_tried_and_no_other(start: int) -> None:
    """The search skips numbers, and its time is too good."""
    found = set(why_not_hash.numbers(range(start, start + 10_000)))
    assert all(map(nhs_number.is_valid, found))
    rng = Random(start)
    for _ in range(2000):
        number = f"{rng.randrange(start, start + 10_000)}{rng.randrange(10)}"
        assert (number in found) == nhs_number.is_valid(number)
