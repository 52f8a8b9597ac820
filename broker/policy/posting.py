"""What a source may post: under an agreement in force, and only what the vocabulary describes."""

from __future__ import annotations

import datetime as dt
from typing import Protocol

from broker.errors import NotAllowed
from broker.policy.decide import may_post
from broker.policy.policies import Policies

# Which fields a value of each kind may use; `role` is allowed where the item says so.
_FIELDS = {
    "flag": {"yes", "on"},
    "count": {"count", "on", "until"},
    "code": {"code", "on", "until"},
    "date": {"on"},
    "period": {"on", "until"},
}
_NEEDED = {"flag": "yes", "count": "count", "code": "code", "date": "on", "period": "on"}


class PostedValue(Protocol):
    """An item value as posted."""

    @property
    def item(self) -> str: ...
    @property
    def code(self) -> str | None: ...
    @property
    def role(self) -> str | None: ...


def check_may_post(policies: Policies, source: str, *, on: dt.date) -> None:
    """Raises `NotAllowed` unless an agreement in force on `on` schedules something of `source`."""
    if not may_post(policies, source, on=on):
        raise NotAllowed(
            "agreement-missing",
            f"no agreement in force lets `{source}` post",
            field="source",
            hint="an agreement has lapsed or has not begun; ask its owner to renew it",
        )


def wrong_item(policies: Policies, source: str, value: PostedValue) -> str:
    """What is wrong with a posted value, as words without the value itself; empty when nothing is."""
    item = policies.vocabulary.items.get(value.item)
    if item is None or policies.vocabulary.source_of(value.item) != source or value.item == f"{source}.involvement":
        return f"`{source}` has no such item in the vocabulary"
    used = {name for name in ("yes", "count", "code", "on", "until") if getattr(value, name) is not None}
    if _NEEDED[item.kind] not in used or used - _FIELDS[item.kind]:
        return f"an item of kind `{item.kind}` does not have these fields"
    if item.kind == "code" and value.code not in item.codes:
        return "the item has no such code"
    if value.role is not None and not (item.event_role and value.role in policies.vocabulary.event_roles):
        return "the item has no such role"
    return ""


def protects(policies: Policies, source: str) -> tuple[str, ...]:
    """The kinds of protection that `source` may post: hiding somebody from everybody is not every service's to do."""
    return policies.vocabulary.sources[source].protects


def knows_relationship(policies: Policies, kind: str) -> bool:
    """Whether `kind` is a relationship of the vocabulary."""
    return kind in policies.vocabulary.relationships
