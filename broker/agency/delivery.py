"""One delivery on this machine's disk: what is to be sent, and how far that has come. A power cut loses nothing.

    state/deliveries/3f9a0c…-81b2…/manifest.json             batch, version, rows; written first, never changed
                                   chunk-0001.jsonl          exactly the bytes to send, written before they are sent
                                   chunk-0001.sha256         their digest, as a disk or a copy may change them
                                   chunk-0001.receipt.json   the broker's verified receipt
                                   closed.json               the delivery is complete

The name is made of the digests of the file and its mapping, so the same file finds its own delivery again. Nothing here
names anybody: chunks hold what leaves the agency and nothing else. Every file is written whole or not at all.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from broker.errors import BadInput, Conflict
from broker.wire.delivery import BatchStatus, ChunkReceipt, Version
from broker.wire.fields import AnyWire, Bytes16, Hex32, Seconds, Slug, Wire, parse

_FOLDER = "deliveries"
_MANIFEST = "manifest.json"
_CLOSED = "closed.json"


class RejectedRow(Wire):
    """A row of the file that this delivery does not hold, or that the broker refused: never with its value."""

    row: int
    field: str
    reason: str
    code: str = ""


class Manifest(Wire):
    """What a delivery is. `held` are the pseudonyms of rejected rows: known, so a snapshot must not close them."""

    v: Literal[1] = 1
    file: str
    file_digest: Hex32
    mapping_digest: Hex32
    agency: Slug
    source: Slug
    batch: Bytes16
    version: Version
    delivery: Literal["snapshot", "delta"]
    rows: Annotated[int, Field(ge=1)]
    chunk_rows: Annotated[int, Field(ge=1)]
    held: tuple[Bytes16, ...] = ()
    rejected: tuple[RejectedRow, ...] = ()

    @property
    def chunks(self) -> int:
        """How many chunks the rows fill."""
        return -(-self.rows // self.chunk_rows)


class Closed(Wire):
    """When the broker confirmed that the delivery is complete, and what it then held."""

    v: Literal[1] = 1
    at: Seconds
    status: BatchStatus


@dataclass(frozen=True)
class Delivery:
    """A delivery's folder and what it is."""

    folder: Path
    manifest: Manifest

    def chunk(self, number: int) -> bytes | None:
        """The bytes of a chunk that was encoded before, or None. Raises `BadInput` when they are not those written."""
        path = self._chunk_path(number)
        body, expected = _read(path), _read(self._digest_path(number))
        # Without its digest a chunk was still being written when the power failed, and was never sent.
        if body is None or expected is None:
            return None
        if digest(body).encode() != expected.strip():
            hint = "move its folder away and encode again"
            raise BadInput("delivery-damaged", f"{path} is not what was encoded", hint=hint)
        return body

    def keep_chunk(self, number: int, body: bytes) -> bytes:
        """Stores a chunk so that a repeated run sends the same bytes, and gives them back."""
        # The order matters: at no time does a digest lie beside the bytes of another chunk.
        self._digest_path(number).unlink(missing_ok=True)
        write_atomically(self._chunk_path(number), body)
        write_atomically(self._digest_path(number), digest(body).encode())
        return body

    def receipt(self, number: int) -> ChunkReceipt | None:
        """The receipt of a chunk that was accepted before, or None."""
        return _parsed(ChunkReceipt, self.receipt_path(number))

    def keep_receipt(self, receipt: ChunkReceipt) -> None:
        """Stores a verified receipt: from now on its chunk is not sent again."""
        write_atomically(self.receipt_path(receipt.number), receipt.model_dump_json(exclude_none=True).encode())

    def receipts(self) -> list[ChunkReceipt]:
        """The receipts held so far, in the order of the chunks."""
        found = map(self.receipt, range(1, self.manifest.chunks + 1))
        return [receipt for receipt in found if receipt is not None]

    def closed(self) -> Closed | None:
        """The broker's word that the delivery is complete, or None."""
        return _parsed(Closed, self.folder / _CLOSED)

    def keep_closed(self, closed: Closed) -> None:
        """Marks the delivery as complete."""
        write_atomically(self.folder / _CLOSED, closed.model_dump_json(exclude_none=True).encode())

    def receipt_path(self, number: int) -> Path:
        """Where the receipt of a chunk is kept."""
        return self.folder / f"chunk-{number:04d}.receipt.json"

    def _chunk_path(self, number: int) -> Path:
        return self.folder / f"chunk-{number:04d}.jsonl"

    def _digest_path(self, number: int) -> Path:
        return self.folder / f"chunk-{number:04d}.sha256"


def digest(data: bytes) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(data).hexdigest()


def open_delivery(folder: Path) -> Delivery:
    """The delivery in `folder`. Raises `BadInput` when there is none or its manifest is damaged."""
    manifest = _parsed(Manifest, folder / _MANIFEST)
    if manifest is None:
        raise BadInput("delivery-missing", f"there is no delivery in {folder}", hint="give the file it was made of")
    return Delivery(folder, manifest)


def find_latest(state: Path, file_digest: str, *, mapping_digest: str) -> Delivery | None:
    """The newest delivery of this file under this mapping, complete or not, or None."""
    latest = None
    for folder in _folders(state, file_digest, mapping_digest):
        if not (folder / _MANIFEST).exists():
            break
        latest = open_delivery(folder)
    return latest


def create(state: Path, manifest: Manifest) -> Delivery:
    """A new delivery. Raises `Conflict` when the newest one of the same file is not complete yet."""
    latest = find_latest(state, manifest.file_digest, mapping_digest=manifest.mapping_digest)
    if latest is not None and not latest.closed():
        raise Conflict(
            "delivery-unfinished", f"the delivery in {latest.folder} is not complete", hint="finish it first"
        )
    folders = _folders(state, manifest.file_digest, manifest.mapping_digest)
    folder = next(folder for folder in folders if not (folder / _MANIFEST).exists())
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_atomically(folder / _MANIFEST, manifest.model_dump_json(exclude_none=True, indent=1).encode())
    return Delivery(folder, manifest)


def all_deliveries(state: Path) -> list[Delivery]:
    """Every delivery of this workspace, oldest first."""
    found = [open_delivery(path.parent) for path in (state / _FOLDER).glob(f"*/{_MANIFEST}")]
    return sorted(found, key=lambda delivery: (delivery.manifest.version, delivery.folder.name))


def write_atomically(path: Path, data: bytes) -> None:
    """Writes `path` whole or not at all, readable by this user only, and durably before it returns."""
    temporary = path.with_name(f".{path.name}.tmp")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(temporary, path)
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    # Without this the rename itself may be lost in a power cut. Windows can't open a folder, and does not need it.
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _folders(state: Path, file_digest: str, mapping_digest: str) -> Iterator[Path]:
    name = f"{file_digest[:16]}-{mapping_digest[:8]}"
    yield state / _FOLDER / name
    number = 2
    while True:
        yield state / _FOLDER / f"{name}-{number}"
        number += 1


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _parsed(kind: type[AnyWire], path: Path) -> AnyWire | None:
    data = _read(path)
    if data is None:
        return None
    try:
        return parse(kind, data)
    except BadInput:
        raise BadInput(
            "delivery-damaged", f"{path} is damaged", hint="move its folder away and send with --again"
        ) from None
