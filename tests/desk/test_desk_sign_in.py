"""Who gets in at the desk by an issuer, for how long, and what ends it."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from desk_of_world import OUR_PAGE, URL
from fastapi import Request
from signing_in import SETTINGS, STAFF, SigningIn, make_council, query_of, signing_in
from world import NOW

from broker.agency.desk.app import make_desk
from broker.agency.desk.pages.sign_in import leads_to_sign_in
from broker.agency.desk.settings import Settings
from broker.agency.desk.signin.pending import pending_of
from broker.agency.desk.signin.session import SignInNeeded
from broker.agency.edges import real_edges
from broker.agency.workspace import read_workspace
from broker.errors import Misconfigured
from broker.synthetic.parties import publish

SW = "sw council.social_worker 2026-09-01 caseworker"


def test_somebody_signs_in_and_lands_on_the_page_they_asked_for(desk: SigningIn) -> None:
    """The code flow works, and leads back to where somebody was going."""
    http = desk.browser()
    landed = desk.signs_in(http, path="/for-anybody")

    assert landed.status_code == 200
    assert "url=/for-anybody" in landed.text
    assert desk.who(http) == SW


def test_the_browser_holds_no_credential_and_a_cookie_that_no_other_site_can_send(desk: SigningIn) -> None:
    """A cookie that a script, another site or plain HTTP could read or send is somebody's way in."""
    answer = desk.signs_in(desk.browser())
    cookies = answer.headers.get_list("set-cookie")
    began = desk.browser().get("/sign-in/development", follow_redirects=False).headers["set-cookie"]

    [session] = [one for one in cookies if one.startswith("desk=") and "Max-Age=0" not in one]
    assert {"HttpOnly", "SameSite=strict", "Path=/"} <= set(session.split("; "))
    assert {"HttpOnly", "SameSite=lax", "Max-Age=600"} <= set(began.split("; "))
    assert "eyJ" not in answer.text + str(answer.headers)


def test_over_tls_the_cookie_is_bound_to_this_host(council: Path) -> None:
    """Without `__Host-` and Secure a neighbouring host could plant a session."""
    desk = signing_in(council, SETTINGS.model_copy(update={"public_url": "https://localhost"}))
    answer = desk.browser().get("/sign-in/development", follow_redirects=False)

    assert answer.headers["set-cookie"].startswith("__Host-desk-sign-in=")
    assert "; Secure" in answer.headers["set-cookie"]
    assert answer.headers["strict-transport-security"].startswith("max-age=31536000")


def test_what_the_issuer_is_asked(desk: SigningIn) -> None:
    """PKCE by S256, a state and a nonce of their own each time, the level that we want, and our own address."""
    one, other = (query_of(desk.to_issuer(desk.browser())) for _ in range(2))

    assert one["code_challenge_method"] == "S256" and one["response_type"] == "code"
    assert one["redirect_uri"] == f"{URL}/sign-in/development/back"
    assert one["acr_values"] == "demonstration"
    assert not {one[name] for name in ("state", "nonce", "code_challenge")} & set(other.values())
    assert min(len(one[name]) for name in ("state", "nonce", "code_challenge")) == 43


def changed(url: str, **changes: str | None) -> str:
    query: dict[str, Any] = {**query_of(url), **changes}
    kept = "&".join(f"{name}={value}" for name, value in query.items() if value is not None)
    return f"{url.partition('?')[0]}?{kept}"


@pytest.mark.parametrize(
    ("reason", "changes"),
    [
        ("state", {"state": "A" * 43}),
        ("state", {"state": None}),
        ("state", {"state": "%C3%A9"}),
        ("issuer-mixed-up", {"iss": "https://another.example"}),
        ("issuer-unnamed", {"iss": None}),
        ("refused-there", {"code": None}),
        ("refused-there", {"code": "x" * 4097}),
        ("refused-there", {"error": "access_denied"}),
        ("grant", {"code": "A" * 43}),
    ],
)
def test_nobody_gets_in_on_the_way_back(
    desk: SigningIn, capsys: pytest.CaptureFixture[str], reason: str, changes: dict[str, str | None]
) -> None:
    """What comes back must be what this browser was sent for, from whom it was sent to."""
    http = desk.browser()
    refused = http.get(changed(desk.back(http, desk.to_issuer(http)), **changes))

    assert refused.status_code == 403 and "sign-in-refused" in refused.text
    assert f"refused: {reason}\n" in capsys.readouterr().err
    assert desk.who(http) == "sign-in"


