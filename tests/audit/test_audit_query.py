"""What an IG officer types is read as meant, or refused with the term and what may stand there."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.audit.query import FLAGS, QUALIFIERS, parse
from broker.errors import BadInput

_values = st.from_regex(r"[A-Za-z0-9*][A-Za-z0-9._:@/+=#~*-]{0,20}", fullmatch=True)
_terms = st.tuples(st.sampled_from([name for name in QUALIFIERS if name not in ("is", "after", "before")]), _values)


def test_terms_of_one_qualifier_are_alternatives_and_order_means_nothing() -> None:
    """Two spellings of one search are counted as two, or `or` becomes `and`."""
    one = parse("src:nhs  purpose:early_help src:gp -is:silent after:2026-11-01")
    other = parse("after:2026-11-01T00:00Z -is:silent src:gp src:nhs purpose:early_help")
    assert one.wanted == {"src": ("nhs", "gp"), "purpose": ("early_help",)}
    assert one.unwanted == (("is", "silent"),)
    assert one.after == "2026-11-01T00:00:00.000000Z"
    assert (one.text(), one.digest) == (other.text(), other.digest)


def test_an_instant_of_another_zone_is_the_same_instant() -> None:
    """A search for a British summer evening begins an hour late."""
    assert parse("after:2026-07-01T01:00+01:00").after == "2026-07-01T00:00:00.000000Z"


def test_nothing_typed_is_everything() -> None:
    """An empty search fails, where people begin with it."""
    assert parse("  ").text() == ""


@given(st.lists(_terms, max_size=12), st.lists(_terms, max_size=4))
def test_the_one_spelling_is_read_as_itself(wanted: list[tuple[str, str]], unwanted: list[tuple[str, str]]) -> None:
    """A saved search, which is kept in its one spelling, finds something else than when it was saved."""
    typed = " ".join([f"{name}:{value}" for name, value in wanted] + [f"-{name}:{value}" for name, value in unwanted])
    found = parse(typed)
    assert parse(found.text()).text() == found.text()
    assert {(name, value) for name, values in found.wanted.items() for value in values} == set(wanted)


@given(st.text(max_size=60))
def test_whatever_is_typed_is_read_or_refused_by_its_term(text: str) -> None:
    """Odd input is an error of ours, or its value stands in the message."""
    try:
        parse(text)
    except BadInput as error:
        assert error.code == "search-unreadable"
        assert error.hint


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("Leanne Hartley", "term 1 of the search: not of the form"),
        ("org:council actr:x", "term 2 of the search: no such qualifier"),
        ("is:emergncy", "term 1 of the search: no such mark"),
        ("after:yesterday", "term 1 of the search: not a day"),
        ("after:0001-01-01T00:00+14:00", "term 1 of the search: not a day"),
        ("after:2026-02-02 before:2026-02-01", "it ends before it begins"),
        ("-after:2026-02-02", "without a minus"),
        ("after:2026-02-02 after:2026-02-03", "stands once"),
        ('org:"two words"', "no value that the log could hold"),
        (" ".join(["org:a"] * 25), "more than 24 terms"),
    ],
)
def test_what_can_not_be_read_is_named(typed: str, said: str) -> None:
    """A search that was mistyped silently finds nothing, which reads as: nobody looked."""
    with pytest.raises(BadInput) as refused:
        parse(typed)
    assert said in refused.value.message
    assert "Leanne" not in str(refused.value)


def test_a_near_miss_is_put_right() -> None:
    """Whoever writes `purpos:` is told of `purpose:`."""
    with pytest.raises(BadInput) as refused:
        parse("purpos:early_help")
    assert refused.value.hint == "did you mean `purpose:`?"
    assert set(FLAGS) == {"emergency", "denied", "unexplained", "self_claimed", "silent"}
