"""What our reviewers said of pairs, so that a colleague gives a second opinion without seeing the first.

    state/opinions.jsonl   {"at":1795340000,"answer":"7ZQF-1K0M-R","one":1,"other":3,"staff":"j.doe","said":"cant_tell"}

Numbers of services in an answer and what was said: nothing of anybody. Whoever has said something of a pair, or `seen`
how it weighs on the command line, knows the weight, and gives no other opinion of it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from typing import Literal

from pydantic import ValidationError

from broker.agency.delivery import write_atomically
from broker.agency.lock import alone
from broker.agency.workspace import Workspace
from broker.errors import Conflict
from broker.wire.fields import Seconds, Wire

Said = Literal["same", "not_the_same", "cant_tell"]
Numbers = tuple[int, int]
_FILE = "opinions.jsonl"
_MOST = 2_000
"""Older opinions than the last so many are forgotten."""


class Opinion(Wire):
    """One reviewer's word on one pair; `staff` is the agency's own id."""

    at: Seconds
    answer: str
    one: int
    other: int
    staff: str
    said: Said | Literal["seen"]


def read_opinions(place: Workspace) -> list[Opinion]:
    """All that are kept, the earliest first; a line that can't be read is passed over."""
    found: list[Opinion] = []
    try:
        lines = (place.state / _FILE).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return found
    for line in lines:
        with suppress(ValidationError):
            found.append(Opinion.model_validate_json(line))
    return found


def keep_opinion(place: Workspace, opinion: Opinion) -> None:
    """Keeps one more."""
    with alone(place.state, lambda: None):
        kept = [*read_opinions(place), opinion][-_MOST:]
        text = "".join(f"{json.dumps(one.model_dump(mode='json'))}\n" for one in kept)
        write_atomically(place.state / _FILE, text.encode())


def check_new(place: Workspace, answer: str, numbers: Numbers, *, staff: str) -> None:
    """Raises `Conflict` for somebody who has given an opinion of the pair, or knows its weight."""
    pair = sorted(numbers)
    if any(
        (one.answer, one.staff, sorted((one.one, one.other))) == (answer, staff, pair) for one in read_opinions(place)
    ):
        hint = "a colleague gives the second opinion"
        raise Conflict("review-again", "you know by now how these two weigh", hint=hint)


def wanted(opinions: Sequence[Opinion], staff: str) -> list[Opinion]:
    """Pairs of which somebody else could not tell, and of which nobody has said anything since."""
    last = {(one.answer, *sorted((one.one, one.other))): one for one in opinions if one.said != "seen"}
    return [one for one in last.values() if one.said == "cant_tell" and one.staff != staff]


def agreement(opinions: Sequence[Opinion]) -> tuple[int, int]:
    """Of how many pairs two reviewers said something definite, and of how many they said the same."""
    by_pair: dict[tuple[object, ...], dict[str, str]] = {}
    for one in opinions:
        if one.said not in ("cant_tell", "seen"):
            by_pair.setdefault((one.answer, *sorted((one.one, one.other))), {})[one.staff] = one.said
    twice = [said for said in by_pair.values() if len(said) > 1]
    return len(twice), sum(len(set(said.values())) == 1 for said in twice)
