"""Client keys: keys of another kind than ours, by which an agency's machines prove themselves and do nothing else.

    {"id":"council/client-1","alg":"ES256","public":"<SubjectPublicKeyInfo, DER>","status":"active"}

    ES256   ECDSA, P-256, SHA-256; 64 bytes, r and then s           RFC 7518 section 3.4
    PS256   RSASSA-PSS, SHA-256, MGF1, a salt of 32 bytes           RFC 7518 section 3.5; 2048 to 4096 bits, e = 65537

Directories, certificate stores and key services of agencies hold such keys and hand none out. Which algorithm a key has
is its entry's to say, and the key must be of that kind: a text names none that counts (`jws`). Requests, deliveries
and evidence are signed with Ed25519 alone, so a client key without a signing key opens nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated, Literal, TypeAlias

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
    load_der_public_key,
    load_pem_private_key,
)
from pydantic import Field, StringConstraints

from broker.errors import BadInput
from broker.wire.fields import Bytes, Wire

CLIENT = "client"
"""What the secret is called, and its id after the agency's name."""
Algorithm = Literal["ES256", "PS256"]
ClientPublicKey: TypeAlias = EllipticCurvePublicKey | RSAPublicKey
ClientPrivateKey: TypeAlias = EllipticCurvePrivateKey | RSAPrivateKey
_BITS = range(2048, 4097)
_HALF = 32
_SHA256 = hashes.SHA256()
_HINT = "a private key in PEM, without a passphrase: P-256, or RSA of 2048 to 4096 bits"


class ClientKey(Wire):
    """A client key's entry on the trust list."""

    id: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}/client-[1-9][0-9]{0,4}$")]
    alg: Algorithm
    public: Annotated[Bytes, Field(max_length=1024)]
    status: Literal["active", "retired", "revoked"]

    @cached_property
    def public_key(self) -> ClientPublicKey:
        """The key itself. Raises `ValueError` when it is none, of another kind than `alg`, or spelt otherwise."""
        key = load_der_public_key(self.public)
        if algorithm_of(key) != self.alg or spki(key) != self.public:
            raise ValueError("not a key of this algorithm, in its one spelling")
        return key  # type: ignore[return-value]


@dataclass(frozen=True)
class ClientSigner:
    """A client key that is held: its id on the trust list, and the key."""

    id: str
    private_key: ClientPrivateKey = field(repr=False)

    @property
    def algorithm(self) -> Algorithm:
        return _known(self.private_key.public_key())

    @property
    def public(self) -> bytes:
        """As the trust list has it."""
        return spki(self.private_key.public_key())

    def sign(self, data: bytes) -> bytes:
        if isinstance(self.private_key, RSAPrivateKey):
            return self.private_key.sign(data, _PSS, _SHA256)
        r, s = decode_dss_signature(self.private_key.sign(data, ECDSA(_SHA256)))
        return r.to_bytes(_HALF, "big") + s.to_bytes(_HALF, "big")


_PSS = PSS(MGF1(_SHA256), salt_length=PSS.DIGEST_LENGTH)


def algorithm_of(key: object) -> Algorithm | None:
    """The one algorithm of a public key; None for a kind that nobody proves with here."""
    if isinstance(key, EllipticCurvePublicKey):
        return "ES256" if isinstance(key.curve, SECP256R1) else None
    if isinstance(key, RSAPublicKey):
        return "PS256" if key.key_size in _BITS and key.public_numbers().e == 65537 else None
    return None


def verify(key: ClientPublicKey, signature: bytes, signed: bytes) -> None:
    """Raises `InvalidSignature` unless the key signed this, in the one spelling of its algorithm."""
    if isinstance(key, RSAPublicKey):
        key.verify(signature, signed, _PSS, _SHA256)
        return
    if len(signature) != 2 * _HALF:
        raise InvalidSignature
    r, s = int.from_bytes(signature[:_HALF], "big"), int.from_bytes(signature[_HALF:], "big")
    key.verify(encode_dss_signature(r, s), signed, ECDSA(_SHA256))


def spki(key: object) -> bytes:
    """A public key in its one spelling (SubjectPublicKeyInfo, DER)."""
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)  # type: ignore[attr-defined,no-any-return]


def read_pem(content: bytes) -> bytes:
    """A client key from PEM, as the secret file keeps it (PKCS #8, DER). Raises `BadInput` for any other."""
    try:
        key = load_pem_private_key(content, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise BadInput("client-key-unreadable", "the file holds no private key that can be read", hint=_HINT) from None
    if algorithm_of(key.public_key()) is None:
        raise BadInput("client-key-other", "the key is of a kind that nobody proves itself with", hint=_HINT)
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def of_secret(id: str, der: bytes) -> ClientSigner:
    """A client key as the secret file keeps it. Raises `BadInput` when it is none."""
    try:
        key = load_der_private_key(der, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise BadInput("client-key-unreadable", "the client key among the secrets is damaged", hint=_HINT) from None
    if not isinstance(key, ClientPrivateKey) or algorithm_of(key.public_key()) is None:
        raise BadInput("client-key-other", "the key is of a kind that nobody proves itself with", hint=_HINT)
    return ClientSigner(id, key)


def entry(id: str, public: bytes) -> ClientKey:
    """The entry of a new client key, whose algorithm follows from its kind. Raises `BadInput` for any other key."""
    try:
        key = load_der_public_key(public)
        made = ClientKey(id=id, alg=_known(key), public=public, status="active")
        _ = made.public_key
    except (ValueError, UnsupportedAlgorithm):
        hint = "put there the line that `broker-agency keys client` printed"
        raise BadInput("public-incomplete", "this is not the public half of a client key", hint=hint) from None
    return made


def _known(key: object) -> Algorithm:
    found = algorithm_of(key)
    if found is None:
        raise ValueError("a kind of key that nobody proves with")
    return found
