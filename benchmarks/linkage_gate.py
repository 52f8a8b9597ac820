"""`make bench-gate`: the curve of recall against the privacy gate, from the strictest keys to the loosest.

For each set of match keys: what its labels give away about a million made-up people (`broker.agency.gate`), and which
share of the true pairs of records share a label or more, on each test set. What evidence then makes of them is
`make bench-linkage`; here is only what the labels let it see. The plot goes to `docs/linkage-gate.svg`.
"""

from __future__ import annotations

import argparse
import json
import math
import re
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from benchmarks.linkage.dataset import DataSet
from benchmarks.linkage.sets_brackwater import brackwater
from benchmarks.linkage.sets_public import febrl3, febrl4, historical
from benchmarks.machine import machine
from broker.agency.gate.measure import Figures, measure
from broker.agency.gate.people import make_people
from broker.agency.gate.verdict import MOST_UNIQUE, PEOPLE, refusals
from broker.agency.matchkeys import match_keys
from broker.tokens import Scheme, load_scheme, parse_scheme

SVG = Path("docs/linkage-gate.svg")
_NUMBERS = ("nhs", "nino", "upn")
_SHIPPED = tuple("|".join(key.atoms) for key in load_scheme().match_keys)
_STUDY = (
    *_NUMBERS,
    *("fn1|snp|dsw", "fn3|sn3|dob", "fnS|snS|dob", "fn3|sn3|pc", "dob|pc", "sn3|dob|pco", "fn3|dob|pin"),
    *("fn1|snS|yy|pc", "nsw|yd|pco", "nsw|md|pcs"),
    *(f"{number}{half}|fnp|snp" for number in _NUMBERS for half in "AB"),
)
_BIRTH_PLACE = ("fnp|sn3|md|bp", "fn3|snp|pcs|bp", "fn1|snp|ym|bp")
SETS: dict[str, tuple[str, ...]] = {
    "names and birthday": (*_NUMBERS, "fn|sn|dob"),
    "four keys": (*_NUMBERS, "nsw|dsw", "nsw|pc", "fnp|dob|pco", "dob|pc"),
    "shipped": _SHIPPED,
    "set V13 of the study": _STUDY,
    "shipped, house number, year": (*_SHIPPED, "nsw|yy|pco", "fnc|hnpc"),
    "shipped, birth place": (*_SHIPPED, *_BIRTH_PLACE),
    "loose": (*_SHIPPED, *_BIRTH_PLACE, "nsw|yy|pco", "fnc|hnpc", "snp|dob", "fn|sn|yy|bp"),
    "no gate": (*_SHIPPED, "nsw|yy", "fnc|hnpc", "snp|dob", "fn3|dob", "fn3|sn3|bp", "fnS|snS|bp", "snp|yy|bp"),
}
"""From strict to loose. Those after `shipped` are no proposals: they show what the gate costs."""
_COLOURS = ("#1b6ca8", "#c0392b", "#2e8b57", "#8e44ad")


def scheme_of(keys: Sequence[str]) -> Scheme:
    """The shipped scheme with other match keys."""
    text = resources.files("broker.schemes").joinpath("uk-person-1.toml").read_text(encoding="utf-8")
    head = re.split(r"^\[\[match_key\]\]", text, maxsplit=1, flags=re.MULTILINE)[0]
    entries = [f"[[match_key]]\nnumber = {at}\natoms = {json.dumps(key.split('|'))}" for at, key in enumerate(keys, 1)]
    return parse_scheme((head + "\n".join(entries)).encode())


