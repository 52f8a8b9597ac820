"""What the place calls everything, as the broker last said; asked again after a while, for agreements change."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from broker.agency.broker_calls import read_list
from broker.agency.edges import Edges
from broker.agency.words import capital, words
from broker.agency.workspace import Workspace
from broker.wire.place import PlaceWords, PurposeWords

KEPT_SECONDS = 300


class Words:
    """Asks the broker with the desk key. Any thread may ask."""

    def __init__(self, edges: Edges) -> None:
        self._edges = edges
        self._held: tuple[int, PlaceWords] | None = None
        self._lock = threading.Lock()

    def read(self, place: Workspace) -> PlaceWords:
        """The words of the place. Raises what a request raises."""
        now = self._edges.seconds()
        with self._lock:
            if self._held is None or not 0 <= now - self._held[0] < KEPT_SECONDS:
                told = read_list(place, self._edges, PlaceWords, signer=place.desk_signer(), path="/v1/place")
                self._held = (now, told)
            return self._held[1]


def purposes_of(told: PlaceWords, profession: str) -> Sequence[PurposeWords]:
    """Why somebody of this role may ask, in the order of the place."""
    allowed = next((one.purposes for one in told.roles if one.role == profession), ())
    return [one for one in told.purposes if one.purpose in allowed]


def agency_name(told: PlaceWords, agency: str) -> str:
    """What an agency is called."""
    return told.agencies.get(agency) or capital(words(agency))
