"""The cover of a change that a lead officer is to sign: every change of the plain case is on it, in sentences."""

from __future__ import annotations

import re
from functools import cache

import brackwater_policies as place
import planted_changes as planted
import pytest
from brackwater_policies import ISA, changed
from test_policy_diff import Files, other

from broker.agency.desk.show.cover import MOST, cover, does
from broker.policy.change import Diff
from broker.policy.diff import diff
from broker.policy.diff_text import SAID, tell, what
from broker.policy.load import load_policies
from broker.policy.vocabulary import Vocabulary


@cache
def compared(files: Files) -> tuple[Vocabulary, Diff, str]:
    """What is between the place's policies and these, and its text."""
    after = load_policies(files())
    found = diff(place.policies(), after)
    return after.vocabulary, found, tell(found, after.vocabulary)


def suspended() -> dict[str, str]:
    return changed(ISA[3], ("status: signed", "status: suspended"), ("window: P24M", "window: P10Y"))


@pytest.mark.parametrize("files", [planted.typo, other, suspended])
def test_nothing_that_changes_is_missing_from_the_cover(files: Files) -> None:
    """A lead officer reads the cover and signs what it left out; or reads requests, codes and JSON."""
    vocabulary, found, text = compared(files)
    shown = cover(text)
    assert shown.whole and len(shown.changes) + shown.more + shown.rare == len(found.changes)
    lines = [line for one in shown.changes for line in (*one.who, one.way, one.said)]
    every = "\n".join((*lines, *shown.cases, *shown.besides)).replace("fire.officer (not in the vocabulary)", "")
    assert not re.search(r"[{}\[\]_]|\b[a-z]{2,4}\.[a-z_]+\b|requests|[0-9a-f]{12}", every), every
    plain = [one for one in found.changes if one.is_plain]
    assert len(shown.changes) + shown.more >= len(plain)
    if len(plain) <= MOST:
        for one in plain:
            assert what(vocabulary, one.step) in every, SAID[one.step.way]


def test_what_opens_stands_first_and_what_is_in_force_is_said() -> None:
    """What is shown to more people stands under what is shown to fewer, or that an agreement ends nowhere."""
    shown = cover(compared(planted.typo)[2])
    assert shown.changes[0].way == "More is shown" and "Work coach (Brackwater Jobcentre)" in shown.changes[0].who[0]
    assert shown.lead.startswith("More is shown in ")
    assert shown.changes[0].said.startswith("From now on it is shown in full; until now it is withheld")
    assert cover(compared(suspended)[2]).besides == (
        "Less is shown: ISA-2026-003 is suspended and shares nothing; until now it is signed.",
    )
    same = cover(compared(place.files)[2])
    assert (same.lead, same.besides) == ("Nothing comes out otherwise in the plain case.", ("No outcome changes.",))


@pytest.mark.parametrize(
    "slipped",
    [
        "OPENS  everybody: all of it",
        "IN THE PLAIN CASE\n     OPENS: is shown in full; until now it is withheld.",
        "IN THE PLAIN CASE\n  1. Everybody: all\n     OPENS: is shown in full; until now it is withheld.",
        "IN THE PLAIN CASE\n  1. Everybody: all\n       1 requests; for example nothing is plain. Decided by X.",
    ],
)
def test_what_is_not_understood_is_not_passed_over(slipped: str) -> None:
    """A text of another form is put before somebody, and the cover says less than what they sign."""
    shown = cover(slipped)
    assert not shown.whole
    assert any("Read all of it" in line for line in does(shown, sentences_proven=71, is_compared=True))
    assert any("Nothing was compared" in line for line in does(shown, sentences_proven=71, is_compared=False))
