"""A service's own TLS, for a place without a proxy: 1.3 only, callers' certificates, renewal without a restart.

The files are read again when one of them changes, so whoever renews the certificate every few weeks, or revokes a
caller's, restarts nothing. A file that can't be read, or whose key is another's, leaves the earlier ones in force; a
list of revoked certificates that has expired refuses every caller with one. Every handshake is a whole one, as one
that goes on from an earlier one looks at no certificate; how long a connection lasts is for `listening`.
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
    """`certificate` is a PEM file with the chain and the key; `clients` the authorities of callers' certificates, and
    `revoked` their lists of those that count no more, one of each authority."""

    certificate: Path
    clients: Path | None = None
    revoked: Path | None = None
    _read: tuple[tuple[int, int], ...] = ()
    _newest: ssl.SSLContext = field(init=False)

    def context(self) -> ssl.SSLContext:
        """What a server listens with. Raises `Misconfigured` when a file is missing or damaged."""
        if self.revoked is not None and self.clients is None:
            hint = "name the authorities of callers as well"
            raise Misconfigured("tls-invalid", "certificates are revoked, and no caller is asked for one", hint=hint)
        try:
            self._renew()
        except (OSError, ssl.SSLError):
            raise Misconfigured(
                "tls-invalid",
                f"can't use the certificate {self.certificate}, authorities {self.clients} or list {self.revoked}",
                hint="PEM files: the chain and its key; the authorities of callers; their lists of what is revoked",
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
        found = [path.stat() for path in (self.certificate, self.clients, self.revoked) if path is not None]
        if (stamps := tuple((one.st_mtime_ns, one.st_ino) for one in found)) != self._read:
            self._newest = self._made()
            self._read = stamps

    def _made(self) -> ssl.SSLContext:
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        made.minimum_version = ssl.TLSVersion.TLSv1_3
        made.num_tickets = 0
        made.load_cert_chain(self.certificate)
        if self.revoked is not None:
            made.load_verify_locations(self.revoked)
            if made.cert_store_stats()["x509"]:
                # It would be one more authority.
                raise ssl.SSLError(f"there is a certificate in {self.revoked}")
            made.verify_flags |= ssl.VerifyFlags.VERIFY_CRL_CHECK_LEAF
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
