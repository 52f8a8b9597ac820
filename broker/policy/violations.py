"""The vectors in which one meaning breaks one sentence; none exactly if the sentence holds of its cells."""

from __future__ import annotations

from collections.abc import Iterator

from broker.policy.invariants import Always, Law, Never
from broker.policy.levels import LEVELS, openness
from broker.policy.meaning import Meaning
from broker.policy.obligations import TRANSFORMERS
from broker.policy.outcomes import RELEASED, Outcomes
from broker.policy.space import Space, minus

SPOKEN = range(openness("refer"), len(LEVELS))
"""The levels at which the requester gets anything. Below, withheld aloud and withheld silently are equally closed."""


def violating(one: Never | Always | Law, meaning: Meaning, *, outcomes: Outcomes, within: Space, region: int) -> int:
    """The vectors of `region` in which `meaning` breaks `one`; of a law those before the fact changes."""
    if one.admitted is not None:
        region = region & outcomes.admitted if one.admitted else minus(region, outcomes.admitted)
    if isinstance(one, Never):
        return region & _never(one, outcomes)
    if isinstance(one, Always):
        return _always(one, meaning, outcomes=outcomes, region=region)
    return _law(one, outcomes, region=region, within=within)


def pairs(law: Law, within: Space) -> Iterator[tuple[str, str]]:
    """The two values of its fact that `law` compares, each time; values that the vocabulary lacks aren't compared."""
    if within.knows(law.fact, law.from_):
        yield from ((law.from_, value) for value in law.to if within.knows(law.fact, value))


def _never(one: Never, outcomes: Outcomes) -> int:
    if one.outcome_at_least:
        return outcomes.at_least[openness(one.outcome_at_least)]
    return outcomes.exactly(LEVELS.index(one.outcome)) if one.outcome else 0


def _always(one: Always, meaning: Meaning, *, outcomes: Outcomes, region: int) -> int:
    bad = 0
    if one.outcome_at_least:
        bad |= minus(region, outcomes.at_least[openness(one.outcome_at_least)])
    if one.outcome == "scheduled":
        scheduled = max((openness(option.level) for option in meaning.options if option.level), default=None)
        bad |= 0 if scheduled is None else minus(region, outcomes.exactly(scheduled))
    elif one.outcome:
        bad |= minus(region, outcomes.exactly(openness(one.outcome)))
    for name in one.carries:
        # A transformer has nothing to work on where nothing is released.
        due = region & outcomes.at_least[RELEASED] if name in TRANSFORMERS else region
        bad |= minus(due, outcomes.duties.get(name, 0))
    return bad


def _law(law: Law, outcomes: Outcomes, *, region: int, within: Space) -> int:
    bad = 0
    for before, after in pairs(law, within):
        start = region & within.holding(law.fact, before)
        opened = 0
        if start == region & within.holding(law.fact, after):
            continue
        for n in (n for n in SPOKEN if outcomes.at_least[n]):
            was = outcomes.at_least[n] & start
            now = within.moved(outcomes.at_least[n], law.fact, before=after, after=before) & start
            opened |= minus(now, was)
            bad |= minus(now, was) if law.never == "opens" else minus(was, now)
        for name in law.opening_carries:
            carried = within.moved(outcomes.duties.get(name, 0), law.fact, before=after, after=before)
            bad |= minus(opened, carried)
    return bad
