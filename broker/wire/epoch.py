"""What the trust list keeps of each epoch of the linkage key, under `epochs/`: `epochs/0001.json`.

    {"v":1,"place":"brackwater","epoch":1,"public":"<K = k*G>","suite":"ristretto255-SHA512",
     "scheme":"uk-person-1","scheme_digest":"<SHA-256, hex>","opened":1795305600}

It stays when the epoch is over, so that a destroyed key's record can be compared with what was in use, and somebody who
finds an old point can tell which key it was made under.
"""

from __future__ import annotations

from typing import Final, Literal

from broker.wire.evaluation import Epoch
from broker.wire.fields import Bytes32, Hex32, Seconds, Slug, Wire

SUITE: Final = "ristretto255-SHA512"
"""The suite of RFC 9497 that all tokens are made by."""


class EpochRecord(Wire):
    """One epoch of the linkage key: its public point, and what its tokens are made by."""

    v: Literal[1]
    place: Slug
    epoch: Epoch
    public: Bytes32
    suite: Literal["ristretto255-SHA512"]
    scheme: str
    scheme_digest: Hex32
    opened: Seconds

    @property
    def path(self) -> str:
        """Where the trust list keeps it."""
        return f"epochs/{self.epoch:04d}.json"
