"""What officers and reviewers do at the desk: each page is reached, says what is so, and does what it says."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from desk_of_world import OUR_PAGE, TRAINED, URL, Browser, DeskAt, desk_at
from people import MINA, OTTO, Row, export
from proposed import put_proposal
from quick_folder import sqlite_in
from refusal_flows import BECAUSE, WHY, challenged, post_refused, refusal
from world import World

from broker.agency.desk.app import create_app, make_desk
from broker.agency.desk.settings import Granter, Settings
from broker.agency.workspace import read_workspace
from broker.audit.verify_audit import check, unpack
from broker.keys.context import POLICY_CHANGE
from broker.synthetic.parties import Asker
from broker.vaults.secretfile import Header, read_secrets, write_file
from broker.wire.fields import canonical, parse
from broker.wire.grant import GrantSignature
from broker.wire.policy_change import Proposal

OFFICERS = (
    Asker("ig", "council.ig_officer", TRAINED, "Iris Glen", ("ig_officer",)),
    Asker("ig2", "council.ig_officer", TRAINED, "Ola Moss", ("ig_officer", "reviewer")),
)
BANNED = re.compile(r"pseudonym|\btokens?\b|\bhash|\bconsent|\bsubjects?\b", re.IGNORECASE)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("desk")
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


@pytest.fixture(scope="module")
def voluntary(world: World) -> Browser:
    return desk_at(world, "voluntary", hires=OFFICERS).browser("ig")


@pytest.fixture(scope="module")
def emergency(world: World) -> str:
    """The reference of the one emergency of the place."""
    told = world.agency("council").asks(OTTO.about(), staff="sw", options=["--emergency", WHY])
    return told.story.reference


def words_of(text: str) -> str:
    """What somebody reads of a page."""
    text = re.sub(r"<(script|style|head|pre|code)\b.*?</\1>", " ", text, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", text)).split())


def reads(browser: Browser, path: str, *expected: str) -> str:
    """A page, which says what is `expected` and none of the words that are for us alone."""
    answer = browser.get(path)
    assert answer.status_code == 200, answer.text
    said = words_of(answer.text)
    assert not BANNED.search(said), BANNED.search(said)
    for one in expected:
        assert one in said, f"{one} is not in: {said}"
    return answer.text


def does(browser: Browser, path: str, expected: str, **fields: str) -> str:
    """A form, which leads to a page that says what is `expected`."""
    answer = browser.post(path, **fields)
    said = words_of(answer.text)
    assert answer.status_code == 200 and expected in said, f"{answer.status_code}: {said}"
    assert not BANNED.search(said)
    return answer.text


def refuses(browser: Browser, path: str, *expected: str, **fields: str) -> None:
    """A form that is not filled as it must be: the page comes again, and says where."""
    answer = browser.post(path, **fields)
    said = words_of(answer.text)
    assert answer.status_code == 200 and "There is a problem" in said, f"{answer.status_code}: {said}"
    for one in expected:
        assert one in said, f"{one} is not in: {said}"
    for value in fields.values():
        assert value in answer.text, "what was typed is lost"


def test_a_refusal_is_answered(world: World, voluntary: Browser) -> None:
    """A reviewer can't find the challenge, or answers it without saying why."""
    told = world.agency("council").asks(OTTO.about(), staff="sw")
    case = challenged(world, refusal(told))
    assert case in reads(voluntary, "/refusals", "They need more than was shown (1)")
    reads(voluntary, f"/refusals/{case}", "The strategy meeting at two", "Council, social worker")
    refuses(voluntary, f"/refusals/{case}", "Select what you decide", "Write why you decide so", because="No.")
    does(voluntary, f"/refusals/{case}", "It is shown to them, once", say="allow_once", because=BECAUSE)
    assert case not in reads(voluntary, "/refusals", "Of 1 answered here, 100 %")
    assert voluntary.get(f"/refusals/{case}").status_code >= 400


