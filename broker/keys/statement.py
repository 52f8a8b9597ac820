"""The two layouts of what an agency states in an evidence envelope: sizes and places, in `docs/formats/evidence.md`.

    layout 1   the vector under one epoch of the evidence key       an envelope of 1,536 bytes
    layout 2   the vector under two epochs, while the key changes   an envelope of 2,560 bytes

    0 layout | 1 use | 2 agency | 43 place | 84 scheme digest | 116 epoch, or older and newer epoch | name of the record
    or question, 32 | version, 8 | number of slots n, 1 | 16 n for each epoch | zeros | Ed25519 signature, 64

Agencies make statements and the linkage unit reads them, each by its own code; the sizes are here once.
"""

from __future__ import annotations

from dataclasses import dataclass

from broker.keys.sealing import CLASSICAL_OVERHEAD
from broker.wire.delivery import ENVELOPE_BYTES
from broker.wire.evaluation import Use

SLOT_BYTES = 16
SIGNATURE_BYTES = 64
NAME_BYTES = 40
EPOCH_BYTES = 2
EPOCHS_AT = 116
USES: dict[Use, int] = {"post": 1, "ask": 2}


@dataclass(frozen=True)
class Layout:
    """One form of a statement: its number, how many epochs it holds, and the bytes of its envelope."""

    number: int
    epochs: int
    envelope_bytes: int

    @property
    def statement_bytes(self) -> int:
        return self.envelope_bytes - CLASSICAL_OVERHEAD

    @property
    def signed_bytes(self) -> int:
        """All but the signature."""
        return self.statement_bytes - SIGNATURE_BYTES

    @property
    def name_at(self) -> int:
        return EPOCHS_AT + EPOCH_BYTES * self.epochs

    @property
    def version_at(self) -> int:
        return self.name_at + 32

    @property
    def head_bytes(self) -> int:
        """Everything before the first vector."""
        return self.version_at + 9

    @property
    def max_slots(self) -> int:
        return (self.signed_bytes - self.head_bytes) // (SLOT_BYTES * self.epochs)


LAYOUTS = {epochs: Layout(epochs, epochs, length) for epochs, length in ENVELOPE_BYTES.items()}
"""By their number, which is also how many epochs they hold."""
BY_ENVELOPE = {layout.envelope_bytes: layout for layout in LAYOUTS.values()}
"""By the bytes of the envelope, by which they are told apart before it is opened."""
