"""What must happen to a value before it is shown, and what must happen besides.

A *transformer* takes an item's value and gives the reduced value, or None when nothing may be shown of it. A *notice*
is a duty of the broker towards somebody (the source, the privacy officer) and leaves the value alone. An obligation
that is neither refuses to load (safe condition S9), and so does a transformer on a kind of value it can't work on.

A person's own part in an event always stays: without it a victim would read as a suspect.

    count_and_last_date_only   3 incidents from 2 March to 9 May  ->  3, last on 9 May
    yes_no_only                in arrears for 7 weeks             ->  yes
    flag_only                  a raised flag stays, a lowered one is not shown
    relevant_to_child_only     kept when the person's part in it bears on a child, else nothing
    redact_third_party         the code goes, as it may describe somebody else
    generalise                 months instead of days, counts in bands of five, the family of a code
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from broker.policy.days import before
from broker.policy.vocabulary import Kind


@dataclass(frozen=True)
class ItemValue:
    """One typed fact: which fields are used depends on the item's kind. `role` is the person's part in an event."""

    item: str
    on: dt.date | None = None
    until: dt.date | None = None
    code: str | None = None
    count: int | None = None
    yes: bool | None = None
    role: str | None = None


RELEVANT_ROLES = frozenset({"victim", "suspect", "offender", "parent_or_carer", "child_present"})
"""Parts in an event that bear on a child; a witness's, a caller's or an unstated part does not."""


def _is_yes(value: ItemValue) -> bool:
    if value.yes is not None:
        return value.yes
    return value.count is None or value.count > 0


def count_and_last_date_only(value: ItemValue) -> ItemValue | None:
    """How many, and when last."""
    return ItemValue(value.item, on=value.until or value.on, count=value.count, role=value.role)


def yes_no_only(value: ItemValue) -> ItemValue | None:
    """Whether there is any, and nothing else."""
    return ItemValue(value.item, yes=_is_yes(value), role=value.role)


def flag_only(value: ItemValue) -> ItemValue | None:
    """The flag where it is raised; where it isn't, nothing is shown."""
    return ItemValue(value.item, yes=True, role=value.role) if _is_yes(value) else None


def relevant_to_child_only(value: ItemValue) -> ItemValue | None:
    """The value without its code where the person's part bears on a child; an unstated part doesn't count as one."""
    return replace(value, code=None) if value.role in RELEVANT_ROLES else None


def redact_third_party(value: ItemValue) -> ItemValue | None:
    """The value without its code, the one field whose words can describe somebody else."""
    return replace(value, code=None)


def generalise(value: ItemValue) -> ItemValue | None:
    """Months instead of days, the lower edge of a band (0, 1, 5, 10, ...) instead of a count, the family of a code."""
    return replace(
        value,
        on=value.on and value.on.replace(day=1),
        until=value.until and value.until.replace(day=1),
        count=value.count and max(value.count - value.count % 5, 1),
        code=value.code and value.code.partition("__")[0],
    )


@dataclass(frozen=True)
class Transformer:
    """`kinds` are the kinds of item it can work on."""

    reduce: Callable[[ItemValue], ItemValue | None]
    kinds: frozenset[Kind]


_COUNTED: tuple[Kind, ...] = ("count", "date", "period")
_ANY: tuple[Kind, ...] = ("flag", "count", "code", "date", "period")

TRANSFORMERS: Mapping[str, Transformer] = MappingProxyType(
    {
        "count_and_last_date_only": Transformer(count_and_last_date_only, frozenset(_COUNTED)),
        # A code can mean "not open", so whether there is any can't be told from its presence.
        "yes_no_only": Transformer(yes_no_only, frozenset(("flag", *_COUNTED))),
        "flag_only": Transformer(flag_only, frozenset(("flag", *_COUNTED))),
        "relevant_to_child_only": Transformer(relevant_to_child_only, frozenset(_ANY)),
        "redact_third_party": Transformer(redact_third_party, frozenset(_ANY)),
        "generalise": Transformer(generalise, frozenset(("code", *_COUNTED))),
    }
)

NOTICES: frozenset[str] = frozenset(
    {
        "notify_source",
        "alert_privacy_officer",
        "review_within_2_working_days",
        "warn_agreement_due_for_review",
        "tell_person",
    }
)


def notices(obligations: Iterable[str]) -> tuple[str, ...]:
    """Those of `obligations` that are duties towards somebody, in the order given."""
    return tuple(name for name in obligations if name in NOTICES)


def transform(value: ItemValue, obligations: Iterable[str]) -> ItemValue | None:
    """`value` after every transformer among `obligations`; None when nothing of it may be shown.

    What bears on a child is asked first, while the value still says which part the person had.
    """
    names = [name for name in obligations if name in TRANSFORMERS]
    result: ItemValue | None = value
    for name in sorted(names, key=lambda name: name != "relevant_to_child_only"):
        result = result and TRANSFORMERS[name].reduce(result)
    return result


def within_window(value: ItemValue, window: str | None, *, on: dt.date, kind: Kind) -> bool:
    """Whether any of `value` lies in the calendar period `window` (such as `P12M`) that ends `on` the day asked.

    A period without an end is still running; a value without a date is how things are now.
    """
    if window is None or (kind == "period" and value.until is None):
        return True
    last = value.until or value.on
    return last is None or last >= before(on, window)
