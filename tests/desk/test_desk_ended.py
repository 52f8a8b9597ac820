"""What the issuer ends, ends here: by its notices, and when it is asked again whether somebody still works there."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest
from fastapi.testclient import TestClient
from signing_in import SigningIn
from world import NOW

T = int(NOW.timestamp())
ENDED = {"http://schemas.openid.net/event/backchannel-logout": {}}
SW = "sw council.social_worker 2026-09-01 caseworker"


def notice(desk: SigningIn, head: dict[str, Any] | None = None, **claims: Any) -> str:
    """A logout notice as the issuer signs it, with some claims changed or left out."""
    usual = {"iss": desk.issuer.issuer.issuer, "aud": "desk", "iat": T, "exp": T + 60, "jti": "one", "events": ENDED}
    said = {name: value for name, value in {**usual, "sid": "s1", **claims}.items() if value is not None}
    return super(type(desk.issuer), desk.issuer).signs(said, **(head or {"typ": "logout+jwt"}))


def told(desk: SigningIn, text: str, path: str = "/sign-in/development/ended") -> int:
    return desk.browser().post(path, data={"logout_token": text}).status_code


@pytest.fixture
def at_s1(desk: SigningIn) -> TestClient:
    """Somebody whose session at the issuer is called s1."""
    desk.issuer.said = lambda claims: {"sid": "s1", **claims}
    return desk.signed_in()


def test_the_issuer_ends_a_session_behind_the_browser_s_back(desk: SigningIn, at_s1: TestClient) -> None:
    """Whoever is signed out at the issuer is out here at their next request, and only they."""
    desk.issuer.said = lambda claims: {"sid": "s2", **claims}
    other = desk.signed_in()

    assert told(desk, notice(desk)) == 200
    assert (desk.who(at_s1), desk.who(other)) == ("sign-in", SW)


def test_a_notice_of_a_person_ends_all_their_sessions(desk: SigningIn, at_s1: TestClient) -> None:
    """A leaver's notice names no session."""
    ig = desk.signed_in("ig")

    assert told(desk, notice(desk, sid=None, sub="sw")) == 200
    assert desk.who(at_s1) == "sign-in"
    assert desk.who(ig).startswith("ig ")


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://another.example"},
        {"aud": "another"},
        {"iat": T - 3600},
        {"exp": T - 120},
        {"jti": None},
        {"jti": ""},
        {"jti": 7},
        {"events": None},
        {"events": {}},
        {"events": {"http://schemas.openid.net/event/backchannel-logout": 1}},
        {"nonce": "n"},
        {"sid": None},
        {"sid": 1},
        {"sid": "s" * 256},
        {"head": {"typ": "at+jwt"}},
        {"head": {"kid": "none"}},
    ],
)
def test_a_bad_notice_ends_nothing(desk: SigningIn, at_s1: TestClient, claims: dict[str, Any]) -> None:
    """Nobody but the issuer puts people out, and an id credential is no notice."""
    assert told(desk, notice(desk, **claims)) == 400
    assert desk.who(at_s1) == SW


def test_a_notice_is_good_once(desk: SigningIn, at_s1: TestClient) -> None:
    """A recorded notice must not put people out again."""
    text = notice(desk)
    assert (told(desk, text), told(desk, text)) == (200, 400)


def test_notices_of_nobody_or_nothing(desk: SigningIn) -> None:
    """No such issuer; no notice at all; one without end."""
    http = desk.browser()

    assert told(desk, notice(desk), "/sign-in/another/ended") == 404
    assert told(desk, "") == 400
    assert http.post("/sign-in/development/ended", content=b"x" * 70_000).status_code == 413


def test_a_frame_of_the_issuer_s_page_ends_a_session(desk: SigningIn, at_s1: TestClient) -> None:
    """Front channel: no cookie comes along, so it is by the issuer's name and the session's."""
    issuer = desk.issuer.issuer.issuer
    for query in (f"iss={issuer}&sid=other", "iss=https://x.example&sid=s1", "sid=s1", f"iss={issuer}"):
        assert desk.browser().get(f"/sign-in/development/left?{query}").status_code == 200
        assert desk.who(at_s1) == SW
    desk.browser().get(f"/sign-in/development/left?iss={issuer}&sid=s1")
    assert desk.who(at_s1) == "sign-in"


RENEWING = {"renew": True, "claims": {"staff": "sub", "roles": "groups"}, "roles": {"Casework": "caseworker"}}


