"""What people do at the desk, step by step; `gate.check` looks at every page they come to."""

from __future__ import annotations

from collections.abc import Mapping

from gate import Gate
from playwright.sync_api import Page
from town import Town, sign_in

NARROW = 640
"""On a telephone the tabs are one page with a list of what is on it."""
TABS = ("People", "What has happened", "What you cannot see")


def types(
    page: Page, about: Mapping[str, str], *, purpose: str = "child is being harmed", case: str = "C-1042"
) -> None:
    """Fills in the search page about somebody, and does not send it."""
    labels = {"surname": "Last name", "forename": "First name", "dob": "Date of birth", "postcode": "Postcode"}
    for name, label in labels.items():
        if name in about:
            page.get_by_label(label).first.fill(about[name])
    page.get_by_label(purpose).check()
    page.get_by_label("I am their allocated worker").check()
    page.get_by_label("No. I have looked").check()
    page.get_by_label("Your case reference").fill(case)


def finds(page: Page, url: str, about: Mapping[str, str], *, own: bool = True, **why: str) -> str:
    """Searches, says which person is meant, and gives the spoken reference of the answer; `why` as in `types`."""
    page.goto(f"{url}/find")
    types(page, about, **why)
    page.get_by_role("button", name="Find this person").click()
    if "/find/" in page.url:
        name = f"{about['forename']} {about['surname']}"
        (page.get_by_label(name).first if own else page.get_by_label("None of these")).check()
        page.get_by_role("button", name="Continue").click()
    return reference_of(page)


def reference_of(page: Page) -> str:
    """The reference that stands on the family page."""
    page.wait_for_url("**/family/*")
    return page.locator(".desk-spoken strong").inner_text()


def caseworker(gate: Gate, town: Town) -> None:
    """Story 1: from signing in to the telephone number, and everything that can be done with an answer."""
    page, url, story = gate.page, town.desks["council"], town.stories["1"]
    page.goto(f"{url}/start")
    gate.check("sign-in")
    sign_in(page, url, "Dana Whitfield")
    gate.check("start")
    page.goto(f"{url}/find")
    gate.check("find")
    page.get_by_role("button", name="Find this person").click()
    gate.check("find-nothing-typed")
    page.get_by_label("Date of birth").fill("31 February 2015")
    page.get_by_label("Last name").first.fill("Hartley")
    page.get_by_role("button", name="Find this person").click()
    gate.check("find-errors")
    assert page.get_by_label("Date of birth").input_value() == "31 February 2015"
    types(page, story.query)
    page.get_by_role("button", name="Find this person").click()
    gate.check("which-person")
    page.get_by_role("button", name="Continue").click()
    gate.check("which-person-errors")
    page.get_by_label("Ellie Hartley").first.check()
    page.get_by_role("button", name="Continue").click()
    reference = reference_of(page)
    gate.check("family")
    if gate.scripts and gate.width > NARROW:
        for tab in TABS:
            page.get_by_role("tab", name=tab).click()
            gate.check(f"family-{tab.lower().replace(' ', '-')}")
    page.goto(f"{url}/family/{reference}/card")
    gate.check("card")
    page.goto(f"{url}/reference")
    gate.check("reference")
    page.get_by_label("Reference").fill("7ZQF-1K0M-S")
    page.get_by_role("button", name="Open").click()
    gate.check("reference-errors")
    _asks_for_it(gate, f"{url}/family/{reference}")
    _in_danger(gate, f"{url}/family/{reference}")
    page.goto(f"{url}/family/{reference}/wrong")
    page.get_by_role("button", name="These are about").click()
    gate.check("wrong-person-errors")


def _asks_for_it(gate: Gate, answer: str) -> None:
    page = gate.page
    page.goto(f"{answer}#unseen")
    page.get_by_role("link", name="Ask for it").first.click()
    gate.check("ask-for-it")
    page.get_by_role("button", name="Send").click()
    gate.check("ask-for-it-errors")
    page.get_by_label("What do you need to know?").fill("Whether he is seen regularly, to plan the week with him.")
    page.get_by_label("What happens if").fill("We would plan without knowing and might ask too much of him.")
    page.get_by_role("button", name="Send").click()
    gate.check("sent")


def _in_danger(gate: Gate, answer: str) -> None:
    page = gate.page
    page.goto(f"{answer}/danger")
    gate.check("danger")
    page.get_by_role("button", name="Open what is normally hidden").click()
    gate.check("danger-errors")
    page.get_by_label("A child may be seriously harmed").check()
    page.get_by_label("Who is in danger").fill("A child may be taken tonight; I must know who else has a key.")
    page.get_by_label("Somebody is in danger now").check()
    page.get_by_role("button", name="Open what is normally hidden").click()
    reference = reference_of(page)
    gate.check("emergency")
    page.get_by_role("link", name="Say what happened").first.click()
    gate.check("explain")
    page.get_by_role("button", name="Send").click()
    gate.check("explain-errors")
    page.get_by_label("What was the danger").fill("The child was found safe with an aunt; police and we visited.")
    page.get_by_label("Yes, I have told them").check()
    page.get_by_role("button", name="Send").click()
    page.wait_for_url("**/asked")
    gate.check("asked")
    assert reference in page.inner_text("main")


def plain_pages(gate: Gate, town: Town) -> None:
    """What says the same to everybody, and what somebody sees who has no business on a page."""
    page, url = gate.page, town.desks["council"]
    sign_in(page, url, "Dana Whitfield")
    for name in ("help", "privacy", "cookies", "accessibility"):
        page.goto(f"{url}/{name}")
        gate.check(name)
    page.goto(f"{url}/nowhere")
    gate.check("not-found")
    gate.expect_status(404)
    page.goto(f"{url}/family/AAAA-AAAA-A")
    gate.check("answer-not-here")
    gate.expect_status(404)
    page.goto(f"{url}/start")
    page.get_by_role("button", name="Sign out").click()
    gate.check("signed-out")


def public_pages(gate: Gate, town: Town) -> None:
    """What the broker tells everybody: nobody signs in there."""
    page, url = gate.page, town.broker
    for name in ("register", "counts", "your-rights", "privacy", "cookies", "accessibility"):
        page.goto(f"{url}/{name}")
        gate.check(f"public-{name}")
    page.goto(f"{url}/register")
    page.locator("main a").first.click()
    gate.check("public-agreement")


def telephone(gate: Gate, town: Town) -> None:
    """Two agencies on the telephone: a reference is read out, and the other side sees which of its records it is."""
    page, council, nhs = gate.page, town.desks["council"], town.desks["nhs"]
    sign_in(page, council, "Dana Whitfield")
    reference = finds(page, council, town.stories["1"].query)
    page.get_by_role("button", name="Sign out").click()
    sign_in(page, nhs, "Ruth Penhale")
    page.goto(f"{nhs}/reference")
    page.get_by_label("Reference").fill(reference.lower().replace("-", " "))
    page.get_by_role("button", name="Open").click()
    gate.check("landed")
    assert "Ellie" in page.inner_text("main")
