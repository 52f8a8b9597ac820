"""Logged decisions, made again: under the policies they were made under (`replay`), or under others (`simulate`).

    replay(policies, rows).is_identical          every one comes out as it was written, to the last word
    simulate(rows, under=changed).shifts[0]      Shift(role=…, purpose=…, item=…, before="share", after="refer", …)

A row is what `Decision.as_audit` or `Refusal.as_audit` gives, as a mapping or as its JSON. Equal rows are decided once
and counted, and what was decided about one record of one question is decided together.
"""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice, starmap
from typing import Any, TypeAlias

from pydantic_core import from_json

from broker.errors import BadInput
from broker.policy.decide import admit, decide_all
from broker.policy.decision import Admitted, Decision, Refusal
from broker.policy.facts import RECORD_FACTS, Case, from_row
from broker.policy.levels import LEVELS
from broker.policy.policies import Policies
from broker.policy.replayed import Differing, Logged, Replay, Shift, Simulation
from broker.policy.speller import Speller

Row: TypeAlias = "str | bytes | Mapping[str, Any]"
Made: TypeAlias = "Decision | Refusal | Admitted | None"
"""What a row comes out as now; None for a row that can't be read."""

FIRST = 10
"""So many differing rows are described; the others are only counted."""
_AT_ONCE = 200
"""Rows that are in memory together: more of them would keep the garbage collector busier than us."""
_NOBODY: Mapping[str, Any] = dict.fromkeys(("source", *RECORD_FACTS), None) | {"source": ""}


def replay(policies: Policies, rows: Iterable[Row]) -> Replay:
    """Makes every decision among `rows` again that was made under `policies`, and compares all that it says."""
    found = replay_all(lambda digest: policies if digest == policies.digest else None, rows)
    mine = found.pop(policies.digest, Replay(0, 0, 0, ()))
    return Replay(mine.identical, mine.differing, sum(one.elsewhere for one in found.values()), mine.first)


def replay_all(find: Callable[[str], Policies | None], rows: Iterable[Row]) -> dict[str, Replay]:
    """The same under what each decision was made under, by digest; all are `elsewhere` where `find` gives None."""
    tallies: dict[str, _Tally] = {}

    def tally(digest: str) -> _Tally:
        if digest not in tallies:
            tallies[digest] = _Tally(find(digest))
        return tallies[digest]

    with _uncollected():
        for some in _chunks(_counted(rows)):
            taken = _spelt(some, tally)
            left: dict[str, list[Logged]] = {}
            for row, count in some:
                if not (isinstance(row, str) and row in taken):
                    one = _logged(row, count)
                    left.setdefault(one.digest, []).append(one)
            for digest, same in left.items():
                _compare(tally(digest), same)
    return {digest: one.told() for digest, one in tallies.items()}


