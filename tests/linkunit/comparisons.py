"""A broker that asks a linkage unit to compare, and agencies that seal: the parties of `tests/vectors/trust.json`."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
from bearers import bear
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from fastapi.testclient import TestClient
from unit_and_askers import URL, asked, blinded, secret

from broker.agency.evidence import Sealer, about_question, about_record
from broker.audit import tree
from broker.keys import context, signing
from broker.keys.messages import RequestSigner
from broker.keys.wallet import InMemory
from broker.linkunit.app import create_app
from broker.linkunit.settings import Settings
from broker.tokens import load_scheme
from broker.wire.comparison import (
    SIZES,
    BlockAnswer,
    BlockRequest,
    CompareAnswer,
    CompareRequest,
    ExplainRequest,
    ReviewTicket,
)
from broker.wire.fields import Wire, canonical, parse
from broker.wire.grant import Grant, GrantSignature, GrantTerms
from broker.wire.question import Ticket

NOW = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)
AT = int(NOW.timestamp())
SCHEME = load_scheme()
KEYS = {"post": "delivery-1", "ask": "desk-1"}
UNIT_KEY = X25519PrivateKey.from_private_bytes(secret("linkage_unit.seal")).public_key()
GRANTERS = ("carers_council/a.adeyemi", "records_authority/j.whitlock")
ANNA = {"fn": "anna", "fnc": "anna", "sn": "kowalska", "dob": "1984-03-09", "ym": "1984-03", "yy": "1984"}
ANNA |= {"pc": "zz11aa", "pcs": "zz11", "pco": "zz1", "nhs": "9990000018", "sex": "f", "md": "03-09", "yd": "1984-09"}
BEN = {"fn": "ben", "fnc": "ben", "sn": "okafor", "dob": "1971-11-30", "ym": "1971-11", "yy": "1971", "pc": "zz99zz"}
BEN |= {"pcs": "zz99", "pco": "zz9", "nhs": "9990000026", "sex": "m", "md": "11-30", "yd": "1971-30"}


def key(name: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(secret(name))


def digest(envelope: bytes) -> str:
    return hashlib.sha256(envelope).hexdigest()


def sealer(agency: str, use: str, **changes: Any) -> Sealer:
    given: dict[str, Any] = {
        "agency": agency, "place": "brackwater", "scheme": SCHEME, "evidence_keys": {1: b"e" * 32},
        "seal_key": UNIT_KEY,
    }  # fmt: skip
    given |= changes
    given.setdefault("signing_key", None)
    return Sealer(**(given | {"signing_key": given["signing_key"] or key(f"{agency}/{KEYS[use]}")}))


def record(person: dict[str, str], *, agency: str = "homes", ref: bytes = b"r" * 16, **changes: Any) -> bytes:
    """A posted record's envelope."""
    return sealer(agency, "post", **changes).seal(atoms(person), about_record(ref, 1))


def question(person: dict[str, str], *, ticket: bytes = b"t" * 16, agency: str = "council", **changes: Any) -> bytes:
    """A question's envelope."""
    return sealer(agency, "ask", **changes).seal(atoms(person), about_question(ticket))


def atoms(person: dict[str, str]) -> list[str | None]:
    return [person.get(atom) for atom in SCHEME.atoms]


def ticket(envelope: bytes, *, by: str = "council/desk-1", **changes: Any) -> Ticket:
    given: dict[str, Any] = {
        "v": 1, "id": b"t" * 16, "agency": "council", "purpose": "early_help", "issued": AT, "expires": AT + 60,
        "envelope": digest(envelope), "signature": signing.UNSIGNED,
    }  # fmt: skip
    return signing.sign(Ticket(**(given | changes)), context.TICKET, signing_key=key(by))


def filled(envelopes: Sequence[bytes], call: int) -> tuple[bytes, ...]:
    """Padded to the class with the first."""
    return (*envelopes, *[envelopes[0]] * (SIZES[call] - len(envelopes)))


def first_call(own: bytes, *records: bytes, **changes: Any) -> CompareRequest:
    given: dict[str, Any] = {
        "v": 1, "ticket": ticket(own), "call": 1, "envelopes": filled([own, *records], 1), "pivots": (0,)
    }  # fmt: skip
    return CompareRequest(**(given | changes))


def second_call(own: bytes, *records: bytes, earlier: CompareAnswer, **changes: Any) -> CompareRequest:
    given = {"call": 2, "envelopes": filled([own, *records], 2), "earlier": earlier}
    return first_call(own, **(given | changes))


