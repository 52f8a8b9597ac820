"""The map of OWASP ASVS 5.0 (docs/security/asvs.csv): each requirement of levels 1 and 2 has a test or a reason."""

from __future__ import annotations

import csv
import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[2]
CHAPTERS = {
    "1": 27, "2": 11, "3": 19, "4": 10, "5": 9, "6": 35, "7": 18, "8": 7,
    "9": 7, "10": 29, "11": 14, "12": 9, "13": 13, "14": 9, "15": 13, "16": 16,
}  # fmt: skip
"""Requirements of levels 1 and 2 in each chapter of 5.0.0; chapter 17 is about WebRTC, which nothing here speaks."""


def rows() -> list[dict[str, str]]:
    with (ROOT / "docs" / "security" / "asvs.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def there_are() -> set[str]:
    """Every test by its id, and every file of tests."""
    found = set()
    for path in (ROOT / "tests").rglob("test_*.py"):
        name = str(path.relative_to(ROOT))
        named = re.findall(r"^(?:async )?def (test_\w+)\(", path.read_text(encoding="utf-8"), re.MULTILINE)
        found |= {name, *(f"{name}::{one}" for one in named)}
    return found


def test_the_map_is_whole() -> None:
    """A requirement was left out, or stands twice."""
    ids = [row["id"] for row in rows()]
    assert len(set(ids)) == len(ids)
    assert Counter(one.partition(".")[0] for one in ids) == CHAPTERS
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", one) for one in ids)
    assert {row["level"] for row in rows()} == {"1", "2"}


def test_each_has_a_test_that_exists_or_a_reason() -> None:
    """Somebody relies on a test that is gone, or on nothing."""
    known = there_are()
    gone = {one for row in rows() for one in filter(None, row["held by"].split("; ")) if one not in known}
    assert gone == set()
    for row in rows():
        assert row["standing"] in ("held", "not applicable", "operator"), row["id"]
        assert bool(row["held by"]) == (row["standing"] == "held"), row["id"]
        assert row["note"] or row["standing"] == "held", row["id"]


def test_the_words_are_our_own() -> None:
    """The standard's sentences are copied here, under another licence than ours."""
    assert all(len(row["in short"]) <= 80 and "Verify that" not in row["in short"] for row in rows())
