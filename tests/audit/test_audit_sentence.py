"""A matter of the log in words: an officer reads who, when, why and what was told, and what does not explain it."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from broker.audit.leaves import HEADERS
from broker.audit.sentence import Said, sentence, step

WORDS = {"council": "Brackwater Council", "sw": "social worker", "cs": "child safeguarding"}
WORDS["ed.attendance"] = "Attendance"
LOOK = Said(
    "2026-11-02T09:05:59.999999Z",
    "answer",
    "council",
    who="w7",
    role="sw",
    purpose="cs",
    told=(("ed.attendance", "share", "A1.5"), ("po.asb", "withhold", "P5"), ("ed.attendance", "share", "A1.5")),
    steps=("relation:allocated", "known:record", "purpose:cs", "clause:ISA-1#A1.5"),
    words=WORDS,
)
HEAD = "2 November 2026, 09:05 UTC: w7 of Brackwater Council, social worker, looked somebody up for child safeguarding"
WHY = "Explained: they are the allocated worker, and their agency works with the family."


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (LOOK, f"{HEAD} and was told Attendance (A1.5); not shown: po.asb (P5). {WHY}"),
        (replace(LOOK, told=LOOK.told[:1]), f"{HEAD} and was told Attendance (A1.5). {WHY}"),
        (replace(LOOK, told=LOOK.told[1:2]), f"{HEAD} and was told nothing; not shown: po.asb (P5). {WHY}"),
        (replace(LOOK, told=()), f"{HEAD} and was told of nothing that you may see here. {WHY}"),
        (replace(LOOK, kept=False), f"{HEAD}. What was told is no longer kept."),
        (
            replace(LOOK, refused=True, told=(("*", "withhold", "S1"), ("*", "withhold", "S9"))),
            f"{HEAD} and the question was refused (S1; S9). {WHY}",
        ),
        (
            replace(LOOK, steps=("purpose:cs",), missing=("relation:none", "known:nothing", "clause:po.asb")),
            f"{HEAD} and was told Attendance (A1.5); not shown: po.asb (P5). NOT EXPLAINED: they do not work with the "
            "person, and their agency holds no record of the family, and they named no case, and no clause names "
            "po.asb.",
        ),
        (
            replace(LOOK, told=LOOK.told[:1], missing=("relation:self_claimed",)),
            f"{HEAD} and was told Attendance (A1.5). NOT EXPLAINED: that they work with the person is their own word.",
        ),
        (
            replace(LOOK, emergency=True, told=LOOK.told[:1], steps=("emergency",), words={}),
            "2 November 2026, 09:05 UTC: w7 of council, sw, looked somebody up for cs in an emergency and was told "
            "ed.attendance (A1.5). Explained: it was an emergency, which has a review of its own.",
        ),
        (
            Said("2026-12-31T00:00:00.000000Z", "verdict", "council", who="w7", act="made", words=WORDS),
            "31 December 2026, 00:00 UTC: w7 of Brackwater Council, event `verdict` made.",
        ),
        (
            Said("2026-12-31T00:00:00.000000Z", "search", "council", who="w7", act="exported", words=WORDS),
            "31 December 2026, 00:00 UTC: w7 of Brackwater Council took entries of the record along.",
        ),
        (Said("2026-01-01T00:00:00.000000Z", "start", "broker"), "1 January 2026, 00:00 UTC: broker, event `start`."),
    ],
)
def test_a_matter_in_words(said: Said, words: str) -> None:
    """An officer reads that something was explained that was not, or of somebody else's agency or hour."""
    assert sentence(said) == words