def test_an_emergency_is_judged_and_its_look_up_reviewed(
    world: World, council: DeskAt, emergency: str, ig: Browser, voluntary: Browser
) -> None:
    """Nobody at the source judges an emergency, or nobody at home asks about it."""
    shown = reads(voluntary, "/refusals", "Emergencies to judge (1)")
    case = re.findall(r'href="/refusals/([^"]+)"', shown)[0]
    reads(voluntary, f"/refusals/{case}", WHY, "Not yet: owed by 23 November 2026")
    shown = reads(ig, "/looks", "It was an emergency", "looked somebody up for", f"answer {emergency}")
    [look] = re.findall(r'href="/looks/((?!closed)[^"]+)"', shown)
    refuses(ig, f"/looks/{look}", "Select what you found", note="nothing", do="close")
    does(ig, f"/looks/{look}", "taken on by Iris Glen", do="take")
    does(ig, f"/looks/{look}", "Closed", do="close", say="justified", note="Two children were in danger.")
    reads(ig, "/looks", "Nothing waits")
    [kept] = re.findall(r'href="(/looks/closed/[^"]+)"', reads(ig, "/looks/closed", "It was in order, by Iris Glen"))
    reads(ig, kept, "What was found It was in order", "Two children were in danger.")
    told = world.agency("council").runs("audit-queue", "--closed", "--as", "ig", "--json").ok().result["items"]
    assert [(one["outcome"], one["note"]) for one in told] == [("justified", "Two children were in danger.")]
    assert council.browser("sw").get(kept).status_code == 403


@pytest.mark.usefixtures("emergency")
def test_the_record_is_searched_counted_and_proven(world: World, ig: Browser) -> None:
    """An officer is asked who looked and why, and can't say; or can't prove it."""
    reads(ig, "/audit", "What can be written")
    does(ig, "/audit/verify", "The record is whole")
    found = does(
        ig, "/audit", "found, the latest first", who="sw", is__emergency="yes", save="emergencies", do="search"
    )
    [entry] = re.findall(r'href="/audit/entry/([^"]+)"', found)
    reads(ig, f"/audit/entry/{entry}", "It was an emergency", "Its proof was checked here", "This entry is number")
    taken = ig.post("/audit/evidence", entry=entry)
    assert taken.headers["content-type"] == "application/zip"
    report = check(unpack(taken.content), None, now=world.now)
    assert len(report.events) == 1 and report.self_asserted
    does(ig, "/audit", "By reason", text="typ:answer", do="purpose")
    does(ig, "/audit", "Nothing is found", text="is:emergency before:2026-01-01", do="search")
    reads(ig, "/audit", "Emergencies")
    refuses(ig, "/audit", "did you mean", text="purpse:early_help", do="search")
    refuses(ig, "/audit", "Enter a day such as", after="yesterday", do="search")
    does(ig, "/audit", "found, the latest first", after="1 11 2026", purpose="child_safeguarding", do="search")
    assert ig.get("/audit/entry/unknown").status_code >= 400


def test_a_match_is_reviewed_blind(world: World, council: DeskAt) -> None:
    """A reviewer sees the weight before they decide, or what another agency holds."""
    told = world.agency("council").asks(OTTO.about(), staff="sw")
    reviewer = council.browser("ig2")
    reads(reviewer, "/matches", f"Answer {told.story.reference}")
    path = f"/matches/{told.story.reference}"
    reads(reviewer, path, "Which two services?")
    refuses(reviewer, path, "Select another service", one="1", other="1")
    shown = reviewer.post(path, one="1", other="2").text
    assert " bits:" not in words_of(shown) and "Date of birth" in shown
    assert "adds" not in shown and "is-up" not in shown, "what each field adds is seen before the decision"
    [decided] = re.findall(r'action="(/matches/decided/[^"]+)"', shown)
    refuses(reviewer, decided, "Select what you found", say="")
    after = does(reviewer, decided, "to 1 that they are one person", say="cant_tell")
    assert all(said in after for said in ("Date of birth: same", "Before they were compared", "is-up"))
    assert reviewer.post(decided, say="same").status_code == 404, "decided again by who has seen the weight"
    again = reviewer.post(path, one="2", other="1")
    assert again.status_code == 409 and "a colleague gives the second opinion" in words_of(again.text).lower()
    assert OTTO.postcode not in shown and MINA.surname not in shown
    council.hires(Asker("rv", "council.ig_officer", TRAINED, "Ida Finch", ("reviewer",)))
    second = council.browser("rv")
    reads(second, "/matches", "Wait for a second opinion", "services 1 and 2")
    [decided] = re.findall(r'action="(/matches/decided/[^"]+)"', second.post(path, one="1", other="2").text)
    [window] = re.findall(r'action="(/matches/decided/[^"]+)"', second.post(path, one="1", other="2").text)
    does(second, decided, "Recorded: two different people", say="not_the_same")
    assert second.post(window, say="same").status_code == 409, "another window knows the weight too"
    council.hires(Asker("rv3", "council.ig_officer", TRAINED, "Eve Lund", ("reviewer",)))
    pair = (told.story.reference, "--one", "1", "--other", "2", "--as", "rv3")
    world.agency("council").runs("review", *pair).ok()
    assert council.browser("rv3").post(path, one="1", other="2").status_code == 409, "the command line shows the weight"
    assert "Wait for a second opinion" not in reads(second, "/matches")


