"""Starts the grouping of a set and reads back its pairs and groups."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.linkage.dataset import Codes
from benchmarks.linkage.encode import Encoded
from benchmarks.linkage.pairs import Pairs
from broker.errors import Unavailable


@dataclass(frozen=True)
class Batch:
    """All pairs that share a label, weighed; a group's number for each record; peak memory in MiB."""

    pairs: Pairs
    groups: Codes
    mib: int


def group(encoded: Encoded, sources: Codes, folder: Path, *, seconds: dict[str, float]) -> Batch:
    """The batch answer. `seconds` is given those of its steps. Raises `Unavailable` when it stops."""
    folder.mkdir(parents=True, exist_ok=True)
    points, holders = encoded.flat()
    tables = {"points": points, "holders": holders, "sources": sources, "vectors": encoded.vectors}
    for name, table in tables.items():
        np.save(folder / f"{name}.npy", table)
    command = [sys.executable, "-m", "benchmarks.linkage.batch_run", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["nothing"])[-1]
        raise Unavailable("batch-failed", f"grouping stopped: {last[:300]}")
    told = json.loads(done.stdout.strip().splitlines()[-1])
    seconds.update(told["seconds"])
    with np.load(folder / "pairs.npz") as found:
        pairs = Pairs(found["one"], found["other"], found["bits"], found["conflict"])
        return Batch(pairs, found["groups"].astype(np.int64), told["mib"])
