"""What a row shares under the agreements: the involvement of one source with one person, typed, without free text.

Whatever does not fit rejects the row with the field's name, except the ways of ringing the practitioner, which are left
out with a warning. A date that is the person's own date of birth is left out too: it would tell their birthday.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Mapping as Map
from dataclasses import dataclass
from typing import Any, get_args

from broker.agency import dates
from broker.agency.cells import Cells
from broker.agency.layout import Cell, ItemMapping, RelationshipMapping
from broker.agency.matchkeys import Person
from broker.wire import delivery

_STATUS = {"current": "current", "open": "current", "active": "current", "ongoing": "current", "live": "current"}
_STATUS |= {
    "historic": "historic",
    "closed": "historic",
    "ended": "historic",
    "inactive": "historic",
    "past": "historic",
}
_STATUS |= {"none_found": "none_found", "not_covered": "not_covered"}
_YES_NO = {"yes": "yes", "y": "yes", "true": "yes", "1": "yes", "no": "no", "n": "no", "false": "no", "0": "no"}
_YES_NO |= {"unknown": "unknown"}
MAX_ITEMS = 60
MAX_RELATIONSHIPS = 30


def _pattern(annotated: Any) -> re.Pattern[str]:
    """The pattern by which the wire will check a text: the same one, so that a row kept here is not refused there."""
    return re.compile(str(get_args(annotated)[1].pattern))


_STAFF_TEXT, _PHONE, _EMAIL = _pattern(delivery.StaffText), _pattern(delivery.Phone), _pattern(delivery.Email)
_PROTECTIONS = {kind: kind for kind in get_args(delivery.Protection)}
_PROTECTION_WORDS = _PROTECTIONS | dict.fromkeys(("none", "no", "n", "0", "false"), "none")
_EVIDENCE = {code: code for code in get_args(delivery.RelationshipEvidence)}
_WISHES = {word: word for word in ("agrees", "not_asked", "objects_competent", "objects_not_competent", "unknown")}
_RISKS = {word: word for word in ("none", "concern", "significant_harm", "unknown")}


@dataclass(frozen=True, repr=False)
class Relative:
    """A related record by the agency's own reference: what its person is, how that is known, from and until when."""

    ref: str
    kind: str
    evidence: str = "unknown"
    since: dt.date | None = None
    until: dt.date | None = None

    def __repr__(self) -> str:
        return "<Relative>"


@dataclass(frozen=True, repr=False)
class RowContent:
    """The involvement that one row tells of, in the words of `broker.wire.delivery`. The repr shows nothing.

    References of related records and the makers of a protection are the agency's own: they become pseudonyms later.
    """

    status: str
    provider: str
    as_of: dt.date
    coverage_from: dt.date
    coverage_to: dt.date
    coverage_area: str
    lead: Map[str, str] = dataclasses.field(default_factory=dict)
    started: dt.date | None = None
    ended: dt.date | None = None
    last_contact: dt.date | None = None
    age_band: str = "unknown"
    wishes: str = "unknown"
    wishes_on: dt.date | None = None
    risk: str = "unknown"
    risk_on: dt.date | None = None
    deceased: str = "unknown"
    third_party: str = "unknown"
    items: tuple[Map[str, Any], ...] = ()
    relationships: tuple[Relative, ...] = ()
    protections: tuple[Map[str, Any], ...] = ()

    def __repr__(self) -> str:
        return "<RowContent>"


def read_content(cells: Cells, person: Person) -> RowContent:
    """What the row of `cells` shares about `person`. Raises `BadInput` with row and field when a cell does not fit."""
    born = dt.date.fromisoformat(person.dob) if person.dob else None
    coverage = _coverage(cells)
    started, ended = (cells.date(cells.mapping.involvement.get(name), field=name) for name in ("started", "ended"))
    last_contact = _past(cells, cells.mapping.involvement.get("last_contact"), field="last_contact")
    _check_order(cells, started, ended, field="ended")
    content = RowContent(
        **coverage,
        started=started,
        ended=ended,
        last_contact=last_contact,
        status=_status(cells, ended),
        provider=_shown(cells, "provider"),
        lead=_lead(cells),
        age_band=_age_band(cells, born, on=coverage["as_of"]),
        wishes=_word(cells, "wishes", known=_WISHES),
        wishes_on=_past(cells, cells.mapping.cells.get("wishes_on"), field="wishes_on"),
        risk=_word(cells, "risk", known=_RISKS),
        risk_on=_past(cells, cells.mapping.cells.get("risk_on"), field="risk_on"),
        deceased=_deceased(cells),
        third_party=_word(cells, "third_party", known=_YES_NO),
        items=_items(cells),
        relationships=_relationships(cells),
        protections=_protections(cells),
    )
    return _without_birthday(cells, content, born)


