"""A small export of a council, with a relationship, a protected child and a row that nobody could match."""

from __future__ import annotations

from pathlib import Path

MAPPING = """\
source = "csc"
agency = "council"
delivery = "snapshot"

[columns]
"Client ID" = "reference"
"First name" = "forename"
"Surname" = "surname"
"DOB" = "dob"
"Postcode" = "postcode"
"NHS No" = "nhs"

[constants]
provider = "Children's social care"

[items."csc.cp_plan"]
on = "CP start"

[[relationships]]
column = "Parents"
kind = "parent"

[lead]
name = "Worker"
role = { constant = "Social worker" }
phone = "Worker phone"

[involvement]
started = "Start"

[coverage]
as_of = 2026-11-20
from = 2024-01-01
area = { constant = "Brackwater" }

[protection]
kind = "Flag"
review_by = "Review"
made_by = ["By 1", "By 2"]
"""

HEADER = (
    "Client ID,First name,Surname,DOB,Postcode,NHS No,CP start,Parents,Worker,Worker phone,Start,Flag,Review,By 1,By 2"
)
ROWS = (
    "C1,Siobhan,Quillfeather,12/03/2018,ZY1 2AB,9990000018,01/09/2026,C2,Ada Marsh,01632 960111,03/02/2026,,,,",
    "C2,Robert,Quillfeather,30/07/1988,ZY1 2AB,,,,Ada Marsh,01632 960111,03/02/2026,,,,",
    "C3,Mina,Hollowbrook,25/12/2015,ZY3 4CD,,,,Ada Marsh,01632 960111,04/05/2026,safe_address,01/06/2027,w1,w2",
    "C4,Tomasz,Ostrowski,17/10/2009,ZY2 9EF,,,,Ben Carver,01632 960222,20/10/2026,,,,",
    "C5,Leila,Ferndale,08/08/2012,ZY2 9EF,,,,Ben Carver,01632 960222,21/10/2026,,,,",
)
# No way of telling who this is about.
BAD_ROW = "C6,,,,ZY2 9EF,,,,Ben Carver,01632 960222,21/10/2026,,,,"


def write_export(folder: Path, rows: tuple[str, ...], mapping: str = MAPPING) -> Path:
    """An export and its mapping.toml."""
    folder.mkdir(exist_ok=True)
    (folder / "mapping.toml").write_text(mapping)
    path = folder / "csc.csv"
    path.write_text("\n".join([HEADER, *rows]) + "\n")
    return path
