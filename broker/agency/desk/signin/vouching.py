"""What an issuer says is believed after all of this, in this order (OpenID Connect Core 3.1.3.7, RFC 8725).

1  three parts, no longer than 16 KiB; the head names an algorithm that this issuer may use, and no key of its own
2  the key is one of the issuer's, for that algorithm; the signature is good
3  issuer, audience (us alone), times and nonce; of the kind that we expect
4  the level at which they signed in, and when for a step-up
5  who they are here, and what they do, by the names that the registry has for it

Whatever is wrong, the browser is told one and the same; the reason is for the desk's own diagnostics.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey, import_key

from broker.agency.desk.sessions import Vouched
from broker.trustlist.issuers import Issuer
from broker.wire import strictjson
from broker.wire.fields import decode64

MOST_BYTES = 16 * 1024
SLACK = 60
"""Seconds by which our clocks may differ."""
OLDEST = 900
"""Seconds after which what an issuer signed is no longer new."""
NEVER_TRAINED = dt.date(1900, 1, 1)
_KEYS: Mapping[str, type[Key]] = {"Ed25519": OKPKey, "ES256": ECKey, "PS256": RSAKey, "RS256": RSAKey}
_CURVES = {"Ed25519": "Ed25519", "ES256": "P-256"}
_FOREIGN = {"jwk", "jku", "x5u", "x5c", "crit", "b64", "zip", "enc"}
_ENDED = "http://schemas.openid.net/event/backchannel-logout"
_STAFF = re.compile(r"[^\s\x00-\x1f\x7f]{1,100}")

Claims = Mapping[str, Any]


class Unvouched(Exception):
    """It is not believed; the reason is a code of ours and holds nothing of what was sent."""


def issuer_keys(document: object) -> tuple[Mapping[str, Any], ...]:
    """The keys for signatures in a JWK set; those that we can't use are passed over."""
    listed = document.get("keys") if isinstance(document, dict) else None
    usable = (one for one in listed if isinstance(one, dict)) if isinstance(listed, list) else ()
    return tuple(one for one in usable if one.get("use", "sig") == "sig" and "d" not in one and "k" not in one)


def signed_claims(text: str, issuer: Issuer, keys: Sequence[Mapping[str, Any]], *, kinds: Sequence[str]) -> Claims:
    """The claims under a good signature of the issuer; `kinds` are the `typ` it may have. Raises `Unvouched`."""
    head = _head(text)
    algorithm = head.get("alg")
    if algorithm not in issuer.algorithms:
        raise Unvouched("algorithm")
    if _FOREIGN & head.keys() or str(head.get("typ", "")).lower() not in kinds:
        raise Unvouched("head")
    key = _key(keys, algorithm, head.get("kid"))
    try:
        found = jws.deserialize_compact(text, key, algorithms=[algorithm])
    except (JoseError, ValueError, TypeError):
        raise Unvouched("signature") from None
    return strict_object(found.payload)


def check_claims(claims: Claims, issuer: Issuer, *, now: int) -> None:
    """Issuer, audience and times. Raises `Unvouched`."""
    audience = claims.get("aud")
    if claims.get("iss") != issuer.issuer:
        raise Unvouched("issuer")
    if (
        audience not in (issuer.client_id, [issuer.client_id])
        or claims.get("azp", issuer.client_id) != issuer.client_id
    ):
        raise Unvouched("audience")
    made, ends = _time(claims, "iat"), _time(claims, "exp")
    if made is None or ends is None or made > now + SLACK or made < now - OLDEST or ends < now - SLACK:
        raise Unvouched("times")
    if (_time(claims, "nbf") or 0) > now + SLACK:
        raise Unvouched("times")


def check_id_claims(claims: Claims, issuer: Issuer, *, nonce: str | None, now: int) -> None:
    """That this is who signed in just now. `nonce` is None where the issuer was only asked again."""
    check_claims(claims, issuer, now=now)
    if nonce is not None and claims.get("nonce") != nonce:
        raise Unvouched("nonce")
    if not isinstance(claims.get("sub"), str) or not 1 <= len(claims["sub"]) <= 255 or "events" in claims:
        raise Unvouched("person")


def level_of(claims: Claims, issuer: Issuer) -> int:
    """At which of our levels they signed in; 0 where the issuer does not say so."""
    return max((issuer.levels.get(one, 0) for one in texts_at(claims, issuer.level_claim)), default=0)


def proved_at(claims: Claims) -> dt.datetime:
    """When they last proved who they are; long ago where the issuer does not say."""
    return dt.datetime.fromtimestamp(_time(claims, "auth_time") or 0, dt.UTC)


