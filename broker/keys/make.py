"""New secrets for a party, and their public halves for the trust list. Randomness is handed in."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from broker import oprf
from broker.keys.listed import Agency, AgencyKey, BrokerKeys, Granter, KeyUse, LinkageKey, LinkageUnitKeys, UnitSeal
from broker.keys.sealing import hybrid_public_bytes

Random = Callable[[int], bytes]
Secret = dict[str, bytes]

_BROKER = (
    *("label", "reference", "detail", "protection", "handle", "involvement", "verdict", "verdict_seal"),
    *("guess", "receipt", "request", "audit_log", "seal"),
)


def broker_secrets(agencies: Iterable[str], random: Random) -> Secret:
    """What the broker's secret file holds: its own keys and one key-encrypting key for every agency."""
    return {name: random(32) for name in (*_BROKER, *(f"kek.{agency}" for agency in agencies))}


def broker_public(secret: Secret, *, audit_log: str) -> BrokerKeys:
    """The broker's public half; `audit_log` is the verifier key of its audit log."""
    return BrokerKeys(
        seals=(hybrid_public_bytes(secret["seal"]),),
        receipts=(ed25519_public(secret["receipt"]),),
        requests=(ed25519_public(secret["request"]),),
        audit_log=audit_log,
    )


def linkage_unit_secrets(random: Random) -> Secret:
    """What the linkage unit's secret file holds."""
    return {"oprf": oprf.scalar(random(64)), "seal": random(32), "signing": random(32)}


def linkage_unit_public(secret: Secret) -> LinkageUnitKeys:
    seal = X25519PrivateKey.from_private_bytes(secret["seal"]).public_key().public_bytes_raw()
    return LinkageUnitKeys(seals=(UnitSeal(number=1, public=seal),), signings=(ed25519_public(secret["signing"]),))


def linkage_key_public(secret: Secret, *, epoch: int = 1) -> LinkageKey:
    """The public point of the first linkage key, for the trust list."""
    return LinkageKey(epoch=epoch, public=oprf.public_point(secret["oprf"]))


def agency_secrets(random: Random, *, evidence: bytes, reviewer: bool = False) -> Secret:
    """What an agency's secret file holds; `evidence` is the evidence key that agencies share.

    With `reviewer` it also holds the key of the desk that reviews matches.
    """
    secret = {name: random(32) for name in ("delivery", "desk", "reference", "seal")} | {"evidence": evidence}
    return secret | ({"review": random(32)} if reviewer else {})


def granter_secrets(random: Random) -> Secret:
    """What the secret file of a person who may grant population runs holds."""
    return {"grant": random(32)}


def granter_public(secret: Secret, granter_id: str, *, organisation: str) -> Granter:
    """A granter's entry of the trust list."""
    return Granter(id=granter_id, organisation=organisation, public=ed25519_public(secret["grant"]))


def agency_public(secret: Secret, agency: str, *, sources: Iterable[str]) -> Agency:
    """An agency's entry of the trust list."""
    uses: tuple[tuple[str, KeyUse], ...] = (("delivery", "post"), ("desk", "ask"), ("review", "review"))
    keys = tuple(
        AgencyKey(id=f"{agency}/{name}-1", use=use, public=ed25519_public(secret[name]), status="active")
        for name, use in uses
        if name in secret
    )
    seal = hybrid_public_bytes(secret["seal"])
    return Agency(agency=agency, sources=tuple(sorted(sources)), status="active", seal=seal, keys=keys)


def ed25519(secret: bytes) -> Ed25519PrivateKey:
    """The private key of 32 secret bytes."""
    return Ed25519PrivateKey.from_private_bytes(secret)


def ed25519_public(secret: bytes) -> bytes:
    """The 32 public bytes of an Ed25519 secret."""
    return ed25519(secret).public_key().public_bytes_raw()
