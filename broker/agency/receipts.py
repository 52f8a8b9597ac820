"""Receipts: the broker's word on what it did, checked offline with nothing but the trust list.

A delivery's receipt says what became of every row and names its event in the audit log. An answer's receipt has a leaf
for the answer and one for every agency whose records were decided on. Both are checked before anything is believed or
shown, and kept, so that they can be checked again in ten years, without the broker.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from broker.audit.receipt import Verified, verify_receipt
from broker.errors import BadInput, Untrusted
from broker.keys import context, signing
from broker.keys.trust import Trust
from broker.wire.answer import Answer, ReceiptLeaf
from broker.wire.comparison import ExplainAnswer, ReviewTicket
from broker.wire.delivery import ChunkReceipt
from broker.wire.fields import Bytes16, Slug, Wire, canonical, parse
from broker.wire.quality import MatchPage, digest_of
from broker.wire.reference import spoken_reference
from broker.wire.verdict import Handle

_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)
MAX_AGE_SECONDS = 300
"""An answer whose event is older was given to an earlier question."""


@dataclass(frozen=True)
class Expected:
    """The chunk that a receipt must be about."""

    agency: str
    source: str
    batch: bytes
    number: int
    digest: str
    rows: int


class KeptBlock(Wire):
    """Which service was told of for which person of an answer, and its handle, to say within the hour that it is not.

    `person` numbers the people of the answer from 1; the person asked about has the relationship `subject`.
    """

    person: int
    relationship: Slug
    source: Slug
    handle: Handle


class KeptRefusal(Wire):
    """A refusal of an answer by its number, the agency that decides a challenge, and its record's handle if any."""

    number: int
    decides: Slug
    handle: Handle | None = None


class KeptAnswer(Wire):
    """An answer's receipt as it is kept: what it is called on the telephone, the leaves, and handles for a verdict.

    Nothing that a service told is kept.
    """

    v: Literal[1] = 1
    ticket: Bytes16
    reference: str = ""
    receipt: tuple[ReceiptLeaf, ...]
    blocks: tuple[KeptBlock, ...] = ()
    refusals: tuple[KeptRefusal, ...] = ()


def check_chunk_receipt(receipt: ChunkReceipt, expected: Expected, *, trust: Trust) -> Verified:
    """What the audit log holds of a chunk. Raises `Untrusted` unless everything fits."""
    # 1. It is about this chunk, or the broker answers with the receipt of something else.
    about = Expected(
        receipt.agency, receipt.source, receipt.batch, receipt.number, receipt.digest, len(receipt.results)
    )
    if about != expected:
        raise Untrusted("receipt-other", "the broker's receipt is about another chunk than the one sent")
    # 2. The broker signed it. The signature leaves out the proof, which is made anew each time the receipt is given.
    statement = receipt.model_copy(update={"proof": None})
    signing.verify_any(statement, context.RECEIPT, public_keys=trust.broker.receipt_keys)
    # 3. Its event is in the audit log.
    if receipt.proof is None:
        raise Untrusted("receipt-unproven", "the broker's receipt does not prove that its event is in the audit log")
    verified = _verify(receipt.leaf, receipt.proof, trust=trust, kind="ingest")
    # 4. That event is this chunk's, and counts what the receipt counts.
    counted = {"kept": receipt.kept, "retracted": receipt.retracted, "rejected": receipt.rejected}
    named = {"org": receipt.agency, "source": receipt.source, "batch": receipt.batch.hex(), "number": receipt.number}
    _compare(verified.event, named | {"chunk": receipt.digest} | counted)
    outcomes = Counter(result.outcome for result in receipt.results)
    if outcomes != Counter(counted):
        raise Untrusted("receipt-counts", "the results in the broker's receipt do not add up to its counts")
    return verified


@dataclass(frozen=True)
class Asked:
    """What was asked: the answer and its receipt must be about exactly this."""

    agency: str
    role: str
    ticket: bytes
    at: int


