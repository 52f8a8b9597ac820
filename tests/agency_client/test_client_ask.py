"""A question: the name stays here, the answer is proved before it is shown, and every nothing has its own words."""

from __future__ import annotations

import datetime as dt
import json
import re

import httpx2
import pytest
from client_export import ROWS, write_export
from client_parties import NOW, Parties, point_of, problem, secret, unmask

from broker.agency import pseudonyms
from broker.wire.answer import Answer, Involvement, NotAgreed, NotShown, Person, ShownItem, SourceAnswer, Story
from broker.wire.delivery import ItemValue, Lead
from broker.wire.fields import parse
from broker.wire.question import Question
from broker.wire.reference import spoken_reference

DAY = dt.date(2026, 11, 21)
SAID = ("--relation", "allocated", "--perpetrator-view", "no")
ABOUT = 'forename = "Siobhan"\nsurname = "Quillfeather"\ndob = 2018-03-12\npostcode = "ZY1 2AB"\n'
WHY_NOT = NotShown(
    rule="health-safeguarding-only",
    reason="shared only when a child may be at risk",
    remedy="Ask again if you worry about a child's safety.",
    contact="Duty nurse",
    phone="01632 960333",
    reviewer="Dr Vale",
    review_by=dt.date(2026, 12, 4),
    breakable=True,
)
NOT_AGREED = NotShown(
    rule="S6",
    reason="No agreement schedules this for your role and purpose.",
    remedy="Ask the reviewer.",
    contact="Sharing desk",
    phone="01632 960000",
    reviewer="Dr Reed",
    review_by=dt.date(2026, 11, 23),
    breakable=False,
)


def _block(source: str, service: str, **more) -> Involvement:
    common = {
        "handle": "h",
        "source": source,
        "service": service,
        "agency": "council",
        "match": "certain",
        "level": "share",
        "duty_phone": "01632 960100",
        "as_of": DAY,
        "coverage_from": dt.date(2024, 4, 1),
        "coverage_area": "Brackwater",
    }
    return Involvement(**(common | more))


def family(question: Question) -> Story:
    """A child known to early help, housing and mental health, with a mother in the asker's own file."""
    lead = Lead(name="Jo Dorne", role="Keyworker", team="North", phone="01632 960444", email="jo@eh.test")
    early_help = _block(
        "eh",
        "Early help",
        status="current",
        lead=lead,
        started=dt.date(2026, 3, 3),
        last_contact=DAY,
        items=(
            ShownItem(
                item="eh.family_plan",
                label="Family plan",
                level="share",
                kind="period",
                values=(ItemValue(item="eh.family_plan", on=dt.date(2026, 3, 3)),),
                agreement="early-help",
                clause="1",
                keep="P6M",
            ),
        ),
    )
    arrears = ShownItem(
        item="hs.arrears_weeks",
        label="Weeks of rent owed",
        level="withhold",
        agreement="",
        clause="",
        not_shown=WHY_NOT,
    )
    housing = _block(
        "hs",
        "Brackwater Homes tenancies",
        agency="homes",
        match="probable",
        level="signpost",
        items=(arrears,),
        not_shown=WHY_NOT,
    )
    mental = _block("mh", "Mental health and CAMHS", agency="nhs", level="withhold", not_shown=WHY_NOT)
    own = pseudonyms.reference(secret("reference"), "csc", ref="C2")
    common = {
        "as_of": DAY,
        "coverage_from": dt.date(2024, 4, 1),
        "coverage_area": "Brackwater",
        "phone": "01632 960999",
    }
    return Story(
        v=1,
        reference="7ZQF-1K0M-R",
        asked_at=int(NOW.timestamp()),
        purpose=question.ticket.purpose,
        purpose_label="I am assessing or supporting this family",
        lawful_basis="public task",
        tell_family="Tell the family that you looked.",
        agreements=("early-help",),
        policy_digest="sha256:77aa",
        people=(
            Person(
                handle="a", relationship="subject", age_band="5_12", own_refs=(), involvements=(early_help, housing)
            ),
            Person(handle="b", relationship="parent", age_band="18_64", own_refs=(own,), involvements=(mental,)),
        ),
        sources=(
            SourceAnswer(source="eh", service="Early help", agency="council", found=True, **common),
            SourceAnswer(
                source="po", service="Police", agency="police", found=False, nothing="no_record_found", **common
            ),
            SourceAnswer(
                source="fr", service="Fire", agency="fire", found=False, nothing="no_answer_yet", phone="01632 960998"
            ),
            SourceAnswer(source="mh", service="CAMHS", agency="nhs", found=False, nothing="not_shown", **common),
            SourceAnswer(
                source="ed",
                service="School",
                agency="school",
                found=False,
                nothing="not_covered",
                **{**common, "as_of": dt.date(2026, 11, 2)},
            ),
        ),
        not_agreed=(
            NotAgreed(source="po", service="Police", labels=("Offences", "Bail conditions")),
            NotAgreed(source="fr", service="Fire", labels=("Home safety visit",)),
        ),
        not_agreed_why=NOT_AGREED,
    )


