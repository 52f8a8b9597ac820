"""Whoever has not signed in costs the desk next to nothing, and can undo nobody's sign-in."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx2
import pytest
from signing_in import SigningIn

from broker.agency.desk.signin import provider as network
from broker.agency.desk.signin.provider import AT_ONCE, Provider
from broker.errors import Unavailable

SW = "sw council.social_worker 2026-09-01 caseworker"
COOKIE = "desk-sign-in"


def test_strangers_leave_nothing_and_push_nobody_out(desk: SigningIn) -> None:
    """A few thousand requests of nobody in particular would end every sign-in under way."""
    http = desk.browser()
    link = desk.back(http, desk.to_issuer(http))
    stranger, carried = desk.browser(), desk.app.state.desk.carried
    before = dict(carried._used)
    for path in ("/start", "/sign-in/development", "/sign-in/development/back?code=x&state=y") * 40:
        stranger.cookies.clear()
        stranger.get(path, follow_redirects=False)

    assert carried._used == before
    assert http.get(link).status_code == 200
    assert len(carried._used.keys() - before) == 1


def test_a_sign_in_is_good_once_also_with_its_cookie(desk: SigningIn) -> None:
    """Whoever copied the cookie comes back with a second code of the same request."""
    http = desk.browser()
    page = desk.to_issuer(http)
    first, second = desk.back(http, page), desk.back(http, page)
    cookie = http.cookies[COOKIE]
    assert http.get(first).status_code == 200
    http.cookies.set(COOKIE, cookie, domain="127.0.0.1")

    assert http.get(second).status_code == 403


@pytest.mark.parametrize("changed", ["", "x", "A" * 100, "A" * 5_000, "é", "cut", "flipped", "link"])
def test_what_a_browser_carries_can_not_be_made_up(desk: SigningIn, changed: str) -> None:
    """Who chooses the state, or where somebody lands, is somebody else's guest."""
    http = desk.browser()
    link = desk.back(http, desk.to_issuer(http))
    cookie, carried = http.cookies[COOKIE], desk.app.state.desk.carried
    made = {
        "cut": cookie[:-1],
        "flipped": cookie[:40] + ("A" if cookie[40] != "A" else "B") + cookie[41:],
        "link": carried.sealed("link", {"case": "C-1"}, until=desk.clock.now.replace(year=2030), nonce=bytes(12)),
    }.get(changed, changed)
    http.cookies.clear()
    refused = http.get(link, headers={"cookie": f"{COOKIE}={made}".encode()})

    assert refused.status_code == 403
    assert http.get(link, headers={"cookie": f"{COOKIE}={cookie}"}).status_code == 200


@contextmanager
def slow(desk: SigningIn, at: str) -> Iterator[threading.Semaphore]:
    """An issuer whose answers at an address of its own wait until this ends; counts those that do."""
    waits, goes_on = threading.Semaphore(0), threading.Event()

    def answered(request: httpx2.Request, answer: httpx2.Response) -> httpx2.Response:
        if str(request.url).endswith(at):
            waits.release()
            goes_on.wait(10)
        return answer

    desk.issuer.answered = answered
    try:
        yield waits
    finally:
        goes_on.set()


def provider(desk: SigningIn) -> Provider:
    found = desk.app.state.sign_in.providers["development"]
    assert isinstance(found, Provider)
    return found


def asked_of(desk: SigningIn) -> int:
    """How often its issuer was asked for something."""
    return len(getattr(desk.issuer, "asked", []))


def test_one_looks_for_all_and_the_desk_goes_on(desk: SigningIn, monkeypatch: pytest.MonkeyPatch) -> None:
    """A slow issuer holds every thread of the desk, and nobody who is signed in gets a page."""
    monkeypatch.setattr(network, "_PATIENCE", 0.05)
    http = desk.signed_in()
    desk.clock.later(minutes=10)
    desk.who(http)
    provider(desk)._found = None
    before = asked_of(desk)
    with ThreadPoolExecutor(1) as pool, slow(desk, "/keys") as waits:
        first = pool.submit(lambda: provider(desk).description)
        assert waits.acquire(timeout=5)
        for _ in range(3):
            assert desk.browser().get("/sign-in/development").status_code == 503
        assert desk.who(http) == SW
        assert asked_of(desk) - before == 2, "description and keys, once"
    assert first.result().token.endswith("/token")
    assert desk.signs_in(desk.browser()).status_code == 200


def test_who_waits_gets_what_the_first_found(desk: SigningIn) -> None:
    """Everybody who signs in at nine would ask the issuer for the same."""
    found, before = provider(desk), asked_of(desk)
    with ThreadPoolExecutor(4) as pool:
        with slow(desk, "/keys") as waits:
            asked = [pool.submit(lambda: found.description) for _ in range(4)]
            assert waits.acquire(timeout=5)
        assert len({one.result() for one in asked}) == 1
    assert asked_of(desk) - before == 2


def test_an_issuer_that_does_not_answer_is_left_alone_for_some_seconds(desk: SigningIn) -> None:
    """Each stranger who asks would make the desk wait ten seconds for it."""
    desk.issuer.answered = lambda _, __: httpx2.Response(500)
    before = asked_of(desk)
    asked = [desk.browser().get("/sign-in/development").status_code for _ in range(3)]

    assert asked == [503] * 3 and asked_of(desk) - before == 1
    desk.issuer.answered = lambda _, answer: answer
    desk.clock.later(seconds=5)
    assert desk.signs_in(desk.browser()).status_code == 200


def test_few_codes_are_turned_in_at_once(desk: SigningIn) -> None:
    """A slow issuer, and made-up codes: the desk's threads would all stand there."""
    found = provider(desk)
    http = desk.browser()
    link = desk.back(http, desk.to_issuer(http))
    with ThreadPoolExecutor(AT_ONCE) as pool, slow(desk, "/token") as waits:
        asked = [pool.submit(found.grant, "authorization_code", code=str(at)) for at in range(AT_ONCE)]
        assert all(waits.acquire(timeout=5) for _ in asked)
        with pytest.raises(Unavailable):
            found.grant("authorization_code", code="one more")
        assert http.get(link).status_code == 503
        assert found._turns["refresh_token"].acquire(blocking=False), "renewals have their own places"
        found._turns["refresh_token"].release()
    assert all(one.exception() is not None for one in asked), "made-up codes are refused"
    assert http.get(link).status_code == 200, "a moment later the same way leads in"
