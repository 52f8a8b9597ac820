"""What a look-up is found by, by whom, and what explains it: to the last word, because a search finds whole words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from broker.audit.matters import (
    NO_CLAUSE,
    OF_PARTS,
    PARTS,
    RELEASED,
    STANDING,
    Decided,
    Look,
    Terms,
    decided,
    explain,
    part_of,
    terms_of_event,
    terms_of_look,
)

ROW = {
    "level": "share",
    "clause": "A1.5",
    "agreement": "ISA-1",
    "reasons": [{"id": "A1.5"}, {"id": "P5"}],
    "rules": ["S1"],
    "lifted": ["P1"],
}
OURS = decided("council", ROW, item="csc.involvement")
THEIRS = Decided("nhs", "withhold", "", "ISA-2", "hv.clinic", reasons=("P5",), rules=("P5", "S3"))
QUIET = Decided("dv", "withhold_silently", "", "", "dv.supported", rules=("P2",))
LOOK = Look("0a" * 16, "council", "w1", "sw", "help", "allocated", False, False, told=(OURS, THEIRS), untold=(QUIET,))
WHO = {("org", "council"), ("actor", "w1"), ("role", "sw"), ("purpose", "help"), ("answer", "0a" * 16)}
WHO |= {("every", "matter"), ("typ", "answer"), ("sees", "council")}
OF_OURS = {("src", "council"), ("decision", "share"), ("rule", "A1.5"), ("rule", "P5"), ("agreement", "ISA-1")}
OF_THEIRS = {("src", "nhs"), ("decision", "withhold"), ("rule", "S6"), ("rule", "P5"), ("agreement", "ISA-2")}


def test_the_words_that_others_depend_on() -> None:
    """A name of an event, a level or a relation is misspelt, and a rule or a search never speaks again."""
    assert {"disclose", "deny", "nothing", "untold"} == PARTS
    assert {"share", "reduced", "signpost"} == RELEASED
    assert {"allocated", "team", "household"} == STANDING
    assert {"src", "decision", "rule", "agreement", "is"} == OF_PARTS
    assert NO_CLAUSE == "S6"


def test_a_decision_out_of_its_row() -> None:
    """A clause, a reason or a rule of a logged decision is lost when it is read again."""
    assert Decided("council", "share", "A1.5", "ISA-1", "csc.involvement", ("A1.5", "P5"), ("S1", "P1")) == OURS
    assert decided("nhs", {"level": "refer"}) == Decided("nhs", "refer", "", "", "", (), ())
    assert OURS.named == ("A1.5", "P5")
    assert THEIRS.named == ("S6", "P5")
    assert Decided("*", "withhold", "S1", reasons=("S9", "S2")).named == ("S9", "S2")


@pytest.mark.parametrize(
    ("look", "shown", "quiet", "parts"),
    [
        (
            LOOK,
            WHO | OF_OURS | OF_THEIRS | {("sees", "nhs")},
            {("rule", "S1"), ("rule", "P1"), ("rule", "S3"), ("rule", "P2"), ("decision", "withhold_silently")}
            | {("is", "silent")},
            {("nhs", term) for term in OF_THEIRS | {("is", "denied")}},
        ),
        (
            replace(LOOK, is_embargoed=True, untold=()),
            WHO | OF_OURS | OF_THEIRS,
            {("rule", "S1"), ("rule", "P1"), ("rule", "S3")},
            set(),
        ),
        (
            replace(LOOK, told=(replace(OURS, agreement=""),), untold=(replace(QUIET, level="refer", clause="A9"),)),
            WHO | OF_OURS - {("agreement", "ISA-1")},
            {("rule", "S1"), ("rule", "P1"), ("rule", "A9"), ("rule", "P2"), ("decision", "refer")},
            set(),
        ),
        (
            replace(LOOK, told=(Decided("*", "withhold", "S1", reasons=("S9",)),), untold=(), is_emergency=True),
            WHO | {("decision", "withhold"), ("rule", "S9"), ("is", "denied"), ("is", "emergency")},
            set(),
            set(),
        ),
        (
            replace(LOOK, told=(OURS,), untold=(), relation="self_claimed"),
            WHO | OF_OURS | {("is", "self_claimed"), ("is", "unexplained")},
            {("rule", "S1"), ("rule", "P1")},
            set(),
        ),
        (replace(LOOK, told=(), untold=(), relation="none"), WHO, set(), set()),
        (
            replace(LOOK, told=(replace(OURS, owner="nhs", clause="", rules=()),), untold=(), relation="team"),
            WHO
            | {("sees", "nhs"), ("src", "nhs"), ("decision", "share"), ("rule", "S6"), ("rule", "A1.5"), ("rule", "P5")}
            | {("agreement", "ISA-1"), ("is", "unexplained")},
            set(),
            {
                ("nhs", term)
                for term in (
                    {("src", "nhs"), ("decision", "share"), ("rule", "S6"), ("rule", "A1.5")}
                    | {("rule", "P5"), ("agreement", "ISA-1"), ("is", "unexplained")}
                )
            },
        ),
        (
            replace(LOOK, told=(OURS, THEIRS), untold=(), relation="none"),
            WHO | OF_OURS | OF_THEIRS | {("sees", "nhs"), ("is", "unexplained")},
            {("rule", "S1"), ("rule", "P1"), ("rule", "S3")},
            {("nhs", term) for term in OF_THEIRS | {("is", "denied")}},
        ),
    ],
)
def test_what_a_look_up_is_found_by(
    look: Look, shown: set[tuple[str, str]], quiet: set[tuple[str, str]], parts: set[tuple[str, tuple[str, str]]]
) -> None:
    """A search lacks a look-up, or tells an agency of another's records, or of what is quiet."""
    assert terms_of_look(look) == Terms(frozenset(shown), frozenset(quiet), frozenset(parts))


