"""Generations of keys: what a row at rest is sealed and found under, as numbers, and as keys.

    generation 1   epoch 1  label 1  reference 1  kek 1        old rows
    generation 2   epoch 2  label 1  reference 1  kek 1        everything written now, and every point in memory

One or two generations are open. All writes use the newest; look-ups ask under each. Rotating the linkage key, the label
and reference keys, or the key-encrypting keys is one thing: opening a generation in which that number is higher.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TypeAlias

from broker import oprf
from broker.errors import Unavailable, Untrusted
from broker.keys.custodial import KeyEncryptingKey
from broker.keys.labels import References, labels_at, row_name
from broker.keys.secrets import Secrets, numbered

Point: TypeAlias = tuple[int, bytes]
"""A match key's number and an unmasked point."""


@dataclass(frozen=True)
class Generation:
    """The number of a generation, of its epoch of the linkage key, and of the secrets it uses."""

    number: int
    epoch: int
    label: int
    reference: int
    kek: int

    def secrets(self, agencies: Iterable[str]) -> frozenset[str]:
        """The names of the broker's secrets that its rows need, where `agencies` have records."""
        wrapping = {numbered(f"kek.{agency}", self.kek) for agency in agencies}
        own = {"label": self.label, "reference": self.reference, "protection": self.kek}
        return frozenset(wrapping | {numbered(name, number) for name, number in own.items()})


class Step:
    """Between the points of an older epoch and the newest. What it has multiplied once, it knows for this question."""

    def __init__(self, factor: bytes) -> None:
        """`factor` is k' * k^-1, the older epoch's key being k."""
        self._forward, self._back = factor, oprf.invert(factor)
        self._newer: dict[bytes, bytes] = {}
        self._older: dict[bytes, bytes] = {}

    def __repr__(self) -> str:
        return "<Step>"

    def fresh(self) -> Step:
        """The same step, knowing nothing yet."""
        other = object.__new__(Step)
        other._forward, other._back, other._newer, other._older = self._forward, self._back, {}, {}
        return other

    def newer(self, points: Sequence[bytes]) -> list[bytes]:
        """Points of the older epoch as points of the newest."""
        self._know(points, self._newer, factor=self._forward)
        return [self._newer[point] for point in points]

    def older(self, points: Sequence[bytes]) -> list[bytes]:
        """Points of the newest epoch as points of the older."""
        self._know(points, self._older, factor=self._back)
        return [self._older[point] for point in points]

    def _know(self, points: Sequence[bytes], known: dict[bytes, bytes], *, factor: bytes) -> None:
        wanted = list(dict.fromkeys(point for point in points if point not in known))
        if wanted:
            other = self._older if known is self._newer else self._newer
            for point, moved in zip(wanted, oprf.multiply_each([factor] * len(wanted), wanted), strict=True):
                known[point], other[moved] = moved, point


@dataclass(frozen=True)
class Keyset:
    """The keys of one open generation; `step` leads from its epoch to the newest one, where that is another."""

    generation: Generation
    held: Secrets = field(repr=False)
    label_key: bytes = field(repr=False)
    reference_key: bytes = field(repr=False)
    protection_key: bytes = field(repr=False)
    step: Step | None = field(repr=False)

    @property
    def number(self) -> int:
        return self.generation.number

    @cached_property
    def references(self) -> References:
        """What seals record ids to their label rows."""
        return References(self.reference_key)

    def key_encrypting_key(self, agency: str) -> KeyEncryptingKey:
        """What wraps the data keys of `agency`'s records. Raises `Misconfigured` when there is none."""
        return self.held.key_encrypting_key(numbered(f"kek.{agency}", self.generation.kek))

    def labels_at(self, source: str, points: Sequence[Point]) -> list[bytes]:
        """The labels that points of the newest epoch have here at `source`, in their order."""
        if self.step is not None:
            older = self.step.older([point for _, point in points])
            points = [(number, point) for (number, _), point in zip(points, older, strict=True)]
        return labels_at(self.label_key, source, points)

    def newest(self, points: Iterable[Point]) -> frozenset[Point]:
        """Points as they stand in a row of this generation, as points of the newest epoch."""
        some = list(points)
        if self.step is None:
            return frozenset(some)
        newer = self.step.newer([point for _, point in some])
        return frozenset((number, point) for (number, _), point in zip(some, newer, strict=True))