@contextmanager
def _uncollected() -> Iterator[None]:
    """Nothing here makes cycles, and looking for some in all that is held takes as long as the decisions do."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def simulate(rows: Iterable[Row], *, under: Policies) -> Simulation:
    """What `under` would have made of the decisions in `rows`, whatever they were made under."""
    total, unreadable = 0, 0
    shifts: Counter[tuple[Any, ...]] = Counter()
    for one, made in (pair for some in _chunks(_counted(rows)) for pair in _made(under, starmap(_logged, some))):
        levels = _levels(one, made)
        if not all(levels):
            unreadable += one.count
            continue
        total += one.count
        dropped, added = _duties(one.row, made)
        if levels[0] != levels[1] or dropped or added:
            shifts[(*_cell(one.row), *levels, dropped, added)] += one.count
    return Simulation(total, unreadable, tuple(_shift(key, count) for key, count in shifts.most_common()))


def _shift(key: tuple[Any, ...], count: int) -> Shift:
    role, purpose, item, before, after, dropped, added = key
    return Shift(role, purpose, item, before, after, dropped, added, count)


def _parsed(text: str | bytes) -> Mapping[str, Any]:
    try:
        found = from_json(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _counted(rows: Iterable[Row]) -> Iterator[tuple[Row, int]]:
    """The rows, equal texts once with how many there are."""
    texts: Counter[str] = Counter()
    for row in rows:
        if isinstance(row, str):
            texts[row] += 1
        else:
            yield row, 1
    yield from texts.items()


def _logged(row: Row, count: int) -> Logged:
    """A text that is no JSON object becomes a row that says nothing."""
    return Logged(_parsed(row) if isinstance(row, str | bytes) else row, count)


@dataclass
class _Tally:
    policies: Policies | None
    identical: int = 0
    differing: int = 0
    elsewhere: int = 0
    first: list[Differing] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.speller = Speller(self.policies) if self.policies else None

    def told(self) -> Replay:
        return Replay(self.identical, self.differing, self.elsewhere, tuple(self.first))


def _spelt(some: Sequence[tuple[Row, int]], tally: Callable[[str], _Tally]) -> set[str]:
    """The texts that are to the letter what would be written today; they are counted."""
    texts: dict[str, dict[str, int]] = {}
    for row, count in some:
        if isinstance(row, str):
            _, _, rest = row.rpartition('"policy_digest": "')
            texts.setdefault(rest[:64], {})[row] = count
    taken: set[str] = set()
    for digest, counts in texts.items():
        mine = tally(digest) if len(digest) == 64 else None
        if mine is not None and mine.speller is not None:
            same = set(mine.speller.spelt(counts))
            mine.identical += sum(counts[row] for row in same)
            taken |= same
    return taken


def _compare(tally: _Tally, rows: Sequence[Logged]) -> None:
    """Takes each row apart and holds all of it against what comes out today."""
    if tally.policies is None:
        tally.elsewhere += sum(one.count for one in rows)
        return
    for one, made in _made(tally.policies, rows):
        again = made.as_audit() if isinstance(made, Decision | Refusal) else {}
        if again and again == one.row:
            tally.identical += one.count
            continue
        tally.differing += one.count
        if len(tally.first) < FIRST:
            told = Differing(*_cell(one.row), *_levels(one, made), _otherwise(one.row, again), one.count)
            tally.first.append(told)


def _chunks(rows: Iterator[tuple[Row, int]]) -> Iterator[list[tuple[Row, int]]]:
    while some := list(islice(rows, _AT_ONCE)):
        yield some


def _made(policies: Policies, rows: Iterable[Logged]) -> Iterator[tuple[Logged, Made]]:
    """Every row with what it comes out as now; those of one question and record are decided together."""
    questions: dict[Any, list[Logged]] = {}
    for one in rows:
        questions.setdefault(_question(one.row), []).append(one)
    for key, same in questions.items():
        yield from zip(same, _decided(policies, same) if key else [None] * len(same), strict=True)


def _question(row: Mapping[str, Any]) -> Any:
    """What the rows have in common that can be decided together; None where a row is not of the agreed form."""
    try:
        facts = row["facts"]
        asker = facts["requester"]
        if "item" not in facts:
            asked = (facts["on"], *asker, *asker.values())
            hash(asked)
            return asked
        record = dict(facts["record"])
        if not isinstance(facts["item"], str):
            return None
        kinds = record.pop("protection")
        said = tuple(kinds) if isinstance(kinds, list) else kinds
        key = (facts["on"], *asker, *asker.values(), *record, *record.values(), said)
        hash(key)
        return key
    except (KeyError, TypeError, AttributeError, ValueError):
        return None


def _decided(policies: Policies, some: Sequence[Logged]) -> Sequence[Made]:
    facts = some[0].row["facts"]
    try:
        if "item" in facts:
            case = from_row(facts)
            items = [one.row["facts"]["item"] for one in some]
            return decide_all(policies, case.requester, case.record, items=items, on=case.on)
        case = _admission(facts)
        return [admit(policies, case.requester, on=case.on)] * len(some)
    except BadInput:
        return [None] * len(some)


def _admission(facts: Mapping[str, Any]) -> Case:
    """The requester and the day of a refusal's facts, which are about no record."""
    return from_row({**facts, "item": "*", "record": _NOBODY})


def _cell(row: Mapping[str, Any]) -> tuple[str, str, str]:
    facts = row.get("facts")
    asker = facts.get("requester") if isinstance(facts, dict) else None
    said = asker if isinstance(asker, dict) else {}
    item = facts.get("item", "*") if isinstance(facts, dict) else ""
    return str(said.get("role", "")), str(said.get("purpose", "")), str(item)


def _levels(one: Logged, made: Made) -> tuple[str, str]:
    """The level as it was logged and as it comes out now, each empty where there is none."""
    before = one.row.get("level")
    known = before if isinstance(before, str) and before in LEVELS else ""
    if isinstance(made, Decision):
        return known, made.level
    return known, "" if made is None else "withhold" if isinstance(made, Refusal) else "admitted"


def _duties(row: Mapping[str, Any], made: Made) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The obligations that are dropped and added where the same is shown; at another level they are others anyway."""
    if not isinstance(made, Decision) or made.level != row.get("level") or made.level not in ("share", "reduced"):
        return (), ()
    said = row.get("obligations")
    had = said if isinstance(said, list) else []
    return tuple(name for name in had if name not in made.obligations), tuple(
        name for name in made.obligations if name not in had
    )


def _otherwise(row: Mapping[str, Any], again: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(sorted(name for name in {*row, *again} if row.get(name) != again.get(name))) if again else ()
