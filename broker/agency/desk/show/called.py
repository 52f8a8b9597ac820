"""What the desk calls things: our records and staff by our own names, all else by the place's. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from broker.agency.words import capital, plain, words


@dataclass(frozen=True)
class Called:
    """`records` and `staff` by what of them leaves the agency; the others by their ids."""

    records: Mapping[bytes, str] = field(repr=False)
    staff: Mapping[str, str] = field(repr=False)
    agencies: Mapping[str, str]
    services: Mapping[str, str]
    purposes: Mapping[str, str]

    def record(self, ref: bytes | None) -> str:
        """Our own name for a record of ours; empty where no list of ours has it."""
        return plain(self.records.get(ref, "")) if ref is not None else ""

    def agency(self, name: str) -> str:
        """An agency's name."""
        return plain(self.agencies.get(name) or capital(words(name)))

    def service(self, name: str) -> str:
        """A service's name."""
        return plain(self.services.get(name, name))

    def purpose(self, name: str) -> str:
        """Why somebody looked, as they say it."""
        return plain(self.purposes.get(name) or capital(words(name)))
