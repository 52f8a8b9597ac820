"""The secrets of one party as one value, wherever they were read from. `repr` shows whose they are only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hpke import MLKEM768X25519PrivateKey

from broker.errors import Misconfigured
from broker.keys.sealing import hybrid_private


@dataclass(frozen=True)
class Secrets:
    """Named secrets of one party; `repr` shows the owner only."""

    owner: str
    place: str
    values: Mapping[str, bytes] = field(repr=False)

    def bytes32(self, name: str) -> bytes:
        """A 32-byte secret. Raises `Misconfigured` naming what is missing and where."""
        value = self.values.get(name)
        if value is None or len(value) != 32:
            raise Misconfigured(
                "secret-missing", f"`{name}` is missing or damaged in {self.place}", hint="see deploy/README.md"
            )
        return value

    def ed25519(self, name: str) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.bytes32(name))

    def x25519(self, name: str) -> X25519PrivateKey:
        return X25519PrivateKey.from_private_bytes(self.bytes32(name))

    def hybrid(self, name: str) -> MLKEM768X25519PrivateKey:
        return hybrid_private(self.bytes32(name))
