"""Which secrets a trust list expects of a party, and which of them a secret file holds: `broker keys verify --secrets`.

    ok       receipt.2        signs for the newest listed key
    PROBLEM  oprf.2           k of epoch 2 is not the published one

Names and numbers are shown, and no value. What lives in a hardware token or a key service is not in the file, and so
stands as a problem here: look for it there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from broker.audit.checkpoint import vkey
from broker.errors import BrokerError, Misconfigured
from broker.keys.make import ed25519_public
from broker.keys.publics import name_of
from broker.keys.sealing import hybrid_public_bytes
from broker.keys.secrets import Secrets, numbered
from broker.keys.trust import Trust
from broker.linkunit import heldkeys

_BROKER_ALONE = (
    "label",
    "reference",
    "detail",
    "protection",
    "handle",
    "involvement",
    "verdict",
    "verdict_seal",
    "guess",
)


@dataclass(frozen=True)
class Found:
    """One secret that is expected: whether it is there and fits, and what is said of it."""

    name: str
    fits: bool
    said: str


_LACKING = "not in this file, or not the one that is listed"


def expected(held: Secrets, trust: Trust) -> list[Found]:
    """What the trust list expects of the owner of `held`. Raises `Misconfigured` for an owner it knows nothing of."""
    party, _, name = held.owner.partition(":")
    if party == "broker":
        return list(_of_broker(held, trust))
    if party == "linkunit":
        return list(_of_linkage_unit(held, trust))
    if party == "agency":
        return list(_of_agency(held, trust, name))
    if party == "granter":
        listed = [one.public for one in trust.granters if one.id == name]
        return list(_signers(held, "grant", listed))
    raise Misconfigured("party-unknown", f"a trust list expects no secrets of `{party}`")


def _of_broker(held: Secrets, trust: Trust) -> Iterator[Found]:
    yield from _signers(held, "receipt", [trust.broker.receipt])
    yield from _signers(held, "request", [trust.broker.request])
    seals = {hybrid_public_bytes(held.bytes32(numbered("seal", number))) for number in held.numbers("seal")}
    for number, public in enumerate(trust.broker.seals, 1):
        name = f"seal ({number} of {len(trust.broker.seals)} listed)"
        yield _found(name, public in seals, "opens what is sealed to it")
    origin = trust.broker.audit_log.partition("+")[0]
    log = [vkey(origin, held.ed25519("audit_log").public_key())] if "audit_log" in held.names else []
    yield _found("audit_log", trust.broker.audit_log in log, "signs the audit log's checkpoints")
    for name in _BROKER_ALONE:
        yield Found(name, bool(held.numbers(name)), _numbers(held, name))
    for agency in trust.agencies:
        if agency.status != "left":
            name = f"kek.{agency.agency}"
            yield Found(name, bool(held.numbers(name)), _numbers(held, name))


def _of_linkage_unit(held: Secrets, trust: Trust) -> Iterator[Found]:
    for key in trust.linkage_keys:
        name = numbered(heldkeys.K, key.epoch)
        look = partial(heldkeys.linkage_key, held, key.epoch, public=key.public)
        yield _tried(name, f"k of epoch {key.epoch}", look)
    for seal in trust.linkage_unit.seals:
        name = numbered(heldkeys.SEAL, seal.number)
        yield _tried(name, "opens envelopes", partial(heldkeys.envelope_key, held, seal.number, public=seal.public))
    yield from _signers(held, heldkeys.SIGNING, [trust.linkage_unit.signing])


def _of_agency(held: Secrets, trust: Trust, name: str) -> Iterator[Found]:
    listed = [one for one in trust.agencies if one.agency == name]
    if not listed:
        raise Misconfigured("agency-missing", f"`{name}` is not on the trust list")
    for key in listed[0].keys:
        if key.status == "active":
            yield from _signers(held, name_of(key.id), [key.public], said=key.id)
    seals = {hybrid_public_bytes(held.bytes32(numbered("seal", number))) for number in held.numbers("seal")}
    yield _found("seal", listed[0].seal in seals, "opens what other agencies seal to it")
    for epoch in trust.evidence_epochs:
        is_held = epoch in held.numbers("evidence")
        yield _found(numbered("evidence", epoch), is_held, f"evidence of epoch {epoch}")
    yield _found("reference", "reference" in held.names, "makes pseudonyms")


def _signers(held: Secrets, name: str, publics: Iterable[bytes], *, said: str = "") -> Iterator[Found]:
    keys = {
        ed25519_public(held.bytes32(numbered(name, number))): numbered(name, number) for number in held.numbers(name)
    }
    for public in publics:
        yield _found(keys.get(public, name), public in keys, said or "signs for the newest listed key")


def _found(name: str, fits: bool, said: str) -> Found:
    return Found(name, fits, said if fits else f"{said}: {_LACKING}")


def _tried(name: str, said: str, look: Callable[[], object]) -> Found:
    try:
        look()
    except BrokerError as error:
        return Found(name, False, f"{said}: {error.message}")
    return Found(name, True, said)


def _numbers(held: Secrets, name: str) -> str:
    found = held.numbers(name)
    return f"held: {', '.join(map(str, found))}" if found else "not held"
