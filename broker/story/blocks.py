"""One service's involvement with one person, as far as it may be told.

    share      status, dates, provider, lead practitioner, freshness and coverage, and the items that may be told
    reduced    the same without dates of the involvement, where the clause says so
    signpost   who to ring, and nothing else
    refer      that a person must decide, and the duty phone
    withhold   that it is not shown, why, who to ring, who reviews it

For a person under protection what could tell where they are (provider, team, area, the practitioner's own line) is
left out of every block, and the agency's duty phone stands in.
"""

from __future__ import annotations

from collections.abc import Callable

from broker.policy.decide import release
from broker.policy.decision import Decision
from broker.policy.obligations import TRANSFORMERS, transform
from broker.policy.obligations import ItemValue as PolicyValue
from broker.policy.policies import Policies
from broker.story.held import Freshness, HeldRecord, Shown
from broker.story.judge import Judged
from broker.story.withheld import not_shown
from broker.wire.answer import Involvement, Level, NotShown, ShownItem
from broker.wire.delivery import ItemValue

_OPEN = ("share", "reduced")
_FIELDS = ("item", "on", "until", "code", "count", "yes", "role")


def involvement(
    policies: Policies,
    judged: Judged,
    *,
    is_protected: bool,
    fresh: Freshness | None,
    handle: Callable[[bytes, bool], str],
    number: Callable[[Shown], int],
) -> Involvement:
    """The block of a record whose involvement is told. Opens the values of exactly the items that are released."""
    record, decision = judged.record, judged.involvement
    source = policies.vocabulary.sources[record.source]
    refused = None if decision.level == "share" else _not_shown(policies, judged, decision, number=number)
    payload, level = record.payload, _level(decision)
    opened = level in _OPEN
    rung = opened or level == "signpost"
    lead = payload.lead if rung and not is_protected else None
    dated = (
        opened and "count_and_last_date_only" not in decision.obligations and "yes_no_only" not in decision.obligations
    )
    return Involvement(
        handle=handle(record.id, record.band == "certain"),
        source=record.source,
        service=source.name,
        agency=source.agency,
        match="certain" if record.band == "certain" else "probable",
        level=level,
        status=payload.status if opened else None,
        provider=payload.provider if rung and not is_protected else None,
        lead=lead,
        duty_phone=decision.contact.phone,
        started=payload.started if dated else None,
        ended=payload.ended if dated else None,
        last_contact=payload.last_contact if opened else None,
        as_of=payload.as_of if rung else None,
        # Of the source, not of the record: the same for everybody it knows, so that nobody is recognised by it.
        coverage_from=fresh.coverage_from if rung and fresh else None,
        coverage_area=fresh.coverage_area if rung and fresh else None,
        mark=record.mark if rung else None,
        items=tuple(_item(policies, judged, item, decision=one, number=number) for item, one in judged.told[1:]),
        not_shown=refused,
    )


def _not_shown(policies: Policies, judged: Judged, decision: Decision, *, number: Callable[[Shown], int]) -> NotShown:
    return not_shown(policies, decision, number=number(Shown(decision, judged.record.id)))


def _item(
    policies: Policies, judged: Judged, item: str, *, decision: Decision, number: Callable[[Shown], int]
) -> ShownItem:
    record: HeldRecord = judged.record
    level = _level(decision)
    held = [_for_policy(value) for value in record.open_item(item)] if level in _OPEN else []
    released = [release(policies, decision, value) for value in held]
    if level == "reduced" and released == held:
        level = "share"  # There was nothing to take away, so nothing is said to have been.
    values = tuple(_for_wire(value) for value in released if value is not None)
    duties = tuple(
        name
        for name in decision.obligations
        if name not in TRANSFORMERS or any(transform(value, [name]) != value for value in held)
    )
    return ShownItem(
        item=item,
        label=policies.vocabulary.items[item].label,
        kind=policies.vocabulary.items[item].kind,
        level=level,
        values=values,
        words=_words(policies, item, values, duties),
        agreement=decision.agreement,
        clause=decision.clause,
        obligations=duties,
        keep=decision.terms.keep,
        onward=decision.terms.onward,
        not_shown=None if level == "share" else _not_shown(policies, judged, decision, number=number),
    )


def _words(policies: Policies, item: str, values: tuple[ItemValue, ...], duties: tuple[str, ...]) -> dict[str, str]:
    vocabulary = policies.vocabulary
    codes, parts = vocabulary.items[item].codes, vocabulary.event_roles
    found = {value.code: codes[value.code] for value in values if value.code in codes}
    found |= {value.role: parts[value.role] for value in values if value.role in parts}
    found |= {name: vocabulary.obligations[name].label for name in duties if name in vocabulary.obligations}
    return {word: text for word, text in found.items() if word is not None}


def _level(decision: Decision) -> Level:
    if decision.level == "withhold_silently":
        raise ValueError("a silent withholding has no block")
    return decision.level


def _for_policy(value: ItemValue) -> PolicyValue:
    return PolicyValue(**{name: getattr(value, name) for name in _FIELDS})


def _for_wire(value: PolicyValue) -> ItemValue:
    return ItemValue(**{name: getattr(value, name) for name in _FIELDS})
