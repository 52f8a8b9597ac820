"""The figures that must hold, by data set: what was reached, the limit, and whether it holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from benchmarks.limits import Limit
from benchmarks.linkage.dataset import DataSet

Figures = Mapping[str, Any]

_AT_MOST = {
    "wrong_certain_percent", "mixed_per_1000", "calibration_error", "review_per_1000", "origin_gap_points",
    "twins_merged_per_1000", "juniors_merged_per_1000", "batch_seconds",
}  # fmt: skip
_READ: Mapping[str, Callable[[Figures], float]] = {
    "set_f1": lambda f: f["ours"]["set_with_probable"]["f1"],
    "set_f1_over_splink": lambda f: f["ours"]["set_with_probable"]["f1"] - f["splink"]["set_f1_best"],
    "wrong_certain_percent": lambda f: f["ours"]["wrong_certain_percent"],
    "mixed_per_1000": lambda f: f["ours"]["groups"]["mixed_groups_per_1000_people"],
    "calibration_error": lambda f: f["ours"]["calibration"]["error"],
    "sure_right": lambda f: f["ours"]["calibration"]["sure_right"],
    "review_per_1000": lambda f: f["ours"]["review_items_per_1000"],
    "origin_gap_points": lambda f: f["gaps"]["name origin"],
    "twins_merged_per_1000": lambda f: f["twins_merged_per_1000"],
    "juniors_merged_per_1000": lambda f: f["juniors_merged_per_1000"],
    "one_wrong_found": lambda f: f["found"],
    "batch_seconds": lambda f: f["ours"]["batch_seconds"],
    "times_faster": lambda f: f["times_faster"],
}


def limits_of(data: DataSet, figures: Figures) -> list[Limit]:
    """Each limit of the set against what was reached; one that needs Splink is left out where it did not run."""
    return check(data.name, data.limits, figures)


def check(name: str, limits: Mapping[str, float], figures: Figures) -> list[Limit]:
    """Each of `limits` against what was reached."""
    made = []
    for figure, limit in limits.items():
        try:
            reached = _READ[figure](figures)
        except (KeyError, TypeError):
            continue
        made.append(Limit(name, figure, float(reached), limit, figure in _AT_MOST))
    return made