def test_what_another_event_is_found_by() -> None:
    """A verdict or an export is found by nobody, or by whom it does not concern."""
    base = {("every", "matter"), ("typ", "verdict"), ("org", "nhs"), ("sees", "nhs")}
    assert terms_of_event("verdict", "nhs") == Terms(frozenset(base))
    found = terms_of_event("verdict", "nhs", actors=("w2",), purpose="help")
    assert found == Terms(frozenset(base | {("actor", "w2"), ("purpose", "help")}))


def test_an_agency_s_own_part() -> None:
    """An agency reads of a look-up what was told of another's records, or what was silent."""
    assert part_of(LOOK, "nhs") == replace(LOOK, told=[THEIRS], untold=())
    assert (LOOK.is_refused, LOOK.is_denied, LOOK.holds_record) == (False, False, True)
    refused = replace(LOOK, told=(Decided("*", "withhold", "S1"), Decided("nhs", "share")))
    assert refused.is_refused and not refused.is_denied and not refused.holds_record
    assert replace(LOOK, told=(THEIRS,)).is_denied and not replace(LOOK, told=()).is_denied


@pytest.mark.parametrize(
    ("look", "steps", "holes"),
    [
        (LOOK, ("relation:allocated", "known:record", "purpose:help", "clause:ISA-1#A1.5"), ()),
        (replace(LOOK, told=(THEIRS,), relation="none"), ("nothing-shown",), ()),
        (
            replace(LOOK, told=(replace(THEIRS, level="signpost"),), has_case=True, relation="team"),
            ("relation:team", "known:case", "purpose:help"),
            ("clause:hv.clinic",),
        ),
        (
            replace(LOOK, told=(replace(THEIRS, level="reduced", clause="A2"),), relation="none"),
            ("purpose:help", "clause:ISA-2#A2"),
            ("relation:none", "known:nothing"),
        ),
        (
            replace(LOOK, is_emergency=True, relation="none", told=(replace(OURS, owner="nhs"), OURS)),
            ("emergency", "purpose:help", "clause:ISA-1#A1.5"),
            (),
        ),
        (
            replace(LOOK, relation="household"),
            ("relation:household", "known:record", "purpose:help", "clause:ISA-1#A1.5"),
            (),
        ),
    ],
)
def test_what_explains_it(look: Look, steps: tuple[str, ...], holes: tuple[str, ...]) -> None:
    """A look-up that somebody has to look at counts as explained, or an honest one waits in a queue."""
    found = explain(look)
    assert (found.steps, found.holes, found.is_whole) == (steps, holes, not holes)
