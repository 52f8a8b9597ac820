"""mapping.toml: which column of an agency's file is what. Names columns and codes, never values of people.

    source = "csc"                              [codes.sex]
    agency = "council"                          "1" = "m"
    delivery = "snapshot"    # or "delta"
                                                [items."csc.cp_plan"]
    [columns]                # column = field   when = "CP start"    # present when this is not blank
    "Client ID" = "reference"                   on = "CP start"
    "First name" = "forename"                   until = "CP end"
    "DOB" = "dob"
                                                [[relationships]]
    [coverage]                                  column = "Mother's ID"
    as_of = "Extract date"                      kind = "parent"     # is the parent of this person
    from = 2024-04-01
    area = { constant = "Brackwater" }          evidence = "Known by"   # may be left out, as since and until
                                                [protection]
    [lead]                                      kind = "Flag"
    name = "Worker"                             review_by = "Flag review"
                                                made_by = ["Flagged by", "Agreed by"]

A field that holds further values of a person (`layout.OTHER_FIELDS`) may be given to several columns.
Everywhere but in [columns] and [codes] a text is the name of a column, and `{ constant = ... }`, a date, a number or
true/false is the same for every row. Errors name the section and the line.
"""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from typing import Any, Literal, cast

from broker.agency.dates import FORMATS
from broker.agency.layout import (
    CONTENT_FIELDS,
    COVERAGE,
    FIELDS,
    INVOLVEMENT,
    ITEM_PARTS,
    LEAD,
    OTHER_FIELDS,
    RELATIONSHIP_PARTS,
    WHO,
    Cell,
    ItemMapping,
    Mapping,
    ProtectionMapping,
    RelationshipMapping,
)
from broker.errors import BadInput

SECTIONS = (
    *("source", "agency", "delivery", "columns", "dates", "codes", "constants", "items", "relationships"),
    *("lead", "involvement", "coverage", "protection"),
)
_SLUG = re.compile(r"^[a-z][a-z0-9_]{0,39}$")


