"""The other parties, as far as the agency's client meets them: real keys, real evaluation, real receipts and proofs.

`Parties` is a transport: requests go in as over the network, signed, and are checked as the parties check them. It
keeps what arrived, so that a test can open it with the other side's private keys. `cut` makes the power fail, at the
request of that number, or with `cut_counts` at the one of that number among those of a method.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import httpx2
from bearers import check_given, gives
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from trust_lists import write_trust_list

from broker import oprf
from broker.agency.edges import Edges
from broker.audit import checkpoint, tree
from broker.audit.act_events import Posted, Rows, ingest_event
from broker.audit.answer_events import Asked, Counts, Decisions, answer_event, disclose_event
from broker.audit.encoding import to_base64
from broker.audit.events import Event, Stamp, leaf
from broker.audit.proof import format_proof
from broker.errors import BrokerError, Conflict
from broker.keys import assertion, context, sealing, signing
from broker.keys.messages import Message, verify_request
from broker.keys.trust import Trust, parse_trust
from broker.linkunit.evaluate import EvaluationKeys, evaluate
from broker.tokens import load_scheme, oprf_input
from broker.vaults.secretfile import write_secrets
from broker.wire.answer import Answer, ReceiptLeaf, Story
from broker.wire.delivery import BatchStatus, ChunkHeader, ChunkReceipt, CloseBatch, Row, RowResult, Token
from broker.wire.evaluation import EvaluateRequest, Evaluation, mask_context
from broker.wire.fields import Wire, canonical, encode64, parse
from broker.wire.question import Question

NOW = dt.datetime(2026, 11, 22, 9, 30, tzinfo=dt.UTC)
ORIGIN = "broker.example/audit"
BROKER, UNIT = "https://broker.example", "https://linkage.example"
LINKAGE_KEY = oprf.scalar(hashlib.sha512(b"test/oprf").digest())


class PowerCut(BaseException):
    """Nothing catches it: the process is gone."""


def secret(name: str) -> bytes:
    """A key of the tests, made of a published string."""
    return hashlib.sha256(f"test/{name}".encode()).digest()


def counted(seed: str = "random") -> Callable[[int], bytes]:
    """Bytes that never repeat and are the same in every run."""
    counter = count()
    return lambda n: hashlib.shake_256(f"{seed}/{next(counter)}".encode()).digest(n)


def make_trust(agency: str = "council", sources: tuple[str, ...] = ("csc",)) -> Trust:
    """A trust list of one agency, the broker and the linkage unit."""
    return parse_trust(trust_json(agency, sources))


def trust_json(agency: str = "council", sources: tuple[str, ...] = ("csc",)) -> bytes:
    def public(name: str) -> str:
        return encode64(Ed25519PrivateKey.from_private_bytes(secret(name)).public_key().public_bytes_raw())

    audit_log = Ed25519PrivateKey.from_private_bytes(secret("audit_log"))
    unit_seal = X25519PrivateKey.from_private_bytes(secret("unit_seal"))
    keys = [("delivery-1", "post", "delivery"), ("desk-1", "ask", "desk")]
    content = {
        "v": 1,
        "place": "brackwater",
        "rehearsal": True,
        "linkage_keys": [{"epoch": 1, "public": encode64(oprf.public_point(LINKAGE_KEY))}],
        "evidence_epochs": [1],
        "scheme": "uk-person-1",
        "model": "5c" * 32,
        "broker": {
            "seals": [encode64(sealing.hybrid_public_bytes(secret("broker_seal")))],
            "receipts": [public("receipt")],
            "requests": [public("request")],
            "audit_log": checkpoint.vkey(ORIGIN, audit_log.public_key()),
        },
        "linkage_unit": {
            "seals": [{"number": 1, "public": encode64(unit_seal.public_key().public_bytes_raw())}],
            "signings": [public("unit_signing")],
        },
        "granters": [],
        "agencies": [
            {
                "agency": agency,
                "sources": list(sources),
                "status": "active",
                "seal": encode64(sealing.hybrid_public_bytes(secret(f"{agency}_seal"))),
                "keys": [
                    {"id": f"{agency}/{id_}", "use": use, "public": public(name), "status": "active"}
                    for id_, use, name in keys
                ],
            }
        ],
    }
    return json.dumps(content).encode()


def make_workspace(folder: Path, *, live: bool = True) -> Path:
    """A workspace as `init` and the operator leave it."""
    folder.mkdir(parents=True, exist_ok=True)
    write_trust_list(folder, json.loads(trust_json()))
    names = ("delivery", "desk", "reference", "evidence")
    values = {name: secret(name) for name in names}
    write_secrets(folder / "secrets.json", "agency:council", created="2026-11-22", values=values)
    (folder / "agency.toml").write_text(
        f"""agency = "council"
