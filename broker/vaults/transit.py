"""Key-encrypting keys and signing keys in HashiCorp Vault or OpenBao, by the transit engine: used there, never seen.

    keys of type aes256-gcm96, derived, named `broker-kek.council`, `broker-kek.council.2`, ...
    keys of type ed25519, named `broker-receipt`, `broker-request`, ...

What a wrapping is bound to is the context from which the service derives its key. A key that is not `derived` would
ignore the context and is refused, as is one that can be exported. Nonces are the service's own. A batch is one request.
The names begin with a prefix, so that broker and others may share one engine.

Held to requests and answers written down after the published interface (tests/vectors/transit); no real server was run.
"""

from __future__ import annotations

import base64
import binascii
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import hvac
import requests
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from broker.errors import Misconfigured, Unavailable, Untrusted
from broker.vaults.private import read_private

TIMEOUT = 5.0
BATCH = 500
"""Items of one request: some hundred kilobytes, far below the service's limit of 32 MiB."""
_HERE = {"localhost", "127.0.0.1", "::1"}


@dataclass(frozen=True)
class Engine:
    """One transit engine and the keys of one party in it."""

    place: str
    prefix: str
    mount: str
    client: Any = field(repr=False)
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def ask(self, verb: str, name: str = "", **given: Any) -> Any:
        """The data of one answer. Raises `Unavailable`, or `Untrusted` where a decryption is refused."""
        named = {"name": self.prefix + name} if name else {}
        try:
            with self.lock:
                answer = getattr(self.client.secrets.transit, verb)(mount_point=self.mount, **named, **given)
            return answer["data"]
        except hvac.exceptions.InvalidRequest:
            if verb == "decrypt_data":
                raise _broken() from None
            raise self._down("it refuses the request") from None
        except (hvac.exceptions.VaultError, requests.RequestException) as error:
            # Their own messages can hold the address with what was sent.
            raise self._down(type(error).__name__) from None
        except (KeyError, TypeError, ValueError):
            raise self._down("its answer is not of the agreed form") from None

    def keys(self) -> tuple[Mapping[str, TransitKek], Mapping[str, TransitSigner]]:
        """The key-encrypting keys and the signing keys of this party. Raises `Misconfigured` for a careless one."""
        keks, signers = {}, {}
        for full in self._names():
            name = full.removeprefix(self.prefix)
            about = self.ask("read_key", name)
            self._check(name, about)
            if about.get("type") == "aes256-gcm96" and name.startswith("kek."):
                keks[name] = TransitKek(self, name)
            elif about.get("type") == "ed25519":
                signers[name] = TransitSigner(self, name, self._public(about))
        return keks, signers

    def _names(self) -> list[str]:
        try:
            return [name for name in self.ask("list_keys")["keys"] if name.startswith(self.prefix)]
        except (KeyError, TypeError, AttributeError):
            raise self._down("its answer is not of the agreed form") from None

    def _check(self, name: str, about: Any) -> None:
        careless = about.get("exportable") or about.get("allow_plaintext_backup")
        if careless or (name.startswith("kek.") and not about.get("derived")):
            said = f"`{self.prefix}{name}` in {self.place} is exportable, or not derived"
            raise Misconfigured("transit-careless", said, hint="make it again: docs/for/operators.md")

    def _public(self, about: Any) -> bytes:
        try:
            latest = max(about["keys"], key=int)
            return base64.b64decode(about["keys"][latest]["public_key"], validate=True)
        except (KeyError, TypeError, ValueError):
            raise self._down("its answer is not of the agreed form") from None

    def _down(self, why: str) -> Unavailable:
        hint = "look at the key service and at its token"
        return Unavailable("transit-unavailable", f"{self.place} does not do it: {why}", hint=hint)


@dataclass(frozen=True)
class TransitKek:
    """A key-encrypting key that stays in its service."""

    engine: Engine
    name: str

    def wrap_each(self, some: Sequence[tuple[bytes, bytes]], *, nonces: Sequence[bytes]) -> list[bytes]:
        items = [{"plaintext": _to_text(secret), "context": _to_text(bound)} for secret, bound in some]
        return [result.encode() for result in self._each("encrypt_data", items, given="plaintext", wanted="ciphertext")]

    def unwrap_each(self, some: Sequence[tuple[bytes, bytes]]) -> list[bytes]:
        try:
            items = [{"ciphertext": wrapped.decode("ascii"), "context": _to_text(bound)} for wrapped, bound in some]
        except UnicodeDecodeError:
            raise _broken() from None
        results = self._each("decrypt_data", items, given="ciphertext", wanted="plaintext")
        try:
            return [base64.b64decode(result, validate=True) for result in results]
        except binascii.Error:
            raise _broken() from None

    def _each(self, verb: str, items: list[dict[str, str]], *, given: str, wanted: str) -> list[str]:
        found: list[Any] = []
        for start in range(0, len(items), BATCH):
            batch = items[start : start + BATCH]
            # The client's own argument is left empty: the service ignores it beside a batch.
            data = self.engine.ask(verb, self.name, batch_input=batch, **{given: ""})
            results = data.get("batch_results") if isinstance(data, dict) else None
            if not isinstance(results, list) or len(results) != len(batch):
                raise self.engine._down("its answer is not of the agreed form")
            found += [result.get(wanted) if isinstance(result, dict) else None for result in results]
        if not all(isinstance(result, str) and result for result in found):
            raise _broken() if verb == "decrypt_data" else self.engine._down("it left some out")
        return found


@dataclass(frozen=True)
class TransitSigner:
    """A signing key that stays in its service."""

    engine: Engine
    name: str
    public: bytes

    def sign(self, data: bytes, /) -> bytes:
        answer = self.engine.ask("sign_data", self.name, hash_input=_to_text(data))
        try:
            # vault:v1:<base64>, and another word before the first colon from other makers.
            return base64.b64decode(answer["signature"].rpartition(":")[2], validate=True)
        except (KeyError, TypeError, AttributeError, ValueError):
            raise self.engine._down("its answer is not of the agreed form") from None

    def public_key(self) -> Ed25519PublicKey:
        return Ed25519PublicKey.from_public_bytes(self.public)


def open_engine(url: str, *, token: Path, mount: str, prefix: str) -> Engine:
    """The engine at `url`, with the access token in a file. Raises `Misconfigured`; asks the service nothing yet."""
    parts = urlsplit(url)
    if parts.scheme != "https" and parts.hostname not in _HERE:
        raise Misconfigured("transit-clear", "the key service's address does not begin with https://")
    credential = read_private(token, what="token file").decode(errors="replace").strip()
    client: Any = hvac.Client(url=url, token=credential, timeout=TIMEOUT, allow_redirects=False)  # type: ignore[no-untyped-call]
    return Engine(f"the key service at {parts.hostname}", prefix, mount, client)


def _to_text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _broken() -> Untrusted:
    return Untrusted("seal-broken", "a wrapped key does not open where it stands")
