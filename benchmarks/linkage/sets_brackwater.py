"""Brackwater: the fictional place with its 18 sources, read by the agencies' own CSV reading and normalisation.

The truth files name every record's person, and every person's origin, sex and age. The seed is none that the shipped
model was trained on.
"""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree

from benchmarks.linkage.clear import clear_columns
from benchmarks.linkage.dataset import DataSet, Entry
from broker.agency import csvfile, dates
from broker.agency.mapping import parse as parse_mapping
from broker.agency.matchkeys import Person
from broker.synthetic import truth
from broker.synthetic.place import build
from broker.synthetic.population import Place
from broker.synthetic.sources import SHAPES

SEED = 730_217
"""Not a training seed."""
LIMITS = {
    "set_f1_over_splink": 0.0,
    "wrong_certain_percent": 0.3,
    "mixed_per_1000": 3.0,
    "calibration_error": 0.02,
    "sure_right": 0.99,
    "review_per_1000": 20.0,
    "origin_gap_points": 2.0,
}


@dataclass(frozen=True)
class Known:
    """What the truth says about a person that recall may depend on."""

    origin: str
    sex: str
    age: str


def brackwater(folder: Path, people: int, *, seed: int = SEED, step: Callable[[int], None] | None = None) -> DataSet:
    """About 3.6 records a person of a place of `people`."""
    place = build(people=people, seed=seed)
    return of_place(place, folder, name="brackwater", title=f"Brackwater, {people:,} people", step=step)


def of_place(
    place: Place, folder: Path, *, name: str, title: str, step: Callable[[int], None] | None = None
) -> DataSet:
    """The set of a place: written as its agencies' exports, and read back as they read them."""
    rmtree(folder, ignore_errors=True)
    truth.write(place, folder, progress=step)
    people = _people(folder, place.today)
    persons = _persons(folder, place.today)
    entries, about = [], []
    for source, reference, person in _records(folder):
        if (source, reference) in persons:
            entries.append(Entry(source, person, persons[source, reference]))
            about.append(people[person])
    groups = {
        "name origin": [one.origin for one in about],
        "sex": [one.sex for one in about],
        "age": [one.age for one in about],
    }
    clear = clear_columns(entries, [{}] * len(entries))
    return DataSet(name, title, entries, clear, about=groups, limits=LIMITS)


def _persons(folder: Path, today: dt.date) -> Mapping[tuple[str, str], Person]:
    found: dict[tuple[str, str], Person] = {}
    for source, shape in SHAPES.items():
        home = truth.source_folder(folder, source)
        mapping = parse_mapping((home / "mapping.toml").read_bytes())
        table = csvfile.read((home / shape.file).read_bytes(), mapping, today=today, synthetic_numbers=True)
        found |= {(source, row.ref): row.person for row in table.rows}
    return found


def _people(folder: Path, today: dt.date) -> Mapping[str, Known]:
    found = {}
    for row in _rows(folder / "truth" / "people.csv"):
        born = dt.date.fromisoformat(row["born"]) if row["born"] else None
        found[row["person"]] = Known(row["origin"], row["sex"] or "unknown", dates.age_band(born, on=today))
    return found


def _records(folder: Path) -> list[tuple[str, str, str]]:
    rows = _rows(folder / "truth" / "records.csv")
    return [(row["source"], row["reference"], row["person"]) for row in rows]


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))
