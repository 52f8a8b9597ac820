"""What an IG officer types is read as meant, or refused with the term and what may stand there."""

from __future__ import annotations

import hashlib

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


def test_a_search_in_its_one_spelling() -> None:
    """A kept search loses a term, or its digest in the log is that of another."""
    typed = 'is:denied actor:"council/8f2c" -rule:P5 -org:gp before:2026-11-02 org:nhs after:2026-11-01T09:30+01:00'
    found = parse(f"{typed} is:silent")
    assert found.text() == (
        "actor:council/8f2c org:nhs is:denied is:silent -org:gp -rule:P5 "
        "after:2026-11-01T08:30:00.000000Z before:2026-11-02T00:00:00.000000Z"
    )
    assert found.digest == hashlib.sha256(found.text().encode()).hexdigest()
    assert (parse("org:a").after, parse("org:a").before, parse("org:a").text()) == ("", "~", "org:a")
    assert parse("org:a -org:a -org:a org:a").text() == "org:a -org:a"
    assert len(parse(" ".join(f"org:a{n}" for n in range(24))).wanted["org"]) == 24
    assert parse("before:2026-01-01").text() == "before:2026-01-01T00:00:00.000000Z"
    assert parse("org:*").wanted == {"org": ("*",)} and parse("org:" + "a" * 200).wanted


@pytest.mark.parametrize(
    ("typed", "said", "hint"),
    [
        ("org", "term 1 of the search: not of the form `qualifier:value`", "use `actor:`, `org:`, `src:`"),
        ("zzzz:a", "term 1 of the search: no such qualifier", "use `actor:`, `org:`, `src:`"),
        ("org:a org:", "term 2 of the search: not of the form", "use `actor:`"),
        ("org:-a", "term 1 of the search: `org:` has no value that the log could hold", "it is the agency that acted"),
        ("org:" + "a" * 201, "`org:` has no value", "it is the agency that acted"),
        ("is:x", "no such mark", "`is:` takes emergency, denied, unexplained, self_claimed, silent"),
        ("before:x", "not a day or an instant", "write 2026-11-22 or 2026-11-22T09:30"),
        ("-before:2026-01-01", "`before:` stands once and without a minus", "leave one of them"),
        ("after:2026-01-01 before:2026-01-01", "term 2 of the search: it ends before it begins", "exchange"),
        (" ".join(["org:a"] * 26), "term 25 of the search: more than 24 terms", "ask in two searches"),
    ],
)
def test_what_to_write_instead(typed: str, said: str, hint: str) -> None:
    """The hint is for another mistake, or the number of the term is wrong."""
    with pytest.raises(BadInput) as refused:
        parse(typed)
    assert refused.value.code == "search-unreadable" and said in refused.value.message
    assert (refused.value.hint or "").startswith(hint)


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


def test_every_qualifier_says_what_it_takes() -> None:
    """The hint of a mistyped value is that of another qualifier, or none."""
    said = {
        "actor": "who asked or acted, as their agency names them in receipts",
        "org": "the agency that acted",
        "src": "the agency whose records were told of",
        "purpose": "what it was asked for",
        "role": "the role of who asked",
        "decision": "share, reduced, signpost, refer, withhold or withhold_silently",
        "rule": "a clause or a rule that decided, such as A2.1 or P5",
        "agreement": "an agreement that it was decided under",
        "typ": "what kind of event, such as answer, verdict or challenge",
        "answer": "the id of a look-up, as receipts have it",
        "is": "emergency, denied, unexplained, self_claimed or silent",
        "after": "from a day or an instant on, UTC",
        "before": "before a day or an instant, UTC",
    }
    assert said == QUALIFIERS
    for name, hint in said.items():
        with pytest.raises(BadInput) as refused:
            parse(f"{name}:,")
        assert refused.value.hint == f"it is {hint}"
