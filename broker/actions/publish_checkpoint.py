"""Entries of the audit log get their place in the tree, and the tree is signed.

The order is what makes it trustworthy:

    1. place: indices, leaf hashes and nodes in one transaction, fenced by the size it started from
    2. sign only what is committed, and only what continues what was signed before
    3. keep the checkpoint, then give out proofs, each of them verified

On SQLite step 1 is part of the commit of the entries themselves (`broker.store.groupcommit`). On PostgreSQL requests
commit side by side, and a place given in one of them could be lost with it: there, whoever holds the sequencer's lock
places what everybody committed. Steps 2 and 3 are done once for all threads that wait (`broker.store.together`).
Nothing about the tree is remembered between two calls, so that no write that failed can have spoilt it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from broker import observe
from broker.actions.witnessed import with_cosignatures
from broker.audit import tree
from broker.audit.checkpoint import Checkpoint, sign
from broker.audit.encoding import from_base64
from broker.audit.proof import format_proof
from broker.errors import BadInput, Conflict, Unavailable, Untrusted
from broker.parts import Parts
from broker.store import auditlog

_TRIES = 5


@dataclass(frozen=True)
class Proven:
    """A leaf of the audit log and the proof (C2SP tlog-proof) that it is in the signed tree."""

    leaf: str
    proof: str


_Entries: TypeAlias = Sequence[bytes]
_Published: TypeAlias = tuple[int, list[Proven]]


def publish_checkpoint(parts: Parts) -> int:
    """Places what waits, signs the tree, returns its size. Raises `Unavailable` when others keep being faster."""
    return _together(parts, ())[0]


def prove(parts: Parts, entries: Sequence[bytes]) -> list[Proven]:
    """Places, signs and proves `entries`, in their order."""
    return _together(parts, entries)[1]


def _together(parts: Parts, entries: _Entries) -> _Published:
    found: _Published = parts.store.together.ask(entries, lambda asked: _published(parts, asked))
    return found


def _published(parts: Parts, asked: Sequence[_Entries]) -> list[_Published | Exception]:
    if not parts.store.entries_wait:
        return _answers(parts, asked, leads=True)
    # Who asks for the tree as it is now, and for no entry of theirs, can't be content with what another signed.
    insists = not all(asked)
    for attempt in range(_TRIES):
        with parts.store.sequence() as connection:
            # Most find that the one before them placed and signed what they ask for; whoever does not is next.
            if auditlog.lead(connection, insists=insists or attempt > 0):
                _place(parts)
                return _answers(parts, asked, leads=True)
        answers = _answers(parts, asked, leads=False)
        if not any(isinstance(one, Exception) for one in answers):
            return answers
    return answers


def _place(parts: Parts) -> None:
    for _ in range(_TRIES):
        try:
            with parts.store.sequence() as connection:
                auditlog.stand_no_longer(connection)
                auditlog.place_waiting(connection)
            return
        except Conflict:
            continue
    raise Unavailable("log-busy", "the audit log is busy; what you sent is kept", hint="send it again the same way")


def _answers(parts: Parts, asked: Sequence[_Entries], *, leads: bool) -> list[_Published | Exception]:
    """The answers from the newest signed tree; who leads signs a newer one where that is not enough."""
    try:
        found = _found(parts, asked, leads=leads)
        answers = [found.answered(entries) for entries in asked]
    except (BadInput, Untrusted) as error:
        # The disk or the memory changed a hash, or somebody did. A signature now would be of a second history.
        observe.unexpected("log.damaged", error)
        hint = "tell the operator: `broker audit verify`"
        raise Unavailable("log-damaged", "the audit log does not continue what was signed", hint=hint) from error
    if found.is_new:
        with parts.store.derive() as connection:
            auditlog.keep_checkpoint(connection, found.checkpoint.size, found.note)
    return answers


@dataclass(frozen=True)
class _Found:
    """The tree as it is committed, signed; and the leaves that were asked for, with their places and paths."""

    checkpoint: Checkpoint
    note: str
    is_new: bool
    placed: dict[bytes, tuple[int, bytes]]
    paths: dict[bytes, list[bytes]]

    def answered(self, entries: _Entries) -> _Published | Exception:
        """The proofs of `entries`, or the error that some of them are not in this tree."""
        if not all(entry in self.paths for entry in entries):
            return Unavailable("log-not-ready", "the audit entry has no place in the signed tree yet")
        return self.checkpoint.size, [self._proven(entry) for entry in entries]

    def _proven(self, entry: bytes) -> Proven:
        (index, leaf), path = self.placed[entry], self.paths[entry]
        size, root = self.checkpoint.size, self.checkpoint.root
        tree.verify_inclusion(tree.leaf_hash(leaf), index, size=size, proof=path, root=root)
        return Proven(leaf.decode(), format_proof(index, path, note=self.note))


def _found(parts: Parts, asked: Sequence[_Entries], *, leads: bool) -> _Found:
    with parts.store.look() as connection:
        size, (signed, note) = auditlog.size(connection), auditlog.latest_checkpoint(connection) or (0, "")
        placed = auditlog.placed(connection, list({entry for entries in asked for entry in entries}))
        if not leads:
            size = signed
            placed = {entry: place for entry, place in placed.items() if place[0] < size}

        def hashes(nodes: tree.Nodes) -> tuple[bytes, list[bytes], dict[bytes, list[bytes]]]:
            paths = {entry: tree.inclusion_proof(at, size, nodes=nodes) for entry, (at, _) in placed.items()}
            return tree.root(size, nodes), tree.consistency_proof(signed, size, nodes=nodes), paths

        root, continues, paths = hashes(auditlog.nodes_for(connection, hashes))
        cosigned = with_cosignatures(parts, connection, size, note) if note and signed == size else None
    before = from_base64(note.split("\n")[2]) if signed else tree.EMPTY_ROOT
    tree.verify_consistency(signed, before, new_size=size, new_root=root, proof=continues)
    found = Checkpoint(parts.settings.origin, size, root)
    if cosigned is not None or not leads:
        return _Found(found, cosigned or note, False, placed, paths)
    note = sign(found, found.origin, private_key=parts.keyring.audit_log_key)
    return _Found(found, note, True, placed, paths)
