"""TLS: who is refused before a request is read, and credentials that are bound to the certificate they came with.

The linkage unit listens with its own TLS on a port, among authorities that end with the test. What a proxy passes on is
a header. The broker does both with the same code.
"""

from __future__ import annotations

import base64
import datetime as dt
import os
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2
import pytest
import trustme
import uvicorn
from bearers import bear
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from fastapi.testclient import TestClient
from unit_and_askers import URL, place_in, secret

from broker import listening, tls
from broker.errors import Misconfigured
from broker.keys.messages import RequestSigner
from broker.keys.wallet import InMemory
from broker.linkunit.app import create_app
from broker.linkunit.settings import Settings
from broker.synthetic.servers import free_port
from broker.tls import Tls

SERVERS, CLIENTS, STRANGERS = trustme.CA(), trustme.CA(), trustme.CA()
LONG_AGO = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
COUNCIL, HOMES = (CLIENTS.issue_cert(common_name=name) for name in ("council", "homes"))
PATH = "/v1/evaluate"


def context(leaf: trustme.LeafCert | None, ca: trustme.CA = SERVERS) -> ssl.SSLContext:
    made = ssl.create_default_context()
    ca.configure_trust(made)
    if leaf is not None:
        leaf.configure_cert(made)
    return made


@dataclass
class Edge:
    """A linkage unit that listens with its own TLS."""

    port: int
    file: Path
    wallets: dict[str, InMemory] = field(default_factory=dict)

    @property
    def revoked(self) -> Path:
        return self.file.with_name("revoked.pem")

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    def client(
        self, leaf: trustme.LeafCert | None = COUNCIL, *, trusted: ssl.SSLContext | None = None
    ) -> httpx2.Client:
        return httpx2.Client(base_url=self.url, verify=trusted or context(leaf), trust_env=False)


@pytest.fixture(scope="module")
def edge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edge]:
    folder, port = tmp_path_factory.mktemp("edge"), free_port()
    made = Edge(port, folder / "server.pem")
    SERVERS.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(str(made.file))
    CLIENTS.cert_pem.write_to_path(str(folder / "clients.pem"))
    settings = place_in(folder).model_copy(
        update={"public_url": made.url, "tls_certificate": made.file, "tls_clients": folder / "clients.pem"}
    )
    made.revoked.write_bytes(revocations())
    options = listening.options(connections=16, own_tls=Tls(made.file, folder / "clients.pem", made.revoked))
    server = uvicorn.Server(uvicorn.Config(create_app(settings), host="127.0.0.1", port=port, **options))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield made
    server.should_exit = True
    thread.join()


def signer(key_id: str = "council/delivery-1") -> RequestSigner:
    return RequestSigner(key_id, Ed25519PrivateKey.from_private_bytes(secret(key_id)))


def asks(client: Any, url: str, bearer: RequestSigner, headers: dict[str, str] | None = None) -> str:
    """The code that a signed request without a sensible body ends with: `schema-invalid` for one that got in."""
    nonce, now = os.urandom(12).hex(), dt.datetime.now(dt.UTC)
    signed = bearer.headers("POST", url + PATH, body=b"{}", nonce=nonce, created=now)
    return str(client.post(PATH, content=b"{}", headers=signed | (headers or {})).json()["code"])


# -- before a request is read

EXPIRED = CLIENTS.issue_cert(common_name="council", not_before=LONG_AGO, not_after=LONG_AGO + dt.timedelta(days=1))
NOT_YET = CLIENTS.issue_cert(common_name="council", not_before=dt.datetime(2090, 1, 1, tzinfo=dt.UTC),
                             not_after=dt.datetime(2091, 1, 1, tzinfo=dt.UTC))  # fmt: skip


def old(version: ssl.TLSVersion) -> ssl.SSLContext:
    made = context(COUNCIL)
    made.set_ciphers("ALL:@SECLEVEL=0")
    made.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    made.maximum_version = version
    return made


