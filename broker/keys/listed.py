"""Who is on the trust list: agencies, the two services, witnesses and granters, each with its public keys.

Where something is listed more than once the newest is last: whoever signs or seals uses that one, whoever checks
accepts each.
"""

from __future__ import annotations

import base64
from functools import cached_property
from typing import Annotated, Literal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from cryptography.hazmat.primitives.hpke import MLKEM768X25519PublicKey
from pydantic import Field, StringConstraints

from broker.keys.clientkeys import ClientKey
from broker.keys.sealing import hybrid_public
from broker.wire.evaluation import Epoch, Use
from broker.wire.fields import Bytes, Bytes32, Slug, Wire
from broker.wire.grant import GranterId

_COSIGNATURE = b"\x04"
"""The signature type in a witness's verifier key (C2SP tlog-cosignature)."""
KeyUse = Use | Literal["review"]
KeyId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}/[a-z0-9-]{1,40}$")]
Hybrid = Annotated[Bytes, Field(max_length=4096)]
"""An X-Wing public key; `parse_trust` checks that it is one."""
Number = Annotated[int, Field(ge=1, le=65535)]
Several = Field(min_length=1, max_length=8)
OneOrTwo = Field(min_length=1, max_length=2)


class AgencyKey(Wire):
    id: KeyId
    use: KeyUse
    public: Bytes32
    status: Literal["active", "retired", "revoked"]

    @cached_property
    def public_key(self) -> Ed25519PublicKey:
        return Ed25519PublicKey.from_public_bytes(self.public)


class Agency(Wire):
    """A controller: its services' sources, what others seal to it, and what it signs with."""

    agency: Slug
    sources: tuple[Slug, ...]
    status: Literal["active", "suspended", "left"]
    seal: Hybrid
    keys: tuple[AgencyKey, ...]
    clients: Annotated[tuple[ClientKey, ...], Field(exclude_if=lambda listed: not listed)] = ()

    @property
    def listed(self) -> tuple[AgencyKey | ClientKey, ...]:
        return self.keys + self.clients

    @cached_property
    def seal_key(self) -> MLKEM768X25519PublicKey:
        return hybrid_public(self.seal)


class BrokerKeys(Wire):
    """The broker's public halves, the newest of each last."""

    seals: Annotated[tuple[Hybrid, ...], Several]
    receipts: Annotated[tuple[Bytes32, ...], Several]
    requests: Annotated[tuple[Bytes32, ...], Several]
    audit_log: str

    @property
    def seal(self) -> bytes:
        return self.seals[-1]

    @property
    def receipt(self) -> bytes:
        return self.receipts[-1]

    @property
    def request(self) -> bytes:
        return self.requests[-1]

    @cached_property
    def seal_keys(self) -> tuple[MLKEM768X25519PublicKey, ...]:
        return tuple(hybrid_public(one) for one in self.seals)

    @cached_property
    def receipt_keys(self) -> tuple[Ed25519PublicKey, ...]:
        return tuple(Ed25519PublicKey.from_public_bytes(one) for one in self.receipts)

    @cached_property
    def request_keys(self) -> tuple[Ed25519PublicKey, ...]:
        return tuple(Ed25519PublicKey.from_public_bytes(one) for one in self.requests)

    @property
    def seal_key(self) -> MLKEM768X25519PublicKey:
        return self.seal_keys[-1]

    @property
    def receipt_key(self) -> Ed25519PublicKey:
        return self.receipt_keys[-1]

    @property
    def request_key(self) -> Ed25519PublicKey:
        return self.request_keys[-1]


class UnitSeal(Wire):
    """A public key that evidence is sealed to, by its number, which chunks and records name."""

    number: Number
    public: Bytes32


class LinkageUnitKeys(Wire):
    """The linkage unit's public halves, the newest of each last."""

    seals: Annotated[tuple[UnitSeal, ...], OneOrTwo]
    signings: Annotated[tuple[Bytes32, ...], Several]

    @property
    def seal(self) -> bytes:
        return self.seals[-1].public

    @property
    def seal_number(self) -> int:
        return self.seals[-1].number

    @property
    def signing(self) -> bytes:
        return self.signings[-1]

    @cached_property
    def seal_keys(self) -> dict[int, X25519PublicKey]:
        return {one.number: X25519PublicKey.from_public_bytes(one.public) for one in self.seals}

    @cached_property
    def signing_keys(self) -> tuple[Ed25519PublicKey, ...]:
        return tuple(Ed25519PublicKey.from_public_bytes(one) for one in self.signings)

    @property
    def seal_key(self) -> X25519PublicKey:
        return self.seal_keys[self.seal_number]

    @property
    def signing_key(self) -> Ed25519PublicKey:
        return self.signing_keys[-1]


class Witness(Wire):
    """Who cosigns the audit log's checkpoints (C2SP tlog-witness): its verifier key, and where it is asked."""

    name: Slug
    vkey: Annotated[str, StringConstraints(pattern=r"^[^\s+]{1,200}\+[0-9a-f]{8}\+[A-Za-z0-9+/]{44}$")]
    url: Annotated[str, StringConstraints(pattern=r"^https?://[^\s/?#]+(/[^\s?#]*[^\s?#/])?$", max_length=200)]

    @cached_property
    def public(self) -> bytes:
        """The 32 bytes of its Ed25519 key. Raises `ValueError` when the verifier key is of another kind."""
        material = base64.b64decode(self.vkey.split("+", 2)[2], validate=True)
        if len(material) != 33 or material[:1] != _COSIGNATURE:
            raise ValueError("not the key of a witness")
        return material[1:]


class LinkageKey(Wire):
    """The public point K = k * G of one epoch's linkage key."""

    epoch: Epoch
    public: Bytes32


class Granter(Wire):
    """A person who may grant population runs, of an organisation that runs neither the broker nor the linkage unit."""

    id: GranterId
    organisation: Annotated[str, StringConstraints(pattern=r"^[^\W_][\w .,'()&/+-]{0,79}$")]
    public: Bytes32

    @cached_property
    def public_key(self) -> Ed25519PublicKey:
        return Ed25519PublicKey.from_public_bytes(self.public)
