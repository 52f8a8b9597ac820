"""Every form, filled in badly by somebody tired: it says what to do, leads there, and has kept what was typed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import pytest
from cast import Cast, Visitor, playing
from playwright.sync_api import Browser
from town import Town

_LED_TO = """() => [...document.querySelectorAll('.govuk-error-summary a')].map(
    one => !!document.getElementById(one.getAttribute('href').slice(1)))"""


@dataclass(frozen=True)
class Form:
    """A form of one page: what is typed and ticked, by its label, the button, and what the page must say then."""

    path: str
    button: str
    said: str
    typed: Mapping[str, str] = field(default_factory=dict)
    ticked: str = ""


CASEWORKER = (
    Form("/find", "Find this person", "Select why you need to see this", {"Last name": "Hartley"}),
    Form("/find", "Find this person", "must be a real date in the past", {"Date of birth": "31 February 2015"}),
    Form("/find", "Find this person", "Enter a whole postcode", {"Last name": "Hartley", "Postcode": "ZY7"}),
    Form("/find", "Find this person", "NHS number must be 10 digits", {"NHS number": "999 000"}),
    Form("/find", "Find this person", "Your own records have nobody with this", {"Your own reference": "C-0"}, "all"),
    Form("/reference", "Open", "reference", {"Reference": "7ZQF-1K0M-S"}),
    Form(
        "/family/{}/danger", "Open what is normally hidden", "40 characters", {"Who is in danger": "She is in danger."}
    ),
    Form("/family/{}/wrong", "These are about somebody else", "Tick the services"),
    Form("/family/{}/ask/{}", "Send", "what happens if", {"What do you need to know?": "Whether he is seen by them."}),
)
OFFICER = (
    Form("/audit", "Search", "Enter a day such as", {"From this day on": "yesterday"}),
    Form("/audit", "Search", "search", {"Or write it": "is:nonsense("}),
    Form("/exports", "Take it along", "Select what you want to take along", {"What to search for": "is:refused"}),
    Form("/rights/new", "Take it in", "Select", {"The day it arrived": "32 13 2026"}),
    Form("/protections/new", "Protect them now", "Select", {"By when it is looked at again": "soon"}),
    Form("/people/report", "Make the report", "", {"Their records": "nobody"}),
)


@pytest.fixture
def cast(browser: Browser, town: Town) -> Iterator[Cast]:
    with playing(browser, town) as made:
        yield made


def _fails(visitor: Visitor, form: Form, *names: str) -> list[str]:
    """What is wrong of the page that a badly filled form leads to."""
    visitor.opens(form.path.format(*names))
    page = visitor.page
    if form.ticked:
        page.get_by_label("child is being harmed").check()
        page.get_by_label("I am their allocated worker").check()
        page.get_by_label("No. I have looked").check()
    for label, text in form.typed.items():
        page.get_by_label(label).first.fill(text)
    visitor.presses(form.button)
    summary = page.locator(".govuk-error-summary")
    if not summary.count():
        return ["no summary of what is wrong"]
    said = page.locator(".govuk-error-message").all_inner_texts()
    return [
        *([] if page.title().startswith("Error: ") else [f"its title is {page.title()}"]),
        *([] if page.evaluate("document.activeElement.className").startswith("govuk-error-summary") else ["focus"]),
        *([] if all(page.evaluate(_LED_TO)) else ["a link that leads nowhere"]),
        *([] if any(form.said.lower() in one.lower() for one in said) else [f"it says {said}"]),
        *(
            f"{label} is lost"
            for label, text in form.typed.items()
            if page.get_by_label(label).first.input_value() != text
        ),
    ]


def test_a_caseworkers_forms_filled_in_badly(cast: Cast, town: Town) -> None:
    """Somebody types for ten minutes and loses it, or reads that something is wrong and not what."""
    dana = cast.comes("council", "Dana Whitfield")
    reference = dana.asks(town.stories["1"].query)
    dana.page.goto(f"{dana.url}/family/{reference}#unseen")
    number = (dana.page.get_by_role("link", name="Ask for it").first.get_attribute("href") or "").rpartition("/")[2]
    wrong = {f"{one.path} {one.said}": _fails(dana, one, reference, number) for one in CASEWORKER}
    assert {name: found for name, found in wrong.items() if found} == {}


def test_an_officers_forms_filled_in_badly(cast: Cast) -> None:
    """The same, where a mistake is about somebody's right."""
    tom = cast.comes("council", "Tom Lindley")
    wrong = {f"{one.path} {one.said}": _fails(tom, one) for one in OFFICER}
    assert {name: found for name, found in wrong.items() if found} == {}