@pytest.mark.parametrize(("what", "trusted"), [
    ("of an unknown authority", context(STRANGERS.issue_cert(common_name="council"))),
    ("an expired one", context(EXPIRED)),
    ("one that is not valid yet", context(NOT_YET)),
    ("a server's", context(SERVERS.issue_cert("127.0.0.1"))),
])  # fmt: skip
def test_callers_with_a_bad_certificate_are_not_even_heard(edge: Edge, what: str, trusted: ssl.SSLContext) -> None:
    """Not at `/healthz` either."""
    with edge.client(trusted=trusted) as client, pytest.raises(httpx2.TransportError):
        client.get("/healthz")


def test_callers_without_a_certificate_get_what_is_public(edge: Edge) -> None:
    """And nothing else, with whatever key."""
    with edge.client() as client, edge.client(None) as bare:
        bearer = bear(signer(), edge.url, client)
        assert bare.get("/healthz").status_code == 200
        assert asks(bare, edge.url, bearer) == "caller-unproven"
        assert bear(signer(), edge.url, bare).wallet.get(edge.url) is None


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
@pytest.mark.parametrize("version", ["TLSv1_1", "TLSv1_2"])
def test_old_versions_are_refused(edge: Edge, version: str) -> None:
    """What is broken, and what shows who calls in the clear."""
    with edge.client(trusted=old(ssl.TLSVersion[version])) as client, pytest.raises(httpx2.ConnectError):
        client.get("/healthz")


def test_callers_refuse_a_server_that_is_not_ours(edge: Edge) -> None:
    """Of an unknown authority, for another host, or expired: our client goes no further than the handshake."""
    with edge.client(trusted=context(COUNCIL, STRANGERS)) as client, pytest.raises(httpx2.ConnectError):
        client.get("/healthz")
    before = edge.file.read_bytes()
    expired = SERVERS.issue_cert("127.0.0.1", not_before=LONG_AGO, not_after=LONG_AGO + dt.timedelta(days=1))
    try:
        for wrong in (SERVERS.issue_cert("other.example"), expired):
            renew(edge, wrong.private_key_and_cert_chain_pem.bytes())
            with edge.client() as client, pytest.raises(httpx2.ConnectError):
                client.get("/healthz")
    finally:
        renew(edge, before)


def renew(edge: Edge, content: bytes, *, file: Path | None = None) -> None:
    made = edge.file.with_suffix(".new")
    made.write_bytes(content)
    made.replace(file or edge.file)


def revocations(*leaves: trustme.LeafCert, ca: trustme.CA = CLIENTS, days: int = 7) -> bytes:
    """The authority's list of certificates that count no more, good for so many days."""
    now = dt.datetime.now(dt.UTC) - dt.timedelta(hours=1)
    key = load_pem_private_key(ca.private_key_pem.bytes(), None)
    issuer = x509.load_pem_x509_certificate(ca.cert_pem.bytes()).subject
    built = x509.CertificateRevocationListBuilder(issuer, now - dt.timedelta(days=9), now + dt.timedelta(days=days))
    for leaf in leaves:
        number = x509.load_pem_x509_certificate(leaf.cert_chain_pems[0].bytes()).serial_number
        built = built.add_revoked_certificate(
            x509.RevokedCertificateBuilder().serial_number(number).revocation_date(now).build()
        )
    return built.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)  # type: ignore[arg-type]


def serial(edge: Edge) -> int:
    """The serial number that a new connection is shown."""
    with edge.client() as client:
        shown = client.get("/healthz").extensions["network_stream"].get_extra_info("ssl_object")
        return x509.load_der_x509_certificate(shown.getpeercert(True)).serial_number


