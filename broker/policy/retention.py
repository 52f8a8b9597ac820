"""How long a value stays at the broker: as long as any clause of any agreement may still tell it, and no longer.

    ed.attendance   one clause with a window of P12M     goes when it is a year old
    hs.arrears      P12M in one, P24M in another         goes when it is two years old
    csc.cin_status  a clause without a window            stays until the source takes it back

It is the same test by which telling leaves a value out (`within_window`), of the same day in London: what goes is
exactly what nobody could be told any more, ever. An agreement that is over counts no longer, unless it says that what
it brought is kept; one that is a draft or suspended does. What no agreement ever scheduled is no matter of windows.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import lru_cache

from broker.policy.agreement import Agreement
from broker.policy.days import after
from broker.policy.obligations import ItemValue, within_window
from broker.policy.policies import Policies


def is_over(policies: Policies, value: ItemValue, *, on: dt.date) -> bool:
    """Whether nobody may be told `value` from the day `on` in London on."""
    windows = _windows(policies, value.item, on=on)
    if windows is None:
        return False
    kind = policies.vocabulary.items[value.item].kind
    return not any(within_window(value, window, on=on, kind=kind) for window in windows)


def items_that_end(policies: Policies, source: str, *, on: dt.date) -> frozenset[str]:
    """The items of a source of which some value may be over `on` a day: no others need to be opened to find out."""
    found = {item: _windows(policies, item, on=on) for item in policies.vocabulary.items_of(source)}
    return frozenset(item for item, windows in found.items() if windows is not None and None not in windows)


def is_source_over(policies: Policies, source: str, *, on: dt.date) -> bool:
    """Whether every agreement under which the source posted is over: its records have to go."""
    return _windows(policies, f"{source}.involvement", on=on) == ()


def _windows(policies: Policies, item: str, *, on: dt.date) -> tuple[str | None, ...] | None:
    """The window of every clause that may still tell an item; None for an item that no agreement schedules at all."""
    clauses = _by_item(policies).get(item)
    if clauses is None:
        return None
    return tuple(window for agreement, window in clauses if not _is_finished(agreement, on))


@lru_cache(maxsize=4)
def _by_item(policies: Policies) -> Mapping[str, Sequence[tuple[Agreement, str | None]]]:
    """The agreement and window of each clause by the items that it schedules: asked for each value of each record."""
    found: dict[str, list[tuple[Agreement, str | None]]] = {}
    for agreement in policies.agreements.values():
        for share in agreement.share:
            for item in share.items:
                found.setdefault(item, []).append((agreement, share.window))
    return found


def _is_finished(agreement: Agreement, on: dt.date) -> bool:
    life = agreement.lifecycle
    if life.on_expiry == "keep_under_own_duty":
        return False
    return agreement.status == "withdrawn" or on >= after(life.expires, f"P{life.grace_days}D")
