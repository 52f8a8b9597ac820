"""Who sent a request, proven: a signature over it, a credential bound to the key that signed, once, and a certificate.

    who = proven.caller(request, body, trust=trust, use="ask", now=now)

Whatever is wrong with the proof, the answer is the same (`errors.Unproven`); what was wrong is counted for whoever runs
the service (`turnedaway`). Only then, what the proven key may do is said aloud.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from fastapi import FastAPI, Request

from broker import certificate, tls
from broker.errors import BadInput, Misconfigured, NotAllowed, Unproven, Untrusted
from broker.keys import messages
from broker.keys.credential import Issuer, thumbprint
from broker.keys.listed import KeyUse
from broker.keys.messages import Message, SignedBy, check_head, verify_request
from broker.keys.trust import BROKER_REQUEST, Trust
from broker.turnedaway import UNKNOWN, Once, TurnedAway, Write

Certificates = Literal["none", "proxy", "own"]
"""Whether callers must have a certificate, and who verified it: a proxy, which says so in a header, or our own TLS."""
_REPLAY_SECONDS = int((messages.MAX_AGE + 2 * messages.CLOCK_SKEW).total_seconds())
_PARTY = re.compile(r'keyid="([a-z][a-z0-9_]{0,39})/')

KeysOf = Callable[[str], Sequence[Ed25519PublicKey]]
Find = Callable[[str], Ed25519PublicKey]


@dataclass(frozen=True)
class Caller:
    """Who signed a request. `created` is in seconds."""

    agency: str
    key_id: str
    nonce: str
    created: int


@dataclass(frozen=True)
class Guard:
    """What a process of a service remembers of callers while it runs; `issuer` has the address where they think we are.

    A nonce is remembered as long as a signature is good. No other process takes what this one has taken, nor does the
    next one after a restart: each knows the credentials that it gave itself, and every signature is over one.
    """

    issuer: Issuer
    turned_away: TurnedAway
    certificates: Certificates = "none"
    nonces: Once = field(default_factory=lambda: Once(_REPLAY_SECONDS))


def wanted(*, own: bool, proxy: bool) -> Certificates:
    """Who has verified callers' certificates, if anybody. Raises `Misconfigured` when both are said to."""
    if own and proxy:
        hint = "with a proxy in front only the proxy has callers' certificates"
        raise Misconfigured("tls-invalid", "both our own TLS and a proxy are said to verify callers", hint=hint)
    return "own" if own else "proxy" if proxy else "none"


def guard(app: FastAPI, issuer: Issuer, *, write: Write, certificates: Certificates = "none") -> Guard:
    """Gives `app` its guard; `write` puts into the service's record who was turned away."""
    app.state.guard = Guard(issuer, TurnedAway(write), certificates)
    return app.state.guard  # type: ignore[no-any-return]


def issuer_of(request: Request) -> Issuer:
    """Who gives and reads the access credentials of the service that the request came to."""
    return request.app.state.guard.issuer  # type: ignore[no-any-return]


def caller(request: Request, body: bytes, *, trust: Trust, use: KeyUse | None, now: dt.datetime) -> Caller:
    """The agency that signed this request with a key it may use for `use`.

    With `use` None any of its keys will do, and whoever calls must ask `trust.signing_key` before acting. Raises
    `BadInput` for a query string, which our addresses don't have, `Unproven` when signature, credential, key or agency
    is not good, `Untrusted` when the key is for something else.
    """
    with proving(request, trust):
        signed = _signed(request, body, keys_of=agencies(trust), now=now)
    if use is not None:
        trust.signing_key(signed.key_id, use)
    return _caller(request, signed)


def broker_caller(request: Request, body: bytes, *, trust: Trust, now: dt.datetime) -> Caller:
    """The broker, which signed this request with its request key; no agency's key is looked at.

    `caller` never finds the broker's key either, so neither can stand in for the other. Raises as `caller` does.
    """
    with proving(request, trust):
        return _caller(request, _signed(request, body, keys_of=the_broker(trust), now=now))


def check_signed_head(request: Request, *, trust: Trust, now: dt.datetime) -> None:
    """Raises unless one of the agencies' keys signed the request's head. What it is for, and its body, come later."""
    message = _message(request)
    with proving(request, trust):
        check_head(message, find=trust.caller_key, now=now)