def check_answer_receipt(answer: Answer, asked: Asked, *, trust: Trust) -> list[Verified]:
    """What the audit log holds of an answer. Raises `Untrusted` unless it is of this question and whole."""
    leaves = [_verify_leaf(leaf.model_dump(), trust) for leaf in answer.receipt]
    covers = [leaf for leaf in leaves if leaf.event["typ"] == "answer"]
    if len(covers) != 1:
        raise Untrusted("receipt-no-cover", "the answer does not prove that it is in the audit log")
    story = answer.story
    answered = dt.datetime.fromisoformat(covers[0].event["t"]).timestamp()
    if abs(answered - asked.at) > MAX_AGE_SECONDS:
        hint = "check this machine's clock"
        raise Untrusted("receipt-old", "the answer's receipt is not of this moment", hint=hint)
    _compare(covers[0].event, {"role": asked.role, "policy": story.policy_digest})
    # The page about to be shown is, word by word, the one that was logged.
    if covers[0].disclosed.get("story") != hashlib.sha256(canonical(story)).hexdigest():
        raise Untrusted("receipt-story", "the answer is not the one that the audit log holds")
    if covers[0].disclosed.get("question", {}).get("ticket") != asked.ticket.hex():
        raise Untrusted("receipt-other", "the answer is to another question")
    logged = {leaf.event["source"] for leaf in leaves if leaf is not covers[0]}
    if not {block.agency for person in story.people for block in person.involvements} <= logged:
        raise Untrusted("receipt-incomplete", "the answer tells of an agency that the audit log does not show")
    for leaf in leaves:
        _compare(leaf.event, {"org": asked.agency, "purpose": story.purpose})
        if leaf.disclosed.get("answer", covers[0].event["id"]) != covers[0].event["id"]:
            raise Untrusted("receipt-other", "a leaf in the receipt belongs to another answer")
    return leaves


def check_matches(page: MatchPage, trust: Trust, *, agency: str) -> Verified:
    """What the audit log holds of a page of matches. Raises `Untrusted` unless it says that exactly this was told."""
    leaf = _verify_leaf(page.receipt.model_dump(), trust)
    _compare(leaf.event, {"typ": "quality", "org": agency, "run": page.run, "rows": len(page.rows)})
    if leaf.disclosed.get("told") != digest_of(page.rows):
        raise Untrusted("receipt-other", "the event in the audit log is about other rows than the ones told")
    return leaf


def check_disposal(receipt: ReceiptLeaf, trust: Trust, *, sources: Sequence[str]) -> dict[str, Any]:
    """The event of a certificate with what it shows. Raises `Untrusted` unless values of these sources were destroyed,
    and it adds up where its details are still there."""
    leaf = _verify_leaf(receipt.model_dump(), trust)
    event = {**leaf.event, **leaf.disclosed}
    items, refs = event.get("items", {}), event.get("refs", [])
    fits = event["typ"] == "dispose" and event.get("source") in sources
    if not fits or (items and (sum(items.values()), len(refs)) != (event["values"], event["records"])):
        raise Untrusted("receipt-other", "the certificate is of something else than values of ours that were destroyed")
    return event


@dataclass(frozen=True)
class Reviewed:
    """What a review's events must be about: who reviews for which agency, the answer's reference, the review's id."""

    agency: str
    staff: str
    reference: str
    id: bytes
    at: int


def check_review(receipt: ReceiptLeaf, expected: Reviewed, *, act: str, trust: Trust) -> Verified:
    """The event that a review left. Raises `Untrusted` unless it is of this review, `act` and moment."""
    leaf = _verify_leaf(receipt.model_dump(), trust)
    _compare(leaf.event, {"typ": "review", "act": act, "org": expected.agency})
    _compare(leaf.disclosed, {"staff": expected.staff, "ticket": expected.id.hex()})
    answer = str(leaf.disclosed.get("answer"))
    if not _ID.fullmatch(answer) or spoken_reference(bytes.fromhex(answer)) != expected.reference:
        raise Untrusted("receipt-other", "the event in the audit log is about another answer", field="answer")
    if abs(dt.datetime.fromisoformat(leaf.event["t"]).timestamp() - expected.at) > MAX_AGE_SECONDS:
        raise Untrusted("receipt-old", "the event is not of this moment", hint="check this machine's clock")
    return leaf


