"""What each party prints for the operator: public halves, in the form in which `broker keys` takes them in.

    {"party":"custodian","name":"adeyemi","public":"..."}           also `online`, whose name is `online`
    {"party":"broker","broker":{...}}
    {"party":"linkage_unit","linkage_key":{"epoch":1,"public":"..."},"linkage_unit":{...}}
    {"party":"agency","agency":{...}}  {"party":"granter","granter":{...}}
    {"party":"key","what":"broker.receipt","public":"..."}           one new key of a service
    {"id":"council/desk-2","public":"..."}                           one new key of an agency, as its client prints it
    {"id":"council/client-1","public":"..."}                         one of its client keys, in the same way

An agency's client prints its first keys as lines, `council/desk-1  <public>`; they are taken in as they are. The
operator compares them with their owners by another way than they came before anybody signs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Annotated, Literal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import Field, StringConstraints

from broker.errors import BadInput
from broker.keys import clientkeys
from broker.keys.listed import Agency, AgencyKey, BrokerKeys, Granter, KeyId, KeyUse, LinkageKey, LinkageUnitKeys
from broker.wire.fields import Bytes, Bytes32, Wire, encode64, parse

PUBLIC_BYTES = 32
CustodianName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_.-]{0,39}$")]


class CustodianPublic(Wire):
    party: Literal["custodian", "online"]
    name: CustodianName
    public: Bytes32

    def public_key(self) -> Ed25519PublicKey:
        return Ed25519PublicKey.from_public_bytes(self.public)


class BrokerPublic(Wire):
    party: Literal["broker"]
    broker: BrokerKeys


class UnitPublic(Wire):
    party: Literal["linkage_unit"]
    linkage_key: LinkageKey
    linkage_unit: LinkageUnitKeys


class AgencyPublic(Wire):
    party: Literal["agency"]
    agency: Agency


class GranterPublic(Wire):
    party: Literal["granter"]
    granter: Granter


class ServiceKeyPublic(Wire):
    party: Literal["key"]
    what: Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,40}\.[a-z_]{1,40}$")]
    public: Annotated[Bytes, Field(max_length=2048)]


class AgencyKeyPublic(Wire):
    id: KeyId
    public: Annotated[Bytes, Field(max_length=2048)]


USES: dict[str, KeyUse] = {"delivery": "post", "desk": "ask", "review": "review"}
"""What the keys of an agency are for, by the middle of their ids."""
SEAL = "seal"
_LINE = re.compile(r"\s*([a-z][a-z0-9_]{0,39}/[a-z0-9-]{1,40})\s(.*)")


def agency_of_lines(text: str, *, sources: Iterable[str]) -> Agency:
    """The entry of an agency from the lines that its client printed. Raises `BadInput` when something is missing."""
    keys = [_of_line(*found.groups()) for line in text.splitlines() if (found := _LINE.fullmatch(line))]
    names = {key.id.partition("/")[0] for key in keys}
    seals = [key.public for key in keys if name_of(key.id) == SEAL]
    if len(names) != 1 or len(seals) != 1 or len(keys) < 2:
        hint = "put there the lines with `/delivery-1`, `/desk-1` and `/seal-1` that `broker-agency init` printed"
        raise BadInput("public-incomplete", "these are not the public keys of one agency", hint=hint)
    clients = [clientkeys.entry(key.id, key.public) for key in keys if name_of(key.id) == clientkeys.CLIENT]
    signing = [signing_key(key) for key in keys if name_of(key.id) not in (SEAL, clientkeys.CLIENT)]
    entry = {
        "agency": names.pop(),
        "sources": sorted(sources),
        "status": "active",
        "seal": encode64(seals[0]),
        "keys": [key.model_dump(mode="json") for key in signing],
        "clients": [key.model_dump(mode="json") for key in clients],
    }
    return parse(Agency, json.dumps(entry))


def agency_key_of_lines(text: str) -> AgencyKeyPublic:
    """An agency's one new key from the lines that its client printed. Raises `BadInput` for none, or several."""
    keys = [_of_line(*found.groups()) for line in text.splitlines() if (found := _LINE.fullmatch(line))]
    if len(keys) != 1:
        hint = "put there what `broker-agency keys new` printed"
        raise BadInput("public-incomplete", "this is not the public half of one key of an agency", hint=hint)
    return keys[0]


def signing_key(key: AgencyKeyPublic) -> AgencyKey:
    """The entry of an agency's signing key, whose use its id says. Raises `BadInput` for another id."""
    use = USES.get(name_of(key.id))
    if use is None or len(key.public) != PUBLIC_BYTES:
        hint = f"an id is of the form council/desk-2, with one of {', '.join(USES)}"
        raise BadInput("public-incomplete", "this is not the public half of an agency's signing key", hint=hint)
    return AgencyKey(id=key.id, use=use, public=key.public, status="active")


def name_of(key_id: str) -> str:
    """`desk` of `council/desk-2`."""
    return key_id.partition("/")[2].rpartition("-")[0]


def _of_line(key_id: str, public: str) -> AgencyKeyPublic:
    return parse(AgencyKeyPublic, json.dumps({"id": key_id, "public": public.strip()}))
