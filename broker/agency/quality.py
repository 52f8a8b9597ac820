"""How good a file is before anything is sent: no key, no network, no values, only counts, columns and row numbers.

held, valid, blank, placeholder, invalid of each field        rows refused, by reason
birth dates on 1 January, the same person under two references  match keys a row makes
"""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from collections.abc import Mapping as Map
from collections.abc import Sequence
from dataclasses import dataclass

from broker.agency.cells import LeftOut
from broker.agency.csvfile import Facts, Row, Table
from broker.agency.dates import Order
from broker.agency.delivery import RejectedRow
from broker.agency.field import State
from broker.agency.matchkeys import Person
from broker.agency.ready import Prepared

FEW_KEYS = 4
"""A row with fewer match keys than this is found only by luck."""

_SUSPICIOUS_FIRST_JANUARY = 0.01
_ENOUGH_BIRTHS = 50
_LARGE_SHARE = 0.2


@dataclass(frozen=True)
class FieldQuality:
    """How the cells of one field read. `held` is everything but blank."""

    held: int
    valid: int
    blank: int
    placeholder: int
    invalid: int


@dataclass(frozen=True)
class Quality:
    """The report; `findings` are plain sentences, the most urgent first.

    `match_keys` counts rows by how many match keys they make, `first_january` is a share of the birth dates,
    `same_person` counts rows whose name and date of birth also stand under another reference, and `other_values` rows
    that hold another name, postcode or number beside the main one.
    """

    source: str
    delivery: str
    facts: Facts
    rows: int
    rejected: int
    protected: int
    fields: Map[str, FieldQuality]
    first_january: float
    same_person: int
    other_values: int
    match_keys: Map[int, int]
    rejects_by_reason: Map[str, int]
    warnings_by_reason: Map[str, int]
    rejects: tuple[RejectedRow, ...]
    warnings: tuple[LeftOut, ...]
    findings: tuple[str, ...]


def report(table: Table, prepared: Prepared) -> Quality:
    """The quality of `table`, of whose rows those may leave that were `prepared`."""
    ready = {row.number for row in prepared.ready}
    rows = [row for row in table.rows if row.number in ready]
    keys = Counter(len(row.match_keys) for row in prepared.ready)
    births = [row.person.dob for row in rows if row.person.dob]
    quality = Quality(
        source=table.mapping.source,
        delivery=table.mapping.delivery,
        facts=table.facts,
        rows=len(rows),
        rejected=len({one.row for one in prepared.rejected}),
        protected=sum(bool(row.content.protections) for row in rows),
        fields={name: _field(counts) for name, counts in table.counts.items()},
        first_january=round(sum(dob.endswith("-01-01") for dob in births) / len(births), 4) if births else 0.0,
        same_person=_same_person(rows),
        other_values=sum(_has_others(row.person) for row in rows),
        match_keys=dict(sorted(keys.items())),
        rejects_by_reason=dict(Counter(reject.code for reject in prepared.rejected).most_common()),
        warnings_by_reason=dict(Counter(warning.code for warning in table.warnings).most_common()),
        rejects=prepared.rejected,
        warnings=table.warnings,
        findings=(),
    )
    return dataclasses.replace(quality, findings=tuple(_findings(quality, table.mapping.formats)))


def to_json(quality: Quality) -> str:
    """The report as JSON, with names sorted; numbers of match keys become text."""
    content = dataclasses.asdict(quality)
    content["rejects"] = [reject.model_dump() for reject in quality.rejects]
    return json.dumps(content, sort_keys=True, indent=2, ensure_ascii=False) + "\n"


def _field(counts: Map[State, int]) -> FieldQuality:
    valid, blank, placeholder, invalid = (
        counts.get(state, 0) for state in ("valid", "blank", "placeholder", "invalid")
    )
    return FieldQuality(valid + placeholder + invalid, valid, blank, placeholder, invalid)


def _same_person(rows: Sequence[Row]) -> int:
    people = Counter(_identity(row.person) for row in rows)
    return sum(count for identity, count in people.items() if count > 1 and all(identity))


def _has_others(person: Person) -> bool:
    names = (*person.other_forenames, *person.other_surnames, person.shared_forename)
    numbers = (person.other_nhs, person.other_nino, person.other_upn, person.other_phone, person.other_email)
    return any((*names, *person.other_postcodes, *numbers))


def _identity(person: Person) -> tuple[str, str, str]:
    return person.forename, person.surname, person.dob


def _findings(quality: Quality, formats: tuple[str, ...]) -> list[str]:
    found = []
    if quality.rejected:
        total = quality.rows + quality.rejected
        found.append(f"{quality.rejected} of {total} rows can't be sent; the list below says why.")
    found += _orders(quality.facts.orders, is_left_to_us="auto" in formats)
    for name, counts in quality.fields.items():
        if counts.held and (counts.placeholder + counts.invalid) / counts.held > _LARGE_SHARE:
            found.append(f"Field {name}: over a fifth of what is held is wrong or made up. Is it the right column?")
    births = quality.fields["dob"].valid if "dob" in quality.fields else 0
    if births >= _ENOUGH_BIRTHS and quality.first_january > _SUSPICIOUS_FIRST_JANUARY:
        share = f"{quality.first_january:.1%}"
        usual = "(about 0.3% is usual): many are probably guessed. Of these only the year counts as evidence."
        found.append(f"{share} of birth dates are on 1 January {usual}")
    if weak := sum(rows for keys, rows in quality.match_keys.items() if keys < FEW_KEYS):
        found.append(f"{weak} rows make fewer than {FEW_KEYS} match keys and will hardly be found.")
    if quality.same_person:
        found.append(f"{quality.same_person} rows share name and date of birth with another reference: duplicates?")
    return found


def _orders(orders: Map[str, Order], *, is_left_to_us: bool) -> list[str]:
    """What columns say of their order matters when the mapping leaves it to us; one that can't tell follows another."""
    if not is_left_to_us:
        return []
    is_told = bool({"day-first", "month-first"} & set(orders.values()))
    found = []
    for column, order in orders.items():
        if order == "contradictory":
            found.append(f"Column {column}: some dates have the day first and some the month first. Mend the export.")
        elif order == "ambiguous" and not is_told:
            found.append(f"Column {column}: no date tells whether day or month comes first. Say so under [dates].")
    return found
