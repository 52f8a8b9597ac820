"""A service's own TLS, for a place without a proxy: 1.3 only, callers' certificates, renewal without a restart.

The certificate is read again when its file changes, so whoever renews it every few weeks restarts nothing; connections
that are open go on. A file that can't be read, or whose key is another's, leaves the earlier one in force.
"""

from __future__ import annotations

import ssl
from base64 import b64encode
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from broker import observe
from broker.errors import Misconfigured

CONNECTION = "broker.certificate"
"""Where in a request's scope the caller's certificate is, as `Client-Cert` spells it (RFC 9440)."""


@dataclass
class Tls:
    """`certificate` is a PEM file with the chain and the key; `clients` the authorities of callers' certificates."""

    certificate: Path
    clients: Path | None = None
    _read: tuple[int, int] = (0, 0)
    _newest: ssl.SSLContext = field(init=False)

    def context(self) -> ssl.SSLContext:
        """What a server listens with. Raises `Misconfigured` when a file is missing or damaged."""
        try:
            self._renew()
        except (OSError, ssl.SSLError):
            raise Misconfigured(
                "tls-invalid",
                f"can't use the certificate {self.certificate} or the authorities {self.clients}",
                hint="one PEM file with the chain and its key, and one with the authorities of callers",
            ) from None
        listening = self._made()
        listening.sni_callback = self._choose
        return listening

    def _choose(self, connection: ssl.SSLObject, _name: str | None, _of: ssl.SSLContext) -> None:
        """Each handshake is with the newest certificate."""
        try:
            self._renew()
        except (OSError, ssl.SSLError) as error:
            observe.unexpected("certificate.unread", error)
        connection.context = self._newest

    def _renew(self) -> None:
        found = self.certificate.stat()
        if (stamp := (found.st_mtime_ns, found.st_ino)) != self._read:
            self._newest = self._made()
            self._read = stamp

    def _made(self) -> ssl.SSLContext:
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        made.minimum_version = ssl.TLSVersion.TLSv1_3
        made.load_cert_chain(self.certificate)
        if self.clients is not None:
            made.load_verify_locations(self.clients)
            # What is public is for everybody; `broker.proven` asks for a certificate everywhere else.
            made.verify_mode = ssl.CERT_OPTIONAL
        return made


def caller_of(transport: Any) -> str:
    """The certificate of the caller of a connection, as `Client-Cert` spells it; empty when there is none."""
    made: ssl.SSLObject | None = transport.get_extra_info("ssl_object")
    found = made.getpeercert(binary_form=True) if made is not None else None
    return f":{b64encode(found).decode()}:" if found else ""


def of_client(certificate: Path | None) -> ssl.SSLContext | bool:
    """What a client connects with: this machine's authorities, and the certificate of its own if it has one.

    Raises `Misconfigured` when the file is missing or damaged.
    """
    if certificate is None:
        return True
    made = ssl.create_default_context()
    try:
        made.load_cert_chain(certificate)
    except (OSError, ssl.SSLError):
        hint = "one PEM file with the chain and its key"
        raise Misconfigured("tls-invalid", f"can't use the certificate {certificate}", hint=hint) from None
    return made
