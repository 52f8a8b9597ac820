"""What officers, programme leads and auditors read at the desk: the banner, exports, figures, and nobody's name."""

from __future__ import annotations

import csv
import io
import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from desk_of_world import OUR_PAGE, TRAINED, Browser, DeskAt, desk_at
from people import MINA, OTTO, Row, export
from promises import events
from quick_folder import sqlite_in
from refusal_flows import WHY, post_refused
from test_desk_officers import does, reads, refuses, words_of
from world import POLICIES, World

from broker.agency.desk.show.banner import notices
from broker.agency.desk.show.search import PRESETS
from broker.agency.taking_along import safe_cell
from broker.audit.verify_audit import check, unpack
from broker.synthetic.parties import Asker
from broker.wire.standing import Standing

STAFF = (
    Asker("ig", "council.ig_officer", TRAINED, "Iris Glen", ("ig_officer",)),
    Asker("lead", "council.ig_officer", TRAINED, "Ola Moss", ("programme_lead",)),
    Asker("aud", "council.auditor", TRAINED, "Una Frame", ("auditor",)),
)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("oversight")
    with World(folder, sqlite_in(folder, migrated)) as made:
        post_refused(made)
        made.agency("school").posts(*export("ed", [Row(MINA, "E1"), Row(OTTO, "E7", {"ed.attendance": "88"})]))
        made.agency("council").asks(OTTO.about(), staff="sw", options=["--emergency", WHY])
        made.agency("council").asks(MINA.about(), staff="sw")
        yield made
        made.check()


@pytest.fixture(scope="module")
def council(world: World) -> DeskAt:
    return desk_at(world, "council", hires=STAFF)


@pytest.fixture(scope="module")
def ig(council: DeskAt) -> Browser:
    return council.browser("ig")


def taken(browser: Browser, form: str, text: str = "typ:answer") -> httpx2.Response:
    answer = browser.post("/exports", text=text, form=form, do="take")
    assert "attachment" in answer.headers.get("content-disposition", ""), words_of(answer.text)
    return answer


def test_an_emergency_stands_on_every_page_of_an_officer(world: World, ig: Browser, council: DeskAt) -> None:
    """More is open than is normal, and an officer who is busy elsewhere does not notice."""
    for path in ("/start", "/audit", "/rights", "/help"):
        said = words_of(ig.get(path).text)
        assert "Emergency access is open until 22 November 2026" in said, path
        assert "One emergency of ours has to be judged, 1 to be explained first" in said
    assert "Emergency access is open" not in council.browser("lead").get("/start").text
    theirs = desk_at(world, "voluntary", hires=[STAFF[0]]).browser("ig")
    reads(theirs, "/start", "One emergency of others has to be judged by us. Refusals and emergencies")
    world.later(minutes=61)
    ig.signs_in("ig")
    said = reads(ig, "/start", "One emergency of ours has to be judged")
    assert "Emergency access is open" not in said


def test_the_banner_counts(world: World) -> None:
    """One emergency is told as several, or none as some."""
    none = Standing(v=1, agency="council", emergencies=0, unexplained=0, to_judge=0)
    assert notices(None) == notices(none) == ()
    some = none.model_copy(update={"emergencies": 2, "to_judge": 3})
    assert [one.text for one in notices(some)] == [
        "2 emergencies of ours have to be judged.",
        "3 emergencies of others have to be judged by us.",
    ]


def test_what_is_found_is_taken_along(world: World, ig: Browser) -> None:
    """An officer copies page after page by hand; or what they take is not in the log, or runs in a spreadsheet."""
    found = does(ig, "/audit", "found, the latest first", text="is:emergency", do="search")
    assert 'action="/exports"' in found
    assert 'value="is:emergency"' in does(ig, "/exports", "Take look-ups along", text="is:emergency", do="choose")
    refuses(ig, "/exports", "Select what you want", text="typ:answer", do="take")
    refuses(ig, "/exports", "did you mean", text="purpse:early_help", form="csv", do="take")
    refuses(ig, "/exports", "Nothing is found", text="before:2020-01-01", form="ocsf", do="take")
    rows = list(csv.DictReader(io.StringIO(taken(ig, "csv").content.decode("utf-8-sig"))))
    assert sorted(row["emergency"] for row in rows) == ["no", "yes"] and {row["who"] for row in rows} == {"sw"}
    assert all(row["reason"] and row["agency"] == "Brackwater Council" for row in rows)
    fhir = [json.loads(line) for line in taken(ig, "fhir").text.splitlines()]
    assert {one["resourceType"] for one in fhir} == {"AuditEvent"} and len(fhir) == 2
    ocsf = [json.loads(line) for line in taken(ig, "ocsf").text.splitlines()]
    assert {one["class_uid"] for one in ocsf} == {6005}
    exported = [one for one in events(world) if one["typ"] == "search" and one["act"] == "exported"]
    assert [one["found"] for one in exported] == [0, 2, 2, 2]