def _past(cells: Cells, cell: Cell | None, *, field: str) -> dt.date | None:
    """A date of something that has happened: one after today is mistyped, and would be taken for the newest."""
    found = cells.date(cell, field=field)
    if found is not None and found > cells.today:
        raise cells.wrong(field, "is after today", code="date-wrong")
    return found


def _coverage(cells: Cells) -> dict[str, Any]:
    read = {
        "as_of": _past(cells, cells.mapping.coverage.get("as_of"), field="coverage.as_of"),
        "from": cells.date(cells.mapping.coverage.get("from"), field="coverage.from"),
        "to": _past(cells, cells.mapping.coverage.get("to"), field="coverage.to"),
    }
    as_of, start = read["as_of"], read["from"]
    end = read["to"] or as_of
    if as_of is None or start is None or end is None:
        raise cells.wrong("coverage", "as_of or from is blank", code="coverage-missing")
    _check_order(cells, start, end, field="coverage.to")
    area = cells.staff_text(cells.mapping.coverage.get("area"))
    if not _STAFF_TEXT.match(area):
        raise cells.wrong("coverage.area", "blank, over 80 characters or with unusual signs", code="text-wrong")
    return {"as_of": as_of, "coverage_from": start, "coverage_to": end, "coverage_area": area}


def _check_order(cells: Cells, start: dt.date | None, end: dt.date | None, *, field: str) -> None:
    if start and end and end < start:
        raise cells.wrong(field, "ends before it starts", code="dates-out-of-order")


def _status(cells: Cells, ended: dt.date | None) -> str:
    found = cells.code(cells.mapping.involvement.get("status"), field="status", table="status", known=_STATUS)
    if found and found not in _STATUS.values():
        raise cells.wrong("status", "the mapping makes it something that is no status", code="code-unknown")
    return found or ("historic" if ended and ended <= cells.today else "current")


def _shown(cells: Cells, name: str) -> str:
    text = cells.staff_text(cells.mapping.cells.get(name))
    if not _STAFF_TEXT.match(text):
        raise cells.wrong(name, "blank, over 80 characters or with unusual signs", code="text-wrong")
    return text


def _word(cells: Cells, name: str, *, known: Map[str, str]) -> str:
    found = cells.code(cells.mapping.cells.get(name), field=name, table=name, known=known)
    if found and found not in known.values():
        raise cells.wrong(name, "the mapping makes it something that is not listed", code="code-unknown")
    return found or "unknown"


def _deceased(cells: Cells) -> str:
    cell = cells.mapping.cells.get("deceased")
    formats = (
        cells.formats_of(cell) if cell and cell.column in cells.formats else ("iso", "day-first", "words", "compact")
    )
    if dates.read_date(cells.text(cell), formats, today=cells.today).state == "valid":
        return "yes"
    return _word(cells, "deceased", known=_YES_NO)


def _age_band(cells: Cells, born: dt.date | None, *, on: dt.date) -> str:
    cell = cells.mapping.cells.get("dob")
    if born is None and dates.is_expected(cells.text(cell), cells.formats_of(cell), today=cells.today):
        return "unborn"
    return dates.age_band(born, on=on)


def _lead(cells: Cells) -> dict[str, str]:
    cellmap = cells.mapping.lead
    found = {name: cells.staff_text(cellmap.get(name)) for name in ("name", "role", "team", "phone", "email")}
    if not found["name"]:
        return {}
    found["role"] = found["role"] or "Practitioner"
    patterns = {"name": _STAFF_TEXT, "role": _STAFF_TEXT, "team": _STAFF_TEXT, "phone": _PHONE, "email": _EMAIL}
    for name, pattern in patterns.items():
        if found[name] and not pattern.match(found[name]):
            cells.warn(f"lead.{name}", "left out: too long or with unusual signs", code="lead-wrong")
            found[name] = ""
    return {name: text for name, text in found.items() if text} if found["name"] and found["role"] else {}


def _items(cells: Cells) -> tuple[dict[str, Any], ...]:
    found = tuple(_item(cells, item) for item in cells.mapping.items if cells.text(item.when))
    if len(found) > MAX_ITEMS:
        raise cells.wrong("items", "more than 60 items", code="items-too-many")
    return found


