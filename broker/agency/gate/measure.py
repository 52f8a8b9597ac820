"""The front door: what the labels of a scheme give away about made-up people.

    figures = measure(scheme, make_people(1_000_000))
    figures.unique 0.0008     figures.keys[3].shared 0.0114     figures.labels.mean 11.6

Sharing and structure are measured on everything a person could have written down (one record a person, all fields);
how many labels a record makes, on what one agency usually holds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from broker.agency.gate.draws import Bools, Ints
from broker.agency.gate.people import Columns, People, joined
from broker.agency.gate.refine import Edges, Graph, graph, unique_records
from broker.errors import BadInput
from broker.tokens import MatchKey, Scheme

Progress = Callable[[str], None]


@dataclass(frozen=True)
class KeyFigures:
    """One match key: share of all records that make it, share that make it in common with another, largest group."""

    number: int
    name: str
    made: float
    shared: float
    top: int
    shared_with_aliases: float


@dataclass(frozen=True)
class Labels:
    """How many labels records make: on average, and the most."""

    mean: float
    most: int


@dataclass(frozen=True)
class Figures:
    """What was measured on `people` people; the shares are of all records.

    `unique` is what the gate judges: main values only, every field held. `unique_with_aliases` counts other values too,
    `unique_as_held` leaves out of every record what its agency happens not to hold, which tells records apart as well.
    """

    people: int
    keys: tuple[KeyFigures, ...]
    unique: float
    any_shared: float
    unique_with_aliases: float
    unique_as_held: float
    labels: Labels
    labels_with_aliases: Labels


_Graphs = tuple[Graph, Graph, Graph]
"""One key's: of main values only, of other values too, and of what agencies usually hold."""


def measure(scheme: Scheme, people: People, *, progress: Progress | None = None) -> Figures:
    """All figures of `scheme` on `people`; `progress` is told the name of every key before it is measured.

    Raises `BadInput` for an atom that no match key may use.
    """
    _check_atoms(scheme, people)
    measured = []
    for match_key in scheme.match_keys:
        if progress is not None:
            progress(match_key.name)
        measured.append(_measure_key(match_key, people))
    if progress is not None:
        progress("structure")
    count = people.count
    plain, aliased, usual = ([graphs[at] for graphs in measured] for at in range(3))
    connected = np.zeros(count, dtype=np.bool_)
    for one in plain:
        connected[one.shared.records] = True
    return Figures(
        people=count,
        keys=tuple(_figures(key, graphs, count) for key, graphs in zip(scheme.match_keys, measured, strict=True)),
        unique=unique_records(plain, records=count) / count,
        any_shared=float(connected.mean()),
        unique_with_aliases=unique_records(aliased, records=count) / count,
        unique_as_held=unique_records(usual, records=count) / count,
        labels=_labels(usual),
        labels_with_aliases=_labels(aliased),
    )


def _check_atoms(scheme: Scheme, people: People) -> None:
    for match_key in scheme.match_keys:
        for atom in match_key.atoms:
            if atom not in people.main:
                raise BadInput(
                    "atom-unknown",
                    f"match key {match_key.number} uses `{atom}`, which is no atom of a match key",
                    hint="the atoms are listed in the scheme's own comments",
                )


def _measure_key(match_key: MatchKey, people: People) -> _Graphs:
    main, other = main_edges(match_key, people.main), alias_edges(match_key, people)
    both = Edges(
        main.number, np.concatenate((main.records, other.records)), np.concatenate((main.values, other.values))
    )
    held = _usually_held(match_key, people)[main.records]
    usual = Edges(main.number, main.records[held], main.values[held])
    plain, aliased, as_held = (graph(edges, records=people.count) for edges in (main, both, usual))
    return plain, aliased, as_held


def main_edges(match_key: MatchKey, columns: Columns) -> Edges:
    """The labels that main values make: one for each record that holds every atom."""
    made, values = _values(match_key, columns)
    return Edges(match_key.number, np.flatnonzero(made), values[made])


def alias_edges(match_key: MatchKey, people: People) -> Edges:
    """The further labels that other values make, one field at a time, where they differ from the main one."""
    records: list[Ints] = [np.zeros(0, dtype=np.int64)]
    values: list[Ints] = [np.zeros(0, dtype=np.int64)]
    for alias in people.aliases.values():
        if any(atom in alias.columns for atom in match_key.atoms):
            main = {atom: people.main[atom][alias.rows] for atom in match_key.atoms}
            made, other = _values(match_key, main | alias.columns)
            differs = made & (other != _values(match_key, main)[1])
            records.append(alias.rows[differs])
            values.append(other[differs])
    return Edges(match_key.number, np.concatenate(records), np.concatenate(values))


def _values(match_key: MatchKey, columns: Columns) -> tuple[Bools, Ints]:
    chosen = tuple(columns[atom] for atom in match_key.atoms)
    return np.logical_and.reduce([column > 0 for column in chosen]), joined(chosen)


def _usually_held(match_key: MatchKey, people: People) -> Bools:
    found = np.ones(people.count, dtype=np.bool_)
    for field in {people.field_of[atom] for atom in match_key.atoms}:
        found &= people.usually_held[field]
    return found


def _figures(match_key: MatchKey, graphs: _Graphs, count: int) -> KeyFigures:
    plain, aliased, _ = graphs
    return KeyFigures(
        number=match_key.number,
        name=match_key.name,
        made=float(np.count_nonzero(plain.counts)) / count,
        shared=len(np.unique(plain.shared.records)) / count,
        top=plain.shared.top,
        shared_with_aliases=len(np.unique(aliased.shared.records)) / count,
    )


def _labels(graphs: Sequence[Graph]) -> Labels:
    total = np.sum([one.counts for one in graphs], axis=0, dtype=np.int64)
    return Labels(float(total.mean()), int(total.max()))
