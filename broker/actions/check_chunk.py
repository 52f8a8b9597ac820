"""A chunk's bytes -> rows that may be kept, and rejections with a row, a field and a reason but never a value.

The order is the argument; each step may rely on the ones before:

    1. the digest in the address is the body's
    2. the header is of the agreed form, and its agency is the one that signed the request
    3. the source is that agency's, and an agreement in force lets it post
    4. scheme and epoch are the ones in use
    5. the linkage unit signed the evaluation, for this agency, this batch, enough points, and it has not expired
    6. the mask and the content key open, and every point is a point
    7. row by row: the form, the seal, the payload, the vocabulary, and nothing that looks like a direct identifier
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from broker.actions.check_envelope import check_envelopes
from broker.actions.unmask import unmasked
from broker.errors import BadInput, BrokerError, NotAllowed, Untrusted
from broker.keys import context
from broker.keys.envelope import NONCE_BYTES, unpad
from broker.linkage.compare import Points
from broker.parts import Parts
from broker.policy import posting
from broker.policy.days import london_date
from broker.wire.delivery import (
    ENVELOPE_BYTES,
    MAX_ROWS,
    ChunkHeader,
    Payload,
    Row,
    RowResult,
    looks_like_identifier,
)
from broker.wire.fields import parse

_VERSION_SLACK = 86_400
_LONGEST_PROTECTION = dt.timedelta(days=731)
_LEAST_TOKENS = 2


@dataclass(frozen=True)
class Good:
    """A row that may be kept; `payload` is None when it retracts its record."""

    row: Row
    points: Points = field(repr=False)
    evidence: bytes = field(repr=False)
    payload: Payload | None = field(repr=False)


@dataclass(frozen=True)
class Chunk:
    header: ChunkHeader
    good: tuple[Good, ...]
    rejected: tuple[RowResult, ...]


def check_digest(body: bytes, digest: str) -> None:
    """Step 1. Raises `BadInput`."""
    if hashlib.sha256(body).hexdigest() != digest:
        raise BadInput(
            "digest-differs", "the chunk is not the one its address names", hint="send the chunk's own bytes"
        )


def check(parts: Parts, body: bytes, *, agency: str, batch: bytes) -> Chunk:
    """Steps 2 to 7. Raises `BadInput`, `NotAllowed` or `Untrusted` when the whole chunk is refused."""
    if body.count(b"\n") > MAX_ROWS + 1:
        raise BadInput("rows-too-many", f"a chunk has at most {MAX_ROWS} rows", hint="send smaller chunks")
    lines = body.split(b"\n")
    if lines and not lines[-1]:
        lines.pop()
    header = _header(lines, agency=agency, batch=batch)
    if header.source not in parts.trust.agency(agency).sources:
        raise NotAllowed("source-not-yours", f"`{header.source}` is not a source of your agency", field="source")
    posting.check_may_post(parts.policies, header.source, on=london_date(parts.now()))
    _check_scheme(parts, header)

    latest = int(parts.now().timestamp()) + _VERSION_SLACK
    rejected: list[RowResult] = []
    rows = [row for number, line in enumerate(lines[1:], 1) if (row := _row(line, number, rejected)) is not None]
    _check_repeats(rows, rejected)
    points = _unmask(parts, header, rows)
    content_key = _content_key(parts, header)
    good: list[Good] = []
    for row in rows:
        try:
            if row.version > latest:
                hint = "a version is the time of the delivery in seconds; check the clock"
                raise BadInput("version-ahead", "the version is in the future", field="version", hint=hint)
            _check_evidence(header, row)
            payload = None if row.retract else _payload(parts, header, row, content_key=content_key)
            good.append(Good(row, points[row.row], row.evidence or b"", payload))
        except BrokerError as error:
            rejected.append(rejection(row.row, error))
    return Chunk(header, tuple(good), tuple(rejected))


def rejection(row: int, error: BrokerError) -> RowResult:
    """What is said of a row that is not kept."""
    message = error.message + (f"; {error.hint}" if error.hint else "")
    return RowResult(row=row, outcome="rejected", code=error.code, message=message, field=error.field or None)


def _header(lines: list[bytes], *, agency: str, batch: bytes) -> ChunkHeader:
    if not lines:
        raise BadInput("chunk-empty", "the chunk is empty")
    header = parse(ChunkHeader, lines[0], row=0)
    if header.agency != agency:
        raise NotAllowed("agency-differs", "the chunk names another agency than the one that signed it", field="agency")
    if header.batch != batch:
        raise BadInput("batch-differs", "the chunk names another batch than its address", field="batch")
    if header.rows != len(lines) - 1:
        raise BadInput("rows-missing", f"the header says {header.rows} rows and {len(lines) - 1} follow", field="rows")
    return header


def _check_scheme(parts: Parts, header: ChunkHeader) -> None:
    if header.scheme != parts.scheme.digest.hex():
        hint = "upgrade the client, then send everything again"
        raise BadInput("scheme-unknown", "the match keys were made with another scheme", hint=hint, field="scheme")
    check_envelopes(parts, header)


def _row(line: bytes, number: int, rejected: list[RowResult]) -> Row | None:
    """Step 7, the form. A line that can't be read is named by its place in the chunk."""
    try:
        return parse(Row, line)
    except BadInput as error:
        rejected.append(rejection(number, error))
        return None


