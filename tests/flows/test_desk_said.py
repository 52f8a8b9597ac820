"""What the desk says to officers so that they can act on it: whose record, what was found, who looked, in words."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from desk_of_world import TRAINED, Browser, DeskAt, desk_at
from people import OTTO, Row, export
from quick_folder import sqlite_in
from refusal_flows import challenged, post_refused, refusal
from test_desk_officers import OFFICERS, does, reads, refuses, words_of
from world import World

from broker.synthetic.parties import Asker

OTTOS_NAME = f"{OTTO.forename} {OTTO.surname}"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("said")
    with World(folder, sqlite_in(folder, migrated)) as made:
        post_refused(made)
        made.agency("school").posts(*export("ed", [Row(OTTO, "E7", {"ed.attendance": "88"})]))
        yield made
        made.check()


@pytest.fixture(scope="module")
def council(world: World) -> DeskAt:
    return desk_at(world, "council", hires=OFFICERS)


@pytest.fixture(scope="module")
def ig(council: DeskAt) -> Browser:
    return council.browser("ig")


def test_a_refusal_says_whose_record_it_is(world: World) -> None:
    """A reviewer decides about a child whom the page does not name, or reads that nothing was shown where some was."""
    case = challenged(world, refusal(world.agency("council").asks(OTTO.about(), staff="sw")))
    unlisted = desk_at(world, "voluntary", hires=OFFICERS).browser("ig")
    reads(unlisted, f"/refusals/{case}", "Whose record One of ours, which no list of people at this desk has")
    assert "What was not shown" not in reads(unlisted, f"/refusals/{case}", "shown in part: only whom to ring")
    listed = desk_at(world, "voluntary", people=("exports/export.csv",)).browser("ig")
    assert OTTOS_NAME in reads(listed, "/refusals")
    reads(listed, f"/refusals/{case}", f"Whose record {OTTOS_NAME}", f"of {OTTOS_NAME}: Brackwater Council")


def test_who_looked_is_found_by_name(world: World, council: DeskAt, ig: Browser) -> None:
    """An officer is asked about Mary Ash, and has to know that she is csc-0800."""
    council.hires(*(Asker(f"csc-{number}", "council.keyworker", TRAINED, "Mary Ash") for number in (800, 801)))
    council.hires(Asker("csc-802", "council.keyworker", TRAINED, "Mary Anne Byrne"))
    world.agency("council").asks(OTTO.about(), staff="csc-801")
    does(ig, "/audit", "Mary Ash of Brackwater Council", who="csc-801", do="search")
    shown = does(ig, "/audit", "Several of your staff are called so: select one", who="ash", after="1 11 2026")
    assert re.findall(r'<option value="(csc-\d+)">([^<]+)<', shown) == [
        ("csc-800", "Mary Ash (csc-800)"),
        ("csc-801", "Mary Ash (csc-801)"),
    ]
    assert 'value="Mary Anne Byrne"' in does(ig, "/audit", "Nothing is found", who="anne BYRNE", do="search")
    refuses(ig, "/audit", "Nobody on your staff list is called so", who="Mary Oak", do="search")


def test_a_reports_end_is_a_sentence(world: World, ig: Browser) -> None:
    """A person reads that something is proven complete over 754 entries of the audit log."""
    world.agency("council").asks(OTTO.about(), staff="sw")
    said = words_of(does(ig, "/people/report", "What is held about you", records="csc/C2"))
    assert "none is missing: that was checked against the whole record of look-ups" in said
    assert "proven complete" not in said and "audit log" not in said


def test_a_table_explains_in_words(world: World, ig: Browser) -> None:
    """A spreadsheet says `no: relation:self_claimed`, and an officer looks for what that is."""
    world.agency("council").asks(OTTO.about(), staff="sw")
    world.agency("council").asks(OTTO.about(), staff="sw", relation="self_claimed")
    answer = ig.post("/exports", text="typ:answer", form="csv", do="take")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    said = {row["explained"] for row in rows}
    assert "yes" in said and not [one for one in said if re.search(r"[a-z]:[a-z_]|[a-z]_[a-z]", one)], said
    assert [one for one in said if one.startswith("no: that they work with the person is their own word")], said


def test_a_second_opinion_is_asked_for_as_long_as_it_can_be_given(world: World, council: DeskAt) -> None:
    """A colleague is sent to an answer whose records nothing can be said about any more."""
    path = f"/matches/{world.agency('council').asks(OTTO.about(), staff='sw').story.reference}"
    world.later(minutes=50)
    first = council.browser("ig2")
    [decided] = re.findall(r'action="(/matches/decided/[^"]+)"', first.post(path, one="1", other="2").text)
    does(first, decided, "A colleague gives a second opinion", say="cant_tell")
    council.hires(Asker("rv", "council.ig_officer", TRAINED, "Ida Finch", ("reviewer",)))
    assert f'href="{path}"' in reads(council.browser("rv"), "/matches", "Wait for a second opinion")
    world.later(minutes=11)
    assert "Wait for a second opinion" not in reads(council.browser("rv"), "/matches")
