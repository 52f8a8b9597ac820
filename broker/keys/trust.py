"""The trust list: the public keys and roles of agencies and services, and which epochs and scheme are in use.

    {"v":1,"place":"brackwater","epoch":1,"evidence_epoch":1,"scheme":"uk-person-1",
     "model":"<SHA-256 of the match model's file, hex>",
     "broker":{"seal":"...","receipt":"...","request":"...","audit_log":"broker.example/audit+1a2b3c4d+AR..."},
     "linkage_unit":{"seal":"...","signing":"..."},
     "granters":[{"id":"carers_council/a.adeyemi","organisation":"Carers' council","public":"..."}],
     "agencies":[{"agency":"council","sources":["csc","eh"],"active":true,
                  "keys":[{"id":"council/delivery-1","use":"post","public":"..."},
                          {"id":"council/desk-1","use":"ask","public":"..."}]}]}

An agency's delivery key can't ask and its desk key can't post: a stolen delivery server learns nothing. A review key
opens reviews, signs their tickets and gives verdicts. Granters are people outside the broker's and the linkage unit's
organisations; two of them together allow a population run. The broker's request key opens the linkage unit's
comparisons and nothing of an agency.
"""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Literal

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from cryptography.hazmat.primitives.hpke import MLKEM768X25519PublicKey
from pydantic import Field, StringConstraints

from broker.errors import BadInput, Misconfigured, NotAllowed, Untrusted
from broker.keys.sealing import hybrid_public
from broker.wire.evaluation import Epoch, Use
from broker.wire.fields import Bytes, Bytes32, Hex32, Slug, Wire, parse
from broker.wire.grant import GranterId

BROKER_REQUEST = "broker/request-1"
"""The id of the key with which the broker signs its requests to the linkage unit."""
RESERVED = frozenset({"broker", "linkunit"})
"""Names that no agency and no granter's organisation may have."""

KeyUse = Use | Literal["review"]
KeyId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}/[a-z0-9-]{1,40}$")]


class AgencyKey(Wire):
    id: KeyId
    use: KeyUse
    public: Bytes32

    @cached_property
    def public_key(self) -> Ed25519PublicKey:
        return Ed25519PublicKey.from_public_bytes(self.public)


class Agency(Wire):
    agency: Slug
    sources: tuple[Slug, ...]
    active: bool
    keys: tuple[AgencyKey, ...]


class BrokerKeys(Wire):
    seal: Annotated[Bytes, Field(max_length=4096)]
    receipt: Bytes32
    request: Bytes32
    audit_log: str

    @cached_property
    def seal_key(self) -> MLKEM768X25519PublicKey:
        return hybrid_public(self.seal)

    @cached_property
    def receipt_key(self) -> Ed25519PublicKey:
        return Ed25519PublicKey.from_public_bytes(self.receipt)

    @cached_property
    def request_key(self) -> Ed25519PublicKey:
        return Ed25519PublicKey.from_public_bytes(self.request)


class LinkageUnitKeys(Wire):
    seal: Bytes32
    signing: Bytes32

    @cached_property
    def seal_key(self) -> X25519PublicKey:
        return X25519PublicKey.from_public_bytes(self.seal)

    @cached_property
    def signing_key(self) -> Ed25519PublicKey:
        return Ed25519PublicKey.from_public_bytes(self.signing)


class Granter(Wire):
    """A person who may grant population runs, of an organisation that runs neither the broker nor the linkage unit."""

    id: GranterId
    organisation: Annotated[str, StringConstraints(pattern=r"^[^\W_][\w .,'()&/+-]{0,79}$")]
    public: Bytes32

    @cached_property
    def public_key(self) -> Ed25519PublicKey:
        return Ed25519PublicKey.from_public_bytes(self.public)


