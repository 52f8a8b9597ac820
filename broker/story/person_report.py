"""One record as the person it is about may read it: everything the service said, without other people.

relationships                 left out and counted: they are about others
a fact's code                 left out where the record holds other people's details
intelligence and adoption     left out and counted: handing them out is for the law, not for a report
whereabouts under protection  left out and not even counted, as whoever asks may not be who they say
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from broker.policy.obligations import ItemValue as PolicyValue
from broker.policy.obligations import transform
from broker.policy.policies import Policies
from broker.wire.delivery import ItemValue, Payload
from broker.wire.person_report import ReportItem, ReportRecord

NOT_HANDED_OUT = frozenset({"intel", "adoption"})
"""Categories of which a report counts the facts: crime and taxation (DPA 2018 sch 2), adoption records (sch 4)."""
_WHERE = frozenset({"location", "placed_contact", "adoption"})
_FIELDS = ("item", "on", "until", "code", "count", "yes", "role")


def report_record(
    policies: Policies, source: str, ref: bytes, *, payload: Payload, items: Sequence[str],
    open_item: Callable[[str], tuple[ItemValue, ...]], is_guarded: bool,
) -> ReportRecord:  # fmt: skip
    """What the report says of one record; opens exactly the items that it tells."""
    vocabulary = policies.vocabulary
    known = [item for item in sorted(set(items)) if item in vocabulary.items]
    if is_guarded:
        known = [item for item in known if vocabulary.items[item].category not in _WHERE]
    told = [item for item in known if vocabulary.items[item].category not in NOT_HANDED_OUT]
    return ReportRecord(
        source=source,
        ref=ref,
        service=vocabulary.sources[source].name,
        status=payload.status,
        provider=None if is_guarded else payload.provider,
        lead=None if is_guarded else payload.lead,
        started=payload.started,
        ended=payload.ended,
        last_contact=payload.last_contact,
        as_of=payload.as_of,
        age_band=payload.age_band,
        items=tuple(_item(policies, item, open_item(item), payload=payload) for item in told),
        others=len(payload.relationships),
        withheld=len(known) - len(told),
    )


def _item(policies: Policies, item: str, values: tuple[ItemValue, ...], *, payload: Payload) -> ReportItem:
    known = policies.vocabulary.items[item]
    # Unknown is taken as yes, as it is for every reader.
    duties = () if payload.third_party == "no" else ("redact_third_party",)
    shown = [transform(PolicyValue(**{name: getattr(one, name) for name in _FIELDS}), duties) for one in values]
    told = tuple(ItemValue(**{name: getattr(one, name) for name in _FIELDS}) for one in shown if one is not None)
    words = {one.code: known.codes.get(one.code) for one in told if one.code}
    words |= {one.role: policies.vocabulary.event_roles.get(one.role) for one in told if one.role}
    said = {word: text for word, text in words.items() if text is not None}
    return ReportItem(item=item, label=known.label, kind=known.kind, values=told, words=said)