@pytest.fixture
def ask(run, parties: Parties, tmp_path):
    """Asks about the child of `ABOUT`."""
    parties.story = family
    about = tmp_path / "about.toml"
    about.write_text(ABOUT)
    return lambda *more: run("ask", "--purpose", "early_help", "--about", about, *SAID, *more)


def _flat(text: str) -> str:
    """What the screen says, without the frames of its tables."""
    return " ".join(re.sub(r"[^\w .,:;'()&/@–-]", " ", text).split())


def test_question_carries_points_and_nothing_of_the_person(ask, parties) -> None:
    """The broker learns the person's points, a pseudonym for the asker, and no name, date or case number."""
    result = ask("--case", "CASE-77")
    assert result[0] == 0, result
    [question] = parties.questions
    points = unmask(question.evaluation, question.tokens)
    assert points[8] == point_of(parties.trust, 8, ("2018-03-12", _postcode()))
    assert (question.age_band, question.assertion.relation) == ("5_12", "allocated")
    assert question.ticket.expires - question.ticket.issued == 60
    sent = question.model_dump_json()
    for text in ("iobhan", "uillfeather", "2018-03", "ZY1", "zy1", "CASE-77", "j.doe"):
        assert text not in sent


def _postcode() -> str:
    from broker.agency.postcode import read_postcode

    return read_postcode("ZY1 2AB").value


def test_screen_says_whom_to_ring_first(ask) -> None:
    """The typed name on top, then every worker once, then the facts; and no word of how it works."""
    code, out, _ = ask()
    said = _flat(out)
    assert code == 0
    assert out.startswith("Siobhan Quillfeather, the person you asked about, aged 5 to 12\n")
    assert "7ZQF-1K0M-R" in out.splitlines()[1]
    order = ("WHO TO RING", "3 services know this family. 1 may show you something for this reason.",
             "These services are already open to the family: contact them rather than make a new referral.",
             "Jo Dorne, Keyworker Early help 01632 960444 Siobhan",
             "Ring them: they say what they may.", "Duty desk Brackwater Homes tenancies 01632 960100 Siobhan",
             "Early help: open since 3 March 2026, last contact 21 November 2026. Family plan: since 3 March 2026.",
             "Who to ring only: Brackwater Homes tenancies match: to be checked .",
             "Older: School 2 November 2026. All other services: correct as of 21 November 2026.",
             "Every service: covers Brackwater since 1 April 2024.", "WHAT IS NOT SHOWN, AND WHY",
             "SERVICES THAT SHOW NOTHING", "NOT AGREED for your role",
             "Lawful basis: public task. Agreed in early-help.",
             "Tell the family that you looked.", "You may keep this for 6 months, and tell nobody.",
             "a record that nobody can change")  # fmt: skip
    places = [said.find(text) for text in order]
    assert -1 not in places, order[places.index(-1)]
    assert places == sorted(places)
    assert out.count("Jo Dorne") == 1 and "@" not in out
    for word in ("pseudonym", "token", "hash", "consent", "query", "denied", "data subject"):
        assert word not in said.lower()


def test_screen_says_what_is_not_shown_and_why(ask) -> None:
    """Rule, reason, remedy, contact, reviewer and date are there; items of a service that is only named are not."""
    said = _flat(ask()[1])
    assert (
        "Brackwater Homes tenancies (who to ring only: Siobhan), ring Duty nurse 01632 960333; Mental health and CAMHS"
        " (not shown for this reason: the parent), ring Duty nurse 01632 960333. shared only when a child may be at"
        " risk. Ask again if you worry about a child's safety. Dr Vale looks at it again by 4 December 2026"
        " (rule health-safeguarding-only). If somebody is in danger now, ring 999, then the service."
    ) in said
    assert "Weeks of rent owed" not in said
    assert "emergency access" not in said


def test_the_four_kinds_of_nothing_differ(ask) -> None:
    """Silence that means nothing must not read like a service that knows nobody."""
    said = _flat(ask()[1])
    for text in (
        "No record found (they may answer for this reason, and know nobody of this family): Police 01632 960999.",
        "No answer yet (they have joined but have not sent anything, so silence means nothing): Fire 01632 960998.",
        "Not shown for this reason (they know this family; above is why): CAMHS 01632 960999.",
        "Not covered (they do not cover this person's age or area): School 01632 960999.",
    ):
        assert text in said