class Trust(Wire):
    """Who is trusted for what. Ask it for keys; it never answers for an agency that is not active."""

    v: Literal[1]
    place: Slug
    epoch: Epoch
    evidence_epoch: Epoch
    scheme: str
    model: Hex32
    broker: BrokerKeys
    linkage_unit: LinkageUnitKeys
    granters: tuple[Granter, ...]
    agencies: tuple[Agency, ...]

    def agency(self, name: str) -> Agency:
        """The agency called `name`. Raises `NotAllowed` when it has not joined or is suspended."""
        for agency in self.agencies:
            if agency.agency == name and agency.active:
                return agency
        raise NotAllowed("agency-unknown", "this agency is not on the trust list", hint="ask the operator to add it")

    def signing_key(self, key_id: str, use: KeyUse) -> Ed25519PublicKey:
        """The public key `key_id`, if its agency may use it for `use`. Raises `Untrusted` or `NotAllowed`."""
        owner = self.agency(key_id.partition("/")[0])
        for key in owner.keys:
            if key.id == key_id and key.use == use:
                return key.public_key
        raise Untrusted("signing-key-unknown", "the signing key is not on the trust list for this use")

    def may(self, key_id: str, use: KeyUse) -> bool:
        """Whether `key_id` is a key for `use` of an active agency, for whoever opens one address to two uses."""
        owner = self.agency(key_id.partition("/")[0])
        return any((key.id, key.use) == (key_id, use) for key in owner.keys)

    def signing_keys(self, agency: str, use: KeyUse) -> list[Ed25519PublicKey]:
        """Every key that `agency` may use for `use`."""
        return [key.public_key for key in self.agency(agency).keys if key.use == use]

    def granter(self, granter_id: str) -> Granter:
        """The person who may grant under this id. Raises `NotAllowed` for anybody else."""
        for granter in self.granters:
            if granter.id == granter_id:
                return granter
        raise NotAllowed("granter-unknown", "who signed the grant is not among the granters of the trust list")


def parse_trust(data: bytes) -> Trust:
    """The trust list. Raises `Misconfigured` when it is not one; nothing may start without it."""
    try:
        trust = parse(Trust, data)
        _ = (
            trust.broker.seal_key,
            trust.broker.receipt_key,
            trust.broker.request_key,
            trust.linkage_unit.seal_key,
            trust.linkage_unit.signing_key,
        )
    except BadInput as error:
        raise Misconfigured("trust-list-invalid", f"the trust list is not valid: {error}") from None
    except (ValueError, UnsupportedAlgorithm):
        raise Misconfigured("trust-list-invalid", "a key in the trust list is not a key") from None
    _check_agencies(trust.agencies)
    _check_people(trust)
    return trust


def _check_agencies(agencies: tuple[Agency, ...]) -> None:
    names = [agency.agency for agency in agencies]
    sources = [source for agency in agencies for source in agency.sources]
    keys = [key for agency in agencies for key in agency.keys]
    if _repeats(names) or _repeats(sources):
        raise Misconfigured("trust-list-invalid", "an agency or a source is on the trust list twice")
    # One public key under two ids would let a delivery key ask, or one agency sign as another.
    if _repeats([key.id for key in keys]) or _repeats([key.public for key in keys]):
        raise Misconfigured("trust-list-invalid", "a signing key is on the trust list twice")
    if any(key.id.partition("/")[0] != agency.agency for agency in agencies for key in agency.keys):
        raise Misconfigured("trust-list-invalid", "the id of a signing key does not begin with its agency")
    # The broker signs as `broker/...`: an agency of that name could be taken for it.
    if RESERVED & set(names):
        raise Misconfigured("trust-list-invalid", "an agency has the name of a service")


def _check_people(trust: Trust) -> None:
    """One key, one holder: whoever signs as two of granter, broker, linkage unit and agency would be both."""
    services = [trust.broker.receipt, trust.broker.request, trust.linkage_unit.signing]
    agencies = [key.public for agency in trust.agencies for key in agency.keys]
    granters = [granter.public for granter in trust.granters]
    if _repeats([granter.id for granter in trust.granters]) or _repeats([*services, *agencies, *granters]):
        raise Misconfigured("trust-list-invalid", "a key or a granter is on the trust list twice")
    if any(granter.id.partition("/")[0] in RESERVED for granter in trust.granters):
        raise Misconfigured("trust-list-invalid", "a granter is of the broker's or the linkage unit's organisation")


def _repeats(values: list[str] | list[bytes]) -> bool:
    return len(set(values)) != len(values)
