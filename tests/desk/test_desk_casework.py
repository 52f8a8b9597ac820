"""A caseworker at the desk, over HTTP: from a name to a telephone number, and all that can be done with an answer."""

from __future__ import annotations

import logging
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from desk_of_world import OUR_PAGE, TRAINED, Browser, DeskAt, desk_at
from people import EVERYBODY, JORAM, MINA, OTTO, STRANGER, Row, export
from world import World

from broker.synthetic.parties import Asker

WHY = "He is alone with two small children tonight; I must know whether he is in treatment."
CASES = "https://cases.council.example"
PART = {"relation": "allocated", "harm": "no", "case": "C-1042"}
WORKER = Asker("dana", "council.social_worker", TRAINED, "Dana Whitfield")
SUPERVISOR = Asker("priya", "council.social_worker", TRAINED, "Priya Nair", ("caseworker", "supervisor"))
OFFICER = Asker("tom", "council.ig_officer", TRAINED, "Tom Lindley", ("ig_officer",))
FAMILY = [Row(MINA, "C1", parents=("C2",), siblings=("C3",)), Row(JORAM, "C3", parents=("C2",)), Row(OTTO, "C2")]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Iterator[tuple[World, DeskAt]]:
    """One World whose council has a desk with its own names; tests only read and ask."""
    folder = tmp_path_factory.mktemp("casework")
    (folder / "database").mkdir()
    shutil.copy(migrated, folder / "database" / "broker.db")
    world = World(folder, f"sqlite:///{folder / 'database' / 'broker.db'}")
    with world:
        world.agency("voluntary").posts(
            *export("su", [Row(OTTO, "S2", {"su.in_treatment": "2026-03-02"}, risk="concern")])
        )
        world.agency("school").posts(*export("ed", [Row(JORAM, "E3")]))
        world.agency("council").posts(*export("csc", FAMILY))
        yield (
            world,
            desk_at(
                world,
                "council",
                hires=[WORKER, SUPERVISOR, OFFICER],
                people=("exports/export.csv",),
                case_systems=(CASES,),
            ),
        )


@pytest.fixture
def dana(place: tuple[World, DeskAt]) -> Browser:
    return place[1].browser("dana")


def typed(person, **more: str) -> dict[str, str]:
    return {**person.about(), "purpose": "child_safeguarding", **PART, **more}


def finds(browser: Browser, person, choice: str = "0") -> str:
    """The reference of the answer about the first of our own people that is meant."""
    shown = browser.post("/find", **typed(person))
    if "/find/" in str(shown.url):
        shown = browser.post(str(shown.url), person=choice)
    assert "/family/" in str(shown.url), shown.text
    return str(shown.url).rpartition("/")[2]


def test_from_a_name_to_whom_to_ring(dana: Browser) -> None:
    """A tired caseworker does not get the telephone number, or has to know a name that no agency shares."""
    which = dana.post("/find", **typed(MINA))
    assert which.text.index("Joramble") > which.text.index("Minaquille")
    assert "Their family in your records" in which.text and "age 12" in which.text.lower()
    shown = dana.post(str(which.url), person="0")
    for text in ("Minaquille Vexworthigan, aged", "Who to contact", "01632", "What you cannot see", "C-1042"):
        assert text in shown.text
    assert "Joramble" in shown.text, "our own name of a brother"


def test_nothing_that_was_typed_is_in_an_address_or_a_file(place: tuple[World, DeskAt], dana: Browser) -> None:
    """A name that was typed stays in a browser's history, a proxy's log, or a file of the desk."""
    _, desk = place
    before = {
        path: path.read_bytes() for path in desk.home.rglob("*") if path.is_file() and "exports" not in path.parts
    }
    addresses = []
    dana.http.event_hooks = {"request": [lambda request: addresses.append(str(request.url))]}
    reference = finds(dana, STRANGER)
    dana.get(f"/family/{reference}/card")
    dana.http.event_hooks = {}
    after = {path: path.read_bytes() for path in desk.home.rglob("*") if path.is_file() and "exports" not in path.parts}
    written = b" ".join(content for path, content in after.items() if before.get(path) != content)
    for person in (STRANGER,):
        for canary in person.canaries():
            assert canary not in " ".join(addresses)
            assert canary.encode() not in written
    assert written, "the receipt of the answer is kept"


