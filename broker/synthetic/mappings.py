"""The mapping file that goes with an export: which column is what, and no person's data.

It is written from the same `Shape` that writes the export, so that the two cannot drift apart.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date

from broker.synthetic.caseloads import as_of_day
from broker.synthetic.gazetteer import TOWN
from broker.synthetic.shapes import REFERENCE_SEPARATOR, Shape

PERSON_FIELDS = {
    **{
        name: name
        for name in ("reference", "full_name", "forename", "surname", "dob", "sex", "postcode", "uprn", "phone")
    },
    **{name: name for name in ("nino", "upn", "wishes", "risk")},
    **{name: name for name in ("middle_names", "known_as", "former_surname", "address")},
    "nhs_number": "nhs",
    "address_1": "address",
}
"""Our field to the client's; what is missing here (title, town, further address lines) the client does not read."""
_FORMATS = {"%Y-%m-%d": "iso", "%d/%m/%Y": "day-first", "%d-%b-%Y": "words", "%Y%m%d": "compact"}
_LEAD = {"lead_name": "name", "lead_role": "role", "team": "team", "lead_phone": "phone", "lead_email": "email"}
_COVERAGE = {"as_of": "as_of", "coverage_from": "from", "coverage_to": "to", "coverage_area": "area"}
_SEX = {"F": "f", "M": "m"}
# What the export does not say row by row, and what it then is: left open, nothing of a row could be shared.
_SAME_FOR_ALL = {"wishes": "not_asked", "risk": "none", "deceased": "no", "third_party": "no"}
# Where the team's name is the name of the school, surgery, refuge or project, it is the provider that is shown.
_TEAM_IS_PROVIDER = {"ed", "gp", "dv", "vc"}


def mapping_toml(shape: Shape, today: date) -> str:
    """The text of the source's mapping.toml, for an export made on `today`."""
    heading = dict(shape.columns)
    lines = [f"# {shape.title}: what is what in {shape.file}", f"source = {_text(shape.source)}"]
    lines += [f"agency = {_text(shape.agency)}", f"delivery = {_text(shape.delivery)}"]
    lines += _section("columns", _columns(shape, heading))
    formats = list(dict.fromkeys(_FORMATS[pattern] for pattern in shape.dates))
    lines += _section("dates", [f"formats = {json.dumps(formats)}"])
    lines += _section("constants", _constants(shape, heading))
    lines += _section(
        "involvement", _named(heading, {name: name for name in ("status", "started", "ended", "last_contact")})
    )
    lines += _section("lead", _named(heading, _LEAD))
    lines += _section("coverage", _coverage(shape, heading, today=today))
    for field, codes in shape.codes.items():
        if not set(codes) <= {"yes", "no"}:
            pairs = [f"{_text(written)} = {_text(_SEX.get(value, value))}" for value, written in codes.items()]
            lines += _section(f"codes.{_key(field)}", pairs)
    for item, parts in _items(heading):
        lines += _section(f"items.{_key(item)}", parts)
    for column, kind in _relationships(shape):
        pairs = [f"column = {_text(column)}", f"kind = {_text(kind)}", f"separator = {_text(REFERENCE_SEPARATOR)}"]
        lines += ["", "[[relationships]]", *pairs]
    if "protection" in heading:
        makers = json.dumps([heading["protection_by_1"], heading["protection_by_2"]])
        kind, review = _text(heading["protection"]), _text(heading["protection_review"])
        lines += _section("protection", [f"kind = {kind}", f"review_by = {review}", f"made_by = {makers}"])
    return "\n".join(lines) + "\n"


def _text(value: str) -> str:
    # A JSON string of plain text is a TOML string too.
    return json.dumps(value, ensure_ascii=False)


def _key(name: str) -> str:
    return _text(name) if "." in name else name


def _section(name: str, lines: list[str]) -> list[str]:
    return ["", f"[{name}]", *lines] if lines else []


def _named(heading: dict[str, str], names: dict[str, str]) -> list[str]:
    return [f"{theirs} = {_text(heading[ours])}" for ours, theirs in names.items() if ours in heading]


def _columns(shape: Shape, heading: dict[str, str]) -> list[str]:
    found = [f"{_text(heading[ours])} = {_text(theirs)}" for ours, theirs in PERSON_FIELDS.items() if ours in heading]
    if shape.source in _TEAM_IS_PROVIDER:
        found.append(f'{_text(heading["team"])} = "provider"')
    return found


def _constants(shape: Shape, heading: dict[str, str]) -> list[str]:
    provider = [] if shape.source in _TEAM_IS_PROVIDER else [f"provider = {_text(shape.title)}"]
    return provider + [f"{name} = {_text(value)}" for name, value in _SAME_FOR_ALL.items() if name not in heading]


def _coverage(shape: Shape, heading: dict[str, str], *, today: date) -> list[str]:
    found = _named(heading, _COVERAGE)
    newest = as_of_day(today, shape.source)
    if "coverage_from" not in heading:
        found.append(f"from = {date(newest.year - shape.coverage_years, newest.month, 1).isoformat()}")
    if "coverage_area" not in heading:
        found.append(f"area = {{ constant = {_text(TOWN)} }}")
    return found


def _items(heading: dict[str, str]) -> Iterator[tuple[str, list[str]]]:
    for field, column in heading.items():
        base, _, part = field.partition(".")[2].partition(".")
        item = f"{field.partition('.')[0]}.{base}"
        if not base or part in ("until", "role"):
            continue
        if part == "on":
            until = heading[f"{item}.until"]
            yield item, [f"when = {_text(column)}", f"on = {_text(column)}", f"until = {_text(until)}"]
        else:
            role = heading.get(f"{item}.role")
            yield item, [f"{_PARTS[item]} = {_text(column)}", *([f"role = {_text(role)}"] if role else [])]


_CODES = (
    "csc.cin_status eh.closure hl.duty ed.sen_status ed.school hs.asb_case dw.work_status dw.benefit_type "
    "hv.mandated_check hv.clinic gp.registered_practice dv.safe_contact"
)
_DAYS = "csc.assessment eh.assessment fr.home_safety_visit"
_FLAGS = (
    "csc.adoption_record as.carer hs.notice_seeking_possession po.bail_conditions po.intel_marker mh.waiting "
    "hv.contraception"
)
_COUNTS = (
    "csc.missing_episodes ed.attendance ed.exclusions hs.arrears_weeks po.asb_incidents po.da_incidents "
    "po.missing_episodes po.offences hv.missed_appts ac.attendances gp.missed_appts vc.foodbank"
)
_PARTS = {
    **dict.fromkeys(_CODES.split(), "code"),
    **dict.fromkeys(_DAYS.split(), "on"),
    **dict.fromkeys(_FLAGS.split(), "yes"),
    **dict.fromkeys(_COUNTS.split(), "count"),
}
"""For an item that stands in one column, which part of its value the column is."""


def _relationships(shape: Shape) -> Iterator[tuple[str, str]]:
    for field, column in shape.columns:
        if field.startswith("relation:"):
            kind = field.split(":")[1]
            yield column, "household_member" if kind == "any" else kind
