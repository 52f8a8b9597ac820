"""Evidence: what the linkage unit compares, sealed so that nobody else can. Layout in `docs/formats/evidence.md`.

    slot      HMAC-SHA256(evidence key, "tysc/atom/v1\\0" | atom type | place | scheme | value)[:16], zeros: not held
    envelope  HPKE (X25519) to the linkage unit of the statement below: 48 + 1,488 = 1,536 bytes, always

     0    1  layout, 0x01                               118   32  post: SHA-256 of the record's ref pseudonym
     1    1  use: 1 post, 2 ask                                   ask: the ticket id, then 16 zeros
     2   41  agency: length and name, zero-filled       150    8  post: the record's version; ask: zero
    43   41  place: length and name, zero-filled        158    1  number of slots n
    84   32  digest of the match-key scheme             159  16n  the vector, zero-filled to 1424
   116    2  epoch of the evidence key                 1424   64  Ed25519 over "tysc/evidence/v1\\0" and bytes 0 to 1423

While the evidence key changes layout 2 holds the vector under both epochs, in 2,560 bytes: `keys/statement.py`. The
agency's signature is inside, so that nobody who can open an envelope can pass its content on as their own, and so that
nothing outside the envelope can be computed from the vector: no hash, no signature, no deduplication key.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

from broker.errors import BadInput
from broker.keys import context
from broker.keys.custodial import SigningKey
from broker.keys.sealing import seal_classical
from broker.keys.statement import EPOCH_BYTES, LAYOUTS, NAME_BYTES, SLOT_BYTES, USES, Layout
from broker.tokens import Scheme, atom_type
from broker.wire.evaluation import Use

NOT_HELD = bytes(SLOT_BYTES)


@dataclass(frozen=True)
class About:
    """What one envelope is about: a record in one version, or one question. `name` is 32 bytes."""

    use: Use
    name: bytes
    version: int


def about_record(ref: bytes, version: int) -> About:
    """A posted record, by the pseudonym of its reference."""
    return About("post", hashlib.sha256(ref).digest(), version)


def about_question(ticket_id: bytes) -> About:
    """A question, by its ticket: an envelope for one never stands in for the other."""
    return About("ask", ticket_id + bytes(32 - len(ticket_id)), 0)


@dataclass(frozen=True)
class Sealer:
    """Makes this agency's envelopes: whose they are, under which keys, and for whom.

    `evidence_keys` are those of the open epochs that this agency holds, one or two, by their epoch.
    """

    agency: str
    place: str
    scheme: Scheme
    evidence_keys: Mapping[int, bytes] = field(repr=False)
    signing_key: SigningKey = field(repr=False)
    seal_key: X25519PublicKey

    @property
    def epochs(self) -> tuple[int, ...]:
        """Under which epochs every envelope holds its vector, the newest last."""
        return tuple(sorted(self.evidence_keys))

    @property
    def _layout(self) -> Layout:
        return LAYOUTS[len(self.evidence_keys)]

    def seal(self, atoms: Sequence[str | None], about: About) -> bytes:
        """The envelope of one person's evidence, in the order of the scheme: 1,536 bytes, or 2,560 of two epochs.

        Raises `BadInput` when `atoms` is not one value or None for each atom of the scheme.
        """
        vectors = [self._vector(atoms, self.evidence_keys[epoch]) for epoch in self.epochs]
        signed = self._signed_part(vectors, about)
        signature = self.signing_key.sign(context.EVIDENCE_SIGNATURE + signed)
        return seal_classical(signed + signature, self.seal_key, info=seal_info(self.place, self.scheme.digest))

    def _vector(self, atoms: Sequence[str | None], key: bytes) -> bytes:
        if len(atoms) != len(self.scheme.atoms) or len(atoms) > self._layout.max_slots:
            raise BadInput(
                "evidence-incomplete", f"evidence under {self.scheme.name} has {len(self.scheme.atoms)} slots"
            )
        named = zip(self.scheme.atoms, atoms, strict=True)
        return b"".join(self._slot(key, name, value=value) for name, value in named)

    def _slot(self, key: bytes, atom: str, *, value: str | None) -> bytes:
        if not value:
            return NOT_HELD
        # The slots of one neighbourhood share a type, so that the linkage unit sees two of them agree.
        message = context.bind(context.ATOM, atom_type(atom), self.place, self.scheme.name, value)
        return hmac.digest(key, message, hashlib.sha256)[:SLOT_BYTES]

    def _signed_part(self, vectors: Sequence[bytes], about: About) -> bytes:
        head = bytes((self._layout.number, USES[about.use])) + _name(self.agency) + _name(self.place)
        head += self.scheme.digest + b"".join(epoch.to_bytes(EPOCH_BYTES, "big") for epoch in self.epochs)
        head += about.name + about.version.to_bytes(8, "big") + bytes([len(self.scheme.atoms)])
        return (head + b"".join(vectors)).ljust(self._layout.signed_bytes, b"\0")


def seal_info(place: str, scheme_digest: bytes) -> bytes:
    """The HPKE context of every envelope of a place and scheme."""
    return context.bind(context.EVIDENCE_SEAL, place, scheme_digest)


def _name(text: str) -> bytes:
    data = text.encode()
    return bytes([len(data)]) + data.ljust(NAME_BYTES, b"\0")
