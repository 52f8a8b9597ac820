"""Stories 1, 2, 3, 4, 6 and 7 of the mission, clicked through at the desks of all who have a part in them.

They are of one town, one after another, so that each is told among the traces of the others, as it would be.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from cast import EARLY_HELP, HOUSING, INTO_WORK, Cast, playing
from people import Person, Row
from playwright.sync_api import Browser
from town import Town

from broker.synthetic.sources import SHAPES

LEANNE = {"forename": "Leanne", "surname": "Hartley", "dob": "1990-06-17", "postcode": "ZY7 1AB"}
SENIOR = Person("Mohammed", "Khan", "1958-03-14", "ZY47 7QX", nhs="9990000018", sex="m")
JUNIOR = Person("Mohammed", "Khan", "1987-10-02", "ZY47 7QX", nhs="9990000026", sex="m")
NEIGHBOUR = Person("Isoldephine", "Vexworthigan", "1985-06-17", "ZY47 7QX", sex="f")
NEED = "Whether he is in treatment at the moment, for the strategy meeting this afternoon."
TREATED = "In treatment"
SENSITIVE = ("mh", "su", "dv")
"""Services whose mere name says more of somebody than a job centre may know."""


@pytest.fixture
def cast(browser: Browser, town: Town) -> Iterator[Cast]:
    with playing(browser, town) as made:
        yield made


def test_story_1_fourteen_services_know_one_household(cast: Cast, town: Town) -> None:
    """A social worker is shown less than who helps, or has to read it out with a name to be understood elsewhere."""
    story = town.stories["1"]
    dana = cast.comes("council", "Dana Whitfield")
    reference = dana.asks(story.query)
    shown = dana.reads()
    assert "14 services know this family" in shown
    assert [one for one in story.expected["sources"] if SHAPES[str(one)].title not in shown] == []  # type: ignore[attr-defined]
    assert re.search(r"Dana Whitfield ?01632 960800", shown)
    for agency, name, theirs in (
        ("school", "Ruth Amadi", "Zofia"), ("nhs", "Ruth Penhale", "Ellie"), ("police", "Yasmin Dar", "LEANNE"),
    ):  # fmt: skip
        heard = cast.comes(agency, name).hears(reference)
        assert theirs in heard and "Brackwater Council" in heard, agency
        assert "14 services" not in heard


def test_story_2_leanne_tells_it_once(cast: Cast, town: Town) -> None:
    """Somebody who told early help everything tells the job centre again, or it learns what is none of its business."""
    anne, jun = cast.comes("jobcentre", "Anne Petrov"), cast.comes("nhs", "Jun Tanaka")
    anne.asks(LEANNE, purpose=INTO_WORK)
    told = anne.reads()
    assert SHAPES["eh"].title in told and "Piers Galloway" in told
    for name in ("Oliver Strand", "Dermot Quigley", "Celia Hartnoll", *(SHAPES[one].title for one in SENSITIVE)):
        assert name not in anne.all_shown(), name
    jun.asks(town.stories["1"].query, purpose=EARLY_HELP)
    known = jun.reads()
    assert "Sandra Okoro" in known and "family plan" in known.lower()


def test_story_3_a_refusal_is_overturned(cast: Cast, town: Town) -> None:
    """A refusal is the end of it; or the service that is overruled never hears why."""
    about = town.stories["3"].query
    imran, moira = cast.comes("council", "Imran Sadiq"), cast.comes("voluntary", "Moira Blythe")
    reference = imran.asks(about)
    assert "Ring them" in imran.reads() and TREATED not in imran.reads()
    imran.page.goto(f"{imran.url}/family/{reference}#unseen")
    imran.page.get_by_role("link", name="Ask for it").first.click()
    imran.page.get_by_label("What do you need to know?").fill(NEED)
    imran.page.get_by_label("What happens if").fill("We decide without it whether his son can go home tonight.")
    case = re.search(r"It is called ([0-9A-Z-]+[*~$=]?)", imran.presses("Send"))
    assert case is not None

    moira.opens("/refusals")
    moira.page.locator(f"a[href='/refusals/{case[1]}']").click()
    assert NEED in moira.reads()
    moira.page.get_by_label("Show it, and change the rule").check()
    moira.page.get_by_label("Why?").fill("Enquiries about significant harm have begun; for his child you need to know.")
    assert "It is shown to them" in moira.presses("Answer")

    assert "for his child you need to know" in imran.opens("/asked")
    for is_shown in (True, False):
        imran.asks(about)
        assert (TREATED in imran.reads()) == is_shown, imran.reads()
    assert "A rule should change" in cast.comes("council", "Grace Adeyemi").opens("/refusals")


def test_story_4_a_safe_address_is_on_no_page(cast: Cast, town: Town) -> None:
    """Whoever looks for Priya learns a street, a school, a surgery, a worker or a telephone number of where she is."""
    for number, agency, name, purpose in (
        ("4a", "homes", "Norman Dack", HOUSING), ("4b", "council", "Tom Arkwright", HOUSING),
        ("4c", "council", "Nasreen Mirza", ""), ("4d", "council", "Nasreen Mirza", ""),
    ):  # fmt: skip
        visitor = cast.comes(agency, name)
        reference = visitor.asks(town.stories[number].query, **({"purpose": purpose} if purpose else {}))
        for path in ("", "/card", "/wrong", "/danger"):
            visitor.opens(f"/family/{reference}{path}")
        visitor.opens("/asked")
    ana = cast.comes("homes", "Ana Sokolova")
    ana.opens("/people/report")
    ana.page.get_by_label("Their records").fill(f"hs/{town.reference_of('hs', 'Vikram')}")
    assert "Who has looked" in ana.presses("Make the report")
    tom = cast.comes("council", "Tom Lindley")
    for path in ("/audit", "/looks", "/protections", "/rights"):
        tom.opens(path)
    tom.opens("/audit")
    tom.presses("Search")
    tom.page.get_by_role("link", name="with its proof").first.click()
    for one in cast.came:
        everything = one.all_shown()
        assert [canary for canary in town.stories["4a"].forbidden if canary in everything] == [], one.url


def test_story_6_two_people_were_told_of_as_one(cast: Cast, town: Town) -> None:
    """Father and son go on as one person: for whoever read it, or from the next delivery on."""
    town.sends("council", "csc", [Row(SENIOR, "C1", worker="Sybil Trench")])
    mixed = [Row(replace(JUNIOR, dob=SENIOR.dob, nhs=SENIOR.nhs), "M2", worker="Wilma Overbury")]
    town.sends("nhs", "mh", mixed)
    dana, ruth = cast.comes("council", "Dana Whitfield"), cast.comes("nhs", "Ruth Penhale")
    asked = [one.asks(SENIOR.about(), own=False) for one in (ruth, dana)]
    assert all("Sybil Trench" in one.reads() and "Wilma Overbury" in one.reads() for one in (ruth, dana))
    assert "No answer of yours has changed" in ruth.opens("/asked")

    priya = cast.comes("council", "Priya Nair")
    priya.opens(f"/matches/{asked[1]}")
    for group, source in (("This one", "csc"), ("Compared with this one", "mh")):
        chosen = priya.page.get_by_role("group", name=group, exact=True)
        chosen.get_by_label(SHAPES[source].title).check()
    compared = priya.presses("Compare them")
    assert "Khan" not in compared and "1958" not in compared and "bits" not in compared
    priya.page.get_by_label("Two different people").check()
    assert "bits" in priya.presses("Decide")

    for one, reference in ((ruth, asked[0]), (dana, asked[1])):
        changed = one.opens("/asked")
        assert f"Answer {reference}" in changed and "New" in changed
    town.sends("nhs", "mh", mixed)
    for one, theirs, other in ((dana, "Sybil Trench", "Wilma Overbury"), (ruth, "Sybil Trench", "Wilma Overbury")):
        one.asks(SENIOR.about(), own=False)
        assert theirs in one.reads() and other not in one.reads()


def test_story_7_nine_look_ups_of_a_neighbour(cast: Cast, town: Town) -> None:
    """A housing officer looks up a neighbour time after time, and no officer is told to ask why."""
    town.sends("homes", "hs", [Row(NEIGHBOUR, "T3")])
    delia, arkwright = cast.comes("council", "Delia Marchbank"), cast.comes("council", "Tom Arkwright")
    for _ in range(2):
        delia.asks(town.stories["3b"].query, purpose=HOUSING)
        arkwright.asks(LEANNE, purpose=HOUSING)
    snooped = {delia.asks(NEIGHBOUR.about(), own=False, purpose=HOUSING, case="") for _ in range(9)}
    assert len(snooped) == 9

    tom = cast.comes("council", "Tom Lindley")
    tom.opens("/looks")
    cards = [" ".join(one.split()) for one in tom.page.locator(".govuk-summary-card").all_inner_texts()]
    hers = [one for one in cards if "Delia Marchbank" in one and "hold" in one]
    assert len(hers) == 9 and cards.index(hers[0]) < 5, cards
    tom.page.locator(".govuk-summary-card", has_text=hers[0][-11:]).locator("a").first.click()
    assert "Delia Marchbank" in tom.reads()
    tom.page.get_by_label("It was not in order").check()
    tom.page.get_by_label("Your note").fill("She lives next door to them and has no case of theirs. To her manager.")
    assert "Closed" in tom.presses("Close it")
