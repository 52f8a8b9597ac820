"""A small mapping and file, as an agency would have them, for the tests of this room."""

from __future__ import annotations

import datetime as dt

from broker.agency import csvfile, mapping

TODAY = dt.date(2026, 11, 22)

MAPPING = """\
source = "csc"
agency = "council"
delivery = "snapshot"

[columns]
"Client ID" = "reference"
"First name" = "forename"
"Surname" = "surname"
"DOB" = "dob"
"Gender" = "sex"
"Postcode" = "postcode"
"NHS No" = "nhs"

[constants]
provider = "Children's social care"

[codes.sex]
"Woman" = "f"

[codes."csc.cin_status"]
"CIN-O" = "open"

[items.csc.cin_status]
code = "CIN"

[items."csc.cp_plan"]
on = "CP start"
until = "CP end"

[items."csc.missing_episodes"]
count = "Missing"

[[relationships]]
column = "Parents"
kind = "parent"

[lead]
name = "Worker"
role = { constant = "Social worker" }
phone = "Worker phone"

[involvement]
started = "Start"
ended = "End"

[coverage]
as_of = 2026-11-20
from = 2024-01-01
area = { constant = "Brackwater" }

[protection]
kind = "Flag"
review_by = "Review"
made_by = ["Flagged by", "Agreed by"]
"""

HEADER = (
    "Client ID,First name,Surname,DOB,Gender,Postcode,NHS No,CIN,CP start,CP end,Missing,Parents,"
    "Worker,Worker phone,Start,End,Flag,Review,Flagged by,Agreed by,Notes"
)
GOOD = {
    "Client ID": "C1",
    "First name": "Annabel",
    "Surname": "Smithson",
    "DOB": "12/03/2014",
    "Gender": "Woman",
    "Postcode": "ZY1 4AB",
    "NHS No": "9990000026",
    "CIN": "CIN-O",
    "CP start": "13/02/2025",
    "Missing": "2",
    "Parents": "C7;C8",
    "Worker": "Pat O’Hara",
    "Worker phone": "01632 960001",
    "Start": "14/02/2024",
}
COLUMNS = HEADER.split(",")


def line(**changes: str) -> str:
    """One line of the file: the good row with `changes`, where `_` in a name stands for a space."""
    cells = GOOD | {name.replace("_", " "): value for name, value in changes.items()}
    return ",".join(cells.get(column, "") for column in COLUMNS)


def content(*lines: str) -> bytes:
    """The file of these lines under the header."""
    return ("\n".join((HEADER, *lines)) + "\n").encode()


def read(*lines: str) -> csvfile.Table:
    """The table of these lines."""
    return csvfile.read(content(*lines), mapping.parse(MAPPING.encode()), today=TODAY, synthetic_numbers=True)
