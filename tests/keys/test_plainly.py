"""Our plain spelling of a signed request is the library's own, and lets nothing through that the library refuses."""

from __future__ import annotations

import datetime as dt

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from http_message_signatures import HTTPMessageSigner, algorithms
from hypothesis import given
from hypothesis import strategies as st

from broker.keys import messages, plainly
from broker.keys.messages import Message, RequestSigner
from broker.keys.wallet import Held, origin

NOW = dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.UTC)
KEY = Ed25519PrivateKey.from_private_bytes(b"\x07" * 32)
BORNE = "DPoP eyJhbGciOiJIUzI1NiJ9.e30.c2ln"
SAID = plainly.Signed("council/desk-1", "bm9uY2Utbm9uY2Utbm9u", int(NOW.timestamp()), BORNE)
PLAIN = ("http://127.0.0.1:8080/v1/questions", "https://broker.example/v1/batches/00ff/chunks/a-b_c")
OTHER = (
    "https://broker.example", "https://broker.example/", "https://broker.example:443/v1/x", "http://a.b:80/v1/x",
    "https://A.example/v1/x", "https://a.example/v1/x?y=1", "https://a.example/v1/../x", "https://a.example/v1//x",
    "https://a.example/v1/%20", "https://user@a.example/v1/x", "https://a.example/v1/x#y",
)  # fmt: skip


def by_the_library(method: str, url: str, body: bytes) -> dict[str, str]:
    message = Message(method, url)
    message.headers["Authorization"] = BORNE
    resolver = messages._PrivateKey(KEY)
    HTTPMessageSigner(signature_algorithm=algorithms.ED25519, key_resolver=resolver).sign(
        message, key_id=SAID.key_id, created=NOW, nonce=SAID.nonce, label=messages.TAG, tag=messages.TAG,
        covered_component_ids=messages._COVERED, body=body,
    )  # fmt: skip
    return dict(message.headers.items())


@pytest.mark.parametrize("url", PLAIN)
@given(method=st.sampled_from(["GET", "POST", "PUT"]), body=st.binary(max_size=40))
def test_the_plain_spelling_is_the_librarys(url: str, method: str, body: bytes) -> None:
    """Two spellings of one request would be two formats."""
    made = plainly.fields(method, url, body, said=SAID, key=KEY)
    assert made == by_the_library(method, url, body)
    assert plainly.verified(method, url, body, headers=made, find=lambda _: KEY.public_key()) == SAID


@pytest.mark.parametrize("url", OTHER)
def test_what_could_be_spelled_in_two_ways_is_left_to_the_library(url: str) -> None:
    """An address that is normalised somewhere on its way must not verify here and fail there."""
    assert plainly.fields("POST", url, b"x", said=SAID, key=KEY) is None
    headers = by_the_library("POST", url, b"x")
    assert plainly.verified("POST", url, b"x", headers=headers, find=lambda _: KEY.public_key()) is None


@given(name=st.sampled_from(["Authorization", "Content-Digest", "Signature-Input", "Signature"]), data=st.data())
def test_one_changed_letter_is_not_verified(name: str, data: st.DataObject) -> None:
    """Every letter of the four fields is covered, the spare bits at the end of base64 too."""
    signer = RequestSigner(SAID.key_id, KEY)
    signer.wallet.keep(origin(PLAIN[0]), Held(BORNE.removeprefix("DPoP "), 0))
    headers = signer.headers("POST", PLAIN[0], body=b"x", nonce=SAID.nonce, created=NOW)
    at = data.draw(st.integers(0, len(headers[name]) - 1))
    letter = data.draw(st.characters(codec="ascii", exclude_characters=headers[name][at]))
    headers[name] = headers[name][:at] + letter + headers[name][at + 1 :]
    found = plainly.verified("POST", PLAIN[0], b"x", headers=headers, find=lambda _: KEY.public_key())
    assert found is None