@pytest.fixture
def renewing(desk: SigningIn) -> SigningIn:
    """A desk whose issuer is asked again every five minutes."""
    desk.begins_again(**RENEWING)
    desk.issuer.renewal = "r"
    desk.issuer.said = lambda claims: {"groups": ["Casework"], **claims}
    return desk


def asked(desk: SigningIn) -> int:
    return sum(b"refresh_token" in one.content for one in desk.issuer.asked)


def test_a_role_that_is_gone_at_the_issuer_is_gone_within_minutes(renewing: SigningIn) -> None:
    """The agency's own records count, also of those who are signed in."""
    http = renewing.signed_in()
    renewing.issuer.said = lambda claims: {"groups": [], **claims}
    before = renewing.who(http)
    renewing.clock.later(minutes=5)

    assert (before, renewing.who(http)) == (SW, SW.removesuffix("caseworker"))
    assert asked(renewing) == 1
    renewing.clock.later(minutes=5)
    renewing.who(http)
    assert (asked(renewing), renewing.issuer.renewal) == (2, "r+++")


def test_who_left_is_out_within_minutes(renewing: SigningIn) -> None:
    """The issuer no longer renews what it gave a leaver."""
    http = renewing.signed_in()
    renewing.issuer.renewal = "withdrawn"
    renewing.clock.later(minutes=5)

    assert renewing.who(http) == "sign-in"


@pytest.mark.parametrize("changed", [{"sub": "ig"}, {"iss": "https://another.example"}, {"aud": "x"}, {"exp": 1}])
def test_what_comes_for_a_renewal_is_checked_too(renewing: SigningIn, changed: dict[str, Any]) -> None:
    """Nobody becomes somebody else on the way."""
    http = renewing.signed_in()
    renewing.issuer.said = lambda claims: {"groups": ["Casework"], **claims, **changed}
    renewing.clock.later(minutes=5)

    assert renewing.who(http) == "sign-in"


def test_an_issuer_that_is_away_is_waited_for_a_quarter_of_an_hour(renewing: SigningIn) -> None:
    """A short outage throws nobody out; in a long one nobody is believed on old word."""
    http, found = renewing.signed_in(), []
    renewing.issuer.answered = lambda _, __: httpx2.Response(500)
    for _ in range(4):
        renewing.clock.later(minutes=5)
        found.append(renewing.who(http))

    assert found == [SW, SW, SW, "sign-in"]


def test_a_renewal_is_used_once_by_those_who_come_at_once(renewing: SigningIn) -> None:
    """Used twice it would look stolen, and the issuer would end the session."""
    http = renewing.signed_in()
    sessions, name = renewing.app.state.desk.sessions, http.cookies["desk"]
    renewing.clock.later(minutes=5)
    every = renewing.clock.now - NOW
    found = [sessions.may_ask(name, now=renewing.clock.now, every=every) for _ in range(3)]

    assert found == [True, False, False]


def test_signing_out_shows_where_to_sign_out_elsewhere(desk: SigningIn) -> None:
    """The issuer's own session goes on until it is ended there; it is told nothing that it once signed."""
    ends = f"{desk.issuer.issuer.issuer}/end"
    desk.issuer.describes = lambda: {**type(desk.issuer).describes(desk.issuer), "end_session_endpoint": ends}  # type: ignore[method-assign]
    http = desk.signed_in()
    shown = http.post("/sign-out", data={"a": "1"}, headers={"origin": "http://127.0.0.1:8450"}).text

    assert f"{ends}?client_id=desk&amp;post_logout_redirect_uri=http%3A%2F%2F127.0.0.1%3A8450%2Fsigned-out" in shown
    assert "eyJ" not in shown and "hint" not in shown.split("<main")[1]


def test_signing_out_works_while_the_issuer_is_away(desk: SigningIn) -> None:
    """Whoever wants out gets out."""
    http = desk.signed_in()
    desk.issuer.answered = lambda _, __: httpx2.Response(500)
    desk.clock.later(minutes=14)
    desk.who(http)
    for _ in range(4):
        desk.clock.later(minutes=14)
        desk.who(http)
    answer = http.post("/sign-out", data={"a": "1"}, headers={"origin": "http://127.0.0.1:8450"})

    assert answer.status_code == 200 and answer.headers["clear-site-data"] == '"cache", "storage"'
    assert desk.who(http) == "sign-in"
