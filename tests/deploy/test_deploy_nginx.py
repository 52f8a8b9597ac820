"""The example for nginx in a real nginx (`make deps-system`): who it lets in, and what it passes on to the service."""

from __future__ import annotations

import datetime as dt
import os
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
import trustme

from broker.synthetic.servers import free_port

TESTS = Path(__file__).parents[1]
for room in ("linkunit", "doors"):
    sys.path.insert(0, str(TESTS / room))

from bearers import bear  # noqa: E402
from raw_socket import listens  # noqa: E402
from test_linkunit_tls import (  # noqa: E402
    CLIENTS,
    COUNCIL,
    HOMES,
    SERVERS,
    STRANGERS,
    asks,
    context,
    old,
    revocations,
    rfc9440,
    signer,
)
from unit_and_askers import place_in  # noqa: E402

from broker.linkunit.app import create_app  # noqa: E402

EXAMPLE = (TESTS.parent / "deploy" / "proxy" / "nginx.conf").read_text(encoding="utf-8")
pytestmark = pytest.mark.long


@dataclass
class Proxy:
    """An nginx with the example's linkage unit."""

    folder: Path
    port: int

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}"

    def client(self, leaf: trustme.LeafCert | None = COUNCIL, **trusted: Any) -> httpx2.Client:
        return httpx2.Client(base_url=self.url, verify=trusted.get("verify") or context(leaf), trust_env=False)

    def runs(self, *words: str) -> None:
        subprocess.run(
            ["nginx", "-p", str(self.folder), "-c", "nginx.conf", "-e", "error.log", *words],
            check=True, capture_output=True, timeout=20,
        )  # fmt: skip

    def revokes(self, *leaves: trustme.LeafCert) -> None:
        (self.folder / "tls" / "revoked.pem").write_bytes(revocations(*leaves))


def written(folder: Path, port: int, behind: int) -> None:
    """The example as it is, but for names of places: its second server alone listens."""
    head, unit = EXAMPLE.partition("server {")[0], EXAMPLE.rpartition("server {")[2]
    text = f"{head}server {{{unit}".replace("listen 443 ssl", f"listen 127.0.0.1:{port} ssl")
    text = text.replace("/etc/nginx/tls", str(folder / "tls")).replace("127.0.0.1:8090", f"127.0.0.1:{behind}")
    text = text.replace("/var/log/nginx", str(folder)).replace("/run/nginx-bodies", str(folder / "bodies"))
    paths = "".join(f"{kind}_temp_path {folder / kind};\n" for kind in ("proxy", "fastcgi", "uwsgi", "scgi"))
    # Its workers can't read a folder of root's tests otherwise; anybody else has no choice.
    user = "user root;\n" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(f"pid {folder / 'pid'};\n{user}events {{}}\nhttp {{\n{paths}{text}\n}}\n")


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    folder = tmp_path_factory.mktemp("nginx")
    made = Proxy(folder, free_port())
    (folder / "tls").mkdir()
    leaf = SERVERS.issue_cert("localhost")
    (folder / "tls" / "linkage.crt").write_bytes(b"".join(one.bytes() for one in leaf.cert_chain_pems))
    leaf.private_key_pem.write_to_path(str(folder / "tls" / "linkage.key"))
    CLIENTS.cert_pem.write_to_path(str(folder / "tls" / "callers.pem"))
    made.revokes()
    (folder / "unit").mkdir()
    settings = place_in(folder / "unit").model_copy(update={"public_url": made.url, "behind_mutual_tls": True})
    with listens(create_app(settings)) as behind:
        written(folder, made.port, behind)
        made.runs()
        awaits(made.port)
        yield made
        made.runs("-s", "stop")


def awaits(port: int) -> None:
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return


def is_heard(proxy: Proxy, leaf: trustme.LeafCert | None = COUNCIL) -> bool:
    with proxy.client(leaf) as client:
        return bool(client.get("/healthz").status_code == 200)


def test_the_example_binds_a_caller_to_their_certificate(proxy: Proxy) -> None:
    """nginx passes method, path and body on as they were signed, and the certificate that it verified."""
    with proxy.client() as client, proxy.client(HOMES) as thief, proxy.client(None) as bare:
        bearer = bear(signer(), proxy.url, client)
        assert asks(client, proxy.url, bearer) == "schema-invalid"
        assert asks(thief, proxy.url, bearer) == asks(bare, proxy.url, bearer) == "caller-unproven"
        # What a caller writes there itself is overwritten.
        forged = {"Client-Cert": rfc9440(COUNCIL)}
        assert asks(thief, proxy.url, bearer, forged) == asks(bare, proxy.url, bearer, forged) == "caller-unproven"
        assert bare.get("/healthz").status_code == 200


def test_the_example_refuses_bad_certificates_and_old_versions(proxy: Proxy) -> None:
    """Before anything reaches the service."""
    assert not is_heard(proxy, STRANGERS.issue_cert(common_name="council"))
    past = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    expired = CLIENTS.issue_cert(common_name="council", not_before=past, not_after=past + dt.timedelta(days=1))
    assert not is_heard(proxy, expired)
    with proxy.client(verify=old(ssl.TLSVersion.TLSv1_2)) as client, pytest.raises(httpx2.TransportError):
        client.get("/healthz")


def test_the_example_refuses_what_is_revoked(proxy: Proxy) -> None:
    """By the authority's list, read again at a reload."""
    assert is_heard(proxy, HOMES)
    proxy.revokes(HOMES)
    proxy.runs("-s", "reload")
    for _ in range(100):
        if not is_heard(proxy, HOMES):
            break
        time.sleep(0.05)
    assert [is_heard(proxy, one) for one in (HOMES, COUNCIL, None)] == [False, True, True]


def test_the_example_keeps_bodies_and_queries_out_of_its_log(proxy: Proxy) -> None:
    """Whoever reads logs reads nothing about anybody."""
    with proxy.client(None) as client:
        client.post("/healthz?name=Zebedee", content=b"Zebedee", headers={"referer": "https://x/Zebedee"})
        assert client.post("/healthz", content=b"x" * (5 << 20)).status_code == 413
    written = (proxy.folder / "linkunit.log").read_text()
    assert "/healthz" in written and "Zebedee" not in written
