"""Signed requests: method, address, body and time are all covered, and nothing else gets through."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from broker.errors import NotAllowed, Untrusted
from broker.keys.messages import Message, RequestSigner, SignedBy, verify_request
from broker.keys.trust import Trust
from broker.keys.wallet import Held, origin

NOW = dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.UTC)
URL = "https://linkage.example/v1/evaluate"
BODY = b'{"v":1}'
NONCE = "bm9uY2Utbm9uY2Utbm9u"
CREDENTIAL = "eyJhbGciOiJIUzI1NiJ9.e30.c2ln"
SIGNING_KEY = Ed25519PrivateKey.from_private_bytes(b"\x07" * 32)
SIGNED_BY = SignedBy("council/desk-1", NONCE, int(NOW.timestamp()), CREDENTIAL)


def signed(body: bytes = BODY, *, created: dt.datetime = NOW, nonce: str = NONCE, method: str = "POST") -> Message:
    signer = RequestSigner("council/desk-1", SIGNING_KEY)
    signer.wallet.keep(origin(URL), Held(CREDENTIAL, 0))
    message = Message(method, URL)
    message.headers.update(signer.headers(method, URL, body=body, nonce=nonce, created=created))
    return message


def find(key_id: str) -> Ed25519PublicKey:
    if key_id != "council/desk-1":
        raise Untrusted("signing-key-unknown", "unknown")
    return SIGNING_KEY.public_key()


def test_a_signed_request_says_who() -> None:
    """The key id, the nonce, the time and the credential come out as they went in."""
    assert verify_request(signed(), BODY, find=find, now=NOW) == SIGNED_BY


def test_the_trust_list_finds_the_signing_key(trust: Trust) -> None:
    """A desk key opens the questions' door, and not the deliveries'."""
    assert verify_request(signed(), BODY, find=lambda key: trust.signing_key(key, "ask"), now=NOW)
    with pytest.raises(Untrusted):
        verify_request(signed(), BODY, find=lambda key: trust.signing_key(key, "post"), now=NOW)


@pytest.mark.parametrize("body", [b"", b'{"v":2}', BODY + b" ", BODY[:-1]])
def test_another_body_is_refused(body: bytes) -> None:
    """The body can't be changed, emptied, cut or extended on the way."""
    with pytest.raises(Untrusted):
        verify_request(signed(), body, find=find, now=NOW)


@pytest.mark.parametrize(
    "change",
    [
        {"method": "PUT"},
        {"url": "https://linkage.example/v1/other"},
        {"url": "https://broker.example/v1/evaluate"},
        {"url": "http://linkage.example/v1/evaluate"},
        {"url": URL + "?x=1"},
        {"url": "not an address"},
    ],
)
def test_another_method_or_address_is_refused(change: dict[str, str]) -> None:
    """A request signed for one address says nothing at another."""
    message = signed()
    for name, value in change.items():
        setattr(message, name, value)
    with pytest.raises(Untrusted):
        verify_request(message, BODY, find=find, now=NOW)


@pytest.mark.parametrize(("seconds", "accepted"), [(0, True), (-300, True), (-306, False), (5, True), (6, False)])
def test_a_request_lives_five_minutes(seconds: int, accepted: bool) -> None:
    """Old requests, and those from the future, are refused."""
    message = signed(created=NOW + dt.timedelta(seconds=seconds))
    if accepted:
        verify_request(message, BODY, find=find, now=NOW)
    else:
        with pytest.raises(Untrusted):
            verify_request(message, BODY, find=find, now=NOW)


@pytest.mark.parametrize("nonce", ["", "short", "n" * 15, "n" * 89, "with space in here", "with;semicolon;in"])
def test_a_nonce_has_a_shape(nonce: str) -> None:
    """Too short to be unique or too long to be kept: refused."""
    with pytest.raises(Untrusted):
        verify_request(signed(nonce=nonce), BODY, find=find, now=NOW)


