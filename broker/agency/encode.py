"""Rows that are ready become chunks: the only way in which anything about a person leaves this room for the broker.

    {"v":1,"agency":"council","source":"csc","batch":"...","number":1,...,"evaluation":{...},"content_key":"..."}
    {"row":2,"ref":"...","version":1795334400,"tokens":[{"number":4,"point":"..."}],"evidence":"...","payload":"..."}

Tokens by way of the linkage unit, evidence sealed to it, the payload under the chunk's content key, which is sealed to
the broker. The payload is padded to a multiple of 512 bytes and bound to agency, source, batch, chunk, row, reference
and version, so that it opens nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from broker.agency.blind import Blinder, Occasion
from broker.agency.delivery import Manifest
from broker.agency.evidence import Sealer, about_record
from broker.agency.ready import Ready
from broker.keys import context
from broker.keys.envelope import DATA_KEY_BYTES, NONCE_BYTES, pad
from broker.keys.sealing import seal_hybrid
from broker.wire.delivery import MAX_ROWS, ChunkHeader, Row
from broker.wire.evaluation import Evaluation

PAYLOAD_STEP = 512
MAX_CHUNK_ROWS = MAX_ROWS
CHUNK_ROWS = 250
"""So few that also of a small file one chunk is on its way while the next is made."""


@dataclass(frozen=True)
class Encoder:
    """Makes the chunks of one delivery."""

    manifest: Manifest
    blinder: Blinder
    sealer: Sealer

    def encode_chunk(self, number: int, rows: Sequence[Ready], *, now: int) -> bytes:
        """The body of chunk `number`, holding `rows`. Raises what `Blinder.make_tokens` raises."""
        manifest, random_bytes = self.manifest, self.blinder.random_bytes
        occasion = Occasion(manifest.agency, "post", manifest.batch)
        evaluation, tokens = self.blinder.make_tokens([row.match_keys for row in rows], occasion, now=now)
        content_key = random_bytes(DATA_KEY_BYTES)
        place = (manifest.agency, manifest.source, manifest.batch.hex(), number)
        info = context.bind(context.CONTENT_KEY, *place)
        sealed_key = seal_hybrid(content_key, self.blinder.trust.broker.seal_key, info=info)
        header = self._header(number, len(rows), evaluation=evaluation, content_key=sealed_key)
        lines = [header.model_dump_json(exclude_none=True)]
        for row, row_tokens in zip(rows, tokens, strict=True):
            bound = context.bind(context.PAYLOAD, *place, row.number, row.ref.hex(), manifest.version)
            nonce = random_bytes(NONCE_BYTES)
            plaintext = pad(row.payload.model_dump_json(exclude_none=True).encode(), PAYLOAD_STEP)
            line = Row(
                row=row.number,
                ref=row.ref,
                version=manifest.version,
                tokens=row_tokens,
                evidence=self.sealer.seal(row.atoms, about_record(row.ref, manifest.version)),
                payload=nonce + AESGCM(content_key).encrypt(nonce, plaintext, bound),
            )
            lines.append(line.model_dump_json(exclude_none=True))
        return _body(lines)

    def encode_retractions(self, number: int, refs: Sequence[bytes]) -> bytes:
        """The body of a chunk that retracts the records of `refs`; it needs no linkage unit."""
        header = self._header(number, len(refs), evaluation=None, content_key=None)
        version = self.manifest.version
        rows = (Row(row=row, ref=ref, version=version, retract=True) for row, ref in enumerate(refs, start=1))
        return _body([line.model_dump_json(exclude_none=True) for line in (header, *rows)])

    def _header(
        self, number: int, rows: int, *, evaluation: Evaluation | None, content_key: bytes | None
    ) -> ChunkHeader:
        manifest = self.manifest
        return ChunkHeader(
            v=1,
            agency=manifest.agency,
            source=manifest.source,
            batch=manifest.batch,
            number=number,
            delivery=manifest.delivery,
            scheme=self.blinder.scheme.digest.hex(),
            epoch=self.blinder.trust.epoch,
            evidence_epochs=self.sealer.epochs,
            evidence_seal=self.blinder.trust.linkage_unit.seal_number,
            rows=rows,
            evaluation=evaluation,
            content_key=content_key,
        )


def chunk_of(rows: Sequence[Ready], number: int, *, size: int) -> Sequence[Ready]:
    """The rows of chunk `number` (from 1) when each chunk holds `size`."""
    return rows[size * (number - 1) : size * number]


def _body(lines: Iterable[str]) -> bytes:
    return "".join(line + "\n" for line in lines).encode()