def test_what_is_wrong_is_said_and_what_was_typed_stays(dana: Browser) -> None:
    """Somebody types everything again because of one field, or is told something that they can't act on."""
    shown = dana.post("/find", surname="Vexworthigan", dob="31 2 2014", nhs="12", case="C" * 70)
    for said in (
        "There is a problem",
        "Date of birth must be a real date",
        "NHS number must be 10 digits",
        "Select why you need to see this",
        "Select what you are to this person",
        "60 characters or fewer",
    ):
        assert said in shown.text, said
    for kept in ('value="Vexworthigan"', 'value="31 2 2014"', 'value="12"', 'href="#dob"', 'id="dob-error"'):
        assert kept in shown.text, kept
    assert "Enter a last name" in dana.post("/find").text
    assert "too little to find anybody" in dana.post("/find", **PART, surname="Vexnobody", purpose="early_help").text


def test_by_our_own_reference_alone(dana: Browser) -> None:
    """Whoever comes from the case system types what it already knows."""
    which = dana.post("/find", reference="c1", purpose="child_safeguarding", **PART)
    assert "Minaquille" in which.text and "None of these" not in which.text
    assert "/family/" in str(dana.post(str(which.url), person="0").url)
    assert "nobody with this reference" in dana.post("/find", reference="X9", purpose="early_help", **PART).text
    assert "Select which person" in dana.post(str(which.url), person="17").text


def test_a_refusal_is_asked_about(dana: Browser) -> None:
    """What is not shown has no button, or what was written for the reviewer does not reach them."""
    reference = finds(dana, OTTO, "typed")
    shown = dana.get(f"/family/{reference}")
    found = re.search(rf"/family/{re.escape(reference)}/ask/(\d+)", shown.text)
    assert found, shown.text
    assert "Rule A2.E1" in dana.get(found[0]).text
    wrong = dana.post(found[0], need="short", otherwise="We would have to plan without knowing that.")
    assert "Say what you need to know" in wrong.text and "plan without knowing" in wrong.text
    sent = dana.post(found[0], need="Whether he is in treatment now.", otherwise="We plan without knowing that.")
    assert "Sent" in sent.text and "answers by" in sent.text
    assert "Waits for an answer" in dana.get("/asked").text
    assert dana.get(f"/family/{reference}/ask/999").status_code == 404


def test_someone_is_in_danger(place: tuple[World, DeskAt], dana: Browser) -> None:
    """Danger opens nothing, or opens it without a reason, or nobody has to say afterwards what happened."""
    page = dana.post("/find", **typed(OTTO, danger="yes"))
    page = dana.post(str(page.url), person="typed") if "/find/" in str(page.url) else page
    assert "ring 999" in page.text
    address = str(page.url)
    wrong = dana.post(address, why="too short")
    for said in ("Select what the danger is", "40 characters or more", "Confirm that somebody"):
        assert said in wrong.text
    opened = dana.post(address, danger="child_harm", why=WHY, understood="yes")
    assert "Emergency access until" in opened.text and "Voluntary Alliance" in opened.text
    reference = str(opened.url).rpartition("/")[2]
    assert (
        "Select whether the person knows"
        in dana.post(f"/asked/emergency/{reference}", why="Both children are safe.").text
    )
    asked = dana.post(f"/asked/emergency/{reference}", why="Both children are safe with an aunt.", person="told")
    assert "To be judged" in asked.text
    other = place[1].browser("sw")
    assert other.get(f"/asked/emergency/{reference}").status_code == 422
    assert "Dana Whitfield" in place[1].browser("priya").get("/asked").text


def test_emergency_takes_a_fresh_sign_in(place: tuple[World, DeskAt]) -> None:
    """Whoever finds an open screen opens what is hidden."""
    world, desk = place
    browser = desk.browser("dana")
    reference = finds(browser, OTTO, "typed")
    world.later(minutes=6)
    shown = browser.http.get(f"/family/{reference}/danger", follow_redirects=True)
    assert "/danger/" not in str(shown.url) and "Who are you" in shown.text


def test_two_services_are_about_two_people(dana: Browser) -> None:
    """A wrong link stays; or it is undone without anybody saying what is wrong."""
    reference = finds(dana, JORAM, "typed")
    page = dana.get(f"/family/{reference}/wrong")
    names = re.findall(r'name="(wrong-0-\d+)"', page.text)
    assert "Tick the services" in dana.post(f"/family/{reference}/wrong").text
    every = {name.replace("-", "__"): "wrong" for name in names}
    assert "Leave a service of the same person unticked" in dana.post(f"/family/{reference}/wrong", **every).text
    said = dana.post(f"/family/{reference}/wrong", **{names[0].replace("-", "__"): "wrong"})
    assert "Recorded" in said.text