def review(*envelopes: bytes, by: str = "council/review-1", **changes: Any) -> ExplainRequest:
    given: dict[str, Any] = {
        "v": 1, "id": b"v" * 16, "agency": "council", "purpose": "match_review", "issued": AT, "expires": AT + 60,
        "envelopes": tuple(map(digest, envelopes)), "signature": signing.UNSIGNED,
    }  # fmt: skip
    signed = signing.sign(ReviewTicket(**(given | changes)), context.REVIEW_TICKET, signing_key=key(by))
    return ExplainRequest(v=1, ticket=signed, envelopes=envelopes[:2])


@dataclass
class Run:
    """A population run over the records given, under a grant."""

    pivots: list[bytes]
    changes: dict[str, Any] = field(default_factory=dict)
    granters: Sequence[str] = GRANTERS

    def __post_init__(self) -> None:
        self.pivots.sort(key=digest)
        leaves = [tree.leaf_hash(bytes.fromhex(digest(pivot))) for pivot in self.pivots]
        self._nodes = tree.reader(tree.append(0, leaves, nodes=tree.reader({})))
        root = tree.root(len(leaves), self._nodes)
        given: dict[str, Any] = {
            "v": 1, "id": b"g" * 16, "place": "brackwater", "purpose": "match_quality", "expires": AT + 3600,
            "openings": 1000, "pivots": root.hex(), "count": len(leaves),
        }  # fmt: skip
        terms = GrantTerms(**(given | self.changes))
        message = context.GRANT + canonical(terms)
        signatures = tuple(GrantSignature(by=by, signature=key(by).sign(message)) for by in self.granters)
        self.grant = Grant(v=1, terms=terms, signatures=signatures)

    def block(self, index: int, *others: bytes, call: int = 1, **changes: Any) -> BlockRequest:
        pivot = self.pivots[index]
        proof = tuple(node.hex() for node in tree.inclusion_proof(index, len(self.pivots), nodes=self._nodes))
        given: dict[str, Any] = {
            "v": 1, "grant": self.grant, "index": index, "proof": proof, "call": call,
            "envelopes": filled([pivot, *others], call), "pivots": (0,),
        }  # fmt: skip
        return BlockRequest(**(given | changes))


@dataclass
class Broker:
    """Signs and sends to one linkage unit, at a time that a test may move."""

    place: Settings
    now: dt.datetime = NOW
    count: int = 0
    wallets: dict[tuple[str, str], InMemory] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        self.client = TestClient(create_app(self.place, clock=lambda: self.now)).__enter__()
        # A process knows no credential of the one before it.
        self.wallets.clear()

    def send(
        self, path: str, body: Wire | bytes, *, by: str = "broker/request-1", with_key: str = "broker.request",
        method: str = "POST",
    ) -> httpx2.Response:  # fmt: skip
        self.count += 1
        content = body if isinstance(body, bytes) else body.model_dump_json(exclude_none=True).encode()
        signer = RequestSigner(by, key(with_key), self.wallets.setdefault((by, with_key), InMemory()))
        bear(signer, URL, self.client, now=self.now)
        nonce = f"broker-nonce-{self.count:016}"
        headers = signer.headers(method, URL + path, body=content, nonce=nonce, created=self.now)
        return self.client.request(method, path, content=content, headers=headers)

    def evaluate(self, id: bytes = b"t" * 16, agency: str = "council") -> None:
        body = asked(blinded(b"x"), agency=agency, use="ask", id=id)
        found = self.send("/v1/evaluate", body, by=f"{agency}/desk-1", with_key=f"{agency}/desk-1")
        assert found.status_code == 200

    def compare(self, body: CompareRequest) -> CompareAnswer:
        found = self.send("/v1/compare", body)
        assert found.status_code == 200, found.text
        return parse(CompareAnswer, found.content)

    def block(self, body: BlockRequest) -> BlockAnswer:
        found = self.send("/v1/blocks", body)
        assert found.status_code == 200, found.text
        return parse(BlockAnswer, found.content)

    def refused(self, path: str, body: Wire, **how: str) -> str:
        """The code with which a request is refused."""
        found = self.send(path, body, **how)
        assert found.status_code >= 400, "this was answered"
        assert not {"bits", "bands", "fields"} & found.json().keys()
        return str(found.json()["code"])

    def ledger(self) -> bytes:
        """Every byte of the ledger's files."""
        return b"".join(path.read_bytes() for path in sorted(Path(self.place.ledger).parent.glob("ledger.db*")))
