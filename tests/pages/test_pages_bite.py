"""The gate bites: each fault that it is there for, put into a page, is found."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from gate import Gate, opened, words_not_ours
from playwright.sync_api import Browser
from town import Town, sign_in

_ADD = "document.querySelector('main').insertAdjacentHTML('beforeend', {})"
_STYLE = "document.adoptedStyleSheets = [new CSSStyleSheet()]; document.adoptedStyleSheets[0].replaceSync('{}')"
_MANY = "Array.from({length: 9000}, (_, at) => (at * 7919 % 99991).toString(36)).join(' ')"
FAULTS = {
    "no label": ("document.querySelector('label[for=surname]').remove()", "axe label"),
    "no alternative": (_ADD.format("'<img src=\"/static/favicon.svg\">'"), "axe image-alt"),
    "pale": (_STYLE.format(".govuk-heading-l {color: #ddd}"), "axe color-contrast"),
    "a heading too many": (_ADD.format("'<h1>Again</h1>'"), "not one h1"),
    "too wide": (_STYLE.format("form {min-width: 2000px}"), "pixels wide"),
    "inline style": ("document.querySelector('h1').setAttribute('style', 'margin: 0')", "inline"),
    "a word of ours": ("document.querySelector('h1').textContent = 'Find by token'", "not a word of ours: token"),
    "too heavy": (f"document.querySelector('main').append({_MANY})", "bytes"),
    "a script that fails": ("setTimeout(() => { throw new Error('seeded') })", "script"),
    "the console": ("console.error('seeded')", "console error"),
    "a request that fails": (_ADD.format('\'<img alt="" src="/nowhere.png">\''), "404"),
}


@pytest.fixture(scope="module")
def window(browser: Browser, town: Town) -> Iterator[Gate]:
    with opened(browser, width=1100, scripts=True) as gate:
        sign_in(gate.page, town.desks["council"], "Dana Whitfield")
        yield gate


@pytest.mark.parametrize("fault", FAULTS, ids=lambda one: one.replace(" ", "-"))
def test_a_seeded_fault_is_found(fault: str, window: Gate, town: Town) -> None:
    """A check of the gate passes whatever is on the page."""
    script, found = FAULTS[fault]
    window.wrong.clear()
    window.page.goto(f"{town.desks['council']}/find")
    window.page.evaluate(script)
    window.page.wait_for_timeout(150)
    window.check("seeded")
    assert any(found in one for one in window.wrong), window.wrong


def test_a_page_without_its_style_is_found(browser: Browser, town: Town) -> None:
    """The style sheet is lost, and nobody notices."""
    with opened(browser, width=320, scripts=True) as gate:
        gate.page.route("**/desk.css*", lambda route: route.abort())
        gate.page.goto(f"{town.desks['council']}/start")
        gate.check("seeded")
        assert any("request failed" in one for one in gate.wrong), gate.wrong


@pytest.mark.parametrize(
    "said", ["Your consent", "the token", "pseudonyms", "hashed", "access denied", "on 2026-11-21"]
)
def test_words_that_are_not_for_people(said: str) -> None:
    """A word that only we use comes to a caseworker."""
    assert words_not_ours(f"Something about {said} here")
    assert not words_not_ours("Not shown for this reason, 21 November 2026, case C-2026-1104")


@pytest.mark.parametrize("fault", ["no label", "no alternative", "pale", "a heading too many"])
def test_a_seeded_fault_is_found_without_scripts(fault: str, browser: Browser, town: Town) -> None:
    """The rules that are asked at once pass whatever is on the page."""
    script, found = FAULTS[fault]
    with opened(browser, width=1100, scripts=False) as gate:
        sign_in(gate.page, town.desks["council"], "Dana Whitfield")
        gate.page.goto(f"{town.desks['council']}/find")
        gate.check("seeded")
        gate.ok()
        gate.page.evaluate(script)
        gate.check("seeded")
        assert any(found in one for one in gate.wrong), gate.wrong
