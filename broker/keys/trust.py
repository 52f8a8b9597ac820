"""The trust document: the public keys and roles of agencies and services, and which epochs and scheme are in use.

    {"v":1,"place":"brackwater","rehearsal":false,"scheme":"uk-person-1",
     "model":"<SHA-256 of the match model's file, hex>",
     "linkage_keys":[{"epoch":1,"public":"<32 bytes: K = k * G>"}],"evidence_epochs":[1],
     "broker":{"seals":["..."],"receipts":["..."],"requests":["..."],"audit_log":"broker.example/audit+1a2b3c4d+AR..."},
     "linkage_unit":{"seals":[{"number":1,"public":"..."}],"signings":["..."]},
     "witnesses":[{"name":"council","vkey":"council.example/witness+1f2e3d4c+BA...","url":"https://..."}],"quorum":1,
     "granters":[{"id":"carers_council/a.adeyemi","organisation":"Carers' council","public":"..."}],
     "agencies":[{"agency":"council","sources":["csc","eh"],"status":"active","seal":"...",
                  "keys":[{"id":"council/delivery-1","use":"post","public":"...","status":"active"},
                          {"id":"council/desk-1","use":"ask","public":"...","status":"active"}],
                  "clients":[{"id":"council/client-1","alg":"ES256","public":"...","status":"active"}]}]}

It is one target of a signed trust list (`broker.trustlist`), and nobody reads it from anywhere else. Where something is
listed more than once the newest is last: whoever signs or seals uses that one, whoever checks accepts each.

An agency's delivery key can't ask and its desk key can't post: a stolen delivery server learns nothing. A review key
opens reviews, signs their tickets and gives verdicts. Witnesses, if there are any, cosign the audit log's checkpoints,
at least `quorum` of them. Granters are people of neither the broker's nor the linkage unit's organisation; two of them
allow a population run. The broker's request key opens the linkage unit's comparisons and nothing of an agency. With
client keys (`clientkeys`) an agency's machines prove themselves, and do nothing else.

    status of an agency    active     posts, asks, is vouched for
                           suspended  neither posts nor asks; what it posted before stays usable, until it is readmitted
                           left       nothing of it is usable
    status of its key      active     signs
                           retired    signs nothing new; what it signed before still counts
                           revoked    nothing it ever signed counts: it was stolen, or nobody knows
"""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Literal

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import Field

from broker import oprf
from broker.errors import BadInput, Misconfigured, NotAllowed, NotFound, Untrusted
from broker.keys.clientkeys import ClientPublicKey
from broker.keys.listed import (
    Agency,
    AgencyKey,
    BrokerKeys,
    Granter,
    KeyUse,
    LinkageKey,
    LinkageUnitKeys,
    OneOrTwo,
    Witness,
)
from broker.wire.evaluation import Epoch
from broker.wire.fields import Hex32, Slug, Wire, parse

BROKER_REQUEST = "broker/request-1"
"""The id under which the broker signs its requests to the linkage unit, with any of its request keys."""
RESERVED = frozenset({"broker", "linkunit"})
"""Names that no agency and no granter's organisation may have."""


