"""The documents do what their readers need: a child can read the notice, a card fits on a page."""

from __future__ import annotations

import html
import re

import pytest
from brackwater_policies import policies
from html_page import Page

from broker.policy.condition import Condition
from broker.policy.render import say
from broker.policy.render.card import card, roles_of
from broker.policy.render.dpia import dpia
from broker.policy.render.notice import notice
from broker.policy.render.register import register
from broker.policy.render.ropa import ropa
from broker.policy.vocabulary import Vocabulary

IDS = sorted(policies().agreements)


def syllables(word: str) -> int:
    """About how many syllables an English word has."""
    ended = re.sub(r"(?:[^laeiouy]es|ed|[^laeiouy]e)$", "", word.lower())
    return max(1, len(re.findall(r"[aeiouy]{1,2}", ended)))


def grade(sentences: list[str]) -> float:
    """The Flesch-Kincaid grade: school years, so that 4 is read at about nine and 6 at about eleven."""
    words = [word for sentence in sentences for word in re.findall(r"[A-Za-z']+", sentence)]
    return 0.39 * len(words) / len(sentences) + 11.8 * sum(map(syllables, words)) / len(words) - 15.59


def said(text: str) -> list[str]:
    """The sentences of a notice: what stands before whom to ask, without headings, lists of a word or two and names."""
    page = Page(text)
    names = {agency.name for agency in policies().vocabulary.agencies.values()}
    shown = page.seen[: page.seen.index("Who to ask")]
    pieces = [one for piece in shown if piece not in names for one in re.split(r"(?<=[.?]) ", piece.strip())]
    return [one for one in pieces if one.endswith(".")]


@pytest.mark.parametrize("name", IDS)
def test_a_child_of_ten_can_read_the_notice(name: str) -> None:
    """The people it is about don't understand what is done with what is known of them."""
    sentences = said(notice(policies(), policies().agreements[name]))

    assert len(sentences) >= 15
    assert grade(sentences) <= 6
    assert max(len(sentence.split()) for sentence in sentences) <= 25


def test_the_grade_tells_easy_from_hard() -> None:
    """The test above would pass on anything."""
    assert grade(["The cat sat on the mat.", "We write down who looked."]) < 3
    assert grade(["Necessity and proportionality considerations determine organisational information disclosure."]) > 12


@pytest.mark.parametrize("name", IDS)
def test_the_notice_names_everybody_and_every_right(name: str) -> None:
    """Somebody does not learn who has their data, or where to complain."""
    agreement = policies().agreements[name]
    text = Page(notice(policies(), agreement)).text
    for party in agreement.parties:
        assert {policies().vocabulary.agencies[party.agency].name, party.dpo, party.sar_desk} <= set(text.split("\n"))
    assert "We answer within 1 month." in text
    assert "Information Commissioner" in text
    assert "You can tell us to stop." in text
    assert "You said yes" not in text


def test_the_notice_tells_of_the_rights_that_there_are() -> None:
    """People are told that they can object where the law gives no objection, or are not told that they can say no."""
    agreement = policies().agreements["ISA-2026-003"]
    duty = agreement.legal.model_copy(update={"article6": ("6(1)(c)",)})
    quiet = agreement.rights.model_copy(update={"tell_recipients_of_changes": False})
    told = Page(notice(policies(), agreement.model_copy(update={"legal": duty, "rights": quiet}))).text
    assert "The law says that we must." in told
    assert "tell us to stop" not in told and "tell those who saw it" not in told
    asked = agreement.legal.model_copy(update={"article6": ("6(1)(a)",), "consent_relied_on": True})
    told = Page(notice(policies(), agreement.model_copy(update={"legal": asked}))).text
    assert "You said yes, and you can say no at any time." in told


LINE, WIDE, HIGH = 3.4, 1.4, 273.0
"""Millimetres on A4: a printed line of the card (8 point), a letter of it, the paper between its margins."""


COLUMNS = (11.0, 66.0, 42.0, 57.0)