def check_alarm(receipt: ReceiptLeaf, trust: Trust, *, agency: str, day: dt.date) -> Verified:
    """An alarm about this agency's staff. Raises `Untrusted` unless it is one of this day, with what it says shown."""
    leaf = _verify_leaf(receipt.model_dump(), trust)
    _compare(leaf.event, {"typ": "alarm", "org": agency})
    shown = {"rule", "count", "staff"} <= leaf.disclosed.keys()
    if not (shown and leaf.event["t"].startswith(day.isoformat()) and _ID.fullmatch(str(leaf.event.get("answer")))):
        raise Untrusted("receipt-other", "an alarm in the broker's answer is not of this day, or does not say of whom")
    return leaf


def check_explained(answer: ExplainAnswer, ticket: ReviewTicket, *, trust: Trust) -> None:
    """Raises `Untrusted` unless the linkage unit signed this explanation, of exactly what the ticket names."""
    signing.verify_any(answer, context.EXPLANATION, public_keys=trust.linkage_unit.signing_keys)
    said = (answer.ticket, answer.agency, answer.envelopes, answer.model)
    if said != (ticket.id, ticket.agency, ticket.envelopes, trust.model):
        raise Untrusted("answer-other", "the linkage unit explained another pair, or with another match model")


def check_event(leaf: str, proof: str, *, trust: Trust, expected: Mapping[str, object]) -> Verified:
    """The event in the audit log that an answer rests on. Raises `Untrusted` unless it says what is `expected`."""
    verified = _verify(leaf, proof, trust=trust, kind=str(expected["typ"]))
    _compare(verified.event, expected)
    return verified


def check_kept(data: bytes, trust: Trust) -> list[Verified]:
    """What a receipt kept in a file proves. Raises `BadInput` when it is none, `Untrusted` when it proves nothing."""
    try:
        content = json.loads(data)
    except (ValueError, RecursionError):
        raise BadInput("receipt-malformed", "the file is not a receipt", hint="receipts are JSON files") from None
    if isinstance(content, dict) and "signature" in content:
        receipt = parse(ChunkReceipt, data)
        about = Expected(
            receipt.agency, receipt.source, receipt.batch, receipt.number, receipt.digest, len(receipt.results)
        )
        return [check_chunk_receipt(receipt, about, trust=trust)]
    if isinstance(content, dict) and isinstance(content.get("receipt"), list):
        return [_verify_leaf(leaf, trust) for leaf in content["receipt"]]
    return [_verify_leaf(content, trust)]


def answer_reference(leaves: Sequence[Verified]) -> str | None:
    """What the answer among `leaves` is called on the telephone, from its event's own id; None when there is none."""
    ids = (leaf.event["id"] for leaf in leaves if leaf.event["typ"] == "answer")
    return next((spoken_reference(bytes.fromhex(entry_id)) for entry_id in ids), None)


def answer_purpose(kept: KeptAnswer) -> str:
    """Why the answer was asked for, by its cover leaf. Raises `Untrusted` when it has none."""
    events = (json.loads(shown.leaf) for shown in kept.receipt)
    purpose = next((event.get("purpose") for event in events if event.get("typ") == "answer"), None)
    if not isinstance(purpose, str):
        raise Untrusted("receipt-no-cover", "the answer does not prove that it is in the audit log")
    return purpose


def _verify(leaf: str, proof: str, *, trust: Trust, kind: str) -> Verified:
    return _verify_leaf({"v": 1, "kind": kind, "leaf": leaf, "proof": proof, "disclosures": []}, trust)


def _verify_leaf(receipt: object, trust: Trust) -> Verified:
    return verify_receipt(receipt, [trust.broker.audit_log])


def _compare(event: Mapping[str, Any], expected: Mapping[str, object]) -> None:
    for name, value in expected.items():
        if event.get(name) != value:
            raise Untrusted("receipt-other", "the event in the audit log is not the one the broker reports", field=name)
