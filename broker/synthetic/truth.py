"""Writes the place to a folder: what every agency holds in its own export, and the truth kept apart.

    agencies/council/csc/csc_persons_nightly.csv    agencies/council/csc/mapping.toml
    truth/records.csv  people.csv  households.csv  relationships.csv  never_link.csv  stories.json  canaries.json

Nothing of the truth folder may be read by an agency, the linkage unit or the broker: it is for measuring them.
"""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

from broker.synthetic import caseloads, mappings, shapes
from broker.synthetic.population import Place
from broker.synthetic.sources import SHAPES


@dataclass(frozen=True)
class Written:
    """How many records each source's export holds, and where the folder is."""

    folder: Path
    counts: dict[str, int]

    @property
    def total(self) -> int:
        return sum(self.counts.values())


def source_folder(folder: Path, source: str) -> Path:
    """Where the export and the mapping file of a source are."""
    return folder / "agencies" / SHAPES[source].agency / source


def write(place: Place, folder: Path, progress: Callable[[int], None] | None = None) -> Written:
    """Writes every export, mapping file and truth file; `progress` is told the records written so far."""
    counts: Counter[str] = Counter()
    with ExitStack() as stack:
        writers = {source: _open_export(stack, place, folder=folder, source=source) for source in SHAPES}
        truth = _open_csv(stack, folder / "truth" / "records.csv", header=("source", "reference", "person", "mistakes"))
        for number, record in enumerate(caseloads.records(place), start=1):
            shape = SHAPES[record.source]
            writers[record.source](shapes.render(shape, record, today=place.today))
            truth((record.source, record.reference, record.person, " ".join(record.mistakes)))
            counts[record.source] += 1
            if progress and number % 1000 == 0:
                progress(number)
    _write_truth(place, folder / "truth")
    return Written(folder, dict(counts))


def _open_export(stack: ExitStack, place: Place, *, folder: Path, source: str) -> Callable[[Iterable[object]], object]:
    shape = SHAPES[source]
    home = source_folder(folder, source)
    home.mkdir(parents=True, exist_ok=True)
    (home / "mapping.toml").write_text(mappings.mapping_toml(shape, place.today), encoding="utf-8")
    file = stack.enter_context((home / shape.file).open("w", encoding=shape.encoding, newline=""))
    writer = csv.writer(file, delimiter=shape.delimiter, lineterminator="\r\n")
    writer.writerow([heading for _, heading in shape.columns])
    return writer.writerow


def _open_csv(stack: ExitStack, path: Path, *, header: Iterable[str]) -> Callable[[Iterable[object]], object]:
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = csv.writer(stack.enter_context(path.open("w", encoding="utf-8", newline="")), lineterminator="\n")
    writer.writerow(header)
    return writer.writerow


def _write_truth(place: Place, folder: Path) -> None:
    _write_people(place, folder)
    with ExitStack() as stack:
        household_row = _open_csv(stack, folder / "households.csv", header=("household", "kind", "people"))
        for household in place.households:
            household_row((household.id, household.kind, " ".join(household.people)))
        pair_row = _open_csv(stack, folder / "never_link.csv", header=("person", "other"))
        for pair in place.never_link:
            pair_row(pair)
        relation_row = _open_csv(stack, folder / "relationships.csv", header=("person", "other", "kind"))
        for relationship in place.relationships:
            relation_row((relationship.person, relationship.other, relationship.kind))
    stories = [asdict(story) for story in place.stories]
    (folder / "stories.json").write_text(json.dumps(stories, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    (folder / "canaries.json").write_text(json.dumps(place.canaries, indent=2) + "\n", encoding="utf-8")


def _write_people(place: Place, folder: Path) -> None:
    header = ("person", "household", "forename", "surname", "born", "sex", "origin", "marks")
    with ExitStack() as stack:
        row = _open_csv(stack, folder / "people.csv", header=header)
        for person in place.people.values():
            about = (person.id, person.household, person.forename, person.surname)
            row((*about, person.born or "", person.sex, person.origin, " ".join(sorted(person.marks))))
