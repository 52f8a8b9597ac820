"""What officers, reviewers and data officers do at the desk, step by step; `gate.check` looks at every page."""

from __future__ import annotations

from gate import Gate
from journeys import finds
from proposed import put_proposal
from town import Town, sign_in

DANGER = "A child may be taken tonight; I must know who else has a key to the flat."


def record(gate: Gate, town: Town) -> None:
    """The record of look-ups: whole, searched, counted, one entry, and a look-up that somebody has to look at."""
    page, url, story = gate.page, town.desks["council"], town.stories["1"]
    sign_in(page, url, "Dana Whitfield")
    reference = finds(page, url, story.query)
    _in_danger(gate, f"{url}/family/{reference}/danger")
    page.get_by_role("button", name="Sign out").click()
    sign_in(page, url, "Tom Lindley")
    gate.check("start-officer")
    page.goto(f"{url}/audit")
    gate.check("record")
    page.get_by_role("button", name="Verify now").click()
    gate.check("record-verified")
    page.goto(f"{url}/audit")
    page.get_by_label("From this day on").fill("yesterday")
    page.get_by_role("button", name="Search").click()
    gate.check("record-errors")
    page.get_by_label("Who looked").fill("Nobody Here")
    page.get_by_role("button", name="Search").click()
    gate.check("record-nobody")
    page.get_by_label("Who looked").fill("")
    page.get_by_label("From this day on").fill("1 11 2026")
    page.get_by_label("In an emergency").check()
    page.get_by_label("Keep this search").fill("emergencies")
    page.get_by_role("button", name="Search").click()
    gate.check("record-found")
    page.get_by_role("link", name="with its proof").first.click()
    gate.check("entry")
    page.goto(f"{url}/audit")
    page.get_by_role("button", name="Count by reason").click()
    gate.check("record-counted")
    page.goto(f"{url}/looks")
    gate.check("looks")
    page.locator(".govuk-summary-card__title a").first.click()
    gate.check("look")
    page.get_by_role("button", name="Close it").click()
    gate.check("look-errors")
    page.get_by_label("It was in order").check()
    page.get_by_label("Your note").fill("Two children were in danger, and the police were with us.")
    page.get_by_role("button", name="Close it").click()
    gate.check("look-closed")
    page.goto(f"{url}/looks/closed")
    gate.check("looks-closed")
    page.locator(".govuk-summary-card__title a").first.click()
    gate.check("look-read-again")


def answers(gate: Gate, town: Town) -> None:
    """What waits at the source: an emergency to judge."""
    page, url, story = gate.page, town.desks["council"], town.stories["1"]
    sign_in(page, url, "Dana Whitfield")
    reference = finds(page, url, story.query)
    _in_danger(gate, f"{url}/family/{reference}/danger")
    for agency in ("nhs", "homes"):
        their = town.desks[agency]
        sign_in(page, their, "Femi Balogun" if agency == "nhs" else "Ana Sokolova")
        page.goto(f"{their}/refusals")
        gate.check(f"refusals-{agency}")
        waiting = page.locator(".desk-list a")
        if waiting.count():
            waiting.first.click()
            gate.check(f"refusal-{agency}")
            answer = page.get_by_role("button", name="Answer")
            if answer.count():
                answer.click()
                gate.check(f"refusal-{agency}-errors")
                page.locator(".govuk-radios__input").first.check()
                if page.get_by_label("Why?").count():
                    page.get_by_label("Why?").fill("A child was in danger, and it was put right the same night.")
                answer.click()
                gate.check(f"refusal-{agency}-answered")


