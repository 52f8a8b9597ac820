"""Attack 4: an active broker with its own client credential, against the real linkage unit over its HTTP app."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.attacks import abuses, abuses_with_keys, below_quota, register, town
from benchmarks.attacks.abuses import ASKER, Trial, about
from benchmarks.attacks.hostile import Hostile

Abuses = Mapping[str, tuple[Callable[[Trial], str], str]]
TABLES: dict[str, Abuses] = {
    "the broker by itself": abuses.ABUSES,
    "with an agency's desk key": abuses_with_keys.WITH_DESK_KEY,
    "with leave for a run": abuses_with_keys.WITH_GRANT,
}


def run(people: int, *, times: int, seed: int, progress: Callable[[str], None]) -> dict[str, Any]:
    """Every abuse `times` times in a place of `people` records at each of two agencies."""
    with tempfile.TemporaryDirectory() as folder, town.town(Path(folder), questions_per_day=100_000) as world:
        known = register.people(people, seed=seed, town=max(2000, 2 * people))
        progress("posting")
        town.post(world, ASKER, source="csc", people=known)
        town.post(world, "gp", source="gp", people=known)
        at = Hostile(world, ASKER)
        rows = []
        for who, table in TABLES.items():
            for name in table:
                progress(f"{who}: {name}")
                rows.append({"who": who} | tried(at, table, name, people=known, times=times))
        progress("below the quota")
        left = [asdict(one) for one in allowed(at, known)]
    refused = all(row["tried"] == row["refused"] for row in rows)
    seen = all(one["reconciliation"].startswith(below_quota.SEEN) for one in left)
    return {"refused": rows, "below_quota": left, "holds": refused and seen}


def tried(at: Hostile, table: Abuses, name: str, *, people: list[register.Known], times: int) -> dict[str, Any]:
    """One abuse, `times` times, and how often it was refused as it should be."""
    abuse, right = table[name]
    said = []
    for turn in range(times):
        person = people[turn % len(people)]
        trial = Trial(at, person, at.intercepts(ASKER, about(person)), at.held[-1 - turn % len(at.held)].envelope)
        said.append(abuse(trial))
    return {"abuse": name, "tried": times, "refused": said.count(right), "said": sorted(set(said))}


def allowed(at: Hostile, people: list[register.Known]) -> list[below_quota.Left]:
    """What is left inside the allowances, each on a day of its own."""
    below_quota.reconciled(at)
    few = people[:10]
    trial = Trial(at, people[0], at.intercepts(ASKER, about(people[0])), at.held[0].envelope)
    below_quota.reconciled(at)
    most = at.world.unit_settings.questions_per_day + 1
    return [
        below_quota.swapped(at, few),
        below_quota.dropped(at, few),
        below_quota.guessed(at, people, use="ask"),
        below_quota.guessed(at, people, use="post"),
        below_quota.run_without_candidates(trial),
        below_quota.one_record_often(at, people[0], questions=most),
    ]