def _item(cells: Cells, mapped: ItemMapping) -> dict[str, Any]:
    name, parts = mapped.item, mapped.parts
    value: dict[str, Any] = {
        "item": name,
        "on": _past(cells, parts.get("on"), field=f"{name}.on"),
        "until": cells.date(parts.get("until"), field=f"{name}.until"),
        "code": cells.code(parts.get("code"), field=f"{name}.code", table=name),
        "count": cells.count(parts.get("count"), field=f"{name}.count"),
        "yes": cells.yes(parts.get("yes"), field=f"{name}.yes", table=name),
        "role": cells.code(parts.get("role"), field=f"{name}.role", table=_role_table(cells, name)),
    }
    _check_order(cells, value["on"], value["until"], field=f"{name}.until")
    return {key: held for key, held in value.items() if held is not None and held != ""}


def _role_table(cells: Cells, item: str) -> str:
    return f"{item}.role" if f"{item}.role" in cells.mapping.codes else "role"


def _relationships(cells: Cells) -> tuple[Relative, ...]:
    own = cells.text(cells.mapping.cells["reference"])
    found: dict[Relative, None] = {}
    for mapped in cells.mapping.relationships:
        refs = [ref.strip() for ref in cells.text(mapped.refs).split(mapped.separator)]
        refs = [ref for ref in refs if ref and ref != own]
        if not refs:
            continue
        kind = mapped.kind.constant or cells.code(mapped.kind, field="relationships.kind", table="relationship")
        if not kind:
            raise cells.wrong("relationships.kind", "blank, though a related record is named", code="code-unknown")
        evidence = _evidence(cells, mapped.evidence)
        since, until = _held(cells, mapped, kind)
        found |= {Relative(ref, kind, evidence, since, until): None for ref in refs}
    if len(found) > MAX_RELATIONSHIPS:
        raise cells.wrong("relationships", "more than 30 related records", code="relationships-too-many")
    return tuple(found)


def _evidence(cells: Cells, cell: Cell | None) -> str:
    found = cells.code(cell, field="relationships.evidence", table="evidence", known=_EVIDENCE)
    if found and found not in _EVIDENCE:
        raise cells.wrong("relationships.evidence", "the mapping makes it something unlisted", code="code-unknown")
    return found or "unknown"


def _held(cells: Cells, mapped: RelationshipMapping, kind: str) -> tuple[dt.date | None, dt.date | None]:
    """From and until when a relationship held. What begins with a birth has no beginning here: it is a birthday."""
    since = _past(cells, mapped.since, field="relationships.since")
    until = cells.date(mapped.until, field="relationships.until")
    _check_order(cells, since, until, field="relationships.until")
    return (None if kind in delivery.BLOOD else since), until


def _protections(cells: Cells) -> tuple[dict[str, Any], ...]:
    mapped = cells.mapping.protection
    kind = (
        cells.code(mapped.kind, field="protection.kind", table="protection", known=_PROTECTION_WORDS) if mapped else ""
    )
    if mapped is None or kind in ("", "none"):
        return ()
    if kind not in _PROTECTIONS:
        raise cells.wrong(
            "protection.kind", "the mapping makes it something that is no protection", code="code-unknown"
        )
    review_by = cells.date(mapped.review_by, field="protection.review_by")
    made_by = [cells.text(cell) for cell in mapped.made_by]
    if review_by is None or not all(made_by) or len({staff.casefold() for staff in made_by}) == 1:
        hint = "a protection needs a day of review and two different people who made it"
        raise cells.wrong("protection", "not complete", code="protection-incomplete", hint=hint)
    return ({"kind": kind, "review_by": review_by, "made_by": made_by},)


def _without_birthday(cells: Cells, content: RowContent, born: dt.date | None) -> RowContent:
    if born is None:
        return content
    changed: dict[str, Any] = {}
    for name in ("started", "ended", "last_contact", "wishes_on", "risk_on"):
        if getattr(content, name) == born:
            changed[name] = None
            cells.warn(name, "left out: it is the person's own date of birth", code="is-date-of-birth")
    items = []
    for item in content.items:
        for name in ("on", "until"):
            if item.get(name) == born:
                cells.warn(
                    f"{item['item']}.{name}", "left out: it is the person's own date of birth", code="is-date-of-birth"
                )
        items.append({key: value for key, value in item.items() if key == "item" or value != born})
    relationships = tuple(_without_day(cells, one, born) for one in content.relationships)
    if not (changed or items or relationships):
        return content
    return dataclasses.replace(content, items=tuple(items), relationships=relationships, **changed)


def _without_day(cells: Cells, relative: Relative, born: dt.date) -> Relative:
    same = [name for name in ("since", "until") if getattr(relative, name) == born]
    for name in same:
        reason = "left out: it is the person's own date of birth"
        cells.warn(f"relationships.{name}", reason, code="is-date-of-birth")
    changed: dict[str, Any] = dict.fromkeys(same)
    return dataclasses.replace(relative, **changed)
