"""How our agency stands at the broker, as every page of an officer says on top: asked again after a few seconds."""

from __future__ import annotations

import threading

from broker.agency.broker_calls import read_list
from broker.agency.edges import Edges
from broker.agency.workspace import Workspace
from broker.errors import BrokerError
from broker.wire.standing import Standing

KEPT_SECONDS = 20


class Standings:
    """Asks the broker with the desk key. Any thread may ask, and none waits for another's answer."""

    def __init__(self, edges: Edges) -> None:
        self._edges = edges
        self._held: tuple[int, Standing | None] | None = None
        self._asking = threading.Lock()

    def read(self, place: Workspace) -> Standing | None:
        """How we stand, or None where the broker doesn't say: a banner must not be what keeps a page away."""
        now = self._edges.seconds()
        if self._is_old(now) and self._asking.acquire(blocking=False):
            try:
                self._held = (now, self._asked(place))
            finally:
                self._asking.release()
        return self._held[1] if self._held else None

    def forget(self) -> None:
        """Asks anew next time: somebody here just changed how we stand."""
        self._held = None

    def _is_old(self, now: int) -> bool:
        return self._held is None or not 0 <= now - self._held[0] < KEPT_SECONDS

    def _asked(self, place: Workspace) -> Standing | None:
        try:
            return read_list(place, self._edges, Standing, signer=place.desk_signer(), path="/v1/standing")
        except BrokerError:
            return None