def vouched(claims: Claims, issuer: Issuer, *, renewal: str = "") -> Vouched:
    """Who they are here, and what they do. Raises `Unvouched` when the issuer leaves out what it was to say."""
    names = issuer.claims
    staff = texts_at(claims, names.staff)
    if len(staff) != 1 or not _STAFF.fullmatch(staff[0]):
        raise Unvouched("staff")
    return Vouched(
        staff=staff[0],
        issuer=issuer.name,
        subject=claims["sub"],
        name=" ".join(texts_at(claims, names.name)[:1])[:100] if names.name else "",
        roles=frozenset(_translated(claims, names.roles, issuer.roles)) if names.roles else None,
        profession=_profession(claims, issuer),
        trained=_day(texts_at(claims, names.trained)) if names.trained else None,
        sid=claims["sid"] if isinstance(claims.get("sid"), str) else "",
        renewal=renewal,
    )


def ended(claims: Claims, issuer: Issuer, *, now: int) -> tuple[str, str, str]:
    """The session's name at the issuer and the person's (either may be empty) that a logout notice ends, and its id.

    OpenID Connect Back-Channel Logout 2.6. Raises `Unvouched`.
    """
    check_claims({"exp": now, **claims}, issuer, now=now)
    events, sid, person = claims.get("events"), claims.get("sid", ""), claims.get("sub", "")
    if not isinstance(events, dict) or not isinstance(events.get(_ENDED), dict) or "nonce" in claims:
        raise Unvouched("notice")
    known = (sid, person, claims.get("jti"))
    if not all(isinstance(one, str) and len(one) <= 255 for one in known) or not (sid or person) or not claims["jti"]:
        raise Unvouched("notice")
    return sid, person, claims["jti"]


def texts_at(claims: Any, path: str) -> list[str]:
    """The texts at a dotted path; of a list, those of each of its members."""
    found = [claims]
    # A claim may have dots in its own name, as those that are addresses do.
    parts = [path] if isinstance(claims, Mapping) and path in claims else path.split(".")
    for part in parts:
        found = [one[part] for one in _members(found) if isinstance(one, Mapping) and part in one]
    return [str(one) for one in _members(found) if isinstance(one, str | int) and not isinstance(one, bool)]


def _members(found: Sequence[Any]) -> Iterator[Any]:
    for one in found:
        yield from one if isinstance(one, list) else [one]


def _translated(claims: Claims, path: str, table: Mapping[str, str]) -> list[str]:
    return [table[one] for one in texts_at(claims, path) if one in table]


def _profession(claims: Claims, issuer: Issuer) -> str | None:
    if issuer.claims.profession is None:
        return None
    found = _translated(claims, issuer.claims.profession, issuer.professions)
    if len(set(found)) != 1:
        raise Unvouched("profession")
    return found[0]


def _day(texts: Sequence[str]) -> dt.date:
    """The day of their training; whoever has none, or one that can't be read, was never trained."""
    found = NEVER_TRAINED
    for text in texts:
        with suppress(ValueError):
            found = max(found, dt.date.fromisoformat(text))
    return found


def _head(text: str) -> dict[str, Any]:
    if len(text) > MOST_BYTES or text.count(".") != 2 or not text.isascii():
        raise Unvouched("form")
    try:
        return strict_object(decode64(text.partition(".")[0]))
    except ValueError:
        raise Unvouched("form") from None


def strict_object(data: bytes | None) -> dict[str, Any]:
    """A JSON object that everybody reads alike. Raises `Unvouched`."""
    try:
        strictjson.check(data or b"")
        found = json.loads(data or b"")
    except (ValueError, RecursionError):
        raise Unvouched("form") from None
    if not isinstance(found, dict):
        raise Unvouched("form")
    return found


def _key(keys: Sequence[Mapping[str, Any]], algorithm: str, key_id: object) -> Key:
    named = [one for one in keys if key_id is None or one.get("kid") == key_id]
    fitting = [key for one in named if one.get("alg", algorithm) == algorithm and (key := _usable(one, algorithm))]
    # Without a name there must be no choice: nobody tries one key after the other.
    if len(fitting) != 1:
        raise Unvouched("key")
    return fitting[0]


def _usable(listed: Mapping[str, Any], algorithm: str) -> Key | None:
    try:
        key = import_key(dict(listed))
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    if not isinstance(key, _KEYS[algorithm]) or listed.get("crv") != _CURVES.get(algorithm):
        return None
    # A giant one takes its time to verify with.
    unfit = isinstance(key, RSAKey) and not 2048 <= key.public_key.key_size <= 8192
    return None if unfit else key


def _time(claims: Claims, name: str) -> int | None:
    value = claims.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**40 else None
