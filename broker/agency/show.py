"""The answer on the caseworker's screen, to be read in a minute.

who it is about, the reason, the reference        what is not shown, and why
whom to ring                                      services that show nothing, what is not agreed
the facts, person by person                       the law, the family, the record of this look-up
"""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Console

from broker.agency import words
from broker.agency.facts import show_coverage, show_facts
from broker.agency.family import Member, Subject, members
from broker.agency.page import Page
from broker.agency.ring import show_whom_to_ring
from broker.agency.unshown import (
    not_shown_lines,
    refusal_quoted,
    show_not_agreed,
    show_not_shown,
    show_nothings,
    show_paused,
)
from broker.wire.answer import EmergencyNote, Story

LOOK_ONLY = "P0D"


def show(story: Story, subject: Subject, *, own_names: Mapping[bytes, str], out: Console) -> None:
    """Prints `story`; `own_names` has what this agency calls the records in `own_refs`."""
    page = Page(out)
    family = members(story, subject, own_names=own_names)
    _show_head(page, story, subject, family)
    if story.refusal is not None:
        page.heading("You may not look this up for this reason. Nothing was looked up.")
        quote = refusal_quoted(story.refusal, story.reference)
        page.items(not_shown_lines(story.refusal, ["This look-up"], quote=quote))
        _show_duties(page, story)
        return
    show_paused(page, story)
    show_whom_to_ring(page, story, family)
    for member in family:
        show_facts(page, member, asked_at=story.asked_at, notices=story.notices)
    show_coverage(page, story)
    show_not_shown(page, family, reference=story.reference)
    show_nothings(page, story)
    show_not_agreed(page, story)
    _show_duties(page, story)


def _show_head(page: Page, story: Story, subject: Subject, family: list[Member]) -> None:
    known = family[0].heading if story.people and story.people[0].relationship == words.SUBJECT else ""
    page.line(known or f"{subject.name}, {words.age(subject.age_band)}", is_bold=True)
    reason = story.purpose_label or words.words(story.purpose)
    asked = f"Looked up {words.moment(story.asked_at)}"
    page.line(words.sentences(f"Reference {story.reference}", reason, asked))
    if story.emergency is not None:
        _show_emergency(page, story.emergency)


def _show_emergency(page: Page, note: EmergencyNote) -> None:
    page.heading(f"EMERGENCY ACCESS {note.reference}, until {words.moment(note.until)}")
    told = f"{words.listing(note.told)} have been told that you looked, and read why" if note.told else ""
    owed = f"By {words.moment(note.explain_by)} say what happened: `broker-agency emergency-explained {note.reference}`"
    judged = f"A second person judges it by {words.day(note.review_by)}"
    page.items([words.sentences(told), words.sentences(owed, judged), words.sentences(note.tell_person)])


def _show_duties(page: Page, story: Story) -> None:
    page.heading("Please note")
    agreements = f"Agreed in {words.listing(story.agreements)}" if story.agreements else ""
    lawful = f"Lawful basis: {story.lawful_basis}" if story.lawful_basis else ""
    told = "This look-up and what it showed are in a record that nobody can change. The person can ask to see it"
    texts = [words.sentences(lawful, agreements), words.sentences(story.tell_family), keeping(story)]
    texts += [words.sentences(*story.notices), words.sentences(told)]
    page.items(text for text in texts if text)


def keeping(story: Story) -> str:
    """What may be done with what was read: the usual rule of this answer, then the items with another one."""
    rules: dict[tuple[str, str], dict[str, None]] = {}
    for item in (item for person in story.people for block in person.involvements for item in block.items):
        if item.level in ("share", "reduced"):
            rules.setdefault((item.keep, item.onward), {})[item.label] = None
    by_use = sorted(rules, key=lambda rule: -len(rules[rule]))
    others = (f"{words.listing(rules[rule])}: {_may(*rule)}" for rule in by_use[1:])
    return words.sentences(*(words.capital(_may(*rule)) for rule in by_use[:1]), *others)


def _may(keep: str, onward: str) -> str:
    kept = "look, do not copy" if keep == LOOK_ONLY else f"you may keep this for {words.period(keep)}"
    return f"{kept}, and {words.onward(onward)}"
