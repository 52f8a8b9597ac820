"""Who may open which page, as docs/roles.md tells it and the code has it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from roles_table import PAGE, ROOT, Asked, desk_rows, key_table, written

from broker.agency.roles import DESK_ROLES

PUBLIC = {
    *("GET /sign-in", "GET /sign-in/{issuer}", "GET /sign-in/{issuer}/back", "GET /sign-in/{issuer}/left"),
    *("POST /sign-in/{issuer}/ended", "POST /sign-out", "GET /signed-out"),
    # The first leads to the start page. To the other a case system posts a reference: nobody is looked up by it.
    *("GET /", "POST /link"),
    *("GET /help", "GET /privacy", "GET /cookies", "GET /accessibility"),
    *("GET /development/authorize", "POST /development/authorize"),
}
ANYBODY = {"GET /start"}
"""Open to everybody who signed in."""


@pytest.fixture(scope="module")
def rows(council: Path) -> list[Asked]:
    return desk_rows(council)


def test_the_page_says_what_the_code_does(rows: list[Asked]) -> None:
    """Officers read that page; `roles_table.py --write` makes it true again."""
    assert written(PAGE.read_text(encoding="utf-8"), rows) == PAGE.read_text(encoding="utf-8")


def test_every_page_asks_who_is_there_before_anything_else(
    rows: list[Asked],
) -> None:
    """A page that somebody forgot to lock answers whoever asks, and one that looks at the form first tells of it."""
    open_to_all = {f"{method} {path}" for method, path, nobody, _ in rows if nobody != "sign-in"}
    no_role = {
        f"{method} {path}" for method, path, nobody, named in rows if nobody == "sign-in" and isinstance(named, str)
    }
    named = {role for *_, roles in rows if not isinstance(roles, str) for role in roles}

    assert open_to_all <= PUBLIC
    assert no_role <= ANYBODY
    assert named <= DESK_ROLES.keys()


def test_what_takes_two_people_is_tested() -> None:
    """Each rule of the page names a test that is there."""
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", PAGE.read_text(encoding="utf-8"))

    assert len(named) >= 8
    for path, test in named:
        assert f"def {test}" in (ROOT / path).read_text(encoding="utf-8"), f"{path}::{test}"


def test_the_table_of_keys_knows_every_use() -> None:
    """The table is read from code: a way of asking that it does not know would show as a public route."""
    public = set(re.findall(r"`([^`]+)` \| public", key_table()))

    assert {line for line in public if not line.startswith("GET")} == set()
