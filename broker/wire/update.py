"""Linkage unit -> broker: the factor that carries every stored point from one epoch of the linkage key to the next.

    {"v":1,"place":"brackwater","from_epoch":1,"epoch":2,"public":"<K = k*G>","next_public":"<K' = k'*G>",
     "sealed":"<the factor k' * k^-1 under HPKE, X-Wing>","signature":"..."}

The factor says nothing of k or k' alone; with one of them it gives the other, and whoever holds it can go from the
points of one epoch to those of the other in both directions (docs/rotation.md). It is good for one place and one pair
of public points, which the trust list names too.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from broker.wire.evaluation import Epoch
from broker.wire.fields import Bytes, Bytes32, Bytes64, Slug, Wire


class UpdateToken(Wire):
    """The step from `from_epoch` to the one that follows it, signed by the linkage unit."""

    v: Literal[1]
    place: Slug
    from_epoch: Epoch
    epoch: Epoch
    public: Bytes32
    next_public: Bytes32
    sealed: Annotated[Bytes, Field(min_length=32, max_length=2048)]
    signature: Bytes64

    @model_validator(mode="after")
    def _one_step(self) -> UpdateToken:
        if self.epoch != self.from_epoch + 1:
            raise ValueError("an update is one step, from an epoch to the next")
        return self