def _check_repeats(rows: list[Row], rejected: list[RowResult]) -> None:
    seen: dict[bytes, int] = {}
    numbers: set[int] = set()
    for row in list(rows):
        if row.ref in seen or row.row in numbers:
            same = BadInput("row-repeated", f"same record as row {seen.get(row.ref, row.row)}", field="ref")
            rejected.append(rejection(row.row, same))
            rows.remove(row)
        seen.setdefault(row.ref, row.row)
        numbers.add(row.row)


def _unmask(parts: Parts, header: ChunkHeader, rows: list[Row]) -> dict[int, Points]:
    """Steps 5 and 6: the points P of every row, with their match-key numbers."""
    if not any(row.tokens for row in rows):
        if header.evaluation is not None:
            raise BadInput("evaluation-unused", "an evaluation without tokens", field="evaluation")
        return {row.row: frozenset() for row in rows}
    if header.evaluation is None or header.evaluation.id != header.batch:
        raise BadInput("evaluation-missing", "rows with tokens need the linkage unit's evaluation", field="evaluation")
    if header.evaluation.epoch != header.epoch:
        hint = "fetch the trust list again"
        raise BadInput("epoch-unknown", "the evaluation was made in another epoch", field="epoch", hint=hint)
    if any(token.number not in _numbers(parts) for row in rows for token in row.tokens):
        raise BadInput("match-key-unknown", "a token has a number that the scheme has not", field="tokens")
    masked = [token.point for row in rows for token in row.tokens]
    points = iter(unmasked(parts, header.evaluation, masked, agency=header.agency, use="post"))
    return {row.row: frozenset((token.number, next(points)) for token in row.tokens) for row in rows}


def _numbers(parts: Parts) -> frozenset[int]:
    return frozenset(match_key.number for match_key in parts.scheme.match_keys)


def _content_key(parts: Parts, header: ChunkHeader) -> bytes:
    if header.content_key is None:
        return b""
    bound = (header.agency, header.source, header.batch.hex(), header.number)
    return parts.keyring.open_sealed(header.content_key, info=context.bind(context.CONTENT_KEY, *bound))


def _check_evidence(header: ChunkHeader, row: Row) -> None:
    """Step 7, the seal: its length is all that shows under how many epochs an envelope holds its vector."""
    if row.evidence is not None and len(row.evidence) != ENVELOPE_BYTES[len(header.evidence_epochs)]:
        hint = "1,536 bytes for one epoch of the evidence key, 2,560 for two"
        raise BadInput("evidence-length", "the envelope is not of the header's epochs", field="evidence", hint=hint)


def _payload(parts: Parts, header: ChunkHeader, row: Row, *, content_key: bytes) -> Payload:
    """Step 7, the content of a row. Raises `BadInput` or `Untrusted` with a field and no value."""
    place = (header.agency, header.source, header.batch.hex(), header.number)
    bound = context.bind(context.PAYLOAD, *place, row.row, row.ref.hex(), row.version)
    sealed = row.payload or b""
    try:
        plain = unpad(AESGCM(content_key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound))
    except (InvalidTag, ValueError):
        raise Untrusted("payload-seal-broken", "the payload does not open under this row", field="payload") from None
    payload = parse(Payload, plain)
    if leak := looks_like_identifier(payload):
        hint = "names, dates of birth, addresses and numbers of people stay at the agency"
        raise BadInput("identifier-found", f"this looks like a {leak[1]}", field=leak[0], hint=hint)
    if payload.as_of > (parts.now() + dt.timedelta(days=1)).date():
        raise BadInput("date-ahead", "the date is after today", field="as_of", hint="check the mapping and the clock")
    for complaint in _complaints(parts, header.source, payload, tokens=len(row.tokens)):
        raise complaint
    return payload


def _complaints(parts: Parts, source: str, payload: Payload, *, tokens: int) -> Iterable[BadInput]:
    hint = "see policies/vocabulary.yaml"
    for at, value in enumerate(payload.items):
        if wrong := posting.wrong_item(parts.policies, source, value):
            yield BadInput("item-unknown", wrong, field=f"items.{at}", hint=hint)
    for at, related in enumerate(payload.relationships):
        if not posting.knows_relationship(parts.policies, related.kind):
            yield BadInput("relationship-unknown", "no such relationship", field=f"relationships.{at}.kind", hint=hint)
    yield from _protection_complaints(parts, source, payload, tokens=tokens)


def _protection_complaints(parts: Parts, source: str, payload: Payload, *, tokens: int) -> Iterable[BadInput]:
    for at, one in enumerate(payload.protections):
        yield from wrong_protection(
            parts, source, kind=one.kind, review_by=one.review_by, keys=tokens, field=f"protections.{at}"
        )


def wrong_protection(
    parts: Parts, source: str, *, kind: str, review_by: dt.date, keys: int, field: str
) -> Iterable[BadInput]:
    """Whoever may hide a person from everybody must be one who may, for a time, and know whom they mean.

    `keys` is how many match keys there are of the person.
    """
    if kind not in posting.protects(parts.policies, source):
        hint = "see policies/vocabulary.yaml"
        yield BadInput("protection-not-yours", "this source may not post this protection", field=field, hint=hint)
    if review_by > parts.now().date() + _LONGEST_PROTECTION:
        yield BadInput("review-too-late", "a protection is looked at again within two years", field=field)
    if keys < _LEAST_TOKENS:
        yield BadInput("protection-too-little-known", "too little is known of the person to protect", field=field)
