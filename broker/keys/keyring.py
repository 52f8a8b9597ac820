"""The broker's own secrets as one value, made from its secret file. `repr` shows nothing.

What rows at rest are sealed and found under comes in generations: `keysets`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from cryptography.hazmat.primitives.hpke import MLKEM768X25519PrivateKey

from broker.errors import Untrusted
from broker.keys import sealing
from broker.keys.custodial import SigningKey
from broker.keys.listed import BrokerKeys
from broker.keys.secrets import Secrets, numbered


class MonthKeys(Protocol):
    """The keys of the audit log's details, each for a class and a month; a store has them (`store.detailkeys`)."""

    def of(self, name: str) -> bytes:
        """The key, by a name like `answers.2026-11`. Raises `NotFound` when it was destroyed."""


@dataclass(frozen=True)
class Keyring:
    held: Secrets
    detail_key: bytes = field(repr=False)
    handle_key: bytes = field(repr=False)
    involvement_key: bytes = field(repr=False)
    verdict_key: bytes = field(repr=False)
    verdict_seal_key: bytes = field(repr=False)
    guess_key: bytes = field(repr=False)
    receipt_key: SigningKey = field(repr=False)
    request_key: SigningKey = field(repr=False)
    audit_log_key: SigningKey = field(repr=False)
    seal_keys: tuple[MLKEM768X25519PrivateKey, ...] = field(repr=False)
    """The newest last: what was sealed to an earlier one while it was still listed opens."""
    month_keys: MonthKeys | None = field(default=None, repr=False)
    """None where there is no database; details are then sealed under the detail key itself."""

    @property
    def seal_key(self) -> MLKEM768X25519PrivateKey:
        """The newest."""
        return self.seal_keys[-1]

    def open_sealed(self, sealed: bytes, *, info: bytes) -> bytes:
        """What another party sealed to the broker. Raises `Untrusted` for another context, key or changed bytes."""
        for key in reversed(self.seal_keys[1:]):
            try:
                return sealing.open_hybrid(sealed, key, info=info)
            except Untrusted:
                continue
        return sealing.open_hybrid(sealed, self.seal_keys[0], info=info)


def keyring(held: Secrets, *, listed: BrokerKeys | None = None) -> Keyring:
    """The keyring made of the broker's secrets. Raises `Misconfigured` naming what is missing.

    Of signing keys that have a successor, the newest that is `listed` on the trust list: what is signed with a later
    one nobody could check yet.
    """
    return Keyring(
        held=held,
        detail_key=held.bytes32("detail"),
        handle_key=held.bytes32("handle"),
        involvement_key=held.bytes32("involvement"),
        verdict_key=held.bytes32("verdict"),
        verdict_seal_key=held.bytes32("verdict_seal"),
        guess_key=held.bytes32("guess"),
        receipt_key=_signing(held, "receipt", listed=listed.receipts if listed else ()),
        request_key=_signing(held, "request", listed=listed.requests if listed else ()),
        audit_log_key=held.signing_key("audit_log"),
        seal_keys=tuple(held.hybrid(numbered("seal", number)) for number in held.numbers("seal") or (1,)),
    )


def _signing(held: Secrets, name: str, *, listed: Sequence[bytes]) -> SigningKey:
    keys = [held.signing_key(numbered(name, number)) for number in held.numbers(name) or (1,)]
    for public in reversed(listed):
        for key in keys:
            if key.public_key().public_bytes_raw() == public:
                return key
    return keys[-1]