def test_another_browser_can_not_finish_what_this_one_began(desk: SigningIn) -> None:
    """Otherwise an attacker's link would sign somebody in as the attacker."""
    mine, theirs = desk.browser(), desk.browser()
    link = desk.back(mine, desk.to_issuer(mine))
    desk.to_issuer(theirs)

    assert desk.browser().get(link).status_code == 403
    assert theirs.get(link).status_code == 403
    assert mine.get(link).status_code == 200
    assert mine.get(link).status_code == 403, "a code was good twice"


def test_a_sign_in_is_given_ten_minutes(desk: SigningIn) -> None:
    """One that was left lying is none."""
    http = desk.browser()
    link = desk.back(http, desk.to_issuer(http))
    desk.clock.later(minutes=10, seconds=1)

    assert http.get(link).status_code == 403


def test_a_session_ends_when_nobody_is_there_and_after_a_day_s_work(desk: SigningIn) -> None:
    """Fifteen quiet minutes; ten hours in any case."""
    quiet, busy = desk.signed_in(), desk.signed_in()
    desk.clock.later(minutes=14)
    assert desk.who(busy) == SW
    desk.clock.later(minutes=2)
    assert (desk.who(quiet), desk.who(busy)) == ("sign-in", SW)
    for _ in range(41):
        desk.clock.later(minutes=14)
        desk.who(busy)
    assert desk.who(busy) == SW
    desk.clock.later(minutes=12)
    assert desk.who(busy) == "sign-in"


def test_signing_out_ends_it_for_whoever_has_the_cookie(desk: SigningIn) -> None:
    """A copied cookie is worth nothing afterwards."""
    http, thief = desk.signed_in(), desk.browser()
    thief.cookies.set("desk", http.cookies["desk"], domain="127.0.0.1")
    assert desk.who(thief) == SW
    answer = http.post("/sign-out", headers=OUR_PAGE)

    assert answer.status_code == 200 and "You are signed out" in answer.text
    assert desk.who(thief) == "sign-in"


def test_a_leaver_is_out_and_a_role_is_gone_at_the_next_request(desk: SigningIn) -> None:
    """The staff file counts as it is now, not as it was at sign-in."""
    sw, ig = desk.signed_in(), desk.signed_in("ig")
    assert desk.who(ig, "/for-ig") == "Iris Glen"
    desk.writes_staff(replace(STAFF[1], desk=("caseworker",)))

    assert desk.who(sw) == "sign-in"
    assert desk.who(ig, "/for-ig") == "403"
    desk.writes_staff(*STAFF)
    assert desk.who(sw) == "sign-in", "somebody who was out came back without signing in"
    assert desk.who(ig, "/for-ig") == "Iris Glen"


def test_nobody_is_let_in_on_a_staff_file_that_can_not_be_read(desk: SigningIn) -> None:
    """While it is broken we don't know who works here."""
    http = desk.signed_in()
    path = desk.home / "agency.toml"
    kept = path.read_text(encoding="utf-8")
    path.write_text("agency = ", encoding="utf-8")
    answered = desk.who(http)
    path.write_text(kept, encoding="utf-8")

    assert answered == "503"


def test_who_does_something_else_here_is_told_so(desk: SigningIn) -> None:
    """A page of another role is a 403 in plain words, never half a page."""
    answer = desk.signed_in().get("/for-ig")

    assert answer.status_code == 403
    assert "Your role does not use this page." in answer.text


def test_who_is_on_no_staff_list_does_not_get_in(desk: SigningIn) -> None:
    """An issuer vouches for the whole agency; the desk is for those it names."""
    desk.issuer.said = lambda claims: {**claims, "sub": "somebody"}
    answer = desk.signs_in(desk.browser())

    assert answer.status_code == 403 and "staff-unknown" in answer.text


def test_some_things_ask_to_sign_in_again(desk: SigningIn) -> None:
    """Evidence and emergencies need somebody who proved who they are within five minutes."""
    http = desk.signed_in()
    assert desk.who(http, "/fresh") == "Sam Wye"
    desk.clock.later(minutes=5, seconds=1)
    assert desk.who(http, "/fresh") == "sign-in"
    assert desk.who(http) == SW, "what needs no step-up goes on"
    old = http.cookies["desk"]
    asked = query_of(desk.to_issuer(http, "/fresh"))
    landed = desk.signs_in(http, path="/fresh")

    assert (asked["prompt"], asked["max_age"]) == ("login", "0")
    assert "url=/fresh" in landed.text
    assert desk.who(http, "/fresh") == "Sam Wye"
    thief = desk.browser()
    thief.cookies.set("desk", old, domain="127.0.0.1")
    assert desk.who(thief) == "sign-in", "the session from before the step-up goes on"


