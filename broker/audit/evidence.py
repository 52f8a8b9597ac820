"""Evidence about some events of the log: one zip that anybody checks offline, with a verifier that is one file.

    README.txt                     what it is, and how to check it
    policy.txt                     whose signatures count (C2SP tlog-policy); the checker's own copy decides
    checkpoint                     the signed root, with what witnesses added
    entries/12.json                the leaf of event 12, byte for byte
    proofs/12.tlog-proof           its place under that checkpoint (C2SP tlog-proof)
    disclosures/12.json            the private fields of it that the reader may see
    index-proof.json               where asked for: which of the looks at one record there are, and that these are all
    verify_audit.py                the verifier; take it from elsewhere too
    manifest.json                  SHA-256 of each of them

The same events under the same checkpoint give the same bytes: `docs/formats/evidence-bundle.md`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from broker.audit import canonical, verify_audit
from broker.audit.encoding import to_base64
from broker.audit.proof import parse_proof
from broker.audit.subjects import Answer
from broker.errors import BadInput

_README = """Evidence from an audit log.

Each file in entries/ is one event as the log holds it. Its open fields are words and numbers; of each private field it
holds a salted digest only. disclosures/ holds the private fields that you may see. proofs/ shows that the events are in
the log under the checkpoint, which the log and, where policy.txt names any, its witnesses have signed.

To check all of it, offline, with Python 3.11 or later:

    python3 verify_audit.py evidence.zip --policy policy.txt

Take verify_audit.py and policy.txt from somebody other than whoever gave you this. Without --policy the file's own keys
are used, which proves only that the evidence agrees with itself: the command then ends with 2 and not with 0.

It proves that the log recorded these events, in this order, and has not changed them. It does not prove that there are
no others: a whole exported log shows that. Where there is an index-proof.json, it proves of one record that nobody
looked at it but in the looks that it counts, up to the last index among the events. It holds the key by which the
record's looks are found in any copy of the log: give it to nobody who may not know all of them.
"""


@dataclass(frozen=True)
class Shown:
    """One event: its leaf, its tlog-proof, and the disclosures that the reader may see."""

    leaf: str
    proof: str
    disclosures: Sequence[str] = field(default=(), repr=False)


def bundle(events: Sequence[Shown], *, policy: str, verifier: bytes, looks: bytes = b"") -> bytes:
    """The zip. `verifier` is the source of `verify_audit`, `looks` an `index_proof` of which the last index is shown.

    Raises `BadInput` unless all stand under one checkpoint.
    """
    files = {"README.txt": _README.encode(), "policy.txt": policy.encode(), "verify_audit.py": verifier}
    files |= {"index-proof.json": looks} if looks else {}
    notes = set[str]()
    for event in events:
        proof = parse_proof(event.proof)
        notes.add(proof.note)
        files[f"entries/{proof.index}.json"] = event.leaf.encode()
        files[f"proofs/{proof.index}.tlog-proof"] = event.proof.encode()
        if event.disclosures:
            files[f"disclosures/{proof.index}.json"] = canonical.encode(sorted(event.disclosures))
    if len(notes) != 1:
        raise BadInput("evidence-checkpoints", "the events of one piece of evidence need one checkpoint")
    files["checkpoint"] = notes.pop().encode()
    digests = {path: hashlib.sha256(data).hexdigest() for path, data in files.items()}
    files["manifest.json"] = canonical.encode({"v": 1, "kind": "audit-evidence", "files": digests})
    return verify_audit.pack(files)


def index_proof(seen_key: bytes, indexes: Sequence[tuple[bytes, Sequence[Answer]]]) -> bytes:
    """What every index of the log, given by its leaf, answers for one record on each of its days; canonical JSON."""
    rows = [[leaf.decode(), [_answer(one) for one in answers]] for leaf, answers in indexes]
    return canonical.encode([to_base64(seen_key), rows])


def _answer(one: Answer) -> list[canonical.Value]:
    row, path, looks = one.row.as_bytes(), map(to_base64, one.path), map(to_base64, one.looks)
    return [to_base64(row), one.place, list(path), list(looks)]
