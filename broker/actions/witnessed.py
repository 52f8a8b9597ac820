"""How many witnesses vouch for the audit log now, and what follows from it.

    off       the trust list needs none
    enough    the quorum cosigned within the last three minutes
    too-few   it did not: a banner, and an event in the log
    stopped   it did not for as long as `witness_stop_seconds`: questions are not answered

A log that nobody watches can be given another history. An outage of some minutes is lived with, hours are not.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection

from broker.audit import tlogpolicy
from broker.audit.tlogpolicy import LogPolicy
from broker.errors import Unavailable
from broker.keys.trust import Trust
from broker.parts import Parts
from broker.store import cosignatures
from broker.wire.london import moment_in_words

RECENT = 180
"""Seconds within which a witness must have cosigned to count; it is asked once a minute at least."""
State = Literal["off", "enough", "too-few", "stopped"]


@dataclass(frozen=True)
class Seen:
    """The largest tree that one witness of the trust list cosigned, and when it last did; None before its first."""

    name: str
    size: int
    at: int | None


@dataclass(frozen=True)
class Standing:
    """`since` is the moment until which enough witnesses vouch, in seconds since 1970; None where none is needed."""

    state: State
    needed: int
    have: int
    since: int | None
    each: tuple[Seen, ...]


def log_policy(trust: Trust) -> LogPolicy:
    """The trust list's log, witnesses and quorum as a log policy (C2SP tlog-policy)."""
    witnesses = [(one.name, one.vkey, one.url) for one in trust.witnesses]
    return tlogpolicy.of_list(trust.broker.audit_log, witnesses, quorum=trust.quorum)


def standing(parts: Parts, connection: Connection) -> Standing:
    """How the log is witnessed at this moment, under the trust list of `parts`."""
    trust, now = parts.trust, int(parts.now().timestamp())
    lasts = cosignatures.lasts(connection, [one.vkey for one in trust.witnesses]) if trust.witnesses else {}
    # One that was listed a moment ago has not been asked yet; its time runs from its first asking.
    times = {one.name: min(lasts[one.vkey].at, now) if one.vkey in lasts else now for one in trust.witnesses}
    seen = tuple(
        Seen(one.name, last.size, last.at if last.size else None)
        for one in trust.witnesses
        if (last := lasts.get(one.vkey, cosignatures.Last(0, now)))
    )
    have = sum(1 for one in seen if one.at is not None and now - one.at <= RECENT)
    since = tlogpolicy.vouched_until(times, log_policy(trust))
    return Standing(_state(since, now, parts.settings.witness_stop_seconds), trust.quorum, have, since, seen)


def require_witnesses(parts: Parts) -> None:
    """Raises `Unavailable` when the log has had too few witnesses for too long: nothing is asked of it then."""
    if not parts.trust.quorum:
        return
    with parts.store.look() as connection:
        found = standing(parts, connection)
    if found.state == "stopped" and found.since is not None:
        moment = moment_in_words(dt.datetime.fromtimestamp(found.since, dt.UTC))
        said = f"too few witnesses have watched the audit log since {moment}, so no question is answered"
        raise Unavailable("log-unwitnessed", said, hint="tell the operator; other agencies' witnesses must answer")


def witnessed_note(parts: Parts, connection: Connection) -> str | None:
    """The note of the newest checkpoint that enough witnesses cosigned, with their lines; None when there is none."""
    policy, names = log_policy(parts.trust), {one.vkey: one.name for one in parts.trust.witnesses}
    for size, note, vkeys in cosignatures.cosigned_checkpoints(connection, tuple(names)):
        if policy.is_enough([names[vkey] for vkey in vkeys]):
            return note + cosignatures.lines_at(connection, size, tuple(names))
    return None


def with_cosignatures(parts: Parts, connection: Connection, size: int, note: str) -> str:
    """The checkpoint's note, with the lines of the witnesses that cosigned it."""
    if not parts.trust.witnesses:
        return note
    return note + cosignatures.lines_at(connection, size, [one.vkey for one in parts.trust.witnesses])


def _state(since: int | None, now: int, stop: int) -> State:
    if since is None:
        return "off"
    if now - since <= RECENT:
        return "enough"
    return "too-few" if now - since <= stop else "stopped"
