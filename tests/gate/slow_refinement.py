"""Colour refinement as the textbook has it, in plain Python: colours are nested tuples, nothing is hashed or summed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

Graph = Mapping[int, Sequence[tuple[int, int]]]
"""For each key number the (record, label) edges, each edge once."""


def unique_records(graph: Graph, *, records: int) -> int:
    """How many records end with a colour of their own."""
    labels_of: dict[int, list[tuple[int, int]]] = defaultdict(list)
    records_of: dict[tuple[int, int], list[int]] = defaultdict(list)
    for number, edges in graph.items():
        for record, label in edges:
            labels_of[record].append((number, label))
            records_of[number, label].append(record)
    colours: list[object] = [tuple(sorted(Counter(n for n, _ in labels_of[one]).items())) for one in range(records)]
    classes = 0
    while len(set(colours)) > classes:
        names = {colour: place for place, colour in enumerate(sorted(set(colours), key=repr))}
        classes = len(names)
        seen = {label: tuple(sorted(names[colours[one]] for one in members)) for label, members in records_of.items()}
        colours = [
            (names[colours[one]], tuple(sorted((label[0], seen[label]) for label in labels_of[one])))
            for one in range(records)
        ]
    return sum(count == 1 for count in Counter(colours).values())
