"""A broker that turned bad, at its keyboard: it signs as itself, forges what it can, and sends what it likes.

It holds its own secret file, so its request key, every stored envelope and every question that reaches it. Where an
attack says so it also has an agency's secret file: stolen, or the agency is in it too.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from benchmarks.attacks import town
from benchmarks.attacks.insider_view import Held, opened
from broker import oprf
from broker.agency.evidence import Sealer, about_question
from broker.audit import tree
from broker.keys import assertion, context, signing
from broker.keys.messages import RequestSigner
from broker.keys.secrets import Secrets
from broker.keys.trust import BROKER_REQUEST
from broker.keys.wallet import InMemory, carry, origin
from broker.tokens import load_scheme
from broker.vaults.secretfile import read_secrets
from broker.wire.comparison import SIZES, CompareRequest
from broker.wire.evaluation import EvaluateRequest, Use
from broker.wire.fields import Wire, canonical, parse
from broker.wire.grant import Grant, GrantSignature, GrantTerms
from broker.wire.question import Question, Ticket

PURPOSE = "child_safeguarding"
ANSWERED = "answered"


@dataclass(frozen=True)
class Reply:
    """What the linkage unit said: the `code` of a refusal, or `answered`."""

    status: int
    code: str
    content: bytes = field(repr=False)

    @property
    def answer(self) -> dict[str, Any]:
        """What an answer holds; nothing for a refusal."""
        return dict(json.loads(self.content)) if self.status == 200 else {}


@dataclass
class Hostile:
    """The attacker in `world`. `agency` is the one whose secret file it has as well."""

    world: town.World
    agency: str
    held: list[Held] = field(default_factory=list)
    blinding: bytes = oprf.scalar(b"b" * 64)
    wallets: dict[str, InMemory] = field(default_factory=dict)
    _count: itertools.count[int] = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        self.held = opened(self.world.parts)
        self.secrets = read_secrets(self.world.parties.home("broker") / "secrets.json", owner="broker")

    def stolen(self) -> Secrets:
        """The agency's secret file."""
        return read_secrets(self.world.parties.home(self.agency) / "secrets.json", owner=f"agency:{self.agency}")

    @property
    def now(self) -> int:
        return int(self.world.now.timestamp())

    def fresh(self) -> bytes:
        """An id of 16 bytes that was not used before."""
        return hashlib.sha256(f"hostile/{next(self._count)}".encode()).digest()[:16]

    def sends(self, path: str, body: Wire | bytes, *, key_id: str = BROKER_REQUEST, nonce: str = "") -> Reply:
        """A request to the linkage unit, signed with the broker's request key or a stolen one."""
        content = body if isinstance(body, bytes) else body.model_dump_json(exclude_none=True).encode()
        name = key_id.partition("/")[2].rpartition("-")[0]
        key = self.secrets.ed25519("request") if key_id == BROKER_REQUEST else self.stolen().ed25519(name)
        nonce = nonce or f"hostile-nonce-{next(self._count):08}"
        url = self.world.unit_settings.public_url + path
        signer = RequestSigner(key_id, key, self.wallets.setdefault(key_id, InMemory()))
        carry(signer, origin(url), now=self.world.now, random=os.urandom, post=self._credential)
        headers = signer.headers("POST", url, body=content, nonce=nonce, created=self.world.now)
        sent = {**headers, "content-type": "application/json"}
        reply = self.world.network.clients["linkunit"].post(path, content=content, headers=sent)
        return Reply(reply.status_code, ANSWERED if reply.status_code == 200 else reply.json()["code"], reply.content)

    def _credential(self, fields: Mapping[str, str], form: bytes) -> bytes:
        return bytes(
            self.world.network.clients["linkunit"].post(assertion.PATH, content=form, headers=dict(fields)).content
        )

    def intercepts(self, agency: str, about: Mapping[str, str]) -> Question:
        """A genuine question, evaluated and signed, that the broker got and does not answer."""
        fault = self.world.loses("broker", path="/v1/questions", times=8)
        self.world.agency(agency).asking(about, staff=town.STAFF_ID)
        fault.times = 0
        return parse(Question, next(one.request for one in reversed(self.world.traffic) if one.path == "/v1/questions"))

    def evaluates(self, inputs: Sequence[bytes], *, use: Use, id: bytes, key_id: str) -> Reply:
        """Points of guessed inputs, evaluated in the name of the agency."""
        request = EvaluateRequest(
            v=1,
            agency=self.agency,
            use=use,
            id=id,
            epoch=self.world.parties.trust.epoch,
            scheme=load_scheme().digest.hex(),
            points=tuple(oprf.blind(made, self.blinding) for made in inputs),
        )
        return self.sends("/v1/evaluate", request, key_id=key_id)

    def ticket(self, envelope: bytes, *, id: bytes, key: Ed25519PrivateKey, **changes: Any) -> Ticket:
        """A ticket for `envelope`, signed with whatever key is at hand."""
        given: dict[str, Any] = {"v": 1, "id": id, "agency": self.agency, "purpose": PURPOSE, "issued": self.now}
        given |= {"expires": self.now + 60, "envelope": hashlib.sha256(envelope).hexdigest()}
        return signing.sign(
            Ticket(**{**given, **changes, "signature": signing.UNSIGNED}), context.TICKET, signing_key=key
        )

    def seals(self, atoms: Sequence[str | None], *, id: bytes, keys: Mapping[str, bytes]) -> bytes:
        """An envelope for a question, sealed with the evidence and desk keys at hand."""
        trust = self.world.parties.trust
        sealer = Sealer(
            agency=self.agency,
            place=trust.place,
            scheme=load_scheme(),
            evidence_keys={trust.evidence_epoch: keys["evidence"]},
            signing_key=Ed25519PrivateKey.from_private_bytes(keys["desk"]),
            seal_key=trust.linkage_unit.seal_key,
        )
        return sealer.seal(atoms, about_question(id))

    def compares(self, ticket: Ticket, sent: Sequence[bytes], *, nonce: str = "", **changes: Any) -> Reply:
        """One call of a ticket; the first envelope is the pivot and fills the class up."""
        given: dict[str, Any] = {"v": 1, "ticket": ticket, "call": 1, "pivots": (0,), **changes}
        given.setdefault("envelopes", filled(sent, given["call"]))
        return self.sends("/v1/compare", CompareRequest.model_construct(**given), nonce=nonce)


