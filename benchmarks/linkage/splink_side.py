"""Starts Splink on a data set and reads back its pairs."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.linkage.dataset import DataSet
from benchmarks.linkage.pairs import Pairs
from broker.errors import Unavailable


@dataclass(frozen=True)
class Peer:
    """Splink's pairs with their match weights, the seconds of its steps, and its peak memory in MiB."""

    pairs: Pairs
    seconds: dict[str, float]
    mib: int

    @property
    def total(self) -> float:
        return sum(self.seconds.values())


def link(data: DataSet, folder: Path) -> Peer:
    """Splink's answer for `data`. Raises `Unavailable` with the last line it printed when Splink fails."""
    folder.mkdir(parents=True, exist_ok=True)
    clear, out = folder / "clear.parquet", folder / "splink.parquet"
    write_clear(data, clear)
    command = [sys.executable, "-m", "benchmarks.linkage.splink_run", str(clear), data.recipe, str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["nothing"])[-1]
        raise Unavailable("splink-failed", f"Splink stopped on {data.name}: {last[:300]}")
    told = json.loads(done.stdout.strip().splitlines()[-1])
    table = pq.read_table(out)
    one, other = (table[name].to_numpy().astype(np.int64) for name in ("one", "other"))
    bits = table["bits"].to_numpy().astype(np.float64)
    low, high = np.minimum(one, other), np.maximum(one, other)
    return Peer(Pairs(low, high, bits, np.zeros(len(bits), dtype=np.bool_)), told["seconds"], told["mib"])


def write_clear(data: DataSet, path: Path) -> None:
    """The set's columns in the clear, with the number and the source of every record."""
    columns = {"record": pa.array(range(len(data.entries)), pa.int64())}
    columns["source"] = pa.array([entry.source for entry in data.entries], pa.string())
    columns |= {name: pa.array([value or None for value in held], pa.string()) for name, held in data.clear.items()}
    pq.write_table(pa.table(columns), path)
