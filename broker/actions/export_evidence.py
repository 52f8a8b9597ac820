"""Evidence about answers and other events, for a court, a regulator or the person: proofs, and the fields they may see.

What was given out, and which private fields of it were opened, is an event of the log too, and the last one in the
evidence, so that its checkpoint can't be older than the export.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from importlib import resources

from sqlalchemy import Connection

from broker.actions.ask_witnesses import ask_witnesses
from broker.actions.open_looks import Opening
from broker.actions.prove_looks import prove_looks
from broker.actions.publish_checkpoint import damage_told, prove
from broker.actions.witnessed import log_policy, witnessed_note
from broker.audit import proof, tree
from broker.audit.disclosures import reveal
from broker.audit.encoding import from_base64
from broker.audit.evidence import Shown, bundle
from broker.audit.tlogpolicy import write
from broker.errors import BadInput, NotFound
from broker.parts import Parts
from broker.store import auditaround, auditlog, auditread
from broker.wire.reference import reference_prefix

EVERYTHING = "everything"
"""Instead of the names of private fields: all of them."""
ALWAYS = "answer"
"""The private field that says which answer a leaf belongs to: without it the leaves of one can't be told together."""

_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)


def export_evidence(
    parts: Parts, wanted: Sequence[str], *, show: Collection[str] = (), looks: Opening | None = None
) -> bytes:
    """The zip about `wanted`: spoken references of answers, or ids of events.

    `show` names the private fields that the reader may see. An answer comes with all leaves of it. `looks` is a record
    of which all looks come besides, with the proof that they are all. Raises `BadInput` for a misheard reference or a
    field that none of it has, and `NotFound` for what the log does not have.
    """
    with parts.store.look() as connection:
        found = {one: _private(parts, connection, one) for name in wanted for one in _entries(parts, connection, name)}
    proven = prove_looks(parts, looks).value if looks else None
    if proven:
        found = {**proven.shown, proven.index: {}, **found}
    entries, private = list(found), list(found.values())
    _refuse_unknown(private, show)
    shown = [_shown(one, show) for one in private]
    stamp = parts.stamp("broker")
    said = {"entries": [entry.hex() for entry in entries], "shown": sorted(show)}
    event = parts.entry(stamp.event("admin", {"act": "exported", "what": "evidence"}, said))
    with parts.store.begin() as tx:
        tx.audit(event)
        held = tx.release([*shown, []])
    disclosures = held.released().value
    placed = placed_together(parts, [*entries, event.id])
    return bundle(
        [Shown(one.leaf, one.proof, texts) for one, texts in zip(placed, disclosures, strict=True)],
        policy=write(log_policy(parts.trust)),
        verifier=resources.files("broker.audit").joinpath("verify_audit.py").read_bytes(),
        looks=proven.proof if proven else b"",
    )


def placed_together(parts: Parts, entries: Sequence[bytes]) -> list[proof.Proven]:
    """The entries under the newest checkpoint that enough witnesses cosigned; under the newest where they don't."""
    newest = prove(parts, entries)
    if not parts.trust.quorum:
        return newest
    ask_witnesses(parts)
    with parts.store.look() as connection:
        note = witnessed_note(parts, connection) or ""
        size, placed = int(note.split("\n")[1]) if note else 0, auditlog.placed(connection, entries)
        if any(placed[entry][0] >= size for entry in entries):
            return newest

        places = [placed[entry] for entry in entries]

        def paths(nodes: tree.Nodes, *, root: bytes | None = None) -> Mapping[int, tuple[bytes, Sequence[bytes]]]:
            return tree.inclusion_proofs({index for index, _ in places}, size, nodes=nodes, root=root)

        with damage_told():
            found = paths(auditlog.nodes_for(connection, paths), root=from_base64(note.split("\n")[2]))
            return [proof.proven(index, leaf, found[index], note=note) for index, leaf in places]


def _entries(parts: Parts, connection: Connection, name: str) -> list[bytes]:
    """The leaves that a reference or id stands for: of an answer the cover leaf and every leaf that names it."""
    is_id = _ID.fullmatch(name) is not None
    prefix = bytes.fromhex(name) if is_id else reference_prefix(name)
    covers = auditread.answer_with(connection, prefix)
    if is_id and not covers and auditlog.placed(connection, [prefix]):
        return [prefix]
    if len(covers) != 1:
        raise NotFound("reference-unknown", "there is no answer with this reference", hint="check every character")
    beside = auditaround.beside(connection, covers[0])
    return [covers[0], *(entry for entry in beside if _answer_of(parts, connection, entry) == covers[0].hex())]


def _answer_of(parts: Parts, connection: Connection, entry: bytes) -> object:
    """The answer that a leaf beside it says in private that it belongs to."""
    text = _private(parts, connection, entry).get(ALWAYS)
    return reveal(text)[1] if text else None


def _private(parts: Parts, connection: Connection, entry: bytes) -> dict[str, str]:
    """The disclosures of an event; none where they were destroyed: its leaf is still proved, and says no more."""
    try:
        return auditlog.disclosures(connection, parts.keyring, entry)
    except NotFound:
        return {}


def _refuse_unknown(private: Sequence[Mapping[str, str]], show: Collection[str]) -> None:
    """A field that is misspelt would be left out in silence, and the reader would think that there is none."""
    known = {_base(name) for found in private for name in found} | {ALWAYS, EVERYTHING}
    if not known.issuperset(show):
        hint = f"there are {', '.join(sorted(known))}"
        raise BadInput("show-unknown", "none of these events has a private field of that name", field="show", hint=hint)


def _shown(found: Mapping[str, str], show: Collection[str]) -> list[str]:
    return [text for name, text in found.items() if EVERYTHING in show or name == ALWAYS or _base(name) in show]


def _base(name: str) -> str:
    """`facts` for `facts.0`, `facts.1` and so on."""
    return name.partition(".")[0]