def test_what_is_not_agreed_is_said_once(ask) -> None:
    """A caseworker does not learn whom to ask to have the agreement extended, or reads it at every service."""
    said = _flat(ask()[1])
    assert "whoever it is about Police: Offences, Bail conditions; Fire: Home safety visit. No agreement" in said
    assert "Ask the reviewer. Ring Sharing desk, 01632 960000. Dr Reed looks at it again by 23 November 2026" in said


def test_own_names_are_shown_for_own_records(ask, tmp_path) -> None:
    """The mother is in the council's own file, so the council reads her name; it never travelled."""
    assert "\nParent, aged 18 to 64" in ask()[1]
    export = write_export(tmp_path / "own", ROWS)
    code, out, _ = ask("--names", export)
    assert code == 0
    assert "Robert Quillfeather, parent, aged 18 to 64" in out
    assert "not shown for this reason: Robert" in _flat(out)


def test_relatives_without_a_name_are_told_apart(ask, parties) -> None:
    """Two brothers read as one, or the older one comes first."""

    def siblings(question: Question) -> Story:
        [subject, parent] = family(question).people
        more = {"relationship": "sibling", "involvements": subject.involvements, "own_refs": ()}
        older = parent.model_copy(update={**more, "handle": "c", "age_band": "13_15"})
        younger = parent.model_copy(update={**more, "handle": "d", "age_band": "0_4"})
        return family(question).model_copy(update={"people": (older, parent, younger, subject)})

    parties.story = siblings
    out = ask()[1]
    headings = ["Siobhan Quillfeather,", "\nBrother or sister 1, aged 0", "\nBrother or sister 2, aged 13", "\nParent"]
    assert [out.find(text) for text in headings] == sorted(out.find(text) for text in headings)
    assert "Siobhan, brother or sister 1 and brother or sister 2" in _flat(out)


def test_the_age_is_that_which_is_known_here(ask, parties) -> None:
    """The desk knows the date of birth that was typed, and the heading says that the age is not known."""

    def ageless(question: Question) -> Story:
        [subject, parent] = family(question).people
        return family(question).model_copy(
            update={"people": (subject.model_copy(update={"age_band": "unknown"}), parent)}
        )

    parties.story = ageless
    assert ask()[1].startswith("Siobhan Quillfeather, the person you asked about, aged 5 to 12\n")
    parties.story = lambda question: family(question).model_copy(update={"people": ()})
    out = ask()[1]
    assert out.startswith("Siobhan Quillfeather, aged 5 to 12\n")
    assert "No service that may answer for this reason shows a record of this person." in out


def test_own_reference_finds_the_person_in_the_own_file(run, parties, tmp_path) -> None:
    """A caseworker may give their own reference instead of a name."""
    parties.story = family
    export = write_export(tmp_path / "own", ROWS)
    about = tmp_path / "about.json"
    about.write_text('{"reference": "C4"}')
    code, out, _ = run("ask", "-p", "early_help", "--about", about, "--names", export, *SAID)
    assert code == 0
    assert out.startswith("Tomasz Ostrowski, ")


def test_json_is_the_answer(ask) -> None:
    """Programs get the answer itself."""
    answer = parse(Answer, ask("--json")[1])
    assert answer.story.reference == "7ZQF-1K0M-R"


def test_a_refusal_is_an_answer(ask, parties) -> None:
    """Who may not ask is told why, whom to ring and who reviews it; nothing is an error."""
    parties.story = lambda question: family(question).model_copy(
        update={"refusal": WHY_NOT, "people": (), "sources": ()}
    )
    code, out, _ = ask()
    assert code == 0
    assert "You may not look this up for this reason. Nothing was looked up." in out
    assert "Dr Vale" in out


def _tampered(parties: Parties, change):
    def reply(request: httpx2.Request) -> httpx2.Response:
        question = parse(Question, request.read())
        parties.questions.append(question)
        answer = change(parties.answer(question, family(question)))
        return httpx2.Response(200, content=answer.model_dump_json())

    return reply


def _leaf(answer: Answer, at: int, **update) -> Answer:
    receipt = list(answer.receipt)
    receipt[at] = receipt[at].model_copy(update=update)
    return answer.model_copy(update={"receipt": tuple(receipt)})


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("no receipt", lambda a: a.model_copy(update={"receipt": ()})),
        ("no cover leaf", lambda a: a.model_copy(update={"receipt": a.receipt[1:]})),
        ("two cover leaves", lambda a: a.model_copy(update={"receipt": (a.receipt[0], *a.receipt)})),
        ("a changed leaf", lambda a: _leaf(a, 1, leaf=a.receipt[1].leaf.replace("share", "shame"))),
        ("another's proof", lambda a: _leaf(a, 1, proof=a.receipt[0].proof)),
        ("another policy", lambda a: a.model_copy(update={"story": a.story.model_copy(update={"policy_digest": "x"})})),
        ("another purpose", lambda a: a.model_copy(update={"story": a.story.model_copy(update={"purpose": "x"})})),
    ],
)
def test_an_answer_without_proof_is_not_shown(ask, parties, name, change) -> None:
    """Nothing of a story is on the screen unless every leaf of its receipt verifies."""
    parties.answers["questions"] = _tampered(parties, change)
    code, out, err = ask()
    assert (code, out) == (6, "")
    assert "Jo Dorne" not in err


