"""One sensitive field of an event: a salted digest in the leaf, shown only to those who may see it (SD-JWT, RFC 9901).

    disclosure   WyJBQUFBQUFBQUFBQUFBQUFBQUFBQUFBIiwic3RhZmYiLCJjb3VuY2lsL3c3Il0
                 = base64url(["AAAAAAAAAAAAAAAAAAAAAA","staff","council/w7"])
    digest       base64url(SHA-256(the disclosure, as the ASCII text above)); this is what `_sd` in the leaf holds

Sixteen random bytes of salt make the digest useless for guessing; destroying salt and value erases the field while the
tree above it still verifies. A salt is used once: with one salt for two fields, showing one would open the other.
"""

from __future__ import annotations

import hashlib
from typing import Any

from broker.audit import canonical
from broker.audit.encoding import from_base64url, to_base64url
from broker.errors import BadInput, Untrusted

SALT_BYTES = 16


def conceal(name: str, value: canonical.Value, *, salt: bytes) -> str:
    """The disclosure of one field. Raises `BadInput` for a salt that is not 16 bytes or a value outside the profile."""
    if len(salt) != SALT_BYTES:
        raise BadInput("salt-length", f"a salt of the audit log is {SALT_BYTES} bytes", field=name)
    # The salt's own spelling needs no escape.
    return to_base64url(f'["{to_base64url(salt)}",{canonical.spelled(name)},{canonical.spelled(value)}]'.encode())


def digest(disclosure: str) -> str:
    """What the leaf holds of a disclosure: 43 characters of base64url."""
    return to_base64url(hashlib.sha256(disclosure.encode("ascii")).digest())


def reveal(disclosure: str) -> tuple[str, Any]:
    """The (name, value) that a disclosure spells; says nothing about any leaf. Raises `Untrusted` for other text."""
    try:
        parts = canonical.parse(from_base64url(disclosure))
    except (ValueError, Untrusted):
        raise Untrusted("disclosure-malformed", "a disclosure is not canonical base64url of canonical JSON") from None
    if not isinstance(parts, list) or len(parts) != 3 or not isinstance(parts[0], str) or not isinstance(parts[1], str):
        raise Untrusted("disclosure-malformed", "a disclosure is not a salt, a name and a value")
    salt, name, value = parts
    # The salt's own spelling is under the digest, so only its length needs a check.
    if len(salt) != len(to_base64url(bytes(SALT_BYTES))):
        raise Untrusted("disclosure-malformed", "a disclosure does not start with a salt of 16 bytes")
    return name, value
