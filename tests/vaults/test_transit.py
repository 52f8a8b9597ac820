"""Keys in HashiCorp Vault or OpenBao, held to what their interface is published to be.

tests/vectors/transit has requests and the answers to them, one a file, written down after the documentation of the
transit engine. A small server answers a request that is exactly one of them, and nothing else: what our client sends
is held to the documentation too. No real server was run.
"""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from vault_place import HEADER, SECRET, TODAY, WORDS, Settings

from broker.errors import Misconfigured, Unavailable, Untrusted
from broker.keys.custodial import KeyEncryptingKey
from broker.keys.testkeys import published
from broker.vaults import transit
from broker.vaults.secretfile import write_file
from broker.vaults.transit import Engine, TransitKek, open_engine
from broker.vaults.vault import open_vault

VECTORS = Path(__file__).parents[1] / "vectors" / "transit"
CONTRACT = {path.stem: json.loads(path.read_text()) for path in VECTORS.iterdir()}
ACCESS = "hvs.an-access-token-of-a-test"
ONE, TWO = published("transit/data-1"), published("transit/data-2")
HERE, THERE = b"tysc/record-wrap/v1\0one", b"tysc/record-wrap/v1\0two"
NONCES = [bytes(12), bytes(12)]


@dataclass
class KeyService:
    """Answers what is written in the contract; `changed` answers stand in the place of some."""

    url: str = ""
    changed: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def answer(self, method: str, path: str, *, body: Any) -> tuple[str, dict[str, Any]]:
        for name, one in CONTRACT.items():
            if one["request"] == {"method": method, "path": path, "body": body}:
                return name, self.changed.get(name, one["answer"])
        return "nothing", {"status": 404, "body": {"errors": [f"not in the contract: {method} {path} {body}"]}}


