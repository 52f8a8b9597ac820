"""Compact JWS (RFC 7515) in one strict form: what we sign so, and what we read of what others signed.

    base64url({"alg":"Ed25519","kid":"council/desk-1","typ":"JWT"}) "." base64url({"aud":"https://...", ...})
        "." base64url(64 bytes)

An algorithm is the key's, never the text's: a reader says which names it takes for the one key that it has in hand
before it looks at the signature, and nothing in the text names a key to fetch. Base64 and JSON have one spelling each:
nothing twice, no fractions, no padding. Nothing of a text is true before `signer_of` has said whose it is.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from broker.errors import Untrusted
from broker.keys import clientkeys
from broker.keys.clientkeys import ClientPublicKey
from broker.wire.fields import decode64, encode64

ED25519 = frozenset({"Ed25519", "EdDSA"})
"""What RFC 9864 and, before it, RFC 8037 call the one algorithm of an Ed25519 key."""
MAX_LENGTH = 4096

PublicKey = TypeVar("PublicKey", bound=Ed25519PublicKey | ClientPublicKey)


@dataclass(frozen=True)
class Spelt:
    """What a text spells. Whether anybody signed it is not said."""

    header: Mapping[str, Any]
    claims: Mapping[str, Any]
    signed: bytes = field(repr=False)
    signature: bytes = field(repr=False)


def compact(header: Mapping[str, Any], claims: Mapping[str, Any], *, sign: Callable[[bytes], bytes]) -> str:
    """The text of `claims` that `sign` signs."""
    signed = f"{encode64(_json(header))}.{encode64(_json(claims))}"
    return f"{signed}.{encode64(sign(signed.encode()))}"


def spelt(text: str, *, header: Collection[str]) -> Spelt:
    """What `text` spells. Raises `Untrusted` unless it is of the strict form and its header has just these names."""
    if len(text) > MAX_LENGTH or text.count(".") != 2:
        raise _malformed()
    signed, _, signature = text.rpartition(".")
    head, _, claims = signed.partition(".")
    try:
        found = Spelt(_object(decode64(head)), _object(decode64(claims)), signed.encode(), decode64(signature))
    except (ValueError, RecursionError):
        raise _malformed() from None
    # What names something is text: a list would be no member of any set, and no key of any table.
    if found.header.keys() != set(header) or not all(isinstance(found.header[name], str) for name in ("alg", "typ")):
        raise Untrusted("jws-header", "the header of a signed text is another than was agreed")
    return found


def signer_of(spelt: Spelt, *, typ: str, keys: Iterable[PublicKey]) -> PublicKey:
    """Which of the keys signed a text of the type `typ`. Raises `Untrusted` when none did."""
    of_kind = [key for key in keys if spelt.header["alg"] in _names(key)]
    if not of_kind or spelt.header["typ"] != typ:
        raise Untrusted("jws-header", "the algorithm or the type of a signed text is another than was agreed")
    for key in of_kind:
        with suppress(InvalidSignature):
            if isinstance(key, Ed25519PublicKey):
                key.verify(spelt.signature, spelt.signed)
            else:
                clientkeys.verify(key, spelt.signature, spelt.signed)
            return key
    raise Untrusted("jws-signature", "the signature of a signed text does not verify")


def _names(key: Ed25519PublicKey | ClientPublicKey) -> Collection[str | None]:
    """The names of a key's one algorithm."""
    return ED25519 if isinstance(key, Ed25519PublicKey) else {clientkeys.algorithm_of(key)}


def _json(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content, sort_keys=True, separators=(",", ":")).encode()


def _object(data: bytes) -> Mapping[str, Any]:
    found = json.loads(
        data.decode(), object_pairs_hook=_once, parse_float=_refused, parse_constant=_refused, parse_int=_whole
    )
    if not isinstance(found, dict):
        raise ValueError("not an object")
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name twice")
    return found


def _whole(text: str) -> int:
    if len(text) > 15:
        raise ValueError("not a number of ours")
    return int(text)


def _refused(_: str) -> Any:
    raise ValueError("not a whole number")


def _malformed() -> Untrusted:
    return Untrusted("jws-malformed", "a signed text is not of the agreed form")