def rights(gate: Gate, town: Town) -> None:
    """A person's right, from taking it in to deciding it, and their report; a protection."""
    page, url = gate.page, town.desks["council"]
    sign_in(page, url, "Tom Lindley")
    page.goto(f"{url}/rights/new")
    gate.check("right-new")
    page.get_by_role("button", name="Take it in").click()
    gate.check("right-new-errors")
    # Every window takes in another person's request.
    number = (gate.width < 400) * 2 + gate.scripts
    own = town.own_record("csc", number)
    page.get_by_label("They ask what is held about them").check()
    page.get_by_label("Children's social care").check()
    page.get_by_label("The record, as your own system").fill(own)
    page.get_by_role("button", name="Take it in").click()
    gate.check("right-taken")
    page.goto(f"{url}/rights")
    gate.check("rights")
    page.locator(".govuk-summary-card__title a").first.click()
    gate.check("right")
    # Whoever took it in can't decide it: a colleague does.
    case = page.url
    page.get_by_role("button", name="Record it").click()
    gate.check("right-clock-errors")
    page.get_by_role("button", name="Sign out").click()
    sign_in(page, url, "Grace Adeyemi")
    page.goto(case)
    gate.check("right-to-decide")
    page.get_by_role("button", name="Decide").click()
    gate.check("right-errors")
    page.get_by_role("button", name="Sign out").click()
    sign_in(page, url, "Tom Lindley")
    page.goto(f"{url}/people/report")
    gate.check("report-new")
    page.get_by_role("button", name="Make the report").click()
    gate.check("report-errors")
    page.get_by_label("Their records").fill(f"csc/{own}")
    page.get_by_role("button", name="Make the report").click()
    gate.check("report")
    page.goto(f"{url}/protections/new")
    gate.check("protection-new")
    page.get_by_role("button", name="Protect them now").click()
    gate.check("protection-errors")
    page.get_by_label("Safe address").check()
    page.get_by_label("Children's social care").check()
    page.get_by_label("The record, as your own system").fill(town.own_record("csc", -1 - number))
    page.get_by_label("By when it is looked at again").fill("1 May 2027")
    page.get_by_role("button", name="Protect them now").click()
    page.goto(f"{url}/protections")
    gate.check("protections")


def agreements(gate: Gate, town: Town) -> None:
    """The agreements in sentences, a change of them, and how the agency stands."""
    page, url = gate.page, town.desks["council"]
    put_proposal(town.home("council"), town.today)
    sign_in(page, url, "Grace Adeyemi")
    page.goto(f"{url}/agreements")
    gate.check("agreements")
    page.get_by_role("link", name="Early help", exact=False).first.click()
    gate.check("agreement")
    page.goto(f"{url}/agreements/changes/2026-12")
    gate.check("change")
    page.locator(".govuk-details__summary").first.click()
    gate.check("change-for-the-record")
    page.get_by_role("button", name="Sign out").click()
    sign_in(page, url, "Ken Marlow")
    page.goto(f"{url}/agency")
    gate.check("agency")
    page.goto(f"{url}/agency/deliveries")
    gate.check("deliveries")
    page.goto(f"{url}/agency/looks")
    gate.check("who-looked-at-ours")


def matches(gate: Gate, town: Town) -> None:
    """A reviewer compares two records blind, and then sees what the comparison says."""
    page, url, story = gate.page, town.desks["council"], town.stories["1"]
    sign_in(page, url, "Dana Whitfield")
    reference = finds(page, url, story.query)
    page.get_by_role("button", name="Sign out").click()
    sign_in(page, url, "Priya Nair")
    page.goto(f"{url}/matches")
    gate.check("matches")
    page.goto(f"{url}/matches/{reference}")
    gate.check("match-choose")
    page.get_by_role("button", name="Compare them").click()
    gate.check("match-choose-errors")
    page.get_by_label("person 1,").nth(0).check()
    same = page.get_by_role("group", name="Compared with this one").get_by_label("person 1,")
    same.nth(1).check()
    page.get_by_role("button", name="Compare them").click()
    gate.check("match")
    page.get_by_role("button", name="Decide").click()
    gate.check("match-errors")
    page.get_by_label("I can't tell").check()
    page.get_by_role("button", name="Decide").click()
    gate.check("match-decided")


def sharing(gate: Gate, town: Town) -> None:
    """A lead officer pauses what a service tells; another resumes it with them."""
    page, url = gate.page, town.desks["council"]
    sign_in(page, url, "Grace Adeyemi")
    page.goto(f"{url}/agency/sharing")
    gate.check("sharing")
    page.get_by_role("button", name="Pause sharing now").click()
    gate.check("sharing-errors")
    page.get_by_label("Youth justice").check()
    page.get_by_role("button", name="Pause sharing now").click()
    gate.check("sharing-stopped")
    page.goto(f"{url}/agency/sharing")
    page.get_by_role("button", name="Propose to resume").click()
    page.get_by_role("button", name="Sign out").click()
    sign_in(page, url, "Tom Lindley")
    page.goto(f"{url}/agency/sharing")
    gate.check("sharing-paused")
    page.get_by_role("button", name="Agree: share again").click()
    gate.check("sharing-again")


def _in_danger(gate: Gate, at: str) -> None:
    page = gate.page
    page.goto(at)
    page.get_by_label("A child may be seriously harmed").check()
    page.get_by_label("Who is in danger").fill(DANGER)
    page.get_by_label("Somebody is in danger now").check()
    page.get_by_role("button", name="Open what is normally hidden").click()
    page.wait_for_url("**/family/*")
