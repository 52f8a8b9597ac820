"""Several people at several desks, each at a browser of their own, which notes all that any page ever showed them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field

import journeys
from gate import Gate, opened
from playwright.sync_api import Browser, Error, Page, Response
from town import Town, sign_in

HOUSING, INTO_WORK, EARLY_HELP = "keep or find a home", "parent into work", "through early help"


@dataclass
class Visitor:
    """Somebody who is signed in. `shown` is every page and file that came to their browser, and where they went."""

    gate: Gate
    url: str
    shown: list[str] = field(default_factory=list)

    @property
    def page(self) -> Page:
        return self.gate.page

    def opens(self, path: str) -> str:
        """Goes to a page, and gives all that is in it, also behind its tabs."""
        self.page.goto(f"{self.url}{path}")
        return self.reads()

    def reads(self) -> str:
        """All that is in the page that is open."""
        return " ".join((self.page.locator("main").text_content() or "").split())

    def asks(self, about: Mapping[str, str], *, own: bool = True, **why: str) -> str:
        """Finds a person, and gives the spoken reference of the answer; `why` as in `journeys.types`."""
        return journeys.finds(self.page, self.url, about, own=own, **why)

    def presses(self, name: str) -> str:
        """Presses a button, and gives all that is in the page that comes."""
        self.page.get_by_role("button", name=name, exact=True).click()
        self.page.wait_for_load_state()
        return self.reads()

    def hears(self, reference: str) -> str:
        """Types a reference that was read out on the telephone, as one does."""
        self.opens("/reference")
        self.page.get_by_label("Reference").fill(reference.lower().replace("-", " "))
        return self.presses("Open")

    def all_shown(self) -> str:
        return "\n".join(self.shown)

    def _note(self, response: Response) -> None:
        self.shown.append(f"{response.url} {response.headers}")
        # A page that leads on at once takes its answer with it.
        with suppress(Error):
            self.shown.append(response.text())


@dataclass
class Cast:
    """Who comes in a story."""

    browser: Browser
    town: Town
    stack: ExitStack
    came: list[Visitor] = field(default_factory=list)

    def comes(self, agency: str, name: str) -> Visitor:
        """Signs in at the desk of their agency, at a browser of their own."""
        gate = self.stack.enter_context(opened(self.browser, width=1100, scripts=True))
        visitor = Visitor(gate, self.town.desk(agency))
        gate.page.on("response", visitor._note)
        sign_in(gate.page, visitor.url, name)
        self.came.append(visitor)
        return visitor


@contextmanager
def playing(browser: Browser, town: Town) -> Iterator[Cast]:
    """A story, at the end of which no browser complained of anything."""
    with ExitStack() as stack:
        cast = Cast(browser, town, stack)
        yield cast
        for one in cast.came:
            one.gate.ok()
