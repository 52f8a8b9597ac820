"""The people who work for the agencies of Brackwater: a practitioner to ring for every record.

Dana Whitfield, social worker, Assessment team North, 01632 960118, dana.whitfield@council.brackwater.example
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from broker.synthetic import identifiers, names


@dataclass(frozen=True, slots=True)
class Worker:
    """A practitioner. `staff_id` is the agency's own pseudonym for them."""

    source: str
    staff_id: str
    name: str
    role: str
    team: str
    phone: str
    email: str


# source: agency, role of its practitioners, its teams
TEAMS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "csc": ("council", "Social worker", ("Assessment team North", "Assessment team South", "Family safeguarding")),
    "eh": ("council", "Family keyworker", ("Family hub Harbourside", "Family hub Eastmoor", "Early help team")),
    "yj": ("council", "Youth justice worker", ("Youth justice service",)),
    "hl": ("council", "Housing options officer", ("Housing options", "Temporary accommodation")),
    "as": ("council", "Adult social worker", ("Adult assessment", "Hospital discharge", "Carers team")),
    "ed": ("school", "Designated safeguarding lead", ("Brackwater High", "Millrace Primary", "Castle Park Primary")),
    "hs": ("homes", "Tenancy officer", ("Tenancy team East", "Tenancy team West", "Income team")),
    "po": ("police", "Public protection officer", ("Public protection unit", "Domestic abuse unit")),
    "pr": ("probation", "Probation officer", ("Brackwater delivery unit",)),
    "dw": ("jobcentre", "Work coach", ("Brackwater Jobcentre", "Quarry Hill Jobcentre")),
    "hv": ("nhs", "Health visitor", ("0-19 team Harbourside", "0-19 team Quarry Hill", "School nursing")),
    "mh": ("nhs", "Mental health practitioner", ("CAMHS", "Community mental health team")),
    "ac": ("nhs", "Safeguarding nurse", ("Emergency department",)),
    "gp": ("gp", "Practice safeguarding lead", ("Harbour Surgery", "Mill Lane Practice", "Northgate Health")),
    "su": ("voluntary", "Recovery worker", ("Turning Tide",)),
    "dv": ("voluntary", "Independent domestic violence adviser", ("Safe Harbour",)),
    "vc": ("voluntary", "Advice worker", ("Brackwater Advice", "Foodbank")),
    "fr": ("fire", "Home safety officer", ("Home safety team",)),
}  # fmt: skip


_FIRST_OF_STORIES = 800
"""The practitioners of stories have phones and ids from here on, so that a canary's phone is nobody else's."""


def named_worker(source: str, name: str, *, team: str, serial: int) -> Worker:
    """The practitioner of this name; phone, e-mail and staff id follow from name, agency and serial."""
    agency, role, _ = TEAMS[source]
    local_part = ".".join(
        "".join(sign for sign in word.lower() if sign.isascii() and sign.isalpha()) for word in name.split()
    )
    email = f"{local_part}@{agency}.brackwater.example"
    phone = identifiers.staff_phone(serial)
    return Worker(source, f"{source}-{serial:04d}", name, role, team, phone, email)


def make_roster(rng: Random, source: str, *, people: int) -> tuple[Worker, ...]:
    """The practitioners of `source`: two for each team, and more in a larger place."""
    teams = TEAMS[source][2]
    each = max(2, people // 3000)
    first = list(TEAMS).index(source) * 40
    return tuple(
        named_worker(
            source, names.draw_staff_name(rng), team=team, serial=(first + place * each + number) % _FIRST_OF_STORIES
        )
        for place, team in enumerate(teams)
        for number in range(each)
    )
