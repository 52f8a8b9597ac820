"""What a log sends to a witness and what comes back (C2SP tlog-witness, `add-checkpoint`).

old 14                                               the size that the witness cosigned last, or 0
PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=         from that size to the new one (RFC 6962 section 2.1.2)
…

broker.example/audit                                 the new checkpoint
…
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from broker.audit.encoding import from_base64, to_base64, to_number
from broker.audit.proof import MAX_HASHES
from broker.audit.tree import HASH_BYTES
from broker.errors import BadInput

ADD = "/add-checkpoint"
SIZE_TYPE = "text/x.tlog.size"
"""The media type of a 409's body: the size that the witness cosigned last, and a newline."""
MAX_BYTES = 32 * 1024


@dataclass(frozen=True)
class Submission:
    """A checkpoint's note, and the proof that it continues the tree of `old` leaves. Nothing is verified yet."""

    old: int
    proof: tuple[bytes, ...]
    note: str


def write(old: int, proof: Sequence[bytes], *, note: str) -> bytes:
    """The body of a submission."""
    return "".join([f"old {old}\n", *(f"{to_base64(node)}\n" for node in proof), "\n", note]).encode()


def parse(body: bytes) -> Submission:
    """The submission in a request's body. Raises `BadInput` when it is none."""
    wrong = BadInput("submission-malformed", "the body is not an old size, hashes, an empty line and a checkpoint")
    try:
        head, parted, note = body.decode("utf-8").partition("\n\n")
    except UnicodeError:
        raise wrong from None
    first, *lines = head.split("\n")
    if not parted or not first.startswith("old ") or len(lines) > MAX_HASHES:
        raise wrong
    try:
        old, proof = to_number(first.removeprefix("old ")), tuple(from_base64(line) for line in lines)
    except ValueError:
        raise wrong from None
    if any(len(node) != HASH_BYTES for node in proof):
        raise wrong
    return Submission(old, proof, note)


def latest_path(origin: str) -> str:
    """Where a witness shows the last checkpoint of a log that it cosigned."""
    return f"/{hashlib.sha256(origin.encode()).hexdigest()}/checkpoint"
