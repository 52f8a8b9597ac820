"""The one registry of domain-separation labels: HMAC prefixes, HPKE infos, AEAD contexts, signature prefixes.

Every use of a key starts with one of these, so that bytes made for one purpose mean nothing for another. A label is
`tysc/<use>/v<n>` and a zero byte; a test fails when two are equal or one is used that is not listed here.
"""

from __future__ import annotations

LABEL = b"tysc/label/v1\0"
"""HMAC: token -> label of an index row."""
REFERENCE = b"tysc/reference/v1\0"
"""AEAD: the record id beside a label."""
RECORD = b"tysc/record/v1\0"
"""AEAD: the parts of a record under its data key."""
RECORD_WRAP = b"tysc/record-wrap/v1\0"
"""AEAD: a record's data key under the agency's key-encrypting key."""
RECORD_TAG = b"tysc/record-tag/v1\0"
"""HMAC: a record's tag in one audit leaf, under the record's own data key."""
DETAIL = b"tysc/audit-detail/v1\0"
"""AEAD: the details of an audit event, kept outside its leaf."""
PROTECTION = b"tysc/protection/v1\0"
"""AEAD: an entry of the register of protections."""
VERDICT = b"tysc/verdict/v1\0"
"""HMAC: the name of a pair of records in the table of verdicts."""
VERDICT_SEAL = b"tysc/verdict-seal/v1\0"
"""AEAD: a verdict under its pair's name."""
INVOLVEMENT = b"tysc/involvement/v1\0"
"""AEAD: the handle of a record in one answer, which only the broker opens."""
HANDLE = b"tysc/handle/v1\0"
"""HMAC: the name of a person in one answer to one agency."""
AGENCY_REF = b"tysc/agency-ref/v1\0"
"""HMAC, at the agency: its own reference -> the pseudonym that leaves."""
STAFF = b"tysc/staff/v1\0"
"""HMAC, at the agency: a member of staff or a case -> the pseudonym that leaves."""
ATOM = b"tysc/atom/v1\0"
"""HMAC, at the agency, under the shared evidence key: one atom of evidence."""
EVIDENCE_SIGNATURE = b"tysc/evidence/v1\0"
"""Signature, inside the envelope: agency -> linkage unit."""
EVIDENCE_SEAL = b"tysc/evidence-seal/v1\0"
"""HPKE: agency -> linkage unit, one evidence envelope."""
CONTENT_KEY = b"tysc/content-key/v1\0"
"""HPKE: agency -> broker, the content key of one chunk."""
PAYLOAD = b"tysc/payload/v1\0"
"""AEAD: one payload under a chunk's content key."""
MASK = b"tysc/mask/v1\0"
"""HPKE: linkage unit -> broker, the mask of one evaluation."""
EVALUATION = b"tysc/evaluation/v1\0"
"""Signature: linkage unit -> broker."""
TICKET = b"tysc/ticket/v1\0"
"""Signature: desk -> broker and linkage unit."""
ASSERTION = b"tysc/assertion/v1\0"
"""Signature: agency -> broker, who is asking."""
RECEIPT = b"tysc/receipt/v1\0"
"""Signature: broker -> agency, what became of a chunk."""


def bind(label: bytes, *parts: str | bytes | int) -> bytes:
    """`label` and the parts, each with its length, as one unambiguous context."""
    encoded = [part if isinstance(part, bytes) else str(part).encode() for part in parts]
    return label + b"".join(len(part).to_bytes(4, "big") + part for part in encoded)
