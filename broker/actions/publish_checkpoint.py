"""Entries of the audit log get their place in the tree, and the tree is signed.

The order is what makes it trustworthy:

    1. place: indices, leaf hashes and nodes in one transaction, fenced by the size it started from
    2. sign only what continues what was signed before, and tell of it only once it is committed
    3. keep the checkpoint, then give out proofs, each of them verified

On SQLite steps 1 and 2 are part of the commit of the entries themselves (`broker.store.groupcommit`). On PostgreSQL
requests commit side by side: whoever holds the sequencer's lock places what everybody committed, and signs in that same
transaction (`broker.store.sequencer`); a key that others keep signs after it. It is done once for all threads that wait
(`broker.store.together`). Nothing about the tree is remembered but the hashes of what was just committed, for those who
are about to ask for them (`broker.store.batches`), so that no write that failed can have spoilt it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeAlias

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection

from broker import observe
from broker.actions.witnessed import with_cosignatures
from broker.audit import tree
from broker.audit.checkpoint import Checkpoint, Signer, sign
from broker.audit.encoding import from_base64
from broker.audit.proof import Proven, proven
from broker.errors import BadInput, Conflict, NotFound, Unavailable, Untrusted
from broker.parts import Parts
from broker.store import auditlog, auditread, sequencer
from broker.store.batches import Batch
from broker.store.engine import Store

_TRIES = 5


_Entries: TypeAlias = Sequence[bytes]
_Published: TypeAlias = tuple[int, list[Proven]]
_Paths: TypeAlias = Mapping[int, tuple[bytes, Sequence[bytes]]]


def publish_checkpoint(parts: Parts) -> int:
    """Places what waits, signs the tree, returns its size. Raises `Unavailable` when others keep being faster."""
    return _together(parts, ())[0]


def prove(parts: Parts, entries: Sequence[bytes]) -> list[Proven]:
    """Places, signs and proves `entries`, in their order."""
    batch = parts.store.batches.take(entries)
    if batch is None:
        return _together(parts, entries)[1]
    with damage_told():
        return batch.proven(entries)


def sign_in_commits(store: Store, origin: str, key: Callable[[], Signer]) -> None:
    """From now on what is placed in a commit of SQLite is signed there, if it continues what was signed."""

    def signs(connection: Connection, batch: Batch) -> Batch:
        signed, note = auditlog.latest_checkpoint(connection) or (0, "")
        made = _signed_within(origin, key(), batch, before=(signed, note))
        if made.note:
            auditlog.keep_checkpoint(connection, made.size, made.note)
        return made

    store.signs = signs


def _signed_within(origin: str, key: Signer, batch: Batch, *, before: tuple[int, str]) -> Batch:
    """The batch, signed before its commit if it may be; `before` is the last checkpoint's size and note."""
    # A key that others keep may take its time, or fail; nobody's commit waits for that.
    signed, note = before
    if not isinstance(key, Ed25519PrivateKey) or signed != batch.first or signed == batch.size:
        return batch
    try:
        return _signed(origin, key, batch, before=note)
    except (BadInput, Untrusted):
        # Whoever asks for a proof is told that the log is damaged.
        return batch


def _signed(origin: str, key: Signer, batch: Batch, *, before: str) -> Batch:
    """The batch under a signed checkpoint. Raises `Untrusted` when its tree does not continue the one of `before`."""
    root, old = tree.root(batch.size, batch.nodes), batch.first
    was = from_base64(before.split("\n")[2]) if before else tree.EMPTY_ROOT
    continues = tree.consistency_proof(old, batch.size, nodes=batch.nodes)
    tree.verify_consistency(old, was, new_size=batch.size, new_root=root, proof=continues)
    return batch.signed(root, sign(Checkpoint(origin, batch.size, root), origin, private_key=key))


def _together(parts: Parts, entries: _Entries) -> _Published:
    found: _Published = parts.store.together.ask(entries, lambda asked: _published(parts, asked))
    return found


def _published(parts: Parts, asked: Sequence[_Entries]) -> list[_Published | Exception]:
    if not parts.store.entries_wait:
        return _answers(parts, asked)
    # Who asks for the tree as it is now, and for no entry of theirs, can't be content with what another placed.
    insists = not all(asked)
    for attempt in range(_TRIES):
        # Most find that the one before them placed what they ask for; whoever does not is next.
        try:
            answers = _led(parts, asked, insists=insists or attempt > 0)
        except Conflict:
            continue
        if not any(isinstance(one, Unavailable) for one in answers):
            return answers
    raise Unavailable("log-busy", "the audit log is busy; what you sent is kept", hint="send it again the same way")


