"""What is left in a browser, and of a session, when somebody has gone: nothing of anybody."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import journeys
import pytest
from cast import Cast, playing
from playwright.sync_api import Browser, Route
from town import Town, sign_in

LAUNCH = {"executable_path": "/usr/bin/chromium", "args": ["--no-sandbox"]}


@pytest.fixture
def cast(browser: Browser, town: Town) -> Iterator[Cast]:
    with playing(browser, town) as made:
        yield made


def test_a_browsers_whole_profile_has_no_name(browser: Browser, town: Town, tmp_path: Path) -> None:
    """Whoever gets the machine reads a name in its cache, its history, its filled-in forms, or anywhere else."""
    url, about = town.desks["council"], town.stories["1"].query
    context = browser.browser_type.launch_persistent_context(tmp_path, **LAUNCH)  # type: ignore[arg-type]
    page = context.pages[0]
    sign_in(page, url, "Dana Whitfield")
    reference = journeys.finds(page, url, about)
    page.goto(f"{url}/family/{reference}/card")
    page.goto(f"{url}/find")
    page.get_by_label("Last name").first.fill(about["surname"])
    page.get_by_role("button", name="Find this person").click()
    page.wait_for_load_state()
    context.close()
    left = {one: one.read_bytes() for one in tmp_path.rglob("*") if one.is_file()}
    assert any(reference.encode() in content for content in left.values()), "the profile was not written"
    for text in (about["surname"], about["forename"], about["postcode"], "Callum", "Leanne"):
        for encoding in ("utf-8", "utf-16-le"):
            found = [one.name for one, content in left.items() if text.encode(encoding) in content]
            assert found == [], f"{text} in {found}"


def test_exit_this_page_leads_away_at_once(cast: Cast, town: Town) -> None:
    """Somebody looks over a shoulder; or the page that is shown instead learns where its reader came from."""
    dana = cast.comes("council", "Dana Whitfield")
    dana.asks(town.stories["1"].query)
    came: list[str] = []

    def weather(route: Route) -> None:
        came.append(route.request.headers.get("referer", ""))
        route.fulfill(content_type="text/html", body="<!DOCTYPE html><title>Weather</title>")

    dana.page.route("https://www.bbc.co.uk/**", weather)
    dana.page.get_by_role("button", name="Exit this page").click()
    dana.page.wait_for_url("https://www.bbc.co.uk/weather")
    assert came == [""]


def test_a_session_that_ended_takes_what_was_typed_with_it(cast: Cast, town: Town) -> None:
    """A form that lay open is sent after signing out, and asks all the same; or its page comes back with a name."""
    dana, about = cast.comes("council", "Dana Whitfield"), town.stories["1"].query
    reference = dana.asks(about)
    dana.opens("/find")
    journeys.types(dana.page, about)
    other = dana.page.context.new_page()
    other.goto(f"{dana.url}/start")
    other.get_by_role("button", name="Sign out").click()
    dana.presses("Find this person")
    assert "Sign in" in dana.page.inner_text("main")
    for path in (f"/family/{reference}", f"/family/{reference}/card", "/asked"):
        assert about["surname"] not in dana.opens(path)
        assert reference not in dana.reads()
