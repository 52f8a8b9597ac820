"""A town whose services and desks are real processes, and a browser. `make test-pages` runs what is here, alone.

`make test` does not even import it: a browser, and forty seconds until the town answers.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from gate import Gate
    from playwright.sync_api import Browser
    from town import Town

HERE = Path(__file__).parent


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Collected only when somebody names this folder, or a file of it."""
    named = (Path(config.invocation_params.dir, argument.partition("::")[0]).resolve() for argument in config.args)
    return None if any(one.is_relative_to(HERE) for one in named) else True


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """Brackwater with 200 people, its broker, its linkage unit and its desks."""
    from town import running

    with running(tmp_path_factory.mktemp("town")) as found:
        yield found


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, from `make deps-system`; a machine without one fails."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        found = started.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture(params=["1100-script", "1100-plain", "320-script", "320-plain"])
def gate(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Gate]:
    """A browser window through which every page is checked: two widths, with scripts and without."""
    from gate import opened

    width, _, scripts = request.param.partition("-")
    with opened(browser, width=int(width), scripts=scripts == "script") as found:
        yield found
