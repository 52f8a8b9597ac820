"""What may be changed in a trust document, one change at a time: values in, a checked value out.

    joined(trust, agency)                       suspended(trust, "school")        readmitted, left
    with_agency_key(trust, key)                 retired(trust, "council/desk-1")  revoked
    with_client_key(trust, key)
    next_linkage_key(trust, key)                closed_linkage_key(trust)         ... evidence epochs, envelope keys
    with_service_key(trust, "broker.receipt", public)
    with_granter(trust, granter)                with_model(trust, digest)
    with_witness(trust, witness)                without_witness(trust, "council")   with_quorum(trust, 1)

Each raises `Conflict` for what would make no sense, before any custodian is asked to sign it: a second agency of a
name, a third open epoch, an agency that left and comes back with its old keys, a key that is revoked twice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any, Literal, TypeVar

from broker.errors import BrokerError, Conflict, NotFound
from broker.keys.clientkeys import ClientKey
from broker.keys.listed import Agency, AgencyKey, Granter, LinkageKey, UnitSeal, Witness
from broker.keys.trust import Trust, parse_trust

Status = Literal["active", "suspended", "left"]
KeyStatus = Literal["active", "retired", "revoked"]
AnyKey = TypeVar("AnyKey", AgencyKey, ClientKey)
SERVICE_KEYS = {
    "broker.seal": ("broker", "seals"),
    "broker.receipt": ("broker", "receipts"),
    "broker.request": ("broker", "requests"),
    "linkage_unit.signing": ("linkage_unit", "signings"),
}
"""Keys of the two services of which several may be listed, the newest last, and where."""
_OVER = 2


def joined(trust: Trust, agency: Agency) -> Trust:
    """With an agency that was not there, or had left and comes back with new keys only."""
    before = [one for one in trust.agencies if one.agency == agency.agency]
    if before and before[0].status != "left":
        raise _impossible(f"`{agency.agency}` is on the trust list already, or proposed for it")
    if {key.public for one in before for key in one.listed} & {key.public for key in agency.listed}:
        raise _impossible(f"`{agency.agency}` comes back with a key from before it left")
    if agency.status != "active" or any(key.status != "active" for key in agency.listed):
        raise _impossible("an agency joins active, with active keys")
    kept = tuple(one for one in trust.agencies if one.agency != agency.agency)
    # Its old keys must not vouch for anything again, now that the agency is asked about once more.
    listed = {
        "keys": (*(_as(key, "revoked") for one in before for key in one.keys), *agency.keys),
        "clients": (*(_as(key, "revoked") for one in before for key in one.clients), *agency.clients),
    }
    return _checked(trust, agencies=(*kept, agency.model_copy(update=listed)))


def suspended(trust: Trust, agency: str) -> Trust:
    """With the agency neither posting nor asking; what it posted stays usable."""
    return _with_status(trust, agency, before=("active",), after="suspended")


def readmitted(trust: Trust, agency: str) -> Trust:
    """With a suspended agency active again."""
    return _with_status(trust, agency, before=("suspended",), after="active")


def left(trust: Trust, agency: str) -> Trust:
    """With the agency gone: nothing of it is usable. Its keys stay listed, so that none is ever given to another."""
    return _with_status(trust, agency, before=("active", "suspended"), after="left")


def with_agency_key(trust: Trust, key: AgencyKey) -> Trust:
    """With a further active key of an agency; those of before stay active until they are retired."""
    if key.status != "active":
        raise _impossible("a new key is listed as active")
    return _with_agency(trust, key.id.partition("/")[0], lambda one: {"keys": (*one.keys, key)})


def with_client_key(trust: Trust, key: ClientKey) -> Trust:
    """With a further client key of an agency, whose machines from then on prove themselves with client keys alone."""
    if key.status != "active":
        raise _impossible("a new key is listed as active")
    return _with_agency(trust, key.id.partition("/")[0], lambda one: {"clients": (*one.clients, key)})


def with_agency_seal(trust: Trust, agency: str, seal: bytes) -> Trust:
    """With another public key that others seal to this agency with."""
    return _with_agency(trust, agency, lambda _: {"seal": seal})


def retired(trust: Trust, key_id: str) -> Trust:
    """With a key that signs nothing new; what it signed before counts. A service's oldest key goes off the list."""
    return _without(trust, key_id, "retired")


def revoked(trust: Trust, key_id: str) -> Trust:
    """With a key that counts for nothing, whenever it signed; a granter or a service's key goes off the list."""
    if any(one.id == key_id for one in trust.granters):
        return _checked(trust, granters=tuple(one for one in trust.granters if one.id != key_id))
    return _without(trust, key_id, "revoked")


def with_service_key(trust: Trust, what: str, public: bytes) -> Trust:
    """With a newer key of a service, `what` of `SERVICE_KEYS`; those of before stay listed."""
    party, name = _place(what)
    return _with_listed(trust, party, name, (*getattr(getattr(trust, party), name), public))


def service_key_ids(trust: Trust) -> dict[str, bytes]:
    """The names by which `retired` and `revoked` know the keys of services: `broker.receipt/3fa2b1c0`."""
    return {
        f"{what}/{hashlib.sha256(public).hexdigest()[:8]}": public
        for what, (party, name) in SERVICE_KEYS.items()
        for public in getattr(getattr(trust, party), name)
    }


def next_linkage_key(trust: Trust, key: LinkageKey) -> Trust:
    """With the next epoch of the linkage key open beside the one there is."""
    return _opened(trust, "linkage_keys", (*trust.linkage_keys, key))


def closed_linkage_key(trust: Trust) -> Trust:
    """With the newest epoch of the linkage key alone."""
    return _closed(trust, "linkage_keys", trust.linkage_keys)


