"""The one registry of domain-separation labels: HMAC prefixes, HPKE infos, AEAD contexts, signature prefixes.

Every use of a key starts with one of these, so that bytes made for one purpose mean nothing for another. A label is
`tysc/<use>/v<n>` and a zero byte; a test fails when two are equal, one is used that is not listed here or with another
primitive than is said here, or one is used nowhere. keys/inventory.json says which key each belongs to.
"""

from __future__ import annotations

from collections.abc import Mapping

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
SEEN_KEY = b"tysc/seen-key/v1\0"
"""HMAC: the data key of a record's first version -> the key of its day tags, which later versions are handed."""
SEEN = b"tysc/seen/v1\0"
"""HMAC: a record's day tag, by which whoever holds the record is told who looked at it."""
DETAIL = b"tysc/audit-detail/v1\0"
"""AEAD: the details of an audit event, kept outside its leaf."""
DETAIL_KEY = b"tysc/audit-detail-key/v1\0"
"""HMAC: the key of one event's details, under the key of its class and month."""
DETAIL_KEY_WRAP = b"tysc/audit-detail-key-wrap/v1\0"
"""AEAD: the key of a class and month under the broker's detail key."""
PROTECTION = b"tysc/protection/v1\0"
"""AEAD: an entry of the register of protections."""
PROTECTION_ID = b"tysc/protection-id/v1\0"
"""HMAC: the id of the register's entry for one kind of protection of one record's person."""
PAUSE = b"tysc/pause/v1\0"
"""AEAD: who paused a service's sharing, and who proposes to resume it."""
VERDICT = b"tysc/verdict/v1\0"
"""HMAC: the name of a pair of records in the table of verdicts."""
VERDICT_SEAL = b"tysc/verdict-seal/v1\0"
"""AEAD: a verdict under its pair's name."""
TRACE = b"tysc/trace/v1\0"
"""HMAC: a record's tag in one event of the audit log."""
TOGETHER = b"tysc/together/v1\0"
"""HMAC: the key of one answer under which are the ids of the records that it told of as one person's."""
REVIEW = b"tysc/review/v1\0"
"""HMAC: that a reviewer was told how two records of one answer agree."""
RECALL = b"tysc/recall/v1\0"
"""HMAC: the name of a recalled answer in the table of recalls."""
RECALL_SEAL = b"tysc/recall-seal/v1\0"
"""AEAD: a recall notice under its answer's name and its reader's agency."""
GUESS = b"tysc/guess/v1\0"
"""HMAC: one point of one member of staff's question, by which a walk through guesses shows."""
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
COMPARISON = b"tysc/comparison/v1\0"
"""Signature: linkage unit -> broker, the weights of one call of a ticket."""
BLOCK = b"tysc/block/v1\0"
"""Signature: linkage unit -> broker, the weights of one call of a block of a population run."""
GRANT = b"tysc/grant/v1\0"
"""Signature: a granter -> linkage unit, leave for a population run."""
QUOTA_GRANT = b"tysc/quota-grant/v1\0"
"""Signature: a granter -> linkage unit and broker, leave for an agency to ask or post more for some days."""
POLICY_CHANGE = b"tysc/policy-change/v1\0"
"""Signature: a granter -> broker, leave for other agreements to come into force."""
REVIEW_TICKET = b"tysc/review-ticket/v1\0"
"""Signature: a reviewer's desk -> linkage unit, leave to see how the fields of one pair agree."""
EXPLANATION = b"tysc/explanation/v1\0"
"""Signature: linkage unit -> broker, how the fields of one pair agree."""
TICKETS = b"tysc/tickets/v1\0"
"""Signature: linkage unit -> agency, which of its tickets were used on one day."""
GRANT_USED = b"tysc/grant-used/v1\0"
"""Signature: linkage unit -> granters, what has been used of a grant."""
UPDATE = b"tysc/update/v1\0"
"""Signature: linkage unit -> broker, the step from one epoch of the linkage key to the next."""
UPDATE_SEAL = b"tysc/update-seal/v1\0"
"""HPKE: linkage unit -> broker, the factor of that step."""
DESTROYED = b"tysc/destroyed/v1\0"
"""Signature: a party -> everybody, that it destroyed a key."""
RESEALED = b"tysc/resealed/v1\0"
"""Signature: linkage unit -> broker, envelopes sealed again to its newest key."""
TRANSCRIPT = b"tysc/transcript/v1\0"
"""Signature: a custodian -> everybody, that a ceremony went as its transcript says."""
GIFT = b"tysc/gift/v1\0"
"""AEAD: what an agency gets back of a match-quality run, under its key-encrypting key."""
SECRET_FILE = b"tysc/secret-file/v1\0"
"""AEAD: a party's secret file under the key that its passphrase makes."""
CASE = b"tysc/case/v1\0"
"""HMAC: the id of a challenge, a sample, a proposal or the review of an emergency."""
CASE_SEAL = b"tysc/case-seal/v1\0"
"""AEAD: what such a case is about, under its id and the two agencies."""
AUDIT_MARK = b"tysc/audit-mark/v1\0"
"""HMAC: by what a matter of the audit log is found, so that only the broker can ask its database."""
CURSOR = b"tysc/cursor/v1\0"
"""HMAC: the key under which places in lists are sealed for whoever reads on."""
WATCH = b"tysc/watch/v1\0"
"""HMAC: the id of a look-up in an IG officer's queue, and whether it is drawn for it."""
WATCH_SEAL = b"tysc/watch-seal/v1\0"
"""AEAD: why a look-up is in the queue and what came of it; and what the alert rules remember."""
SAMPLE = b"tysc/sample/v1\0"
"""HMAC: whether a refusal is among those that a person reads though nobody challenged it."""
RIGHT = b"tysc/right/v1\0"
"""HMAC: the id of a person's right in use."""
RIGHT_SEAL = b"tysc/right-seal/v1\0"
"""AEAD: which right about which record, under its id and the agency."""
MARK = b"tysc/record-mark/v1\0"
"""HMAC: the name under which a mark stands beside a record."""
MARK_SEAL = b"tysc/record-mark-seal/v1\0"
"""AEAD: what the mark says."""
HOLD_SEAL = b"tysc/hold-seal/v1\0"
"""AEAD: who holds a record back from being destroyed, and who would lift that, under its id."""
WORDS_SEAL = b"tysc/words-seal/v1\0"
"""HPKE: agency -> agency, what a person wrote about a refusal or an emergency; the broker carries it."""
CANARY = b"tysc/canary/v1\0"
"""HMAC, at the agency, under the shared evidence key: the fictional people whom every agency knows."""
CANARY_NAME = b"tysc/canary-name/v1\0"
"""HMAC, at the agency, under its own reference key: as which of its own records it posts them."""
EVIDENCE_KEY_SEAL = b"tysc/evidence-key-seal/v1\0"
"""HPKE: agency -> agency, the shared evidence key."""
EVIDENCE_KEY = b"tysc/evidence-key/v1\0"
"""Signature: agency -> agencies, an evidence key sealed to each of them."""
EVIDENCE_CHECK = b"tysc/evidence-check/v1\0"
"""HMAC, at the agency, under an evidence key: what its holders read to each other to hear that it is the same."""


