"""What a browser may post, and what every answer tells it."""

from __future__ import annotations

import re
from urllib.parse import urlencode

import pytest
from desk_of_world import OUR_PAGE, URL
from hypothesis import given, settings
from hypothesis import strategies as st
from signing_in import SigningIn

from broker.agency.desk.signin.forms import parse_form
from broker.errors import BadInput

TYPE = {"content-type": "application/x-www-form-urlencoded"}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": URL}, 200),
        ({"origin": URL, "sec-fetch-site": "same-origin"}, 200),
        ({"sec-fetch-site": "same-origin"}, 200),
        ({}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": f"{URL}.evil.example"}, 403),
        ({"origin": URL.replace("http", "https")}, 403),
        ({"origin": URL.replace("8450", "8451")}, 403),
        ({"origin": f"{URL}, https://evil.example"}, 403),
        ({"origin": URL, "sec-fetch-site": "cross-site"}, 403),
        ({"origin": URL, "sec-fetch-site": "same-site"}, 403),
        ({"sec-fetch-site": "none"}, 403),
        ({"referer": URL}, 403),
    ],
)
def test_only_a_page_of_ours_posts(desk: SigningIn, headers: dict[str, str], status: int) -> None:
    """Another site's form, with or without a session's cookie, does nothing."""
    http = desk.signed_in()
    answer = http.post("/sign-out", content=b"", headers={**TYPE, **headers})

    assert answer.status_code == status
    assert (desk.who(http) == "sign-in") == (status == 200)


@pytest.mark.parametrize(
    "body",
    [
        b"a=1&a=2",
        b"a",
        b"=1",
        b"a=1&&b=2",
        b"a=%00",
        b"a=%1b[31m",
        b"a=%ff",
        b"a=%ed%a0%80",
        b"a=%e2%80%ae",
        b"a b=1",
        b"__proto__=1",
        b"a[]=1",
        b"1=1",
        "&".join(f"a{at}=1" for at in range(201)).encode(),
        b"a=" + b"x" * 10_001,
    ],
)
def test_a_form_that_no_page_of_ours_sends_is_refused(body: bytes) -> None:
    """Each name once, in UTF-8, without what nobody can type."""
    with pytest.raises(BadInput) as found:
        parse_form(body)
    assert found.value.code == "form-malformed"


@pytest.mark.parametrize(
    ("headers", "body", "code"),
    [
        ({"content-type": "multipart/form-data; boundary=x"}, b"--x--", "form-malformed"),
        ({"content-type": "application/json"}, b"{}", "form-malformed"),
        (TYPE, b"a=" + b"x" * 70_000, "form-too-large"),
    ],
)
def test_only_forms_and_short_ones(desk: SigningIn, headers: dict[str, str], body: bytes, code: str) -> None:
    """No file, no JSON, and nothing without end."""
    answer = desk.browser().post("/posted", content=body, headers={**OUR_PAGE, **headers})
    assert answer.status_code == 422 and code in answer.text


typed = st.text("aZ9 éñŁßØ漢字אבعم🧒+&=%;#'\"<>\\/\n\t", max_size=30)


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(st.from_regex(r"[a-z][a-z0-9-]{0,9}", fullmatch=True), typed, max_size=5))
def test_what_somebody_types_arrives(fields: dict[str, str]) -> None:
    """Every name and note in the world comes through, but for blanks around it."""
    assert parse_form(urlencode(fields).encode()) == {name: text.strip() for name, text in fields.items()}


def test_lines_of_a_note_stay_lines() -> None:
    """Browsers send CR LF."""
    assert parse_form(b"why=one%0D%0Atwo") == {"why": "one\ntwo"}


@pytest.mark.parametrize("path", ["/sign-in", "/no-such-page", "/for-anybody", "/for-ig", "/fails"])
def test_every_answer_tells_the_browser_to_keep_and_run_nothing(
    desk: SigningIn, capsys: pytest.CaptureFixture[str], path: str
) -> None:
    """Pages, redirects, refusals and faults alike; the nonce is new each time."""
    http = desk.signed_in()
    one, other = (http.get(path, follow_redirects=False).headers for _ in range(2))
    policy = one["content-security-policy"]
    nonces = [re.search(r"script-src 'nonce-([\w-]{22})'", each["content-security-policy"])[1] for each in (one, other)]  # type: ignore[index]

    assert one["cache-control"] == "no-store"
    assert {"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"} <= {
        part.strip() for part in policy.split(";")
    }
    assert "unsafe" not in policy and nonces[0] != nonces[1]
    assert (one["x-content-type-options"], one["x-frame-options"]) == ("nosniff", "DENY")
    assert (one["referrer-policy"], one["cross-origin-opener-policy"]) == ("same-origin", "same-origin")
    assert "server" not in one
    assert "Mina" not in capsys.readouterr().err


def test_a_fault_is_an_incident_and_no_more(desk: SigningIn, capsys: pytest.CaptureFixture[str]) -> None:
    """The words of an exception may hold a name: neither page nor diagnostics show them."""
    answer = desk.browser().get("/fails")
    said = capsys.readouterr().err

    assert answer.status_code == 500 and "Hartley" not in answer.text + said
    [incident] = re.findall(r"incident ([0-9a-f]{12})", answer.text)
    assert f"incident {incident}: ValueError at unknown" in said or f"incident {incident}: ValueError at" in said


def test_built_files_may_be_kept(desk: SigningIn) -> None:
    """Their addresses change with their content, so that browsers need not ask again."""
    answer = desk.browser().get("/static/favicon.svg")
    missing = desk.browser().get("/static/none.css")
    outside = desk.browser().get("/static/..%2fapp.py")

    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert (missing.status_code, missing.headers["cache-control"]) == (404, "no-store")
    assert outside.status_code == 404
