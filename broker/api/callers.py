"""Who calls, under the trust list of now: the first line of every route that is signed.

    now, caller = asks(parts, request, body)

An agency that was suspended, or a key that was revoked, is refused at the very next request: what a route goes on with
is the `Parts` it gets back here and not the ones it was made with.
"""

from __future__ import annotations

from fastapi import Request

from broker import proven
from broker.actions.note_start import note_keys
from broker.keys.listed import KeyUse
from broker.parts import Parts


def called(parts: Parts, request: Request, body: bytes, *, use: KeyUse | None) -> tuple[Parts, proven.Caller]:
    """The parts of now and who signed the request for `use`; with `use` None the route must ask what the key may.

    Raises `BadInput`, `Unproven` or `Untrusted` as `proven.caller` does, `Unavailable` when there is no trust list,
    and `TooFast` when the agency has sent more than it may in a minute.
    """
    fresh = parts.fresh()
    if fresh.standing.noted is not fresh.trust:
        # Whoever reads the log later sees since when a key counted, before anything that was done under it.
        note_keys(fresh)
        fresh.standing.noted = fresh.trust
    now = fresh.now()
    caller = proven.caller(request, body, trust=fresh.trust, use=use, now=now)
    request.app.state.rates.count(caller.agency, now)
    return fresh, caller


def first_look(parts: Parts, request: Request) -> None:
    """Raises as `called` does for a request whose head is not signed, before its body is received."""
    fresh = parts.fresh()
    proven.check_signed_head(request, trust=fresh.trust, now=fresh.now())
