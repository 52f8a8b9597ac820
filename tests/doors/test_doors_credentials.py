"""Bad credentials: each is refused, all with the same words, and for the reason it was made for."""

from __future__ import annotations

import datetime as dt
import hmac
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from doors import Doors
from fastapi.testclient import TestClient
from knocking import STRANGER, Knocker, digest, text
from signed import issuer_at, secrets_of
from world import ADDRESSES

from broker.keys import assertion, credential
from broker.keys.credential import Issuer
from broker.proven import Guard
from broker.wire.fields import encode64

Case = Callable[[Knocker], Any]
P256 = ec.derive_private_key(7, ec.SECP256R1())
ES256 = lambda signed: P256.sign(signed, ec.ECDSA(hashes.SHA256()))[:64]  # noqa: E731


def hs256(secret: bytes) -> Callable[[bytes], bytes]:
    return lambda signed: hmac.digest(secret, signed, "sha256")


def public(k: Knocker) -> bytes:
    return k.key(k.key_id).public_key().public_bytes_raw()


def twice(k: Knocker, first: Callable[[], Any], second: Callable[[], Any]) -> Any:
    assert first().status_code == 200
    return second()


def replayed(k: Knocker) -> Any:
    said, proof = k.says(), k.shows()
    return twice(k, lambda: k.asks(said, proof=proof), lambda: k.asks(said, proof=proof))


def replayed_with_another_proof(k: Knocker) -> Any:
    said = k.says()
    return twice(k, lambda: k.asks(said), lambda: k.asks(said))


def proof_again(k: Knocker) -> Any:
    proof = k.shows()
    return twice(k, lambda: k.asks(proof=proof), lambda: k.asks(proof=proof))


def sent_again(k: Knocker) -> Any:
    headers = k.signed()
    assert k.knocks(headers).status_code == 422
    return k.knocks(headers)


def and_then(content: dict[str, Any], more: str) -> str:
    """JSON of some content, and something that follows in it."""
    return f"{json.dumps(content)[:-1]},{more}}}"


def cut(k: Knocker) -> str:
    return k.says().rpartition(".")[0]


def changed(made: str, part: int, to: str) -> str:
    parts = made.split(".")
    return ".".join([*parts[:part], to, *parts[part + 1 :]])


