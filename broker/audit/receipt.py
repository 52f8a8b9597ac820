"""A receipt: one leaf, its place under a signed checkpoint, and the private fields its keeper may see.

    {"v":1,"kind":"answer","leaf":"{\\"_sd\\":[…],…}","proof":"c2sp.org/tlog-proof@v1\\nindex 7\\n…",
     "disclosures":["WyJ…"]}

It is checked against the log's public key alone, years later, without the broker. `kind` repeats the leaf's type for
people sorting receipts and may be left out. A keeper can leave disclosures out, never add or change one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from broker.audit.checkpoint import Checkpoint, open_note
from broker.audit.leaves import check_leaf, reveal_in
from broker.audit.proof import parse_proof
from broker.audit.tree import leaf_hash, verify_inclusion
from broker.errors import Untrusted

VERSION = 1
_FIELDS = {"v", "leaf", "proof", "disclosures"}


@dataclass(frozen=True)
class Receipt:
    """What a party keeps: the leaf's text, the tlog-proof's text, and the disclosures it may see."""

    kind: str
    leaf: str
    proof: str
    disclosures: tuple[str, ...] = field(default=(), repr=False)

    def as_dict(self) -> dict[str, Any]:
        """The receipt as it is written to JSON."""
        fields = {"kind": self.kind, "leaf": self.leaf, "proof": self.proof}
        return {"v": VERSION, **fields, "disclosures": list(self.disclosures)}


@dataclass(frozen=True)
class Verified:
    """What a receipt proves: `event` is leaf `index` of the log `origin`, which had `size` leaves then."""

    origin: str
    index: int
    size: int
    event: Mapping[str, Any]
    disclosed: Mapping[str, Any] = field(repr=False)


def verify_receipt(receipt: object, vkeys: Sequence[str]) -> Verified:
    """What `receipt`, a parsed JSON object, proves under the log keys `vkeys`. Raises `Untrusted` when nothing."""
    # 1. It is a receipt, every part in its place and nothing more.
    parsed = _parse(receipt)
    # 2. The checkpoint inside the proof is signed by a known key of the log it names.
    proof = parse_proof(parsed.proof)
    checkpoint = _opened(proof.note, tuple(vkeys))
    # 3. The leaf, byte for byte, is under the root of that checkpoint.
    leaf_bytes = _utf8(parsed.leaf)
    node = leaf_hash(leaf_bytes)
    verify_inclusion(node, proof.index, size=checkpoint.size, proof=proof.hashes, root=checkpoint.root)
    # 4. The leaf is an event, of the kind that the receipt says.
    event = check_leaf(leaf_bytes)
    if parsed.kind not in ("", event["typ"]):
        raise Untrusted("receipt-kind", "the receipt is of another kind than its leaf")
    # 5. Each disclosure is one of the leaf's own.
    disclosed = dict(reveal_in(event, disclosure) for disclosure in parsed.disclosures)
    if len(disclosed) != len(parsed.disclosures):
        raise Untrusted("receipt-disclosures", "the receipt discloses one field twice")
    return Verified(checkpoint.origin, proof.index, checkpoint.size, event, disclosed)


@lru_cache(maxsize=4)
def _opened(note: str, vkeys: tuple[str, ...]) -> Checkpoint:
    """All leaves of an answer stand under one checkpoint, so that it is verified once."""
    return open_note(note, vkeys)


def _parse(receipt: object) -> Receipt:
    if not isinstance(receipt, Mapping) or not _FIELDS <= receipt.keys() <= _FIELDS | {"kind"}:
        raise Untrusted("receipt-malformed", "the receipt does not have exactly the fields of one")
    kind, leaf, proof = receipt.get("kind", ""), receipt["leaf"], receipt["proof"]
    if type(receipt["v"]) is not int or receipt["v"] != VERSION or not isinstance(kind, str):
        raise Untrusted("receipt-malformed", "the receipt is of an unknown version or kind", hint="update the verifier")
    disclosures = receipt["disclosures"]
    if not isinstance(disclosures, list | tuple) or not all(isinstance(text, str) for text in disclosures):
        raise Untrusted("receipt-malformed", "the receipt's disclosures are not a list of text")
    if not isinstance(leaf, str) or not isinstance(proof, str):
        raise Untrusted("receipt-malformed", "the receipt's leaf or proof is not text")
    return Receipt(kind, leaf, proof, tuple(disclosures))


def _utf8(text: str) -> bytes:
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        raise Untrusted("receipt-malformed", "the receipt's leaf is not text in UTF-8") from None
