"""Two handles of one recent answer -> the two records that they stand for, as they stood in it."""

from __future__ import annotations

from collections.abc import Mapping

from broker.audit.disclosures import reveal
from broker.errors import BadInput
from broker.keys.handles import Shown, open_record_handle
from broker.parts import Parts
from broker.store.recalls import together_tags

HANDLE_SECONDS = 3_600
"""How long after an answer something may be said, or asked, about two of its records."""


def open_pair(parts: Parts, one: str, other: str, *, agency: str) -> tuple[Shown, Shown]:
    """What the handles stand for.

    Raises `BadInput` for handles that were not given to `agency`, are not of one answer of the last hour, or are both
    of one record.
    """
    first, second = (
        open_record_handle(parts.keyring.involvement_key, agency, handle=handle) for handle in (one, other)
    )
    if first.answer != second.answer or parts.now().timestamp() > first.at + HANDLE_SECONDS:
        hint = "ask again, and say it within the hour"
        raise BadInput("handle-old", "the handles are not of one recent answer", field="other", hint=hint)
    if first.record_id == second.record_id:
        raise BadInput("verdict-on-one", "both handles are of the same record", field="other")
    return first, second


def tags_of(parts: Parts, one: Shown, other: Shown) -> frozenset[str]:
    """The tags of both records in their answer, as its cover leaf has them among `together`."""
    return frozenset(together_tags(parts.keyring, one.answer, (one.record_id, other.record_id)))


def told_together(shown: Mapping[str, str], tags: frozenset[str]) -> bool:
    """Whether an answer told of the records of `tags` as one person's; `shown` are its cover leaf's disclosures."""
    # An answer of an earlier version did not keep it.
    people = reveal(shown["together"])[1] if "together" in shown else []
    return any(tags <= set(person) for person in people)