def test_a_right_is_taken_in_and_decided_by_a_colleague(council: DeskAt, ig: Browser) -> None:
    """One person takes in what somebody asks and decides it alone, or nobody sees by when."""
    refuses(ig, "/rights/new", "Select what they ask", "Enter a day such as 20 11 2026", record="C2", received="soon")
    does(ig, "/rights/new", "Taken in", which="objection", source="csc", record="C2", received="20 11 2026")
    shown = reads(ig, "/rights", "they object to their information being used", "Answer by 21 December 2026")
    [case] = re.findall(r'href="/rights/case/([^"]+)"', shown)
    reads(ig, f"/rights/case/{case}", "You took it in, so a colleague decides it. Ola Moss can.")
    own = ig.post(f"/rights/case/{case}", say="upheld", ground="")
    assert "There is a problem" in own.text and case in reads(ig, "/rights"), "decided by whoever took it in"
    does(ig, f"/rights/case/{case}/clock", "Recorded", act="pause_identity")
    does(ig, f"/rights/case/{case}/clock", "Recorded", act="resume")
    colleague = council.browser("ig2")
    refuses(colleague, f"/rights/case/{case}", "Select why", say="overridden", ground="")
    refuses(colleague, f"/rights/case/{case}", "takes another reason", say="overridden", ground="public_task")
    does(colleague, f"/rights/case/{case}", "Tell the person: overridden", say="overridden", ground="legal_claims")
    reads(ig, "/rights", "Nothing waits")
    reads(ig, "/rights/taken")


def test_a_protection_takes_two(council: DeskAt, ig: Browser) -> None:
    """Somebody is protected by nobody's second look, or a protection ends by one person's word."""
    refuses(ig, "/protections/new", "Select how they are protected", record="C2", review_by="1 1 2020")
    new = {"kind": "safe_address", "source": "csc", "record": "C2", "review_by": "1 May 2027"}
    does(ig, "/protections/new", "Protected", **new)
    shown = reads(ig, "/protections", "A second person is to confirm it", "set by Iris Glen")
    card = shown[shown.index("safe address") :]
    entry = re.findall(r'action="/protections/([^"]+)"', card)[0]
    assert ig.post(f"/protections/{entry}", do="confirm").status_code in (403, 409)
    colleague = council.browser("ig2")
    does(colleague, f"/protections/{entry}", "Confirmed", do="confirm")
    does(colleague, f"/protections/{entry}", "Proposed", do="lift")
    does(ig, f"/protections/{entry}", "Lifted", do="agree")


@pytest.mark.usefixtures("emergency")
def test_an_agency_sees_how_it_stands(world: World, council: DeskAt, ig: Browser) -> None:
    """A data officer has to ask the operator what arrived, or an officer what our own rules are."""
    council.hires(Asker("data", "council.keyworker", TRAINED, "Ned Hale", ("data_person",)))
    data = council.browser("data")
    reads(data, "/agency", "Your agency is on the trust list", "All three are here", "of 5 services have delivered")
    reads(data, "/agency/deliveries", "Children's social care", "Arrived")
    reads(ig, "/agency/looks", "Brackwater Council", "For what reasons")
    shown = reads(ig, "/agreements", "Rules that hold for every agreement", "P10")
    assert "/agreements/ISA-2026-001" in shown
    reads(ig, "/agreements/ISA-2026-001", "What we tell others", "What others tell us", "Clause A1.1")
    assert ig.get("/agreements/ISA-1999-001").status_code == 404


