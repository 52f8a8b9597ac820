"""Where a party keeps the access credentials of its keys until they expire, and how it comes by them.

    carry(signer, "https://broker.example", now=..., random=..., post=...)      then `signer.headers` names it

A credential opens nothing without the key that it is bound to, so a wallet is no secret; it may outlive the process.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from broker.keys import assertion
from broker.keys.clientkeys import ClientSigner
from broker.keys.custodial import SigningKey

MARGIN = 20
"""Seconds before its end at which a credential is fetched anew, as the request takes time and clocks differ."""


@dataclass(frozen=True)
class Held:
    """A credential, and until when it is good in seconds since 1970."""

    text: str = field(repr=False)
    until: int


class Wallet(Protocol):
    """The credentials of one key, by the address of the service that gave them."""

    def get(self, url: str, /) -> Held | None: ...

    def keep(self, url: str, held: Held | None, /) -> None:
        """Keeps a credential in place of an earlier one; None only forgets that."""


@dataclass
class InMemory:
    """A wallet that ends with the process."""

    _held: dict[str, Held | None] = field(default_factory=dict)

    def get(self, url: str, /) -> Held | None:
        return self._held.get(url)

    def keep(self, url: str, held: Held | None, /) -> None:
        self._held[url] = held


class Bearer(Protocol):
    """A key, the client key that proves whose it is if it takes one, and its wallet."""

    @property
    def key_id(self) -> str: ...
    @property
    def private_key(self) -> SigningKey: ...
    @property
    def client(self) -> ClientSigner | None: ...
    @property
    def wallet(self) -> Wallet: ...


def carry(
    bearer: Bearer,
    url: str,
    *,
    now: dt.datetime,
    random: Callable[[int], bytes],
    post: Callable[[Mapping[str, str], bytes], bytes],
) -> bool:
    """Sees to it that a credential of the service at `url` is in the wallet; whether it had to be fetched.

    `post` sends header fields and a body to `assertion.PATH` there. Raises what it raises, and `Untrusted`.
    """
    held, at = bearer.wallet.get(url), int(now.timestamp())
    # One that lasts longer than any does was kept before the clock was set back.
    if held is not None and MARGIN < held.until - at <= assertion.LONGEST:
        return False
    key, by = bearer.private_key, bearer.client
    fields, body = assertion.asked(bearer.key_id, key, url=url, now=now, random=random, client=by)
    text, until = assertion.given(post(fields, body), now=at)
    bearer.wallet.keep(url, Held(text, until))
    return True


def origin(url: str) -> str:
    """The address of the service that a URL is of."""
    return "/".join(url.split("/", 3)[:3])
