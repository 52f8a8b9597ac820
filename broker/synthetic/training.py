"""Labelled pairs to train the match model on: fictional people as the agencies' own exports spell them, and worse.

    place -> exports -> the agency's own reading -> records -> pairs a question would have compared -> class of each

What no export of the place holds (e-mail, place of birth) is made up, and a copy of every record is spoiled further at
random, so that the model learns every field and all kinds of mistakes, and not only those of one place. Pairs are those
of records that share a label with each other or with a third record.
"""

from __future__ import annotations

import csv
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import numpy.typing as npt

from broker.agency import csvfile, mapping, normalise
from broker.agency.matchkeys import Person
from broker.linkage.fit import Labels
from broker.linkage.levels import Levels, levels
from broker.linkage.model import CLASSES
from broker.synthetic import names, place, standin, truth
from broker.synthetic.population import Person as TruePerson
from broker.synthetic.population import Place
from broker.synthetic.sources import SHAPES
from broker.tokens import Scheme

_MOST_TOGETHER = 64
"""A label that more records share is a hub and finds nobody."""


@dataclass(frozen=True)
class Held:
    """One record as its source spells the person, and who that is in truth."""

    source: str
    person: Person
    truth: str


def held_records(built: Place) -> list[Held]:
    """Every record of the place, read by the agencies' own code from the exports."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        truth.write(built, Path(folder))
        with (Path(folder) / "truth" / "records.csv").open(encoding="utf-8", newline="") as stream:
            people = {(row["source"], row["reference"]): row["person"] for row in csv.DictReader(stream)}
        for source, shape in SHAPES.items():
            home = truth.source_folder(Path(folder), source)
            layout = mapping.parse((home / "mapping.toml").read_bytes())
            table = csvfile.read((home / shape.file).read_bytes(), layout, today=built.today, synthetic_numbers=True)
            found += [Held(source, row.person, people[source, row.ref]) for row in table.rows]
    return found


def labelled(built: Place, scheme: Scheme, *, spoiled: float, rng: Random) -> tuple[Levels, Labels]:
    """The levels and classes of one place's pairs, its records spoiled with the chance `spoiled` for each field."""
    records = [
        replace(one, person=spoil(enriched(one.person, built.people[one.truth], rng), spoiled, rng))
        for one in held_records(built)
    ]
    pairs = np.array(sorted(candidate_pairs([one.person for one in records], scheme)), dtype=np.int64).reshape(-1, 2)
    table = standin.vectors([one.person for one in records], scheme)
    classes = [class_of(built.people[records[a].truth], built.people[records[b].truth]) for a, b in pairs]
    return levels(scheme, table[pairs[:, 0]], table[pairs[:, 1]]), np.array(classes, dtype=np.int64)


def candidate_pairs(people: Sequence[Person], scheme: Scheme) -> set[tuple[int, int]]:
    """Pairs of positions that share a label, or both share one with a third."""
    sharing: dict[tuple[int, bytes], list[int]] = defaultdict(list)
    for at, person in enumerate(people):
        for point in standin.points_of(person, scheme):
            sharing[point].append(at)
    near: dict[int, set[int]] = defaultdict(set)
    for group in sharing.values():
        if 2 <= len(group) <= _MOST_TOGETHER:
            for one in group:
                near[one].update(group)
    return {pair for group in near.values() if len(group) <= _MOST_TOGETHER for pair in combinations(sorted(group), 2)}


def class_of(one: TruePerson, other: TruePerson) -> int:
    """The position in `CLASSES` of what two records' people are to each other."""
    if one.id == other.id:
        return CLASSES.index("same")
    if not (one.household == other.household or one.id in other.parents or other.id in one.parents
            or set(one.parents) & set(other.parents)):  # fmt: skip
        return CLASSES.index("unrelated")
    if one.born is not None and one.born == other.born:
        return CLASSES.index("twin")
    return CLASSES.index("namesake" if one.forename == other.forename else "household")


_TOWNS = ("brackwater",) * 8 + ("leeds", "london", "bradford", "lahore", "krakow", "dublin", "lagos", "cardiff")