def test_a_person_reads_what_is_held_and_who_looked(ig: Browser) -> None:
    """Somebody asks what is held about them, and an officer writes it down by hand."""
    refuses(ig, "/people/report", "such as csc/C-1041", records="C2")
    does(ig, "/people/report", "checked against the whole record of look-ups", records="csc/C2")


def test_a_change_of_agreements_is_read_and_signed_anew(world: World) -> None:
    """A lead officer signs what they did not read, or somebody at an unlocked screen signs for them."""
    home, who = world.parties.home("council"), "carers_council/a.adeyemi"
    put_proposal(home, world.now.date())
    key = read_secrets(world.parties.granter(who) / "secrets.json", owner=f"granter:{who}").values
    header = Header(owner=f"granter:{who}", created=world.now.date(), kind="rehearsal")
    write_file(home / "granter.json", header, values=key, passphrase=b"five words drawn by dice")
    own = Granter(id=who, secrets="granter.json")
    settings = Settings(agency_name="Council", public_url=URL, sign_in="development", granters={"lead": own})
    edges = world.edges()
    desk = DeskAt(create_app(make_desk(read_workspace(home, clock=edges.now), settings, edges)), home)
    for id_, name in (("lead", "Grace Adeyemi"), ("other", "Una Marsh")):
        desk.hires(Asker(id_, "council.ig_officer", TRAINED, name, ("lead_ig_officer",)))
    lead = desk.browser("lead")
    assert "/agreements/changes/2026-12" in reads(lead, "/agreements")
    path = "/agreements/changes/2026-12"
    reads(
        lead,
        path,
        "Who would have been affected",
        "about 17 would have come out otherwise",
        "More is shown. From now on it is shown in full",
        "Here Grace Adeyemi",
    )
    refuses(lead, path, "Say that you have read all that changes", read="")
    world.later(minutes=6)
    asked = lead.http.post(path, data={"read": "yes"}, headers=OUR_PAGE, follow_redirects=False)
    assert "url=/sign-in" in asked.text, "a form's redirect may not leave for the issuer"
    lead.signs_in("lead")
    [terms] = re.findall(r'name="terms" value="([0-9a-f]{64})"', reads(lead, path))
    assert "It was changed while you read it" in words_of(lead.post(path, read="yes", terms="0" * 64).text)
    assert not list(home.glob("proposals/*.sig"))
    for wrong in ("", "another of five words"):
        again = lead.post(path, read="yes", terms=terms, passphrase=wrong).text
        assert "Enter the passphrase of your own key" in again and "another of five" not in again
    assert not list(home.glob("proposals/*.sig"))
    does(lead, path, "Signed", read="yes", terms=terms, passphrase="five words drawn by dice")
    [kept] = home.glob("proposals/*.sig")
    made = parse(GrantSignature, kept.read_bytes())
    signed = canonical(parse(Proposal, (home / "proposals" / "2026-12.json").read_bytes()).terms)
    key = Ed25519PublicKey.from_public_bytes(world.parties.trust.granter(who).public)
    key.verify(made.signature, POLICY_CHANGE + signed)
    reads(lead, path, "Signed here by carers_council/a.adeyemi")
    other = desk.browser("other")
    assert "Sign it" not in reads(other, path), "a lead officer signs as somebody else"
    assert "granter-unknown" in other.post(path, read="yes", terms=terms).text


def test_pages_are_for_those_whose_work_they_are(council: DeskAt) -> None:
    """A caseworker reads the record of everybody's look-ups."""
    caseworker = council.browser("sw")
    for path in ("/audit", "/looks", "/refusals", "/rights", "/protections", "/matches"):
        assert caseworker.get(path).status_code == 403, path
