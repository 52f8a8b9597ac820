"""The single file's forms: texts, events and private fields that are not as they should be, each alone, are refused."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import pytest

from broker.audit import verify_audit

SOUND = {"v": 1, "id": "0e" * 16, "typ": "admin", "org": "council", "t": "2026-11-22T12:00:00.000000Z", "_sd": []}


@pytest.mark.parametrize(
    ("text", "url", "data"),
    [
        ("-_8", True, b"\xfb\xff"),
        ("+/8", True, None),
        ("-_9", True, None),
        ("+/8=", False, b"\xfb\xff"),
        ("-_8=", False, None),
        ("-_8=", True, None),
        ("+/8", False, None),
        ("+/9=", False, None),
    ],
)
def test_base64_has_one_spelling(text: str, url: bool, data: bytes | None) -> None:
    """A signature or salt is spelt twice (RFC 4648, 3.5 and 5), so that two files say the same."""
    if data is not None:
        assert verify_audit.unbase64(text, url) == data
        return
    with pytest.raises(verify_audit.WRONG):
        verify_audit.unbase64(text, url)


@pytest.mark.parametrize(("text", "url"), [("-_9", True), ("+/9=", False)])
def test_base64_with_loose_bits(text: str, url: bool) -> None:
    """The last letter of a signature can be another, and nobody is told that this is what is wrong."""
    with pytest.raises(verify_audit.Tampered, match=r"^not the one spelling: base64 with loose bits$"):
        verify_audit.unbase64(text, url)


def test_numbers_and_json_have_one_spelling() -> None:
    """A size with a nought before it, or an event with its keys in another order, passes for what was signed."""
    assert [verify_audit.number(text) for text in ("0", "7", "10", str(2**63 - 1))] == [0, 7, 10, 2**63 - 1]
    for text in ("", "00", "07", "-1", "+1", " 1", "1 ", "1_0", str(2**63), "9" * 20, "\u0661"):
        with pytest.raises(verify_audit.Tampered, match=r"misspelt number$"):
            verify_audit.number(text)
    assert verify_audit.canonical('{"a":"é","b":[1,null]}'.encode()) == {"a": "é", "b": [1, None]}
    for text in ('{"b":1,"a":1}', '{"a": 1}', '"\\u00e9"', "1.0", "NaN", '{"a":1,"a":1}', "[1]\n"):
        with pytest.raises(verify_audit.Tampered):
            verify_audit.canonical(text.encode())


def test_the_path_of_a_tile() -> None:
    """A log of millions of events can't be read: C2SP tlog-tiles spells tile 1234067 as x001/x234/067."""
    at = 1_234_067 * 256
    assert list(verify_audit._tiles("0", at + 3, at)) == [("tile/0/x001/x234/067.p/3", at, 3)]
    assert list(verify_audit._tiles("entries", at + 257, at)) == [
        ("tile/entries/x001/x234/067", at, 256),
        ("tile/entries/x001/x234/068.p/1", at + 256, 1),
    ]
    assert [path for path, _, _ in verify_audit._tiles("1", 256)] == ["tile/1/000"]