@pytest.mark.parametrize(
    ("most", "words"),
    [
        (None, "Attendance (A1.5), ed.b (A2), ed.c (A3)"),
        (3, "Attendance (A1.5), ed.b (A2), ed.c (A3)"),
        (2, "Attendance (A1.5), ed.b (A2), 1 more"),
        (1, "Attendance (A1.5), 2 more"),
    ],
)
def test_a_long_list_says_how_much_longer_it_is(most: int | None, words: str) -> None:
    """An officer reads two of twelve things that were told, and takes them for all."""
    told = (LOOK.told[0], ("ed.b", "share", "A2"), ("ed.c", "share", "A3"))
    assert sentence(replace(LOOK, told=told, most=most)) == f"{HEAD} and was told {words}. {WHY}"


def test_what_somebody_did_is_said_as_the_officers_page_says() -> None:
    """An officer reads of a lifted protection that it was confirmed, or the code's own word for it."""
    page = (Path(__file__).parents[2] / "docs/for/ig-officers.md").read_text()
    _, found, table = page.partition("| event | in words: who … |\n|---|---|\n")
    rows = re.findall(r"^\| `([a-z]+)`(?: `([a-z-]+)`)? \| (.+) \|$", table.partition("\n\n")[0], re.MULTILINE)
    assert found and len(rows) == len(table.partition("\n\n")[0].splitlines())
    for typ, act, words in rows:
        assert typ in HEADERS, typ
        said = Said("2026-12-31T00:00:00.000000Z", typ, "council", who="w7", act=act, words=WORDS)
        assert sentence(said) == f"31 December 2026, 00:00 UTC: w7 of Brackwater Council {words}."
    for typ, _, _ in rows:
        assert f"event `{typ}` other" in sentence(Said("2026-12-31T00:00:00.000000Z", typ, "council", act="other"))


def test_days_are_written_out() -> None:
    """A date is read as that of another month."""
    half = ("January", "February", "March", "April", "May", "June")
    other = ("July", "August", "September", "October", "November", "December")
    for month, name in enumerate((*half, *other), start=1):
        said = sentence(Said(f"2026-{month:02}-09T10:00:00.000000Z", "start", "broker"))
        assert said.startswith(f"9 {name} 2026, 10:00 UTC")


@pytest.mark.parametrize(
    ("name", "said"),
    list(
        {
            "nothing-shown": "nothing was shown, so nothing has to be explained",
            "emergency": "it was an emergency, which has a review of its own",
            "known:record": "their agency works with the family",
            "known:case": "they named a case of theirs",
            "known": "their agency works with the family, or they named a case",
            "relation:allocated": "they are the allocated worker",
            "relation:team": "their team works with the person",
            "relation:household": "they work with somebody of the household",
            "relation:self_claimed": "that they work with the person is their own word",
            "relation:none": "they do not work with the person",
            "known:nothing": "their agency holds no record of the family, and they named no case",
        }.items()
    ),
)
def test_each_step_of_an_explanation_in_words(name: str, said: str) -> None:
    """An officer reads a code, or the reason of another look-up."""
    assert sentence(replace(LOOK, told=(), steps=(name,))).endswith(f"here. Explained: {said}.")
    assert sentence(replace(LOOK, told=(), missing=(name,))).endswith(f"here. NOT EXPLAINED: {said}.")
    assert sentence(replace(LOOK, steps=())).endswith(" NOT EXPLAINED: .")


def test_other_words_for_what_was_told() -> None:
    """Two things run together, or what has no name is left out."""
    told = (("a", "share", "A1"), ("b", "reduced", "A2"), ("c", "signpost", "A3"), ("d", "refer", "A4"))
    said = sentence(replace(LOOK, told=told))
    assert f"{HEAD} and was told a (A1), b (A2), c (A3); not shown: d (A4). {WHY}" == said


def test_a_step_by_itself() -> None:
    """A page lists the steps: each is a sentence's part, an unknown one its own name."""
    assert step("purpose:cs", WORDS) == "it was looked up for child safeguarding"
    assert step("clause:ISA-1#A1.5", WORDS) == "clause ISA-1#A1.5 shares what was told"
    assert step("relation:none", {}) == "they do not work with the person"
    assert step("something:else", {}) == "something:else"
