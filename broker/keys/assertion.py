"""How a party proves its key to a service and is given an access credential, both sides of it.

    POST /v1/credential HTTP/1.1
    Content-Type: application/x-www-form-urlencoded
    DPoP: <{"alg":"Ed25519","jwk":{...},"typ":"dpop+jwt"} {"htm":"POST","htu":"https://broker.example/v1/credential",...}>

    grant_type=client_credentials&client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer
    &client_assertion=<{"alg":"Ed25519","kid":"council/desk-1","typ":"JWT"}
                       {"iss":"council","sub":"council","aud":"https://broker.example","iat":...,"exp":...,"jti":"..."}>

    {"access_token":"eyJ...","token_type":"DPoP","expires_in":600}

Client credentials (RFC 6749 section 4.4) with `private_key_jwt` (RFC 7523) and DPoP (RFC 9449), so that any library of
OAuth can ask. Strict beyond them: both texts are signed by the one key on the trust list, the audience is exactly our
address, an assertion is good for a minute and once, and a form with anything else in it is refused. An agency with
client keys (`clientkeys`) has the assertion signed by one of those, and the proof by the key that is to sign requests.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import Field, StringConstraints, ValidationError

from broker.errors import Untrusted
from broker.keys import credential, jws
from broker.keys.clientkeys import ClientPublicKey, ClientSigner
from broker.keys.custodial import SigningKey
from broker.wire.fields import AnyWire, Seconds, Slug, Wire, encode64

PATH = "/v1/credential"
FORM = "application/x-www-form-urlencoded"
SECONDS = 60
"""How long an assertion or a proof is good at most."""
SKEW = 5
LONGEST = credential.SECONDS
_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_ASSERTION, _PROOF = ("JWT", ("alg", "kid", "typ")), ("dpop+jwt", ("alg", "jwk", "typ"))
_FIXED = {"grant_type": "client_credentials", "client_assertion_type": _ASSERTION_TYPE}

Form = Sequence[tuple[str, str]]
"""The fields of a form, decoded, in the order in which they came."""
Url = Annotated[str, StringConstraints(max_length=300)]
Jti = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._~-]{16,88}$")]


class _Claims(Wire):
    iss: Slug
    sub: Slug
    aud: Url
    iat: Seconds
    nbf: Seconds = 0
    exp: Seconds
    jti: Jti


class _Proof(Wire):
    htm: Literal["POST"]
    htu: Url
    iat: Seconds
    jti: Jti


class Given(Wire):
    """What the service answers (RFC 6749 section 5.1)."""

    access_token: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._~+/=-]+$", max_length=jws.MAX_LENGTH)]
    token_type: Literal["DPoP"]
    expires_in: Annotated[int, Field(ge=1, le=credential.SECONDS)]


KeysOf = Callable[[str], Sequence[Ed25519PublicKey | ClientPublicKey]]
"""The keys that prove whoever names them by this id, or it raises."""
Callers = Callable[[str], Mapping[str, Ed25519PublicKey]]
"""The keys with which an agency signs requests, by their ids."""


@dataclass(frozen=True)
class Proven:
    """A key that proved itself, or was shown beside the client key `by`. Both ids must be used once, which only a store
    can see to."""

    key_id: str
    key: Ed25519PublicKey
    by: str
    ids: tuple[str, str]


def asked(
    key_id: str, key: SigningKey, *, url: str, now: dt.datetime, random: Callable[[int], bytes],
    client: ClientSigner | None = None,
) -> tuple[dict[str, str], bytes]:  # fmt: skip
    """The header fields and the body of a request to the service at `url`, as of `now`, by a client key if there is."""
    party, at = key_id.partition("/")[0], int(now.timestamp())
    claims = {"iss": party, "sub": party, "aud": url, "iat": at, "exp": at + SECONDS, "jti": encode64(random(16))}
    proof = {"htm": "POST", "htu": url + PATH, "iat": at, "jti": encode64(random(16))}
    header = {"alg": "Ed25519", "typ": _PROOF[0], "jwk": credential.as_jwk(key.public_key())}
    by = {"alg": client.algorithm, "kid": client.id} if client else {"alg": "Ed25519", "kid": key_id}
    said = jws.compact(by | {"typ": _ASSERTION[0]}, claims, sign=client.sign if client else key.sign)
    fields = {"DPoP": jws.compact(header, proof, sign=key.sign), "Content-Type": FORM}
    # Of all the letters in it only the colon has another spelling in a form.
    form = [f"{name}={value.replace(':', '%3A')}" for name, value in _FIXED.items()]
    return fields, "&".join([*form, f"client_assertion={said}"]).encode()


def proven(form: Form, proof: str, *, url: str, keys_of: KeysOf, callers: Callers, now: int) -> Proven:
    """Who asks for a credential of the service at `url`, as of `now` in seconds since 1970.

    Raises `Untrusted` with a code for our own diagnostics, and what `keys_of` and `callers` raise.
    """
    # 1. Whose key it says it is, and that this very key signed the assertion; nothing in the text brings a key.
    client, text = _said(form)
    said = jws.spelt(text, header=_ASSERTION[1])
    key_id = said.header["kid"]
    if not isinstance(key_id, str):
        raise Untrusted("assertion-key", "the assertion names no key")
    key = jws.signer_of(said, typ=_ASSERTION[0], keys=keys_of(key_id))
    claims = _parsed(_Claims, said.claims)
    # 2. That it is about that key's own party, for us, and of now.
    if {claims.iss, claims.sub, client or claims.iss} != {key_id.partition("/")[0]}:
        raise Untrusted("assertion-party", "the assertion is about somebody else than the key's owner")
    if claims.aud != url:
        raise Untrusted("assertion-audience", "the assertion is for another service")
    if max(claims.iat, claims.nbf) - SKEW > now or not now < claims.exp <= claims.iat + SECONDS:
        raise Untrusted("assertion-time", "the assertion is not of now, or good for too long")
    # 3. That whoever sends it has the key now, for this address.
    borne = {key_id: key} if isinstance(key, Ed25519PublicKey) else callers(claims.iss)
    bearer, shown = _proof(proof, borne, url=url, now=now)
    return Proven(bearer, borne[bearer], key_id, (claims.jti, shown.jti))


def claimed(form: Form) -> str:
    """The party that a form says it is of; empty when it does not say so in a readable way."""
    try:
        key_id = jws.spelt(_said(form)[1], header=_ASSERTION[1]).header["kid"]
    except Untrusted:
        return ""
    return key_id.partition("/")[0] if isinstance(key_id, str) else ""


def _proof(text: str, borne: Mapping[str, Ed25519PublicKey], *, url: str, now: int) -> tuple[str, _Proof]:
    """What a proof says, and which of the keys by id it is of."""
    spelt = jws.spelt(text, header=_PROOF[1])
    [bearer] = [id for id, key in borne.items() if credential.as_jwk(key) == spelt.header["jwk"]] or [""]
    if not bearer:
        raise Untrusted("proof-key", "the proof is of another key than the assertion")
    jws.signer_of(spelt, typ=_PROOF[0], keys=(borne[bearer],))
    shown = _parsed(_Proof, spelt.claims)
    if shown.htu != url + PATH:
        raise Untrusted("proof-address", "the proof is for another address")
    if not shown.iat - SKEW <= now <= shown.iat + SECONDS:
        raise Untrusted("proof-time", "the proof is not of now")
    return bearer, shown


def _said(form: Form) -> tuple[str, str]:
    """The party's name, if the form has it as RFC 6749 would, and the assertion; no other field, and none twice."""
    found = dict(form)
    client, said = found.pop("client_id", ""), found.pop("client_assertion", "")
    if found != _FIXED or len({name for name, _ in form}) != len(form):
        raise Untrusted("form-malformed", "the form has other fields than were agreed")
    return client, said


def _parsed(kind: type[AnyWire], content: Mapping[str, Any]) -> AnyWire:
    try:
        return kind.model_validate(content)
    except ValidationError:
        raise Untrusted("claims-malformed", "the claims are not of the agreed form") from None


def given(content: bytes, *, now: int) -> tuple[str, int]:
    """The credential in a service's answer, and until when it is good in seconds since 1970. Raises `Untrusted`."""
    try:
        found = Given.model_validate_json(content)
    except ValidationError:
        raise Untrusted("credential-malformed", "the service's credential is not of the agreed form") from None
    return found.access_token, now + found.expires_in
