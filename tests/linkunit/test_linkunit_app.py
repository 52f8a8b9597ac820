"""The linkage unit over HTTP: an evaluation for who may have one, refusals for the rest, and silence about both."""

from __future__ import annotations

import base64
import io
import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi.testclient import TestClient
from unit_and_askers import LINKAGE_KEY, VECTOR, Asker, asked, blinded, secret

from broker import oprf
from broker.errors import Misconfigured
from broker.keys import context, sealing, signing
from broker.keys.trust import parse_trust
from broker.linkunit.app import create_app
from broker.linkunit.settings import Settings
from broker.vaults.secretfile import write_secrets
from broker.wire.evaluation import EvaluateAnswer, mask_context
from broker.wire.fields import encode64, parse

POINT = blinded(b"x")


def test_a_delivery_is_evaluated(asker: Asker) -> None:
    """What comes back over HTTP verifies under the trust list and unmasks to k * H1(x)."""
    answer = parse(EvaluateAnswer, asker.ask(asked(POINT, blinded(b"y"))).content)
    trust = parse_trust(json.dumps(VECTOR["accepted"]).encode())
    signing.verify(answer.evaluation, context.EVALUATION, public_key=trust.linkage_unit.signing_key)
    info = context.bind(context.MASK, mask_context(answer.evaluation, answer.evaluation.nonce))
    mask = sealing.open_hybrid(answer.evaluation.mask, sealing.hybrid_private(secret("broker.seal")), info=info)
    posted = oprf.unblind(oprf.scalar(b"r" * 64), answer.points[1])
    assert oprf.unmask(mask, [posted]) == [oprf.multiply(LINKAGE_KEY, oprf.hash_to_group(b"y"))]


@pytest.mark.parametrize(("use", "key_id", "seconds"), [
    ("post", "council/delivery-1", 7 * 86_400), ("ask", "council/desk-1", 60),
])  # fmt: skip
def test_an_evaluation_lives_as_long_as_its_use(asker: Asker, use: str, key_id: str, seconds: int) -> None:
    """A question's is for now; a delivery's may wait in a queue."""
    response = asker.ask(asked(POINT, use=use), key_id)
    created = int(asker.sent[-1][1]["Signature-Input"].split("created=")[1].split(";")[0])
    assert 0 <= response.json()["evaluation"]["expires"] - created - seconds <= 5


@pytest.mark.parametrize(("changes", "key_id", "status", "code"), [
    ({"use": "ask"}, "council/delivery-1", 403, "signing-key-unknown"),
    ({"use": "post"}, "council/desk-1", 403, "signing-key-unknown"),
    ({"agency": "homes"}, "council/delivery-1", 403, "agency-mismatch"),
    ({}, "police/desk-1", 401, "caller-unproven"),
    ({"epoch": 2}, "council/delivery-1", 409, "epoch-wrong"),
    ({"scheme": "ab" * 32}, "council/delivery-1", 409, "scheme-wrong"),
    ({"points": (POINT, bytes(32))}, "council/delivery-1", 422, "point-invalid"),
    ({"points": (POINT,) * 31, "use": "ask"}, "council/desk-1", 422, "points-too-many"),
])  # fmt: skip
def test_who_and_what_is_refused(asker: Asker, changes: dict[str, Any], key_id: str, status: int, code: str) -> None:
    """A refusal has its code, costs nothing of the allowance, and evaluates nothing."""
    response = asker.ask(asked(POINT).model_copy(update=changes), key_id)
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert "points" not in response.json()
    assert asker.ask(asked(*[POINT] * 100)).status_code == 200


def test_an_unsigned_or_malformed_request_is_refused(asker: Asker) -> None:
    """Nothing is parsed before it is known who sent it; then it must be of the agreed form."""
    body = asked(POINT).model_dump_json().encode()
    assert asker.post(body, {}).json()["code"] == "caller-unproven"
    asker.ask(asked(POINT))
    headers = asker.sent[-1][1]
    assert asker.post(body.replace(b'"v":1', b'"v":2'), headers).json()["code"] == "caller-unproven"


