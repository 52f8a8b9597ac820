"""The linkage unit's secrets that the trust list calls for, each checked against its published half.

    evaluation_keys(secrets, trust)    k of every open epoch, the signing key, and the broker's key for masks
    envelope_keys(secrets, trust)      the keys that open envelopes, the newest last

A unit that holds another k than the published one would turn every question into one about nobody. More may be held
than is called for: a key that is made comes before the trust list that names it.
"""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from broker import oprf
from broker.errors import BadInput, Misconfigured
from broker.keys.custodial import SigningKey
from broker.keys.secrets import Secrets, numbered
from broker.keys.trust import Trust
from broker.linkunit.evaluate import EvaluationKeys

K, SEAL, SIGNING = "oprf", "seal", "signing"
"""The names of the linkage unit's secrets, without their numbers."""


def evaluation_keys(secrets: Secrets, trust: Trust) -> EvaluationKeys:
    """What evaluations need. Raises `Misconfigured` when a key is missing, damaged or not the published one."""
    return EvaluationKeys(
        linkage_keys={one.epoch: linkage_key(secrets, one.epoch, public=one.public) for one in trust.linkage_keys},
        signing_key=signing_key(secrets, trust),
        broker_seal=trust.broker.seal_key,
    )


def envelope_keys(secrets: Secrets, trust: Trust) -> tuple[X25519PrivateKey, ...]:
    """What opens the envelopes that may be about, the newest last. Raises `Misconfigured` as `evaluation_keys` does.

    A key that the trust list no longer names opens until it is destroyed: what was on its way when it was closed can
    still be sealed again.
    """
    published = trust.linkage_unit.seals
    older = (number for number in secrets.numbers(SEAL) if number < published[0].number)
    return (
        *(secrets.x25519(numbered(SEAL, number)) for number in older),
        *(envelope_key(secrets, one.number, public=one.public) for one in published),
    )


def signing_key(secrets: Secrets, trust: Trust) -> SigningKey:
    """The key that signs now: the newest of the trust list. Raises `Misconfigured` when it is not held."""
    for number in reversed(secrets.numbers(SIGNING) or (1,)):
        key = secrets.signing_key(numbered(SIGNING, number))
        if key.public_key().public_bytes_raw() == trust.linkage_unit.signing:
            return key
    raise mismatch(SIGNING, secrets)


def envelope_key(secrets: Secrets, number: int, *, public: bytes) -> X25519PrivateKey:
    """The envelope key of a number. Raises `Misconfigured` unless it is there and is the published one."""
    name = numbered(SEAL, number)
    key = secrets.x25519(name)
    if key.public_key().public_bytes_raw() != public:
        raise mismatch(name, secrets)
    return key


def linkage_key(secrets: Secrets, epoch: int, *, public: bytes) -> bytes:
    """k of an epoch. Raises `Misconfigured` unless it is there and its point is the published one."""
    name = numbered(K, epoch)
    key = secrets.bytes32(name)
    if point_of(key, name, secrets) != public:
        raise mismatch(name, secrets)
    return key


def point_of(key: bytes, name: str, secrets: Secrets) -> bytes:
    try:
        return oprf.public_point(key)
    except BadInput:
        raise Misconfigured("secret-damaged", f"`{name}` in {secrets.place} is not a scalar") from None


def mismatch(name: str, secrets: Secrets) -> Misconfigured:
    return Misconfigured("keys-mismatch", f"`{name}` in {secrets.place} is not the one on the trust list")
