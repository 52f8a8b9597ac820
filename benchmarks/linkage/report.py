"""The figures as tables for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

Figures = Mapping[str, Any]


def _three(score: Figures) -> tuple[str, str, str]:
    return f"{score['precision']:.4f}", f"{score['recall']:.4f}", f"{score['f1']:.4f}"


def quality(console: Console, title: str, figures: Figures) -> None:
    """Precision, recall and F1 of both sides, by what is counted."""
    table = Table("", "precision", "recall", "F1", title=title, title_justify="left")
    ours = figures["ours"]
    rows = {
        "ours, person asked for (certain)": ours["set"],
        "ours, person asked for (and probable)": ours["set_with_probable"],
        "ours, pairs (certain)": ours["pairs"],
        "ours, groups": ours["groups"],
        "ours, labels alone (any shared key)": ours["labels_alone"],
    }
    if splink := figures.get("splink"):
        rows |= {f"Splink, pairs at {p}": score for p, score in splink["pairs"].items()}
        rows["Splink, pairs at its best threshold"] = splink["pairs_best"]
        rows |= {f"Splink, clusters at {p}": score for p, score in splink["groups"].items()}
        rows["Splink, clusters at its best threshold"] = splink["groups_best"]
    for name, score in rows.items():
        table.add_row(name, *_three(score))
    console.print(table)
    _safety(console, figures)


def _safety(console: Console, figures: Figures) -> None:
    ours, splink = figures["ours"], figures.get("splink")
    table = Table("", "ours", "Splink")
    stated, theirs = ours["calibration"], splink["calibration"] if splink else None
    rows: list[tuple[str, Any, Any]] = [
        ("questions that show a wrong person as certain, %", ours["wrong_certain_percent"], None),
        ("mixed groups per 1,000 people", ours["groups"]["mixed_groups_per_1000_people"],
         splink and splink["groups_best"]["mixed_groups_per_1000_people"]),
        ("B-cubed F1 of groups", ours["groups"]["bcubed_f1"], splink and splink["groups_best"]["bcubed_f1"]),
        ("calibration error", stated["error"], theirs and theirs["error"]),
        ("right of the pairs said to be 99 % sure", stated["sure_right"], theirs and theirs["sure_right"]),
        ("recall that labels (Splink: blocking) allow a pair", ours["labels_alone"]["recall"],
         splink and splink["blocking_recall"]),
        ("F1 that evidence adds to labels", ours["evidence_adds_f1"], None),
        ("review items per 1,000 records", ours["review_items_per_1000"], None),
        ("labels a record, mean", ours["labels_a_record"]["mean"], None),
        ("seconds, blocking to groups (Splink: with training)", ours["batch_seconds"],
         splink and round(sum(splink["seconds"].values()), 2)),
        ("peak memory, MiB", ours.get("mib"), splink and splink["mib"]),
    ]  # fmt: skip
    for name, mine, other in rows:
        table.add_row(name, _text(mine), _text(other))
    console.print(table)


def _text(value: Any) -> str:
    return "" if value is None else f"{value:,}"


def fairness(console: Console, recall: Mapping[str, Mapping[str, float]], gaps: Mapping[str, float]) -> None:
    """Recall by group, best first, and the gap."""
    for grouping, groups in recall.items():
        table = Table(grouping, "recall", title=f"recall by {grouping}: gap {gaps[grouping]} points",
                      title_justify="left")  # fmt: skip
        for label, share in sorted(groups.items(), key=lambda one: -one[1]):
            table.add_row(label, f"{share:.4f}")
        console.print(table)


def kinds(console: Console, found: Mapping[str, Mapping[str, Any]], *, title: str = "One wrong value") -> None:
    """The one-mistake test by kind of mistake."""
    table = Table("one mistake", "asked", "found certain", "or probable", title=title,
                  title_justify="left")  # fmt: skip
    for kind, row in found.items():
        table.add_row(kind, f"{row['asked']:,}", f"{row['certain']:.4f}", f"{row['shown']:.4f}")
    console.print(table)
