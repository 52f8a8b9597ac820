"""A person's right on the page: only what can be said now is offered, and what can't be done is said in a sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from desk_of_world import Browser, DeskAt, desk_at
from people import OTTO, Row, export
from quick_folder import sqlite_in
from test_desk_officers import OFFICERS, does, reads, refuses, words_of
from world import World

NEW = {"source": "csc", "record": "C2", "received": "20 11 2026"}
STOP, GO_ON, LONGER, AGAIN = "Stop: we have asked", "Go on: they have", "Two months more", "Open it again"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("rights")
    with World(folder, sqlite_in(folder, migrated)) as made:
        made.agency("council").posts(*export("csc", [Row(OTTO, "C2", {"csc.cin_status": "open"})]))
        made.agency("school").posts(*export("ed", [Row(OTTO, "E7", {"ed.attendance": "88"})]))
        yield made
        made.check()


@pytest.fixture(scope="module")
def council(world: World) -> DeskAt:
    return desk_at(world, "council", hires=OFFICERS)


def taken(browser: Browser, which: str) -> str:
    """The page of one that was taken in."""
    before = set(re.findall(r'href="(/rights/case/[^"]+)"', browser.get("/rights").text))
    does(browser, "/rights/new", "Taken in", which=which, **NEW)
    [path] = set(re.findall(r'href="(/rights/case/[^"]+)"', browser.get("/rights").text)) - before
    return str(path)


def offered(browser: Browser, path: str) -> set[str]:
    """What the page lets somebody say of the time there is."""
    return set(re.findall(r'name="act"[^>]*value="(\w+)"', browser.get(path).text))


def test_only_what_fits_the_clock_is_offered(world: World, council: DeskAt) -> None:
    """Six choices stand there whatever the state, and five of them end in an error page."""
    ig, other = council.browser("ig"), council.browser("ig2")
    path = taken(ig, "objection")
    assert offered(ig, path) == {"pause_identity", "extend"}
    does(ig, f"{path}/clock", "This can't be said as it stands now", act="resume")
    refuses(ig, f"{path}/clock", "so long ago: name a day from 20 November 2026 on", act="extend", on="19 11 2026")
    refuses(ig, f"{path}/clock", "today or before", act="extend", on="30 11 2026")
    does(ig, f"{path}/clock", "Tell the person now that it takes longer", act="extend")
    reads(ig, path, "The time there is 3 months: it is complex", "Answer by 22 February 2027")
    assert offered(ig, path) == {"pause_identity"}
    does(ig, f"{path}/clock", "Recorded", act="pause_identity")
    assert offered(ig, path) == {"resume"}
    does(other, path, "Tell the person: upheld", say="upheld", ground="")
    assert offered(ig, path) == {"reopen"}
    does(ig, f"{path}/clock", "looked at again", act="reopen")
    does(other, path, "Write to the person", say="withdrawn", ground="")
    assert offered(ig, path) == set() and "The time there is" not in words_of(ig.get(path).text)
    refuses(ig, f"{path}/clock", "Nothing can be said of its time any more", act="", on="")
    complaint = taken(ig, "complaint")
    assert offered(ig, complaint) == {"acknowledge"}


def test_what_was_written_late_is_on_the_page(world: World, council: DeskAt) -> None:
    """A clock that had run out was mended afterwards, and only the command line tells."""
    ig = council.browser("ig")
    path = taken(ig, "access")
    assert offered(ig, path) == {"pause_identity", "pause_clarification", "extend"}
    world.later(days=33)
    ig.signs_in("ig")
    reads(ig, path, "Overdue: Answer by 21 December 2026")
    assert "extend" in offered(ig, path), "what was done in time counts, and is written down later"
    does(ig, f"{path}/clock", "Recorded", act="extend", on="20 12 2026")
    reads(ig, path, "Written down late 5 days after it is said to have happened")


def test_every_ground_is_a_sentence(council: DeskAt) -> None:
    """An officer reads "Of the freedom of expression", where "because" was left out."""
    path = taken(council.browser("ig"), "rectification")
    other = council.browser("ig2")
    refuses(other, path, "no later version of the record: send the corrected record first", say="corrected", ground="")
    shown = other.get(path).text
    grounds = re.findall(r'<option value="\w+">([^<]+)<', shown)
    assert len(grounds) > 15 and {one.split()[0] for one in grounds} <= {
        *("It", "The", "There", "What", "Nothing", "We")
    }, grounds
