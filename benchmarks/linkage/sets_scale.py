"""A million made-up records, comparable to Splink's own speed runs: for time and memory, not for match quality.

Two records of each person on average, in households that share a surname and a postcode, with mistakes in a quarter.
Columns are drawn by numpy; tokens and evidence are made of them by the agency client's code, as for every other set.
"""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from itertools import product

import numpy as np
import numpy.typing as npt

from benchmarks.linkage.dataset import DataSet, Entry
from benchmarks.linkage.encode import Encoded, encode
from broker.agency.matchkeys import Person
from broker.tokens import load_scheme

SEED = 730_227
_CONSONANTS, _VOWELS = "bcdfghjklmnprstvw", "aeiou"
_FORENAME_ENDS = ("a", "e", "en", "ia", "my", "lie", "ron", "ton")
_SURNAME_ENDS = ("er", "son", "ton", "ley", "man", "by", "field", "worth", "kowski", "ez", "ford", "well", "s", "ham")
Texts = npt.NDArray[np.str_]


def scale(records: int) -> DataSet:
    """About `records` records of half as many people, at ten sources."""
    rng = np.random.default_rng(SEED)
    people = records // 2
    household = rng.integers(0, max(people // 2, 1), people)
    forenames, surnames = _names(rng, _FORENAME_ENDS), _names(rng, _SURNAME_ENDS)
    whose = np.concatenate([np.arange(people), rng.integers(0, people, records - people)])
    born = np.datetime64("1940-01-01") + rng.integers(0, 30_000, people)
    columns = {
        "forename": _skewed(rng, forenames, people)[whose],
        "surname": _skewed(rng, surnames, people // 2 + 1)[household][whose],
        "dob": born.astype("U10")[whose],
        "postcode": _postcodes(people // 30 + 2)[rng.integers(0, people // 30 + 2, people // 2 + 1)][household][whose],
        "sex": np.array(["f", "m"])[rng.integers(0, 2, people)][whose],
    }
    columns = {name: _spoiled(rng, name, values) for name, values in columns.items()}
    sources = rng.integers(0, 10, records)
    entries = [
        Entry(f"s{source}", str(person), Person(**dict(zip(columns, values, strict=True))))
        for source, person, *values in zip(sources.tolist(), whose.tolist(),
                                           *(column.tolist() for column in columns.values()), strict=True)
    ]  # fmt: skip
    clear = {name: [value or None for value in column.tolist()] for name, column in columns.items()}
    return DataSet("scale", f"{records:,} made-up records", entries, clear, recipe="scale")


def _names(rng: np.random.Generator, ends: tuple[str, ...]) -> Texts:
    """Made-up names, as many as there are ways to begin and end one, in random order of how usual they are."""
    made = np.array(["".join(parts) for parts in product(_CONSONANTS, _VOWELS, _CONSONANTS, ends)])
    return rng.permutation(made)


def _skewed(rng: np.random.Generator, names: Texts, size: int) -> Texts:
    weights = 1 / np.arange(8, len(names) + 8)
    return names[rng.choice(len(names), size, p=weights / weights.sum())]


def _postcodes(size: int) -> Texts:
    letters = "ABDEFGHJLN"
    numbers = np.arange(size)
    return np.array([f"ZY{n // 1000 % 89 + 10}{n // 100 % 10}{letters[n // 10 % 10]}{letters[n % 10]}" if n < 890_000
                     else f"ZX{n % 90 + 10}1AA" for n in numbers.tolist()])  # fmt: skip


def _spoiled(rng: np.random.Generator, name: str, values: Texts) -> Texts:
    """One value in twelve lost or mistyped."""
    spoiled = values.copy()
    chance = rng.random(len(values))
    spoiled[chance < 0.02] = ""
    if name in ("forename", "surname"):
        for at in np.flatnonzero((chance >= 0.02) & (chance < 0.08)).tolist():
            text = str(values[at])
            place = int(rng.integers(0, len(text)))
            spoiled[at] = text[:place] + text[place + 1 :]
    if name in ("dob", "postcode"):
        wrong = (chance >= 0.02) & (chance < 0.06)
        spoiled[wrong] = values[rng.integers(0, len(values), int(wrong.sum()))]
    return spoiled


def encode_all(data: DataSet, *, workers: int = 2) -> Encoded:
    """Tokens and evidence of every record, in several processes."""
    # Most second records are like the first: each is encoded once.
    place: dict[Person, int] = {}
    rows = [place.setdefault(entry.person, len(place)) for entry in data.entries]
    people = list(place)
    step = -(-len(people) // (workers * 8))
    with ProcessPoolExecutor(workers) as pool:
        parts = list(pool.map(_encoded, [people[at : at + step] for at in range(0, len(people), step)]))
    points = [one for part in parts for one in part.points]
    return Encoded([points[row] for row in rows], np.concatenate([part.vectors for part in parts])[rows])


def _encoded(people: list[Person]) -> Encoded:
    return encode(people, load_scheme())
