"""A question: the name stays here, the answer is proved before it is shown, and every nothing has its own words."""

from __future__ import annotations

import datetime as dt
import json

import httpx2
import pytest
from client_export import ROWS, write_export
from client_parties import Parties, point_of, problem, unmask
from client_story import ABOUT, SAID, family

from broker.tokens import load_scheme
from broker.wire.answer import Answer
from broker.wire.fields import parse
from broker.wire.question import Question
from broker.wire.reference import spoken_reference


def test_question_carries_points_and_nothing_of_the_person(ask, parties) -> None:
    """The broker learns the person's points, a pseudonym for the asker, and no name, date or case number."""
    result = ask("--case", "CASE-77")
    assert result[0] == 0, result
    [question] = parties.questions
    points = unmask(question.evaluation, question.tokens)
    number = next(key.number for key in load_scheme().match_keys if key.atoms == ("dob", "pc"))
    assert points[number] == point_of(parties.trust, number, ("2018-03-12", _postcode()))
    assert (question.age_band, question.assertion.relation) == ("5_12", "allocated")
    assert question.ticket.expires - question.ticket.issued == 60
    sent = question.model_dump_json()
    # Nothing shorter than six signs: what is sealed is spelt in signs too, and has any three of them by chance.
    for text in ("iobhan", "uillfeather", "2018-03", _postcode(), _postcode().lower(), "CASE-77", "j.doe"):
        assert text not in sent


def _postcode() -> str:
    from broker.agency.postcode import read_postcode

    return read_postcode("ZY1 2AB").value


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
    content["receipt"][1]["leaf"] = content["receipt"][1]["leaf"].replace('"typ":"disclose"', '"typ":"deny"')
    answer.write_text(json.dumps(content))
    code, out, _ = run("verify", answer)
    assert (code, out.startswith("NOT VALID")) == (6, True)
    answer.write_text("[[[")
    assert run("verify", answer)[0] == 3
    assert run("verify")[0] == 2
    assert len(parties.requests) == before