def test_both_agencies_land_on_the_same_people(place: tuple[World, DeskAt], dana: Browser) -> None:
    """Two agencies on the telephone talk of two families, or whoever heard a number learns of a look-up."""
    world, _ = place
    reference = finds(dana, OTTO, "typed")
    vera = desk_at(world, "voluntary").browser("vw")
    landed = vera.post("/reference", spoken=reference.lower().replace("-", " "))
    assert "Social worker, Council" in landed.text.replace("Brackwater Council", "Council")
    assert "Somebody of your records" in landed.text
    misheard = ("A" if reference[0] != "A" else "B") + reference[1:]
    assert "misheard" in vera.post("/reference", spoken=misheard).text
    police = desk_at(world, "police").browser("pvp")
    assert "No look-up with this reference concerns your agency" in police.post("/reference", spoken=reference).text
    assert f"/family/{reference}" in str(dana.post("/reference", spoken=reference).url)
    colleague = place[1].browser("sw").post("/reference", spoken=reference)
    assert "Who looked" in colleague.text


def test_straight_in_from_the_case_system(place: tuple[World, DeskAt], dana: Browser) -> None:
    """The case system sends a name, or somebody else's page sends our people anywhere."""
    form = {**OUR_PAGE, "origin": CASES, "sec-fetch-site": "cross-site"}
    come = dana.http.post("/link", data={"case": "C-77", "reference": "C1"}, headers=form)
    to = re.search(r"/link/[A-Za-z0-9_-]+", come.text)
    assert to, come.text
    shown = dana.get(to[0])
    assert 'value="C-77"' in shown.text and 'value="C1"' in shown.text
    assert "Filled in by cases.council.example." in shown.text
    assert dana.get(to[0]).status_code == 404, "good once"
    assert dana.http.post("/link", data={"case": "Mina Vexworthigan"}, headers=form).status_code == 422
    assert dana.http.post("/link", data={"surname": "Vex"}, headers=form).status_code == 422
    late = place[1].browser()
    [to] = re.findall(r"url=(/link/[A-Za-z0-9_-]+)", late.http.post("/link", data={"case": "C-78"}, headers=form).text)
    landed = late.post(str(late.get(to).url), staff="dana")
    assert f"url={to}" in landed.text, "who signs in first loses what the case system sent"
    assert 'value="C-78"' in late.get(to).text
    assert place[1].app.state.desk.carried.opened("sign-in", to.removeprefix("/link/"), now=place[0].now) is None
    elsewhere = {**form, "origin": "https://elsewhere.example"}
    assert dana.http.post("/link", data={"case": "C-77"}, headers=elsewhere).status_code == 403


def test_an_answer_is_its_askers_alone_and_goes_with_the_session(place: tuple[World, DeskAt]) -> None:
    """A colleague, or whoever comes to the screen next, reads what somebody else looked up."""
    _, desk = place
    browser = desk.browser("dana")
    reference = finds(browser, OTTO, "typed")
    assert desk.browser("sw").get(f"/family/{reference}").status_code == 404
    assert desk.browser("tom").get("/find").status_code == 403
    browser.post("/sign-out")
    assert "Minaquille" not in browser.get(f"/family/{reference}").text
    browser.signs_in("dana")
    assert browser.get(f"/family/{reference}").status_code == 404


def test_no_other_agencys_name_is_on_the_page(dana: Browser) -> None:
    """A name that another agency holds and we don't comes to our screen."""
    shown = dana.get(f"/family/{finds(dana, MINA)}")
    for person in EVERYBODY:
        if person not in (MINA, JORAM, OTTO):
            assert person.forename not in shown.text


def test_no_name_is_in_a_log_however_much_is_logged(
    place: tuple[World, DeskAt], caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Somebody looks for a fault with every logger at DEBUG, and reads who was looked up."""
    before = {
        name: one.level for name, one in logging.root.manager.loggerDict.items() if isinstance(one, logging.Logger)
    }
    caplog.set_level(logging.DEBUG)
    for name in before:
        logging.getLogger(name).setLevel(logging.DEBUG)
    browser = place[1].browser("dana")
    reference = finds(browser, MINA)
    browser.get(f"/family/{reference}/card")
    browser.post("/find", surname=MINA.surname, dob="31 2 2014", nhs="12")
    browser.post("/find", **{f"field{at}": MINA.surname for at in range(300)})
    browser.post("/reference", spoken=MINA.surname)
    browser.post("/sign-out")
    for name, level in before.items():
        logging.getLogger(name).setLevel(level)
    written = capfd.readouterr()
    said = "\n".join(
        [*(f"{one.name} {one.getMessage()} {one.args} {one.exc_info}" for one in caplog.records), *written]
    )
    assert "HTTP Request" in said and "sign-out: dana" in said
    for person in (MINA, JORAM, OTTO):
        assert [one for one in person.canaries() if one in said] == []
