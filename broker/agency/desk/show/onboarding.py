"""What an agency does until it is live, each step with how it stands and what to do. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Standing:
    """What is known of where we are."""

    is_listed: bool
    keys: frozenset[str]
    agreements: int
    staff: int
    officers: int
    delivered: int
    services: int
    worst_percent: float | None
    is_live: bool


@dataclass(frozen=True)
class Step:
    """One step of the list."""

    title: str
    hint: str
    is_done: bool
    href: str = ""


GOOD_PERCENT = 5.0
"""A newest delivery of which more rows than this were not taken is looked at before going live."""


def steps(at: Standing) -> list[Step]:
    """The seven steps, in order."""
    missing = [name for name in ("delivery", "desk", "review") if name not in at.keys]
    quality = at.worst_percent is not None and at.worst_percent <= GOOD_PERCENT
    of = f"{at.delivered} of {at.services} services have delivered"
    return [
        Step(
            "Your agency is on the trust list",
            "The custodians add it once you have sent your public keys",
            at.is_listed,
        ),
        Step(
            "Keys for deliveries, the desk and reviews",
            f"Still to be made: {', '.join(missing)}" if missing else "All three are here",
            not missing,
        ),
        Step(
            "An agreement in force names you",
            "Without one you tell nothing and are told nothing",
            at.agreements > 0,
            "/agreements",
        ),
        Step("Staff who may ask", "agency.toml lists them, with their role and when they were trained", at.staff > 0),
        Step(
            "Somebody who answers refusals and rights",
            "An information governance officer, and a second person: nobody decides about their own",
            at.officers > 1,
        ),
        Step("A first delivery of each service", of, at.delivered >= at.services > 0, "/agency/deliveries"),
        Step(
            "Good enough data, and live",
            "At most 5 % of the newest rows not taken, and live = true in agency.toml",
            quality and at.is_live,
            "/agency/deliveries",
        ),
    ]
