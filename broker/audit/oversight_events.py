"""Events of whoever watches over others: that the log was searched, what came of an alert, who was turned away."""

from __future__ import annotations

from collections.abc import Mapping

from broker.audit import canonical
from broker.audit.events import Event, Stamp


def search_event(stamp: Stamp, act: str, *, found: int, private: Mapping[str, canonical.Value]) -> Event:
    """That the log was searched (`found`), one entry opened (`opened`), matters counted (`counted`), or the queue of
    look-ups to be looked at (`queue`) or what came of those that are closed (`notes`) was read.

    Who did it (the agency's pseudonym; empty for the operator) and the digest of what was asked are private.
    """
    return stamp.event("search", {"act": act, "found": found}, private)


def alert_event(stamp: Stamp, act: str, *, private: Mapping[str, canonical.Value]) -> Event:
    """What happened to a look-up that somebody has to look at: `raised`, `opened`, `closed`.

    Which (`about`: its event), why (`rules`, with the digest of their thresholds), who acted and what was found are
    private.
    """
    return stamp.event("alert", {"act": act}, private)


def unproven_event(stamp: Stamp, reasons: Mapping[str, int]) -> Event:
    """That requests were turned away which did not prove who sent them; the event is about the party they named.

    How many of each reason, by its code, is private.
    """
    return stamp.event("unproven", {"count": sum(reasons.values())}, {"reasons": dict(reasons)})
