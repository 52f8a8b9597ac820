"""Embargoes: which looks are told later, and that a mistake in one does not load."""

from __future__ import annotations

import datetime as dt

import pytest
from brackwater_policies import changed, files

from broker.errors import BadInput
from broker.policy.load import load_policies
from broker.policy.rewritten import rewritten

FILE = "embargoes.yaml"
ON = dt.date(2026, 11, 22)


def test_the_longest_that_is_about_a_look_counts() -> None:
    """A look is told before its time, or another agency's is held back."""
    embargoes = load_policies(files()).embargoes
    assert embargoes.told_from(asker="police", purpose="crime_prevention", on=ON) == dt.date(2027, 2, 20)
    assert embargoes.told_from(asker="police", purpose="child_safeguarding", on=ON) == dt.date(2026, 12, 20)
    for asker, purpose in (("police", "early_help"), ("council", "crime_prevention"), ("", "")):
        assert embargoes.told_from(asker=asker, purpose=purpose, on=ON) == ON
    longer = changed(
        FILE, ("told_after: P28D", "told_after: P120D"), ("purpose: [child_", "purpose: [crime_prevention, child_")
    )
    both = load_policies(longer).embargoes
    assert both.told_from(asker="police", purpose="crime_prevention", on=ON) == dt.date(2027, 3, 22)


def test_without_the_file_every_look_is_told_at_once() -> None:
    """Agreements that were in force before there were embargoes can't be loaded again."""
    before = {file: text for file, text in files().items() if file != FILE}
    assert load_policies(before).embargoes.told_from(asker="police", purpose="crime_prevention", on=ON) == ON


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("asker: [police]", "asker: [polise]", "no such agency `polise`"),
        ("purpose: [crime_prevention]", "purpose: [fishing]", "no such purpose `fishing`"),
        ("asker: [police]", "asker: []", "asker"),
        ("told_after: P90D", "told_after: P3Y", "no longer than two years"),
        ("told_after: P90D", "told_after: P0D", "longer than a day"),
        ("told_after: P90D", "told_after: soon", "a period such as"),
        ("id: D2", "id: D1", "another embargo has this id"),
        ("title: The police prevent", "for_ever: 'yes'\n    title: The police prevent", "for_ever"),
    ],
)
def test_a_mistake_does_not_load(old: str, new: str, says: str) -> None:
    """Looks are held back for ever, or of an agency that nobody meant."""
    with pytest.raises(BadInput) as caught:
        load_policies(changed(FILE, (old, new)))
    assert f"{FILE} line " in caught.value.message and says in caught.value.message


def test_a_change_is_among_what_is_signed() -> None:
    """Looks are hidden for longer without whoever signs a change being told."""
    old, new = load_policies(files()), load_policies(changed(FILE, ("told_after: P28D", "told_after: P280D")))
    [line] = rewritten(old, new)
    assert (line.place, line.before, line.after) == (("embargoes", "embargoes", "D2", "told_after"), "P28D", "P280D")
    assert old.digest != new.digest
