"""Sign-ins under way, held in memory here for ten minutes: what the browser must not choose (state, nonce, PKCE)."""

from __future__ import annotations

import datetime as dt
import hashlib
import threading
from dataclasses import dataclass, field, replace

from broker.wire.fields import encode64

LASTS = dt.timedelta(minutes=10)
MOST = 1_000


@dataclass(frozen=True)
class Pending:
    """One browser that is signing in. `replaces` is the session that it has, which ends when the new one begins."""

    begun: dt.datetime
    goes_to: str = "/start"
    is_step_up: bool = False
    replaces: str = field(default="", repr=False)
    issuer: str = ""
    state: str = field(default="", repr=False)
    nonce: str = field(default="", repr=False)
    verifier: str = field(default="", repr=False)

    @property
    def challenge(self) -> str:
        """What the issuer is shown of the verifier (RFC 7636, S256)."""
        return encode64(hashlib.sha256(self.verifier.encode()).digest())


class Waiting:
    """All of them, by the name that the browser's cookie has; the oldest goes when there are too many."""

    def __init__(self) -> None:
        self._held: dict[bytes, Pending] = {}
        self._lock = threading.Lock()

    def put(self, name: str, pending: Pending) -> None:
        """Holds it, in the place of an earlier one of that name."""
        with self._lock:
            self._held.pop(_digest(name), None)
            while len(self._held) >= MOST:
                del self._held[next(iter(self._held))]
            self._held[_digest(name)] = pending

    def find(self, name: str, *, now: dt.datetime) -> Pending | None:
        """The one of that name."""
        with self._lock:
            found = self._held.get(_digest(name))
            return found if found is not None and now - found.begun <= LASTS else None

    def take(self, name: str, *, now: dt.datetime) -> Pending | None:
        """The one of that name, which is gone then: nobody comes back twice."""
        found = self.find(name, now=now)
        with self._lock:
            self._held.pop(_digest(name), None)
        return found


def sent_to(pending: Pending, issuer: str, secrets: tuple[bytes, bytes, bytes]) -> Pending:
    """The same, on its way to an issuer with new secrets of 32 bytes each."""
    state, nonce, verifier = map(encode64, secrets)
    return replace(pending, issuer=issuer, state=state, nonce=nonce, verifier=verifier)


def _digest(name: str) -> bytes:
    return hashlib.sha256(name.encode()).digest()
