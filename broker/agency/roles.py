"""What somebody does at the desk. A member of staff has one or more of these beside their profession."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

DESK_ROLES: Final[Mapping[str, str]] = {
    "caseworker": "Caseworker",
    "supervisor": "Supervisor",
    "ig_officer": "Information governance officer",
    "lead_ig_officer": "Lead information governance officer",
    "reviewer": "Reviewer of matches",
    "data_person": "Data officer",
    "programme_lead": "Programme lead",
    "auditor": "Auditor",
}
"""Role -> its name for people. `operator` is none: operators use the `broker` command line and sign in at no desk."""
USUAL: Final = frozenset({"caseworker"})
"""Of a member of staff of whom nothing else is said."""
