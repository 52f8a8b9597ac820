"""Pause sharing now, at the desk: by a lead officer who has just signed in, ended by two; all officers are told."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from desk_of_world import TRAINED, Browser, DeskAt, desk_at
from people import OTTO, Row, export
from quick_folder import sqlite_in
from world import World

from broker.synthetic.parties import Asker

OFFICERS = (
    Asker("lead", "council.ig_officer", TRAINED, "Nadia Rowe", ("lead_ig_officer",)),
    Asker("ig", "council.ig_officer", TRAINED, "Iris Glen", ("ig_officer",)),
    Asker("boss", "council.social_worker", TRAINED, "Tom Beck", ("supervisor",)),
)
AT = "/agency/sharing"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("desk")
    with World(folder, sqlite_in(folder, migrated)) as made:
        made.agency("council").posts(*export("csc", [Row(OTTO, "C2")]))
        yield made
        made.check()


@pytest.fixture(scope="module")
def council(world: World) -> DeskAt:
    return desk_at(world, "council", hires=OFFICERS)


def words_of(text: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


def reads(browser: Browser, path: str = AT) -> str:
    found = browser.get(path)
    assert found.status_code == 200, found.text
    return words_of(found.text)


def does(browser: Browser, **form: str) -> str:
    return words_of(browser.post(AT, **form).text)


def test_one_pauses_two_resume_and_every_page_says_so(world: World, council: DeskAt) -> None:
    """One officer resumes alone; an old sign-in or another role pauses; or nobody who opens a page notices."""
    lead, ig, boss = (council.browser(name) for name in ("lead", "ig", "boss"))
    assert "Pause sharing now" in reads(lead) and "Pause sharing now" not in reads(ig)
    assert ig.post(AT, source="csc", do="pause").status_code == 403
    assert boss.post(AT, source="csc", do="propose").status_code == 403
    assert "Error: Pause or resume sharing" in does(lead, source="", do="pause")
    world.later(minutes=6)
    assert "Going on to the desk" in does(lead, source="all", do="pause"), "paused by whoever left the desk open"
    lead.signs_in("lead")
    assert "nobody is told what they hold" in does(lead, source="csc", do="pause")
    assert "have paused already" in does(lead, source="csc", do="pause")
    banner = "We have paused sharing. Children's social care since 22 November 2026"
    assert all(banner in reads(who, path) for who in (lead, ig, boss) for path in ("/start", AT))
    sw = world.agency("council").asks(OTTO.about(), staff="sw")
    assert (sw.people, sw.nothing("csc")) == ({}, "paused")

    ig.signs_in("ig")
    assert "Paused since 22 November 2026 at" in reads(ig) and "by Nadia Rowe" in reads(ig)
    assert "until another officer agrees by 24 November 2026" in does(ig, source="csc", do="propose")
    assert "Agree: share again" not in reads(ig) and "a second person agrees or not" in reads(ig, "/start")
    assert "a second member of staff has to do this" in does(ig, source="csc", do="agree").lower()
    assert "stays paused" in reads(lead) and "Iris Glen proposed to resume it" in reads(lead)
    assert "nobody is told" in does(lead, source="csc", do="pause"), "who disagrees keeps it paused"
    does(ig, source="csc", do="propose")
    assert "shared again from the next look-up on" in does(lead, source="csc", do="agree")
    assert banner not in reads(ig, "/start")
    assert "csc" in world.agency("council").asks(OTTO.about(), staff="sw").people["subject"][0]


def test_the_answer_says_on_top_what_is_missing(world: World, council: DeskAt) -> None:
    """A tired caseworker takes silence for nobody."""
    council.hires(Asker("cw", "council.social_worker", TRAINED, "Ann Poole", ("caseworker",)))
    lead, cw = council.browser("lead"), council.browser("cw")
    does(lead, source="all", do="pause")
    assert "None of our services shares now" in reads(lead)
    found = cw.post("/find", **OTTO.about(), purpose="child_safeguarding", relation="allocated", harm="no", case="C-1")
    assert "Children's social care has told nobody anything since 22 November 2026" in words_of(found.text), found.text
