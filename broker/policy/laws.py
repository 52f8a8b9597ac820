"""The laws about a policy set as a whole: what one agreement or one rule more does to everybody's outcomes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from broker.policy.interpret import Cell
from broker.policy.levels import openness
from broker.policy.meaning import Meaning, Meanings, Option
from broker.policy.outcomes import meaning_of, open_levels
from broker.policy.policies import Policies
from broker.policy.space import Space, merged, minus, space
from broker.policy.violations import SPOKEN


def adding_an_agreement_closes(known: Meanings, asked: tuple[Cell, ...]) -> Iterator[tuple[int, Space, list[Cell]]]:
    """For each agreement the vectors in which it closes what the others open, with the cells it takes part in."""
    schedule = known.policies.schedule
    for name in known.policies.agreements:
        part = [cell for cell in asked if name in schedule.get((cell.role, cell.purpose), ())]
        less = replace(known, policies=_without(known.policies, name))
        found: dict[tuple[Meaning, Meaning], list[Cell]] = {}
        for (cell, without), (_, with_it) in zip(meaning_of(less, part), meaning_of(known, part), strict=True):
            found.setdefault((without, with_it), []).append(cell)
        for (without, with_it), same in found.items():
            if _granting(without) == _granting(with_it):
                # It doesn't schedule the item, so that it shows nothing of it, with or without the others.
                yield 0, space(known.policies.vocabulary), same
                continue
            within = merged(known.facts, (*without.forms(), *with_it.forms()))
            yield _closed(open_levels(without, within), open_levels(with_it, within)), within, same


def adding_a_rule_opens(meaning: Meaning, within: Space) -> int:
    """The vectors in which taking one of its rules away would close something."""
    granting = _granting(meaning)
    whole, bad = open_levels(meaning, within), 0
    for act in {act for option in granting for act in option.acts if openness(act.effect) < openness("share")}:
        bad |= _closed(whole, open_levels(meaning, within, but_for=act))
    for need in meaning.need if granting else ():
        bad |= _closed(whole, open_levels(meaning._replace(need=meaning.need - {need}), within))
    return bad


def _closed(before: tuple[int, ...], after: tuple[int, ...]) -> int:
    """The vectors in which something is shown before and less after."""
    bad = 0
    for n in SPOKEN:
        bad |= minus(before[n], after[n])
    return bad


def _granting(meaning: Meaning) -> list[Option]:
    return [option for option in meaning.options if option.level]


def _without(policies: Policies, name: str) -> Policies:
    """`policies` as if `name` had never been agreed."""
    schedule = {
        row: {agreement: clauses for agreement, clauses in agreements.items() if agreement != name}
        for row, agreements in policies.schedule.items()
    }
    return replace(
        policies,
        agreements={key: value for key, value in policies.agreements.items() if key != name},
        exceptions={key: value for key, value in policies.exceptions.items() if key != name},
        schedule={row: agreements for row, agreements in schedule.items() if agreements},
    )
