"""The gate that every page passes, as somebody's browser sees it.

axe-core finds nothing (WCAG 2.2 A and AA, and best practice); the console says nothing; no request fails; nothing is
wider than the window; the page and all it loads weigh at most 30 kB; nothing is inline; no word of ours is on it.
"""

from __future__ import annotations

import base64
import gzip
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Error, Page, Request, Response
from town import screens

AXE = Path(__file__).parents[2] / "assets" / "node_modules" / "axe-core" / "axe.min.js"
MOST_BYTES = 30_000
TALLEST = 4_000
"""Pixels of a page that a picture shows."""
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_RUN = (
    "async (rules) => (await axe.run(document, {runOnly: rules})).violations.map(v => [v.id, v.nodes.map(n => n.html)])"
)
# Where scripts are switched off nothing waits for anything, so each rule is asked at once, and none may need to wait.
_RUN_AT_ONCE = """(tags) => {
  const root = axe.setup(document.documentElement);
  const context = {
    initiator: true, include: [root], exclude: [], frames: [], page: true, focusable: true, size: {},
    flatTree: axe._tree,
  };
  const violations = (rule) => {
    const found = rule.after(rule.runSync(context, {}), {});
    axe.utils.finalizeRuleResult(found);
    return axe.utils.aggregateResult([found]).violations;
  };
  // As axe itself has it: what is experimental is not asked for by another tag.
  const isAsked = (said) => said.some(tag => tags.includes(tag)) && !said.includes('experimental');
  const rules = axe._audit.rules.filter(rule => isAsked(rule.tags) && rule.enabled);
  const found = rules.flatMap(violations).map(v => [v.id, v.nodes.map(n => n.node.source)]);
  axe.teardown();
  return found;
}"""
_WIDTH = "() => [document.documentElement.scrollWidth, window.innerWidth]"
_INLINE = """() => [...document.querySelectorAll('[style], style, script:not([src]), [onclick], [onload], [onsubmit]')]
    .map(one => one.outerHTML.slice(0, 200))"""
_HEADINGS = "() => [...document.querySelectorAll('h1')].length"
_NOT_OURS = re.compile(
    r"\b(pseudonym\w*|tokens?|hash\w*|consent\w*|data subjects?|subjects?|denied|PEP|\d{4}-\d{2}-\d{2}(?!\d))\b", re.I
)
"""Words that people who help families do not use, and dates as machines write them."""


@dataclass
class Gate:
    """One window. `check` is called on each page; what it finds is in `wrong`."""

    page: Page
    width: int
    scripts: bool
    wrong: list[str] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    _loaded: dict[str, bytes] = field(default_factory=dict)

    def check(self, name: str) -> None:
        """Checks the page that is open, and keeps a picture of it under `name` when pictures are wanted."""
        self.page.wait_for_load_state()
        self.seen.add(name)
        self._picture(name)
        found = [f"axe {rule}: {nodes}" for rule, nodes in self.axe()]
        wide, window = self.page.evaluate(_WIDTH)
        found += [f"{wide} pixels wide in a window of {window}"] if wide > window else []
        found += [f"inline: {one}" for one in self.page.evaluate(_INLINE)]
        found += ["there is not one h1"] if self.page.evaluate(_HEADINGS) != 1 else []
        found += [f"not a word of ours: {word}" for word in words_not_ours(self.page.inner_text("body"))]
        if self.weight() > MOST_BYTES:
            found.append(f"{self.weight():,} bytes")
        self.wrong += [f"{name} ({self.page.url}): {one}" for one in found]

    def axe(self) -> list[tuple[str, list[str]]]:
        """The rules of accessibility that the page breaks, each with where."""
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found: list[tuple[str, list[str]]] = self.page.evaluate(_RUN if self.scripts else _RUN_AT_ONCE, _RULES)
        return found

    def weight(self) -> int:
        """The page and all that it loads, gzipped."""
        held = [
            self.page.content().encode(),
            *(body for url, body in self._loaded.items() if _is_of(url, self.page.url)),
        ]
        return sum(len(gzip.compress(one)) for one in held)

    def expect_status(self, status: int) -> None:
        """Forgets that the browser complains of an answer which is meant to be an error."""
        self.wrong = [one for one in self.wrong if f"status of {status}" not in one]

    def ok(self) -> None:
        """Raises `AssertionError` with all that was wrong."""
        assert not self.wrong, "\n".join(dict.fromkeys(self.wrong))

    def watch(self) -> None:
        """Listens to what the browser says."""
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self._note(f"script: {error}"))
        self.page.on("requestfailed", self._failed)
        self.page.on("response", self._answered)

    def _said(self, said: ConsoleMessage) -> None:
        if said.type in ("error", "warning", "assert"):
            self._note(f"console {said.type}: {said.text}")

    def _failed(self, request: Request) -> None:
        # So it is called when somebody goes on before all has come.
        if request.failure != "net::ERR_ABORTED":
            self._note(f"request failed: {request.url} {request.failure}")

    def _answered(self, response: Response) -> None:
        if "/static/" in response.url and response.status == 200:
            # A page that leads on at once takes its answers with it; another page loads the same files.
            with suppress(Error):
                self._loaded.setdefault(response.url, response.body())

    def _note(self, text: str) -> None:
        self.wrong.append(f"{self.page.url}: {text}")

    def _picture(self, name: str) -> None:
        folder = screens()
        if folder is None or not self.scripts or name == "seeded":
            return
        session = self.page.context.new_cdp_session(self.page)
        size: Any = session.send("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": min(size["height"], TALLEST), "scale": 1}
        asked = {"format": "webp", "quality": 35, "captureBeyondViewport": True, "clip": clip}
        taken = session.send("Page.captureScreenshot", asked)["data"]
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}-{self.width}.webp").write_bytes(base64.b64decode(taken))


def _is_of(file: str, page: str) -> bool:
    """Whether a file is of the desk that a page is of: a journey may lead to several."""
    return urlsplit(file).netloc == urlsplit(page).netloc and "/static/" in file


def words_not_ours(text: str) -> list[str]:
    """The words in a page's text that are not for people who help families."""
    return [found.group() for found in _NOT_OURS.finditer(text)]


@contextmanager
def opened(browser: Browser, *, width: int, scripts: bool) -> Iterator[Gate]:
    """A new window of a browser that remembers nothing."""
    context = browser.new_context(viewport={"width": width, "height": 900}, java_script_enabled=scripts)
    context.set_default_timeout(15_000)
    gate = Gate(context.new_page(), width, scripts)
    gate.watch()
    try:
        yield gate
    finally:
        context.close()