place = "brackwater"
broker_url = "{BROKER}"
linkage_unit_url = "{UNIT}"
trust = "keys"
root = "root.json"
secrets = "secrets.json"
state = "state"
live = {str(live).lower()}
synthetic_numbers = true

[[staff]]
id = "j.doe"
role = "council.social_worker"
training_on = 2026-01-15
"""
    )
    return folder


@dataclass
class AuditLog:
    """An audit log in memory."""

    leaves: list[bytes] = field(default_factory=list)
    disclosures: dict[str, Mapping[str, str]] = field(default_factory=dict)

    def add(self, event: Event) -> str:
        random_bytes = counted(event.id)
        sealed = leaf(event, lambda: random_bytes(16))
        self.leaves.append(sealed.leaf_bytes)
        self.disclosures[sealed.leaf_bytes.decode()] = sealed.disclosures
        return sealed.leaf_bytes.decode()

    @property
    def nodes(self) -> tree.Nodes:
        return tree.reader(tree.append(0, map(tree.leaf_hash, self.leaves), nodes=tree.reader({})))

    def grew(self, old: str, new: str) -> str:
        proof = tree.consistency_proof(int(old), int(new), nodes=self.nodes)
        return "".join(f"{to_base64(node)}\n" for node in proof)

    def prove(self, text: str) -> str:
        index, size = self.leaves.index(text.encode()), len(self.leaves)
        nodes = self.nodes
        signing_key = Ed25519PrivateKey.from_private_bytes(secret("audit_log"))
        point = checkpoint.Checkpoint(ORIGIN, size, tree.root(size, nodes))
        note = checkpoint.sign(point, ORIGIN, private_key=signing_key)
        return format_proof(index, tree.inclusion_proof(index, size, nodes=nodes), note=note)


@dataclass
class Parties(httpx2.BaseTransport):
    """Broker and linkage unit. `reject` are rows to refuse; `answers` overrides the answer to a path's last part."""

    now: dt.datetime = NOW
    trust: Trust = field(default_factory=make_trust)
    log: AuditLog = field(default_factory=AuditLog)
    chunks: dict[str, bytes] = field(default_factory=dict)
    receipts: dict[str, ChunkReceipt] = field(default_factory=dict)
    closes: list[CloseBatch] = field(default_factory=list)
    requests: list[tuple[str, str]] = field(default_factory=list)
    nonces: set[str] = field(default_factory=set)
    reject: frozenset[int] = frozenset()
    held: set[bytes] | None = None
    answers: dict[str, Callable[[httpx2.Request], httpx2.Response]] = field(default_factory=dict)
    evaluation_seconds: int = 3600
    cut: tuple[int, str] = (0, "")
    cut_counts: str = ""
    story: Callable[[Question], Story] | None = None
    questions: list[Question] = field(default_factory=list)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        if request.url.path == assertion.PATH and assertion.PATH not in self.answers:
            return gives(request, self.trust, self.now)
        self.requests.append((request.method, request.url.path))
        number, moment = self.cut
        counted = sum(self.cut_counts in ("", made) for made, _ in self.requests)
        now = self.cut_counts in ("", request.method) and counted == number
        if now and moment == "before":
            raise PowerCut
        response = self._answer(request)
        if now and moment == "after":
            raise PowerCut
        return response

    def _answer(self, request: httpx2.Request) -> httpx2.Response:
        last = request.url.path.rpartition("/")[2]
        override = self.answers.get(last) or self.answers.get(request.method)
        if override is not None:
            return override(request)
        if request.url.path.startswith("/audit/consistency/"):
            return httpx2.Response(200, text=self.log.grew(*request.url.path.split("/")[3:]))
        if last == "healthz":
            said = {"date": f"{self.now:%a, %d %b %Y %H:%M:%S GMT}"}
            return httpx2.Response(200, json={"status": "up"}, headers=said)
        try:
            return self._signed(request, last)
        except BrokerError as error:
            return problem(error.status, error.code, error.message, hint=error.hint)

    def _signed(self, request: httpx2.Request, last: str) -> httpx2.Response:
        body = request.read()
        message = Message(request.method, str(request.url))
        message.headers.update(dict(request.headers))
        use = "ask" if last == "questions" or (last == "evaluate" and b'"use":"ask"' in body) else "post"
        signed = verify_request(message, body, find=lambda key_id: self.trust.signing_key(key_id, use), now=self.now)
        check_given(request, signed, self.now)
        if signed.nonce in self.nonces:
            raise Conflict("request-replayed", "this nonce was used before")
        self.nonces.add(signed.nonce)
        if last == "evaluate":
            return self._evaluate(parse(EvaluateRequest, body))
        if last == "questions":
            return self._tell(parse(Question, body))
        if request.method == "PUT":
            return self._take_chunk(body, last)
        if last == "close":
            return self._close(request.url.path.split("/")[3], parse(CloseBatch, body))
        return self._status(bytes.fromhex(last))

    def _evaluate(self, asked: EvaluateRequest) -> httpx2.Response:
        expires = int(self.now.timestamp()) + self.evaluation_seconds
        number = str(len(self.requests))
        keys = unit_keys(self.trust)
        seed, nonce = counted(f"mask{number}")(64), counted(f"nonce{number}")(16)
        return _json(evaluate(asked, keys, seed=seed, nonce=nonce, expires=expires))

    def _take_chunk(self, body: bytes, name: str) -> httpx2.Response:
        assert hashlib.sha256(body).hexdigest() == name
        if name not in self.receipts:
            header, rows = read_chunk(body)
            if header.evaluation is not None and header.evaluation.expires < int(self.now.timestamp()):
                return problem(422, "evaluation-expired", "the evaluation has expired", hint="begin again")
            self.receipts[name] = self._receipt(header, rows, name)
            self.chunks[name] = body
        receipt = self.receipts[name]
        return _json(receipt.model_copy(update={"proof": self.log.prove(receipt.leaf)}))

    def _receipt(self, header: ChunkHeader, rows: list[Row], name: str) -> ChunkReceipt:
        unheld = {row.row for row in rows if row.retract and self.held is not None and row.ref not in self.held}
        refused_rows = self.reject | unheld
        outcomes = {
            row.row: "rejected" if row.row in refused_rows else "retracted" if row.retract else "kept" for row in rows
        }
        said = list(outcomes.values())
        counts = Rows(said.count("kept"), 0, said.count("retracted"), said.count("rejected"))
        stamp = Stamp(secret(name)[:16].hex(), self.now, header.agency)
        batch = header.batch.hex()
        posted = Posted(batch, header.number, name, "council/delivery-1")
        event = ingest_event(stamp, header.source, posted=posted, rows=counts)
        refused = {"code": "item-unknown", "message": "no such item", "field": "items.0"}
        if unheld:
            refused = {"code": "not-held", "message": "no record is held under this reference"}
        receipt = ChunkReceipt(
            v=1,
            agency=header.agency,
            source=header.source,
            batch=header.batch,
            number=header.number,
            digest=name,
            accepted_at=int(self.now.timestamp()),
            kept=counts.kept,
            retracted=counts.retracted,
            rejected=counts.rejected,
            results=tuple(
                RowResult(row=row, outcome=outcome, **(refused if outcome == "rejected" else {}))
                for row, outcome in outcomes.items()
            ),
            leaf=self.log.add(event),
            signature=signing.UNSIGNED,
        )
        receipt_key = Ed25519PrivateKey.from_private_bytes(secret("receipt"))
        return signing.sign(receipt, context.RECEIPT, signing_key=receipt_key)

    def _tell(self, question: Question) -> httpx2.Response:
        desk = self.trust.signing_key("council/desk-1", "ask")
        signing.verify(question.ticket, context.TICKET, public_key=desk)
        signing.verify(question.assertion, context.ASSERTION, public_key=desk)
        assert question.ticket.envelope == hashlib.sha256(question.evidence).hexdigest()
        self.questions.append(question)
        assert self.story is not None
        return _json(self.answer(question, self.story(question)))

    def answer(self, question: Question, story: Story) -> Answer:
        """The story with its receipt: a cover leaf and one for an agency."""
        cover = secret(f"cover{len(self.questions)}")[:16].hex()
        purpose, policy = question.ticket.purpose, story.policy_digest
        told = hashlib.sha256(canonical(story)).hexdigest()
        details = {"ticket": question.ticket.id.hex()}
        who = question.assertion
        asked = Asked(purpose=purpose, role=who.role, staff=who.staff, story=told, question=details)
        stamp = Stamp(cover, self.now, "council")
        first = self.log.add(answer_event(stamp, asked, agreements=story.agreements, policy=policy, counts=Counts()))
        leaves = [(first, ("story", "question"))]
        for agency in sorted({block.agency for person in story.people for block in person.involvements} | {"homes"}):
            decisions = Decisions(
                agency, [("hs.involvement", "share", "early-help#1")], ["9f86d081884c7d65"], ["facts"]
            )
            other = Stamp(secret(f"{agency}{len(self.questions)}")[:16].hex(), self.now, "council")
            told_of = self.log.add(disclose_event(other, decisions, answer=cover, purpose=purpose, policy=policy))
            leaves.append((told_of, ("answer",)))
        receipt = tuple(
            ReceiptLeaf(
                v=1,
                leaf=text,
                proof=self.log.prove(text),
                disclosures=tuple(self.log.disclosures[text][name] for name in names),
            )
            for text, names in leaves
        )
        return Answer(v=1, story=story, receipt=receipt, padding="...")

    def _close(self, batch: str, close: CloseBatch) -> httpx2.Response:
        self.closes.append(close)
        return self._status(bytes.fromhex(batch))

    def _status(self, batch: bytes) -> httpx2.Response:
        mine = [receipt for receipt in self.receipts.values() if receipt.batch == batch]
        if not mine:
            return problem(404, "batch-unknown", "no chunk of this batch was accepted")
        return _json(
            BatchStatus(
                v=1,
                batch=batch,
                source=mine[0].source,
                chunks=tuple(receipt.digest for receipt in mine),
                kept=sum(receipt.kept for receipt in mine),
                rejected=sum(receipt.rejected for receipt in mine),
                retracted=sum(receipt.retracted for receipt in mine),
                closed=bool(self.closes),
                closed_records=0,
            )
        )

    def edges(self, seed: str = "random") -> Edges:
        """The agency's edges, with these parties at the other end."""
        return Edges(now=lambda: self.now, random_bytes=counted(seed), pause=lambda seconds: None, transport=self)

    def points(self, body: bytes) -> dict[int, dict[int, bytes]]:
        """What the broker learns of a chunk: row -> match-key number -> P."""
        header, rows = read_chunk(body)
        assert header.evaluation is not None
        return {row.row: unmask(header.evaluation, row.tokens) for row in rows}


