"""The space of all facts: a set of fact vectors is one big integer with a bit for each vector.

    everything = space(vocabulary)
    minus(everything.of(condition), everything.mask("risk", "none"))      & and | combine sets, `minus` takes away

`merged` makes a smaller space for conditions that don't tell all values apart: values that no condition distinguishes
share one class. Counts are always of whole vectors. The plain case is each fact at a value that restricts nothing; an
example is a vector that leaves it in as few facts as can be.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property, lru_cache, reduce
from math import prod
from operator import or_
from types import MappingProxyType

from broker.policy.condition import Condition
from broker.policy.vocabulary import Vocabulary

Facts = Mapping[str, tuple[str, ...]]
"""Each fact with its values, in the order of the vocabulary."""

Form = tuple[tuple[tuple[str, frozenset[str]], ...], tuple["Form", ...], "Form | None"]
"""A condition as a value that can be compared: what must hold, the alternatives, what must not hold."""

ANYWHERE: Form = ((), (), None)
"""The condition that always holds."""

PLAIN: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "agreement": ("in_force",),
        "training": ("current",),
        "relation": ("allocated", "team", "household"),
        "break_glass": ("no",),
        "match": ("confirmed",),
        "record_age": ("fresh",),
        "age": ("5_12", "18_64", "13_15", "16_17", "0_4", "65_plus", "unborn"),
        "wishes": ("not_asked", "agrees"),
        "risk": ("none", "concern", "significant_harm"),
        "objection": ("none",),
        "restriction": ("no",),
        "protection": ("none",),
        "perpetrator_view": ("no",),
        "deceased": ("no",),
        "third_party": ("no",),
    }
)
"""The values that restrict nothing by themselves, those to show first at the front. Any risk and any age is plain."""


def form(condition: Condition, *, also: Mapping[str, tuple[str, frozenset[str]]] = MappingProxyType({})) -> Form:
    """`condition` as a `Form`. `also` names for a fact its unknown value and values that count as unknown."""
    parts = []
    for fact, values in sorted(condition.facts.items()):
        unknown, foreign = also.get(fact, ("", frozenset()))
        parts.append((fact, frozenset(values) | (foreign if unknown in values else frozenset())))
    negated = form(condition.negated, also=also) if condition.negated else None
    return tuple(parts), tuple(form(part, also=also) for part in condition.any_of), negated


def minus(vectors: int, others: int) -> int:
    """Those of `vectors` that are not among `others`; `vectors & ~others` would take four times as long."""
    return vectors ^ (vectors & others)


def atoms(wanted: Form) -> Iterator[tuple[str, frozenset[str]]]:
    """Every (fact, values) that `wanted` asks for, at any depth."""
    yield from wanted[0]
    for part in (*wanted[1], *([wanted[2]] if wanted[2] else [])):
        yield from atoms(part)


def facts_of(vocabulary: Vocabulary) -> dict[str, tuple[str, ...]]:
    """The facts of `vocabulary` with their values."""
    return {name: fact.values for name, fact in vocabulary.facts.items()}


def plain(vocabulary: Vocabulary) -> dict[str, str]:
    """The plain case: every fact of `vocabulary` at its plainest value."""
    return {
        name: next((value for value in PLAIN.get(name, ()) if value in fact.values), fact.values[0])
        for name, fact in vocabulary.facts.items()
    }


def space(vocabulary: Vocabulary) -> Space:
    """The space of every combination of the facts of `vocabulary`, each value apart.

    The bit of a vector is its number in mixed radix, the first fact of the vocabulary being the most significant.
    """
    return _apart(tuple(facts_of(vocabulary).items()))


def merged(facts: Facts, forms: Iterable[Form]) -> Space:
    """The smallest space in which each of `forms` is a set: values that none of them tells apart are one."""
    asked: dict[str, dict[frozenset[str], None]] = {fact: {} for fact in facts}
    for wanted in forms:
        for fact, values in atoms(wanted):
            asked[fact].setdefault(values)
    axes = []
    for fact, all_values in facts.items():
        classes: dict[tuple[bool, ...], list[str]] = {}
        for value in all_values:
            classes.setdefault(tuple(value in values for values in asked[fact]), []).append(value)
        axes.append((fact, tuple(map(tuple, classes.values()))))
    return _made(tuple(axes))


@lru_cache(maxsize=4)
def _apart(facts: tuple[tuple[str, tuple[str, ...]], ...]) -> Space:
    return Space(tuple((fact, tuple((value,) for value in values)) for fact, values in facts))


@lru_cache(maxsize=32)
def _made(axes: tuple[tuple[str, tuple[tuple[str, ...], ...]], ...]) -> Space:
    return Space(axes)


class Space:
    """`axes` are the facts with the classes of their values; a vector has one class of each. Immutable once made."""

    def __init__(self, axes: tuple[tuple[str, tuple[tuple[str, ...], ...]], ...]) -> None:
        self.axes = dict(axes)
        # Facts whose classes are of unequal size stand outermost, so that equal weights are neighbours when counting.
        self._outer = [name for name, classes in axes if len({len(values) for values in classes}) > 1]
        order = [*self._outer, *(name for name, _ in axes if name not in self._outer)]
        self.bits = prod(len(classes) for _, classes in axes)
        self.size = prod(sum(map(len, classes)) for _, classes in axes)
        self._strides, stride = {}, self.bits
        for name in order:
            stride //= len(self.axes[name])
            self._strides[name] = stride
        self.everything = (1 << self.bits) - 1
        self._masks: dict[tuple[str, int], int] = {}
        self._known: dict[tuple[Form, bool], int] = {}
        self._near: list[int] = []

    def mask(self, fact: str, value: str) -> int:
        """The vectors in which `fact` is `value`. Raises `ValueError` where the space doesn't tell it from others."""
        at = next((n for n, values in enumerate(self.axes[fact]) if values == (value,)), None)
        if at is None:
            raise ValueError(f"the space does not tell {fact} {value} apart")
        return self._class(fact, at)

    def of(self, condition: Condition) -> int:
        """The vectors of which `condition` holds."""
        return self.where(form(condition))

    def where(self, wanted: Form, *, emergency: bool = True) -> int:
        """The vectors of which `wanted` holds; without `emergency` it reads `break_glass` as `no` in all of them."""
        key = (wanted, emergency)
        if key not in self._known:
            self._known[key] = self._where(wanted, emergency)
        return self._known[key]

    def _where(self, wanted: Form, emergency: bool) -> int:
        result = self.everything
        for fact, values in wanted[0]:
            if fact == "break_glass" and not emergency:
                result &= self.everything if "no" in values else 0
            else:
                result &= self.among(fact, values)
        if wanted[1]:
            result &= reduce(or_, (self.where(part, emergency=emergency) for part in wanted[1]))
        return minus(result, self.where(wanted[2], emergency=emergency)) if wanted[2] else result

    def among(self, fact: str, values: Iterable[str]) -> int:
        """The vectors in which `fact` is one of `values`."""
        wanted = set(values)
        result = 0
        for n, members in enumerate(self.axes[fact]):
            if wanted.issuperset(members):
                result |= self._class(fact, n)
            elif not wanted.isdisjoint(members):
                raise ValueError(f"the space does not tell these values of {fact} apart")
        return result

    def count(self, vectors: int) -> int:
        """How many whole vectors are in `vectors`."""
        inner = [name for name in self.axes if name not in self._outer]
        each = prod(len(self.axes[name][0]) for name in inner)
        width = prod(len(self.axes[name]) for name in inner)
        low, runs = (1 << width) - 1, enumerate(self._weights)
        return each * sum(((vectors >> (n * width)) & low).bit_count() * weight for n, weight in runs)

    def example(self, vectors: int, *, prefer: Mapping[str, tuple[str, ...]] = PLAIN) -> dict[str, str]:
        """A vector of `vectors`, which holds at least one, with as few facts outside `prefer` as can be."""
        if prefer is PLAIN:
            vectors &= self._ball(self.departures(vectors))
        chosen = {}
        for fact, classes in self.axes.items():
            if len(classes) == 1:
                at = 0
            else:
                order = sorted(range(len(classes)), key=lambda n: self._rank(fact, n, prefer=prefer))
                at = next(n for n in order if vectors & self._class(fact, n))
                vectors &= self._class(fact, at)
            chosen[fact] = min(classes[at], key=lambda value: _place(value, prefer.get(fact, ())))
        return chosen

    def departures(self, vectors: int) -> int:
        """In how many facts the plainest of `vectors`, which holds at least one, is not plain."""
        return next(n for n in range(len(self.axes) + 1) if vectors & self._ball(n))

    def shadow(self, vectors: int) -> tuple[tuple[tuple[str, tuple[str, ...]], ...], bool]:
        """The facts that `vectors` restricts, with the values left, and whether that says it exactly."""
        left, box = [], self.everything
        for fact, classes in self.axes.items():
            kept = [n for n in range(len(classes)) if len(classes) == 1 or vectors & self._class(fact, n)]
            if len(kept) < len(classes):
                left.append((fact, tuple(value for n in kept for value in classes[n])))
                box &= reduce(or_, (self._class(fact, n) for n in kept))
        return tuple(left), box == vectors

    def holding(self, fact: str, value: str) -> int:
        """The vectors in which `fact` is of the class of `value`."""
        return self._class(fact, self._at(fact, value))

    def touching(self, box: Form) -> int:
        """The vectors of which some whole vector is in `box`, which has neither alternatives nor a negation."""
        result = self.everything
        for fact, values in box[0]:
            kept = [n for n, members in enumerate(self.axes[fact]) if not values.isdisjoint(members)]
            if len(kept) < len(self.axes[fact]):
                result &= reduce(or_, (self._class(fact, n) for n in kept), 0)
        return result

    def moved(self, vectors: int, fact: str, *, before: str, after: str) -> int:
        """Those of `vectors` in which `fact` is of the class of `before`, as they are when it is of that of `after`."""
        steps = self._at(fact, after) - self._at(fact, before)
        held = vectors & self.holding(fact, before)
        return held << steps * self._strides[fact] if steps >= 0 else held >> -steps * self._strides[fact]

    def knows(self, fact: str, value: str) -> bool:
        """Whether `value` is one of those of `fact`."""
        return value in self._places.get(fact, {})

    def _at(self, fact: str, value: str) -> int:
        return self._places[fact][value]

    @cached_property
    def _places(self) -> dict[str, dict[str, int]]:
        return {
            fact: {value: n for n, values in enumerate(classes) for value in values}
            for fact, classes in self.axes.items()
        }

    def _class(self, fact: str, at: int) -> int:
        if (fact, at) not in self._masks:
            stride, period = self._strides[fact], self._strides[fact] * len(self.axes[fact])
            pattern, filled = ((1 << stride) - 1) << (at * stride), period
            while filled < self.bits:
                pattern |= pattern << filled
                filled *= 2
            self._masks[fact, at] = pattern & self.everything
        return self._masks[fact, at]

    def _rank(self, fact: str, at: int, *, prefer: Mapping[str, tuple[str, ...]]) -> int:
        return min(_place(value, prefer.get(fact, ())) for value in self.axes[fact][at])

    def _plain(self, fact: str) -> list[int]:
        """The classes of `fact` that are plain; its first where the vocabulary has none of the values we know."""
        found = [n for n, values in enumerate(self.axes[fact]) if not set(values).isdisjoint(PLAIN.get(fact, ()))]
        return found or [0]

    def _ball(self, radius: int) -> int:
        """The vectors that leave the plain case in at most `radius` facts."""
        while len(self._near) <= radius:
            self._near.append(self._next_ball())
        return self._near[radius]

    def _next_ball(self) -> int:
        if not self._near:
            plain = (reduce(or_, (self._class(f, n) for n in self._plain(f))) for f in self.axes)
            return reduce(lambda a, b: a & b, plain, self.everything)
        last, wider = self._near[-1], self._near[-1]
        for fact, classes in self.axes.items():
            # From one plain class alone, as all the plain ones are in the ball whenever one of them is.
            start = self._plain(fact)[0]
            held = last & self._class(fact, start)
            for at in range(len(classes)):
                steps = (at - start) * self._strides[fact]
                wider |= held << steps if steps >= 0 else held >> -steps
        return wider

    @cached_property
    def _weights(self) -> list[int]:
        """How many whole vectors each bit stands for, for each run of bits along the outer facts."""
        weights = [1]
        for name in self._outer:
            weights = [weight * len(values) for weight in weights for values in self.axes[name]]
        return weights


def _place(value: str, preferred: tuple[str, ...]) -> int:
    return preferred.index(value) if value in preferred else len(preferred)