def rfc_8785(value: object) -> bytes:
    """Text in RFC 8785's spelling, null too (which no leaf of ours holds): for keys of ASCII this is all there is."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def event(**changes: object) -> dict[str, Any]:
    """The sound event with these fields changed, or left out where they are `...`, as the single file reads it."""
    given = {key: value for key, value in {**SOUND, **changes}.items() if value is not ...}
    return verify_audit.parse_event(rfc_8785(given))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("id", text) for text in ("", "0e" * 15 + "0", "0e" * 16 + "0", "0E" * 16, "0g" * 16)),
        *(("org", text) for text in ("", "two words", "a" * 201, "_a", "bücher", "a\n")),
        *(("typ", text) for text in ("", "two words", "a" * 201, "_a", "bücher", "a\n")),
        *(("t", text) for text in ("", "2026-11-22T12:00:00Z", "2026-11-22 12:00:00.000000Z")),
        *(("t", text) for text in ("2026-11-22T12:00:00.000000", "\u0662026-11-22T12:00:00.000000Z")),
    ],
)
def test_a_malformed_field_alone_is_refused(field: str, value: Any) -> None:
    """An event whose id, organisation, type or time no honest log writes is shown as one of it."""
    assert event() == SOUND and event(org="a" * 200, typ="*.:@/+=#~-_")
    with pytest.raises(verify_audit.Tampered, match=r"^an event has a malformed id, time, type or organisation$"):
        event(**{field: value})


@pytest.mark.parametrize("field", ["id", "org", "typ", "t"])
@pytest.mark.parametrize("value", [..., None, 1, True, [], ["council"]])
def test_a_field_that_is_no_text_is_refused(field: str, value: Any) -> None:
    """An event that lacks its organisation or type, or has a number there, is shown as one of an honest log."""
    with pytest.raises(verify_audit.WRONG):
        event(**{field: value})


@pytest.mark.parametrize("t", ["2026-13-22T12:00:00.000000Z", "2026-02-30T12:00:00.000000Z"])
def test_a_day_that_never_was(t: str) -> None:
    """An event is of the 30th of February."""
    with pytest.raises(ValueError, match=r"must be in|out of range"):
        event(t=t)


@pytest.mark.parametrize("value", [2, 0, True, "1", None, ...])
def test_an_event_of_another_version(value: Any) -> None:
    """An event of rules to come is read by those of today."""
    with pytest.raises(verify_audit.Tampered, match=r"^no event of version 1$"):
        event(v=value)


def sized(size: int) -> bytes:
    """An event of exactly so many bytes: each word of 97 letters takes 100."""
    words, rest = divmod(size - len(rfc_8785({**SOUND, "words": ["a"]})), 100)
    made = rfc_8785({**SOUND, "words": ["a" * (1 + rest), *["a" * 97] * words]})
    assert len(made) == size
    return made


def test_an_event_is_an_object_of_at_most_16384_bytes() -> None:
    """A leaf that no honest log takes is read, or the longest that one takes is not (docs/formats/audit-event.md)."""
    assert verify_audit.parse_event(sized(16_384))["typ"] == "admin"
    for leaf in (sized(16_385), b"[]", b'"v"', b"1"):
        with pytest.raises(verify_audit.Tampered, match=r"^no event of version 1$"):
            verify_audit.parse_event(leaf)


A, B = "A" * 43, "B" * 43


@pytest.mark.parametrize("digests", [[B, A], [A, A], [A[1:]], [A + "A"], ["=" + A[1:]], ["\u00fc" + A[1:]], {}, A, ""])
def test_digests_that_no_honest_log_writes(digests: Any) -> None:
    """The order of private fields, or a digest given twice, says something that no salt hides."""
    assert event(_sd=[A, B])["_sd"] == [A, B] and event(_sd=["_-" + A[2:]])
    with pytest.raises(verify_audit.Tampered, match=r"^the digests of an event are malformed$"):
        event(_sd=digests)


@pytest.mark.parametrize(
    "value", [-1, 2**53, True, None, "two words", "", "b\u00fccher", {}, {"a": 1}, [-1], [1, "two words"], [[{}]]]
)
def test_open_fields_hold_words_and_numbers_only(value: Any) -> None:
    """A name, or what a terminal obeys, stands in a leaf that never goes."""
    for good in (0, 7, 2**53 - 1, "a-word", "a" * 200, [], [0, "a", ["b", [1]]]):
        assert event(more=good)["more"] == good
    with pytest.raises(verify_audit.Tampered, match=r"^an event holds more than words and numbers$"):
        event(more=value)


SALT = "c2FsdC1zYWx0LXNhbHQtcw"


def spelt(*parts: object) -> str:
    return base64.urlsafe_b64encode(rfc_8785(list(parts))).decode().rstrip("=")


def digest(text: str) -> str:
    """RFC 9901, 4.2.3: over the disclosure's own text."""
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode()[:43]


def revealed(*texts: str) -> dict[str, Any]:
    """What disclosures show of an event that has their digests."""
    return verify_audit.reveal(event(_sd=sorted(set(map(digest, texts)))), list(texts))


def test_private_fields_are_shown() -> None:
    """A field with a value that is no word, or with the longest name there is, can't be disclosed."""
    texts = [
        spelt(SALT, "staff", "council/w7"),
        spelt(SALT, "n" * 64, {"a": [1, None]}),
        spelt(SALT, "a1_.", "J\u00f6"),
    ]
    assert revealed(*texts) == {"staff": "council/w7", "n" * 64: {"a": [1, None]}, "a1_.": "J\u00f6"}
    with pytest.raises(verify_audit.Tampered, match="belongs to another event"):
        verify_audit.reveal(event(_sd=[digest(texts[0])]), texts)


@pytest.mark.parametrize(
    "parts",
    [
        ({"a": 1},),
        (SALT, 1, "a"),
        (1, "staff", "a"),
        (SALT,),
        (),
        (SALT, "staff"),
        (SALT, "staff", "a", "b"),
        (SALT[1:], "staff", "a"),
        (SALT + "A", "staff", "a"),
        (SALT, "", "a"),
        (SALT, "Staff", "a"),
        (SALT, "1staff", "a"),
        (SALT, "n" * 65, "a"),
        (SALT, "org", "a"),
        (SALT, "_sd", "a"),
    ],
)
def test_what_is_no_disclosure(parts: tuple[object, ...]) -> None:
    """A private field hides an open one of its name, or is one that no honest log would seal."""
    with pytest.raises(ValueError, match=r"disclosure|unpack"):
        revealed(spelt(*parts))


def test_disclosures_are_a_list_of_other_fields() -> None:
    """A field is shown twice with two values, or an object stands where the list of disclosures or of one does."""
    text, named = spelt(SALT, "staff", "a"), base64.urlsafe_b64encode(b'{"name":"staff"}').decode().rstrip("=")
    with pytest.raises(verify_audit.Tampered, match="not a salt, the name of a private field"):
        revealed(text, spelt(SALT, "staff", "b"))
    with pytest.raises(verify_audit.Tampered, match="belongs to another event"):
        revealed(named)
    for wrong in ({text: 1}, text, None, [None]):
        with pytest.raises(verify_audit.Tampered, match="belongs to another event"):
            verify_audit.reveal(event(_sd=sorted([digest(text), digest(str(None))])), wrong)
