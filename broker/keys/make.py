"""New secrets for a party, and their public halves for the trust list. Randomness is handed in."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from broker import oprf
from broker.keys.sealing import hybrid_public_bytes
from broker.keys.trust import Agency, AgencyKey, BrokerKeys, LinkageUnitKeys

Random = Callable[[int], bytes]
Secret = dict[str, bytes]

_BROKER = (
    *("label", "reference", "detail", "protection", "handle", "involvement", "verdict", "verdict_seal"),
    *("receipt", "audit_log", "seal"),
)


def broker_secrets(agencies: Iterable[str], random: Random) -> Secret:
    """What the broker's secret file holds: its own keys and one key-encrypting key for every agency."""
    return {name: random(32) for name in (*_BROKER, *(f"kek.{agency}" for agency in agencies))}


def broker_public(secret: Secret, *, audit_log: str) -> BrokerKeys:
    """The broker's public half; `audit_log` is the verifier key of its audit log."""
    return BrokerKeys(
        seal=hybrid_public_bytes(secret["seal"]), receipt=ed25519_public(secret["receipt"]), audit_log=audit_log
    )


def linkage_unit_secrets(random: Random) -> Secret:
    """What the linkage unit's secret file holds."""
    return {"oprf": oprf.scalar(random(64)), "seal": random(32), "signing": random(32)}


def linkage_unit_public(secret: Secret) -> LinkageUnitKeys:
    seal = X25519PrivateKey.from_private_bytes(secret["seal"]).public_key().public_bytes_raw()
    return LinkageUnitKeys(seal=seal, signing=ed25519_public(secret["signing"]))


def agency_secrets(random: Random, *, evidence: bytes) -> Secret:
    """What an agency's secret file holds; `evidence` is the evidence key that agencies share."""
    return {"delivery": random(32), "desk": random(32), "reference": random(32), "evidence": evidence}


def agency_public(secret: Secret, agency: str, *, sources: Iterable[str]) -> Agency:
    """An agency's entry of the trust list."""
    keys = (
        AgencyKey(id=f"{agency}/delivery-1", use="post", public=ed25519_public(secret["delivery"])),
        AgencyKey(id=f"{agency}/desk-1", use="ask", public=ed25519_public(secret["desk"])),
    )
    return Agency(agency=agency, sources=tuple(sorted(sources)), active=True, keys=keys)


def ed25519(secret: bytes) -> Ed25519PrivateKey:
    """The private key of 32 secret bytes."""
    return Ed25519PrivateKey.from_private_bytes(secret)


def ed25519_public(secret: bytes) -> bytes:
    """The 32 public bytes of an Ed25519 secret."""
    return ed25519(secret).public_key().public_bytes_raw()
