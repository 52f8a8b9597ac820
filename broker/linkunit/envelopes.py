"""Evidence envelopes -> what an agency stated inside, or one refusal that says nothing (docs/formats/evidence.md).

The broker hands envelopes in and learns only whether each could be used: why not is never told, as whoever may not open
an envelope could learn from the reason what is in it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from broker.errors import BrokerError, Untrusted
from broker.keys import context
from broker.keys.sealing import open_classical
from broker.keys.signing import verify_bytes
from broker.keys.statement import BY_ENVELOPE, EPOCH_BYTES, EPOCHS_AT, NAME_BYTES, SLOT_BYTES, USES, Layout
from broker.keys.trust import Trust
from broker.tokens import Scheme
from broker.wire.evaluation import Use

_USES: dict[int, Use] = {number: use for use, number in USES.items()}
_SLUG = re.compile(rb"[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True)
class Statement:
    """What one agency sealed: for which use, about which record or question, and the evidence itself.

    `name` is the SHA-256 of a record's reference, or a ticket's id and 16 zeros; `vectors` are those under open epochs
    of the evidence key, one at least, each of one 16-byte slot an atom.
    """

    use: Use
    agency: str
    name: bytes = field(repr=False)
    version: int
    vectors: Mapping[int, bytes] = field(repr=False)


@dataclass(frozen=True)
class Opener:
    """Opens the envelopes of one place and scheme, from agencies that the trust list vouches for now.

    `seal_keys` are the open keys that envelopes are sealed to, the newest last.
    """

    trust: Trust
    scheme: Scheme
    seal_keys: tuple[X25519PrivateKey, ...] = field(repr=False)

    def open(self, envelope: bytes) -> Statement:
        """What is inside. Raises `Untrusted`, always the same, unless everything fits."""
        return self.unsealed(envelope)[0]

    def unsealed(self, envelope: bytes) -> tuple[Statement, bytes]:
        """The same with the bytes that were sealed, for whoever seals them again. Raises as `open` does."""
        try:
            return self._open(envelope)
        except BrokerError:
            raise Untrusted("envelope-unusable", "an envelope can't be used") from None

    def _open(self, envelope: bytes) -> tuple[Statement, bytes]:
        layout = BY_ENVELOPE.get(len(envelope))
        if layout is None:
            raise _UNFIT
        plain = self._plain(envelope)
        signed, signature = plain[: layout.signed_bytes], plain[layout.signed_bytes :]
        statement = self._parse(signed, layout)
        message = context.EVIDENCE_SIGNATURE + signed
        # A record stays usable when the key that signed it is retired; a question is of now.
        keys_of = self.trust.vouching_keys if statement.use == "post" else self.trust.signing_keys
        for key in keys_of(statement.agency, statement.use):
            try:
                verify_bytes(message, signature, public_key=key)
                return statement, plain
            except Untrusted:
                continue
        raise _UNFIT

    def _plain(self, envelope: bytes) -> bytes:
        info = context.bind(context.EVIDENCE_SEAL, self.trust.place, self.scheme.digest)
        for key in reversed(self.seal_keys):
            try:
                return open_classical(envelope, key, info=info)
            except Untrusted:
                continue
        raise _UNFIT

    def _parse(self, signed: bytes, layout: Layout) -> Statement:
        slots, name_at, version_at = len(self.scheme.atoms), layout.name_at, layout.version_at
        length, start = SLOT_BYTES * slots, layout.head_bytes
        agency, place = _name(signed[2:43]), _name(signed[43:84])
        version = int.from_bytes(signed[version_at : version_at + 8], "big")
        use = _USES.get(signed[1])
        known = (
            signed[0] == layout.number
            and place == self.trust.place
            and signed[84:EPOCHS_AT] == self.scheme.digest
            and signed[start - 1] == slots
            and slots <= layout.max_slots
            and not any(signed[start + length * layout.epochs :])
        )
        if not known or use is None or (use == "ask") != (version == 0):
            raise _UNFIT
        epochs = [int.from_bytes(signed[at : at + EPOCH_BYTES], "big") for at in range(EPOCHS_AT, name_at, EPOCH_BYTES)]
        if epochs != list(range(epochs[0], epochs[0] + layout.epochs)):
            raise _UNFIT
        held = {epoch: signed[start + length * at : start + length * (at + 1)] for at, epoch in enumerate(epochs)}
        # What lies under a closed epoch is never looked at: its key may be everybody's by now.
        usable = {epoch: vector for epoch, vector in held.items() if epoch in self.trust.evidence_epochs}
        if not usable:
            raise _UNFIT
        return Statement(use, agency, signed[name_at:version_at], version, usable)


def question_name(ticket_id: bytes) -> bytes:
    """The name that the statement of a question's own envelope has."""
    return ticket_id + bytes(32 - len(ticket_id))


def _name(data: bytes) -> str:
    length, text, rest = data[0], data[1 : 1 + data[0]], data[1 + data[0] :]
    if length > NAME_BYTES or any(rest) or not _SLUG.fullmatch(text):
        raise _UNFIT
    return text.decode("ascii")


_UNFIT = Untrusted("envelope-unusable", "an envelope can't be used")