def label_recall(data: DataSet, scheme: Scheme) -> float:
    """The share of all pairs of records of one person that share a label or more."""
    holders: dict[tuple[str, int, tuple[str, ...]], list[int]] = defaultdict(list)
    people: dict[str, int] = defaultdict(int)
    for row, entry in enumerate(data.entries):
        people[entry.truth] += 1
        for number, values in match_keys(entry.person, scheme):
            holders[entry.truth, number, values].append(row)
    found = {(one, other) for rows in holders.values() for at, one in enumerate(rows) for other in rows[at + 1 :]}
    pairs = sum(count * (count - 1) // 2 for count in people.values())
    return len(found) / pairs


def data_sets(folder: Path, people: int) -> list[DataSet]:
    """The test sets; the historical people only where their file is."""
    found = [brackwater(folder, people), febrl3(), febrl4(number=False)]
    history = historical()
    return [*found, history] if history else found


def run(*, people: int, brackwater_people: int, folder: Path) -> dict[str, Any]:
    """Measures every set of keys; the result is what the last line of the command says."""
    began = time.monotonic()
    population, tests = make_people(people), data_sets(folder, brackwater_people)
    points = {}
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("measuring", total=len(SETS) * (1 + len(tests)))
        for name, keys in SETS.items():
            scheme = scheme_of(keys)
            figures = measure(scheme, population)
            bar.advance(task)
            recalls = {}
            for data in tests:
                recalls[data.name] = round(label_recall(data, scheme), 4)
                bar.advance(task)
            points[name] = _point(scheme, figures) | {"label_recall": recalls}
    _print(points, tests)
    SVG.write_text(_svg(points, [data.name for data in tests], [data.title for data in tests]), encoding="utf-8")
    return {
        "benchmark": "gate",
        "people": people,
        "shipped_digest": load_scheme().digest.hex(),
        "sets": points,
        "seconds": round(time.monotonic() - began, 1),
        "machine": machine(),
        "holds": points["shipped"]["passes"],
    }


def _point(scheme: Scheme, figures: Figures) -> dict[str, Any]:
    return {
        "keys": [key.name for key in figures.keys],
        "unique_percent": round(100 * figures.unique, 4),
        "unique_percent_with_aliases": round(100 * figures.unique_with_aliases, 4),
        "unique_percent_as_held": round(100 * figures.unique_as_held, 4),
        "worst_key_percent": round(100 * max(key.shared for key in figures.keys), 3),
        "largest_group": max(key.top for key in figures.keys),
        "labels": round(figures.labels.mean, 2),
        "passes": figures.people >= PEOPLE and not refusals(scheme, figures),
    }


def _print(points: dict[str, dict[str, Any]], tests: Iterable[DataSet]) -> None:
    table = Table("match keys", "unique", "worst key", "largest", "labels", *(data.name for data in tests), "gate")
    for name, point in points.items():
        recalls = (f"{recall:.4f}" for recall in point["label_recall"].values())
        facts = (f"{point['unique_percent']:.3f} %", f"{point['worst_key_percent']:.2f} %", str(point["largest_group"]))
        table.add_row(name, *facts, f"{point['labels']:.1f}", *recalls, "passes" if point["passes"] else "fails")
    Console(width=150).print(table)


def _svg(points: dict[str, dict[str, Any]], names: Sequence[str], titles: Sequence[str]) -> str:
    """Recall upwards, structural uniqueness to the right (logarithmic); left of the dashed line is inside the gate."""

    def place(percent: float, recall: float) -> tuple[float, float]:
        return 70 + 145 * (math.log10(max(percent, 0.001)) + 3), 40 + 380 * (1 - recall)

    gate = place(100 * MOST_UNIQUE, 0)[0]
    parts = [
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 900 500" font-family="sans-serif" font-size="12">',
        '<rect width="900" height="500" fill="white"/>',
        '<text x="70" y="22" font-size="15">True pairs with a label in common, against what labels tell</text>',
        f'<line x1="{gate:.0f}" y1="40" x2="{gate:.0f}" y2="420" stroke="#555" stroke-dasharray="5 4"/>',
        f'<text x="{gate + 5:.0f}" y="415" fill="#555">gate</text>',
    ]
    for tenth in range(0, 11, 2):
        y = place(1, tenth / 10)[1]
        parts.append(f'<line x1="70" y1="{y:.0f}" x2="800" y2="{y:.0f}" stroke="#ddd"/>')
        parts.append(f'<text x="40" y="{y + 4:.0f}">{tenth / 10:.1f}</text>')
    for power in range(-3, 3):
        parts.append(f'<text x="{place(10.0**power, 0)[0] - 14:.0f}" y="440">{10.0**power:g} %</text>')
    parts.append('<text x="230" y="465">records of a million told apart by structure (logarithmic)</text>')
    for at, (name, title) in enumerate(zip(names, titles, strict=True)):
        colour = _COLOURS[at % len(_COLOURS)]
        spots = sorted(place(point["unique_percent"], point["label_recall"][name]) for point in points.values())
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in spots)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="1.5"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>' for x, y in spots]
        parts.append(f'<text x="{70 + 200 * at}" y="488" fill="{colour}">{title}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.linkage_gate", description="Recall against the gate.")
    parser.add_argument("--people", type=int, default=PEOPLE, help="made-up people of the gate")
    parser.add_argument("--brackwater", type=int, default=10_000, help="people of the fictional place")
    parser.add_argument("--folder", type=Path, default=Path(".bench/gate"))
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    figures = run(people=options.people, brackwater_people=options.brackwater, folder=options.folder / "brackwater")
    print(json.dumps(figures))
    return 0 if figures["holds"] else 1


if __name__ == "__main__":
    raise SystemExit(main())