@pytest.mark.parametrize("minutes", [6, None])
def test_an_old_sign_in_at_the_issuer_is_no_step_up(desk: SigningIn, minutes: int | None) -> None:
    """Single sign-on must not pass for somebody who is there now; nor an issuer that does not say when."""
    http = desk.signed_in()
    desk.clock.later(minutes=10)

    def said(claims: dict[str, Any]) -> dict[str, Any]:
        proved = {} if minutes is None else {"auth_time": claims["auth_time"] - minutes * 60}
        return {name: value for name, value in claims.items() if name != "auth_time"} | proved

    desk.issuer.said = said
    assert desk.signs_in(http, path="/fresh").status_code == 403


def test_single_sign_on_of_this_morning_needs_a_step_up(desk: SigningIn) -> None:
    """Signing in now at an issuer where one signed in hours ago proves nothing new."""
    desk.issuer.said = lambda claims: {**claims, "auth_time": claims["auth_time"] - 3 * 3600}
    http = desk.signed_in()

    assert (desk.who(http), desk.who(http, "/fresh")) == (SW, "sign-in")


def test_the_level_of_a_sign_in_counts(desk: SigningIn) -> None:
    """A password alone opens nothing; two factors don't do where a smartcard is asked for."""
    levels = {"password": 1, "two-factors": 2, "demonstration": 3}
    desk.begins_again(levels=levels, step_up_level=3)
    found = {}
    for level in ("password", "two-factors", "demonstration", "made-up"):
        desk.issuer.said = lambda claims, level=level: {**claims, "acr": level}
        http = desk.browser()
        desk.signs_in(http)
        found[level] = (desk.who(http), desk.who(http, "/fresh"))

    assert found == {
        "password": ("sign-in", "sign-in"),
        "two-factors": (SW, "sign-in"),
        "demonstration": (SW, "Sam Wye"),
        "made-up": ("sign-in", "sign-in"),
    }


CLAIMS = {"staff": "employee.id", "roles": "groups", "profession": "jobs.code", "trained": "trained_on"}
TABLES = {
    "roles": {"Desk IG": "ig_officer", "Desk casework": "caseworker"},
    "professions": {"SW": "council.social_worker", "KW": "council.keyworker"},
}


@pytest.mark.parametrize(
    ("said", "who"),
    [
        ({"groups": ["Desk casework", "Choir"]}, "sw council.social_worker 2026-10-01 caseworker"),
        ({"groups": ["Desk IG"]}, "sw council.social_worker 2026-10-01 "),
        ({"groups": "Desk casework", "jobs": {"code": "KW"}}, "sw council.keyworker 2026-10-01 caseworker"),
        ({"trained_on": None}, "sw council.social_worker 1900-01-01 "),
        ({"trained_on": "20.09.2026"}, "sw council.social_worker 1900-01-01 "),
        ({"jobs": [{"code": "SW"}, {"code": "KW"}]}, "sign-in"),
        ({"jobs": []}, "sign-in"),
        ({"employee": {}}, "sign-in"),
        ({"employee": {"id": ["sw", "ig"]}}, "sign-in"),
        ({"employee": {"id": "ig"}}, "ig council.social_worker 2026-10-01 "),
    ],
)
def test_what_the_issuer_says_of_somebody_s_work_counts(desk: SigningIn, said: dict[str, Any], who: str) -> None:
    """Role, profession and training come from the agency's own records, and never widen the staff file."""
    desk.begins_again(claims=CLAIMS, **TABLES)
    usual = {"employee": {"id": "sw"}, "groups": [], "jobs": [{"code": "SW"}], "trained_on": "2026-10-01"}
    desk.issuer.said = lambda claims: {**claims, **usual, **said}
    http = desk.browser()
    desk.signs_in(http)

    assert desk.who(http) == who


def test_development_sign_in_is_refused_outside_a_rehearsal(tmp_path: Path) -> None:
    """A live desk at which anybody says who they are would be open to all."""
    parties = make_council(tmp_path)
    publish(parties, parties.trust.model_copy(update={"rehearsal": False}), now=NOW)
    place = read_workspace(parties.home("council"), clock=lambda: NOW)

    with pytest.raises(Misconfigured) as found:
        make_desk(place, SETTINGS, real_edges())
    assert found.value.code == "sign-in-development"
    with pytest.raises(ValueError, match="this machine only"):
        Settings(agency_name="N", public_url="https://desk.example", sign_in="development")


def test_an_address_of_another_site_can_not_begin_a_page(desk: SigningIn) -> None:
    """A link from a case system leads to a page of ours first, as the browser kept the session's cookie back."""
    http = desk.browser()
    answer = http.get("/for-anybody", headers={"sec-fetch-site": "cross-site"}, follow_redirects=False)

    assert answer.status_code == 200 and "url=/for-anybody" in answer.text


