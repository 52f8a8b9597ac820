"""Evidence envelopes -> what an agency stated inside, or one refusal that says nothing (docs/formats/evidence.md).

The broker hands envelopes in and learns only whether each could be used: why not is never told, as whoever may not open
an envelope could learn from the reason what is in it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from broker.errors import BrokerError, Untrusted
from broker.keys import context
from broker.keys.sealing import CLASSICAL_OVERHEAD, open_classical
from broker.keys.signing import verify_bytes
from broker.keys.trust import Trust
from broker.tokens import Scheme
from broker.wire.delivery import EVIDENCE_BYTES
from broker.wire.evaluation import Use

LAYOUT = 1
SLOT_BYTES = 16
SIGNATURE_BYTES = 64
STATEMENT_BYTES = EVIDENCE_BYTES - CLASSICAL_OVERHEAD
SIGNED_BYTES = STATEMENT_BYTES - SIGNATURE_BYTES
HEAD_BYTES = 159
_NAME_BYTES = 40
_USES: dict[int, Use] = {1: "post", 2: "ask"}
_SLUG = re.compile(rb"[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True)
class Statement:
    """What one agency sealed: for which use, about which record or question, and the evidence itself.

    `name` is the SHA-256 of a record's reference, or a ticket's id and 16 zeros; `vector` one 16-byte slot an atom.
    """

    use: Use
    agency: str
    name: bytes = field(repr=False)
    version: int
    vector: bytes = field(repr=False)


@dataclass(frozen=True)
class Opener:
    """Opens the envelopes of one place, scheme and epoch, from agencies that are on the trust list now."""

    trust: Trust
    scheme: Scheme
    seal_key: X25519PrivateKey = field(repr=False)

    def open(self, envelope: bytes) -> Statement:
        """What is inside. Raises `Untrusted`, always the same, unless everything fits."""
        try:
            return self._open(envelope)
        except BrokerError:
            raise Untrusted("envelope-unusable", "an envelope can't be used") from None

    def _open(self, envelope: bytes) -> Statement:
        if len(envelope) != EVIDENCE_BYTES:
            raise _UNFIT
        info = context.bind(context.EVIDENCE_SEAL, self.trust.place, self.scheme.digest)
        plain = open_classical(envelope, self.seal_key, info=info)
        if len(plain) != STATEMENT_BYTES:
            raise _UNFIT
        signed, signature = plain[:SIGNED_BYTES], plain[SIGNED_BYTES:]
        statement = self._parse(signed)
        message = context.EVIDENCE_SIGNATURE + signed
        for key in self.trust.signing_keys(statement.agency, statement.use):
            try:
                verify_bytes(message, signature, public_key=key)
                return statement
            except Untrusted:
                continue
        raise _UNFIT

    def _parse(self, signed: bytes) -> Statement:
        slots = len(self.scheme.atoms)
        end = HEAD_BYTES + SLOT_BYTES * slots
        agency, place = _name(signed[2:43]), _name(signed[43:84])
        version = int.from_bytes(signed[150:158], "big")
        use = _USES.get(signed[1])
        known = (
            signed[0] == LAYOUT
            and place == self.trust.place
            and signed[84:116] == self.scheme.digest
            and int.from_bytes(signed[116:118], "big") == self.trust.evidence_epoch
            and signed[158] == slots
            and not any(signed[end:])
        )
        if not known or use is None or (use == "ask") != (version == 0):
            raise _UNFIT
        return Statement(use, agency, signed[118:150], version, signed[HEAD_BYTES:end])


def question_name(ticket_id: bytes) -> bytes:
    """The name that the statement of a question's own envelope has."""
    return ticket_id + bytes(32 - len(ticket_id))


def _name(data: bytes) -> str:
    length, text, rest = data[0], data[1 : 1 + data[0]], data[1 + data[0] :]
    if length > _NAME_BYTES or any(rest) or not _SLUG.fullmatch(text):
        raise _UNFIT
    return text.decode("ascii")


_UNFIT = Untrusted("envelope-unusable", "an envelope can't be used")
