"""Attack 5: a caseworker walks through postcodes towards somebody whose address is kept.

The worker knows name and birthday, is trained and allocated, and asks 200 times, the right postcode among them: half of
the questions with the birthday, half without. The police registered the person; the landlord and the council hold the
new address and know of nothing. What is compared is everything that a desk sees of an answer: the story word for word,
which kind of nothing each source says, how long the answer is, what its receipt shows. Time is left out here.

The control is the same walk towards somebody who is not protected: there the right postcode must show.
"""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.attacks import town
from benchmarks.attacks.town import STAFF_ID, Person, Row, export
from broker.wire.answer import Answer
from broker.wire.fields import parse

HIDDEN = Person("Isoldephine", "Vexworthigan", "1985-06-17", "ZY66 1AB", sex="f")
OPEN = Person("Ottolunde", "Quagmirrow", "1983-08-29", "ZY47 7QX", sex="m")
NEW_HOME = {"Vexworthigan": "ZY77 4JD", "Quagmirrow": "ZY77 4JF"}


@dataclass(frozen=True)
class Walk:
    """One walk: how many questions, how many different answers and sizes came, and whether the right one showed."""

    towards: str
    questions: int
    answers: int
    sizes: int
    right_one_differs: bool
    bits_learnt: float


def settle(world: town.World) -> None:
    """Two people move; one of them is registered with the police as having a safe address."""
    world.agency("police").posts(*export("po", [Row(replace(HIDDEN, postcode=""), "X1", protection="safe_address")]))
    moved = [replace(one, postcode=NEW_HOME[one.surname]) for one in (HIDDEN, OPEN)]
    for agency, source in (("council", "csc"), ("homes", "hs"), ("nhs", "hv")):
        world.agency(agency).posts(*export(source, [Row(one, f"{source}-{at}") for at, one in enumerate(moved)]))


def postcodes(person: Person, count: int) -> list[str]:
    """Guesses, the right one somewhere in the middle."""
    rng = Random(count)
    letters = "ABDEFGHJLNPQRSTUWXYZ"
    right = NEW_HOME[person.surname]
    found: dict[str, None] = {}
    while len(found) < count - 1:
        # The street next door first: guesses that share the sector with the right one are the telling ones.
        area = right[:-2] if len(found) < count // 2 else f"ZY{rng.randrange(10, 99)} {rng.randrange(10)}"
        guess = area + rng.choice(letters) + rng.choice(letters)
        found |= {guess: None} if guess != right else {}
    guesses = list(found)
    return [*guesses[: count // 2], right, *guesses[count // 2 :]]


def walk(world: town.World, person: Person, *, questions: int, minutes: float = 3) -> Walk:
    """Asks about `person` with one postcode after the other, half with the birthday and half without."""
    right, half = NEW_HOME[person.surname], questions // 2
    seen: dict[bool, list[tuple[str, bytes, int]]] = {True: [], False: []}
    for with_birthday in (True, False):
        about = person.about() if with_birthday else {k: v for k, v in person.about().items() if k != "dob"}
        for guess in postcodes(person, half):
            world.agency("council").asks({**about, "postcode": guess}, staff=STAFF_ID)
            answer = world.traffic[-1].answer or b""
            seen[with_birthday].append((guess, told(answer), len(answer)))
            world.later(minutes=minutes)
    differs = any(len({answer for _, answer, _ in part}) > 1 and _stands_out(part, right) for part in seen.values())
    every = [one for part in seen.values() for one in part]
    return Walk(
        towards="protected" if person is HIDDEN else "control, not protected",
        questions=len(every),
        answers=sum(len({(answer, size) for _, answer, size in part}) for part in seen.values()),
        sizes=len({size for _, _, size in every}),
        right_one_differs=differs,
        bits_learnt=round(sum(_bits(part) for part in seen.values()), 2),
    )


def told(answer: bytes) -> bytes:
    """Everything that an answer tells, without what is drawn anew for every answer."""
    parsed = parse(Answer, answer)
    story = json.loads(parsed.story.model_dump_json())
    story["reference"], story["asked_at"] = "", 0
    for someone in story["people"]:
        someone["handle"] = ""
        for block in someone["involvements"]:
            block["handle"] = ""
    leaves = [json.loads(shown.leaf) for shown in parsed.receipt]
    receipt = [
        (leaf["typ"], len(leaf.get("_sd", ())), len(leaf.get("tags", ())), leaf.get("counts")) for leaf in leaves
    ]
    return json.dumps([story, receipt], sort_keys=True).encode()


def _stands_out(part: Sequence[tuple[str, bytes, int]], right: str) -> bool:
    of_right = {answer for guess, answer, _ in part if guess == right}
    return not of_right & {answer for guess, answer, _ in part if guess != right}


def _bits(part: Sequence[tuple[str, bytes, int]]) -> float:
    """Information in the answers about the guesses: the entropy of what came back."""
    import math

    counts = Counter((answer, size) for _, answer, size in part)
    return -sum(n / len(part) * math.log2(n / len(part)) for n in counts.values())


def visible(world: town.World) -> dict[str, Any]:
    """What the open part of the audit log shows of the walk so far, and at which question it first said so."""
    from promises import events

    log = events(world)
    answers = [event["id"] for event in log if event["typ"] == "answer"]
    alarms = [event["answer"] for event in log if event["typ"] == "alarm"]
    return {
        "answers_in_the_log": dict(Counter(event["org"] for event in log if event["typ"] == "answer")),
        "alarms_of_a_walk": len(alarms),
        "first_alarm_at_question": min((answers.index(one) + 1 for one in alarms), default=None),
    }


def run(questions: int, *, progress: Callable[[str], None]) -> dict[str, Any]:
    """Both walks, in one place."""
    with tempfile.TemporaryDirectory() as folder, town.town(Path(folder), questions_per_day=10 * questions) as world:
        settle(world)
        progress("walking towards the protected person")
        hidden = walk(world, HIDDEN, questions=questions)
        seen: Mapping[str, Any] = visible(world)
        progress("control: walking towards somebody else")
        control = walk(world, OPEN, questions=questions)
    return {
        "walks": [asdict(hidden), asdict(control)],
        "seen": seen,
        "valid": control.right_one_differs,
        "holds": control.right_one_differs and hidden.bits_learnt == 0 and bool(seen["alarms_of_a_walk"]),
        "alarm": bool(seen["alarms_of_a_walk"]),
    }