class Trust(Wire):
    """Who is trusted for what. Ask it for keys; it never answers for an agency that is not active."""

    v: Literal[1]
    place: Slug
    rehearsal: bool
    scheme: str
    model: Hex32
    linkage_keys: Annotated[tuple[LinkageKey, ...], OneOrTwo]
    evidence_epochs: Annotated[tuple[Epoch, ...], OneOrTwo]
    broker: BrokerKeys
    linkage_unit: LinkageUnitKeys
    granters: tuple[Granter, ...]
    agencies: tuple[Agency, ...]
    witnesses: Annotated[tuple[Witness, ...], Field(max_length=32)] = ()
    quorum: Annotated[int, Field(ge=0, le=32)] = 0
    """How many of the witnesses must have cosigned; a list from before there were any names neither."""

    @property
    def epochs(self) -> tuple[int, ...]:
        """The open epochs of the linkage key, the newest last."""
        return tuple(one.epoch for one in self.linkage_keys)

    @property
    def epoch(self) -> int:
        """The newest epoch of the linkage key."""
        return self.linkage_keys[-1].epoch

    @property
    def evidence_epoch(self) -> int:
        """The newest epoch of the evidence key."""
        return self.evidence_epochs[-1]

    def linkage_key(self, epoch: int) -> bytes:
        """The public point of an open epoch. Raises `NotFound` for another."""
        for one in self.linkage_keys:
            if one.epoch == epoch:
                return one.public
        raise NotFound("epoch-unknown", "the trust list has no open epoch of this number")

    def agency(self, name: str) -> Agency:
        """The agency called `name`. Raises `NotAllowed` when it has not joined, is suspended or has left."""
        return self._agency(name, ("active",))

    def signing_key(self, key_id: str, use: KeyUse) -> Ed25519PublicKey:
        """The active key `key_id`, if its agency may use it for `use`. Raises `Untrusted` or `NotAllowed`."""
        for key in self._active(key_id.partition("/")[0]):
            if key.id == key_id and key.use == use:
                return key.public_key
        raise Untrusted("signing-key-unknown", "the signing key is not on the trust list for this use")

    def caller_key(self, key_id: str) -> Ed25519PublicKey:
        """The active key `key_id`, whatever its use. Raises `Untrusted` or `NotAllowed`."""
        if (found := self.callers(key_id.partition("/")[0]).get(key_id)) is None:
            raise Untrusted("signing-key-unknown", "the signing key is not on the trust list")
        return found

    def proving_key(self, key_id: str) -> Ed25519PublicKey | ClientPublicKey:
        """The active key that a machine proves itself with under `key_id`. Raises `Untrusted` or `NotAllowed`.

        Where its agency lists client keys those alone: else whoever stole a signing key would leave them out.
        """
        clients = {one.id: one for one in self.agency(key_id.partition("/")[0]).clients if one.status == "active"}
        if clients and key_id not in clients:
            raise Untrusted("client-key-left-out", "this agency's machines prove themselves with a client key")
        return clients[key_id].public_key if clients else self.caller_key(key_id)

    def callers(self, agency: str) -> dict[str, Ed25519PublicKey]:
        """The active keys that sign requests of `agency`, by id. Raises `NotAllowed`."""
        return {key.id: key.public_key for key in self._active(agency)}

    def may(self, key_id: str, use: KeyUse) -> bool:
        """Whether `key_id` is an active key for `use`, for whoever opens one address to two uses."""
        return any((key.id, key.use) == (key_id, use) for key in self._active(key_id.partition("/")[0]))

    def signing_keys(self, agency: str, use: KeyUse) -> list[Ed25519PublicKey]:
        """Every key that `agency` may use for `use` now: what is signed for the moment is checked against these."""
        return [key.public_key for key in self._active(agency) if key.use == use]

    def vouching_keys(self, agency: str, use: KeyUse) -> list[Ed25519PublicKey]:
        """Every key that something kept may be signed with: active and retired ones, of a suspended agency too.

        An agency is suspended while something is looked into, and people must not stop being found meanwhile: what it
        posted stays usable. Of one that left nothing is, nor what a revoked key signed. Raises `NotAllowed`.
        """
        owner = self._agency(agency, ("active", "suspended"))
        return [key.public_key for key in owner.keys if key.use == use and key.status != "revoked"]

    def _active(self, agency: str) -> list[AgencyKey]:
        return [key for key in self.agency(agency).keys if key.status == "active"]

    def _agency(self, name: str, statuses: tuple[str, ...]) -> Agency:
        for agency in self.agencies:
            if agency.agency == name and agency.status in statuses:
                return agency
        raise NotAllowed("agency-unknown", "this agency is not on the trust list", hint="ask the operator to add it")

    def granter(self, granter_id: str) -> Granter:
        """The person who may grant under this id. Raises `NotAllowed` for anybody else."""
        for granter in self.granters:
            if granter.id == granter_id:
                return granter
        raise NotAllowed("granter-unknown", "who signed the grant is not among the granters of the trust list")


