"""A secret file's content under a passphrase: Argon2id (RFC 9106) to a key of AES-256-GCM, the header bound.

64 MiB, three passes, one lane: a guess costs a tenth of a second and its memory wherever it is made. The costs are part
of the format and not of the file, so that nobody can turn them down.
"""

from __future__ import annotations

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from broker.errors import Untrusted
from broker.keys import context

KDF = "argon2id m=65536 t=3 p=1"
SALT_BYTES, NONCE_BYTES = 16, 12


def seal(passphrase: bytes, header: bytes, *, content: bytes, salt: bytes, nonce: bytes) -> bytes:
    """`content` sealed under `passphrase`; `salt` is 16 and `nonce` 12 fresh bytes."""
    bound = context.bind(context.SECRET_FILE, header, salt)
    return nonce + AESGCM(_key(passphrase, salt)).encrypt(nonce, content, bound)


def unseal(passphrase: bytes, header: bytes, *, sealed: bytes, salt: bytes) -> bytes:
    """The content. Raises `Untrusted` for another passphrase, and where file or header was changed."""
    bound = context.bind(context.SECRET_FILE, header, salt)
    try:
        return AESGCM(_key(passphrase, salt)).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound)
    except (InvalidTag, ValueError):
        raise Untrusted("seal-broken", "this passphrase does not open it, or it was changed") from None


def _key(passphrase: bytes, salt: bytes) -> bytes:
    return Argon2id(salt=salt, length=32, iterations=3, lanes=1, memory_cost=64 * 1024).derive(passphrase)
