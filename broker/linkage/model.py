"""What agreement is worth: the match model, three classes of pairs, one of which is "same household, another person".

    bits = log2 P(M) + sum log2 m - log2( sum over the other classes of P * product of h or u )

    M   the same person                                  m-probabilities
    H   another person of the household or family, of whom *twins* share the birthday and *namesakes* the forename
    U   unrelated people who share a label by chance     u-probabilities

Fields are taken as independent inside a class (Fellegi and Sunter 1969); a class for the household is what keeps twins,
and a father and son of one name, apart. A field that is not held adds nothing. The sum is scaled by one slope fitted on
training data, so that 10 bits mean odds of 1,000 to 1, rounded to half a bit and clipped at +-20.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from broker.errors import Misconfigured
from broker.linkage.levels import FIELDS, Answer, Levels, conflicts, twins_look_so, without_numbers_apart
from broker.tokens import Scheme

Band = Literal["certain", "probable", "below"]
Bits: TypeAlias = npt.NDArray[np.float64]

CLASSES = ("same", "twin", "namesake", "household", "unrelated")
MOST_BITS = 20.0
STEP = 0.5
_LAYOUT = 1


@dataclass(frozen=True)
class Bounds:
    """Bits. `certain` joins a pair and is shared; from `probable` on it protects and tells whom to ring; a group holds
    together while the `mean` of the pairs across is reached."""

    certain: float
    probable: float
    mean: float


@dataclass(frozen=True)
class Model:
    """A fitted model. `chances` is class -> field -> the chance of each level, "not held" left out.

    `atoms` is the SHA-256 (hex) of the evidence slots it was fitted for, `trained_on` says on what.
    """

    name: str
    atoms: str
    version: int
    trained_on: str
    share: Mapping[str, float]
    chances: Mapping[str, Mapping[str, tuple[float, ...]]]
    slope: float
    bounds: Bounds

    def weigh(self, levels: Levels) -> tuple[Bits, Answer]:
        """The bits of each row, and whether it is a conflict. `levels` is uint8 (n, fields)."""
        # A conflict is told apart from the weight, which then says what else speaks for the same person.
        conflict = conflicts(levels)
        bits = np.clip(self.slope * self.scores(without_numbers_apart(levels, conflict)), -MOST_BITS, MOST_BITS)
        # Among all people such a pair is mostly one; of twins never. Nobody is shown another's record for that.
        most = np.where(twins_look_so(levels), self.bounds.certain - STEP, MOST_BITS)
        return np.minimum(np.round(bits / STEP) * STEP, most), conflict

    def scores(self, levels: Levels) -> Bits:
        """The bits of each row before slope, rounding and clipping."""
        shares, tables = self._logs
        total = np.zeros((len(levels), len(CLASSES)))
        for column, table in enumerate(tables):
            total += table[levels[:, column]]
        of_class = (shares + total).T
        against: Bits = np.logaddexp2.reduce(of_class[1:], axis=0)
        scores: Bits = of_class[0] - against
        return scores

    def band(self, bits: float) -> Band:
        """The band of one pair that is no conflict."""
        if bits >= self.bounds.certain:
            return "certain"
        return "probable" if bits >= self.bounds.probable else "below"

    def to_json(self) -> bytes:
        """The model's file: the same bytes for the same model."""
        content = {"layout": _LAYOUT, **asdict(self)}
        return (json.dumps(content, indent=1, sort_keys=True) + "\n").encode()

    @cached_property
    def _logs(self) -> tuple[Bits, list[Bits]]:
        """Logarithms of the classes' shares; for each field, of every level (a row) in every class (a column)."""
        shares = np.array([np.log2(self.share[name]) for name in CLASSES])
        tables = [np.stack([_of_levels(self.chances[name][field]) for name in CLASSES], axis=1) for field in FIELDS]
        return shares, tables


def _of_levels(chances: tuple[float, ...]) -> Bits:
    """The logarithms of a field's levels; one that is not held adds nothing."""
    return np.concatenate(([0.0], np.log2(chances)))


def atoms_digest(scheme: Scheme) -> str:
    """The SHA-256 (hex) of the evidence slots of a scheme, which a model is for."""
    return hashlib.sha256("\n".join(scheme.atoms).encode()).hexdigest()


def parse_model(data: bytes) -> Model:
    """The model in a file. Raises `Misconfigured` for anything that is not one, whatever the bytes."""
    try:
        content: dict[str, Any] = json.loads(data)
        if content.pop("layout") != _LAYOUT:
            raise ValueError
        model = Model(
            name=str(content["name"]),
            atoms=str(content["atoms"]),
            trained_on=str(content["trained_on"]),
            version=int(content["version"]),
            share={name: float(content["share"][name]) for name in CLASSES},
            chances={c: {f: _chances(content["chances"][c][f], f) for f in FIELDS} for c in CLASSES},
            slope=float(content["slope"]),
            bounds=Bounds(**{name: float(content["bounds"][name]) for name in ("certain", "probable", "mean")}),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise Misconfigured("model-invalid", "the match model is not of the form this version reads") from None
    shares = model.share.values()
    orderly = model.bounds.certain > model.bounds.probable
    if not (all(0 < share <= 1 for share in shares) and 0 < model.slope <= 4 and orderly):
        raise Misconfigured("model-invalid", "the match model's shares, slope or bands can't be")
    return model


def _chances(values: Any, field: str) -> tuple[float, ...]:
    found = tuple(float(value) for value in values)
    if len(found) != len(FIELDS[field]) - 1 or not all(0 < value <= 1 for value in found) or abs(sum(found) - 1) > 1e-6:
        raise ValueError
    return found