def height(text: str) -> float:
    """About how high a card is on paper, in millimetres: rows of cells by their highest, all else line by line."""
    body = html.unescape(text[text.index("<main>") : text.index("<footer>")])
    lines = 0.0
    for block in re.split(r"</(?:p|li|h[1-3]|caption|tr)>", body):
        cells = [_plain(cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", block)]
        if cells:
            lines += 0.4 + max(-(-len(cell) * WIDE // wide) for cell, wide in zip(cells, COLUMNS, strict=True))
        elif _plain(block):
            lines += (0.7 if "<h" in block else 0.2) + -(-len(_plain(block)) * WIDE // 186)
    return LINE * lines


def _plain(block: str) -> str:
    return re.sub("<[^>]+>", "", block)


@pytest.mark.parametrize("name", IDS)
def test_a_card_fits_on_one_printed_page(name: str) -> None:
    """The second page with the exceptions stays in the printer."""
    agreement = policies().agreements[name]
    for role in roles_of(agreement):
        text = card(policies(), agreement, (role,))
        assert height(text) < HIGH, role


@pytest.mark.parametrize("name", IDS)
def test_a_card_gives_the_reason_of_each_clause_of_its_role_and_no_other(name: str) -> None:
    """A practitioner expects what they are not to see, or doesn't know why they see what they do."""
    agreement = policies().agreements[name]
    for role in roles_of(agreement):
        text = Page(card(policies(), agreement, (role,))).text
        for share in agreement.share:
            assert (share.why in text) == (role in share.to)


def test_a_card_says_nothing_of_secret_facts() -> None:
    """A card left in a car tells a perpetrator what to look for."""
    for name in IDS:
        agreement = policies().agreements[name]
        text = Page(card(policies(), agreement, roles_of(agreement))).text.lower()
        for word in ("witness", "safe address", "adopted", "perpetrator", "objection upheld"):
            assert word not in text


@pytest.mark.parametrize("name", IDS)
def test_a_record_of_processing_has_what_article_30_asks(name: str) -> None:
    """The ICO asks for the record, and a column is missing."""
    agreement = policies().agreements[name]
    text = Page(ropa(policies(), agreement, [party.agency for party in agreement.parties])).text
    rows = ("Name and contact", "Joint controllers", "Data protection officer", "Purposes", "Categories of people",
            "Categories of personal data given", "Recipients, and the power", "Time limits for erasure",
            "Transfers out of the United Kingdom", "Security measures")  # fmt: skip
    assert all(text.count(row) == len(agreement.parties) for row in rows)


def test_each_partys_record_is_its_own() -> None:
    """The fire service's record says that it gives out police data."""
    agreement = policies().agreements["ISA-2026-001"]
    text = Page(ropa(policies(), agreement, ["fire"])).text
    assert "About the person's circumstances: Last home safety visit" in text
    assert "Anti-social behaviour incidents" not in text
    assert "Brackwater Council: Children Act 2004 s10(1)(c)" in text


def test_the_register_has_only_what_rests_on_the_act() -> None:
    """The public reads that health data is shared under an Act that covers no health body."""
    text = Page(register(policies(), policies().agreements["ISA-2026-001"])).text
    assert "DEA-REGISTER-DEMONSTRATION-1" in text
    assert "Digital Economy Act 2017 s35" in text
    assert "School attendance in per cent" in text
    assert "NHS Trust" not in text and "Fire and Rescue" not in text
    other = Page(register(policies(), policies().agreements["ISA-2026-003"])).text
    assert "uses no power that needs an entry" in other


class Sentence:
    def __init__(self, holds: bool) -> None:
        self.id, self.say, self.requests, self.holds = "N1", "Nobody ever sees this", 12, holds


@pytest.mark.parametrize("name", IDS)
def test_the_annex_holds_every_reason_and_every_reach(name: str) -> None:
    """The assessment weighs less than is shared."""
    agreement = policies().agreements[name]
    text = Page(dpia(policies(), agreement, [Sentence(True)])).text
    for share in agreement.share:
        assert share.why in text
        cells = len(share.items) * len(share.to) * len(share.for_)
        assert len(re.findall(rf"^(?:In full|In part|Who to ring) \({re.escape(share.id)}\)$", text, re.M)) == cells


def test_a_sentence_that_does_not_hold_is_not_called_proven() -> None:
    """An assessment rests on a promise that has a counterexample."""
    agreement = policies().agreements["ISA-2026-003"]
    assert "Does not hold" in Page(dpia(policies(), agreement, [Sentence(False)])).text
    assert "Does not hold" not in Page(dpia(policies(), agreement, [Sentence(True)])).text


@pytest.mark.parametrize(
    ("period", "words"),
    [
        ("P1Y6M", "1 year and 6 months"),
        ("P0D", "no time"),
        ("P1Y1M1D", "1 year, 1 month and 1 day"),
        ("P30D", "30 days"),
    ],
)
def test_periods_are_said_in_words(period: str, words: str) -> None:
    """A signatory reads P1Y6M."""
    assert say.period(period) == words


def test_every_value_of_every_fact_has_words() -> None:
    """A rule reads as `objects_not_competent` to whoever signs it."""
    vocabulary: Vocabulary = policies().vocabulary
    for fact, known in vocabulary.facts.items():
        for value in known.values:
            text = say.condition(vocabulary, Condition.model_validate({fact: value}))
            assert known.label not in text and "_" not in text


def test_conditions_are_said_whole() -> None:
    """Half of a condition is signed."""
    when = Condition.model_validate(
        {"risk": ["none", "concern"], "any": [{"wishes": "agrees"}, {"age": "13_15"}], "not": {"deceased": "yes"}}
    )
    assert say.condition(policies().vocabulary, when) == (
        "no risk is known or there is a concern, and either the person agrees or the person is 13 to 15, "
        "and it is not so that the person has died"
    )
    assert say.written(when) == ("{risk: [none, concern], any: [{wishes: agrees}, {age: 13_15}], not: {deceased: yes}}")
