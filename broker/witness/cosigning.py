"""A checkpoint is sent, checked against the last one that was cosigned, kept, and only then cosigned (tlog-witness).

    1. it is a submission                                                         or 400
    2. of a log that this witness knows                                           or 404
    3. signed by that log's key                                                   or 403
    4. the old size is not larger than the new                                    or 400
    5. the old size is the one cosigned last, in the transaction that keeps it    or 409, with that size
    6. the new tree continues the old                                             or 422, and the body is kept
    7. kept, on disk; then answered with the cosignature

Step 5 and 7 in one transaction, or two requests at once could take a log back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from broker.audit import cosignature, witnessing
from broker.audit.checkpoint import Checkpoint, Signer, open_note, split_note
from broker.audit.tree import EMPTY_ROOT, verify_consistency
from broker.audit.witnessing import Submission
from broker.errors import BadInput, Untrusted
from broker.witness.book import Book, Cosigned

_MALFORMED = ("note-malformed", "checkpoint-malformed")


@dataclass(frozen=True)
class Reply:
    """What is answered: the HTTP status, and its body."""

    status: int
    body: str = ""


@dataclass(frozen=True)
class Witness:
    """`logs` are the verifier keys of each log that is watched, by its origin."""

    name: str
    key: Signer = field(repr=False)
    logs: Mapping[str, Sequence[str]]
    book: Book

    @property
    def vkey(self) -> str:
        """The witness's verifier key, as it stands in a trust list or log policy."""
        return cosignature.vkey(self.name, self.key.public_key())


def add_checkpoint(witness: Witness, body: bytes, *, now: int) -> Reply:
    """The answer to a submission at `now` (seconds since 1970). Raises `Unavailable` when it can't be kept."""
    try:
        sent = witnessing.parse(body)
        origin = split_note(sent.note)[0].partition("\n")[0]
    except (BadInput, Untrusted):
        return Reply(400)
    if origin not in witness.logs:
        return Reply(404)
    try:
        checkpoint = open_note(sent.note, witness.logs[origin])
    except Untrusted as error:
        return Reply(400 if error.code in _MALFORMED else 403)
    if sent.old > checkpoint.size:
        return Reply(400)
    with witness.book.turn() as turn:
        latest = turn.latest(origin)
        size = latest.checkpoint.size if latest else 0
        if sent.old != size:
            return Reply(409, f"{size}\n")
        if not _continues(sent, checkpoint, latest.checkpoint.root if latest else EMPTY_ROOT):
            turn.keep_refused(checkpoint, body, at=now)
            return Reply(422)
        # The log's own line alone: what others wrote beneath it says nothing that this witness looked at.
        own = cosignature.log_lines(sent.note, witness.logs[origin])
        line = cosignature.cosign(own, witness.name, at=now, private_key=witness.key)
        turn.keep(Cosigned(checkpoint, now, own + line))
    return Reply(200, line)


def latest(witness: Witness, origin_hash: str) -> str | None:
    """The note of the last checkpoint that was cosigned of the log whose origin has this SHA-256, in hex."""
    for origin in witness.logs:
        if witnessing.latest_path(origin) == f"/{origin_hash}/checkpoint":
            with witness.book.turn() as turn:
                found = turn.latest(origin)
            return found.note if found else None
    return None


def _continues(sent: Submission, checkpoint: Checkpoint, root: bytes) -> bool:
    try:
        verify_consistency(sent.old, root, new_size=checkpoint.size, new_root=checkpoint.root, proof=sent.proof)
    except Untrusted:
        return False
    return True
