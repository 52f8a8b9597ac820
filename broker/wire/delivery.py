"""Agency -> broker: records in chunks of JSON Lines, and the signed receipt that comes back.

A chunk is one header line and at most 2,000 row lines:

    {"v":1,"agency":"council","source":"csc","batch":"...","number":1,"delivery":"snapshot","rows":2,...}
    {"row":2,"ref":"...","version":1795334400,"tokens":[{"number":4,"point":"..."}],"evidence":"...","payload":"..."}
    {"row":3,"ref":"...","version":1795334400,"retract":true}

`ref` is the agency's keyed pseudonym of its own reference; `payload` is AES-256-GCM under the chunk's content key,
which the header carries sealed to the broker. A payload holds no free text and no direct identifier of the person it
is about: `looks_like_identifier` is the broker's own check of that, on top of the agency's stronger one.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from broker.wire.evaluation import Epoch, Evaluation
from broker.wire.fields import (
    Bytes,
    Bytes16,
    Bytes32,
    Bytes64,
    Date,
    Dotted,
    Hex32,
    Number,
    Pseudonym,
    Seconds,
    Slug,
    Wire,
)

MAX_ROWS = 2_000
MAX_TOKENS = 30
EVIDENCE_BYTES = 1536
"""Length of an evidence envelope: fixed, so that it does not tell what is held."""
TWO_EPOCHS_BYTES = 2560
"""Its length while the evidence key changes, when it holds the vector under both epochs."""
ENVELOPE_BYTES = {1: EVIDENCE_BYTES, 2: TWO_EPOCHS_BYTES}
"""By the number of epochs."""


def _of_a_known_length(envelope: bytes) -> bytes:
    if len(envelope) not in ENVELOPE_BYTES.values():
        raise ValueError("an envelope has another length")
    return envelope


Envelope = Annotated[
    Bytes, Field(min_length=EVIDENCE_BYTES, max_length=TWO_EPOCHS_BYTES), AfterValidator(_of_a_known_length)
]
"""Sealed evidence. Whether both lengths are taken at the moment, the trust list says."""
EvidenceEpochs = Annotated[tuple[Epoch, ...], Field(min_length=1, max_length=2)]
"""Under which epochs of the evidence key an envelope holds its vector, the newest last."""

Version = Annotated[int, Field(ge=1, le=253402300799)]
StaffText = Annotated[str, StringConstraints(pattern=r"^[^\W_][\w .,'()&/+-]{0,79}$")]
Phone = Annotated[str, StringConstraints(pattern=r"^\+?[0-9][0-9 ]{6,18}( ext [0-9]{1,6})?$")]
Email = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9.-]{1,120}$")]
AgeBand = Literal["unborn", "0_4", "5_12", "13_15", "16_17", "18_64", "65_plus", "unknown"]
RelationshipEvidence = Literal[
    "birth_record",
    "court_order",
    "school_record",
    "professional_observed",
    "self_reported",
    "shared_address",
    "unknown",
]
"""How a source knows of a relationship. That two people share an address is never by itself a family."""
BLOOD = frozenset({"parent", "child", "sibling", "half_sibling", "grandparent", "grandchild"})
"""Relationships that begin with a birth: the day they began is somebody's birthday, so it is never posted."""
Protection = Literal["safe_address", "witness", "adopted", "objection_pending", "objection_upheld", "restriction"]


class Token(Wire):
    """A masked point of one match key, under its number in the scheme. Aliases make several of one number."""

    number: Annotated[int, Field(ge=1, le=255)]
    point: Bytes32

    def __repr__(self) -> str:
        return f"<Token {self.number}>"


class Lead(Wire):
    """The practitioner to ring: staff, never the person a record is about."""

    name: StaffText
    role: StaffText
    team: StaffText | None = None
    phone: Phone | None = None
    email: Email | None = None


class ItemValue(Wire):
    """One typed fact of the vocabulary; which of the fields are used depends on the item's kind."""

    item: Dotted
    on: Date | None = None
    until: Date | None = None
    code: Slug | None = None
    count: Annotated[int, Field(ge=0, le=100_000)] | None = None
    yes: bool | None = None
    role: Slug | None = None


class RelatedRecord(Wire):
    """Another record of the same source whose person is, say, the `parent` of this one's person.

    `evidence` is how the source knows. The relationship held from `since`, and no longer from `until` on.
    """

    ref: Bytes16
    kind: Slug
    evidence: RelationshipEvidence = "unknown"
    since: Date | None = None
    until: Date | None = None

    @model_validator(mode="after")
    def _dates(self) -> RelatedRecord:
        if self.since is not None and self.kind in BLOOD:
            raise ValueError("the beginning of this relationship is a birthday")
        if self.since is not None and self.until is not None and self.since > self.until:
            raise ValueError("since is after until")
        return self


class ProtectionNotice(Wire):
    """An entry for the register of protections, made by two people, with the day it must be looked at again."""

    kind: Protection
    review_by: Date
    made_by: Annotated[tuple[Pseudonym, ...], Field(min_length=2, max_length=2)]

    @model_validator(mode="after")
    def _two_people(self) -> ProtectionNotice:
        if len(set(self.made_by)) != 2:
            raise ValueError("a protection is made by two different people")
        return self