def test_an_old_receipt_is_refused(ask, parties) -> None:
    """The receipt of an earlier answer does not prove this one."""

    def yesterday(request: httpx2.Request) -> httpx2.Response:
        now, parties.now = parties.now, parties.now - dt.timedelta(days=1)
        response = _tampered(parties, lambda answer: answer)(request)
        parties.now = now
        return response

    parties.answers["questions"] = yesterday
    code, out, err = ask()
    assert (code, out) == (6, "")
    assert "receipt-old" in err


def test_a_question_is_sent_once(ask, parties) -> None:
    """A ticket is good once: a second attempt would only be refused."""
    parties.answers["questions"] = lambda request: problem(503, "log-down", "the audit log can't be written")
    assert ask()[0] == 5
    assert [path for _, path in parties.requests].count("/v1/questions") == 1


@pytest.mark.parametrize(
    ("about", "says"),
    [
        ('forename = "Siobhan"', "too little to find anybody by"),
        ('forename = "Siobhan"\ndob = "yesterday"', "dob"),
        ('nickname = "Shiv"', "unknown name"),
        ('surname = ["Quillfeather"]', "surname"),
        ("{{{", "neither TOML nor JSON"),
        ("", "nothing was typed"),
        ('reference = "C1"', "--names"),
    ],
)
def test_wrong_details_are_named_and_never_repeated(run, parties, tmp_path, about, says) -> None:
    """A message names the field that is wrong; what was typed is not in it, and nothing is sent."""
    path = tmp_path / "about.toml"
    path.write_text(about)
    code, out, err = run("ask", "-p", "early_help", "--about", path, *SAID)
    assert (code, out) == (3, "")
    assert says in err
    for text in ("Siobhan", "yesterday", "Shiv", "Quillfeather"):
        assert text not in err
    assert parties.requests == []


@pytest.mark.parametrize(
    "more",
    [("--as", "nobody"), ("--relation", "friend"), ("--perpetrator-view", "maybe"), ("--perpetrator-view", "unknown")],
)
def test_wrong_options_are_usage(ask, parties, more) -> None:
    """Who asks must be somebody the workspace vouches for."""
    assert ask(*more)[0] == 2
    assert parties.requests == []


@pytest.mark.parametrize(
    ("said", "missing"),
    [
        (SAID[:2], "--perpetrator-view is not said (say --perpetrator-view yes or no)"),
        (SAID[2:], "--relation is not said (say --relation allocated, team, household, self_claimed or none)"),
    ],
)
def test_what_decides_is_said_each_time(run, parties, tmp_path, said, missing) -> None:
    """A usual answer would open records to whoever also works with the alleged perpetrator."""
    about = tmp_path / "about.toml"
    about.write_text(ABOUT)
    code, out, err = run("ask", "-p", "early_help", "--about", about, *said)
    assert (code, out) == (2, "")
    assert missing in err
    assert parties.requests == []


def test_kept_receipts_verify_offline(ask, run, export, parties, workspace) -> None:
    """Receipts are checked years later with the trust list alone; a changed one is not valid."""
    run("send", export)
    ask()
    before = len(parties.requests)
    code, out, _ = run("verify", "--all")
    assert (code, out.count("valid ")) == (0, 2)
    [answer] = (workspace / "state" / "answers").glob("*.json")
    cover = json.loads(parties.log.leaves[1])["id"]
    assert f"{answer}: answer {spoken_reference(bytes.fromhex(cover))}: " in out
    assert json.loads(answer.read_text())["reference"] == "7ZQF-1K0M-R"
    assert "Jo Dorne" not in answer.read_text()
    content = json.loads(answer.read_text())
    content["receipt"][1]["leaf"] = content["receipt"][1]["leaf"].replace("homes", "police")
    answer.write_text(json.dumps(content))
    code, out, _ = run("verify", answer)
    assert (code, out.startswith("NOT VALID")) == (6, True)
    answer.write_text("[[[")
    assert run("verify", answer)[0] == 3
    assert run("verify")[0] == 2
    assert len(parties.requests) == before
