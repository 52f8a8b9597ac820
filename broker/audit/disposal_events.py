"""Events of what has to go: values whose time is over, holds that stop it, and details of the log itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from broker.audit import canonical
from broker.audit.events import Event, HeaderValue, Stamp


def dispose_event(
    stamp: Stamp, source: str, *, values: int, tags: Sequence[str], private: Mapping[str, canonical.Value]
) -> Event:
    """That `values` of records of a source, whose time was over under every agreement, were destroyed.

    `tags` name the records in this leaf, as in `retract`. How many of which item (`items`), and the agency's own
    references of the records (`refs`), are private: they are the agency's certificate.
    """
    header: dict[str, HeaderValue] = {"source": source, "records": len(tags), "values": values, "tags": sorted(tags)}
    return stamp.event("dispose", header, private)


def hold_event(stamp: Stamp, act: str, *, source: str, tags: Sequence[str], staff: str = "") -> Event:
    """That a record (by its tag in this leaf) may not be destroyed (`set`, `renewed`), was `kept` when it should have
    been, that the first of two people asked to lift it (`asked`), or that the second did (`lifted`). Who is private.
    """
    return stamp.event("hold", {"act": act, "source": source, "tags": list(tags)}, {"staff": staff})


def expire_event(stamp: Stamp, kept: str, *, month: str, entries: int) -> Event:
    """That the details of all `entries` of a class and a month (`2026-11`) are destroyed: their time is over."""
    return stamp.event("expire", {"kept": kept, "month": month, "entries": entries}, {})


def shred_event(stamp: Stamp, basis: str, *, case: str, entries: Sequence[int]) -> Event:
    """That the details of the `entries`, by their places in the log, are destroyed, on what basis, in which case."""
    return stamp.event("shred", {"basis": basis, "case": case, "entries": sorted(entries)}, {})


def prune_event(stamp: Stamp, first: int, *, root: str) -> Event:
    """That the log is no longer served before the entry `first`; `root`, in hex, is that of all before it."""
    return stamp.event("prune", {"first": first, "root": root}, {})
