"""Who calls, under the trust list of now: the first line of every route that is signed.

    now, caller = asks(parts, request, body)

An agency that was suspended, or a key that was revoked, is refused at the very next request: what a route goes on with
is the `Parts` it gets back here and not the ones it was made with.
"""

from __future__ import annotations

from fastapi import Request

from broker import door
from broker.actions.note_start import note_keys
from broker.keys.trust import KeyUse
from broker.parts import Parts


def called(parts: Parts, request: Request, body: bytes, *, use: KeyUse | None) -> tuple[Parts, door.Caller]:
    """The parts of now and who signed the request for `use`; with `use` None the route must ask what the key may.

    Raises `BadInput`, `Untrusted` or `NotAllowed` as `door.caller` does, `Unavailable` when there is no trust list.
    """
    fresh = parts.fresh()
    if fresh.standing.noted is not fresh.trust:
        # Whoever reads the log later sees since when a key counted, before anything that was done under it.
        note_keys(fresh)
        fresh.standing.noted = fresh.trust
    public_url, now = fresh.settings.public_url, fresh.now()
    return fresh, door.caller(request, body, trust=fresh.trust, use=use, public_url=public_url, now=now)
