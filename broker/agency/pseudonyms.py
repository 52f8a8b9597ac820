"""The agency's own references under its own key: what leaves instead of a case number or a staff id.

    reference  HMAC-SHA256(reference key, "tysc/agency-ref/v1\\0" | source | reference)[:16]
    staff      base32 of HMAC-SHA256(reference key, "tysc/staff/v1\\0" | "staff" | id)[:15], 24 letters and digits

Only this agency can turn them back, by making those of its own files again; no other party holds the key.
"""

from __future__ import annotations

import base64
import hashlib
import hmac

from broker.keys import context

REFERENCE_BYTES = 16


def reference(reference_key: bytes, source: str, *, ref: str) -> bytes:
    """The 16-byte pseudonym of the agency's own reference `ref` of a record of `source`."""
    return hmac.digest(reference_key, context.bind(context.AGENCY_REF, source, ref), hashlib.sha256)[:REFERENCE_BYTES]


def staff(reference_key: bytes, staff_id: str) -> str:
    """The pseudonym of a member of staff, as text."""
    return _text(reference_key, "staff", staff_id)


def case(reference_key: bytes, case_reference: str) -> str:
    """The pseudonym of the asker's own case reference, as text."""
    return _text(reference_key, "case", case_reference)


def _text(reference_key: bytes, kind: str, name: str) -> str:
    digest = hmac.digest(reference_key, context.bind(context.STAFF, kind, name), hashlib.sha256)
    return base64.b32encode(digest[:15]).decode().lower()
