"""The signed record that a key was destroyed, made and checked.

    record = destroyed_record(place, "broker", secret=("kek.council", 1), at=..., signing_key=...)
    check_destroyed(record, trust)             the party signed it, with a key that is listed
    check_gone(record, trust)                  the trust list doesn't have that key in use

The broker signs with its receipt key, the linkage unit with its signing key, an agency with a delivery key. It is made
and kept before the secret goes: a process that dies between the two destroys again, and the record is true then.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from broker.errors import Untrusted
from broker.keys import context, signing
from broker.keys.custodial import SigningKey
from broker.keys.trust import Trust
from broker.wire.destroyed import Destroyed

BROKER, LINKAGE_UNIT = "broker", "linkage_unit"


def destroyed_record(
    place: str,
    party: str,
    *,
    secret: tuple[str, int],
    at: int,
    signing_key: SigningKey,
    public: bytes | None = None,
) -> Destroyed:
    """`party`'s word that its `secret`, a name and a number, is destroyed; `public` is its public half if it has one.

    `at` is in seconds since 1970; `signing_key` is the key of the party that `check_destroyed` looks for.
    """
    name, number = secret
    record = Destroyed(
        v=1, place=place, party=party, key=name, number=number, public=public, at=at, signature=signing.UNSIGNED
    )
    return signing.sign(record, context.DESTROYED, signing_key=signing_key)


def check_destroyed(record: Destroyed, trust: Trust) -> None:
    """Raises `Untrusted` unless the party that the record names signed it, for this place."""
    keys = _keys_of(record.party, trust) if record.place == trust.place else ()
    try:
        signing.verify_any(record, context.DESTROYED, public_keys=keys)
    except Untrusted:
        message = f"the record is not signed by `{record.party}` of this trust list"
        raise Untrusted("destroyed-unsigned", message) from None


def check_gone(record: Destroyed, trust: Trust) -> None:
    """Raises `Untrusted` when the trust list has the key that the record names in use still, or can't tell.

    What is sealed to a listed key needs it. Of keys that sign, the newest is in use: the public halves of older ones
    stay listed to check what they signed.
    """
    unit = trust.linkage_unit
    numbers = {"oprf": trust.epochs, "seal": tuple(unit.seal_keys)}.get(record.key, ())
    if (record.party == LINKAGE_UNIT and record.number in numbers) or record.public in _in_use(record.party, trust):
        which = f"`{record.key}` {record.number} of `{record.party}`"
        raise Untrusted("destroyed-open", f"{which} is recorded as destroyed, and is in use on the trust list")
    if record.public is None and record.key in _LISTED.get(record.party, ()):
        which = f"`{record.key}` of `{record.party}`"
        raise Untrusted("destroyed-other", f"the record does not say which {which} is destroyed", hint="make it again")


_LISTED = {BROKER: ("seal", "receipt", "request", "audit_log"), LINKAGE_UNIT: ("oprf", "seal", "signing")}
"""Keys whose public halves the trust list has: a record names them by those."""


def _in_use(party: str, trust: Trust) -> set[bytes]:
    if party == BROKER:
        return {*trust.broker.seals, trust.broker.receipt, trust.broker.request, _log_key(trust)}
    if party == LINKAGE_UNIT:
        seals = (one.public for one in trust.linkage_unit.seals)
        return {*seals, trust.linkage_unit.signing, *(one.public for one in trust.linkage_keys)}
    agencies = [one for one in trust.agencies if one.agency == party and one.status != "left"]
    keys = {key.public for one in agencies for key in one.keys if key.status == "active"}
    return keys | {one.seal for one in agencies}


def _keys_of(party: str, trust: Trust) -> Sequence[Ed25519PublicKey]:
    """Also keys of an agency that left, as its record of what it destroyed then stays."""
    if party == BROKER:
        return trust.broker.receipt_keys
    if party == LINKAGE_UNIT:
        return trust.linkage_unit.signing_keys
    keys = (key for agency in trust.agencies if agency.agency == party for key in agency.keys)
    return [key.public_key for key in keys if key.use == "post" and key.status != "revoked"]


def _log_key(trust: Trust) -> bytes:
    """The 32 bytes at the end of the log's verifier key (C2SP signed-note); `broker.audit` is above this room."""
    try:
        return base64.b64decode(trust.broker.audit_log.split("+", 2)[-1], validate=True)[1:]
    except ValueError:
        # Whoever reads the log refuses such a verifier key; no record names it.
        return bytes(0)
