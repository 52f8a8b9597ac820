"""The main job by keyboard alone, at human pace, and what is left behind afterwards: nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import journeys
import pytest
from gate import Gate, opened
from playwright.sync_api import Browser, Page
from town import Town, sign_in

HUMAN_SECONDS = 60
STEPS = 5
_PER_KEY, _PER_CHOICE, _PER_PAGE = 0.28, 1.5, 3.0
"""Somebody who types 43 words a minute, looks before each choice, and reads each page that comes."""


@pytest.fixture
def window(browser: Browser) -> Iterator[Gate]:
    with opened(browser, width=1100, scripts=True) as gate:
        yield gate


_FOCUS = """() => {
    const one = document.activeElement
    return (one.labels && one.labels.length ? one.labels[0].innerText : one.innerText || one.value || '').trim()
}"""
_STORED = """async () => JSON.stringify(
    [{...localStorage}, {...sessionStorage}, await caches.keys(), document.cookie])"""
TYPED = {"surname": "Last name", "forename": "First name", "dob": "Date of birth", "postcode": "Postcode"}


def _tabs_to(page: Page, name: str, most: int = 60) -> None:
    """Presses Tab until what has the focus is called so."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if name in page.evaluate(_FOCUS):
            return
    raise AssertionError(f"the keyboard does not reach {name}")


def test_from_the_search_to_the_telephone_by_keyboard(window: Gate, town: Town) -> None:
    """Somebody who can't use a mouse can't ask."""
    page, about = window.page, town.stories["1"].query
    sign_in(page, town.desks["council"], "Dana Whitfield")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.innerText") == "Skip to main content"
    _tabs_to(page, "Find a person")
    page.keyboard.press("Enter")
    page.wait_for_url("**/find")
    for name, label in TYPED.items():
        _tabs_to(page, label)
        page.keyboard.type(about[name])
    _tabs_to(page, "I am helping a family")
    page.keyboard.press("ArrowDown")
    _tabs_to(page, "I am their allocated worker")
    page.keyboard.press("Space")
    _tabs_to(page, "No. I have looked")
    page.keyboard.press("Space")
    _tabs_to(page, "Find this person")
    page.keyboard.press("Enter")
    page.wait_for_url("**/find/*")
    _tabs_to(page, "Ellie Hartley")
    page.keyboard.press("Space")
    _tabs_to(page, "Continue")
    page.keyboard.press("Enter")
    page.wait_for_url("**/family/*")
    assert re.search(r"01632 \d{6}", page.inner_text("#contact"))
    _tabs_to(page, "Who to contact")
    page.keyboard.press("ArrowRight")
    assert page.get_by_role("tab", name="People").get_attribute("aria-selected") == "true"
    window.ok()


def test_five_steps_and_a_minute(window: Gate, town: Town) -> None:
    """Asking takes longer than ringing round: five pages at most, and a minute at the pace of a person."""
    page, url, about = window.page, town.desks["council"], town.stories["1"].query
    sign_in(page, url, "Dana Whitfield")
    pages, answered = [], []
    page.on("framenavigated", lambda frame: pages.append(frame.url))
    page.on("requestfinished", lambda one: answered.append(max(one.timing["responseEnd"], 0) / 1000))
    journeys.finds(page, url, {name: about[name] for name in ("forename", "surname", "dob")})
    typed = sum(len(about[name]) for name in ("forename", "surname", "dob")) + len("C-1042")
    choices = 6
    seconds = typed * _PER_KEY + choices * _PER_CHOICE + len(pages) * _PER_PAGE + sum(answered)
    assert len(pages) + 2 <= STEPS, pages
    assert seconds <= HUMAN_SECONDS, seconds


def test_nothing_stays_in_the_browser_or_on_the_desk(window: Gate, town: Town) -> None:
    """Whoever sits down next reads a name: in the history, a referrer, a store, a file or the diagnostics."""
    page, url, about = window.page, town.desks["council"], town.stories["1"].query
    sent: list[str] = []
    page.on("request", lambda request: sent.append(f"{request.url} {request.headers.get('referer', '')}"))
    before = {one: one.stat().st_mtime_ns for one in _files(town)}
    sign_in(page, url, "Dana Whitfield")
    reference = journeys.finds(page, url, about)
    stored = page.evaluate(_STORED)
    assert stored == '[{},{},[],""]', stored
    names = (about["surname"], about["forename"], about["dob"], about["postcode"])
    for name in names:
        assert not any(name.lower() in one.lower() for one in sent), name
    changed = [one for one in _files(town) if before.get(one) != one.stat().st_mtime_ns]
    assert changed
    for path in changed:
        content = path.read_bytes()
        assert not any(name.encode() in content for name in names), path
    assert all(one["value"].isascii() and len(one["value"]) > 30 for one in page.context.cookies())
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-out")
    for _ in range(3):
        page.go_back()
        assert about["surname"] not in page.content(), page.url
    page.goto(f"{url}/family/{reference}")
    assert about["surname"] not in page.content()


def test_a_printed_card_is_one_sheet_and_names_nobody(window: Gate, town: Town) -> None:
    """A card in a file names a family, or runs over pages that get lost."""
    page, url, about = window.page, town.desks["council"], town.stories["1"].query
    sign_in(page, url, "Dana Whitfield")
    reference = journeys.finds(page, url, about)
    page.goto(f"{url}/family/{reference}/card")
    text = page.inner_text("main")
    assert reference in text and "01632" in text
    for name in ("Ellie", "Hartley", "Callum", "Leanne", about["postcode"]):
        assert name not in text, name
    printed = page.pdf(format="A4")
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1


def _files(town: Town) -> list[Path]:
    """Every file of the place but what an agency has in the clear by itself, and the truth, which no party has."""
    clear = {"truth", "asked"}
    return [
        one for one in town.folder.rglob("*") if one.is_file() and one.suffix != ".csv" and not clear & {*one.parts}
    ]
