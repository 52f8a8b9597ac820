"""Attack 2: colour refinement of a million people's labels: the bound of every attack by structure alone.

The attacker has a perfect copy of all people in the clear and knows which labels belong to one record, which neither
party does of a dump. The measurement is the gate's own (`broker.agency.gate`), so that what is attacked here is what
`broker-agency scheme check` lets pass. The control is one label for each field, which must tell most people apart.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from broker.agency.gate.measure import measure
from broker.agency.gate.people import make_people
from broker.tokens import MatchKey, Scheme, load_scheme

TARGET = 0.001
CONTROL_LEAST = 0.5
_FIELDS = ("fnc", "snp", "dob", "pc")


def per_field(scheme: Scheme) -> Scheme:
    """The same scheme with one match key for each of four fields, as systems have that hash field by field."""
    keys = tuple(
        MatchKey(number=at, name=atom, atoms=(atom,), identifier=False, forename=atom == "fnc", address=atom == "pc")
        for at, atom in enumerate(_FIELDS, start=1)
    )
    return replace(scheme, match_keys=keys)


def run(people: int, *, progress: Callable[[str], None]) -> dict[str, Any]:
    """Both measurements; the control on a tenth of the people."""
    scheme = load_scheme()
    progress(f"making {people:,} people")
    figures = measure(scheme, make_people(people), progress=lambda name: progress(f"colour refinement: {name}"))
    progress("control: a label for each field")
    control = measure(per_field(scheme), make_people(max(people // 10, 1000)))
    return {
        "scheme": f"{scheme.name}, digest {scheme.digest.hex()[:16]}",
        "people": people,
        "unique": figures.unique,
        "unique_with_aliases": figures.unique_with_aliases,
        "records_that_share_any_label": figures.any_shared,
        "largest_group": max(key.top for key in figures.keys),
        "control_unique": control.unique,
        "valid": control.unique >= CONTROL_LEAST,
        "holds": control.unique >= CONTROL_LEAST and figures.unique <= TARGET,
    }