def test_a_request_and_a_ticket_work_once(asker: Asker, place: Settings) -> None:
    """A recorded request can't be sent again, nor a ticket used for two questions, nor either after a restart."""
    question = asked(POINT, use="ask", id=b"t" * 16)
    assert asker.ask(question, "council/desk-1").status_code == 200
    body, headers = asker.sent[-1]
    assert asker.post(body, headers).json()["code"] == "caller-unproven"
    assert asker.ask(question, "council/desk-1").json()["code"] == "ticket-used"
    with TestClient(create_app(place)) as restarted:
        asker.client = restarted
        assert asker.post(body, headers).json()["code"] == "caller-unproven"
        asker.wallets.clear()
        assert asker.ask(question, "council/desk-1").json()["code"] == "ticket-used"


def test_the_allowance_ends(asker: Asker) -> None:
    """The 429 names the allowance, when it begins again and how long that is; the other use goes on."""
    for number in range(3):
        question = asked(*[POINT] * 30, use="ask", id=bytes([number]) * 16)
        assert asker.ask(question, "council/desk-1").status_code == 200
    refused = asker.ask(asked(POINT, use="ask", id=b"9" * 16), "council/desk-1")
    assert (refused.status_code, refused.json()["code"]) == (429, "quota-reached")
    assert "questions" in refused.json()["detail"]
    assert int(refused.headers["retry-after"]) <= 86_400
    assert asker.ask(asked(POINT)).status_code == 200
    assert asker.ask(asked(POINT, agency="homes", use="ask"), "homes/desk-1").status_code == 200


def test_diagnostics_hold_agency_use_and_count_only(asker: Asker, written: io.StringIO) -> None:
    """No point, ticket, nonce, mask or signature, in any spelling, of good and bad requests."""
    good = asker.ask(asked(POINT, id=b"Z" * 16))
    asker.ask(asked(POINT, bytes(32), id=b"Z" * 16))
    answer = parse(EvaluateAnswer, good.content)
    events = [json.loads(line) for line in written.getvalue().splitlines()]
    events = [event for event in events if event.get("route") != "/v1/credential"]
    [evaluated] = [event for event in events if event["event"] == "points.evaluated"]
    assert set(evaluated) == {"event", "level", "service", "timestamp", "agency", "use", "count"}
    assert [event.get("code") for event in events if event["event"] == "request.answered"] == [None, "point-invalid"]
    secrets = [POINT, b"Z" * 16, answer.points[0], answer.evaluation.mask, answer.evaluation.nonce, LINKAGE_KEY]
    spellings = {
        spelt for value in secrets for spelt in (value.hex(), encode64(value), base64.b64encode(value).decode())
    }
    assert not [spelt for spelt in spellings if spelt in written.getvalue()]
    assert "nonce-" not in written.getvalue()


