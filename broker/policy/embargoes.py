"""`embargoes.yaml` (broker/embargoes/v1): which looks the person and the record's own agency are told of later.

    embargoes:
      - {id: D1, title: ..., asker: [police], purpose: [crime_prevention], told_after: P90D, because: ..., basis: ...}

A look of one of these agencies for one of these purposes is counted at once, with the day from which it is told. What a
protection withholds silently is told of to nobody, then or later: it is in no index, so that no embargo is about it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from broker.policy.days import after
from broker.policy.strict_yaml import Place
from broker.policy.vocabulary import Vocabulary
from broker.policy.written import Line, Period, RuleId, Slug, Text, Written

LONGEST = "P2Y"
"""An embargo ends while the log still knows what it was about."""


class Embargo(Written):
    """One of them: whose looks, for which purposes, how much later they are told, and on what legal basis."""

    id: RuleId
    title: Line
    asker: Annotated[tuple[Slug, ...], Field(min_length=1)]
    purpose: Annotated[tuple[Slug, ...], Field(min_length=1)]
    told_after: Period
    because: Text
    basis: Line


class Embargoes(Written):
    schema_: Literal["broker/embargoes/v1"] = Field(alias="schema")
    embargoes: tuple[Embargo, ...] = ()

    def told_from(self, *, asker: str, purpose: str, on: dt.date) -> dt.date:
        """The first day, in London, on which a look of `on` is told: `on` itself unless an embargo is about it."""
        mine = (one for one in self.embargoes if asker in one.asker and purpose in one.purpose)
        return max((after(on, one.told_after) for one in mine), default=on)

    def told_at_latest(self, *, asker: str, on: dt.date) -> dt.date:
        """The first day on which a look of `on` is told, whatever it was for."""
        return max((after(on, one.told_after) for one in self.embargoes if asker in one.asker), default=on)


NO_EMBARGOES = Embargoes.model_validate({"schema": "broker/embargoes/v1"})


def check_embargoes(embargoes: Embargoes, vocabulary: Vocabulary) -> Iterator[tuple[Place, str]]:
    """Each names agencies and purposes of the place, has a name of its own, and ends."""
    day, names = dt.date(2000, 1, 1), set[str]()
    for n, one in enumerate(embargoes.embargoes):
        place: Place = ("embargoes", n)
        if one.id in names:
            yield place, f"{one.id}: another embargo has this id; change it"
        names.add(one.id)
        for known, given, what in (
            (vocabulary.agencies, one.asker, "agency"),
            (vocabulary.purposes, one.purpose, "purpose"),
        ):
            yield from (
                (place, f"{one.id}: no such {what} `{name}`; correct it") for name in given if name not in known
            )
        if not day < after(day, one.told_after) <= after(day, LONGEST):
            yield place, f"{one.id}: an embargo is longer than a day and no longer than two years; correct `told_after`"