def parse_trust(data: bytes) -> Trust:
    """The trust document. Raises `Misconfigured` when it is not one; nothing may start without it."""
    try:
        trust = parse(Trust, data)
        _ = (
            *(trust.broker.seal_keys, trust.broker.receipt_keys, trust.broker.request_keys),
            *(trust.linkage_unit.seal_keys, trust.linkage_unit.signing_keys),
            *(oprf.check_point(one.public) for one in trust.linkage_keys),
            *((agency.seal_key, *(client.public_key for client in agency.clients)) for agency in trust.agencies),
            *(witness.public for witness in trust.witnesses),
        )
    except BadInput as error:
        raise Misconfigured("trust-list-invalid", f"the trust list is not valid: {error}") from None
    except (ValueError, UnsupportedAlgorithm):
        raise Misconfigured("trust-list-invalid", "a key in the trust list is not a key") from None
    _check_numbers(trust)
    _check_agencies(trust.agencies)
    _check_people(trust)
    _check_witnesses(trust)
    return trust


def _check_numbers(trust: Trust) -> None:
    """Open epochs and seals follow each other, so that whoever knows one knows which the other is."""
    numbered = (trust.epochs, trust.evidence_epochs, tuple(one.number for one in trust.linkage_unit.seals))
    if any(right != left + 1 for numbers in numbered for left, right in pairwise(numbers)):
        raise Misconfigured("trust-list-invalid", "the open epochs or seals of the trust list do not follow each other")
    if _repeats([one.public for one in trust.linkage_keys]):
        raise Misconfigured("trust-list-invalid", "two epochs of the trust list have one linkage key")


def _check_agencies(agencies: tuple[Agency, ...]) -> None:
    names = [agency.agency for agency in agencies]
    sources = [source for agency in agencies for source in agency.sources]
    keys = [key for agency in agencies for key in agency.listed]
    if _repeats(names) or _repeats(sources):
        raise Misconfigured("trust-list-invalid", "an agency or a source is on the trust list twice")
    # One public key under two ids would let a delivery key ask, or one agency sign as another.
    if _repeats([key.id for key in keys]) or _repeats([key.public for key in keys]):
        raise Misconfigured("trust-list-invalid", "a signing key is on the trust list twice")
    if any(key.id.partition("/")[0] != agency.agency for agency in agencies for key in agency.listed):
        raise Misconfigured("trust-list-invalid", "the trust list has a signing key under an id of another agency")
    # The broker signs as `broker/...`: an agency of that name could be taken for it.
    if RESERVED & set(names):
        raise Misconfigured("trust-list-invalid", "an agency has the name of a service")


def _check_people(trust: Trust) -> None:
    """One key, one holder: whoever signs as two of granter, broker, linkage unit and agency would be both."""
    services = [*trust.broker.receipts, *trust.broker.requests, *trust.linkage_unit.signings]
    agencies = [key.public for agency in trust.agencies for key in agency.keys]
    seals = [*trust.broker.seals, *(agency.seal for agency in trust.agencies)]
    unit_seals = [one.public for one in trust.linkage_unit.seals]
    granters = [granter.public for granter in trust.granters]
    witnesses = [witness.public for witness in trust.witnesses]
    keys = [*services, *agencies, *granters, *witnesses, *seals, *unit_seals]
    if _repeats([granter.id for granter in trust.granters]) or _repeats(keys):
        raise Misconfigured("trust-list-invalid", "a key or a granter is on the trust list twice")
    if any(granter.id.partition("/")[0] in RESERVED for granter in trust.granters):
        raise Misconfigured("trust-list-invalid", "a granter is of the broker's or the linkage unit's organisation")


def _check_witnesses(trust: Trust) -> None:
    if trust.quorum > len(trust.witnesses):
        raise Misconfigured("trust-list-invalid", "the trust list asks for more witnesses than it names")
    names = [witness.name for witness in trust.witnesses]
    key_names = [witness.vkey.partition("+")[0] for witness in trust.witnesses]
    # A cosignature does not say whose name it is under (tlog-cosignature), and `none` is nobody in a log policy.
    if _repeats(names) or _repeats(key_names) or "none" in names:
        raise Misconfigured("trust-list-invalid", "a witness is on the trust list twice, or is called `none`")
    if trust.broker.audit_log.partition("+")[0] in key_names:
        raise Misconfigured("trust-list-invalid", "a witness has the name of the log that it watches")


def _repeats(values: list[str] | list[bytes]) -> bool:
    return len(set(values)) != len(values)
