"""The public pages: everybody reads them, they are true to the agreements, and small numbers are nowhere."""

from __future__ import annotations

import re

import pytest
from people import MINA, Row, export
from world import World

from broker.actions.count_month import SMALL, told
from broker.pages import public

BANNED = re.compile(r"pseudonym|\btokens?\b|\bhash|\bconsent|\bsubjects?\b|<script|style=", re.IGNORECASE)


def test_everybody_reads_them(quick_world: World) -> None:
    """A parent finds no page that says who shares what, or one that runs a program in their browser."""
    client = quick_world.network.clients["broker"]
    for path in public.PUBLIC:
        answer = client.get(path.replace("{agreement}", "ISA-2026-001"))
        assert answer.status_code == 200 and answer.headers["cache-control"] == "public, max-age=300"
        assert "set-cookie" not in answer.headers and len(answer.content) < 120_000
        if path != "/pages.css":
            assert not BANNED.search(answer.text), BANNED.search(answer.text)
            assert answer.text.count("<h1>") == 1 and "Skip to main content" in answer.text
            assert "script" not in answer.headers["content-security-policy"]
    assert client.get("/register/ISA-1999-001").status_code == 404
    shown = client.get("/register").text
    for one in quick_world.parts.policies.agreements.values():
        assert one.title in shown and f"/register/{one.id}" in shown
    shown = client.get("/register/ISA-2026-001").text
    assert "Brackwater Council tells Family keyworker" in shown and "Why: Everybody who helps the family" in shown


def test_a_month_that_is_over_is_counted_and_small_numbers_are_not_told(quick_world: World) -> None:
    """A single look-up in a small place can be recognised from the counts, or a month is never counted."""
    world = quick_world
    world.agency("council").posts(*export("csc", [Row(MINA, "C1")]))
    for _ in range(3):
        world.agency("council").asks(MINA.about(), staff="sw")
    client = world.network.clients["broker"]
    assert "November 2026" not in client.get("/counts").text
    world.later(days=10)
    for _ in range(12):
        shown = client.get("/counts").text
    november = shown[shown.index("November 2026") : shown.index("October 2026")]
    assert "fewer than 8" in november and not re.search(r"<td>[1-7]</td>", shown)
    assert shown.count("<caption>") == 12


@pytest.mark.parametrize(
    ("count", "said"),
    [(0, "none"), (1, "fewer than 8"), (7, "fewer than 8"), (8, "10"), (12, "10"), (13, "15"), (1_002, "1,000")],
)
def test_counts_are_rounded(count: int, said: str) -> None:
    """A count is told as it is."""
    assert told(count) == said
    assert SMALL == 8
