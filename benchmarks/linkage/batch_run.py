"""All records of a set grouped at once, in a process of its own, so that time and memory are its own.

python -m benchmarks.linkage.batch_run folder       reads points.npy, holders.npy, sources.npy, vectors.npy;
                                                    writes pairs.npz, prints {"seconds": {...}, "mib": ...}
"""

from __future__ import annotations

import itertools
import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.linkage.dataset import Codes
from benchmarks.linkage.index import candidate_pairs
from benchmarks.linkage.memory import peak_mib
from benchmarks.linkage.pairs import Bools, Floats
from benchmarks.linkage.weighing import Judge
from broker.actions.look_up import HUB
from broker.linkage.model import parse_model
from broker.linkage.partition import partition
from broker.tokens import load_scheme, packaged

MODEL = "uk-person-1.model.json"


def run(folder: Path) -> dict[str, Any]:
    """Blocks, weighs and groups. Returns the seconds of each step and the peak memory."""
    points, holders, sources, vectors = (
        np.load(folder / f"{name}.npy") for name in ("points", "holders", "sources", "vectors")
    )
    judge = Judge(load_scheme(), parse_model(packaged(MODEL)), vectors)

    def weigh(some: Codes) -> tuple[Floats, Bools]:
        # The grouping asks for the candidates first, which are weighed already.
        return (bits, conflict) if some is pairs else judge.weigh(some[:, 0], some[:, 1])

    marks = [time.monotonic()]
    one, other = candidate_pairs(points, holders, sources, hub=HUB)
    marks.append(time.monotonic())
    pairs, (bits, conflict) = np.stack((one, other), axis=1), judge.weigh(one, other)
    marks.append(time.monotonic())
    groups = partition(len(sources), pairs, weigh, bounds=judge.model.bounds)
    marks.append(time.monotonic())
    np.savez(folder / "pairs.npz", one=one, other=other, bits=bits, conflict=conflict, groups=groups)
    took = [round(after - before, 3) for before, after in itertools.pairwise(marks)]
    return {"seconds": dict(zip(("block", "weigh", "group"), took, strict=True)), "mib": peak_mib()}


def main() -> int:
    print(json.dumps(run(Path(sys.argv[1]))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
