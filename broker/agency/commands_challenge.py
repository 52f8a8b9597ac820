"""`challenge`, `challenges`, `answer-challenge`: a refusal is questioned, and a person at the source answers for it.

What is written on either side is sealed to the other agency: the broker carries it and can't read it.
"""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from broker.agency import cases
from broker.agency.acting import Acting
from broker.agency.case_page import case_content, case_lines
from broker.agency.exits import Exit
from broker.agency.free_text import read_written, typed_text
from broker.agency.options import (
    HERE,
    AsJson,
    Folder,
    Names,
    NamesMapping,
    StaffId,
    acting_in,
)
from broker.agency.our_people import record_names, staff_names
from broker.agency.screen import Screen
from broker.agency.words import day, moment, plain
from broker.wire.challenge import Case

Refusal = Annotated[str, typer.Argument(help="The refusal as the answer calls it, such as 7ZQF-1K0M-R/3.")]
CaseReference = Annotated[str, typer.Argument(help="The case, as `broker-agency challenges` calls it.")]
Need = Annotated[str | None, typer.Option("--need", help="What you need to know. `@FILE` reads it from a file.")]
Otherwise = Annotated[str | None, typer.Option("--otherwise", help="What happens if you don't get it.")]
Said = Annotated[
    Literal["allow_once", "allow_and_propose", "keep", "justified", "not_justified", "noted"],
    typer.Option("--say", help="What you decide."),
]
Because = Annotated[str | None, typer.Option("--because", help="Why. `@FILE` reads it from a file.")]
OursOnly = Annotated[bool, typer.Option("--ours", help="What became of what we asked, instead of what waits for us.")]
SAID = {
    "allow_once": "allowed, for one look-up",
    "allow_and_propose": "allowed, and a change of the rule is proposed",
    "keep": "kept",
    "justified": "justified",
    "not_justified": "not justified",
    "noted": "noted",
}


def challenge(
    context: typer.Context,
    refusal: Refusal,
    need: Need = None,
    otherwise: Otherwise = None,
    staff: StaffId = None,
    workspace: Folder = HERE,
    json: AsJson = False,
) -> int:
    """Says that you need what was not shown. A person at the service answers, by the day that is named."""
    by = acting_in(context, workspace, staff)
    found = cases.find_refusal(by.place, refusal)
    needed = typed_text(need, "What do you need to know?")
    without = typed_text(otherwise, "What happens if you don't get it?")
    made = cases.challenge(by, found, need=needed, otherwise=without)
    lines = [
        f"recorded as {plain(made.reference)}: somebody at `{plain(made.holder)}` answers by {day(made.due)}",
        "after that it goes to the next there by itself; `broker-agency challenges --ours` says how it stands",
    ]
    content = {"reference": made.reference, "holder": made.holder, "due": made.due.isoformat()}
    Screen(json).result(content, lines)
    return Exit.ACCEPTED


def challenges(
    context: typer.Context,
    ours: OursOnly = False,
    names: Names = None,
    mapping: NamesMapping = None,
    staff: StaffId = None,
    workspace: Folder = HERE,
    json: AsJson = False,
) -> int:
    """What waits for your reviewers, the overdue first; with --ours what became of what your desks asked."""
    by = acting_in(context, workspace, staff)
    found, head = (cases.our_cases(by), []) if ours else _waiting(by)
    known, people = record_names(by.place, by.edges, names, mapping), staff_names(by.place)
    written = {one.reference: [read_written(by.place, text) for text in one.written] for one in found}
    lines = [line for one in found for line in case_lines(one, written[one.reference], known, people)]
    content = {"cases": [case_content(one, written[one.reference], known, people) for one in found]}
    Screen(json).result(content, [*(lines or ["nothing waits"]), *head])
    return Exit.ACCEPTED


def answer_challenge(
    context: typer.Context,
    reference: CaseReference,
    say: Said,
    because: Because = None,
    staff: StaffId = None,
    workspace: Folder = HERE,
    json: AsJson = False,
) -> int:
    """Answers what waits for your agency: a challenge, a sampled refusal, an emergency, a proposal."""
    by = acting_in(context, workspace, staff)
    case = cases.find_waiting(cases.read_waiting(by).cases, reference)
    question = "Why do you decide so? They will read it."
    made = cases.answer(by, case, say, because=typed_text(because, question) if cases.takes_words(case) else None)
    until = f"; they may look it up once until {moment(made.allowed_until)}" if made.allowed_until else ""
    content = {"reference": made.reference, "outcome": made.outcome, "allowed_until": made.allowed_until}
    Screen(json).result(content, [f"recorded: {SAID[say]}{until}"])
    return Exit.ACCEPTED


def _waiting(by: Acting) -> tuple[tuple[Case, ...], list[str]]:
    told = cases.read_waiting(by)
    if told.overturned_percent is None:
        return told.cases, []
    return told.cases, [f"of {told.answered:,} answered here {told.overturned_percent} % were overturned"]
