"""What lead officers, programme leads and auditors do at the desk, step by step; `gate.check` looks at every page."""

from __future__ import annotations

from gate import Gate
from journeys import finds
from journeys_officers import DANGER
from town import Town, sign_in


def exports(gate: Gate, town: Town) -> None:
    """An officer takes along what they found; on every page they are told of what is open."""
    page, url = gate.page, town.desks["council"]
    sign_in(page, url, "Dana Whitfield")
    reference = finds(page, url, town.stories["1"].query)
    page.goto(f"{url}/family/{reference}/danger")
    page.get_by_label("A child may be seriously harmed").check()
    page.get_by_label("Who is in danger").fill(DANGER)
    page.get_by_label("Somebody is in danger now").check()
    page.get_by_role("button", name="Open what is normally hidden").click()
    page.wait_for_url("**/family/*")
    page.get_by_role("button", name="Sign out").click()
    sign_in(page, url, "Tom Lindley")
    gate.check("start-while-open")
    assert "Emergency access is open" in page.inner_text("body")
    page.goto(f"{url}/audit")
    page.get_by_label("In an emergency").check()
    page.get_by_role("button", name="Search").click()
    page.get_by_role("button", name="Take these along").click()
    gate.check("exports")
    page.get_by_role("button", name="Take it along").click()
    gate.check("exports-errors")
    for form in ("A table for a spreadsheet", "FHIR AuditEvent", "OCSF events", "Evidence with proofs"):
        page.get_by_label(form).check()
        with page.expect_download() as taken:
            page.get_by_role("button", name="Take it along").click()
        assert taken.value.path().stat().st_size > 100, form
        # Whoever clicks twice within a second is taken to mean it once.
        page.wait_for_timeout(1_100)


def figures(gate: Gate, town: Town) -> None:
    """How sharing is used, for whoever leads the programme."""
    page, url = gate.page, town.desks["council"]
    sign_in(page, url, "Grace Adeyemi")
    page.goto(f"{url}/figures")
    gate.check("figures")


def auditor(gate: Gate, town: Town) -> None:
    """An auditor reads the record, and nobody's name."""
    page, url = gate.page, town.desks["council"]
    sign_in(page, url, "Una Frame")
    gate.check("start-auditor")
    for path in ("audit", "looks", "figures", "agreements", "agency"):
        page.goto(f"{url}/{path}")
        gate.check(f"auditor-{path}")
    page.goto(f"{url}/refusals")
    gate.check("not-yours")
    gate.expect_status(403)


def tried(gate: Gate, town: Town) -> None:
    """A lead officer tries a change of a clause, and reads whom it would have affected."""
    page, url = gate.page, town.desks["council"]
    sign_in(page, url, "Grace Adeyemi")
    page.goto(f"{url}/agreements")
    page.get_by_role("link", name="Early help", exact=False).first.click()
    gate.check("agreement-lead")
    page.get_by_role("link", name="Try a change").first.click()
    gate.check("trial-new")
    page.get_by_role("button", name="Try it").click()
    gate.check("trial-new-errors")
    page.get_by_label("Nothing of it is told any more").check()
    page.get_by_role("button", name="Try it").click()
    page.wait_for_url("**/trials/*")
    gate.check("trial-begun")
    while page.get_by_role("button", name="See how far it is").count():
        page.get_by_role("button", name="See how far it is").click()
        page.wait_for_load_state()
    gate.check("trial")
    page.get_by_role("button", name="Put it forward").click()
    gate.check("trial-errors")
    page.get_by_label("What is it to be called?").fill(f"2026-12-{gate.width}-{'script' if gate.scripts else 'plain'}")
    page.get_by_role("button", name="Put it forward").click()
    page.wait_for_url("**/changes/*")
    gate.check("change-put-forward")