def filled(envelopes: Sequence[bytes], call: int) -> tuple[bytes, ...]:
    """The envelopes of a call, filled up with the first."""
    return (*envelopes, *[envelopes[0]] * (SIZES[call] - len(envelopes)))[: SIZES[call]]


@dataclass
class Run:
    """A grant over some records, and what a request under it needs."""

    grant: Grant
    pivots: list[bytes]
    nodes: tree.Nodes

    def proof(self, index: int) -> tuple[str, ...]:
        """That the pivot at `index` is in the granted list."""
        return tuple(node.hex() for node in tree.inclusion_proof(index, len(self.pivots), nodes=self.nodes))


def granted(world: town.World, pivots: Sequence[bytes], *, id: bytes, keys: Mapping[str, Any], **terms: Any) -> Run:
    """A grant over the envelopes `pivots`, signed by `keys` (granter id -> private key)."""
    ordered = sorted(pivots, key=lambda one: hashlib.sha256(one).digest())
    leaves = [tree.leaf_hash(hashlib.sha256(one).digest()) for one in ordered]
    nodes = tree.reader(tree.append(0, leaves, nodes=tree.reader({})))
    given: dict[str, Any] = {"v": 1, "id": id, "place": world.parties.trust.place, "purpose": "match_quality"}
    given |= {"expires": int(world.now.timestamp()) + 3600, "openings": 64 * len(ordered)}
    given |= {"pivots": tree.root(len(leaves), nodes).hex(), "count": len(leaves)}
    signed = GrantTerms(**(given | terms))
    message = context.GRANT + canonical(signed)
    signatures = tuple(GrantSignature(by=by, signature=key.sign(message)) for by, key in keys.items())
    return Run(Grant.model_construct(v=1, terms=signed, signatures=signatures), ordered, nodes)
