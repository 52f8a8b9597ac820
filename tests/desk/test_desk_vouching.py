"""What an issuer is not believed. The browser is told one and the same whatever was wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey
from signing_in import SigningIn
from world import NOW

from broker.agency.desk.signin.development import development
from broker.agency.desk.signin.vouching import Unvouched, issuer_keys, signed_claims, texts_at
from broker.wire.fields import decode64, encode64

RSA, SHORT, EC = RSAKey.generate_key(2048), None, ECKey.generate_key("P-256")
OTHER = OKPKey.generate_key("Ed25519")
T = int(NOW.timestamp())


@dataclass(frozen=True)
class Bad:
    """One thing that is wrong: with the claims, the head, or the text when it is signed; and our reason."""

    name: str
    reason: str
    claims: dict[str, Any] | None = None
    head: dict[str, Any] | None = None
    text: Callable[[str, SigningIn], str] | None = None


def resigned(text: str, key: Any, algorithm: str, **head: Any) -> str:
    claims = json.loads(decode64(text.split(".")[1]))
    return jwt.encode({"alg": algorithm, **head}, claims, key, algorithms=[algorithm])


def with_head(text: str, head: str | bytes) -> str:
    _, payload, signature = text.split(".")
    return f"{encode64(head.encode() if isinstance(head, str) else head)}.{payload}.{signature}"


def with_claims(text: str, **claims: Any) -> str:
    head, payload, signature = text.split(".")
    return f"{head}.{encode64(json.dumps({**json.loads(decode64(payload)), **claims}).encode())}.{signature}"


def kid(desk: SigningIn) -> str:
    return str(desk.issuer.key.thumbprint())


BAD = [
    Bad("issuer", "issuer", {"iss": "https://another.example"}),
    Bad("issuer with a slash", "issuer", {"iss": "http://127.0.0.1:8450/development/"}),
    Bad("no issuer", "issuer", {"iss": None}),
    Bad("audience", "audience", {"aud": "another"}),
    Bad("two audiences", "audience", {"aud": ["desk", "another"]}),
    Bad("no audience", "audience", {"aud": []}),
    Bad("audience in an object", "audience", {"aud": {"desk": 1}}),
    Bad("for another party", "audience", {"azp": "another"}),
    Bad("expired", "times", {"exp": T - 61}),
    Bad("expires as text", "times", {"exp": str(T + 60)}),
    Bad("expires as true", "times", {"exp": True}),
    Bad("never expires", "times", {"exp": None}),
    Bad("expires as a fraction", "times", {"exp": T + 0.5}),
    Bad("expires past all counting", "times", {"exp": 2**63}),
    Bad("of tomorrow", "times", {"iat": T + 61}),
    Bad("of an hour ago", "times", {"iat": T - 3600}),
    Bad("not yet", "times", {"nbf": T + 61}),
    Bad("nonce", "nonce", {"nonce": "A" * 43}),
    Bad("no nonce", "nonce", {"nonce": None}),
    Bad("nobody", "person", {"sub": ""}),
    Bad("a name without end", "person", {"sub": "s" * 256}),
    Bad("a logout notice", "person", {"events": {"http://schemas.openid.net/event/backchannel-logout": {}}}),
    Bad("no level", "level", {"acr": None}),
    Bad("a level that is not ours", "level", {"acr": "0"}),
    Bad("proved yesterday", "proved-long-ago", {"auth_time": T - 86_400}),
    Bad("proved at no time", "proved-long-ago", {"auth_time": None}),
    Bad("a line break in the id", "staff", {"sub": "s\nw"}),
    Bad("kind of an access credential", "head", head={"typ": "at+jwt"}),
    Bad("kind of a logout notice", "head", head={"typ": "logout+jwt"}),
    Bad("kind in a list", "head", text=lambda text, _: with_head(text, '{"alg":"Ed25519","typ":["JWT"]}')),
    Bad("a key of its own", "head", text=lambda text, _: resigned(text, OTHER, "Ed25519", jwk=OTHER.as_dict(False))),
    Bad("a key from elsewhere", "head", text=lambda text, _: with_head(text, '{"alg":"Ed25519","jku":"https://x"}')),
    Bad("a certificate of its own", "head", text=lambda text, _: with_head(text, '{"alg":"Ed25519","x5u":"https://x"}')),
    Bad("critical head", "head", text=lambda text, _: with_head(text, '{"alg":"Ed25519","crit":["b64"],"b64":false}')),
    Bad("unsigned", "algorithm", text=lambda text, _: with_head(text, '{"alg":"none"}').rpartition(".")[0] + "."),
    Bad("unsigned in capitals", "algorithm", text=lambda text, _: with_head(text, '{"alg":"NONE"}')),
    Bad("no algorithm", "algorithm", text=lambda text, _: with_head(text, "{}")),
    Bad("algorithm in a list", "algorithm", text=lambda text, _: with_head(text, '{"alg":["Ed25519"]}')),
    Bad("one that the issuer does not use", "algorithm", text=lambda text, _: resigned(text, RSA, "RS256")),
    Bad(
        "the public key as a shared secret", "algorithm",
        text=lambda text, desk: resigned(
            text, OctKey.import_key(desk.issuer.key.public_key.public_bytes_raw()), "HS256", kid=kid(desk)
        ),
    ),
    Bad("another's signature", "signature", text=lambda text, desk: resigned(text, OTHER, "Ed25519", kid=kid(desk))),
    Bad("an unknown key", "key", text=lambda text, _: resigned(text, OTHER, "Ed25519", kid="../../etc/passwd")),
    Bad("a key's name in an object", "key", text=lambda text, _: with_head(
        text, '{"alg":"Ed25519","typ":"JWT","kid":{"$ne":1}}')),
    Bad("the key of another algorithm", "key", text=lambda text, desk: resigned(text, EC, "ES256", kid=kid(desk))),
    Bad("changed claims", "signature", text=lambda text, _: with_claims(text, sub="ig")),
    Bad("a changed signature", "signature", text=lambda text, _: text[:-2] + ("AA" if text[-2:] != "AA" else "BA")),
    Bad("no signature", "signature", text=lambda text, _: text.rpartition(".")[0] + "."),
    Bad("two parts", "form", text=lambda text, _: text.rpartition(".")[0]),
    Bad("five parts", "form", text=lambda text, _: f"{text}.a.b"),
    Bad("nothing", "form", text=lambda text, _: ""),
    Bad("without end", "form", text=lambda text, _: text + "A" * 16_384),
    Bad("not ASCII", "form", text=lambda text, _: text[:-1] + "é"),
    Bad("padded", "form", text=lambda text, _: text.replace(".", "=.", 1)),
    Bad("a head with a name twice", "form", text=lambda text, _: with_head(text, '{"alg":"none","alg":"Ed25519"}')),
    Bad("a head that is a list", "form", text=lambda text, _: with_head(text, '["Ed25519"]')),
    Bad("a head that is a number", "form", text=lambda text, _: with_head(text, "1")),
    Bad("a head of NaN", "form", text=lambda text, _: with_head(text, '{"alg":NaN}')),
    Bad("a deep head", "form", text=lambda text, _: with_head(text, '{"alg":' + "[" * 5000 + "]" * 5000 + "}")),
    Bad("a head in no UTF-8", "form", text=lambda text, _: with_head(text, b'{"alg":"\xff"}')),
]  # fmt: skip


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.name)
def test_a_bad_word_of_the_issuer_opens_nothing(desk: SigningIn, capsys: pytest.CaptureFixture[str], bad: Bad) -> None:
    """Each trick ends in one generic page; its reason is in the desk's diagnostics alone."""
    if bad.claims is not None:
        desk.issuer.said = lambda claims: {k: v for k, v in {**claims, **bad.claims}.items() if v is not None}  # type: ignore[dict-item]
    desk.issuer.head = bad.head or {}
    if bad.text is not None:
        desk.issuer.signed = lambda text: bad.text(text, desk)  # type: ignore[misc]
    http = desk.browser()
    answer = desk.signs_in(http)

    assert answer.status_code == 403
    assert capsys.readouterr().err == f"broker-desk: sign-in by development refused: {bad.reason}\n"
    assert answer.text.split("<main")[1] == http.get("/sign-in/development/back").text.split("<main")[1]
    assert desk.who(http) == "sign-in"


