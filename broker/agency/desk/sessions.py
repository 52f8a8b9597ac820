"""Sessions, held in memory here: the browser has a random name for its own, and we keep that name's digest.

A restart ends them all. What somebody looks at is in their session's memory, and gone with it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from broker.agency.desk.memory import Memory
from broker.wire.fields import encode64

MOST = 5_000
"""Sessions at once; the one that was quiet longest goes first."""
NAME_LENGTH = 43
"""Characters of a session's name: 32 bytes."""


@dataclass(frozen=True)
class Vouched:
    """What an issuer says of somebody who signed in: who they are here, and what they do if it says so."""

    staff: str
    issuer: str
    subject: str
    name: str = field(default="", repr=False)
    roles: frozenset[str] | None = None
    profession: str | None = None
    trained: dt.date | None = None
    sid: str = field(default="", repr=False)
    """The issuer's own name for the session there, by which it tells us that it ended."""
    renewal: str = field(default="", repr=False)
    """What the issuer is asked again with (a refresh token); empty where it gave none."""


@dataclass(frozen=True)
class Held:
    """One session."""

    vouched: Vouched
    signed_in_at: dt.datetime
    stepped_up_at: dt.datetime
    """When they last proved who they are, by the issuer's `auth_time`."""
    seen_at: dt.datetime
    asked_at: dt.datetime
    """When the issuer was last asked whether this still holds, and when it last said so."""
    confirmed_at: dt.datetime
    memory: Memory = field(default_factory=Memory, compare=False, repr=False)


class Sessions:
    """All sessions of a desk. Times are the caller's; every method may be called from any thread."""

    def __init__(self, *, idle: dt.timedelta, most: dt.timedelta) -> None:
        self._idle, self._most = idle, most
        self._held: dict[bytes, Held] = {}
        self._lock = threading.Lock()

    def begin(
        self, vouched: Vouched, *, proved_at: dt.datetime, now: dt.datetime, secret: bytes, replaces: str = ""
    ) -> str:
        """A new session; its name is for the browser alone. `secret` is 32 random bytes.

        The session of the name that it `replaces` ends; somebody who signed in again goes on with what they had there.
        """
        name, old = encode64(secret), self.end(replaces)
        is_same = old is not None and (old.vouched.issuer, old.vouched.subject) == (vouched.issuer, vouched.subject)
        memory = old.memory if old is not None and is_same else Memory()
        with self._lock:
            self._make_room(now)
            self._held[_digest(name)] = Held(vouched, now, min(proved_at, now), now, now, now, memory)
        return name

    def find(self, name: str, *, now: dt.datetime) -> Held | None:
        """The session of that name, seen now; None when it ended or never was."""
        key = _digest(name)
        with self._lock:
            held = self._held.pop(key, None)
            if held is None or self._has_ended(held, now):
                return None
            # At the end of the line: in front stands whoever was quiet longest.
            held = self._held[key] = replace(held, seen_at=max(now, held.seen_at))
            return held

    def may_ask(self, name: str, *, now: dt.datetime, every: dt.timedelta) -> bool:
        """Whether it is time to ask the issuer again; only one of those who come at once is told so.

        A renewal is good once: whoever used it again would look like a thief, and end the session.
        """
        key = _digest(name)
        with self._lock:
            held = self._held.get(key)
            if held is None or now - held.asked_at < every:
                return False
            self._held[key] = replace(held, asked_at=now)
            return True

    def confirm(self, name: str, vouched: Vouched, *, now: dt.datetime) -> Held | None:
        """The session, for whom the issuer vouched again."""
        key = _digest(name)
        with self._lock:
            held = self._held.get(key)
            if held is None:
                return None
            made = self._held[key] = replace(held, vouched=vouched, asked_at=now, confirmed_at=now)
            return made

    def end(self, name: str) -> Held | None:
        """Ends the session of that name."""
        with self._lock:
            return self._held.pop(_digest(name), None)

    def end_where(self, ends: Callable[[Vouched], bool]) -> int:
        """Ends every session whose person is meant, and says how many those were."""
        with self._lock:
            gone = [key for key, held in self._held.items() if ends(held.vouched)]
            for key in gone:
                del self._held[key]
            return len(gone)

    def _make_room(self, now: dt.datetime) -> None:
        while self._held:
            first = next(iter(self._held))
            if len(self._held) < MOST and not self._has_ended(self._held[first], now):
                return
            del self._held[first]

    def _has_ended(self, held: Held, now: dt.datetime) -> bool:
        return now - held.seen_at > self._idle or now - held.signed_in_at > self._most


def _digest(name: str) -> bytes:
    return hashlib.sha256(name.encode()).digest()
