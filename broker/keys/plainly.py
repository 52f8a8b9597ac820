"""The one spelling of our own signed requests, made and recognised without a parser (RFC 9421, RFC 9530).

    Authorization: DPoP <access credential>
    Content-Digest: sha-256=:<base64>:
    Signature-Input: tysc=("@method" "@target-uri" "content-digest" "authorization");created=1795337987;
                     keyid="council/desk-1";alg="ed25519";nonce="<base64url>";tag="tysc"
    Signature: tysc=:<base64>:

Every party of ours writes exactly this, which is what `http_message_signatures` writes of the same request. What is
spelled in another way, or does not verify, is none of this file's business: `broker.keys.messages` gives it to that
library, whose word on a refusal stands.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from broker.errors import BrokerError
from broker.keys.custodial import SigningKey

TAG = "tysc"
"""The tag and the name of our signatures."""
_COVERED = '("@method" "@target-uri" "content-digest" "authorization")'
_METHOD = re.compile(r"GET|POST|PUT", re.ASCII)
# No query, no escapes and no default port: an address in which nothing is left to normalise.
_ADDRESS = re.compile(r"https?://[a-z0-9-]+(?:\.[a-z0-9-]+)*(?::(?!80/|443/)[0-9]{1,5})?(?:/[A-Za-z0-9_-]+)+", re.ASCII)
_KEY_ID = re.compile(r"[a-z][a-z0-9_]{0,39}/[a-z0-9-]{1,40}", re.ASCII)
_NONCE = re.compile(r"[A-Za-z0-9_-]{16,88}", re.ASCII)
_INPUT = re.compile(
    rf'{TAG}=({re.escape(_COVERED)};created=([1-9][0-9]{{0,11}});keyid="([a-z0-9_/-]{{1,81}})"'
    rf';alg="ed25519";nonce="([A-Za-z0-9_-]{{16,88}})";tag="{TAG}")',
    re.ASCII,
)
_AUTHORIZATION = re.compile(r"DPoP [A-Za-z0-9._~+/=-]{1,4096}", re.ASCII)
_SIGNATURE = re.compile(rf"{TAG}=:([A-Za-z0-9+/]{{86}}==):", re.ASCII)


@dataclass(frozen=True)
class Signed:
    """A signature's parameters, and the `Authorization` that it covers."""

    key_id: str
    nonce: str
    created: int
    authorization: str = field(repr=False)


def fields(method: str, url: str, body: bytes, *, said: Signed, key: SigningKey) -> dict[str, str] | None:
    """The four header fields, or None for a request that has no plain spelling."""
    named = _KEY_ID.fullmatch(said.key_id) and _NONCE.fullmatch(said.nonce)
    borne = _AUTHORIZATION.fullmatch(said.authorization)
    if not (_METHOD.fullmatch(method) and _ADDRESS.fullmatch(url) and named and borne and said.created > 0):
        return None
    parameters = (
        f'{_COVERED};created={said.created};keyid="{said.key_id}";alg="ed25519";nonce="{said.nonce}";tag="{TAG}"'
    )
    digest = _digest(body)
    message = _message(method, url, digest, authorization=said.authorization, parameters=parameters)
    signature = base64.b64encode(key.sign(message)).decode()
    return {
        "Authorization": said.authorization,
        "Content-Digest": digest,
        "Signature-Input": f"{TAG}={parameters}",
        "Signature": f"{TAG}=:{signature}:",
    }


def verified(
    method: str, url: str, body: bytes | None, *, headers: Mapping[str, str], find: Callable[[str], Ed25519PublicKey]
) -> Signed | None:
    """Who signed exactly this, or None unless it is spelled plainly and verifies under a key that `find` gives.

    Nothing is said about when: `created` is for the caller to look at. With `body` None only the head is looked at.
    """
    given = _INPUT.fullmatch(headers.get("Signature-Input", ""))
    signature = _SIGNATURE.fullmatch(headers.get("Signature", ""))
    borne = _AUTHORIZATION.fullmatch(headers.get("Authorization", ""))
    if not (given and signature and borne and _METHOD.fullmatch(method) and _ADDRESS.fullmatch(url)):
        return None
    parameters, created, key_id, nonce = given.groups()
    digest = headers.get("Content-Digest", "")
    raw = binascii.a2b_base64(signature[1])
    # One spelling each: the unused bits at the end of base64 are not free.
    if (body is not None and digest != _digest(body)) or base64.b64encode(raw).decode() != signature[1]:
        return None
    try:
        find(key_id).verify(raw, _message(method, url, digest, authorization=borne[0], parameters=parameters))
    except (InvalidSignature, BrokerError):
        return None
    return Signed(key_id, nonce, int(created), borne[0])


def _digest(body: bytes) -> str:
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"


def _message(method: str, url: str, digest: str, *, authorization: str, parameters: str) -> bytes:
    """The signature base (RFC 9421 section 2.5)."""
    lines = [f'"@method": {method}', f'"@target-uri": {url}', f'"content-digest": {digest}']
    lines.append(f'"authorization": {authorization}')
    return "\n".join((*lines, f'"@signature-params": {parameters}')).encode()
