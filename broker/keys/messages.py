"""RFC 9421 signatures over HTTP requests: method, target URI, content digest, credential, created, nonce; one tag.

The signature is what proves possession of the key that the access credential (`broker.keys.credential`) is bound to.
The body is always covered: verifying without it would accept a tampered body, so there is no way to leave it out.
The key id names the agency and which of its keys signed, for example `council/desk-1`.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from http_message_signatures import (
    HTTPMessageSignaturesException,
    HTTPMessageSigner,
    HTTPMessageVerifier,
    HTTPSignatureKeyResolver,
    InvalidSignature,
    algorithms,
)
from http_message_signatures.structures import CaseInsensitiveDict

from broker.errors import Untrusted
from broker.keys import plainly
from broker.keys.clientkeys import ClientSigner
from broker.keys.credential import SCHEME
from broker.keys.custodial import SigningKey
from broker.keys.wallet import InMemory, Wallet, origin

TAG = plainly.TAG
MAX_AGE = dt.timedelta(seconds=300)
CLOCK_SKEW = dt.timedelta(seconds=5)
_COVERED = ("@method", "@target-uri", "content-digest", "authorization")
_NONCE = re.compile(r"[A-Za-z0-9+/=_-]{16,88}")


@dataclass
class Message:
    """One HTTP request as the signature sees it."""

    method: str
    url: str
    headers: CaseInsensitiveDict = field(default_factory=CaseInsensitiveDict)


@dataclass(frozen=True)
class SignedBy:
    """What a verified request proves: the key that signed it, the credential it bears, a nonce not to be used again."""

    key_id: str
    nonce: str
    created: int
    credential: str = field(repr=False)


class _PrivateKey(HTTPSignatureKeyResolver):
    def __init__(self, private_key: SigningKey) -> None:
        self._private_key = private_key

    def resolve_private_key(self, key_id: str) -> SigningKey:
        return self._private_key


class _PublicKeys(HTTPSignatureKeyResolver):
    def __init__(self, find: Callable[[str], Ed25519PublicKey]) -> None:
        self._find = find

    def resolve_public_key(self, key_id: str) -> Ed25519PublicKey:
        return self._find(key_id)


class _Ed25519(algorithms.ED25519):
    """The library's algorithm with any key that signs: a token's is no key object of its own."""

    def __init__(self, *, private_key: SigningKey) -> None:
        self.private_key = private_key


@dataclass(frozen=True)
class RequestSigner:
    """Signs requests with one private key, under the access credential that is in its wallet."""

    key_id: str
    private_key: SigningKey = field(repr=False)
    client: ClientSigner | None = field(default=None, repr=False, compare=False, kw_only=True)
    """Where the agency's machines prove themselves with one."""
    wallet: Wallet = field(default_factory=InMemory, repr=False, compare=False)

    def headers(self, method: str, url: str, *, body: bytes, nonce: str, created: dt.datetime) -> dict[str, str]:
        """The four header fields to add to the request; without a credential, three, and nobody answers such a one."""
        held = self.wallet.get(origin(url))
        borne = f"{SCHEME} {held.text}" if held else ""
        said = plainly.Signed(self.key_id, nonce, int(created.timestamp()), borne)
        if (made := plainly.fields(method, url, body, said=said, key=self.private_key)) is not None:
            return made
        message = Message(method, url)
        if borne:
            message.headers["Authorization"] = borne
        HTTPMessageSigner(signature_algorithm=_Ed25519, key_resolver=_PrivateKey(self.private_key)).sign(
            message,
            key_id=self.key_id,
            created=created,
            nonce=nonce,
            label=TAG,
            tag=TAG,
            covered_component_ids=_COVERED if borne else _COVERED[:-1],
            body=body,
        )
        return dict(message.headers.items())


class _Verifier(HTTPMessageVerifier):
    """The library's verifier at a given time: this room reads no clock."""

    def __init__(self, find: Callable[[str], Ed25519PublicKey], now: dt.datetime) -> None:
        super().__init__(signature_algorithm=algorithms.ED25519, key_resolver=_PublicKeys(find))
        self._now = int(now.timestamp())

    def validate_created_and_expires(self, sig_input: Any, max_age: dt.timedelta | None = None) -> None:
        created, expires = sig_input.params.get("created"), sig_input.params.get("expires")
        skew = int(CLOCK_SKEW.total_seconds())
        if not isinstance(created, int) or not _is_of_now(created, self._now):
            raise InvalidSignature("created is missing, too old or in the future")
        if expires is not None and (not isinstance(expires, int) or self._now > expires + skew):
            raise InvalidSignature("expires is in the past")


def _is_of_now(created: int, now: int) -> bool:
    skew, age = int(CLOCK_SKEW.total_seconds()), int(MAX_AGE.total_seconds())
    return created - skew <= now <= created + age + skew


def verify_request(
    message: Message, body: bytes, *, find: Callable[[str], Ed25519PublicKey], now: dt.datetime
) -> SignedBy:
    """Who signed `message` with exactly this `body`, as of `now`.

    `find` gives the public key of a key id, or raises `Untrusted`. Raises `Untrusted` when the signature is missing,
    too old (300 s), from the future, over other bytes or another target, or by a key we do not know.
    """
    signed = _verified(message, body, find=find, now=now)
    return SignedBy(signed.key_id, signed.nonce, signed.created, signed.authorization.removeprefix(f"{SCHEME} "))


def check_head(message: Message, *, find: Callable[[str], Ed25519PublicKey], now: dt.datetime) -> None:
    """Says no to a request whose head nobody signed, before its body is received: raises as `verify_request` does.

    It says yes to nothing. Whether this body is the one that was signed only `verify_request` can tell.
    """
    _verified(message, None, find=find, now=now)


def _verified(
    message: Message, body: bytes | None, *, find: Callable[[str], Ed25519PublicKey], now: dt.datetime
) -> plainly.Signed:
    plain = plainly.verified(message.method, message.url, body, headers=message.headers, find=find)
    if plain is not None and _is_of_now(plain.created, int(now.timestamp())):
        return plain
    try:
        results = _Verifier(find, now).verify(
            message, expect_tag=TAG, expect_label=TAG, require_components=_COVERED, body=body
        )
        parameters = results[0].parameters
        nonce = str(parameters["nonce"])
        if not _NONCE.fullmatch(nonce):
            raise ValueError("a nonce has 16 to 88 characters of base64 or hex")
        borne = message.headers["Authorization"]
        if not borne.startswith(f"{SCHEME} "):
            raise ValueError("a credential is bound to a key, and is no bearer's")
        return plainly.Signed(str(parameters["keyid"]), nonce, int(parameters["created"]), borne)
    except (HTTPMessageSignaturesException, KeyError, IndexError, ValueError) as error:
        raise Untrusted(
            "request-signature-invalid",
            "the request's signature does not verify",
            hint="check the signing key, the clock and that nothing between us changes the body or the address",
        ) from error
