"""New keys of the linkage unit, and its word that an old one is gone. The caller keeps the secrets; nothing is written.

    new_epoch(secrets, trust, random=...)      k' of the next epoch, its point, and the update token for the broker
    new_seal(secrets, trust, random=...)       the next envelope key and its public half
    destroyed(secrets, trust, ...)             the signed record, to be made just before the secret is destroyed

Each gives the same key again when the secrets hold it already: a rotation that broke off is done again from the start,
and an update token that got lost is made anew.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from broker import oprf
from broker.errors import BadInput, Conflict
from broker.keys import signing
from broker.keys.destroying import LINKAGE_UNIT, destroyed_record
from broker.keys.secrets import Secrets, numbered
from broker.keys.trust import Trust
from broker.keys.updating import seal_update
from broker.linkunit.heldkeys import SEAL, SIGNING, K, envelope_key, linkage_key, mismatch, point_of, signing_key
from broker.wire.destroyed import Destroyed
from broker.wire.update import UpdateToken


@dataclass(frozen=True)
class NewEpoch:
    """The next epoch: `secret` is kept under `name` before `public` and `update` go anywhere."""

    epoch: int
    name: str
    secret: bytes = field(repr=False)
    public: bytes
    update: UpdateToken


@dataclass(frozen=True)
class NewSeal:
    """The next envelope key: `secret` is kept under `name` before `public` goes on the trust list."""

    number: int
    name: str
    secret: bytes = field(repr=False)
    public: bytes


@dataclass(frozen=True)
class NewSigning:
    """The next signing key: `secret` is kept under `name` before `public` goes on the trust list."""

    name: str
    secret: bytes = field(repr=False)
    public: bytes


def new_epoch(secrets: Secrets, trust: Trust, *, random: Callable[[int], bytes]) -> NewEpoch:
    """The epoch after the trust list's oldest open one, with the update token sealed to the broker.

    Where two epochs are open it is the step between them, once more. Raises `Misconfigured` when the secrets are not
    the trust list's.
    """
    before = trust.linkage_keys[0]
    old, name = linkage_key(secrets, before.epoch, public=before.public), numbered(K, before.epoch + 1)
    new = secrets.values.get(name) or oprf.scalar(random(oprf.SCALAR_SEED_BYTES))
    published = {key.epoch: key.public for key in trust.linkage_keys}
    public = point_of(new, name, secrets)
    if published.get(before.epoch + 1, public) != public:
        raise mismatch(name, secrets)
    step = UpdateToken(
        v=1,
        place=trust.place,
        from_epoch=before.epoch,
        epoch=before.epoch + 1,
        public=before.public,
        next_public=public,
        sealed=bytes(32),
        signature=signing.UNSIGNED,
    )
    factor, key = oprf.factor_between(old, new), signing_key(secrets, trust)
    update = seal_update(step, factor, seal_key=trust.broker.seal_key, signing_key=key)
    return NewEpoch(step.epoch, name, new, public, update)


def new_seal(secrets: Secrets, trust: Trust, *, random: Callable[[int], bytes]) -> NewSeal:
    """The envelope key after the trust list's oldest open one; where two are open it is the newest of them again.

    Raises `Misconfigured` when the secrets are not the trust list's.
    """
    before = trust.linkage_unit.seals[0]
    envelope_key(secrets, before.number, public=before.public)
    number, name = before.number + 1, numbered(SEAL, before.number + 1)
    secret = secrets.values.get(name) or random(32)
    public = X25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()
    if {one.number: one.public for one in trust.linkage_unit.seals}.get(number, public) != public:
        raise mismatch(name, secrets)
    return NewSeal(number, name, secret, public)


def new_signing(secrets: Secrets, trust: Trust, *, random: Callable[[int], bytes]) -> NewSigning:
    """The signing key after the trust list's newest: it goes on the trust list before it signs anything."""
    held = secrets.numbers(SIGNING)
    keys = {number: secrets.signing_key(numbered(SIGNING, number)).public_key().public_bytes_raw() for number in held}
    signing_key(secrets, trust)
    newest = held[-1]
    if keys[newest] not in trust.linkage_unit.signings:
        return NewSigning(numbered(SIGNING, newest), secrets.bytes32(numbered(SIGNING, newest)), keys[newest])
    secret = random(32)
    public = Ed25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()
    return NewSigning(numbered(SIGNING, newest + 1), secret, public)


def destroyed(secrets: Secrets, trust: Trust, *, name: str, number: int, now: int) -> Destroyed:
    """The signed record of the old k or envelope key `name` that the caller then destroys; `now` in seconds since 1970.

    Raises `Conflict` while the trust list still names it, or nothing newer is held, and `BadInput` for another name.
    """
    if name not in (K, SEAL):
        raise BadInput("secret-unknown", f"the linkage unit destroys old `{K}` and `{SEAL}` only")
    open_numbers = trust.epochs if name == K else tuple(trust.linkage_unit.seal_keys)
    if number >= min(open_numbers):
        hint = "close it first: no record of the broker may be under it, and the trust list must no longer name it"
        raise Conflict("secret-in-use", f"the trust list still needs `{numbered(name, number)}`", hint=hint)
    value = secrets.bytes32(numbered(name, number))
    if name == K:
        public = point_of(value, numbered(name, number), secrets)
    else:
        public = X25519PrivateKey.from_private_bytes(value).public_key().public_bytes_raw()
    return destroyed_record(
        trust.place, LINKAGE_UNIT, secret=(name, number), at=now, signing_key=signing_key(secrets, trust), public=public
    )