def spare_bits(made: str) -> str:
    """The same bytes in another spelling: the last letter has bits that nobody reads."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return made[:-1] + letters[letters.index(made[-1]) ^ 1]


FORM: dict[str, tuple[str, Case]] = {
    # The algorithm.
    "alg none": ("jws-header", lambda k: k.asks(k.says(k.header(alg="none"), signature=b""))),
    "alg None, signed": ("jws-header", lambda k: k.asks(k.says(k.header(alg="None")))),
    "alg HS256 with the public key": (
        "jws-header", lambda k: k.asks(k.says(k.header(alg="HS256"), signature=hs256(public(k))))),
    "alg HS512": ("jws-header", lambda k: k.asks(k.says(k.header(alg="HS512")))),
    "alg RS256": ("jws-header", lambda k: k.asks(k.says(k.header(alg="RS256")))),
    "alg PS256, which the key is not for": ("jws-header", lambda k: k.asks(k.says(k.header(alg="PS256")))),
    "alg ES256 with a key of its own": (
        "jws-header", lambda k: k.asks(k.says(k.header(alg="ES256"), signature=ES256))),
    "alg Ed448": ("jws-header", lambda k: k.asks(k.says(k.header(alg="Ed448")))),
    "alg missing": ("jws-header", lambda k: k.asks(k.says(k.header(alg=None)))),
    "alg a list": ("jws-header", lambda k: k.asks(k.says(k.header(alg=["Ed25519"])))),
    "alg in small letters": ("jws-header", lambda k: k.asks(k.says(k.header(alg="ed25519")))),
    # Which key.
    "kid unknown": ("signing-key-unknown", lambda k: k.asks(k.says(k.header(kid="council/desk-9")))),
    "kid missing": ("jws-header", lambda k: k.asks(k.says(k.header(kid=None)))),
    "kid of another of its keys": ("jws-signature", lambda k: k.asks(k.says(k.header(kid="council/delivery-1")))),
    "kid of another agency": ("jws-signature", lambda k: k.asks(k.says(k.header(kid="homes/desk-1")))),
    "kid a path": ("agency-unknown", lambda k: k.asks(k.says(k.header(kid="../../etc/passwd")))),
    "kid for a database": ("agency-unknown", lambda k: k.asks(k.says(k.header(kid="x' UNION SELECT 1 --")))),
    "kid an address": ("agency-unknown", lambda k: k.asks(k.says(k.header(kid="https://evil.example/jwks")))),
    "kid with a zero byte": ("agency-unknown", lambda k: k.asks(k.says(k.header(kid="council\0/desk-1")))),
    "kid a number": ("assertion-key", lambda k: k.asks(k.says(k.header(kid=1)))),
    "kid of nobody": ("agency-unknown", lambda k: k.asks(k.says(k.header(kid="")))),
    "a key of its own, jwk": (
        "jws-header",
        lambda k: k.asks(k.says(k.header(jwk=credential.as_jwk(STRANGER.public_key())), signature=STRANGER.sign))),
    "a key to fetch, jku": ("jws-header", lambda k: k.asks(k.says(k.header(jku="https://evil.example/jwks")))),
    "a certificate to fetch, x5u": ("jws-header", lambda k: k.asks(k.says(k.header(x5u="https://evil.example/c")))),
    "a certificate, x5c": ("jws-header", lambda k: k.asks(k.says(k.header(x5c=["MIIB"])))),
    "crit": ("jws-header", lambda k: k.asks(k.says(k.header(crit=["b64"], b64=False)))),
    "signed by a stranger": ("jws-signature", lambda k: k.asks(k.says(signature=STRANGER.sign))),
    # What it says.
    "another type": ("jws-header", lambda k: k.asks(k.says(k.header(typ="at+jwt")))),
    "a proof in place of an assertion": ("jws-header", lambda k: k.asks(k.shows())),
    "for another service": ("assertion-audience", lambda k: k.asks(k.says(claims=k.claims(aud="https://x.example")))),
    "for our address and a slash": ("assertion-audience", lambda k: k.asks(k.says(claims=k.claims(aud=k.url + "/")))),
    "for the address of the form": (
        "assertion-audience", lambda k: k.asks(k.says(claims=k.claims(aud=k.url + assertion.PATH)))),
    "for several": ("claims-malformed", lambda k: k.asks(k.says(claims=k.claims(aud=[k.url])))),
    "for nobody": ("claims-malformed", lambda k: k.asks(k.says(claims=k.claims(aud=None)))),
    "issued by another": ("assertion-party", lambda k: k.asks(k.says(claims=k.claims(iss="homes")))),
    "about another": ("assertion-party", lambda k: k.asks(k.says(claims=k.claims(sub="homes")))),
    "about the broker": ("assertion-party", lambda k: k.asks(k.says(claims=k.claims(iss="broker", sub="broker")))),
    "of another party, by its form": ("assertion-party", lambda k: k.asks(client_id="homes")),
    "expired": ("assertion-time", lambda k: k.asks(k.says(claims=k.claims(iat=k.now - 61, exp=k.now - 1)))),
    "expires now": ("assertion-time", lambda k: k.asks(k.says(claims=k.claims(iat=k.now - 60, exp=k.now)))),
    "good for too long": ("assertion-time", lambda k: k.asks(k.says(claims=k.claims(exp=k.now + 61)))),
    "without an end": ("claims-malformed", lambda k: k.asks(k.says(claims=k.claims(exp=None)))),
    "an end in words": ("claims-malformed", lambda k: k.asks(k.says(claims=k.claims(exp=str(k.now + 60))))),
    "issued in the future": (
        "assertion-time", lambda k: k.asks(k.says(claims=k.claims(iat=k.now + 6, exp=k.now + 60)))),
    "not yet": ("assertion-time", lambda k: k.asks(k.says(claims=k.claims(nbf=k.now + 6)))),
    "without an id": ("claims-malformed", lambda k: k.asks(k.says(claims=k.claims(jti=None)))),
    "with a short id": ("claims-malformed", lambda k: k.asks(k.says(claims=k.claims(jti="1")))),
    "with a claim nobody knows": ("claims-malformed", lambda k: k.asks(k.says(claims=k.claims(scope="everything")))),
    "replayed": ("assertion-replayed", replayed),
    "replayed with another proof": ("assertion-replayed", replayed_with_another_proof),
    # How it is spelled.
    "a claim twice": ("jws-malformed", lambda k: k.asks(k.says(claims=and_then(k.claims(), '"sub":"homes"')))),
    "a header twice": ("jws-malformed", lambda k: k.asks(k.says(and_then(k.header(), '"alg":"none"')))),
    "a number that is none": ("jws-malformed", lambda k: k.asks(k.says(claims=and_then(k.claims(), '"nbf":NaN')))),
    "a broken number": ("jws-malformed", lambda k: k.asks(k.says(claims=and_then(k.claims(), '"nbf":1.5')))),
    "a huge number": ("jws-malformed", lambda k: k.asks(k.says(claims=and_then(k.claims(), f'"nbf":{"1" * 2000}')))),
    "a very deep claim": ("jws-malformed", lambda k: k.asks(k.says(claims=and_then(k.claims(), '"x":' + "[" * 2000)))),
    "not cut in three": ("jws-malformed", lambda k: k.asks(cut(k))),
    "cut in five": ("jws-malformed", lambda k: k.asks(k.says() + ".e30.e30")),
    "in base64 with padding": ("jws-malformed", lambda k: k.asks(k.says() + "==")),
    "in another spelling of the same": ("jws-malformed", lambda k: k.asks(spare_bits(k.says()))),
    "with a tampered claim": (
        "jws-signature", lambda k: k.asks(changed(k.says(), 1, encode64(json.dumps(k.claims()).encode())))),
    "of a megabyte": ("form-malformed", lambda k: k.asks("", body=b"client_assertion=" + b"A" * 8000)),
    "of five kilobytes": ("jws-malformed", lambda k: k.asks("e30." + "A" * 5000 + ".e30")),
    # The proof beside it.
    "without a proof": ("proof-missing", lambda k: k.asks(headers={"dpop": None})),
    "with two proofs": ("proof-missing", lambda k: k.asks(headers={"DPoP": k.shows()})),
    "a proof of another key": ("proof-key", lambda k: k.asks(proof=k.shows(by="homes/desk-1"))),
    "a proof that another key signed": ("jws-signature", lambda k: k.asks(proof=k.shows(signature=STRANGER.sign))),
    "a proof that nobody signed": (
        "jws-header", lambda k: k.asks(proof=k.shows(header={"alg": "none"}, signature=b""))),
    "a proof that shows a private key": ("proof-key", lambda k: k.asks(
        proof=k.shows(header={"jwk": credential.as_jwk(k.key(k.key_id).public_key()) | {"d": "AAAA"}}))),
    "a proof for another address": ("proof-address", lambda k: k.asks(proof=k.shows(htu=k.url + "/v1/questions"))),
    "a proof for another service": (
        "proof-address", lambda k: k.asks(proof=k.shows(htu="https://x.example" + assertion.PATH))),
    "a proof for another method": ("claims-malformed", lambda k: k.asks(proof=k.shows(htm="GET"))),
    "a proof of yesterday": ("proof-time", lambda k: k.asks(proof=k.shows(iat=k.now - 61))),
    "a proof of tomorrow": ("proof-time", lambda k: k.asks(proof=k.shows(iat=k.now + 6))),
    "a proof of another type": ("jws-header", lambda k: k.asks(proof=k.shows(header={"typ": "JWT"}))),
    "a proof used before": ("assertion-replayed", proof_again),
    # The form around it.
    "no form": ("form-malformed", lambda k: k.asks(body=b"")),
    "another grant": ("form-malformed", lambda k: k.asks(grant_type="password")),
    "another kind of assertion": ("form-malformed", lambda k: k.asks(
        client_assertion_type="urn:ietf:params:oauth:client-assertion-type:saml2-bearer")),
    "a secret instead": ("form-malformed", lambda k: k.asks(client_assertion=None, client_secret="guessed")),
    "a wish": ("form-malformed", lambda k: k.asks(scope="everything")),
    "an assertion twice": ("form-malformed", lambda k: k.asks(
        body=f"grant_type=client_credentials&client_assertion={k.says()}&client_assertion={k.says()}".encode())),
    "a form in JSON": ("form-malformed", lambda k: k.asks(headers={"content-type": "application/json"})),
    "beside a credential": ("form-malformed", lambda k: k.asks(headers={"authorization": f"DPoP {k.held()}"})),
    # Who may not.
    "an agency that is suspended": ("agency-unknown", lambda k: k.asks(
        k.says(k.header(kid="police/desk-1"), k.claims(iss="police", sub="police"), by="police/desk-1"))),
}  # fmt: skip


def bare(headers: dict[str, str], *names: str) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name not in names}


def with_(headers: dict[str, str], **changes: str) -> dict[str, str]:
    return headers | {name.replace("_", "-"): value for name, value in changes.items()}


ORDER = ("@method", "@target-uri", "content-digest", "authorization")
INVALID = "request-signature-invalid"
REQUEST: dict[str, tuple[str, Case]] = {
    # The credential.
    "no credential": (INVALID, lambda k: k.knocks(k.signed(""))),
    "an empty one": (INVALID, lambda k: k.knocks(with_(k.signed(), Authorization=""))),
    "one put in after signing": (INVALID, lambda k: k.knocks(k.signed("") | {"Authorization": f"DPoP {k.held()}"})),
    "a bearer's": (INVALID, lambda k: k.knocks(k.otherwise(headers={"Authorization": f"Bearer {k.held()}"}))),
    "two": (INVALID, lambda k: k.knocks([*k.signed().items(), ("Authorization", f"DPoP {k.held()}")])),
    "another of the same key, not signed": (
        INVALID, lambda k: k.knocks(k.signed() | {"Authorization": f"DPoP {k.held(id=b'x' * 16)}"})),
    "stolen: of another of its keys": (
        "credential-other-key", lambda k: k.knocks(k.signed(k.held("council/delivery-1")))),
    "stolen: of another agency": ("credential-other-key", lambda k: k.knocks(k.signed(k.held("homes/desk-1")))),
    "stolen, with its name, by a stranger": (INVALID, lambda k: k.knocks(k.signed(key=STRANGER))),
    "bound to a key that has the same name": (
        "credential-other-key", lambda k: k.knocks(k.signed(k.held(key=STRANGER.public_key())))),
    "expired": ("credential-expired", lambda k: k.knocks(k.signed(k.held(now=k.now - 600)))),
    "from before the clock was set back": ("credential-expired", lambda k: k.knocks(k.signed(k.held(now=k.now + 1)))),
    "of another service": (
        "credential-foreign", lambda k: k.knocks(k.signed(Issuer("https://x.example", k.issuer.secret).issue(
            k.key_id, k.key(k.key_id).public_key(), id=bytes(16), now=k.now)))),
    "made with another secret": ("credential-foreign", lambda k: k.knocks(k.signed(k.forged(secret=bytes(32))))),
    "made with the service's public key": (
        "credential-foreign", lambda k: k.knocks(k.signed(k.forged(secret=public(k))))),
    "of alg none": ("credential-foreign", lambda k: k.knocks(k.signed(
        text({"alg": "none", "typ": "at+jwt"}, {"key": k.key_id}, b"")))),
    "of alg HS512": ("credential-foreign", lambda k: k.knocks(k.signed(
        k.forged(header={"alg": "HS512", "typ": "at+jwt"})))),
    "of another type": ("credential-foreign", lambda k: k.knocks(k.signed(
        k.forged(header={"alg": "HS256", "typ": "JWT"})))),
    "signed by its own key": ("credential-foreign", lambda k: k.knocks(k.signed(
        text({"alg": "Ed25519", "typ": "at+jwt"}, {"key": k.key_id}, k.key(k.key_id).sign)))),
    "its assertion in place of it": ("jws-header", lambda k: k.knocks(k.signed(k.says()))),
    "its proof in place of it": ("jws-header", lambda k: k.knocks(k.signed(k.shows()))),
    "for longer": ("credential-foreign", lambda k: k.knocks(k.signed(
        changed(k.held(), 1, encode64(json.dumps({"key": k.key_id, "exp": k.now + 10**6}).encode()))))),
    "in another spelling": ("jws-malformed", lambda k: k.knocks(k.signed(spare_bits(k.held())))),
    "no text at all": ("jws-malformed", lambda k: k.knocks(k.signed("a"))),
    # The signature.
    "no signature": (INVALID, lambda k: k.knocks(bare(k.signed(), "Signature", "Signature-Input"))),
    "no digest": (INVALID, lambda k: k.knocks(bare(k.signed(), "Content-Digest"))),
    "a tampered body": (INVALID, lambda k: k.knocks(k.signed(), body=b"[]")),
    "a tampered body and its digest": (INVALID, lambda k: k.knocks(
        with_(k.signed(), Content_Digest=digest(b"[]")), body=b"[]")),
    "a signature without the digest": (INVALID, lambda k: k.knocks(k.otherwise(covered=(*ORDER[:2], ORDER[3])))),
    "a signature without the method": (INVALID, lambda k: k.knocks(k.otherwise(covered=ORDER[1:]))),
    "a signature without the address": (INVALID, lambda k: k.knocks(k.otherwise(covered=(ORDER[0], *ORDER[2:])))),
    "a signature without the credential": (INVALID, lambda k: k.knocks(k.otherwise(covered=ORDER[:3]))),
    "a signature of nothing": (INVALID, lambda k: k.knocks(k.otherwise(covered=()))),
    "a signature without a nonce": (INVALID, lambda k: k.knocks(k.otherwise(nonce=None))),
    "a nonce too short": (INVALID, lambda k: k.knocks(k.otherwise(nonce="short"))),
    "another tag": (INVALID, lambda k: k.knocks(k.otherwise(tag="gnap"))),
    "another label": (INVALID, lambda k: k.knocks(k.otherwise(label="sig1"))),
    "another algorithm's name": (INVALID, lambda k: k.knocks(
        with_(k.signed(), Signature_Input=k.signed()["Signature-Input"].replace("ed25519", "hmac-sha256")))),
    "expired by its own word": (INVALID, lambda k: k.knocks(k.otherwise(expires=k.clock() - dt.timedelta(seconds=10)))),
    "of five minutes ago": (INVALID, lambda k: k.knocks(k.signed(seconds=-306))),
    "of the future": (INVALID, lambda k: k.knocks(k.signed(seconds=6))),
    "for another address": (INVALID, lambda k: k.knocks(k.signed(path="/v1/other"))),
    "for another method": (INVALID, lambda k: k.knocks(k.signed(method="PUT"))),
    "by another agency's key, under its name": (INVALID, lambda k: k.knocks(k.signed(key=k.key("homes/desk-1")))),
    "under the broker's name": (INVALID, lambda k: k.knocks(k.signed(by="broker/request-1", key=STRANGER))),
    "by an agency that is suspended": (
        INVALID, lambda k: k.knocks(k.signed(k.held("police/desk-1"), by="police/desk-1"))),
    "by a key nobody listed": (INVALID, lambda k: k.knocks(k.signed(by="council/desk-9", key=STRANGER))),
    "with another's signature beside it": (INVALID, lambda k: k.knocks(with_(
        k.signed(), Signature=k.signed()["Signature"] + ", " + k.signed()["Signature"]))),
    "with a digest of another algorithm": (INVALID, lambda k: k.knocks(
        with_(k.signed(), Content_Digest=digest(b"{}", "sha-512")))),
    "sent again": ("request-replayed", sent_again),
}  # fmt: skip


class Reasons:
    """Notes for which reason each was turned away."""

    def __init__(self) -> None:
        self.noted: list[tuple[str, str]] = []

    def note(self, party: str, reason: str) -> None:
        self.noted.append((party, reason))


@pytest.fixture(scope="module")
def knockers(doors: Doors, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, tuple[Knocker, Reasons]]]:
    """At the broker and the linkage unit of one place, where the police are suspended."""
    from broker.keys import changes

    world = doors.world
    before = world.parties.trust
    world.trusts(changes.suspended(before, "police"))
    found, guards = {}, {}
    for name, url, path in (
        ("broker", ADDRESSES.broker, "/v1/questions"), ("linkunit", ADDRESSES.linkage_unit, "/v1/evaluate"),
    ):  # fmt: skip
        client: TestClient = world.network.clients[name]
        app: Any = client.app
        guards[name], reasons = app.state.guard, Reasons()
        app.state.guard = Guard(issuer_of(doors, name), reasons)  # type: ignore[arg-type]
        found[name] = (Knocker(url, client, key_in(doors), issuer_of(doors, name), path, lambda: world.now), reasons)
    yield found
    for name, guard in guards.items():
        world.network.clients[name].app.state.guard = guard  # type: ignore[attr-defined]
    world.trusts(before)


def key_in(doors: Doors) -> Callable[[str], Ed25519PrivateKey]:
    def key(key_id: str) -> Ed25519PrivateKey:
        agency, _, name = key_id.partition("/")
        return secrets_of(doors.world, agency).ed25519(name.rpartition("-")[0])

    return key


def issuer_of(doors: Doors, name: str) -> Issuer:
    return issuer_at(doors.world, name)


@pytest.fixture(params=["broker", "linkunit"])
def knocker(request: pytest.FixtureRequest, knockers: dict[str, tuple[Knocker, Reasons]]) -> tuple[Knocker, Reasons]:
    found = knockers[request.param]
    found[1].noted.clear()
    return found


def generic(answer: Any) -> tuple[Any, ...]:
    """Everything about an answer but what belongs to this one request."""
    content = {**answer.json(), "instance": ""}
    headers = {name: value for name, value in answer.headers.items() if name != "x-request-id"}
    return answer.status_code, content, headers


def test_a_good_one_gets_in(knocker: tuple[Knocker, Reasons]) -> None:
    """Else what is refused below would be refused for another reason; the body is none that could be answered."""
    k, reasons = knocker
    given = k.asks()
    assert (given.status_code, given.json()["token_type"], given.json()["expires_in"]) == (200, "DPoP", 600)
    assert k.knocks(k.signed(given.json()["access_token"])).json()["code"] == "schema-invalid"
    assert k.knocks(k.otherwise()).json()["code"] == "schema-invalid"
    assert k.asks(k.says(k.header(alg="EdDSA")), client_id="council").status_code == 200
    assert reasons.noted == []


def test_every_bad_one_is_refused_with_the_same_words(knocker: tuple[Knocker, Reasons]) -> None:
    """Whoever tries keys must not learn how far they came; whoever runs the service learns it."""
    k, reasons = knocker
    said = generic(k.knocks({}))
    assert said[0] == 401 and said[1]["code"] == "caller-unproven" and "www-authenticate" in said[2]
    wrong, others = {}, {}
    for name, (reason, case) in (FORM | {f"request: {name}": one for name, one in REQUEST.items()}).items():
        reasons.noted.clear()
        answer = case(k)
        if generic(answer) != said:
            others[name] = (answer.status_code, answer.text)
        if [one for _, one in reasons.noted] != [reason]:
            wrong[name] = (reason, reasons.noted[:])
    assert (others, wrong) == ({}, {})
    assert len(FORM) + len(REQUEST) >= 120


def test_who_it_was_said_to_be_is_noted_if_that_is_anybody(knocker: tuple[Knocker, Reasons]) -> None:
    """An agency learns that somebody tries its keys; an invented name is written nowhere."""
    k, reasons = knocker
    k.asks(k.says(signature=STRANGER.sign))
    k.knocks(k.signed(key=STRANGER))
    k.knocks(k.signed(by="zebedee/desk-1", key=STRANGER))
    k.knocks({})
    assert [party for party, _ in reasons.noted] == ["council", "council", "unknown", "unknown"]
