"""Somebody of this agency who does something at the broker: what commands and the desk's pages do alike.

member = acting(place, edges, "j.doe")
cases.answer(member, case, "allow_once", because="...")
"""

from __future__ import annotations

from dataclasses import dataclass

from broker.agency import pseudonyms
from broker.agency.edges import Edges
from broker.agency.receipts import check_event
from broker.agency.workspace import Workspace
from broker.audit.receipt import Verified


@dataclass(frozen=True)
class Acting:
    """`staff` is the pseudonym under which the broker knows the member of staff."""

    place: Workspace
    edges: Edges
    staff: str

    def new_id(self) -> bytes:
        """What the broker tells a repetition by."""
        return self.edges.random_bytes(16)

    def check(self, leaf: str, proof: str, **expected: object) -> Verified:
        """Raises `Untrusted` unless the log holds what is `expected`, of this agency."""
        return check_event(leaf, proof, trust=self.place.read_trust(), expected={**expected, "org": self.place.agency})

    def pseudonym(self, source: str, record: str) -> bytes:
        """What a record of ours is called where it leaves."""
        return pseudonyms.reference(self._key, source, ref=record)

    @property
    def _key(self) -> bytes:
        return self.place.read_secrets().bytes32("reference")


def acting(place: Workspace, edges: Edges, staff: str) -> Acting:
    """The member of staff with this id of the agency's own."""
    return Acting(place, edges, pseudonyms.staff(place.read_secrets().bytes32("reference"), staff))
