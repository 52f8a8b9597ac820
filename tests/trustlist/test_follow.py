"""A process that runs: the next request after a change is under the new list, and nothing unproven changes anything."""

from __future__ import annotations

import datetime as dt
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from trust_stand import Stand

from broker import observe
from broker.errors import Misconfigured, Unavailable
from broker.keys.trust import Trust
from broker.trustlist.follow import AGAIN_SECONDS, Followed, Source, Standing


@dataclass
class Running:
    """One process: its own seconds, and what it said."""

    stand: Stand
    said: io.StringIO
    seconds: float = 0.0
    followed: Followed = field(init=False)

    def __post_init__(self) -> None:
        source = Source(self.stand.keys, self.stand.folder / "root.json", self.stand.folder / "seen")
        self.followed = Followed(source, source.open(self.stand.now), seconds=lambda: self.seconds)

    def statuses(self) -> list[str]:
        return [one.status for one in self.followed.trust_at(self.stand.now).agencies]

    @property
    def events(self) -> list[str]:
        return [json.loads(line)["event"] for line in self.said.getvalue().splitlines()]


@pytest.fixture
def running(stand: Stand) -> Iterator[Running]:
    stream = io.StringIO()
    observe.configure("tests", strict=True, stream=stream)
    yield Running(stand, stream)
    observe.configure("tests", strict=True)


def spoil(stand: Stand) -> Callable[[], None]:
    """Something is in the folder that does not verify; returns how to put it right."""
    path = stand.metadata / "timestamp.json"
    before = path.read_bytes()
    path.write_bytes(b"{}")
    return lambda: path.write_bytes(before) and None


def test_a_change_counts_at_the_next_request(running: Running) -> None:
    """A suspended agency goes on until somebody restarts the service."""
    assert running.statuses() == ["active", "active", "suspended"]
    running.stand.suspends("homes")
    assert running.statuses() == ["active", "suspended", "suspended"]
    assert running.events == ["trust_list.followed"]


def test_a_renewal_changes_nothing_but_the_end(running: Running) -> None:
    """Keys are read again every few days for nothing, or the service stops after a week."""
    first = running.followed.trust_at(running.stand.now)
    running.stand.later(days=6)
    running.stand.renews()
    assert running.followed.trust_at(running.stand.now) is first
    running.stand.later(days=6)
    assert running.followed.trust_at(running.stand.now) is first
    assert running.events == []


def test_what_does_not_verify_changes_nothing_and_is_said_once(running: Running) -> None:
    """Whoever can write to the folder stops the service, or fills its diagnostics."""
    put_right = spoil(running.stand)
    for _ in range(3):
        assert running.statuses() == ["active", "active", "suspended"]
    assert running.events == ["trust_list.refused"]
    running.seconds += AGAIN_SECONDS
    running.statuses()
    assert running.events == ["trust_list.refused"] * 2
    put_right()
    running.stand.suspends("homes")
    assert running.statuses()[1] == "suspended"


def test_the_last_good_list_ends_when_it_expires(running: Running) -> None:
    """A service that is cut off from changes answers for ever."""
    spoil(running.stand)
    running.stand.later(days=7, seconds=-1)
    assert running.statuses()
    running.stand.later(seconds=1)
    for _ in range(2):
        with pytest.raises(Unavailable) as caught:
            running.statuses()
    assert caught.value.code == "trust-list-expired"


def test_a_renewed_list_is_followed_after_it_had_expired(running: Running) -> None:
    """A weekend without renewal needs a restart of everything."""
    running.stand.later(days=8)
    with pytest.raises(Unavailable):
        running.statuses()
    running.stand.renews()
    running.seconds += AGAIN_SECONDS
    assert running.statuses()


def test_what_follows_from_a_list_is_made_once(running: Running) -> None:
    """Keys are read at every request."""
    made: list[Trust] = []
    standing = Standing(running.followed, lambda trust, _: made.append(trust) or len(made), first=0)
    assert [standing.at(running.stand.now) for _ in range(3)] == [0, 0, 0]
    running.stand.suspends("homes")
    assert [standing.at(running.stand.now) for _ in range(3)] == [1, 1, 1]


def test_a_list_that_asks_for_what_is_not_here_is_not_answered_under(running: Running) -> None:
    """A key was revoked, and the service goes on under the list of before because a new key is missing."""
    tries: list[dt.datetime] = []

    def make(trust: Trust, before: str) -> str:
        tries.append(running.stand.now)
        if len(tries) < 2:
            raise Misconfigured("secret-missing", "`receipt.2` is missing")
        return "made"

    standing = Standing(running.followed, make, first="first")
    running.stand.suspends("homes")
    for _ in range(3):
        with pytest.raises(Unavailable) as caught:
            standing.at(running.stand.now)
    assert (caught.value.code, len(tries)) == ("trust-list-unusable", 1)
    assert "receipt" not in str(caught.value)
    running.seconds += AGAIN_SECONDS
    assert standing.at(running.stand.now) == "made"