class Payload(Wire):
    """The involvement of one source with one person: what it shares under the agreements, reduced or in full.

    `wishes_on` and `risk_on` are the days on which the person was asked and the risk was judged, where they are known.
    """

    v: Literal[1] = 1
    status: Literal["current", "historic", "none_found", "not_covered"]
    provider: StaffText
    lead: Lead | None = None
    started: Date | None = None
    ended: Date | None = None
    last_contact: Date | None = None
    as_of: Date
    coverage_from: Date
    coverage_to: Date
    coverage_area: StaffText
    age_band: AgeBand = "unknown"
    wishes: Literal["agrees", "not_asked", "objects_competent", "objects_not_competent", "unknown"] = "unknown"
    wishes_on: Date | None = None
    risk: Literal["none", "concern", "significant_harm", "unknown"] = "unknown"
    risk_on: Date | None = None
    deceased: Literal["yes", "no", "unknown"] = "unknown"
    third_party: Literal["yes", "no", "unknown"] = "unknown"
    items: Annotated[tuple[ItemValue, ...], Field(max_length=60)] = ()
    relationships: Annotated[tuple[RelatedRecord, ...], Field(max_length=30)] = ()
    protections: Annotated[tuple[ProtectionNotice, ...], Field(max_length=4)] = ()

    @model_validator(mode="after")
    def _dates_in_order(self) -> Payload:
        if self.coverage_from > self.coverage_to:
            raise ValueError("coverage_from is after coverage_to")
        return self


class ChunkHeader(Wire):
    v: Literal[1]
    agency: Slug
    source: Slug
    batch: Bytes16
    number: Annotated[int, Field(ge=1, le=100_000)]
    delivery: Literal["snapshot", "delta"]
    scheme: Hex32
    epoch: Epoch
    evidence_epochs: EvidenceEpochs
    evidence_seal: Number
    rows: Annotated[int, Field(ge=1, le=MAX_ROWS)]
    evaluation: Evaluation | None = None
    content_key: Annotated[Bytes, Field(min_length=32, max_length=2048)] | None = None


class Row(Wire):
    """One line: a record, or the retraction of one."""

    row: Annotated[int, Field(ge=1, le=100_000_000)]
    ref: Bytes16
    version: Version
    tokens: Annotated[tuple[Token, ...], Field(max_length=MAX_TOKENS)] = ()
    evidence: Envelope | None = None
    payload: Annotated[Bytes, Field(min_length=28, max_length=32_768)] | None = None
    retract: Literal[True] | None = None

    @model_validator(mode="after")
    def _whole(self) -> Row:
        # Without tokens a record is found through a relative's record only: an unborn child has nothing to match by.
        complete = self.evidence is not None and self.payload is not None
        empty = not self.tokens and self.evidence is None and self.payload is None
        if not (empty if self.retract else complete):
            raise ValueError("a row holds evidence and payload, or says retract and holds none of them")
        if len(set(self.tokens)) != len(self.tokens):
            raise ValueError("two tokens are equal")
        return self


class RowResult(Wire):
    """What became of one row: `code` and `message` say why a row was rejected, with field names and no values."""

    row: int
    outcome: Literal["kept", "retracted", "rejected"]
    code: str | None = None
    message: str | None = None
    field: str | None = None


class ChunkReceipt(Wire):
    """The broker's signed word on one chunk. `leaf` is the audit event, `proof` its inclusion in the audit log."""

    v: Literal[1]
    agency: Slug
    source: Slug
    batch: Bytes16
    number: int
    digest: Hex32
    accepted_at: Seconds
    kept: int
    retracted: int
    rejected: int
    results: tuple[RowResult, ...]
    leaf: str
    signature: Bytes64
    proof: str | None = None


class CloseBatch(Wire):
    """Ends a delivery. For a snapshot, records it did not hold are closed, except the `held` ones it could not send."""

    v: Literal[1]
    agency: Slug
    source: Slug
    chunks: Annotated[tuple[Hex32, ...], Field(min_length=1, max_length=100_000)]
    held: Annotated[tuple[Bytes16, ...], Field(max_length=1_000_000)] = ()
    confirm_large: bool = False


class BatchStatus(Wire):
    v: Literal[1]
    batch: Bytes16
    source: Slug
    chunks: tuple[Hex32, ...]
    kept: int
    rejected: int
    retracted: int
    closed: bool
    closed_records: int


_IDENTIFIERS = {
    "NHS number": re.compile(r"(?<!\d)\d{3}[ -]?\d{3}[ -]?\d{4}(?!\d)"),
    "National Insurance number": re.compile(r"\b[A-CEGHJ-PR-TW-Z]{2} ?\d{2} ?\d{2} ?\d{2} ?[A-D]\b", re.I),
    "UPN": re.compile(r"\b[A-HJ-NP-RT-Z]\d{11}[0-9A-Z]\b", re.I),
    "postcode": re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b", re.I),
    "date of birth": re.compile(r"\b(\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}|\d{4}-\d{2}-\d{2}|born|dob)\b", re.I),
    "e-mail address": re.compile(r"@"),
    "address": re.compile(
        r"\b\d{1,4}[a-z]?,? (\w+ ){1,3}"
        r"(street|st|road|rd|lane|avenue|ave|close|drive|way|row|court|terrace|gardens|place|crescent|grove)\b",
        re.I,
    ),
}


def looks_like_identifier(payload: Payload) -> tuple[str, str] | None:
    """The first (field, kind of identifier) that the text of `payload` seems to hold, or None.

    Codes and dates are typed and can't hold one; the practitioner's own phone and e-mail are for ringing them.
    """
    texts = {"provider": payload.provider, "coverage_area": payload.coverage_area}
    if payload.lead:
        texts |= {"lead.name": payload.lead.name, "lead.role": payload.lead.role, "lead.team": payload.lead.team or ""}
    texts |= {f"items.{n}.code": value.code or "" for n, value in enumerate(payload.items)}
    for field, text in texts.items():
        for kind, pattern in _IDENTIFIERS.items():
            if pattern.search(text.replace("_", " ") if field.endswith("code") else text):
                return field, kind
    return None