def test_a_certificate_is_renewed_without_a_restart(edge: Edge) -> None:
    """New connections get the new one, an open one goes on; a spoilt file leaves the last good one in force."""
    first = serial(edge)
    with edge.client() as client:
        assert client.get("/healthz").status_code == 200
        renew(edge, SERVERS.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.bytes())
        assert (second := serial(edge)) != first
        assert client.get("/healthz").status_code == 200
    good = edge.file.read_bytes()
    for spoilt in (b"", good[: len(good) // 2], COUNCIL.cert_chain_pems[0].bytes()):
        renew(edge, spoilt)
        assert serial(edge) == second
    renew(edge, good)
    assert serial(edge) == second


def test_a_server_does_not_start_on_a_bad_certificate(tmp_path: Path) -> None:
    """The sentence names the file."""
    (tmp_path / "empty.pem").write_text("")
    SERVERS.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(str(tmp_path / "good.pem"))
    for own in (
        Tls(tmp_path / "missing.pem"),
        Tls(tmp_path / "empty.pem"),
        Tls(tmp_path / "good.pem", tmp_path / "no"),
        Tls(tmp_path / "good.pem", tmp_path / "good.pem", tmp_path / "empty.pem"),
    ):
        with pytest.raises(Misconfigured, match=r"can't use the certificate .*\.pem"):
            own.context()
    with pytest.raises(Misconfigured, match="no caller is asked"):
        Tls(tmp_path / "good.pem", None, tmp_path / "empty.pem").context()
    with pytest.raises(Misconfigured, match=r"empty\.pem"):
        tls.of_client(tmp_path / "empty.pem")


# -- revoked


def is_heard(edge: Edge, leaf: trustme.LeafCert | None = COUNCIL) -> bool:
    try:
        with edge.client(leaf) as client:
            return bool(client.get("/healthz").status_code == 200)
    except httpx2.TransportError:
        return False


def test_a_revoked_certificate_is_not_even_heard(edge: Edge) -> None:
    """A laptop was lost an hour ago. No restart, nobody else notices, and a spoilt list leaves the last good one."""
    assert is_heard(edge, HOMES)
    good = revocations(HOMES)
    try:
        renew(edge, good, file=edge.revoked)
        assert [is_heard(edge, one) for one in (HOMES, COUNCIL, None)] == [False, True, True]
        for spoilt in (b"", good[: len(good) // 2], CLIENTS.cert_pem.bytes(), good + STRANGERS.cert_pem.bytes()):
            renew(edge, spoilt, file=edge.revoked)
            assert [is_heard(edge, one) for one in (HOMES, COUNCIL, None)] == [False, True, True]
        assert not is_heard(edge, STRANGERS.issue_cert(common_name="council"))
    finally:
        renew(edge, revocations(), file=edge.revoked)
    assert is_heard(edge, HOMES)


def test_a_list_that_has_expired_refuses_every_certificate(edge: Edge) -> None:
    """Whoever keeps a newer list from us would keep a revoked certificate in use; one of a stranger says nothing."""
    try:
        for stale in (revocations(days=-1), revocations(ca=STRANGERS)):
            renew(edge, stale, file=edge.revoked)
            assert [is_heard(edge, one) for one in (COUNCIL, None)] == [False, True]
    finally:
        renew(edge, revocations(), file=edge.revoked)


def test_no_session_is_taken_up_again(edge: Edge) -> None:
    """A handshake that goes on from an earlier one looks at no certificate, revoked or not."""
    trusted = context(COUNCIL)
    with (
        socket.create_connection(("127.0.0.1", edge.port)) as plain,
        trusted.wrap_socket(plain, server_hostname="127.0.0.1") as caller,
    ):
        caller.sendall(b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        while caller.recv(4096):
            pass
        assert caller.session is None or not caller.session.has_ticket


# -- bound to a certificate


def test_a_credential_is_bound_to_the_certificate_it_was_fetched_with(edge: Edge) -> None:
    """A stolen signing key and a stolen credential are not enough: it takes the certificate's key as well."""
    with (
        edge.client() as client,
        edge.client(HOMES) as thief,
        edge.client(CLIENTS.issue_cert(common_name="council")) as new,
    ):
        bearer = bear(signer(), edge.url, client)
        assert asks(client, edge.url, bearer) == "schema-invalid"
        assert asks(thief, edge.url, bearer) == "caller-unproven"
        # Its own next certificate needs a credential of its own.
        assert asks(new, edge.url, bearer) == "caller-unproven"
        assert asks(new, edge.url, bear(signer(), edge.url, new)) == "schema-invalid"
        # And nobody is given one for a key of another party.
        assert bear(signer(), edge.url, thief).wallet.get(edge.url) is None


def test_behind_our_own_tls_no_header_says_who_it_is(edge: Edge) -> None:
    """A caller with a certificate of its own writes another's beside it."""
    with edge.client() as client, edge.client(HOMES) as thief:
        bearer = bear(signer(), edge.url, client)
        assert asks(thief, edge.url, bearer, {"Client-Cert": rfc9440(COUNCIL)}) == "caller-unproven"
        assert asks(client, edge.url, bearer, {"Client-Cert": rfc9440(HOMES)}) == "schema-invalid"


def der(leaf: trustme.LeafCert) -> bytes:
    return x509.load_pem_x509_certificate(leaf.cert_chain_pems[0].bytes()).public_bytes(Encoding.DER)


def rfc9440(leaf: trustme.LeafCert) -> str:
    return f":{base64.b64encode(der(leaf)).decode()}:"


def by_nginx(leaf: trustme.LeafCert) -> str:
    return quote(leaf.cert_chain_pems[0].bytes().decode(), safe="+/=-")


class Proxied:
    """A client behind a proxy that says which certificate it verified."""

    def __init__(self, client: TestClient, *fields: str) -> None:
        self.client, self.fields = client, fields

    def post(self, url: str, *, content: bytes, headers: dict[str, str]) -> Any:
        sent = [*headers.items(), *(("Client-Cert", field) for field in self.fields)]
        return self.client.post(url, content=content, headers=sent)


@pytest.mark.parametrize("spelt", [rfc9440, by_nginx], ids=["RFC 9440", "nginx"])
def test_a_proxy_passes_the_certificate_on(place: Settings, spelt: Any) -> None:
    """Either proxy's spelling; without it, with two, with another's or with rubbish nobody is anybody."""
    with TestClient(create_app(place.model_copy(update={"behind_mutual_tls": True}))) as client:
        good = Proxied(client, spelt(COUNCIL))
        bearer = bear(signer(), URL, good)
        assert asks(good, URL, bearer) == "schema-invalid"
        other = CLIENTS.issue_cert(common_name="council")
        nobody = CLIENTS.issue_cert("somebody.example")
        rubbish = ("", ":", "::", ":AAAA:", ":not base64:", "-----BEGIN%20CERTIFICATE-----", "%00", "A" * 20_000)
        for fields in (
            [()], [(spelt(COUNCIL), spelt(COUNCIL))], [(spelt(one),) for one in (HOMES, other, nobody)],
            [(one,) for one in rubbish], [(spelt(COUNCIL)[: n * 100],) for n in range(1, 6)],
        ):  # fmt: skip
            for some in fields:
                bad = Proxied(client, *some)
                assert asks(bad, URL, bearer) == "caller-unproven", some
        assert bear(signer(), URL, Proxied(client)).wallet.get(URL) is None


def test_where_no_certificate_is_asked_for_none_counts(place: Settings) -> None:
    """A header that nobody in front wrote means nothing."""
    with TestClient(create_app(place)) as client:
        bearer = bear(signer(), URL, Proxied(client, rfc9440(HOMES)))
        assert asks(client, URL, bearer, {"Client-Cert": "rubbish"}) == "schema-invalid"


def test_one_of_two_verifies_callers(place: Settings) -> None:
    """A proxy in front has the connections, so our own TLS would see only the proxy's certificate."""
    both = {"tls_clients": place.secrets, "behind_mutual_tls": True}
    with pytest.raises(Misconfigured, match="both"):
        create_app(place.model_copy(update=both))
