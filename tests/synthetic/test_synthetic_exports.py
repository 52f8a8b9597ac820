from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest
import yaml
from demonstration import brackwater, rows

from broker.agency import csvfile, mapping
from broker.agency.ready import Preparer
from broker.errors import BadInput
from broker.synthetic.sources import SHAPES
from broker.synthetic.truth import source_folder
from broker.tokens import load_scheme

VOCABULARY = Path(__file__).parents[2] / "policies" / "vocabulary.yaml"


def _read(folder: Path, source: str) -> csvfile.Table:
    home = source_folder(folder, source)
    mapped = mapping.parse((home / "mapping.toml").read_bytes())
    return csvfile.read(
        (home / SHAPES[source].file).read_bytes(), mapped, today=brackwater().today, synthetic_numbers=True
    )


def test_there_are_18_sources_of_10_agencies_each_in_its_own_shape() -> None:
    shapes = SHAPES.values()
    assert len(SHAPES) == 18 and len({shape.agency for shape in shapes}) == 10
    assert {shape.delimiter for shape in shapes} == {",", ";", "\t", "|"}
    assert {shape.encoding for shape in shapes} == {"utf-8", "utf-8-sig", "cp1252", "utf-16"}
    assert len({shape.dates[0] for shape in shapes}) == 4
    assert len({heading for shape in shapes for field, heading in shape.columns if field == "surname"}) >= 8


@pytest.mark.parametrize("source", SHAPES)
def test_the_agency_client_reads_every_row(written: Path, source: str) -> None:
    """An export that its own mapping cannot read would be found only in front of an audience."""
    table = _read(written, source)
    assert table.rejects == ()
    assert len(table.rows) == sum(1 for _ in rows(written, source))
    for name, counts in table.counts.items():
        assert counts.get("invalid", 0) == 0, name
    for name in ("surname", "forename", "dob"):
        assert table.counts[name]["valid"] > 0.9 * len(table.rows), name


@pytest.mark.parametrize("source", SHAPES)
def test_only_rows_that_say_too_little_cannot_leave(written: Path, source: str) -> None:
    """A child who is not born and has no name yet can't be matched: the client must say so, and about nobody else."""
    preparer = Preparer(source, load_scheme(), bytes(32))
    refused = []
    for row in _read(written, source).rows:
        try:
            preparer.prepare(row.number, row.ref, person=row.person, content=row.content)
        except BadInput as error:
            assert error.code == "too-little-known"
            refused.append(row.number)
    assert len(refused) <= 4


@pytest.mark.parametrize("source", SHAPES)
def test_everything_posted_is_in_the_vocabulary(written: Path, source: str) -> None:
    """The broker refuses an item or a code that the vocabulary does not have."""
    vocabulary = yaml.load(VOCABULARY.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    used = set()
    for row in _read(written, source).rows:
        for value in row.content.items:
            item = vocabulary["items"][value["item"]]
            used.add(value["item"])
            assert "code" not in value or value["code"] in item["codes"], value["item"]
            assert "role" not in value or value["role"] in vocabulary["event_roles"]
        for relative in row.content.relationships:
            assert relative.kind in vocabulary["relationships"]
    posted = {name for name in vocabulary["items"] if name.startswith(f"{source}.")} - {f"{source}.involvement"}
    assert used == posted - {"po.bail_conditions", "po.intel_marker", "csc.looked_after"} or used == posted


@pytest.mark.parametrize("source", SHAPES)
def test_mappings_name_columns_and_no_person(written: Path, source: str) -> None:
    text = (source_folder(written, source) / "mapping.toml").read_text(encoding="utf-8")
    assert tomllib.loads(text)["agency"] == SHAPES[source].agency
    assert not re.search(r"ZY\d \d[A-Z]{2}|999\d{7}", text)


def test_relationships_name_rows_of_the_same_export(written: Path) -> None:
    related = 0
    for source in ("csc", "eh", "hs", "ed", "hv", "dv"):
        table = _read(written, source)
        refs = {row.ref for row in table.rows}
        for row in table.rows:
            for relative in row.content.relationships:
                related += 1
                assert relative.ref in refs
    assert related > 1_000


def test_protections_are_made_by_two_people_and_reviewed(written: Path) -> None:
    kinds = set()
    for source in ("csc", "dv"):
        for row in _read(written, source).rows:
            for protection in row.content.protections:
                kinds.add((source, protection["kind"]))
                assert len(set(protection["made_by"])) == 2 and protection["review_by"] > brackwater().today
    assert kinds == {("csc", "safe_address"), ("csc", "adopted"), ("dv", "safe_address")}


def test_truth_is_kept_apart(written: Path) -> None:
    """An agency that could read truth ids would link by them."""
    for path in (written / "agencies").rglob("*"):
        if path.is_file():
            assert not re.search(rb"\bP\x00?0\x00?0\x00?\d", path.read_bytes()), path.name
    stories = json.loads((written / "truth" / "stories.json").read_text(encoding="utf-8"))
    assert [story["id"] for story in stories] == ["1", "3b", "4a", "4b", "4c", "4d", "12", "3"]