@pytest.mark.parametrize(
    "answer",
    [
        httpx2.Response(500),
        httpx2.Response(200, text="<html>"),
        httpx2.Response(200, text='{"a":1,"a":2}'),
        httpx2.Response(200, content=b"[" * 300_000),
        httpx2.Response(302, headers={"location": "https://169.254.169.254/"}),
        httpx2.Response(200, json={"issuer": "https://another.example"}),
        httpx2.Response(200, json={"issuer": "http://127.0.0.1:8450/development"}),
    ],
    ids=["broken", "no JSON", "a name twice", "endless", "elsewhere", "another issuer", "no addresses"],
)
def test_an_issuer_that_answers_wrongly_is_unavailable(desk: SigningIn, answer: httpx2.Response) -> None:
    """Nobody is signed in, nothing is followed, and the page says whom to tell."""
    desk.issuer.answered = lambda _, __: answer
    shown = desk.browser().get("/sign-in")

    assert shown.status_code == 503 and "issuer-unusable" in shown.text


@pytest.mark.parametrize("name", ["authorization_endpoint", "token_endpoint", "jwks_uri"])
@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest",
        "http://localhost:8450/development/keys",
        "file:///etc/passwd",
        "//127.0.0.1:8450",
        7,
    ],
)
def test_an_issuer_s_description_leads_nowhere_else(desk: SigningIn, name: str, url: str | int) -> None:
    """A description that was changed must not make the desk ask machines inside the agency's network."""
    desk.issuer.describes = lambda: {**type(desk.issuer).describes(desk.issuer), name: url}  # type: ignore[method-assign]
    shown = desk.browser().get("/sign-in")

    assert shown.status_code == 503
    assert [str(one.url) for one in desk.issuer.asked] == [
        "http://127.0.0.1:8450/development/.well-known/openid-configuration"
    ]


