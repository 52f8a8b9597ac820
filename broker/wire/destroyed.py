"""A party's signed word that it destroyed a key: what the trust list keeps of it under `destroyed/`.

    {"v":1,"place":"brackwater","party":"linkage_unit","key":"oprf","number":1,"public":"<K = k*G>",
     "at":1796083200,"signature":"..."}

`key` is the name of the secret without its number. `public` is its public half, where it has one: so that anybody sees
which key of the trust list is meant. Nobody can prove that no copy is left; the record says who answers for it.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from broker.wire.fields import Bytes, Bytes64, Number, Seconds, Slug, Wire

SecretName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}(?:\.[a-z][a-z0-9_]{0,39})?$")]
"""The name of a secret without its number: `oprf`, or `kek.council`."""


class Destroyed(Wire):
    """`party` is `broker`, `linkage_unit` or an agency; it signs, `at` in seconds since 1970."""

    v: Literal[1]
    place: Slug
    party: Slug
    key: SecretName
    number: Number
    public: Annotated[Bytes, Field(min_length=32, max_length=2048)] | None = None
    at: Seconds
    signature: Bytes64