def enriched(person: Person, true: TruePerson, rng: Random) -> Person:
    """`person` with an e-mail address and a place of birth where the source may hold them: of a child, a parent's."""
    known = Random(true.id)
    mailbox = true.parents[0] if true.parents and known.random() < 0.7 else true.id
    town = known.choice(_TOWNS)
    return replace(
        person,
        email=f"{mailbox.lower()}.{known.randrange(3)}@post.test" if rng.random() < 0.3 else person.email,
        birth_place=town if rng.random() < 0.3 else person.birth_place,
    )


_FIELDS = (
    *("forename", "surname", "dob", "postcode", "nhs", "nino", "upn"),
    *("phone", "email", "sex", "house", "middle", "birth_place"),
)


def spoil(person: Person, chance: float, rng: Random) -> Person:
    """`person` with a mistake in each field with the chance `chance`: a slip of the pen, or nothing there."""
    changes: dict[str, Any] = {}
    for field in _FIELDS:
        value = getattr(person, field)
        if value and rng.random() < chance:
            changes[field] = "" if rng.random() < 0.2 else _MISTAKES.get(field, _slip)(value, rng)
            if field in _OTHERS and rng.random() < 0.2:
                changes[field] = _OTHERS[field](rng)
    return replace(person, **changes) if changes else person


def _slip(value: str, rng: Random) -> str:
    """One letter or digit changed, lost, doubled or swapped with the next."""
    at = rng.randrange(len(value))
    letters = "0123456789" if value[at].isdigit() else "abcdefghijklmnopqrstuvwxyz"
    other = rng.choice(letters)
    changed = value[:at] + (other.upper() if value[at].isupper() else other) + value[at + 1 :]
    if len(value) == 1:
        return {"m": "f", "f": "m"}.get(value, changed) if rng.random() < 0.2 else value
    if value.isalpha() and len(value) > 3 and rng.random() < 0.6:
        swapped = value[:at] + value[at + 1 : at + 2] + value[at] + value[at + 2 :]
        return rng.choice((value[:at] + value[at + 1 :], value[:at] + value[at] + value[at:], swapped))
    return changed


def _wrong_date(value: str, rng: Random) -> str:
    year, month, day = (int(part) for part in value.split("-"))
    kind = rng.random()
    if kind < 0.3 and day <= 12:
        month, day = day, month
    elif kind < 0.6:
        day = rng.randint(1, 28)
    elif kind < 0.75:
        month = rng.randint(1, 12)
    elif kind < 0.93:
        year += rng.choice((-10, -2, -1, 1, 2, 10))
    else:
        year, month, day = rng.randint(1930, 2024), rng.randint(1, 12), rng.randint(1, 28)
    return f"{year:04d}-{month:02d}-{min(day, 28):02d}"


def _other_number(rng: Random) -> str:
    """A temporary National Insurance number, or somebody else's."""
    letters = "ABCEGHJKLMNPRSTWXYZ"
    return f"{rng.choice(letters)}{rng.choice(letters)}{rng.randrange(1_000_000):06}{rng.choice('ABCD')}"


# Another value altogether: the name that somebody goes by, or had before a marriage.
_OTHERS: dict[str, Callable[[Random], str]] = {
    "forename": lambda rng: normalise.forename(names.draw_forename(rng, "english", sex=rng.choice("FM"), year=1985)),
    "surname": lambda rng: normalise.surname(names.draw_surname(rng, names.draw_origin(rng), sex="F")),
    "nino": _other_number,
}
_MISTAKES: dict[str, Callable[[str, Random], str]] = {"dob": _wrong_date}


def training_set(
    scheme: Scheme, *, people: int, seeds: Sequence[int], spoiled: Sequence[float] = (0.0, 0.12)
) -> tuple[Levels, Labels]:
    """The pairs of several places, each once as the agencies spell it and once spoiled further."""
    parts = list(_parts(scheme, people=people, seeds=seeds, spoiled=spoiled))
    return np.concatenate([part for part, _ in parts]), np.concatenate([part for _, part in parts])


def _parts(
    scheme: Scheme, *, people: int, seeds: Sequence[int], spoiled: Sequence[float]
) -> Iterator[tuple[Levels, npt.NDArray[np.int64]]]:
    for seed in seeds:
        built = place.build(people, seed=seed)
        for chance in spoiled:
            yield labelled(built, scheme, spoiled=chance, rng=Random(f"{seed}/{chance}"))