def test_a_key_that_the_issuer_has_newly_is_found(desk: SigningIn) -> None:
    """Issuers change their keys; we look again, but not at everybody's bidding."""
    desk.signed_in()
    desk.issuer.key = OKPKey.generate_key("Ed25519")
    assert desk.signs_in(desk.browser()).status_code == 403, "looked twice within a minute"
    desk.clock.later(minutes=1)
    assert desk.signs_in(desk.browser()).status_code == 200


@pytest.mark.parametrize(("algorithm", "key"), [("RS256", RSA), ("PS256", RSA), ("ES256", EC)])
def test_other_algorithms_that_the_registry_names(desk: SigningIn, algorithm: str, key: Any) -> None:
    """Issuers in use sign with RSA or P-256; each only if the agency said so."""
    desk.begins_again(algorithms=[algorithm])
    desk.issuer.public = lambda: {**key.as_dict(private=False), "kid": "one", "use": "sig"}  # type: ignore[method-assign]
    desk.issuer.signed = lambda text: resigned(text, key, algorithm, kid="one")

    assert desk.signs_in(desk.browser()).status_code == 200


def test_keys_that_can_not_be_used_are_passed_over() -> None:
    """Secret keys, keys for encryption and nonsense are no keys for signatures; two that fit are a choice, so none."""
    public = OTHER.as_dict(private=False)
    secret = OTHER.as_dict(private=True)
    document = {"keys": [secret, {**public, "use": "enc"}, {"kty": "oct", "k": "AAAA"}, {"kty": "odd"}, 7, public]}
    [key] = issuer_keys({"keys": [public]})
    issuer = development("http://127.0.0.1:8450")
    text = jwt.encode({"alg": "Ed25519"}, {"sub": "sw"}, OTHER, algorithms=["Ed25519"])

    assert issuer_keys([]) == issuer_keys({"keys": {}}) == ()
    assert signed_claims(text, issuer, issuer_keys(document), kinds=("jwt",)) == {"sub": "sw"}
    with pytest.raises(Unvouched, match="key"):
        signed_claims(text, issuer, [key, key], kinds=("jwt",))


@settings(max_examples=60, deadline=None)
@given(
    st.text(alphabet=st.characters(codec="utf-8"), max_size=60) | st.from_regex(r"[\w-]{0,20}\.[\w-]{0,20}\.[\w-]{0,9}")
)
def test_whatever_an_issuer_sends_is_refused_and_nothing_else(text: str) -> None:
    """A parser of outside bytes raises nothing but its own refusal."""
    with pytest.raises(Unvouched):
        signed_claims(text, development("http://127.0.0.1:8450"), [OTHER.as_dict(private=False)], kinds=("jwt", ""))


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("a", ["1"]),
        ("b.c", ["x", "y"]),
        ("https://care.example/roles", ["z"]),
        ("b", ["odd"]),
        ("none.c", []),
        ("t", []),
    ],
)
def test_where_a_claim_is(path: str, found: list[str]) -> None:
    """Inside objects, of each member of a list, and under names that are addresses."""
    claims = {"a": 1, "b": [{"c": "x"}, {"c": ["y"]}, "odd"], "https://care.example/roles": ["z"], "t": True}
    assert texts_at(claims, path) == found
