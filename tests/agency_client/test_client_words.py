"""The words of the screen, and bytes from outside that are not what they should be."""

from __future__ import annotations

import datetime as dt
import json

import httpx2
import pytest
from client_parties import make_trust, problem
from hypothesis import given
from hypothesis import strategies as st

from broker.agency import words
from broker.agency.client import problem as problem_of
from broker.agency.delivery import open_delivery
from broker.agency.exits import Exit, exit_for
from broker.agency.receipts import check_kept
from broker.agency.typed import read_about, read_typed
from broker.errors import BadInput, BrokerError, Misconfigured, Unavailable
from broker.wire.answer import Person
from broker.wire.delivery import ItemValue

DAY, LATER = dt.date(2026, 3, 3), dt.date(2026, 5, 4)
TRUST = make_trust()


@pytest.mark.parametrize(
    ("given_value", "expected"),
    [
        ({"yes": True}, "yes"),
        ({"yes": False}, "no"),
        ({"count": 1200}, "1,200"),
        ({"count": 3, "role": "victim"}, "3 as victim"),
        ({"code": "child_in_need"}, "child in need"),
        ({"code": "cin_o"}, "Child in need"),
        ({"code": "open", "on": DAY}, "open on 3 March 2026"),
        ({"on": DAY}, "3 March 2026"),
        ({"on": DAY, "until": LATER}, "from 3 March 2026 to 4 May 2026"),
        ({"until": LATER}, "until 4 May 2026"),
        ({}, "yes"),
    ],
)
def test_a_fact_reads_like_english(given_value, expected) -> None:
    """Codes, counts and periods are words on the screen, not data."""
    assert words.value(ItemValue(item="csc.cp_plan", **given_value), {"cin_o": "Child in need"}) == expected


def test_freshness_and_coverage_read_like_english() -> None:
    """Each block says how fresh it is and what it covers, as far as it may be told."""
    assert words.coverage(LATER, "Brackwater") == "covers Brackwater since 4 May 2026"
    assert words.coverage(LATER, None) == "goes back to 4 May 2026"
    assert words.coverage(None, None) == ""


@pytest.mark.parametrize(
    ("dates", "expected"),
    [
        ((DAY,), "3 March 2026"),
        ((LATER, DAY), "3 March to 4 May 2026"),
        ((DAY, dt.date(2026, 3, 9)), "3 to 9 March 2026"),
        ((dt.date(2025, 12, 31), DAY), "31 December 2025 to 3 March 2026"),
    ],
)
def test_a_span_of_days_is_said_in_short(dates, expected) -> None:
    """Eighteen dates in a row are read by nobody."""
    assert words.days(dates) == expected


def test_a_period_is_not_a_date() -> None:
    """A plan that goes on reads as if it had been for a day, or the last incident as the first."""
    held = ItemValue(item="csc.cp_plan", on=DAY)
    assert words.value(held, {}, kind="period") == "since 3 March 2026"
    assert words.value(held, {}, kind="date") == "3 March 2026"
    counted = ItemValue(item="po.offences", on=DAY, count=3)
    assert words.value(counted, {}, last=True) == "3, last on 3 March 2026"


def test_sentences_join_and_terms_are_words() -> None:
    """A paragraph is full of `.;`, or says P6M."""
    assert words.sentences("One.; two", "", "three.") == "One. Two. three."
    assert [words.period(keep) for keep in ("P6M", "P1Y", "P1Y6M")] == ["6 months", "1 year", "P1Y6M"]
    assert words.onward("none") == "tell nobody" and words.onward("new_rule") == "new rule"
    assert words.relationship("ex_partner") == "former partner" and words.relationship("parent") == "parent"


def test_a_name_can_not_steer_the_terminal() -> None:
    """Escape sequences in an answer or a file are not sent to the screen."""
    person = Person(handle="h", relationship="subject", age_band="unborn", own_refs=(), involvements=())
    assert words.who(person, "\x1b[2JAnn\u202e") == " [2JAnn , the person you asked about, not born yet"


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: f"x = {text!r}".encode()))
def test_details_of_any_form_raise_only_our_errors(data: bytes) -> None:
    """Whatever somebody pipes in, it is read or refused."""
    try:
        read_typed(read_about(data), today=DAY)
    except BrokerError as error:
        assert exit_for(error) == Exit.REFUSED


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["v", "leaf", "proof", "receipt"]), inner)
    ),
)


@given(st.binary(max_size=200) | _JSON.map(lambda value: json.dumps(value).encode()))
def test_receipts_of_any_form_raise_only_our_errors(data: bytes) -> None:
    """A damaged receipt is not valid; it never stops the check of the others."""
    with pytest.raises(BrokerError):
        if not check_kept(data, TRUST):
            raise BadInput("empty", "no leaf")


@pytest.mark.parametrize(
    ("response", "code"),
    [
        (httpx2.Response(302, headers={"location": "https://elsewhere.example"}), "http-302"),
        (httpx2.Response(418, text="teapot"), "http-418"),
        (httpx2.Response(422, content=b"[1]", headers={"content-type": "application/json"}), "http-422"),
        (httpx2.Response(422, content=b"{", headers={"content-type": "application/problem+json"}), "http-422"),
        (problem(422, "UPPER CASE <b>", "x"), "http-422"),
        (problem(403, "agency-unknown", "x"), "agency-unknown"),
    ],
)
def test_problems_of_any_form_become_errors(response, code) -> None:
    """What a party says is used only as far as it is of the agreed form."""
    error = problem_of(response, "the broker")
    assert error.code == code
    assert "teapot" not in str(error)


def test_an_incident_of_the_other_side_is_passed_on() -> None:
    """The operator finds what happened by its incident number."""
    error = problem_of(problem(500, "internal", "something went wrong on our side", incident="ab12"), "the broker")
    assert isinstance(error, Unavailable)
    assert "ab12" in error.hint


def test_a_damaged_delivery_says_where(tmp_path) -> None:
    """A disk that lied is told apart from a delivery that was never made."""
    with pytest.raises(BadInput, match="there is no delivery"):
        open_delivery(tmp_path)
    (tmp_path / "manifest.json").write_text("{")
    with pytest.raises(BadInput, match="is damaged"):
        open_delivery(tmp_path)


def test_settings_and_keys_end_differently() -> None:
    """A typing mistake is for whoever typed it, a missing key for whoever holds keys."""
    assert exit_for(Misconfigured("workspace-invalid", "x")) == Exit.USAGE
    assert exit_for(Misconfigured("secrets-readable", "x")) == Exit.NOT_AUTHORISED
    assert exit_for(BrokerError("x", "x")) == Exit.FAULT