@pytest.mark.parametrize("name", ["Signature", "Signature-Input", "Content-Digest", "Authorization"])
def test_every_header_is_needed(name: str) -> None:
    """Without one of the four there is no signature."""
    message = signed()
    message.headers.pop(name)
    with pytest.raises(Untrusted):
        verify_request(message, BODY, find=find, now=NOW)


@pytest.mark.parametrize("covered", ['"@method"', '"@target-uri"', '"content-digest"', '"authorization"'])
def test_a_signature_over_less_is_refused(covered: str) -> None:
    """What the signature does not cover could be anything; also when the header only pretends to less."""
    message = signed()
    message.headers["Signature-Input"] = re.sub(rf" ?{covered}", "", message.headers["Signature-Input"], count=1)
    with pytest.raises(Untrusted):
        verify_request(message, BODY, find=find, now=NOW)


def test_a_request_without_a_credential_is_refused() -> None:
    """A signature that covers no credential, by a key that has none yet; one that is a bearer's."""
    message = Message("POST", URL)
    headers = RequestSigner("council/desk-1", SIGNING_KEY).headers("POST", URL, body=BODY, nonce=NONCE, created=NOW)
    message.headers.update(headers)
    assert "Authorization" not in headers
    for borne in ("", f"Bearer {CREDENTIAL}", f"DPoP {CREDENTIAL}"):
        message.headers["Authorization"] = borne
        with pytest.raises(Untrusted):
            verify_request(message, BODY, find=find, now=NOW)


def test_an_expired_request_is_refused() -> None:
    """A caller may set an end of its own, and it counts."""
    message = signed()
    message.headers["Signature-Input"] += f";expires={int(NOW.timestamp()) - 60}"
    with pytest.raises(Untrusted):
        verify_request(message, BODY, find=find, now=NOW)


def test_another_signing_key_is_refused() -> None:
    """A stranger who knows the key id signs for nobody."""
    stranger = Ed25519PrivateKey.from_private_bytes(b"\x63" * 32).public_key()
    with pytest.raises(Untrusted):
        verify_request(signed(), BODY, find=lambda _: stranger, now=NOW)


def test_an_unknown_agency_is_refused_like_a_wrong_signature() -> None:
    """Which agencies are on the list can't be found out by guessing key ids."""

    def nobody(key_id: str) -> Ed25519PublicKey:
        raise NotAllowed("agency-unknown", "unknown")

    with pytest.raises(Untrusted, match="does not verify"):
        verify_request(signed(), BODY, find=nobody, now=NOW)


FIELDS = ["Signature", "Signature-Input", "Content-Digest", "Authorization"]


@given(name=st.sampled_from(FIELDS), value=st.text(max_size=200))
def test_whatever_the_headers_hold_the_error_is_ours(name: str, value: str) -> None:
    """No header makes the verifier fail in another way than refusing."""
    message = signed()
    message.headers[name] = value
    with pytest.raises(Untrusted):
        verify_request(message, BODY, find=find, now=NOW)


@given(data=st.data(), name=st.sampled_from(FIELDS))
def test_almost_right_headers_are_refused_too(data: st.DataObject, name: str) -> None:
    """One character changed anywhere in a header is a refusal, or changes nothing that was signed."""
    message = signed()
    value = message.headers[name]
    position = data.draw(st.integers(0, len(value) - 1))
    changed = value[:position] + data.draw(st.characters(min_codepoint=32, max_codepoint=126)) + value[position + 1 :]
    message.headers[name] = changed
    try:
        who = verify_request(message, BODY, find=find, now=NOW)
    except Untrusted:
        return
    assert who == SIGNED_BY


def test_repr_shows_no_secret() -> None:
    """A signer in a traceback tells its id only."""
    assert repr(RequestSigner("council/desk-1", SIGNING_KEY)) == "RequestSigner(key_id='council/desk-1')"
