"""The people of the tests, with details that could be nobody else's, and the exports that agencies make of them.

csv, mapping = export("csc", [Row(MINA, "C1", items={"csc.cp_plan": "2026-09-01"}, parents=("C2",))])
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

AS_OF = "2026-11-20"


@dataclass(frozen=True)
class Person:
    """One person, as the agencies that know them would write them down."""

    forename: str
    surname: str
    dob: str
    postcode: str = ""
    nhs: str = ""
    upn: str = ""
    sex: str = ""

    def about(self, **changes: str) -> dict[str, str]:
        """What a caseworker types to ask about them."""
        known = {"forename": self.forename, "surname": self.surname, "dob": self.dob, "postcode": self.postcode}
        known |= {"nhs": self.nhs} if self.nhs else {}
        return {name: value for name, value in (known | changes).items() if value}

    def canaries(self) -> tuple[str, ...]:
        """Every detail that must be nowhere outside the agencies, as it may be written."""
        year, month, day = self.dob.split("-")
        dates = (self.dob, f"{day}/{month}/{year}", f"{year}{month}{day}", f"{year}-{day}-{month}")
        spelt = (self.postcode, self.postcode.replace(" ", ""), self.nhs, self.upn)
        return tuple(value for value in (self.forename, self.surname, *dates, *spelt) if value)


MINA = Person("Minaquille", "Vexworthigan", "2014-07-19", "ZY47 7QX", nhs="9990000018", sex="f")
JORAM = Person("Joramble", "Vexworthigan", "2017-02-23", "ZY47 7QX", sex="m")
OTTO = Person("Ottolunde", "Quagmirrow", "1983-08-29", "ZY47 7QX", nhs="9990000026", sex="m")
ISOLDE = Person("Isoldephine", "Vexworthigan", "1985-06-17", "ZY47 7QX", sex="f")
STRANGER = Person("Zephyrion", "Unbekannteau", "1979-12-27", "ZY88 8JJ", sex="m")
EVERYBODY = (MINA, JORAM, OTTO, ISOLDE, STRANGER)

# What the column of an item holds; the others are flags.
_CODES: tuple[str, ...] = (
    "csc.cin_status",
    "hl.duty",
    "ed.sen_status",
    "ed.school",
    "hs.asb_case",
    "dw.work_status",
    "hv.clinic",
)
_CODES += ("hv.mandated_check", "gp.registered_practice", "dv.safe_contact")
_COUNTS: tuple[str, ...] = (
    "csc.missing_episodes",
    "ed.attendance",
    "ed.exclusions",
    "hs.arrears_weeks",
    "po.da_incidents",
)
_COUNTS += ("po.asb_incidents", "po.missing_episodes", "hv.missed_appts", "ac.attendances", "vc.foodbank")
_DATES: tuple[str, ...] = ("csc.assessment", "eh.assessment", "fr.home_safety_visit", "csc.cp_plan", "csc.looked_after")
_DATES += ("eh.family_plan", "yj.intervention", "mh.open_to_service", "su.in_treatment", "dv.supported", "pr.order")
_PART = dict.fromkeys(_CODES, "code") | dict.fromkeys(_COUNTS, "count") | dict.fromkeys(_DATES, "on")

_AGENCY_OF = dict.fromkeys(("csc", "eh", "yj", "hl", "as"), "council") | dict.fromkeys(("hv", "mh", "ac"), "nhs")
_AGENCY_OF |= dict.fromkeys(("su", "dv", "vc"), "voluntary")
_AGENCY_OF |= {"ed": "school", "hs": "homes", "po": "police", "pr": "probation", "dw": "jobcentre", "gp": "gp"}
_AGENCY_OF |= {"fr": "fire"}


@dataclass(frozen=True)
class Row:
    """One row of an export: who it is about under which reference, and what it tells of them."""

    person: Person
    ref: str
    items: Mapping[str, str] = field(default_factory=dict)
    parents: Sequence[str] = ()
    siblings: Sequence[str] = ()
    status: str = "current"
    started: str = "2026-02-03"
    risk: str = "significant_harm"
    wishes: str = "not_asked"
    protection: str = ""
    review_by: str = "2027-06-01"
    worker: str = "Ada Marsh"


def export(source: str, rows: Sequence[Row], *, delivery: str = "snapshot", as_of: str = AS_OF) -> tuple[str, str]:
    """The export of `source` as CSV, and its mapping.toml."""
    items = sorted({item for row in rows for item in row.items})
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*_COLUMNS, *items])
    writer.writerows([[*_cells(row), *(row.items.get(item, "") for item in items)] for row in rows])
    return text.getvalue(), mapping(source, items, delivery=delivery, as_of=as_of)


def mapping(source: str, items: Sequence[str] = (), *, delivery: str = "snapshot", as_of: str = AS_OF) -> str:
    """The mapping.toml of an export of `source` with these items."""
    lines = [f'source = "{source}"', f'agency = "{_AGENCY_OF[source]}"', f'delivery = "{delivery}"']
    lines += ["[columns]", *(f'"{column}" = "{name}"' for column, name in _COLUMNS.items() if name)]
    lines += ["[constants]", f'provider = "Service of {source}"', 'deceased = "no"', 'third_party = "no"']
    for item in items:
        part = _PART.get(item, "yes")
        lines += [f'[items."{item}"]', f'when = "{item}"', f'{part} = "{item}"']
    for column, kind in (("Parents", "parent"), ("Siblings", "sibling")):
        lines += ["[[relationships]]", f'column = "{column}"', f'kind = "{kind}"']
    lines += ["[lead]", 'name = "Worker"', 'role = { constant = "Practitioner" }', 'phone = "Worker phone"']
    lines += ["[involvement]", 'status = "Status"', 'started = "Started"']
    lines += ["[coverage]", f"as_of = {as_of}", "from = 2024-01-01", 'area = { constant = "Brackwater" }']
    lines += ["[protection]", 'kind = "Flag"', 'review_by = "Review"', 'made_by = ["By 1", "By 2"]']
    return "\n".join(lines) + "\n"


_COLUMNS = {
    "Ref": "reference",
    "First name": "forename",
    "Surname": "surname",
    "DOB": "dob",
    "Sex": "sex",
    "Postcode": "postcode",
    "NHS No": "nhs",
    "UPN": "upn",
    "Risk": "risk",
    "Wishes": "wishes",
    "Status": "",
    "Started": "",
    "Parents": "",
    "Siblings": "",
    "Worker": "",
    "Worker phone": "",
    "Flag": "",
    "Review": "",
    "By 1": "",
    "By 2": "",
}


def _cells(row: Row) -> list[str]:
    person = row.person
    protection = [row.protection, row.review_by, "w-101", "w-102"] if row.protection else ["", "", "", ""]
    return [
        *(row.ref, person.forename, person.surname, person.dob, person.sex, person.postcode, person.nhs, person.upn),
        *(row.risk, row.wishes, row.status, row.started, ";".join(row.parents), ";".join(row.siblings)),
        *(row.worker, "01632 960111", *protection),
    ]
