"""A sign-in under way, for ten minutes: what the browser carries and must not choose (state, nonce, PKCE).

It is sealed in a cookie (`desk.carried`), so that it takes no memory of ours and nobody can push it out.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import asdict, dataclass, field, replace

from broker.agency.desk.carried import NONCE_BYTES, Carried
from broker.agency.edges import Edges
from broker.wire.fields import encode64

LASTS = dt.timedelta(minutes=10)
_WHAT = "sign-in"


@dataclass(frozen=True)
class Pending:
    """One browser that is signing in. `replaces` is the session that it has, which ends when the new one begins."""

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

    def carried(self, by: Carried, edges: Edges) -> str:
        """The cookie."""
        nonce = edges.random_bytes(NONCE_BYTES)
        return by.sealed(_WHAT, asdict(self), until=edges.now() + LASTS, nonce=nonce)


def pending_of(cookie: str, by: Carried, *, now: dt.datetime) -> Pending | None:
    """The sign-in that a browser carries; None when it carries none, or it is over."""
    found = by.opened(_WHAT, cookie, now=now)
    return None if found is None else Pending(**found)


def sent_to(pending: Pending, issuer: str, secrets: tuple[bytes, bytes, bytes]) -> Pending:
    """The same, on its way to an issuer with new secrets of 32 bytes each."""
    state, nonce, verifier = map(encode64, secrets)
    return replace(pending, issuer=issuer, state=state, nonce=nonce, verifier=verifier)