def test_evidence_is_taken_along_by_who_proves_who_they_are(world: World, ig: Browser) -> None:
    """Evidence leaves from an unlocked screen."""
    world.later(minutes=6)
    fields = {"text": "typ:answer actor:sw", "form": "evidence", "do": "take"}
    asked = ig.http.post("/exports", data=fields, headers=OUR_PAGE, follow_redirects=False)
    assert "url=/sign-in" in asked.text
    assert "actor" not in str(asked.headers) + asked.text, "what was typed leaves with the browser"
    issuer = ig.get("/sign-in")
    back = ig.post(str(issuer.url), staff="ig")
    assert "actor" not in str(issuer.url) and re.search(r'url=/exports"', back.text), back.text
    again = reads(ig, "/exports")
    assert 'value="typ:answer actor:sw"' in again and re.search(r'value="evidence"[^>]*checked', again), "it is lost"
    assert "actor:sw" not in reads(ig, "/exports"), "what was typed stays for good"
    report = check(unpack(taken(ig, "evidence").content), None, now=world.now)
    assert len(report.events) == 2 and report.self_asserted


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x", "\tx", "＝1"])
def test_no_cell_runs_in_a_spreadsheet(cell: str) -> None:
    """Somebody's role is called `=cmd|…`, and an officer's spreadsheet runs it."""
    assert safe_cell(cell) == f"'{cell}" and safe_cell("1-2") == "1-2" and safe_cell("") == ""


def test_a_command_takes_the_same_along(world: World, tmp_path: Path) -> None:
    """The page can what no program of the agency can; or the guide shows a command that does something else."""
    page = (POLICIES.parent / "docs" / "for" / "ig-officers.md").read_text(encoding="utf-8")
    [typed] = re.findall(r"^broker-agency (audit-export .*)$", page, re.M)
    path = tmp_path / "found.csv"
    instead = {"emergencies.csv": str(path), "officer": "sw"}
    ran = world.agency("council").runs(*(instead.get(word, word) for word in shlex.split(typed)), "--json").ok()
    assert ran.result == {"file": str(path), "count": 1, "all": True}
    assert len(list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"))))) == 2


def test_an_auditor_reads_all_of_the_record_and_no_name(council: DeskAt) -> None:
    """Whoever checks the log from outside reads who of our staff did what, or can't check it."""
    auditor = council.browser("aud")
    for path in ("/audit", "/exports", "/agreements", "/figures", "/looks", "/agency/looks", "/agency/deliveries"):
        reads(auditor, path)
    found = does(auditor, "/audit", "a member of staff of Brackwater Council", text="is:emergency", do="search")
    [entry] = re.findall(r'href="/audit/entry/([^"]+)"', found)
    reads(auditor, f"/audit/entry/{entry}", "a member of staff", "Its proof was checked here")
    does(auditor, "/audit", "Nothing is found", who="sw", do="search")
    does(auditor, "/audit/verify", "The record is whole")
    shown = taken(auditor, "csv").text
    assert "Sam" not in shown and "a member of staff" in shown
    look = re.findall(r'href="(/looks/[^"]+)"', reads(auditor, "/looks", "a member of staff"))[0]
    assert "What came of it" not in reads(auditor, look) and auditor.post(look, do="take").status_code == 403
    for path in ("/refusals", "/rights", "/protections", "/find", "/people/report"):
        assert auditor.get(path).status_code == 403, path


def test_figures_are_told_and_nobody_is(world: World, council: DeskAt) -> None:
    """A small number tells of somebody, or a programme lead has to ask the operator what came of it."""
    lead = council.browser("lead")
    reads(
        lead, "/figures", "No month is over yet", "Records have not been compared yet", "Services that have delivered"
    )
    for _ in range(9):
        world.agency("council").asks(MINA.about(), staff="sw")
    world.later(days=31)
    lead.signs_in("lead")
    shown = reads(lead, "/figures", "November 2026", "10", "fewer than 8", "Children's social care")
    assert "<svg" in shown and lead.get("/audit").status_code == 403 and lead.get("/find").status_code == 403


def test_what_is_often_asked_is_one_click_away(council: DeskAt) -> None:
    """An officer has to know the words of a search to ask the commonest question."""
    ig = council.browser("ig")
    for text in PRESETS:
        assert ig.post("/audit", text=text, do="search").status_code == 200, text
    found = does(ig, "/audit", "found, the latest first", text="is:emergency", do="search")
    entry = re.findall(r'href="(/audit/entry/[^"]+)"', found)[0]
    assert 'value="actor:sw"' in reads(ig, entry, "All look-ups of sw")
    does(ig, "/audit", "By what was decided", text="typ:answer", do="decision")
    does(ig, "/audit", "By clause or rule", text="typ:answer", do="rule")


@pytest.mark.parametrize("staff", ["ig", "lead", "aud"])
def test_nobody_is_led_to_a_page_that_is_not_theirs(staff: str, council: DeskAt) -> None:
    """Somebody's own menu answers them that they can't do this."""
    browser = council.browser(staff)
    led = set(re.findall(r'href="(/[a-z][a-z/]*)"', browser.get("/start").text))
    if "/agency" in led:
        led |= set(re.findall(r'href="(/[a-z][a-z/]*)"', browser.get("/agency").text))
    assert len(led) > 5
    assert {path for path in led if browser.get(path).status_code != 200} == set()
