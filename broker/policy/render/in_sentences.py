"""An agreement in sentences: who tells whom what, for what reason, how much of it, and why; and what stops that.

Brackwater Police tells Family keyworker (Brackwater Council): Antisocial behaviour incidents. For “I am assessing or
supporting this family”. Shared in part, the last 1 year, kept for 6 months.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from broker.policy import words
from broker.policy.agreement import Agreement, Limit, Selection, Share
from broker.policy.render import say
from broker.policy.vocabulary import Vocabulary


@dataclass(frozen=True)
class Clause:
    """One clause as far as one agency's records go; `tells` and `told` are agencies, `purposes` are ids."""

    id: str
    tells: str
    told: tuple[str, ...]
    purposes: tuple[str, ...]
    sentence: str
    why: str


def clauses(vocabulary: Vocabulary, agreement: Agreement) -> Iterator[Clause]:
    """Each clause, once for every agency whose records it lets be told."""
    for share in agreement.share:
        items: dict[str, list[str]] = {}
        for item in share.items:
            items.setdefault(say.holder(vocabulary, item), []).append(item)
        told = dict.fromkeys(vocabulary.roles[role].agency for role in share.to if role in vocabulary.roles)
        for holder, held in items.items():
            others = tuple(one for one in told if one != holder)
            sentence = _clause(vocabulary, share, holder, held)
            yield Clause(share.id, holder, others, share.for_, sentence, share.why)


def limits(vocabulary: Vocabulary, rules: tuple[Limit, ...]) -> Iterator[tuple[str, str]]:
    """The id and the sentence of each rule that makes something less open."""
    for rule in rules:
        unless = f", unless {say.condition(vocabulary, rule.unless)}" if rule.unless else ""
        when = f"When {say.condition(vocabulary, rule.when)}{unless}"
        glass = "An emergency sets it aside" if rule.breakable else "Not even an emergency sets it aside"
        about = _selected(vocabulary, rule.items)
        yield (
            rule.id,
            f"{rule.title}. {when}, {about}: {say.LEVEL[rule.effect].lower()}. {glass}. {say.sentence(rule.because)}",
        )


def _clause(vocabulary: Vocabulary, share: Share, holder: str, items: list[str]) -> str:
    what = say.joined(dict.fromkeys(_item(vocabulary, item) for item in items))
    why = say.joined((f"“{say.purpose(vocabulary, one)}”" for one in share.for_), "or")
    duties = [say.obligation(vocabulary, one).lower() for one in share.obligations]
    much = say.LEVEL[share.level] + (f" ({'; '.join(duties)})" if duties else "")
    back = f", of the last {say.period(share.window)}" if share.window else ""
    keep = say.period(share.keep)
    kept = ", not to be copied" if keep == "no time" else f", kept for {keep}"
    to = words.roles(vocabulary, share.to)
    return f"{say.agency(vocabulary, holder)} tells {to}: {what}. For {why}. {much}{back}{kept}."


def _item(vocabulary: Vocabulary, item: str) -> str:
    involved = item.endswith(".involvement")
    return (
        f"that {say.source(vocabulary, item)} is involved, and whom to ring" if involved else say.item(vocabulary, item)
    )


def _selected(vocabulary: Vocabulary, selection: Selection | None) -> str:
    if selection is None:
        return "everything"
    named = [say.category(vocabulary, one).lower() for one in selection.category]
    return say.joined([*named, *(say.item(vocabulary, one) for one in selection.items)])
