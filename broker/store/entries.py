"""An audit event on its way into the log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Entry:
    """One audit event on its way into the log: its leaf, and its details sealed outside the leaf."""

    id: bytes
    t: str
    typ: str
    org: str
    leaf: bytes
    sealed: bytes
    disclosures: Mapping[str, str] = field(default_factory=dict, repr=False)
    """What would show each private field, by name: for the receipt of this very answer, and stored only sealed."""