def _led(parts: Parts, asked: Sequence[_Entries], *, insists: bool) -> list[_Published | Exception]:
    """The answers, after what waits was placed, by this process or another. Raises `Conflict` when it was overtaken."""
    origin, key = parts.settings.origin, parts.keyring.audit_log_key

    def signs(led: sequencer.Led) -> Batch:
        return _signed_within(origin, key, led.batch, before=(led.signed, led.note))

    with damage_told(), parts.store.sequence() as connection:
        led = sequencer.place(connection, signs) if sequencer.lead(connection, insists=insists) else None
        found = _found(parts, connection, asked) if led is None else None
    if found is not None:
        return _answered(parts, asked, found)
    if led is None or led.signed != led.batch.first or not led.batch.holds(asked):
        return _answers(parts, asked)
    batch = led.batch
    with damage_told():
        if not batch.note:
            batch = _signed(origin, key, batch, before=led.note)
            _keep(parts, batch.size, batch.note)
        return [(batch.size, batch.proven(entries)) for entries in asked]


def _answers(parts: Parts, asked: Sequence[_Entries]) -> list[_Published | Exception]:
    """The answers from the tree as it is stored."""
    with damage_told(), parts.store.look() as connection:
        found = _found(parts, connection, asked)
    return _answered(parts, asked, found)


def _answered(parts: Parts, asked: Sequence[_Entries], found: _Found) -> list[_Published | Exception]:
    with damage_told():
        answers = [found.answered(entries) for entries in asked]
    if found.is_new:
        _keep(parts, found.checkpoint.size, found.note)
    return answers


def _keep(parts: Parts, size: int, note: str) -> None:
    with parts.store.derive() as connection:
        auditlog.keep_checkpoint(connection, size, note)


@contextmanager
def damage_told() -> Iterator[None]:
    """Makes a proof that leads nowhere `Unavailable`: whoever asked is told no more than that the log is damaged."""
    try:
        yield
    except (BadInput, Untrusted) as error:
        # The disk or the memory changed a hash, or somebody did. A signature now would be of a second history.
        observe.unexpected("log.damaged", error)
        hint = "tell the operator: `broker audit verify`"
        raise Unavailable("log-damaged", "the audit log does not continue what was signed", hint=hint) from error


@dataclass(frozen=True)
class _Found:
    """The tree as it is committed, signed; and the leaves that were asked for, with their places and paths."""

    checkpoint: Checkpoint
    note: str
    is_new: bool
    placed: Mapping[bytes, tuple[int, bytes]]
    paths: _Paths
    pruned: frozenset[bytes]

    def answered(self, entries: _Entries) -> _Published | Exception:
        """The proofs of `entries`, or the error that some of them are not in this tree, or not any more."""
        if not self.pruned.isdisjoint(entries):
            return NotFound("entry-pruned", "the audit log has no proof of this event any more: it was pruned")
        if not all(entry in self.placed for entry in entries):
            return Unavailable("log-not-ready", "the audit entry has no place in the signed tree yet")
        return self.checkpoint.size, [self._proven(entry) for entry in entries]

    def _proven(self, entry: bytes) -> Proven:
        index, leaf = self.placed[entry]
        return proven(index, leaf, self.paths[index], note=self.note)


def _found(parts: Parts, connection: Connection, asked: Sequence[_Entries]) -> _Found:
    """The tree under the last checkpoint or, where that is not enough, under a new one of what is committed."""
    wanted = list({entry for entries in asked for entry in entries})
    stands = auditlog.standing(connection, wanted)
    size, signed, note, placed = stands.size, stands.signed, stands.note, dict(stands.placed)
    pruned = auditlog.lacking(connection, [entry for entry in wanted if entry not in placed])
    if note and all(asked) and all(index < signed for index, _ in placed.values()):
        size = signed

    def hashes(nodes: tree.Nodes, *, checked: bool = False) -> tuple[bytes, list[bytes], _Paths]:
        root, indices = tree.root(size, nodes), {index for index, _ in placed.values()}
        paths = tree.inclusion_proofs(indices, size, nodes=nodes, root=root if checked else None)
        return root, tree.consistency_proof(signed, size, nodes=nodes), paths

    try:
        read = auditlog.nodes_for(connection, hashes)
    except Untrusted:
        # Events of the system stay when the beginning of the log is pruned, and the hashes beside them do not.
        first = auditread.served_from(connection)
        pruned |= {entry for entry, (index, _) in placed.items() if index < first}
        placed = {entry: place for entry, place in placed.items() if entry not in pruned}
        read = auditlog.nodes_for(connection, hashes)
    root, continues, paths = hashes(read, checked=True)
    before = from_base64(note.split("\n")[2]) if signed else tree.EMPTY_ROOT
    tree.verify_consistency(signed, before, new_size=size, new_root=root, proof=continues)
    found = Checkpoint(parts.settings.origin, size, root)
    if note and signed == size:
        return _Found(found, with_cosignatures(parts, connection, size, note), False, placed, paths, pruned)
    note = sign(found, found.origin, private_key=parts.keyring.audit_log_key)
    return _Found(found, note, True, placed, paths, pruned)
