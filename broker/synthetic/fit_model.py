"""`make model`: fits the match model of the shipped scheme on fictional people, and says how honest its odds are.

Training places have their own seeds; a place that none of them is serves for the reliability table. Written is
`broker/schemes/<scheme>.model.json`, the same bytes for the same code, whose digest goes on the trust list.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from broker.linkage.fit import Labels, Name, fit, share_of
from broker.linkage.levels import Levels
from broker.linkage.model import Bounds, Model, atoms_digest
from broker.synthetic.training import training_set
from broker.tokens import load_scheme

SCHEME = "uk-person-1"
VERSION = 1
SEEDS = (101, 102)
HELD_OUT = 201
STRANGERS = 3.0
"""Strangers alike by chance grow with the square of a place: so many times those of training keep others honest."""
BOUNDS = Bounds(certain=3.5, probable=-1.5, mean=0.0)
"""*Probable* is one in four and more: only whom to ring is shown of it, and protections apply."""
_EDGES = (-20.5, -10, -6.5, -3.5, 0, 3.5, 6.5, 10, 20.5)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m broker.synthetic.fit_model", description="Fits the match model.")
    parser.add_argument("--people", type=int, default=6_000, help="people of each training place")
    parser.add_argument("--out", type=Path, default=Path(f"broker/schemes/{SCHEME}.model.json"))
    options = parser.parse_args()
    console = Console()
    scheme = load_scheme(SCHEME)
    trained_on = f"fictional places {', '.join(map(str, SEEDS))} of {options.people:,} people, plain and spoiled"
    with console.status("reading the fictional agencies' exports and comparing their records"):
        pairs, labels = training_set(scheme, people=options.people, seeds=SEEDS)
    name = Name(SCHEME, atoms_digest(scheme), VERSION, trained_on)
    model = fit(pairs, labels, name=name, bounds=BOUNDS, strangers=STRANGERS)
    options.out.write_bytes(model.to_json())
    with console.status("checking it on a place it has not seen"):
        unseen, truth = training_set(scheme, people=max(options.people // 4, 500), seeds=[HELD_OUT])
    console.print(f"{len(labels):,} pairs: " + ", ".join(f"{n:,} {name}" for name, n in share_of(labels).items()))
    console.print(reliability(model, unseen, truth))
    digest = hashlib.sha256(model.to_json()).hexdigest()
    console.print(f"slope {model.slope}; written to {options.out}, SHA-256 {digest}", soft_wrap=True)
    return 0


def reliability(model: Model, pairs: Levels, labels: Labels) -> Table:
    """What was stated against what was true, for pairs that were not seen in training and are no conflict."""
    bits, conflict = model.weigh(pairs)
    table = Table("bits", "pairs", "stated", "true", title="Reliability on unseen people")
    for low, high in pairwise(_EDGES):
        of = (bits >= low) & (bits < high) & ~conflict
        if of.any():
            stated = float(np.mean(1 / (1 + 2 ** -bits[of])))
            table.add_row(f"{low:g} to {high:g}", f"{of.sum():,}", f"{stated:.4f}", f"{(labels[of] == 0).mean():.4f}")
    return table


if __name__ == "__main__":
    sys.exit(main())
