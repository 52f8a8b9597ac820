"""What a command calls people by: our staff by their ids, and by our own file the records that are listed."""

from __future__ import annotations

from pathlib import Path

from broker.agency import pseudonyms
from broker.agency.edges import Edges
from broker.agency.inputs import read_input
from broker.agency.own_names import own_names
from broker.agency.workspace import Staff, Workspace


def record_names(place: Workspace, edges: Edges, names: Path | None, mapping: Path | None) -> dict[bytes, str]:
    """Pseudonym of a record's reference -> name in our own file; empty where none was given. Raises `BadInput`."""
    if names is None:
        return {}
    given = read_input(names, mapping, today=edges.now().date(), synthetic_numbers=place.synthetic_numbers)
    return own_names(given.data, given.table.mapping, reference_key=place.read_secrets().bytes32("reference"))


def staff_names(place: Workspace) -> dict[str, str]:
    """Pseudonym of a member of staff -> their id in agency.toml."""
    key = place.read_secrets().bytes32("reference")
    return {pseudonyms.staff(key, member.id): member.id for member in place.staff}


def staff_called(place: Workspace) -> dict[str, str]:
    """Pseudonym of a member of staff -> what people call them."""
    key = place.read_secrets().bytes32("reference")
    return {pseudonyms.staff(key, member.id): member.name or member.id for member in place.staff}


def staff_meant(place: Workspace, typed: str) -> list[Staff]:
    """Whom of our staff somebody means: who has this id, else whose name has all of these words; by name."""
    said = typed.strip().casefold()
    by_id = [one for one in place.staff if one.id.casefold() == said]
    found = by_id or [one for one in place.staff if said and set(said.split()) <= set(one.name.casefold().split())]
    return sorted(found, key=lambda one: (one.name.casefold(), one.id))
