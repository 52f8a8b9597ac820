"""Requests that an agency's key signs, as its own programs would send them or as somebody who stole the key would."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, replace
from typing import Any
from weakref import WeakKeyDictionary

import httpx2
from bearers import bear
from world import ADDRESSES, World

from broker.keys.credential import SECONDS, Issuer
from broker.keys.messages import RequestSigner
from broker.keys.secrets import Secrets
from broker.keys.wallet import Held, InMemory
from broker.vaults.secretfile import read_secrets
from broker.wire.fields import encode64


@dataclass(frozen=True)
class Answered:
    """What came back."""

    status: int
    content: bytes
    media_type: str

    @property
    def json(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.content)
        return found

    @property
    def code(self) -> str:
        """The stable code of a problem."""
        assert self.media_type.startswith("application/problem+json"), "not a problem of the agreed form"
        return str(self.json["code"])


def secrets_of(world: World, agency: str) -> Secrets:
    return read_secrets(world.parties.home(agency) / "secrets.json", owner=f"agency:{agency}")


def signer(world: World, agency: str, use: str) -> RequestSigner:
    """Signs with the `delivery` or the `desk` key of an agency."""
    return RequestSigner(f"{agency}/{use}-1", secrets_of(world, agency).ed25519(use))


@dataclass(frozen=True)
class _At:
    """A service of a World, at its address."""

    world: World
    url: str

    def post(self, url: str, *, content: bytes, headers: dict[str, str]) -> httpx2.Response:
        return self.world.network.handle_request(
            httpx2.Request("POST", self.url + url, headers=headers, content=content)
        )


_WALLETS: WeakKeyDictionary[World, dict[tuple[str, bytes, bytes], InMemory]] = WeakKeyDictionary()


def bearing(world: World, signing: RequestSigner, to: str) -> RequestSigner:
    """The same signer with an access credential of the service at `to`; without one, if it gives none to such a key.

    Of the broker it is as if it had been fetched a moment ago, whatever the broker's database does now.
    """
    party = "broker" if to == ADDRESSES.broker else "linkunit"
    if party not in world.network.clients:
        return signing
    # A process knows no credential of the one before it.
    issuer, key = issuer_at(world, party), signing.private_key.public_key()
    name = (signing.key_id, key.public_bytes_raw(), issuer.secret)
    held = _WALLETS.setdefault(world, {}).setdefault(name, InMemory())
    if party == "broker":
        now = int(world.now.timestamp())
        held.keep(to, Held(issuer.issue(signing.key_id, key, id=bytes(16), now=now), now + SECONDS))
        return replace(signing, wallet=held)
    return bear(replace(signing, wallet=held), to, _At(world, to), now=world.now)


def issuer_at(world: World, party: str) -> Issuer:
    """What gives and reads the credentials of a service that runs."""
    app: Any = world.network.clients[party].app
    return app.state.guard.issuer  # type: ignore[no-any-return]


def request(
    world: World, signing: RequestSigner, method: str, path: str, *, body: bytes = b"", to: str = ADDRESSES.broker
) -> httpx2.Request:
    """A signed request, not sent yet."""
    url = to + path
    nonce = encode64(os.urandom(16))
    headers = bearing(world, signing, to).headers(method, url, body=body, nonce=nonce, created=world.now)
    return httpx2.Request(method, url, headers={**headers, "content-type": "application/json"}, content=body)


def deliver(world: World, asked: httpx2.Request) -> Answered:
    """Takes a request to its party. Raises what the network raises."""
    answer = world.network.handle_request(asked)
    return Answered(answer.status_code, answer.content, answer.headers.get("content-type", ""))


def send(world: World, agency: str, use: str, *, method: str, path: str, body: bytes = b"") -> Answered:
    """Signs and sends a request to the broker."""
    return deliver(world, request(world, signer(world, agency, use), method, path, body=body))


def say(world: World, agency: str, one: str, *, other: str, verdict: str, staff: str = "S1") -> Answered:
    """A verdict on two handles, signed by the agency's desk."""
    said = {"v": 1, "id": encode64(os.urandom(16)), "agency": agency, "staff": staff}
    body = json.dumps({**said, "one": one, "other": other, "verdict": verdict}).encode()
    return send(world, agency, "desk", method="POST", path="/v1/verdicts", body=body)
