"""The address where a party proves its key and is given an access credential, the same at broker and linkage unit.

    POST /v1/credential        what is asked and answered: `broker.keys.assertion`

The order is security: who it is, then with which certificate, then whether it asked so before and how often, on disk,
and only then is a credential made. Whoever does not get through step 1 or 2 costs us one signature, is counted, and is
told what everybody is told.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import parse_qsl

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from fastapi import Request, Response

from broker import observe, proven
from broker.errors import TooFast, Untrusted
from broker.keys import assertion
from broker.keys.clientkeys import ClientPublicKey
from broker.keys.credential import SCHEME, SECONDS
from broker.keys.trust import BROKER_REQUEST, Trust
from broker.turnedaway import Once

MAX_BODY = 8 * 1024
MOST, SPAN = 60, SECONDS
"""So many credentials one key may fetch in so many seconds. One lasts as long as that; each machine needs one. What was
shown to have one is remembered as long, which is longer than it is good."""
_TEXT = {"type": "string"}
DESCRIBED = {
    "parameters": [{"name": "DPoP", "in": "header", "required": True, "schema": _TEXT}],
    "requestBody": {
        "required": True,
        "content": {
            assertion.FORM: {
                "schema": {
                    "type": "object",
                    "properties": dict.fromkeys(("grant_type", "client_assertion_type", "client_assertion"), _TEXT),
                    "required": ["grant_type", "client_assertion_type", "client_assertion"],
                }
            }
        },
    },
}
"""What the framework can't see of the address."""


class Book(Protocol):
    """What was asked before, on disk."""

    def note(self, key_id: str, ids: Sequence[str], *, now: int) -> bool:
        """Notes one credential that a key proved itself for; False when one of the `ids` was used before.

        Raises `TooFast` until it has had fewer than `MOST` in the last `SPAN`, `Unavailable` when nothing can be noted.
        """


@dataclass
class Shown:
    """What was shown to this process: whoever shows it again, or was told to wait, costs no write."""

    _once: Once = field(default_factory=lambda: Once(assertion.SECONDS + assertion.SKEW))
    _until: dict[str, int] = field(default_factory=dict)

    def check(self, who: assertion.Proven, *, now: int) -> bool:
        """Whether this is new here. Raises `TooFast` for a key that was told to wait, and still has to."""
        if 0 < (wait := self._until.get(who.by, 0) - now) <= SPAN:
            raise TooFast(wait)
        return all([self._once.use(f"{who.by} {one}", now=now) for one in who.ids])

    def wait(self, key_id: str, until: int) -> None:
        self._until[key_id] = until


@dataclass(frozen=True)
class Admission:
    """A service that gives credentials to agencies, and where the broker asks too, to the broker."""

    trust: Trust
    book: Book
    shown: Shown
    random: Callable[[int], bytes]
    has_broker: bool = False

    def keys_of(self, key_id: str) -> Sequence[Ed25519PublicKey | ClientPublicKey]:
        """The public keys that prove whoever names this id. Raises `Untrusted` or `NotAllowed`."""
        is_broker = self.has_broker and key_id == BROKER_REQUEST
        return proven.the_broker(self.trust)(key_id) if is_broker else (self.trust.proving_key(key_id),)


def admit(admission: Admission, request: Request, body: bytes, *, now: int) -> Response:
    """A credential for whoever asks, as of `now` in seconds since 1970.

    Raises `Unproven` for whoever proves nothing, `TooFast` for a key that had enough, `Unavailable`.
    """
    form = fields(body)
    with proven.proving(request, admission.trust, claimed=assertion.claimed(form)):
        # 1. Who asks.
        issuer, proof = proven.issuer_of(request), _proof(request)
        keys_of, callers = admission.keys_of, admission.trust.callers
        who = assertion.proven(form, proof, url=issuer.url, keys_of=keys_of, callers=callers, now=now)
        # 2. With a certificate of its own, where they are asked for.
        certificate = proven.certificate_of(request, who.key_id.partition("/")[0])
        # 3. Once, and not too often.
        if not _noted(admission, who, now=now):
            raise Untrusted("assertion-replayed", "the assertion or its proof was used before")
    # 4. The credential.
    made = issuer.issue(who.key_id, who.key, id=admission.random(16), now=now, certificate=certificate)
    observe.event("credential.issued", agency=who.key_id.partition("/")[0])
    content = assertion.Given(access_token=made, token_type=SCHEME, expires_in=SECONDS)
    return Response(content.model_dump_json(), media_type="application/json")


def _noted(admission: Admission, who: assertion.Proven, *, now: int) -> bool:
    """Whether it is the first time, also of those that an earlier process was shown."""
    if not admission.shown.check(who, now=now):
        return False
    try:
        return admission.book.note(who.by, who.ids, now=now)
    except TooFast as error:
        admission.shown.wait(who.by, now + error.seconds)
        raise


def fields(body: bytes) -> assertion.Form:
    """The fields of a form; none when it is not one."""
    try:
        return parse_qsl(body.decode("ascii"), keep_blank_values=True, strict_parsing=True, max_num_fields=4)
    except ValueError:
        return ()


def _proof(request: Request) -> str:
    """The proof beside a form that comes alone."""
    is_form = request.headers.get("content-type", "").lower() in (assertion.FORM, f"{assertion.FORM};charset=utf-8")
    if not is_form or "authorization" in request.headers or request.scope.get("query_string"):
        raise Untrusted("form-malformed", "the body is not said to be a form, or something comes with it")
    proofs = request.headers.getlist("dpop")
    if len(proofs) != 1:
        raise Untrusted("proof-missing", "there is no proof, or more than one")
    return proofs[0]
