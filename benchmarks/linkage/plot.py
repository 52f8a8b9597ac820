"""The reliability curves and the F1 of both sides, as one picture."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot


def draw(sets: Mapping[str, Mapping[str, Any]], path: Path) -> None:
    """Left: stated probability against the share that is right, one line a set. Right: F1 of ours and of Splink."""
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(13, 5.5))
    left.plot([0, 1], [0, 1], color="grey", linewidth=1, label="as stated")
    for name, figures in sets.items():
        _curve(left, figures["ours"]["calibration"]["curve"], name, "-")
        if "splink" in figures:
            _curve(left, figures["splink"]["calibration"]["curve"], f"{name}, Splink", ":")
    left.set(xlabel="stated probability of a pair", ylabel="share that is right", title="Reliability")
    left.legend(fontsize=7)
    places = range(len(sets))
    ours = [figures["ours"]["set"]["f1"] for figures in sets.values()]
    right.barh([place + 0.2 for place in places], ours, height=0.38, label="ours, person asked for")
    theirs = [figures.get("splink", {}).get("set_f1_best", 0) for figures in sets.values()]
    right.barh([place - 0.2 for place in places], theirs, height=0.38, label="Splink in the clear, best threshold")
    right.set_yticks(list(places), list(sets))
    right.set(xlim=(0.5, 1), xlabel="F1", title="F1 over pairs of records of one person")
    right.legend(fontsize=8, loc="lower left")
    figure.tight_layout()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)
    pyplot.close(figure)


def _curve(axes: Any, curve: Any, name: str, style: str) -> None:
    axes.plot([stated for stated, _, _ in curve], [share for _, share, _ in curve], style, marker=".", label=name)