ELSEWHERE: Mapping[str, tuple[bytes, ...]] = {
    # Fixed by RFC 9497 and RFC 9380, whose vectors we pass.
    "oprf.py": (b"OPRFV1-", b"-", b"HashToGroup-", b"Finalize", b"\0", b"\1"),
    "keys/dleq.py": (b"Seed-", b"Composite", b"Challenge", b"HashToScalar-"),
    # The tag and the name of an RFC 9421 signature, whose base no label begins.
    "keys/plainly.py": (b"tysc",),
    # No key: what test keys that everybody may know are made of.
    "keys/testkeys.py": (b"published test key, never for people",),
    # Shown to people, so that a search for secrets finds a handle; what is keyed stands under HANDLE.
    "keys/handles.py": (b"tysc1_",),
    # The two kinds of node of RFC 6962 and the key type of C2SP; a verifier imports nothing of ours.
    "audit/tree.py": (b"\0", b"\1"),
    "audit/checkpoint.py": (b"\1", b"\n"),
    "audit/cosignature.py": (b"\4",),
    # The same two kinds of node, a key type, and how base64 and texts are held to one spelling.
    # SEEN with its separators is there once more: the one file has nothing of ours.
    "audit/verify_audit.py": (
        b"\0",
        b"\1",
        b"\n",
        b"=",
        b"[\\x00-\\x09\\x0b-\\x1f]",
        b"1",
        b"tysc/seen/v1\0\0\0\0\n",
    ),
    "keys/listed.py": (b"\4",),
    # By which a reader passes over leaves that have no day tags; and a tag that no record has.
    "audit/subjects.py": (b'"seen":[', b'"typ":"index"', b"\xff"),
    # The first bytes of what the OPRF is made of, below this room; agencies in other languages make the same.
    "tokens.py": (b"TYSC\1",),
    # No key: under which name an agency's own machine keeps a retraction.
    "agency/posting.py": (b"retract",),
    # The first bytes of a DER octet string of 32 bytes, in which a token keeps a public key.
    "vaults/pkcs11.py": (b"\x04\x20",),
    # Framing, not separation: rows, padding, and the end of a range.
    "actions/check_chunk.py": (b"\n",),
    "agency/evidence.py": (b"\0",),
    "store/cases.py": (b"\xff",),
    "store/rights.py": (b"\xff",),
    "store/lookqueue.py": (b"\xff",),
    "cli/keyfiles.py": (b"\n",),
    "synthetic/parties.py": (b"\n",),
    "trustlist/repository.py": (b"-",),
    "trustlist/written.py": (b"\n",),
    "wire/quality.py": (b"\n",),
}
"""Bytes that other files write beside their cryptography, and why they are not labels of this registry."""


def bind(label: bytes, *parts: str | bytes | int) -> bytes:
    """`label` and the parts, each with its length, as one unambiguous context."""
    bound = label
    for part in parts:
        data = part if isinstance(part, bytes) else str(part).encode()
        bound += len(data).to_bytes(4, "big") + data
    return bound