@dataclass(frozen=True)
class Keysets:
    """The keys of all open generations, the newest last.

    `epochs` are those that points may arrive under; `factors` lead from an epoch's points to the newest one's.
    """

    open: tuple[Keyset, ...]
    epochs: tuple[int, ...]
    factors: Mapping[int, bytes] = field(repr=False)

    @property
    def newest(self) -> Keyset:
        return self.open[-1]

    @property
    def generations(self) -> tuple[Generation, ...]:
        return tuple(keyset.generation for keyset in self.open)

    def of(self, number: int) -> Keyset:
        """The open generation `number`. Raises `Untrusted` for a row of another: no key of it is left."""
        for keyset in self.open:
            if keyset.number == number:
                return keyset
        raise Untrusted("generation-closed", f"a row is of key generation {number}, which is not open")

    def factor(self, epoch: int) -> bytes | None:
        """What carries points of `epoch` to the newest one's; None where they are that already.

        Raises `Unavailable` when the broker has no update token between the two.
        """
        if epoch == self.newest.generation.epoch:
            return None
        if epoch not in self.factors:
            hint = "tell the operator: the linkage unit's update token is missing"
            raise Unavailable("epoch-unreachable", f"points of epoch {epoch} can't be used here yet", hint=hint)
        return self.factors[epoch]

    def labels_at(self, source: str, points: Sequence[Point]) -> list[tuple[bytes, ...]]:
        """For each point of the newest epoch its labels at `source`, the newest generation's first, each once."""
        return list(zip(*(keyset.labels_at(source, points) for keyset in self._ways), strict=True))

    def older(self, points: Iterable[Point]) -> list[frozenset[Point]]:
        """Points of the newest epoch as those of each older open one."""
        some, found = list(points), []
        for keyset in self.open:
            if keyset.step is not None:
                older = keyset.step.older([point for _, point in some])
                found.append(frozenset((number, point) for (number, _), point in zip(some, older, strict=True)))
        return found

    def record_of(self, source: str, row_label: bytes, sealed: bytes) -> bytes:
        """The record id of a label row of any open generation. Raises `Untrusted` when it was moved or changed."""
        bound, (*newer, oldest) = row_name(source, row_label), self._references
        for references in newer:
            try:
                return references.open(sealed, bound)
            except Untrusted:
                continue
        return oldest.open(sealed, bound)

    @cached_property
    def _ways(self) -> list[Keyset]:
        """Of each way to make labels one keyset, the newest first."""
        return list({(one.generation.epoch, one.generation.label): one for one in self.open}.values())[::-1]

    @cached_property
    def _references(self) -> list[References]:
        """Of each reference key once, the newest first."""
        return list({one.generation.reference: one.references for one in reversed(self.open)}.values())

    def fresh(self) -> Keysets:
        """The same for another question, which learns nothing from how fast it is answered."""
        if all(keyset.step is None for keyset in self.open):
            return self
        return replace(self, open=tuple(replace(one, step=one.step and one.step.fresh()) for one in self.open))


def lacking(
    held: Secrets, generations: Sequence[Generation], epochs: Iterable[int] = (), *, agencies: Iterable[str] = ()
) -> list[str]:
    """The names of the secrets that are not held and that these generations need.

    With `agencies` also what wraps their records, with `epochs` also what carries points of those to the newest.
    """
    some, newest = list(agencies), generations[-1].epoch
    needed = {name for one in generations for name in one.secrets(some)}
    for epoch in (*epochs, generations[0].epoch):
        needed |= _updates(epoch, newest)
    return sorted(needed - held.names)


def first_generation(held: Secrets, epoch: int) -> Generation:
    """What a database without rows begins with: the newest of each secret, and `epoch`."""
    label, reference, kek = (max(held.numbers(name), default=1) for name in ("label", "reference", "protection"))
    return Generation(1, epoch, label, reference, kek)


def keysets_of(held: Secrets, generations: Sequence[Generation], *, epochs: tuple[int, ...]) -> Keysets:
    """The keys of open `generations`, oldest first. Raises `Misconfigured` naming the secret that is missing.

    `epochs` are those that points may arrive under as well; one that can't be reached is refused when they do.
    """
    newest = generations[-1].epoch
    needed = {one.epoch: _factor(held, one.epoch, newest) for one in generations if one.epoch != newest}
    factors = dict(needed)
    for epoch in set(epochs) - needed.keys() - {newest}:
        if _updates(epoch, newest) <= held.names:
            factors[epoch] = _factor(held, epoch, newest)
    return Keysets(
        tuple(
            Keyset(
                one,
                held,
                held.bytes32(numbered("label", one.label)),
                held.bytes32(numbered("reference", one.reference)),
                held.bytes32(numbered("protection", one.kek)),
                Step(needed[one.epoch]) if one.epoch in needed else None,
            )
            for one in generations
        ),
        epochs,
        factors,
    )


def _updates(one: int, other: int) -> set[str]:
    """The update tokens between two epochs; that of epoch 2 leads to it from epoch 1."""
    return {numbered("update", epoch) for epoch in range(min(one, other) + 1, max(one, other) + 1)}


def _factor(held: Secrets, epoch: int, newest: int) -> bytes:
    product = (1).to_bytes(oprf.SCALAR_BYTES, "little")
    for name in sorted(_updates(epoch, newest)):
        product = oprf.factor_between(oprf.invert(held.bytes32(name)), product)
    return product if epoch < newest else oprf.invert(product)