def parse(data: bytes) -> Mapping:
    """The mapping in `data` (TOML, UTF-8). Raises `BadInput` naming section and line, whatever the bytes."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadInput("mapping-invalid", "the mapping is not UTF-8 text, save it as UTF-8") from None
    try:
        content = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        at = re.search(r"at line \d+, column \d+|at end of document", str(error))
        raise BadInput("mapping-invalid", f"the mapping is not TOML {at[0] if at else ''}".strip()) from None
    return _Reader(text, content).mapping()


class _Reader:
    """Reads the sections one by one; knows the text, to say on which line a section is."""

    def __init__(self, text: str, content: dict[str, Any]) -> None:
        self.text = text
        self.content = content

    def mapping(self) -> Mapping:
        for name in self.content:
            if name not in SECTIONS:
                raise self.wrong(name, f"there is no section or setting `{name}`", hint=f"known: {', '.join(SECTIONS)}")
        source = self.slug("source")
        delivery = self.content.get("delivery", "snapshot")
        if delivery not in ("snapshot", "delta"):
            raise self.wrong("delivery", "delivery must be `snapshot` or `delta`")
        cells = self.cells()
        coverage = self.section("coverage", COVERAGE)
        for name in ("as_of", "from", "area"):
            if name not in coverage:
                raise self.wrong("coverage", f"`{name}` is missing", hint="name a column or give a constant")
        return Mapping(
            source=source,
            agency=self.slug("agency"),
            delivery=cast(Literal["snapshot", "delta"], delivery),
            cells=cells,
            formats=self.formats(),
            codes=self.codes(),
            items=self.items(source),
            relationships=tuple(self.relationship(entry) for entry in self.tables("relationships")),
            lead=self.section("lead", LEAD),
            involvement=self.section("involvement", INVOLVEMENT),
            coverage=coverage,
            protection=self.protection(),
            others=self.others(),
        )

    def wrong(self, section: str, message: str, *, key: str = "", hint: str = "") -> BadInput:
        line = _line_of(self.text, section.split(".", maxsplit=1)[0], key)
        return BadInput(
            "mapping-invalid", f"{message}{f', line {line}' if line else ''}", hint=hint, field=f"[{section}]"
        )

    def slug(self, name: str) -> str:
        value = self.content.get(name)
        if not isinstance(value, str) or not _SLUG.match(value):
            raise self.wrong(name, f"`{name}` must be a code of small letters, digits and `_`", key=name)
        return value

    def table(self, name: str) -> dict[str, Any]:
        value = self.content.get(name, {})
        if not isinstance(value, dict):
            raise self.wrong(name, f"`{name}` must be a section")
        return value

    def tables(self, name: str) -> list[dict[str, Any]]:
        value = self.content.get(name, [])
        if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
            raise self.wrong(name, f"write each one as a section [[{name}]]")
        return value

    def cells(self) -> dict[str, Cell]:
        found: dict[str, Cell] = {}
        for column, name in self.table("columns").items():
            if name not in FIELDS:
                hint = f"known: {', '.join(FIELDS)}"
                raise self.wrong("columns", f"column `{column}` is given an unknown field", key=column, hint=hint)
            if name in OTHER_FIELDS:
                continue
            if name in found:
                raise self.wrong("columns", f"field `{name}` is given to two columns", key=column)
            found[name] = Cell(column=column)
        for name, value in self.table("constants").items():
            if name not in CONTENT_FIELDS or name in found:
                hint = f"only {', '.join(CONTENT_FIELDS)} can be the same for every row, and not also a column"
                raise self.wrong("constants", f"`{name}` can't be a constant here", key=name, hint=hint)
            found[name] = Cell(constant=self.constant(value, "constants", key=name))
        self.check_complete(found)
        return found

    def others(self) -> dict[str, tuple[Cell, ...]]:
        found: dict[str, tuple[Cell, ...]] = {}
        for column, name in self.table("columns").items():
            if name in OTHER_FIELDS:
                found[name] = (*found.get(name, ()), Cell(column=column))
        return found

    def check_complete(self, found: dict[str, Cell]) -> None:
        for name in ("reference", "provider"):
            if name not in found:
                raise self.wrong("columns", f"no column is given the field `{name}`")
        if not WHO & set(found):
            raise self.wrong("columns", "no column says who a record is about")

    def constant(self, value: object, section: str, *, key: str) -> str:
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, dt.datetime | dt.date):
            return value.isoformat()[:10]
        if isinstance(value, str | int) and str(value).strip():
            return str(value).strip()
        raise self.wrong(section, f"`{key}` must be a text, a whole number, a date or true/false", key=key)

    def cell(self, value: object, section: str, *, key: str) -> Cell:
        if isinstance(value, dict):
            if set(value) != {"constant"}:
                raise self.wrong(section, f"`{key}` must be a column or {{ constant = ... }}", key=key)
            return Cell(constant=self.constant(value["constant"], section, key=key))
        text = self.constant(value, section, key=key)
        return Cell(column=text) if isinstance(value, str) else Cell(constant=text)

    def section(self, name: str, known: tuple[str, ...]) -> dict[str, Cell]:
        return self.parts(self.table(name), name, known=known)

    def parts(self, table: dict[str, Any], name: str, *, known: tuple[str, ...]) -> dict[str, Cell]:
        for key in table:
            if key not in known:
                raise self.wrong(name, f"there is no `{key}` here", key=key, hint=f"known: {', '.join(known)}")
        return {key: self.cell(value, name, key=key) for key, value in table.items()}

    def formats(self) -> tuple[str, ...]:
        table = self.table("dates")
        formats = table.get("formats", ["auto"])
        known = ("auto", *FORMATS)
        if set(table) - {"formats"} or not isinstance(formats, list) or not formats:
            raise self.wrong("dates", "give a list `formats`", hint=f"known: {', '.join(known)}")
        if not all(isinstance(name, str) and (name in known or "%" in name) for name in formats):
            hint = f"known: {', '.join(known)}, or a pattern such as %d/%m/%Y"
            raise self.wrong("dates", "unknown format of dates", key="formats", hint=hint)
        return tuple(formats)

    def codes(self) -> dict[str, dict[str, str]]:
        found: dict[str, dict[str, str]] = {}
        for name, table in _flat(self.table("codes")).items():
            values = table.values() if isinstance(table, dict) else [None]
            if not all(isinstance(value, str) and _SLUG.match(value) for value in values):
                hint = "what a code becomes is small letters, digits and `_`, starting with a letter"
                raise self.wrong(
                    "codes", f"a code of `{name}` becomes something that is not a code", key=name, hint=hint
                )
            found[name] = {code_key(key): value for key, value in table.items()}
        return found

    def items(self, source: str) -> tuple[ItemMapping, ...]:
        found = []
        for name, tables in _flat(self.table("items")).items():
            section = f"items.{name}"
            if not re.fullmatch(rf"{source}\.[a-z0-9_]{{1,40}}", name):
                raise self.wrong("items", f"item `{name}` does not start with the source `{source}.`", key=name)
            for table in tables if isinstance(tables, list) else [tables]:
                parts = self.parts(table if isinstance(table, dict) else {}, section, known=ITEM_PARTS)
                columns = [parts[key] for key in ("when", "yes", "count", "code", "on", "until") if key in parts]
                when = next((cell for cell in columns if cell.column), None)
                if when is None:
                    raise self.wrong(section, f"item `{name}` names no column", key=name, hint="give at least `when`")
                parts.pop("when", None)
                found.append(ItemMapping(name, when, parts or {"yes": Cell(constant="yes")}))
        return tuple(found)

    def relationship(self, table: dict[str, Any]) -> RelationshipMapping:
        separator = table.get("separator", ";")
        kinds = [key for key in ("kind", "kind_column") if key in table]
        further = {name: value for name, value in table.items() if name in RELATIONSHIP_PARTS}
        plain = {name: value for name, value in table.items() if name not in further}
        texts = all(isinstance(value, str) and value for value in plain.values())
        if "column" not in plain or len(kinds) != 1 or set(plain) - {"column", "separator", *kinds} or not texts:
            hint = f"`separator`, {', '.join(f'`{name}`' for name in RELATIONSHIP_PARTS)} may be given too"
            raise self.wrong("relationships", "give `column`, and one of `kind` and `kind_column`", hint=hint)
        if "kind" in table and not _SLUG.match(table["kind"]):
            raise self.wrong("relationships", "`kind` must be a code of small letters, digits and `_`", key="kind")
        kind = Cell(constant=table["kind"]) if "kind" in table else Cell(column=table["kind_column"])
        parts = self.parts(further, "relationships", known=RELATIONSHIP_PARTS)
        return RelationshipMapping(Cell(column=table["column"]), kind, separator, **parts)

    def protection(self) -> ProtectionMapping | None:
        if "protection" not in self.content:
            return None
        table = dict(self.table("protection"))
        makers = table.pop("made_by", None)
        cells = self.parts(table, "protection", known=("kind", "review_by"))
        if len(cells) != 2 or not isinstance(makers, list) or len(makers) != 2:
            hint = "`made_by` is a list of the columns of the two people who made it"
            raise self.wrong("protection", "give `kind`, `review_by` and `made_by`", hint=hint)
        first, second = (self.cell(value, "protection", key="made_by") for value in makers)
        return ProtectionMapping(cells["kind"], cells["review_by"], (first, second))


def code_key(text: str) -> str:
    """A code as it is looked up: without regard to case and spaces at the ends."""
    return " ".join(text.casefold().split())


def _flat(table: dict[str, Any]) -> dict[str, Any]:
    """`{"csc": {"cp_plan": {...}}}` as `{"csc.cp_plan": {...}}`: people leave out the quotes around an item's id."""
    found: dict[str, Any] = {}
    for name, value in table.items():
        nested = isinstance(value, dict) and value and all(isinstance(inner, dict | list) for inner in value.values())
        if nested and "." not in name and not any("constant" in inner for inner in value.values()):
            found |= {f"{name}.{inner}": held for inner, held in value.items()}
        else:
            found[name] = value
    return {name: value if isinstance(value, dict | list) else {"": value} for name, value in found.items()}


def _line_of(text: str, section: str, key: str) -> int:
    """The line of `key` in `section`, or of the section, or 0 when it is not there."""
    section_line, inside = 0, False
    for number, line in enumerate(text.splitlines(), start=1):
        bare = line.strip()
        if bare.startswith("["):
            inside = re.split(r"[].]", bare.lstrip("[ "))[0].strip(' "') == section
            section_line = section_line or (number if inside else 0)
        elif re.match(rf"{re.escape(section)}\s*=", bare):
            return number
        if key and inside and re.search(rf"(?:^|[\[.\"'])\s*[\"']?{re.escape(key)}[\"']?\s*(?:=|\])", bare):
            return number
    return section_line