def next_evidence_epoch(trust: Trust) -> Trust:
    """With the next epoch of the evidence key open: agencies send evidence under both."""
    return _opened(trust, "evidence_epochs", (*trust.evidence_epochs, trust.evidence_epoch + 1))


def closed_evidence_epoch(trust: Trust) -> Trust:
    """With the newest epoch of the evidence key alone: evidence under the older one decides nothing more."""
    return _closed(trust, "evidence_epochs", trust.evidence_epochs)


def next_unit_seal(trust: Trust, seal: UnitSeal) -> Trust:
    """With the linkage unit's next envelope key, to which everybody then seals."""
    seals = (*trust.linkage_unit.seals, seal)
    if len(seals) > _OVER:
        raise _impossible("two envelope keys are open: close the older one first")
    return _with_listed(trust, "linkage_unit", "seals", seals)


def closed_unit_seal(trust: Trust) -> Trust:
    """With the newest envelope key alone: envelopes to the older one open no more."""
    seals = trust.linkage_unit.seals
    if len(seals) < _OVER:
        raise _impossible("one envelope key is open: there is no older one to close")
    return _with_listed(trust, "linkage_unit", "seals", seals[1:])


def with_granter(trust: Trust, granter: Granter) -> Trust:
    """With a further person who may grant, or with their new key."""
    others = tuple(one for one in trust.granters if one.id != granter.id)
    return _checked(trust, granters=(*others, granter))


def with_model(trust: Trust, model: str) -> Trust:
    """With another match model, by its SHA-256 in hex."""
    return _checked(trust, model=model)


def with_witness(trust: Trust, witness: Witness) -> Trust:
    """With a further witness of the audit log, or with its new key or address."""
    others = tuple(one for one in trust.witnesses if one.name != witness.name)
    return _checked(trust, witnesses=(*others, witness))


def without_witness(trust: Trust, name: str) -> Trust:
    """With a witness gone, and as many needed as before: lower that first where it would be too many."""
    others = tuple(one for one in trust.witnesses if one.name != name)
    if len(others) == len(trust.witnesses):
        raise NotFound("witness-missing", f"no witness `{name}` is on the trust list", hint="check its name")
    return _checked(trust, witnesses=others)


def with_quorum(trust: Trust, quorum: int) -> Trust:
    """With another number of witnesses that must have cosigned."""
    return _checked(trust, quorum=quorum)


def _opened(trust: Trust, name: str, listed: tuple[Any, ...]) -> Trust:
    if len(listed) > _OVER:
        raise _impossible("two epochs are open: close the older one first")
    return _checked(trust, **{name: listed})


def _closed(trust: Trust, name: str, listed: tuple[Any, ...]) -> Trust:
    if len(listed) < _OVER:
        raise _impossible("one epoch is open: there is no older one to close")
    return _checked(trust, **{name: listed[1:]})


def _with_status(trust: Trust, agency: str, *, before: tuple[Status, ...], after: Status) -> Trust:
    for one in trust.agencies:
        if one.agency == agency and one.status not in before:
            raise _impossible(f"`{agency}` is {one.status}, so it can't become {after}")
    return _with_agency(trust, agency, lambda _: {"status": after})


def _with_agency(trust: Trust, agency: str, change: Callable[[Agency], dict[str, Any]]) -> Trust:
    if agency not in {one.agency for one in trust.agencies}:
        raise NotFound("agency-missing", f"no agency `{agency}` is on the trust list", hint="check its name")
    changed = (one.model_copy(update=change(one)) if one.agency == agency else one for one in trust.agencies)
    return _checked(trust, agencies=tuple(changed))


def _without(trust: Trust, key_id: str, status: KeyStatus) -> Trust:
    services = service_key_ids(trust)
    if key_id in services:
        party, name = _place(key_id.partition("/")[0])
        listed = tuple(one for one in getattr(getattr(trust, party), name) if one != services[key_id])
        if not listed:
            raise _impossible(f"`{key_id}` is the only one: list its successor first")
        return _with_listed(trust, party, name, listed)
    agency = key_id.partition("/")[0]
    keys = {key.id: key for one in trust.agencies if one.agency == agency for key in one.listed}
    if key_id not in keys:
        raise NotFound("key-missing", f"no key `{key_id}` is on the trust list", hint="see `broker keys status`")
    if keys[key_id].status == "revoked" or keys[key_id].status == status:
        raise _impossible(f"`{key_id}` is {keys[key_id].status} already")

    def changed(listed: tuple[AnyKey, ...]) -> tuple[AnyKey, ...]:
        return tuple(_as(key, status) if key.id == key_id else key for key in listed)

    return _with_agency(trust, agency, lambda one: {"keys": changed(one.keys), "clients": changed(one.clients)})


def _place(what: str) -> tuple[str, str]:
    if what not in SERVICE_KEYS:
        raise NotFound("key-missing", f"`{what}` is none of {', '.join(SERVICE_KEYS)}")
    return SERVICE_KEYS[what]


def _with_listed(trust: Trust, party: str, name: str, listed: tuple[Any, ...]) -> Trust:
    return _checked(trust, **{party: getattr(trust, party).model_copy(update={name: listed})})


def _as(key: AnyKey, status: KeyStatus) -> AnyKey:
    return key.model_copy(update={"status": status})


def _checked(trust: Trust, **changed: Any) -> Trust:
    """What a process would make of the change: the same checks as at every start, before anybody signs it."""
    try:
        return parse_trust(trust.model_copy(update=changed).model_dump_json().encode())
    except BrokerError as error:
        raise Conflict("change-impossible", str(error)) from None


def _impossible(why: str) -> Conflict:
    return Conflict("change-impossible", why, hint="`broker keys status` shows what is in force and what is proposed")
