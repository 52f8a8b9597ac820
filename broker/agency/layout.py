"""What a mapping file comes to: where in a row each field, item, relationship and date is found."""

from __future__ import annotations

from collections.abc import Mapping as Map
from dataclasses import dataclass, field
from typing import Literal

PERSON_FIELDS = (
    *("forename", "surname", "dob", "sex", "postcode", "nhs", "nino", "upn", "uprn", "phone", "email"),
    *("middle_names", "house", "address", "birth_place"),
)
"""Each in one column at most."""
OTHER_FIELDS = (
    *("known_as", "former_forename", "alias_forename", "former_surname", "alias_surname", "alias"),
    *("previous_postcode", "previous_address", "nhs_2", "nino_2", "upn_2", "phone_2", "email_2"),
)
"""Further values of a person: in any number of columns, several in one cell with `;` between."""
WHO = frozenset(("full_name", "forename", "surname", "dob", "nhs", "nino", "upn"))
"""Of these a mapping names at least one."""
CONTENT_FIELDS = ("provider", "wishes", "wishes_on", "risk", "risk_on", "deceased", "third_party")
FIELDS = ("reference", "full_name", *PERSON_FIELDS, *OTHER_FIELDS, *CONTENT_FIELDS)
LEAD = ("name", "role", "team", "phone", "email")
INVOLVEMENT = ("status", "started", "ended", "last_contact")
COVERAGE = ("as_of", "from", "to", "area")
RELATIONSHIP_PARTS = ("evidence", "since", "until")
ITEM_PARTS = ("when", "on", "until", "code", "count", "yes", "role")


@dataclass(frozen=True)
class Cell:
    """Where a value comes from: a column, or the same text for every row."""

    column: str = ""
    constant: str = ""


@dataclass(frozen=True)
class ItemMapping:
    """One item of the vocabulary: it is present in a row when the cell `when` is not blank."""

    item: str
    when: Cell
    parts: Map[str, Cell]


@dataclass(frozen=True)
class RelationshipMapping:
    """A column of references of related records (several with `separator` between), and of what kind they are.

    How that is known, and from and until when it held, is the same for all the references of the column.
    """

    refs: Cell
    kind: Cell
    separator: str = ";"
    evidence: Cell | None = None
    since: Cell | None = None
    until: Cell | None = None

    def cells(self) -> tuple[Cell, ...]:
        """Every cell that is read."""
        given = (self.refs, self.kind, self.evidence, self.since, self.until)
        return tuple(cell for cell in given if cell is not None)


@dataclass(frozen=True)
class ProtectionMapping:
    """The column of the protection's kind, the day of its review and the two people who made it."""

    kind: Cell
    review_by: Cell
    made_by: tuple[Cell, Cell]


@dataclass(frozen=True)
class Mapping:
    """A parsed mapping.toml. `cells` has the columns by field, `others` those of further values of a person.

    `codes` has the table of codes by field or item.
    """

    source: str
    agency: str
    delivery: Literal["snapshot", "delta"]
    cells: Map[str, Cell]
    formats: tuple[str, ...] = ("auto",)
    codes: Map[str, Map[str, str]] = field(default_factory=dict)
    items: tuple[ItemMapping, ...] = ()
    relationships: tuple[RelationshipMapping, ...] = ()
    lead: Map[str, Cell] = field(default_factory=dict)
    involvement: Map[str, Cell] = field(default_factory=dict)
    coverage: Map[str, Cell] = field(default_factory=dict)
    protection: ProtectionMapping | None = None
    others: Map[str, tuple[Cell, ...]] = field(default_factory=dict)

    def columns(self) -> dict[str, str]:
        """Every column this mapping reads, with the field or section that reads it first."""
        named = [(name, cell) for name, cell in self.cells.items()]
        named += [(name, cell) for name, cells in self.others.items() for cell in cells]
        named += [(f"items.{item.item}", cell) for item in self.items for cell in (item.when, *item.parts.values())]
        named += [("relationships", cell) for entry in self.relationships for cell in entry.cells()]
        for section in ("lead", "involvement", "coverage"):
            named += [(f"{section}.{name}", cell) for name, cell in getattr(self, section).items()]
        if held := self.protection:
            named += [("protection", cell) for cell in (held.kind, held.review_by, *held.made_by)]
        found: dict[str, str] = {}
        for name, cell in named:
            if cell.column:
                found.setdefault(cell.column, name)
        return found

    def date_columns(self) -> set[str]:
        """The columns that hold dates."""
        cells = [self.cells.get(name) for name in ("dob", "wishes_on", "risk_on")]
        cells += [self.involvement.get(name) for name in INVOLVEMENT[1:]]
        cells += [self.coverage.get(name) for name in COVERAGE[:3]]
        cells += [item.parts.get(name) for item in self.items for name in ("on", "until")]
        cells += [cell for entry in self.relationships for cell in (entry.since, entry.until)]
        cells += [self.protection.review_by] if self.protection else []
        return {cell.column for cell in cells if cell and cell.column}
