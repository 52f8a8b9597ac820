"""A caller's TLS certificate, as the edge that verified it passes it on.

    Client-Cert: :MIIB...:                          RFC 9440, or made by our own server from the connection
    Client-Cert: -----BEGIN%20CERTIFICATE-----...   as nginx spells it

The edge has verified chain and dates against the place's own authority for callers. What is said here is whose it is,
its common name being the party's name on the trust list, and which, by its SHA-256 (RFC 8705 section 3.1).
"""

from __future__ import annotations

import binascii
import hashlib
from base64 import b64decode
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote_to_bytes

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from broker.errors import Untrusted
from broker.wire.fields import encode64

HEADER = "client-cert"
_MAX = 16 * 1024
_PEM = "-----BEGIN%20CERTIFICATE-----"


@dataclass(frozen=True)
class Certificate:
    """Which certificate, by the base64url of its SHA-256, and the name of the party it was issued to."""

    digest: str
    party: str


@lru_cache(maxsize=256)
def certificate(field: str) -> Certificate:
    """The certificate in a header field. Raises `Untrusted` for anything else."""
    try:
        if len(field) > _MAX:
            raise ValueError("too long")
        if field.startswith(_PEM):
            found = x509.load_pem_x509_certificate(unquote_to_bytes(field))
        elif field.startswith(":") and field.endswith(":"):
            found = x509.load_der_x509_certificate(b64decode(field[1:-1], validate=True))
        else:
            raise ValueError("neither spelling")
        [name] = found.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
        digest = hashlib.sha256(found.public_bytes(Encoding.DER)).digest()
        return Certificate(encode64(digest), str(name.value))
    except (ValueError, binascii.Error, x509.InvalidVersion):
        raise Untrusted("certificate-malformed", "the caller's certificate is not one, or names nobody") from None
