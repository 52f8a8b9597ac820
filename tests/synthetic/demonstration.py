"""One place of 2,000 people, built and written once for all tests of the room."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from broker.synthetic import caseloads, place
from broker.synthetic.population import Place, Record, Story
from broker.synthetic.sources import SHAPES
from broker.synthetic.truth import source_folder


@cache
def brackwater() -> Place:
    return place.build()


@cache
def records() -> tuple[Record, ...]:
    return tuple(caseloads.records(brackwater()))


def story(number: str) -> Story:
    return next(found for found in brackwater().stories if found.id == number)


def rows(folder: Path, source: str) -> Iterator[dict[str, str]]:
    """The rows of a source's export as a spreadsheet would show them."""
    shape = SHAPES[source]
    with (source_folder(folder, source) / shape.file).open(encoding=shape.encoding, newline="") as file:
        yield from csv.DictReader(file, delimiter=shape.delimiter)
