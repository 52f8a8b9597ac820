"""Keys of tests fetch their access credentials as an agency's programs do, and stand-ins of a service give them."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Protocol

import httpx2

from broker import admission, proven
from broker.errors import NotAllowed
from broker.keys import assertion
from broker.keys.credential import Issuer
from broker.keys.messages import RequestSigner, SignedBy
from broker.keys.trust import Trust
from broker.keys.wallet import carry, origin

_SECRET = b"s" * 32


class Posts(Protocol):
    """An HTTP client at the service's address, such as a `TestClient`."""

    def post(self, url: str, *, content: bytes, headers: dict[str, str]) -> Any: ...


def bear(signer: RequestSigner, url: str, client: Posts, *, now: dt.datetime | None = None) -> RequestSigner:
    """The signer, with a credential of the service at `url` unless it gives none to such a key."""

    def post(fields: Mapping[str, str], form: bytes) -> bytes:
        answered = client.post(assertion.PATH, content=form, headers=dict(fields))
        if answered.status_code != 200:
            raise NotAllowed("no-credential", "such a key is given none")
        return bytes(answered.content)

    with suppress(NotAllowed):
        carry(signer, url, now=now or dt.datetime.now(dt.UTC), random=os.urandom, post=post)
    return signer


def gives(request: httpx2.Request, trust: Trust, now: dt.datetime) -> httpx2.Response:
    """What a service that stands in for a real one answers to whoever proves a key of the trust list."""
    issuer, at = Issuer(origin(str(request.url)), _SECRET), int(now.timestamp())
    form, proof = admission.fields(request.read()), request.headers["dpop"]
    who = assertion.proven(form, proof, url=issuer.url, keys_of=proven.agencies(trust), callers=trust.callers, now=at)
    made = issuer.issue(who.key_id, who.key, id=bytes(16), now=at)
    content = assertion.Given(access_token=made, token_type="DPoP", expires_in=600).model_dump_json()
    return httpx2.Response(200, content=content, headers={"content-type": "application/json"})


def check_given(request: httpx2.Request, signed: SignedBy, now: dt.datetime) -> None:
    """Raises `Untrusted` unless the request bears a credential that `gives` gave to the key that signed it."""
    held = Issuer(origin(str(request.url)), _SECRET).read(signed.credential, now=int(now.timestamp()))
    assert held.key_id == signed.key_id
