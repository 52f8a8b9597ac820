"""Planted mistakes: the policies with one thing wrong, to measure whether the checks would notice.

    for mutant in mutants(files, seed=1): mutant.say       "agreements/isa-2026-001.yaml: A1.5: role school.dsl added"

A mistake is one that somebody could make with a keyboard: a line dropped, a role or an item too many, a level, an
effect, a value, a yes for a no. The order is drawn from `seed`, so that the first hundred are a fair share. `scored`
says which were seen by what: the loader, the exact diff, the invariants, the reach matrix.
"""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from broker.errors import BrokerError
from broker.policy.diff import diff
from broker.policy.load import from_sheets, sheets_of
from broker.policy.mistakes import mistakes
from broker.policy.policies import Policies
from broker.policy.prove import prove
from broker.policy.reach import reach
from broker.policy.strict_yaml import read

Files = Mapping[str, str | bytes]


@dataclass(frozen=True)
class Mutant:
    """`files` with one mistake in `file`, of a `kind`; `say` tells it."""

    kind: str
    file: str
    say: str
    files: Files = field(repr=False)


@dataclass(frozen=True)
class Score:
    """What became of the mutants, by what they say. `refused` don't load; `equal` change no outcome of any request.

    Of the others `seen_by_diff` show in the exact diff; `reached` change the reach matrix, `broken` don't and break an
    invariant or a theorem, and `missed` do neither.
    """

    made: int
    refused: tuple[str, ...]
    equal: tuple[str, ...]
    seen_by_diff: tuple[str, ...]
    broken: tuple[str, ...]
    reached: tuple[str, ...]
    missed: tuple[str, ...]

    @property
    def semantic(self) -> int:
        """How many change an outcome."""
        return self.made - len(self.refused) - len(self.equal)

    @property
    def caught(self) -> float:
        """The share of these that an invariant or the reach matrix catches."""
        return 1 - len(self.missed) / self.semantic if self.semantic else 1.0


def mutants(files: Files, seed: int) -> Iterator[Mutant]:
    """Every mistake that is planted in `files`, in an order drawn from `seed`."""
    data = {name: sheet.data for name, sheet in sheets_of(files).items()}
    found = [(file, *mistake) for file in data for mistake in mistakes(file, data[file], data_of=data, seed=seed)]
    found.sort(key=lambda one: hashlib.sha256(f"{seed} {one[0]} {one[2]}".encode()).digest())
    for file, kind, say, plant in found:
        changed = copy.deepcopy(data[file])
        plant(changed)
        # JSON is YAML.
        yield Mutant(kind, file, f"{file}: {say}", {**files, file: json.dumps(changed, ensure_ascii=False)})


def scored(files: Files, chosen: Iterable[Mutant], *, is_equal: Callable[[Policies, Policies], bool]) -> Score:
    """What becomes of each of `chosen`, which are mutants of `files`.

    `is_equal` says by other means than the diff whether two sets decide alike, so that the diff isn't its own judge.
    """
    sheets = sheets_of(files)
    original = from_sheets(sheets)
    golden = reach(original)
    found: dict[str, list[str]] = {name: [] for name in ("refused", "equal", "diff", "broken", "reached", "missed")}
    made = 0
    for mutant in chosen:
        made += 1
        try:
            policies = from_sheets({**sheets, mutant.file: read(mutant.file, mutant.files[mutant.file])})
        except BrokerError:
            found["refused"].append(mutant.say)
            continue
        for name in _seen(original, policies, golden=golden, is_equal=is_equal):
            found[name].append(mutant.say)
    return Score(
        made,
        tuple(found["refused"]),
        tuple(found["equal"]),
        tuple(found["diff"]),
        tuple(found["broken"]),
        tuple(found["reached"]),
        tuple(found["missed"]),
    )


def _seen(
    original: Policies, policies: Policies, *, golden: str, is_equal: Callable[[Policies, Policies], bool]
) -> Iterator[str]:
    shown = not diff(original, policies).changes_nothing
    if not shown and is_equal(original, policies):
        yield "equal"
        return
    if shown:
        yield "diff"
    if reach(policies) != golden:
        yield "reached"
    elif any(not proof.holds for proof in prove(policies)):
        yield "broken"
    else:
        yield "missed"


def said(score: Score) -> dict[str, Any]:
    """The figures of `score`, and what was missed, as JSON-safe values."""
    return {
        "made": score.made,
        "refused": len(score.refused),
        "equal": len(score.equal),
        "semantic": score.semantic,
        "seen_by_diff": len(score.seen_by_diff),
        "broken": len(score.broken),
        "reached": len(score.reached),
        "caught": round(score.caught, 4),
        "missed": list(score.missed),
    }
