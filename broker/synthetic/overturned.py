"""The demonstration's refusal: challenged, overturned, shown once; and one that is silent, which looks like nothing."""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from broker.agency.cli import main as broker_agency
from broker.synthetic import desk
from broker.synthetic.parties import Parties
from broker.synthetic.population import Story
from broker.synthetic.story_refused import REVIEWER
from broker.wire.answer import Answer, Involvement
from broker.wire.london import in_words

Say = Callable[[str], None]
_NEED = "Whether he is in treatment at the moment, for the strategy meeting this afternoon."
_OTHERWISE = "We decide whether his son can go home tonight without knowing it."
_BECAUSE = "Enquiries under section 47 have begun; for the child's safety you need to know."


def overturn(parties: Parties, story: Story, refused: Answer, *, folder: Path, say: Say) -> list[str]:
    """Challenges the refusal of a story's answer, answers it, and asks twice more. Returns what does not hold."""
    source = str(story.expected["source"])
    before = _block(refused, source)
    why = before.not_shown if before else None
    if before is None or why is None:
        return ["the refusal is not there"]
    name = f"{refused.story.reference}/{why.number}"
    say(f"   {before.service}: who to ring only ({why.reason})")
    asked = ["challenge", name, "--need", _NEED, "--otherwise", _OTHERWISE, "--as", story.staff]
    made = _runs(parties, story.agency, *asked)
    due = in_words(dt.date.fromisoformat(made["due"]))
    say(f"   the social worker challenges {name}: case {made['reference']}, due {due}")
    waiting = _runs(parties, "voluntary", "challenges", "--as", REVIEWER)["cases"]
    [case] = [one for one in waiting if one["reference"] == made["reference"]]
    say(f'   the service reads, and the broker can\'t: "{case["written"][0]["need"]}"')
    answered = ["answer-challenge", made["reference"], "--say", "allow_and_propose"]
    _runs(parties, "voluntary", *answered, "--because", _BECAUSE, "--as", REVIEWER)
    after, again = (_block(desk.ask(parties, story, folder), source) for _ in range(2))
    levels = [block.level if block else "nothing" for block in (before, after, again)]
    say(f"   its reviewer allows one look-up, and proposes to change the rule: {', then '.join(levels)}")
    return [] if levels == ["signpost", "share", "signpost"] else [f"shown as {', '.join(levels)}"]


def stays_silent(parties: Parties, answer: Answer, *, holder: str, reader: str, source: str, say: Say) -> list[str]:
    """That an answer says nothing of a source, and that the agency that holds it can account for it."""
    listed = [one for one in answer.story.sources if one.source == source]
    silent = _runs(parties, holder, "silent", "--as", reader)["answers"]
    say(f"   of a young person's record nothing shows ({'no record found' if listed else 'not even the service'});")
    say(f"   {holder} itself reads that {len(silent)} answers of today kept something silent, and by which rule")
    wrong = [] if all(not one.found for one in listed) else ["the silent record shows"]
    return wrong


def _block(answer: Answer, source: str) -> Involvement | None:
    subject = [person for person in answer.story.people if person.relationship == "subject"]
    return next((one for person in subject for one in person.involvements if one.source == source), None)


def _runs(parties: Parties, agency: str, *command: str) -> dict[str, Any]:
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        broker_agency([*command, "--workspace", str(parties.home(agency)), "--json"])
    found: dict[str, Any] = json.loads(out.getvalue() or "{}")
    return found