def unit_keys(trust: Trust) -> EvaluationKeys:
    """The linkage unit's keys."""
    signing_key = Ed25519PrivateKey.from_private_bytes(secret("unit_signing"))
    return EvaluationKeys({trust.epoch: LINKAGE_KEY}, signing_key, broker_seal=trust.broker.seal_key)


def unmask(evaluation: Evaluation, tokens: tuple[Token, ...]) -> dict[int, bytes]:
    """Match-key number -> P, as the broker makes it."""
    info = context.bind(context.MASK, mask_context(evaluation, evaluation.nonce))
    mask = sealing.open_hybrid(evaluation.mask, sealing.hybrid_private(secret("broker_seal")), info=info)
    return dict(zip((t.number for t in tokens), oprf.unmask(mask, [t.point for t in tokens]), strict=True))


def read_chunk(body: bytes) -> tuple[ChunkHeader, list[Row]]:
    """Header and rows of a chunk."""
    lines = body.splitlines()
    return parse(ChunkHeader, lines[0]), [parse(Row, line) for line in lines[1:]]


def problem(status: int, code: str, detail: str, **more: object) -> httpx2.Response:
    """A problem as both parties send it."""
    content = {"type": f"/problems/{code}", "title": "x", "status": status, "code": code, "detail": detail, **more}
    return httpx2.Response(status, json=content, headers={"content-type": "application/problem+json"})


def point_of(trust: Trust, number: int, values: tuple[str, ...]) -> bytes:
    """P of a match key, made directly: k * H1(x)."""
    scheme = load_scheme(trust.scheme)
    x = oprf_input(scheme, scheme.match_key(number), values, trust.place)
    return oprf.multiply(unit_keys(trust).linkage_keys[trust.epoch], oprf.hash_to_group(x))


def _json(model: Wire) -> httpx2.Response:
    return httpx2.Response(200, content=model.model_dump_json(), headers={"content-type": "application/json"})
