"""The broker's checkpoints go to the witnesses, in the background; what they cosign is kept, what they say is noted.

    1. a witness is due when the log has grown since it cosigned, or it last did a minute ago
    2. all that are due are asked at once; each is sent the proof from the size that it cosigned last
    3. cosignatures are kept
    4. too few, none for too long, enough again; a witness that knows a larger log, or saw a fork: an event each, once

Never in a question's way: who asks waits for no witness. Several processes may do this at once; the witnesses see to it
that nothing goes backwards.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from broker import observe
from broker.actions.publish_checkpoint import publish_checkpoint
from broker.actions.witnessed import Standing, standing
from broker.audit import tree, witnessing
from broker.audit.act_events import witness_event
from broker.audit.checkpoint import Checkpoint
from broker.errors import Misconfigured, Untrusted
from broker.keys.listed import Witness
from broker.parts import Parts
from broker.peers import witnesses
from broker.peers.witnesses import Answer, Cosigned, Refused, Silent, Wants
from broker.store import auditlog, cosignatures

IDLE = 60
"""Seconds after which a witness is asked again although nothing happened: its silence is known within three minutes."""
_AT_ONCE = 8
_TOO_FEW, _STOPPED = "too-few", "stopped"


@dataclass(frozen=True)
class _Said:
    """What became of one witness: its last answer, and the size of the checkpoint that it answered to."""

    witness: Witness
    answer: Answer
    size: int


def ask_witnesses(parts: Parts) -> Standing:
    """One round, under the trust list of now: asks whoever is due, and says how the log stands then."""
    parts = parts.fresh()
    now = int(parts.now().timestamp())
    if parts.trust.witnesses:
        # What nobody waits for is not signed yet.
        publish_checkpoint(parts)
        due = _due(parts, now)
        with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
            said = list(pool.map(lambda one: _ask(parts, one[0], one[1], now=now), due))
        _keep(parts, said, now)
    with parts.store.look() as connection:
        found, alarms = standing(parts, connection), cosignatures.alarms(connection)
    _note_standing(parts, found, alarms, now)
    return found


def check_not_behind(parts: Parts) -> None:
    """Raises `Misconfigured` when a witness knows a log of ours that is larger than this one, or another one.

    Then the database is an older copy: going on would sign a second history. A witness that does not answer, or shows
    what our key did not sign, says nothing.
    """
    for witness in parts.trust.witnesses:
        shown = _shown(parts, witness)
        if shown is None:
            observe.event("witness.silent", code="no-answer", agency=witness.name)
        elif not _holds(parts, shown):
            said = f"the witness `{witness.name}` knows {shown.size} events of this audit log, which are not all here"
            hint = "the database is an older copy: bring it up to date with `broker audit catch-up`"
            raise Misconfigured("log-behind-witness", said, hint=hint)


def _due(parts: Parts, now: int) -> list[tuple[Witness, int]]:
    """Who is to be asked, and the size that each cosigned last as far as we know."""
    listed = parts.trust.witnesses
    with parts.store.sequence() as connection:
        cosignatures.asked(connection, [one.vkey for one in listed], at=now)
        lasts = cosignatures.lasts(connection, [one.vkey for one in listed])
        latest = auditlog.latest_checkpoint(connection)
    size = latest[0] if latest else 0
    sizes = ((one, lasts[one.vkey]) for one in listed)
    return [(one, last.size) for one, last in sizes if size and (last.size < size or now - last.at >= IDLE)]


def _ask(parts: Parts, witness: Witness, old: int, *, now: int) -> _Said:
    """Asks one witness; a second time where it says which size it cosigned last."""
    said = _once(parts, witness, old, now=now)
    if isinstance(said.answer, Wants) and said.answer.size <= said.size:
        said = _once(parts, witness, said.answer.size, now=now)
    if isinstance(said.answer, Silent):
        observe.event("witness.silent", code=said.answer.why, agency=witness.name)
    return said


def _once(parts: Parts, witness: Witness, old: int, *, now: int) -> _Said:
    # Read anew each time: another process may have signed, and sent, a larger tree meanwhile.
    with parts.store.look() as connection:
        size, note = auditlog.latest_checkpoint(connection) or (0, "")
        old = min(old, size)
        try:
            nodes = auditlog.nodes_for(connection, lambda nodes: tree.consistency_proof(old, size, nodes=nodes))
            body = witnessing.write(old, tree.consistency_proof(old, size, nodes=nodes), note=note)
        except Untrusted as error:
            # What it saw last was pruned since: it needs a new key, and the others must not wait for it.
            return _Said(witness, Silent(error.code), size)
    http = parts.linkage_unit.http
    return _Said(witness, witnesses.add_checkpoint(http, witness, body, note=note, now=now), size)


def _keep(parts: Parts, said: list[_Said], now: int) -> None:
    """Keeps what was cosigned; what a witness can only say of a log that went wrong becomes an event."""
    with parts.store.sequence() as connection:
        for one in said:
            if isinstance(one.answer, Cosigned):
                cosignatures.keep(connection, one.witness.vkey, one.answer.line, size=one.size, at=one.answer.at)
                cosignatures.clear_alarms(connection, [f"behind {one.witness.name}", f"refused {one.witness.name}"])
    for one in said:
        if isinstance(one.answer, Refused):
            _alarm(parts, "refused", size=one.size, now=now, witness=one.witness.name)
        elif isinstance(one.answer, Wants) and _is_behind(parts, one.witness):
            _alarm(parts, "behind", size=one.size, now=now, witness=one.witness.name)


def _is_behind(parts: Parts, witness: Witness) -> bool:
    shown = _shown(parts, witness)
    return shown is not None and not _holds(parts, shown)


def _shown(parts: Parts, witness: Witness) -> Checkpoint | None:
    """What a witness cosigned last, where our own key signed it: what a witness says alone proves nothing."""
    return witnesses.latest(parts.linkage_unit.http, witness, parts.trust.broker.audit_log)


def _holds(parts: Parts, shown: Checkpoint) -> bool:
    """Whether the log here begins with the tree of a checkpoint."""

    def root(nodes: tree.Nodes) -> bytes:
        return tree.root(shown.size, nodes)

    with parts.store.look() as connection:
        return shown.size <= auditlog.size(connection) and root(auditlog.nodes_for(connection, root)) == shown.root


def _note_standing(parts: Parts, found: Standing, alarms: dict[str, int], now: int) -> None:
    for act in _missing(found):
        if act not in alarms:
            _alarm(parts, act, size=_size(parts), now=now)
    if found.state in ("enough", "off") and {_TOO_FEW, _STOPPED} & alarms.keys():
        _alarm(parts, "enough", size=_size(parts), now=now)


def _missing(found: Standing) -> Iterator[str]:
    if found.state in (_TOO_FEW, _STOPPED):
        yield _TOO_FEW
    if found.state == _STOPPED:
        yield _STOPPED


def _alarm(parts: Parts, act: str, *, size: int, now: int, witness: str = "") -> None:
    """One event and one line of diagnostics, the first time only."""
    with parts.store.sequence() as connection:
        if act == "enough":
            is_new = bool(cosignatures.clear_alarms(connection, [_TOO_FEW, _STOPPED]))
        else:
            is_new = cosignatures.raise_alarm(connection, f"{act} {witness}".rstrip(), at=now)
    if is_new:
        observe.event("witnesses.changed", outcome=act, tree_size=size, agency=witness or None)
        event = witness_event(parts.stamp("broker"), act, size=size, witness=witness)
        with parts.store.begin() as tx:
            tx.audit(parts.entry(event))
        publish_checkpoint(parts)


def _size(parts: Parts) -> int:
    with parts.store.look() as connection:
        return auditlog.size(connection)