def agencies(trust: Trust) -> KeysOf:
    """The active keys of active agencies, by their ids."""
    return lambda key_id: (trust.caller_key(key_id),)


def the_broker(trust: Trust) -> KeysOf:
    """The broker's request keys, which share one id: while they change it may sign with either."""

    def keys_of(key_id: str) -> Sequence[Ed25519PublicKey]:
        if key_id != BROKER_REQUEST:
            raise Untrusted("signing-key-unknown", "this address is for the broker, and another key signed")
        return tuple(reversed(trust.broker.request_keys))

    return keys_of


@contextmanager
def proving(request: Request, trust: Trust, *, claimed: str | None = None) -> Iterator[None]:
    """Turns whatever does not prove who sent the request into `Unproven`, and counts it.

    `claimed` is the party that the request says it is of; by itself, that of the key that its signature names.
    """
    try:
        yield
    except (Untrusted, NotAllowed) as error:
        named = _PARTY.search(request.headers.get("signature-input", ""))
        party = claimed if claimed is not None else named[1] if named else ""
        is_known = party == "broker" or any(one.agency == party for one in trust.agencies)
        request.app.state.guard.turned_away.note(party if is_known else UNKNOWN, error.code)
        raise Unproven(error.code) from None


def certificate_of(request: Request, party: str) -> str:
    """The digest of the caller's certificate, which is that party's; empty where none is asked for.

    Raises `Untrusted` when there is none, more than one, or another party's.
    """
    wanted: Certificates = request.app.state.guard.certificates
    if wanted == "none":
        return ""
    own = request.scope.get(tls.CONNECTION, "")
    given = request.headers.getlist(certificate.HEADER) if wanted == "proxy" else [own] if own else []
    if len(given) != 1:
        raise Untrusted("certificate-missing", "the caller has no certificate")
    found = certificate.certificate(given[0])
    if found.party != party:
        raise Untrusted("certificate-other", "the caller's certificate is another party's")
    return found.digest


def _signed(request: Request, body: bytes, *, keys_of: KeysOf, now: dt.datetime) -> SignedBy:
    message = _message(request)
    # 1. Who signed exactly these bytes, for this address, now, naming which credential.
    signed, key = _by_one_of(keys_of, lambda find: verify_request(message, body, find=find, now=now))
    # 2. That the credential is ours, of now, and this very key's.
    held = issuer_of(request).read(signed.credential, now=int(now.timestamp()))
    if (held.key_id, held.thumbprint) != (signed.key_id, thumbprint(key)):
        raise Untrusted("credential-other-key", "the access credential is bound to another key")
    # 3. That the connection is of the certificate that it was fetched with.
    if certificate_of(request, signed.key_id.partition("/")[0]) != held.certificate:
        raise Untrusted("certificate-other", "the access credential is bound to another certificate")
    # 4. Once.
    if not request.app.state.guard.nonces.use(f"{signed.key_id} {signed.nonce}", now=now.timestamp()):
        raise Untrusted("request-replayed", "this request came before")
    return signed


def _by_one_of(keys_of: KeysOf, verify: Callable[[Find], SignedBy]) -> tuple[SignedBy, Ed25519PublicKey]:
    """What `verify` gives with the first of the keys that it takes, and that key."""
    left: list[Ed25519PublicKey] | None = None

    def find(key_id: str) -> Ed25519PublicKey:
        nonlocal left
        left = list(keys_of(key_id)) if left is None else left
        return left[0]

    while True:
        try:
            signed = verify(find)
            return signed, find(signed.key_id)
        except Untrusted:
            if left is None or len(left) == 1:
                raise
            left = left[1:]


def _message(request: Request) -> Message:
    if request.scope.get("query_string"):
        raise BadInput("query-refused", "the address has a query string", hint="send everything in the body")
    path = request.scope.get("raw_path") or request.scope["path"].encode()
    message = Message(request.method, issuer_of(request).url + path.decode("ascii", "replace"))
    for name, value in request.headers.items():
        before = message.headers.get(name)
        message.headers[name] = value if before is None else f"{before}, {value}"
    return message


def _caller(request: Request, signed: SignedBy) -> Caller:
    party = signed.key_id.partition("/")[0]
    request.state.agency = party
    return Caller(agency=party, key_id=signed.key_id, nonce=signed.nonce, created=signed.created)
