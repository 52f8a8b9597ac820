"""Key-encrypting keys and signing keys in a hardware token (PKCS#11, OASIS 2.40 and 3.0): used there, never seen.

    AES-256 secret keys labelled `kek.council`, `kek.council.2`, ...   wrap by CKM_AES_GCM, the context as its AAD
    Ed25519 private keys labelled `receipt`, `request`, ...           sign by CKM_EDDSA

Keys are made in the token as sensitive and not extractable. The label is the name a secret file would have; whatever
else lies in the token is left alone. A wrapping has the form of the software's: nonce, ciphertext, tag.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import pkcs11
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pkcs11.util.ec import encode_named_curve_parameters

from broker.errors import Misconfigured, Unavailable, Untrusted
from broker.keys.custodial import NONCE_BYTES
from broker.vaults.private import read_private

_TAG_BITS = 128
_ED25519 = encode_named_curve_parameters("1.3.101.112")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Token:
    """A session with one token. One at a time uses it: the standard leaves it open what two would do."""

    place: str
    session: Any = field(repr=False)
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def do(self, work: Callable[[Any], Result]) -> Result:
        """What `work` makes of the session. Raises `Unavailable` when the token does not answer."""
        try:
            with self.lock:
                return work(self.session)
        except pkcs11.PKCS11Error as error:
            # Its own messages are names of return values, and hold nothing of ours.
            said = f"{self.place} does not do it: {type(error).__name__}"
            raise Unavailable("token-unavailable", said, hint="look at the token, then start again") from None

    def key_encrypting_keys(self) -> Mapping[str, TokenKek]:
        """The key-encrypting keys in the token, by label."""
        found = {pkcs11.Attribute.CLASS: pkcs11.ObjectClass.SECRET_KEY, pkcs11.Attribute.KEY_TYPE: pkcs11.KeyType.AES}
        keys = self._by_label({**found, pkcs11.Attribute.EXTRACTABLE: False})
        return {label: TokenKek(self, key) for label, key in keys.items() if label.startswith("kek.")}

    def signing_keys(self) -> Mapping[str, TokenSigner]:
        """The signing keys in the token, by label. Raises `Misconfigured` for one without its public half."""
        kind = {pkcs11.Attribute.KEY_TYPE: pkcs11.KeyType.EC_EDWARDS}
        hidden = {pkcs11.Attribute.CLASS: pkcs11.ObjectClass.PRIVATE_KEY, pkcs11.Attribute.EXTRACTABLE: False}
        private = self._by_label({**kind, **hidden})
        public = self._by_label({**kind, pkcs11.Attribute.CLASS: pkcs11.ObjectClass.PUBLIC_KEY})
        if missing := sorted(set(private) - set(public)):
            raise Misconfigured("token-incomplete", f"the public half of `{missing[0]}` is not in {self.place}")
        return {label: TokenSigner(self, key, _point(public[label])) for label, key in private.items()}

    def make_kek(self, name: str) -> None:
        """Makes a key-encrypting key in the token; one that is there stays."""
        if name not in self.key_encrypting_keys():
            capable = pkcs11.MechanismFlag.ENCRYPT | pkcs11.MechanismFlag.DECRYPT
            hidden = {pkcs11.Attribute.SENSITIVE: True, pkcs11.Attribute.EXTRACTABLE: False}
            self.do(
                lambda session: session.generate_key(
                    pkcs11.KeyType.AES, 256, label=name, store=True, capabilities=capable, template=hidden
                )
            )

    def make_signing_key(self, name: str) -> bytes:
        """Makes an Ed25519 key in the token; one that is there stays. Returns its 32 public bytes."""
        if name not in self.signing_keys():
            hidden = {pkcs11.Attribute.SENSITIVE: True, pkcs11.Attribute.EXTRACTABLE: False}

            def made(session: Any) -> None:
                domain = session.create_domain_parameters(
                    pkcs11.KeyType.EC_EDWARDS, {pkcs11.Attribute.EC_PARAMS: _ED25519}, local=True
                )
                domain.generate_keypair(
                    mechanism=pkcs11.Mechanism.EC_EDWARDS_KEY_PAIR_GEN, label=name, store=True, private_template=hidden
                )

            self.do(made)
        return self.signing_keys()[name].public

    def destroy(self, name: str) -> None:
        """Destroys every key of that name; what is not there is not missed. The token says nothing of its backups."""

        def destroyed(session: Any) -> None:
            for key in list(session.get_objects({pkcs11.Attribute.LABEL: name})):
                key.destroy()

        self.do(destroyed)

    def _by_label(self, attributes: Mapping[Any, Any]) -> dict[str, Any]:
        keys = self.do(lambda session: [key for key in session.get_objects(dict(attributes)) if key.label])
        found = {key.label: key for key in keys}
        if len(found) != len(keys):
            # Which of two is used would be the token's choice, and could be another tomorrow.
            raise Misconfigured("token-ambiguous", f"two keys in {self.place} have one label", hint="relabel one")
        return found


@dataclass(frozen=True)
class TokenKek:
    """A key-encrypting key that stays in its token."""

    token: Token
    key: Any = field(repr=False)

    def wrap_each(self, some: Sequence[tuple[bytes, bytes]], *, nonces: Sequence[bytes]) -> list[bytes]:
        def wrapped(_: Any) -> list[bytes]:
            return [
                nonce + bytes(self.key.encrypt(secret, mechanism=pkcs11.Mechanism.AES_GCM, mechanism_param=param))
                for (secret, bound), nonce in zip(some, nonces, strict=True)
                for param in [pkcs11.GCMParams(nonce, bound, _TAG_BITS)]
            ]

        return self.token.do(wrapped)

    def unwrap_each(self, some: Sequence[tuple[bytes, bytes]]) -> list[bytes]:
        def opened(_: Any) -> list[bytes]:
            return [
                bytes(self.key.decrypt(rest, mechanism=pkcs11.Mechanism.AES_GCM, mechanism_param=param))
                for wrapped, bound in some
                for rest in [wrapped[NONCE_BYTES:]]
                for param in [pkcs11.GCMParams(wrapped[:NONCE_BYTES], bound, _TAG_BITS)]
            ]

        if any(len(wrapped) < NONCE_BYTES + _TAG_BITS // 8 for wrapped, _ in some):
            raise _broken()
        try:
            return self.token.do(opened)
        except Unavailable:
            # Tokens call a tag that does not fit by many names, some of which are a fault of the token too. One that
            # answers at once is well, so the wrapping is what does not fit.
            self.token.do(lambda session: session.generate_random(128))
            raise _broken() from None


@dataclass(frozen=True)
class TokenSigner:
    """A signing key that stays in its token."""

    token: Token
    key: Any = field(repr=False)
    public: bytes

    def sign(self, data: bytes, /) -> bytes:
        return self.token.do(lambda _: bytes(self.key.sign(data, mechanism=pkcs11.Mechanism.EDDSA)))

    def public_key(self) -> Ed25519PublicKey:
        return Ed25519PublicKey.from_public_bytes(self.public)


def open_token(module: Path, label: str, *, pin: Path) -> Token:
    """The token called `label`, by the library `module`, opened with the PIN in a file. Raises `Misconfigured`."""
    place = f"the token `{label}`"
    try:
        found = pkcs11.lib(str(module)).get_token(token_label=label)
        code = read_private(pin, what="PIN file").decode().strip()
        try:
            return Token(place, found.open(rw=True, user_pin=code))
        except pkcs11.UserAlreadyLoggedIn:
            # By an earlier session of this process, whose login holds for all of them.
            return Token(place, found.open(rw=True))
    except (pkcs11.PinIncorrect, pkcs11.PinLenRange, pkcs11.PinLocked, pkcs11.PinInvalid, UnicodeDecodeError):
        # A second try with the same PIN could lock the token: say it and stop.
        raise Misconfigured("token-pin", f"{place} refuses the PIN in {pin}", hint="correct the file") from None
    except (pkcs11.PKCS11Error, RuntimeError) as error:
        said = f"can't open {place} with {module}: {type(error).__name__}"
        raise Misconfigured("token-missing", said, hint="check module and label") from None


def _broken() -> Untrusted:
    return Untrusted("seal-broken", "a wrapped key does not open where it stands")


def _point(public: Any) -> bytes:
    """The 32 bytes of an Ed25519 public key, which PKCS#11 keeps as a DER octet string, or bare in version 3.0."""
    point = bytes(public[pkcs11.Attribute.EC_POINT])
    return point[2:] if len(point) == 34 and point[:2] == b"\x04\x20" else point
