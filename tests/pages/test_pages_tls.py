"""A desk behind real TLS, in a real browser: whose certificate it is, the session's cookie, and what is left of it."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import trustme
import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from playwright.sync_api import Browser, Error, Page

from broker import listening
from broker.agency.desk.app import create_app, make_desk
from broker.agency.desk.settings import Settings
from broker.agency.edges import real_edges
from broker.agency.workspace import read_workspace
from broker.synthetic.parties import Addresses, Asker, make_parties
from broker.tls import Tls

NAME = "Sam Wye"
CASES = "https://cases.northshire.example"
BUTTON = '<form method="post" action="{}/link"><input name="case" value="C-1042"><button>Who else?</button></form>'


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for this machine, with its key, of an authority that no browser knows."""
    path = tmp_path_factory.mktemp("tls") / "desk.pem"
    made = trustme.CA().issue_cert("localhost")
    path.write_bytes(made.private_key_and_cert_chain_pem.bytes())
    return path


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory, certificate: Path) -> Iterator[str]:
    """A desk that ends TLS itself."""
    edges, nowhere = real_edges(), Addresses("http://127.0.0.1:1", "http://127.0.0.1:1")
    today = edges.now().date()
    staff = {"council": [Asker("ig", "council.ig_officer", today - dt.timedelta(30), NAME, ("programme_lead",))]}
    folder = tmp_path_factory.mktemp("tls-desk")
    parties = make_parties(
        folder, {"council": ("csc",)}, addresses=nowhere, place="brackwater", today=today, staff=staff
    )
    with socket.create_server(("127.0.0.1", 0)) as listens:
        found = f"https://localhost:{listens.getsockname()[1]}"
        settings = Settings(agency_name="Northshire", public_url=found, sign_in="development", case_systems=(CASES,))
        app = create_app(make_desk(read_workspace(parties.home("council"), clock=edges.now), settings, edges))
        options = listening.options(connections=20, own_tls=Tls(certificate))
        server = uvicorn.Server(uvicorn.Config(app, **options))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listens]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.02)
        yield found
        server.should_exit = True
        thread.join()


@contextmanager
def trusting(browser: Browser, certificate: Path) -> Iterator[Page]:
    """A browser that trusts this certificate's key, and no other that it would not trust anyway."""
    public = x509.load_pem_x509_certificate(certificate.read_bytes()).public_key()
    digest = hashlib.sha256(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()
    pin = f"--ignore-certificate-errors-spki-list={base64.b64encode(digest).decode()}"
    started = browser.browser_type.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox", pin])
    try:
        yield started.new_page()
    finally:
        started.close()


def sign_in(page: Page, url: str) -> None:
    page.goto(f"{url}/start")
    page.get_by_label(NAME).check()
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/start")


def test_a_certificate_of_nobody_is_refused(browser: Browser, url: str) -> None:
    """Otherwise what follows shows nothing: the browser has to mean it."""
    page = browser.new_page()
    with pytest.raises(Error, match="ERR_CERT_AUTHORITY_INVALID"):
        page.goto(f"{url}/start")
    page.close()


def test_the_session_s_cookie_and_what_is_left_after_signing_out(browser: Browser, certificate: Path, url: str) -> None:
    """A cookie that a script, another host or plain HTTP gets; or a page that comes back to whoever sits down next."""
    with trusting(browser, certificate) as page:
        sign_in(page, url)
        out = page.get_by_role("button", name="Sign out")
        assert out.count() == 1 and NAME in page.content()
        [cookie] = page.context.cookies()
        assert (cookie["name"], cookie["domain"], cookie["path"]) == ("__Host-desk", "localhost", "/")
        assert (cookie["secure"], cookie["httpOnly"], cookie["sameSite"]) == (True, True, "Strict")
        assert page.evaluate("document.cookie") == "", "a script reads it"
        assert page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]
        page.goto(f"{url}/help")
        out.click()
        page.wait_for_url("**/sign-out")
        assert page.context.cookies() == []
        for _ in range(2):
            page.go_back()
            assert out.count() == 0, f"the back button shows {page.url}"
        page.goto(f"{url}/start")
        assert page.url.startswith(f"{url}/development/authorize")


def test_the_session_counts_after_a_case_system_s_button(browser: Browser, certificate: Path, url: str) -> None:
    """Another site's form brings no session along: whoever clicks there would sign in each time."""
    heads = {"content-type": "text/html"}
    with trusting(browser, certificate) as page:
        sign_in(page, url)
        page.route(f"{CASES}/", lambda route: route.fulfill(body=BUTTON.format(url), headers=heads))
        page.goto(f"{CASES}/")
        page.get_by_role("button", name="Who else?").click()
        page.wait_for_url(f"{url}/link/*")
        # A programme lead looks nobody up: the page knows who they are, and says so.
        assert "Your role does not use this page" in page.content()
        assert "C-1042" not in page.url
        heads["referrer-policy"] = "no-referrer"
        page.goto(f"{CASES}/")
        page.get_by_role("button", name="Who else?").click()
        page.wait_for_url(f"{url}/link")
        assert "did not come from a case system" in page.content()
