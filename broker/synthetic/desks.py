"""The desks of the demonstration, and who signs in there. Nobody checks who anybody is: all of them are made up."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from broker.synthetic.parties import Asker
from broker.synthetic.servers import Server
from broker.synthetic.sources import SHAPES
from broker.synthetic.story_refused import REVIEWER

AGENCIES = {
    "council": "Brackwater Council",
    "nhs": "Brackwater Community NHS Trust",
    "homes": "Brackwater Homes",
    "voluntary": "Brackwater Voluntary Alliance",
    "school": "Brackwater Academies Trust",
    "police": "Brackwater Police",
    "jobcentre": "Brackwater Jobcentre",
    "fire": "Brackwater Fire and Rescue",
}
OPEN = ("council", "nhs", "homes", "voluntary")
"""Whose desks the demonstration opens: enough for somebody to ask, and somebody to answer."""
_STAFF: Mapping[str, Sequence[tuple[str, str, str, tuple[str, ...]]]] = {
    "council": (
        ("csc-0800", "council.social_worker", "Dana Whitfield", ("caseworker",)),
        ("csc-0801", "council.social_worker", "Imran Sadiq", ("caseworker",)),
        ("csc-0835", "council.social_worker", "Nasreen Mirza", ("caseworker",)),
        ("hl-0806", "council.housing_officer", "Tom Arkwright", ("caseworker",)),
        ("hl-0841", "council.housing_officer", "Delia Marchbank", ("caseworker",)),
        ("csc-lead", "council.social_worker", "Priya Nair", ("caseworker", "supervisor", "reviewer")),
        ("ig-1", "council.ig_officer", "Tom Lindley", ("ig_officer",)),
        ("ig-2", "council.ig_officer", "Grace Adeyemi", ("ig_officer", "lead_ig_officer", "programme_lead")),
        ("data-1", "council.data_officer", "Ken Marlow", ("data_person",)),
        ("aud-1", "council.auditor", "Una Frame", ("auditor",)),
    ),
    "nhs": (
        ("hv-lead", "nhs.health_visitor", "Ruth Penhale", ("caseworker", "supervisor", "reviewer")),
        ("hv-0815", "nhs.school_nurse", "Jun Tanaka", ("caseworker",)),
        ("nhs-ig", "nhs.ig_officer", "Femi Balogun", ("ig_officer", "lead_ig_officer")),
    ),
    "homes": (
        ("hs-0830", "homes.tenancy_officer", "Norman Dack", ("caseworker",)),
        ("hs-lead", "homes.tenancy_officer", "Colm Reyes", ("caseworker", "supervisor", "reviewer")),
        ("hs-ig", "homes.ig_officer", "Ana Sokolova", ("ig_officer", "lead_ig_officer")),
    ),
    "voluntary": (
        (REVIEWER, "voluntary.worker", "Moira Blythe", ("caseworker", "supervisor", "reviewer")),
        ("vc-ig", "voluntary.ig_officer", "Lena Oyelaran", ("ig_officer", "lead_ig_officer")),
    ),
    "school": (("ed-0807", "school.dsl", "Ruth Amadi", ("caseworker", "supervisor")),),
    "police": (("po-0810", "police.pvp", "Yasmin Dar", ("caseworker", "supervisor")),),
    "jobcentre": (("dw-0812", "jobcentre.work_coach", "Anne Petrov", ("caseworker",)),),
}


def with_desk_staff(staff: Mapping[str, Iterable[Asker]], trained: dt.date) -> dict[str, list[Asker]]:
    """Everybody in `staff` and at the desks, by their agency; whoever is both has a name and their work at the desk."""
    found = {agency: {one.id: one for one in askers} for agency, askers in staff.items()}
    for agency, people in _STAFF.items():
        for id_, role, name, desk in people:
            found.setdefault(agency, {})[id_] = Asker(id_, role, trained, name, desk)
    return {agency: list(people.values()) for agency, people in found.items()}


def desk(home: Path, url: str) -> Server:
    """The desk of the agency with this folder, which reads that agency's own exports."""
    agency = home.name
    exports = [f"{source}/{shape.file}" for source, shape in SHAPES.items() if shape.agency == agency]
    lines = (
        f'agency_name = "{AGENCIES[agency]}"',
        f'public_url = "{url}"',
        f"port = {url.rpartition(':')[2]}",
        'sign_in = "development"',
        "idle_minutes = 60",
        f"people = {[one for one in exports if (home / one).exists()]}",
    )
    (home / "desk.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    command = [sys.executable, "-m", "broker.agency.desk.cli", "serve", "--workspace", str(home)]
    return Server(f"desk of {AGENCIES[agency]}", command, {}, url, home / "desk.log", ready="/static/favicon.svg")


def sign_ins(agency: str) -> list[tuple[str, str, str]]:
    """(id, name, what they do) of everybody who signs in at an agency's desk."""
    return [(id_, name, ", ".join(one.replace("_", " ") for one in work)) for id_, _, name, work in _STAFF[agency]]
