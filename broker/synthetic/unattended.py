"""How many questions of the fictional place are answered without a person having to decide.

Caseworkers ask about people of their own caseload, as they would on a working day. A question **waits** for a person
when its asker is refused, or when anything in the answer is referred to a person or openly withheld. One that shows
only whom to ring, by a rule and not because an agreement shares no more anyway, is answered; but somebody has to ring,
so those are counted beside it: sensitive services, matches that are to be checked.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

from broker.synthetic import desk
from broker.synthetic.parties import Parties
from broker.synthetic.population import Person, Place, Story
from broker.wire.answer import Answer, Involvement, ShownItem

QUESTIONS = 30
ENOUGH = 0.9
"""At least this share of questions waits for nobody."""
_WAITS = ("refer", "withhold")
_CLAUSE = re.compile(r"[A-Z]{1,2}\d+\.\d+")
"""The reason of a level that is what the agreement itself schedules is its clause; exceptions have an E."""


@dataclass(frozen=True)
class Unattended:
    """Of `asked` questions so many `waited` for a person, and in so many somebody is to be `rung`, by which rules."""

    asked: int
    waited: int
    rung: int
    rules: tuple[tuple[str, int], ...]

    @property
    def share(self) -> float:
        """The share of questions that waited for nobody."""
        return 1 - self.waited / self.asked if self.asked else 1.0


def measure(
    brackwater: Place, parties: Parties, folder: Path, *, seed: int, progress: Callable[[], None] = lambda: None
) -> Unattended:
    """Asks about so many people of the askers' own caseloads, and counts."""
    asked, rules, waited, rung = caseload(brackwater, parties.folder, seed=seed), Counter[str](), 0, 0
    for question in asked:
        held = list(held_back(desk.ask(parties, question, folder)))
        waited += any(level in _WAITS for level, _ in held)
        rung += any(level == "signpost" for level, _ in held)
        rules.update({rule for _, rule in held})
        progress()
    return Unattended(len(asked), waited, rung, tuple(rules.most_common()))


def caseload(brackwater: Place, folder: Path, *, seed: int) -> list[Story]:
    """Questions of the askers of the stories, each about somebody whom their own service knows, by the truth."""
    rng, known = Random(f"unattended {seed}"), _known(folder)
    askers = {(one.agency, one.role, one.staff, one.purpose): one for one in brackwater.stories}
    questions = []
    for number in range(QUESTIONS):
        asker = askers[sorted(askers)[number % len(askers)]]
        people = [brackwater.people[one] for one in known.get(asker.staff.partition("-")[0], [])]
        person = rng.choice([one for one in people if one.born])
        query = _query(brackwater, person)
        title = "A working day"
        questions.append(Story(f"day-{number}", title, asker.agency, asker.role, asker.staff, asker.purpose, query, {}))
    return questions


def held_back(answer: Answer) -> Iterator[tuple[str, str]]:
    """Levels and rules of what was held back of what agreements share, or by which the asker was refused."""
    if answer.story.refusal is not None:
        yield "withhold", answer.story.refusal.rule
    for block in (block for person in answer.story.people for block in person.involvements):
        for one in _lines(block):
            if one.not_shown and not _CLAUSE.fullmatch(one.not_shown.rule) and one.level not in ("share", "reduced"):
                yield one.level, one.not_shown.rule


def _lines(block: Involvement) -> tuple[Involvement | ShownItem, ...]:
    return (block, *block.items)


def _known(folder: Path) -> dict[str, list[str]]:
    """Whom each source knows, by the truth."""
    found: dict[str, list[str]] = {}
    with (folder / "truth" / "records.csv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            found.setdefault(row["source"], []).append(row["person"])
    return {source: sorted(set(people)) for source, people in found.items()}


def _query(brackwater: Place, person: Person) -> dict[str, str]:
    [home] = [one for one in brackwater.households if one.id == person.household]
    born = person.born.isoformat() if person.born else ""
    return {"forename": person.forename, "surname": person.surname, "dob": born, "postcode": home.address.postcode}
