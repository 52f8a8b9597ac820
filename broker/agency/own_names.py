"""What this agency itself calls the people of its own file, so that its caseworkers read names and not descriptions.

The answer names the asker's own records by their pseudonyms. Only here, with the file and the reference key, can those
be turned back, and the names never leave this process.
"""

from __future__ import annotations

from broker.agency import pseudonyms
from broker.agency.layout import Cell, Mapping
from broker.agency.people import split_name
from broker.agency.sniff import column_key, decode, find_delimiter, records


def own_names(data: bytes, mapping: Mapping, *, reference_key: bytes) -> dict[bytes, str]:
    """Pseudonym of the reference -> name as it stands in the file, for every row that has both.

    Raises `BadInput` when the file can't be read.
    """
    text, _ = decode(data)
    text, delimiter = find_delimiter(text, mapping.columns())
    lines = [cells for _, cells in records(text, delimiter)]
    places = _places(lines[0] if lines else [], mapping)
    found: dict[bytes, str] = {}
    for cells in lines[1:]:
        held = {name: cells[at].strip() for name, at in places.items() if at < len(cells)}
        name = _full_name(held)
        if name and held.get("reference"):
            found[pseudonyms.reference(reference_key, mapping.source, ref=held["reference"])] = name
    return found


def _places(header: list[str], mapping: Mapping) -> dict[str, int]:
    keys = [column_key(name) for name in header]
    wanted = {
        name: mapping.cells.get(name, Cell()).column for name in ("reference", "forename", "surname", "full_name")
    }
    return {
        name: keys.index(column_key(column)) for name, column in wanted.items() if column and column_key(column) in keys
    }


def _full_name(held: dict[str, str]) -> str:
    parts = (held.get("forename", ""), held.get("surname", ""))
    if not any(parts):
        surname, forename = split_name(held.get("full_name", ""))
        parts = (forename, surname)
    return " ".join(part for part in parts if part)
