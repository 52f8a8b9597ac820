"""Each data set through both sides, and what came of it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from rich.console import Console

from benchmarks.limits import Limit
from benchmarks.linkage import evaluate, ours, person_sets, report, splink_side
from benchmarks.linkage.batch_run import MODEL
from benchmarks.linkage.dataset import DataSet
from benchmarks.linkage.mapping import load
from benchmarks.linkage.ours import Shipped
from benchmarks.linkage.progress import steps
from benchmarks.linkage.run_cases import cases_figures, one_wrong_figures
from benchmarks.linkage.run_scale import scale_figures
from benchmarks.linkage.sets_brackwater import brackwater
from benchmarks.linkage.sets_public import HISTORICAL, febrl3, febrl4, historical
from benchmarks.linkage.verdict import check
from broker.linkage.model import parse_model
from broker.tokens import load_scheme, packaged

SETS = ("febrl3", "febrl4", "febrl4-no-number", "historical50k", "brackwater", "cases", "one-wrong")
CASE_LIMITS = {"twins_merged_per_1000": 3.0, "juniors_merged_per_1000": 70.0}
ONE_WRONG_LIMITS = {"one_wrong_found": 0.98}
SCALE_LIMITS = {"batch_seconds": 10.0, "times_faster": 3.0}

Outcome = tuple[dict[str, Any], list[Limit]]


@dataclass(frozen=True)
class Bench:
    """One run: what is measured with, where files go, and how much."""

    console: Console
    folder: Path
    quick: bool
    splink: bool
    people: int

    @cached_property
    def shipped(self) -> Shipped:
        """The scheme and model of the release: keys, model and thresholds are fixed before any set is read."""
        return Shipped(load_scheme(), parse_model(packaged(MODEL)))

    def settings(self) -> dict[str, Any]:
        """What was measured, for the JSON."""
        model, scheme = self.shipped.model, self.shipped.scheme
        return {
            "scheme": scheme.name,
            "scheme_sha256": scheme.digest.hex(),
            "match_keys": len(scheme.match_keys),
            "model": f"{model.name} {model.version}",
            "model_sha256": hashlib.sha256(packaged(MODEL)).hexdigest(),
            "trained_on": model.trained_on,
            "certain_bits": model.bounds.certain,
            "probable_bits": model.bounds.probable,
            "quick": self.quick,
        }

    def sets(self, names: list[str]) -> Outcome:
        """The built-in sets of `names`."""
        self._head()
        figures: dict[str, Any] = {}
        held: list[Limit] = []
        for name in names:
            made, limits = self._named(name)
            figures[name] = made
            held += limits
        return figures, held

    def given(self, data: Path, mapping: Path) -> Outcome:
        """A set of somebody else's. Raises `BadInput` when file and mapping don't fit."""
        self._head()
        loaded = load(data, mapping)
        figures, held = self._set(loaded)
        return {loaded.name: figures}, held

    def scale(self, records: int) -> Outcome:
        """Batch speed."""
        self._head()
        figures = scale_figures(records, self.folder / "scale", self.console)
        return {"scale": figures}, check("scale", SCALE_LIMITS, figures)

    def _named(self, name: str) -> Outcome:
        small = 400 if self.quick else 0
        makers: dict[str, Callable[[], DataSet | None]] = {
            "febrl3": lambda: febrl3(small),
            "febrl4": lambda: febrl4(small),
            "febrl4-no-number": lambda: febrl4(small, number=False),
            "historical50k": lambda: historical(limit=small, birth_place_key=self._finds_by_birth_place()),
            "brackwater": lambda: brackwater(self.folder / "place", 1000 if self.quick else self.people),
        }
        if name == "cases":
            figures = cases_figures(50 if self.quick else 1000, self.shipped, self.folder / "cases", self.console)
            return figures, check(name, CASE_LIMITS, figures)
        if name == "one-wrong":
            people, sample = (600, 200) if self.quick else (20_000, 10_000)
            figures = one_wrong_figures(people, sample, self.shipped, self.console)
            return figures, check(name, ONE_WRONG_LIMITS, figures)
        data = makers[name]()
        if data is None:
            self.console.print(f"[yellow]{name}: not measured, `{HISTORICAL.name}` is not in the data folder[/yellow]")
            return {"missing": str(HISTORICAL.name)}, []
        return self._set(data)

    def _set(self, data: DataSet) -> Outcome:
        people = len(set(data.truth().tolist()))
        self.console.rule(f"{data.title}: {len(data.entries):,} records of {people:,} people, "
                          f"{len(data.sources())} sources")  # fmt: skip
        for note in data.notes:
            self.console.print(note, markup=False)
        with steps(self.console, data.title, len(data.entries)) as step:
            linked = ours.link(data, self.shipped, self.folder / data.name, step=step)
        figures: dict[str, Any] = {
            "records": len(data.entries),
            "people": people,
            "sources": len(data.sources()),
            "ours": evaluate.ours_figures(data, linked, self.shipped.model),
        }
        if self.splink:
            with self.console.status(f"{data.title}: Splink"):
                peer = splink_side.link(data, self.folder / data.name)
            figures["splink"] = evaluate.splink_figures(data, peer)
            figures["times_faster"] = round(peer.total / max(figures["ours"]["batch_seconds"], 0.001), 1)
        if data.about:
            figures["recall_by"] = person_sets.recall_by_group(data, linked.answers)
            figures["gaps"] = {name: person_sets.gap(recall) for name, recall in figures["recall_by"].items()}
        report.quality(self.console, data.title, figures)
        if data.about:
            report.fairness(self.console, figures["recall_by"], figures["gaps"])
        return figures, check(data.name, data.limits, figures)

    def _finds_by_birth_place(self) -> bool:
        return any("bp" in match_key.atoms for match_key in self.shipped.scheme.match_keys)

    def _head(self) -> None:
        told = self.settings()
        self.console.print(
            f"keys of {told['scheme']} ({told['match_keys']}), model {told['model']} trained on: {told['trained_on']}; "
            f"certain from {told['certain_bits']} bits, probable from {told['probable_bits']}; fixed before this run",
            markup=False,
        )
