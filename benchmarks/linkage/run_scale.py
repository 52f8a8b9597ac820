"""Batch speed beside Splink on the same made-up records."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.linkage import batch_side, groups, splink_side
from benchmarks.linkage.components import best_clusters
from benchmarks.linkage.dataset import codes
from benchmarks.linkage.sets_scale import encode_all, scale


def scale_figures(records: int, folder: Path, console: Console) -> dict[str, Any]:
    """Seconds and peak memory of both sides, and what each found."""
    began = time.monotonic()
    with console.status(f"making {records:,} records and their tokens"):
        data = scale(records)
        encoded = encode_all(data)
    made = time.monotonic() - began
    seconds: dict[str, float] = {}
    with console.status("ours: blocking, weighing, grouping"):
        batch = batch_side.group(encoded, codes(entry.source for entry in data.entries), folder, seconds=seconds)
    with console.status("Splink: training, prediction, clusters"):
        peer = splink_side.link(data, folder)
    truth = data.truth()
    splink = best_clusters(peer.pairs, truth, [3.0, 7.0, 10.0, 14.0])[0]
    mine = groups.measure(batch.groups, truth)
    total = sum(seconds.values())
    figures = {
        "records": records,
        "ours": {"batch_seconds": round(total, 2), "seconds": seconds, "mib": batch.mib, "pairs": len(batch.pairs.one),
                 "groups": mine.figures()},
        "splink": {"total_seconds": round(peer.total, 2), "seconds": peer.seconds, "mib": peer.mib,
                   "pairs": len(peer.pairs.one), "groups_best": splink.figures()},
        "times_faster": round(peer.total / total, 2),
        "memory_ratio": round(batch.mib / peer.mib, 2),
        "seconds_making": round(made, 1),
    }  # fmt: skip
    _show(console, figures)
    return figures


def _show(console: Console, figures: dict[str, Any]) -> None:
    table = Table(f"{figures['records']:,} records", "ours", "Splink")
    ours, splink = figures["ours"], figures["splink"]
    table.add_row("seconds, all steps", f"{ours['batch_seconds']}", f"{splink['total_seconds']}")
    table.add_row("steps", str(ours["seconds"]), str(splink["seconds"]))
    table.add_row("peak memory, MiB", f"{ours['mib']:,}", f"{splink['mib']:,}")
    table.add_row("pairs weighed", f"{ours['pairs']:,}", f"{splink['pairs']:,}")
    table.add_row("F1 of groups", f"{ours['groups']['f1']}", f"{splink['groups_best']['f1']}")
    console.print(table)
    console.print(f"{figures['times_faster']} times faster, {figures['memory_ratio']} of the memory")
