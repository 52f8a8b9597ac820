"""The constructed cases: twins, juniors, and one mistake at a time."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from benchmarks.linkage import constructed, one_wrong, report
from benchmarks.linkage.encode import encode
from benchmarks.linkage.index import build
from benchmarks.linkage.mistake_kinds import SOMEBODY_ELSES
from benchmarks.linkage.ours import Shipped, link
from benchmarks.linkage.progress import steps
from benchmarks.linkage.questions import Records, ask_all, candidates_of
from benchmarks.linkage.sets_brackwater import of_place
from benchmarks.linkage.weighing import Judge
from broker.actions.look_up import HUB
from broker.agency.matchkeys import Person
from broker.synthetic.place import build as build_place

SEED = 730_223


def cases_figures(pairs: int, shipped: Shipped, folder: Path, console: Console) -> dict[str, Any]:
    """Twins and juniors that were brought together, per 1,000 pairs of people, in answers and in groups."""
    place, made = constructed.place_of(pairs)
    data = of_place(place, folder, name="cases", title="Twins and juniors")
    with steps(console, data.title, len(data.entries)) as step:
        linked = link(data, shipped, folder / "batch", step=step)
    people = [entry.truth for entry in data.entries]
    answered = {(people[at], people[one]) for at, answer in enumerate(linked.answers) for one in answer.certain}
    members: dict[int, set[str]] = defaultdict(set)
    for at, group in enumerate(linked.groups.tolist()):
        members[group].add(people[at])
    grouped = {(one, other) for some in members.values() if len(some) > 1 for one in some for other in some}
    figures: dict[str, Any] = {"records": len(data.entries), "pairs_of_each": pairs}
    for case, listed in made.items():
        figures[f"{case}_merged_per_1000"] = round(1000 * constructed.merged(listed, answered) / len(listed), 1)
        figures[f"{case}_grouped_per_1000"] = round(1000 * constructed.merged(listed, grouped) / len(listed), 1)
    console.print(f"twins merged in answers {figures['twins_merged_per_1000']}, juniors "
                  f"{figures['juniors_merged_per_1000']} per 1,000 pairs")  # fmt: skip
    return figures


def one_wrong_figures(people: int, sample: int, shipped: Shipped, console: Console) -> dict[str, Any]:
    """The share of questions with one mistake that find the record, by kind, and over all.

    Once where record and question have a number, and once where neither has, on a fifth of the sample.
    """
    held = one_wrong.records_of(build_place(people=people, seed=SEED))
    asked = one_wrong.asked(held, sample, seed=SEED)
    figures = _counted(held, asked, shipped, console)
    report.kinds(console, figures["kinds"])
    bare = {name: one_wrong.without_numbers(person) for name, person in held.items()}
    fewer = [one for one in one_wrong.asked(bare, sample // 5, seed=SEED) if not one[0].startswith("identifier")]
    without = _counted(bare, fewer, shipped, console)
    report.kinds(console, without["kinds"], title="The same, where neither side has a number")
    return figures | {"without_numbers": without}


def _counted(
    held: Mapping[str, Person], asked: Sequence[tuple[str, str, Person]], shipped: Shipped, console: Console
) -> dict[str, Any]:
    names = list(held)
    with steps(console, "One mistake", len(names) + len(asked)) as step:
        stored = encode(list(held.values()), shipped.scheme, step=lambda: step("encode", 1))
        wrong = encode([person for _, _, person in asked], shipped.scheme, step=lambda: step("encode", 1))
        sources = ["one"] * len(names)
        records = Records(
            candidates_of(stored.points, sources),
            build(stored.points, sources, hub=HUB),
            Judge(shipped.scheme, shipped.model, np.concatenate([stored.vectors, wrong.vectors])),
            shipped.rules,
        )
        questions = [(len(names) + at, points) for at, points in enumerate(wrong.points)]
        answers = list(ask_all(records, questions, step=lambda n: step("ask", n)))
    place = {name: at for at, name in enumerate(names)}
    counts: dict[str, _Count] = defaultdict(_Count)
    for (kind, name, _), answer in zip(asked, answers, strict=True):
        counts[kind].add(place[name] in answer.certain, place[name] in answer.certain | answer.probable)
    kinds = {kind: count.figures() for kind, count in counts.items()}
    counted = [count for kind, count in counts.items() if kind != SOMEBODY_ELSES]
    total = sum(count.asked for count in counted)
    return {
        "people": len(names),
        "questions": total,
        "found": round(sum(count.certain for count in counted) / total, 4),
        "found_or_probable": round(sum(count.shown for count in counted) / total, 4),
        "worst_kind": min(row["certain"] for kind, row in kinds.items() if kind != SOMEBODY_ELSES),
        "kinds": kinds,
    }


@dataclasses.dataclass
class _Count:
    asked: int = 0
    certain: int = 0
    shown: int = 0

    def add(self, certain: bool, shown: bool) -> None:
        self.asked, self.certain, self.shown = self.asked + 1, self.certain + certain, self.shown + shown

    def figures(self) -> dict[str, Any]:
        return {"asked": self.asked, "certain": round(self.certain / self.asked, 4),
                "shown": round(self.shown / self.asked, 4)}  # fmt: skip