@contextmanager
def answering(service: KeyService) -> Iterator[None]:
    class Handler(BaseHTTPRequestHandler):
        def reply(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            name, said = service.answer(self.command, self.path, body=json.loads(raw) if raw else None)
            service.asked.append(name)
            known = self.headers.get("X-Vault-Token") == ACCESS and self.headers.get("X-Vault-Request") == "true"
            status, content = (said["status"], said["body"]) if known else (403, {"errors": ["permission denied"]})
            body = content if isinstance(content, bytes) else json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_LIST = reply

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        service.url = f"http://127.0.0.1:{server.server_address[1]}"
        try:
            yield
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def service() -> Iterator[KeyService]:
    made = KeyService()
    with answering(made):
        yield made


@pytest.fixture
def access(tmp_path: Path) -> Path:
    path = tmp_path / "token"
    path.write_text(ACCESS + "\n")
    path.chmod(0o600)
    return path


@pytest.fixture
def engine(service: KeyService, access: Path) -> Iterator[Engine]:
    opened = open_engine(service.url, token=access, mount="transit", prefix="broker-")
    yield opened
    opened.client.adapter.close()


def test_keys_are_found_by_our_names_and_others_left_alone(engine: Engine, service: KeyService) -> None:
    """Only names with our prefix are read; a signing key comes with its public half."""
    keks, signers = engine.keys()
    assert set(keks) == {"kek.council", "kek.council.2"} and set(signers) == {"receipt"}
    assert sorted(service.asked) == ["list-keys", "read-kek", "read-kek-2", "read-receipt"]


def test_many_are_wrapped_and_opened_in_one_request(engine: Engine, service: KeyService) -> None:
    """Each under its own context, in order."""
    kek: KeyEncryptingKey = engine.keys()[0]["kek.council"]
    service.asked.clear()
    wrapped = kek.wrap_each([(ONE, HERE), (TWO, THERE)], nonces=NONCES)
    assert [one[:9] for one in wrapped] == [b"vault:v1:"] * 2
    assert kek.unwrap_each([(wrapped[0], HERE), (wrapped[1], THERE)]) == [ONE, TWO]
    assert service.asked == ["encrypt", "decrypt"]
    assert kek.wrap_each([], nonces=[]) == [] == kek.unwrap_each([]) and len(service.asked) == 2


def test_what_does_not_open_is_untrusted(engine: Engine) -> None:
    """Refused as a whole or for one of a batch: nothing of the batch is used."""
    kek = TransitKek(engine, "kek.council")
    one, two = kek.wrap_each([(ONE, HERE), (TWO, THERE)], nonces=NONCES)
    for some in ([(one, THERE)], [(one, HERE), (two, HERE)], [(b"\xff\x00", HERE)]):
        with pytest.raises(Untrusted) as caught:
            kek.unwrap_each(some)
        assert caught.value.code == "seal-broken"


def test_it_signs_what_verifies(engine: Engine) -> None:
    """The signature is Ed25519 under the public half that the service tells."""
    signer = engine.keys()[1]["receipt"]
    said = b"tysc/receipt/v1\0said"
    signer.public_key().verify(signer.sign(said), said)


@pytest.mark.parametrize("name", ["kek.homes", "kek.school", "kek.nowhere"])
def test_a_refusal_of_the_service_is_an_outage(engine: Engine, name: str) -> None:
    """Forbidden, sealed or unknown: 503, and neither the access token nor a key stands in what is said."""
    with pytest.raises(Unavailable) as caught:
        TransitKek(engine, name).wrap_each([(ONE, HERE)], nonces=NONCES[:1])
    assert caught.value.code == "transit-unavailable"
    assert ACCESS not in str(caught.value) and base64.b64encode(ONE).decode() not in str(caught.value)
    assert caught.value.__suppress_context__


@pytest.mark.parametrize(
    "body",
    [b"", b"not json", [], {}, {"data": None}, {"data": []}, {"data": {"batch_results": [{}]}},
     {"data": {"batch_results": [None, None]}}, {"data": {"batch_results": [{"ciphertext": 7}, {"ciphertext": ""}]}}],
)  # fmt: skip
def test_an_answer_of_another_form_is_an_outage(engine: Engine, service: KeyService, body: Any) -> None:
    """Whatever comes back, the error is ours."""
    service.changed["encrypt"] = {"status": 200, "body": body}
    with pytest.raises(Unavailable):
        TransitKek(engine, "kek.council").wrap_each([(ONE, HERE), (TWO, THERE)], nonces=NONCES)
    service.changed["sign"] = service.changed["list-keys"] = {"status": 200, "body": body}
    with pytest.raises(Unavailable):
        transit.TransitSigner(engine, "receipt", bytes(32)).sign(b"tysc/receipt/v1\0said")
    with pytest.raises(Unavailable):
        engine.keys()


def test_a_service_that_is_not_there_is_an_outage(access: Path) -> None:
    """Nobody listens, and the message holds no address with what was sent."""
    engine = open_engine("http://127.0.0.1:1", token=access, mount="transit", prefix="broker-")
    with pytest.raises(Unavailable, match="ConnectionError"):
        TransitKek(engine, "kek.council").unwrap_each([(b"vault:v1:AAAA", HERE)])


@pytest.mark.parametrize(
    ("name", "setting"),
    [("read-kek", {"derived": False}), ("read-kek", {"exportable": True}), ("read-receipt", {"exportable": True}),
     ("read-kek-2", {"allow_plaintext_backup": True})],
)  # fmt: skip
def test_a_careless_key_is_refused(engine: Engine, service: KeyService, name: str, setting: dict[str, bool]) -> None:
    """One that ignores the context, or could be copied out."""
    recorded = CONTRACT[name]["answer"]["body"]
    service.changed[name] = {"status": 200, "body": {**recorded, "data": {**recorded["data"], **setting}}}
    with pytest.raises(Misconfigured) as caught:
        engine.keys()
    assert caught.value.code == "transit-careless"


def test_the_way_there_is_encrypted(access: Path) -> None:
    """Data keys would go over it in the clear."""
    with pytest.raises(Misconfigured, match="https"):
        open_engine("http://keys.example:8200", token=access, mount="transit", prefix="broker-")
    opened = open_engine("https://keys.example:8200", token=access, mount="transit", prefix="broker-")
    assert ACCESS not in repr(opened) and "adapter" not in repr(opened)


def test_the_vault_holds_file_and_service_as_one(service: KeyService, access: Path, tmp_path: Path) -> None:
    """Whoever asks for a key by name can't tell where it lives; a service that is not there stops the start."""
    write_file(tmp_path / "secrets.json", HEADER, values={"label": SECRET}, passphrase=WORDS)
    (tmp_path / "passphrase").write_bytes(WORDS)
    (tmp_path / "passphrase").chmod(0o600)
    settings = Settings(
        tmp_path / "secrets.json", tmp_path / "seen", tmp_path / "passphrase",
        transit_url=service.url, transit_token_file=access, transit_mount="transit",
    )  # fmt: skip
    vault = open_vault(settings, owner="broker", rehearsal=False, today=TODAY)
    assert vault.names == {"label", "kek.council", "kek.council.2", "receipt"}
    assert vault.numbers("kek.council") == (1, 2)
    kek = vault.key_encrypting_key("kek.council")
    assert kek.wrap_each([(ONE, HERE), (TWO, THERE)], nonces=NONCES)[0].startswith(b"vault:")
    # What it answers when it is sealed, and when there is no such engine or no key at all.
    for status, said in ((503, "Vault is sealed"), (404, "no handler for route")):
        service.changed["list-keys"] = {"status": status, "body": {"errors": [said]}}
        with pytest.raises(Unavailable):
            open_vault(settings, owner="broker", rehearsal=False, today=TODAY)
