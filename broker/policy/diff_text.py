"""A comparison of two policy sets as an IG officer reads and signs it: sentences, plain cases first, nothing left out.

IN THE PLAIN CASE
  1. Work coach (Brackwater Jobcentre), for employment support: "Care and support package" [as.care_package]
     OPENS: is shown in full; until now it is withheld, and the reason is said.
       24,576 requests; for example everything is plain. Decided by A1.15; until now by S6.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from broker.policy import words
from broker.policy.change import Change, Diff, Step
from broker.policy.in_fact import in_fact, promise
from broker.policy.interpret import Cell, Judgement
from broker.policy.rewritten import Rewritten
from broker.policy.space import PLAIN
from broker.policy.vocabulary import Vocabulary

When = tuple[tuple[str, tuple[str, ...]], ...]
SHORT = 8
"""So many changes are seen at a glance."""
SAID = {"opens": "OPENS", "closes": "CLOSES", "neither": "CHANGES"}


def sentence(vocabulary: Vocabulary, step: Step, *, cells: Iterable[Cell], when: When) -> str:
    """One change in one sentence."""
    return f"{'; '.join(words.who_and_what(vocabulary, cells))} {what(vocabulary, step)}{_case(vocabulary, when)}"


def what(vocabulary: Vocabulary, step: Step) -> str:
    """The step by itself: what the requester gets from now on, and until now."""
    obligations = vocabulary.obligations
    if step.added:
        label = obligations[step.added].label if step.added in obligations else step.added
        return f'{words.SHOWN[step.after]}; new duty: "{label}"'
    if step.dropped:
        label = obligations[step.dropped].label if step.dropped in obligations else step.dropped
        return f'{words.SHOWN[step.after]}; no longer: "{label}"'
    if step.terms:
        before, after = step.terms
        return f"{words.SHOWN[step.after]}: {words.terms(after)}; until now {words.terms(before)}"
    return f"{words.SHOWN[step.after]}; until now it {words.SHOWN[step.before]}"


def tell(found: Diff, vocabulary: Vocabulary) -> str:
    """All of `found` as text. `vocabulary` is that of the new policies."""
    return "\n".join(_lines(found, vocabulary)) + "\n"


def _lines(found: Diff, vocabulary: Vocabulary) -> Iterator[str]:
    yield f"Policies {found.old[:12]} -> {found.new[:12]}"
    yield f"{found.requests:,} requests compared, {found.total:,} end differently. Nothing is sampled."
    yield from _in_fact(found)
    yield from _promises(found)
    yield from _in_short(found, vocabulary)
    number = 0
    for plain, changes in groupby(_paragraphs(found.changes), key=lambda some: some[0].is_plain):
        yield ""
        yield "IN THE PLAIN CASE" if plain else "ONLY WHERE NOT ALL IS PLAIN"
        for some in changes:
            number += 1
            yield from _paragraph(number, some, vocabulary)
    if not found.changes:
        yield ""
        yield "No outcome changes for the same facts." if any(_deciding(found)) else "No outcome changes."
    if found.rewritten:
        yield ""
        yield "EVERY LINE THAT IS WRITTEN DIFFERENTLY"
        yield from (_line(one) for one in found.rewritten)
    yield ""
    yield f"To sign: {found.digest}"


def _in_fact(found: Diff) -> Iterator[str]:
    """What changes the facts themselves: an agreement that is no longer signed closes all of it, and no outcome."""
    lines = _deciding(found)
    if lines:
        yield ""
        yield "WHAT IS IN FORCE OR KNOWN CHANGES, SO THAT DECISIONS DO WHERE NO OUTCOME IS LISTED"
        yield from (_wrapped(f"  {in_fact(one)}", 6) for one in lines)


def _promises(found: Diff) -> Iterator[str]:
    """The sentences of invariants.yaml that come, go or change: without them the same mistake is proven next time."""
    lines = [one for one in found.rewritten if one.place[0] == "invariants"]
    if lines:
        yield ""
        yield "WHAT IS PROMISED CHANGES"
        yield from dict.fromkeys(_wrapped(f"  {promise(one)}", 6) for one in lines)


def _deciding(found: Diff) -> list[Rewritten]:
    return [one for one in found.rewritten if one.decides and one.place[0] != "invariants"]


def _in_short(found: Diff, vocabulary: Vocabulary) -> Iterator[str]:
    """One line for each step, over everybody, where there are too many changes to see them at a glance."""
    if len(found.changes) < SHORT:
        return
    yield ""
    yield "IN SHORT"
    steps: dict[tuple[str, str], list[Change]] = {}
    for change in found.changes:
        steps.setdefault((SAID[change.step.way], what(vocabulary, change.step)), []).append(change)
    for (way, told), changes in steps.items():
        places = len({cell for change in changes for cell in change.cells})
        rarely = "" if any(change.is_plain for change in changes) else ", never in the plain case"
        count = sum(change.count for change in changes)
        yield _wrapped(
            f"  {way}: {told}: {count:,} requests in {places:,} combinations of role, purpose and item{rarely}", 6
        )


def _paragraphs(changes: Sequence[Change]) -> list[list[Change]]:
    """The changes of the same cells together, in the order of the first of each."""
    same: dict[tuple[Cell, ...], list[Change]] = {}
    for change in changes:
        same.setdefault(change.cells, []).append(change)
    return list(same.values())


def _paragraph(number: int, changes: list[Change], vocabulary: Vocabulary) -> Iterator[str]:
    for n, who in enumerate(words.who_and_what(vocabulary, changes[0].cells)):
        yield _wrapped(f"{number:>3}. {who}" if n == 0 else f"     {who}", 7)
    for change in changes:
        yield _wrapped(
            f"     {SAID[change.step.way]}: {what(vocabulary, change.step)}{_case(vocabulary, change.when)}.", 7
        )
        example = words.facts(vocabulary, change.example)
        told = f"{change.count:,} requests; for example {example}. {_decided(change.was, change.now)}"
        yield _wrapped(f"       {told}", 7)


def _case(vocabulary: Vocabulary, when: When) -> str:
    """What must be so that isn't so in every plain case anyway."""
    said = [
        words.one_fact(vocabulary, fact, values) for fact, values in when if not set(PLAIN.get(fact, ())) <= set(values)
    ]
    return f", where {' and '.join(said)}" if said else ""


def _decided(was: Judgement, now: Judgement) -> str:
    return f"Decided by {_by(now)}; until now by {_by(was)}."


def _by(made: Judgement) -> str:
    return ", ".join((*([made.clause] if made.clause else []), *made.rules)) or "nothing"


def _line(one: Rewritten) -> str:
    return _wrapped(f"  {' / '.join(one.place)}: {_value(one.before)} -> {_value(one.after)}", 6)


def _value(value: object) -> str:
    return "not there" if value is None else json.dumps(value, ensure_ascii=False)


def _wrapped(line: str, indent: int) -> str:
    return textwrap.fill(line, 118, subsequent_indent=" " * indent, break_long_words=False, break_on_hyphens=False)