def test_it_serves_and_says_little(place: Settings) -> None:
    """A real process: no access log, no server header, no word of what a broken client sent, and a clean stop."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    program = "from broker.linkunit import app, settings; app.serve(settings.load_settings())"
    set_ones = {name: value for name, value in place.model_dump().items() if value is not None}
    given = {f"LINKUNIT_{name.upper()}": str(value) for name, value in set_ones.items()}
    environment = os.environ | given | {"LINKUNIT_PORT": str(port)}
    process = subprocess.Popen([sys.executable, "-c", program], env=environment, stderr=subprocess.PIPE, text=True)
    assert process.stderr
    try:
        assert json.loads(process.stderr.readline())["event"] == "linkunit.started"
        with connect(port) as raw:
            raw.sendall(b"Zebedee\r\n\r\n")
            assert raw.recv(1000).startswith(b"HTTP/1.1 400")
        answer = httpx2.get(f"http://127.0.0.1:{port}/healthz")
        assert (answer.status_code, "server" in answer.headers) == (200, False)
    finally:
        process.terminate()
        said = process.communicate(timeout=20)[1]
    events = [json.loads(line)["event"] for line in said.splitlines()]
    assert events == ["library.reported", "request.answered"]
    assert "Zebedee" not in said


def connect(port: int) -> socket.socket:
    for _ in range(100):
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=5)
        except ConnectionRefusedError:
            time.sleep(0.05)
    raise AssertionError("the linkage unit does not listen")


def test_every_route_is_signed_for_or_public(place: Settings) -> None:
    """A new route must be added here, and so be thought about."""
    public = {"/healthz", "/readyz", "/docs", "/openapi.json", f"/v1/grants/{'0' * 32}"}
    with TestClient(create_app(place)) as client:
        documented = set(client.get("/openapi.json").json()["paths"])
        signed = {"/v1/evaluate", "/v1/quota-grants", "/v1/compare", "/v1/blocks", "/v1/explanations", "/v1/reseal"}
        signed.add("/v1/credential")
        assert documented == {*signed, "/v1/tickets/{day}", "/v1/grants/{id}", "/healthz", "/readyz"}
        assert all(client.get(path).status_code == 200 for path in public)
        assert {client.post(path).status_code for path in signed} == {401}
        assert client.get("/v1/tickets/2026-11-23").status_code == 401


def test_the_docs_show_the_request(place: Settings) -> None:
    """Whoever builds a client finds the form of the request without our source."""
    with TestClient(create_app(place)) as client:
        page = client.get("/docs").text
        assert "Evaluate blinded points" in page
        assert "points" in page
        schema = client.get("/openapi.json").json()
        body = schema["paths"]["/v1/evaluate"]["post"]["requestBody"]["content"]["application/json"]["schema"]
        assert "epoch" in body["properties"]


def test_it_is_not_ready_without_its_ledger(place: Settings, written: io.StringIO) -> None:
    """Up, but not to be asked: nothing is evaluated that can't be counted."""
    app = create_app(place)
    asker = Asker(TestClient(app))
    with TestClient(app) as client:
        assert client.get("/readyz").json() == {"status": "ready"}
        asker.client = client
        assert asker.ask(asked(POINT)).status_code == 200
    asker.client = unopened = TestClient(app)
    assert unopened.get("/healthz").status_code == 200
    assert unopened.get("/readyz").status_code == 503
    response = asker.ask(asked(POINT))
    assert (response.status_code, response.json()["code"]) == (503, "ledger-unavailable")
    assert response.headers["retry-after"] == "10"


STARTS: dict[str, dict[str, bytes]] = {
    "a missing key": {"oprf": b""},
    "a key that is no scalar": {"oprf": b"\xff" * 32},
    "a zero key": {"oprf": bytes(32)},
    "another signing key": {"signing": b"s" * 32},
    "another envelope key": {"seal": b"s" * 32},
}


@pytest.mark.parametrize("changes", STARTS.values(), ids=STARTS.keys())
def test_wrong_keys_stop_the_start(place: Settings, changes: dict[str, bytes]) -> None:
    """A unit that would answer with keys nobody trusts does not start, and says which file is wrong."""
    values = {"oprf": LINKAGE_KEY, "seal": secret("linkage_unit.seal"), "signing": secret("linkage_unit.signing")}
    place.secrets.unlink()
    write_secrets(place.secrets, "linkunit", created="2026-11-22", values=values | changes)
    with pytest.raises(Misconfigured, match=r"secrets\.json"):
        create_app(place)


def test_missing_files_stop_the_start(place: Settings) -> None:
    """Each is named."""
    for name in ("secrets", "trust", "ledger"):
        changed = place.model_copy(update={name: place.ledger.parent / "missing" / name})
        with pytest.raises(Misconfigured, match=f"missing/{name}"):
            create_app(changed)


def test_others_reading_the_keys_stop_the_start(place: Settings) -> None:
    """A careless copy of the linkage key is noticed before it is used."""
    place.secrets.chmod(0o644)
    with pytest.raises(Misconfigured, match="others can read"):
        create_app(place)


def test_the_unit_reaches_neither_names_nor_records(tmp_path: Path) -> None:
    """Importing all of it loads no agency code, no policy, no store and no story."""
    program = (
        "import sys, broker.linkunit.app; "
        "print(sorted({n.split('.')[1] for n in sys.modules if n.startswith('broker.')}))"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True, env=os.environ)
    allowed = {"linkage", "audit", "keys", "wire", "oprf", "tokens", "schemes", "errors", "settings", "environment"}
    allowed |= {"observe", "hardening", "trustlist", "vaults", "door", "problems", "linkunit"}
    allowed |= {"admission", "certificate", "tls", "proven", "turnedaway", "listening", "described"}
    assert set(json.loads(done.stdout.replace("'", '"'))) <= allowed