def test_pictures_on_a_page_of_another_site_begin_no_sign_in(desk: SigningIn) -> None:
    """A thousand of them would begin as many sign-ins in this browser, and undo the one under way."""
    http = desk.browser()
    page = desk.to_issuer(http)
    name = next(iter(desk.app.state.sign_in.providers))
    for one in ("/sign-in", f"/sign-in/{name}"):
        assert desk.browser().get(one, headers={"sec-fetch-dest": "image"}).status_code == 403

    assert http.get(desk.back(http, page), follow_redirects=False).status_code == 200


def test_who_signed_in_again_for_evidence_lands_on_a_page(desk: SigningIn) -> None:
    """Its address is only posted to: no page to land on. And `form-action` forbids redirects to the issuer."""
    http = desk.signed_in("ig")
    desk.clock.later(minutes=6)
    asked = http.post("/audit/evidence", data={"entry": "1"}, headers=OUR_PAGE, follow_redirects=False)

    assert "url=/sign-in" in asked.text
    assert "url=/start" in desk.signs_in(http, "ig").text


def test_there_are_never_too_many_sessions(desk: SigningIn) -> None:
    """Somebody who signs in for ever throws themself out, not the desk over."""
    sessions = desk.app.state.desk.sessions
    [held] = [sessions.find(desk.signed_in().cookies["desk"], now=desk.clock.now)]
    names = []
    for at in range(5_010):
        now = desk.clock.now + dt.timedelta(milliseconds=at)
        names.append(sessions.begin(held.vouched, proved_at=now, now=now, secret=at.to_bytes(32, "big")))

    alive = [sessions.find(name, now=desk.clock.now) is not None for name in names]
    assert alive.count(True) == 5_000 and alive[-1] and not alive[0]


def test_with_two_issuers_each_speaks_for_its_own(desk: SigningIn) -> None:
    """Otherwise a partner's account service could vouch for the director."""
    desk.app.state.sign_in.providers["other"] = desk.app.state.sign_in.providers["development"]
    path, found = desk.home / "agency.toml", []
    kept = path.read_text(encoding="utf-8")
    for whose in ("", "other", "development"):
        path.write_text(kept.replace('id = "sw"', f'id = "sw"\nissuer = "{whose}"'), encoding="utf-8")
        found.append(desk.signs_in(desk.browser(), path="/sign-in/development").status_code)
    path.write_text(kept, encoding="utf-8")

    assert found == [403, 403, 200]
    assert "Choose the account" in desk.browser().get("/sign-in").text


def test_the_memory_of_a_session_goes_on_after_a_step_up_of_the_same_person(desk: SigningIn) -> None:
    """Emergency access begins at an answer that is on the screen; another person begins with nothing."""
    sessions, http = desk.app.state.desk.sessions, desk.signed_in()
    sessions.find(http.cookies["desk"], now=desk.clock.now).memory.keep("one", "an answer")
    desk.clock.later(minutes=6)
    desk.signs_in(http, path="/fresh")
    mine = sessions.find(http.cookies["desk"], now=desk.clock.now).memory.find("one", str)
    desk.clock.later(minutes=6)
    desk.signs_in(http, "ig", path="/fresh")

    assert mine == "an answer"
    assert sessions.find(http.cookies["desk"], now=desk.clock.now).memory.find("one", str) is None


@pytest.mark.parametrize(
    "path", ["//evil.example", "//evil.example/x", "/\\evil.example", "/a;url=//evil.example", "/" + "a" * 9000 + ";"]
)
def test_nobody_is_led_to_another_site(desk: SigningIn, path: str) -> None:
    """A link that ends on a stranger's page after our sign-in is a good trap."""

    def asked(headers: dict[str, str]) -> Any:
        scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": [], "app": desk.app}
        scope["headers"] = [(name.encode(), value.encode()) for name, value in headers.items()]
        return leads_to_sign_in(Request(scope), SignInNeeded())

    assert b"url=/start" in asked({"sec-fetch-site": "cross-site"}).body
    http = desk.browser()
    cookie = asked({}).headers["set-cookie"].partition("=")[2].partition(";")[0]
    pending = pending_of(cookie, desk.app.state.desk.carried, now=desk.clock.now)
    assert pending is not None and pending.goes_to == "/start"
    assert desk.who(http) == "sign-in"


def test_who_came_and_went_is_in_the_diagnostics(desk: SigningIn, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever looks after the desk sees who signed in, at which level, and how it ended."""
    http = desk.signed_in()
    http.post("/sign-out", headers=OUR_PAGE)
    desk.signs_in(desk.browser(), "sw")
    desk.writes_staff(STAFF[1])

    assert capsys.readouterr().err.splitlines() == [
        "broker-desk: sign-in by development: sw, level 3",
        "broker-desk: sign-out: sw",
        "broker-desk: sign-in by development: sw, level 3",
    ]
