"""The secrets of one party as one value, wherever they live. `repr` shows whose they are only.

Most are bytes of the party's secret file. Key-encrypting keys and signing keys may live in a hardware token or a key
service instead, where they are used without being seen (`custodial`); whoever asks for one by name can't tell. A secret
has successors: `label`, `label.2`, `label.3`; `kek.council`, `kek.council.2`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hpke import MLKEM768X25519PrivateKey

from broker.errors import Misconfigured
from broker.keys.custodial import InMemoryKek, KeyEncryptingKey, SigningKey
from broker.keys.sealing import hybrid_private


@dataclass(frozen=True)
class Secrets:
    """Named secrets of one party; `repr` shows the owner only."""

    owner: str
    place: str
    values: Mapping[str, bytes] = field(repr=False)
    keks: Mapping[str, KeyEncryptingKey] = field(default_factory=dict, repr=False)
    """Key-encrypting keys that are not bytes here, by name."""
    signers: Mapping[str, SigningKey] = field(default_factory=dict, repr=False)
    """Signing keys that are not bytes here, by name."""

    @property
    def names(self) -> frozenset[str]:
        """The names of all secrets, wherever they live."""
        return frozenset(self.values) | frozenset(self.keks) | frozenset(self.signers)

    def numbers(self, label: str) -> tuple[int, ...]:
        """Which numbers of the secret `label` are held, oldest first: (1, 2) for `label` and `label.2`."""
        after = (name.removeprefix(f"{label}.") for name in self.names if name.startswith(f"{label}."))
        return tuple(sorted([int(number) for number in after if number.isdecimal()] + [1] * (label in self.names)))

    def bytes32(self, name: str) -> bytes:
        """A 32-byte secret. Raises `Misconfigured` naming what is missing and where."""
        value = self.values.get(name)
        if value is None or len(value) != 32:
            raise Misconfigured(
                "secret-missing", f"`{name}` is missing or damaged in {self.place}", hint="see deploy/README.md"
            )
        return value

    def key_encrypting_key(self, name: str) -> KeyEncryptingKey:
        """The key-encrypting key `name`, wherever it lives. Raises `Misconfigured` when it is nowhere."""
        return self.keks[name] if name in self.keks else InMemoryKek(self.bytes32(name))

    def signing_key(self, name: str) -> SigningKey:
        """The signing key `name`, wherever it lives. Raises `Misconfigured` when it is nowhere."""
        return self.signers[name] if name in self.signers else self.ed25519(name)

    def ed25519(self, name: str) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.bytes32(name))

    def x25519(self, name: str) -> X25519PrivateKey:
        return X25519PrivateKey.from_private_bytes(self.bytes32(name))

    def hybrid(self, name: str) -> MLKEM768X25519PrivateKey:
        return hybrid_private(self.bytes32(name))


def numbered(label: str, number: int) -> str:
    """The name of the secret `label` of that number: the first has none."""
    return label if number == 1 else f"{label}.{number}"
