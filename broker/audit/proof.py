"""One leaf's place under one checkpoint, as text anybody can check offline (C2SP tlog-proof, `c2sp.org/tlog-proof@v1`).

    c2sp.org/tlog-proof@v1
    index 6
    4LkOaLPDwZ5QN8sotEaa+7xzj2DAyKbyNb3endMXrjQ=
    kVuMPZ/s58shmh9uozNChHrGdidDf0RxxzSSCGZx0O0=
    …

    broker.example/audit
    14
    …

The format's `extra` line is refused: nothing signs it, so it is the one place where a proof could be altered unseen.
"""

from __future__ import annotations

from binascii import b2a_base64
from collections.abc import Sequence
from dataclasses import dataclass

from broker.audit import tree
from broker.audit.encoding import from_base64, to_number
from broker.audit.tree import HASH_BYTES
from broker.errors import Untrusted

HEADER = "c2sp.org/tlog-proof@v1"
MAX_HASHES = 63
"""Height of the tallest tree whose size fits the checkpoint."""


@dataclass(frozen=True)
class Proof:
    """The hashes lead from leaf `index` to the root in `note`, a signed checkpoint. Nothing here is verified yet."""

    index: int
    hashes: tuple[bytes, ...]
    note: str


@dataclass(frozen=True)
class Proven:
    """A leaf of the audit log and the proof that it is in the signed tree, as text."""

    leaf: str
    proof: str


def proven(index: int, leaf: bytes, path: tuple[bytes, Sequence[bytes]], *, note: str) -> Proven:
    """The leaf at `index` with its proof; `path` is of `tree.inclusion_proofs`.

    Raises `Untrusted` when the leaf is not the one whose hash is in the tree.
    """
    leaf_hash, hashes = path
    if tree.leaf_hash(leaf) != leaf_hash:
        raise Untrusted("inclusion-proof", "a leaf is not the one whose hash is in the tree")
    return Proven(leaf.decode(), format_proof(index, hashes, note=note))


def format_proof(index: int, hashes: Sequence[bytes], *, note: str) -> str:
    """The text of a proof; `note` is the signed checkpoint as it stands."""
    lines = b"".join([b2a_base64(node) for node in hashes]).decode()
    return f"{HEADER}\nindex {index}\n{lines}\n{note}"


def parse_proof(text: str) -> Proof:
    """The proof that `text` spells, its checkpoint unopened. Raises `Untrusted` for any other text."""
    head, _, note = text.partition("\n\n")
    lines = head.split("\n")
    if len(lines) < 2 or lines[0] != HEADER or not lines[1].startswith("index "):
        raise Untrusted("proof-malformed", f"the proof does not start with `{HEADER}` and an index")
    try:
        index = to_number(lines[1].removeprefix("index "))
        hashes = tuple(from_base64(line) for line in lines[2:])
    except ValueError:
        raise Untrusted("proof-malformed", "the index or a hash of the proof has a wrong spelling") from None
    if len(hashes) > MAX_HASHES or any(len(node) != HASH_BYTES for node in hashes):
        raise Untrusted("proof-malformed", "the proof holds too many hashes, or something that is no hash")
    return Proof(index, hashes, note)
