"""The register of protections for those who keep it: who is protected, what waits for a second person. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from broker.agency.desk.show.called import Called
from broker.agency.protecting import DONE, SAYS
from broker.agency.words import capital, day, plain
from broker.wire.protection import Registered

_SET_BY_STAFF = ("safe_address", "witness", "adopted")


@dataclass(frozen=True)
class ProtectionShown:
    """One entry; `waits` says for what a second person is waited, `may` is what can be done with it here."""

    reference: str
    title: str
    in_force: bool
    review: str
    is_due: bool
    waits: str
    is_late: bool
    done: tuple[str, ...]
    may: tuple[tuple[str, str], ...]


def protection_shown(one: Registered, called: Called) -> ProtectionShown:
    """One entry."""
    name = called.record(one.ref)
    until = f" by {day(one.due)}" if one.due else ""
    waits = {
        "confirm": f"A second person is to confirm it{until}",
        "lift": f"A second person is to agree that it ends{until}",
    }
    return ProtectionShown(
        reference=plain(one.reference),
        title=f"{name or 'A person'}: {SAYS[one.kind]}, {called.service(one.source)}",
        in_force=one.in_force,
        review=_review(one),
        is_due=one.is_due,
        waits=waits.get(one.awaits or "", ""),
        is_late=one.is_late,
        done=tuple(
            f"{day(did.on)}: {DONE.get(did.act, plain(did.act))}"
            + (f" by {plain(called.staff[did.staff])}" if did.staff in called.staff else "")
            for did in one.done
        ),
        may=_may(one),
    )


def _review(one: Registered) -> str:
    if not one.in_force:
        return "Lifted"
    by_right = "" if one.kind in _SET_BY_STAFF else ". It ends with the decision about it, under Rights"
    return f"Looked at again by {day(one.review_by)}{by_right}"


def kinds() -> list[dict[str, str]]:
    """The kinds of protection, as radio buttons."""
    hints = {
        "safe_address": "Nobody is shown where they are, and their contacts stay hidden from the other side.",
        "witness": "Nobody is shown that any service knows them.",
        "adopted": "Their two lives are not brought together.",
    }
    return [{"value": kind, "text": capital(SAYS[kind]), "hint": hint} for kind, hint in hints.items()]  # type: ignore[index]


def _may(one: Registered) -> tuple[tuple[str, str], ...]:
    # What a person asked for ends with the decision about it, under Rights.
    if not one.in_force or one.ref is None or one.kind not in _SET_BY_STAFF:
        return ()
    if one.awaits == "lift":
        return (("agree", "Agree that it ends"), ("confirm", "No: it stays"))
    first = (("confirm", "Confirm it"),) if one.awaits == "confirm" else ()
    return (*first, ("lift", "Propose that it ends"))
