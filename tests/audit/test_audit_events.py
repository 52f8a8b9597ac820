"""Events and their leaves: nothing sensitive in the open, nothing written that a verifier would refuse."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from example_log import NOON, POLICY, counting_salts, decisions, events, later_sealables, sealables, stamp
from hypothesis import given
from hypothesis import strategies as st

from broker.audit import canonical, disclosures
from broker.audit.act_events import Agreed, policy_event, protect_event, recall_event, witness_event
from broker.audit.answer_events import Asked, Counts, Decisions, answer_event, deny_event, disclose_event, nothing_event
from broker.audit.encoding import to_base64url
from broker.audit.events import Event, check_disclosure, instant, leaf
from broker.audit.leaves import HEADERS, MAX_LEAF_BYTES, check_leaf
from broker.errors import BadInput, Untrusted

VECTORS = json.loads((Path(__file__).parents[1] / "vectors/audit/leaves.json").read_text())
START = Event("start", "0" * 32, NOON, "broker", {"software": "0.1.0", "policy": POLICY, "size": 0})


@pytest.mark.parametrize("case", VECTORS["accepted"], ids=lambda case: case["name"])
def test_accepted(case: dict[str, Any]) -> None:
    """These leaves verify for ever: a change that breaks one breaks every log already written."""
    leaf_bytes = case["leaf"].encode()
    assert check_leaf(leaf_bytes)["typ"] == case["typ"]
    assert dict(check_disclosure(leaf_bytes, text) for text in case["disclosures"]) == case["private"]


@pytest.mark.parametrize("case", VECTORS["rejected"], ids=lambda case: case["name"])
def test_rejected(case: dict[str, Any]) -> None:
    """These are no leaves, and the code says why."""
    with pytest.raises(Untrusted) as caught:
        check_leaf(case["leaf"].encode())
    assert caught.value.code == case["code"]


def test_what_was_written_before_lets_nothing_else_through() -> None:
    """A header like the one before it, but for a value that a verifier refuses, is written as the one before it."""
    agreed = Event("answer", "0" * 32, NOON, "broker", {"agreements": ("early-help", 1)})
    leaf(agreed, [])
    for other in (("early-help", True), ("early-help", 1.0)):
        with pytest.raises(BadInput):
            leaf(replace(agreed, header={"agreements": other}), [])


def test_the_vectors_are_what_is_written_today() -> None:
    """The bytes of a leaf have not moved since the vectors were made."""
    every = [*sealables(), *later_sealables()]
    made = [(sealable.leaf_bytes.decode(), sorted(sealable.disclosures.values())) for sealable in every]
    assert made == [(case["leaf"], case["disclosures"]) for case in VECTORS["accepted"]]


def test_every_type_has_a_vector() -> None:
    """A type that is added comes with a leaf for other implementations to read."""
    assert {case["typ"] for case in VECTORS["accepted"]} == set(HEADERS)


@pytest.mark.parametrize("number", range(14))
def test_private_fields_are_digests_in_the_leaf(number: int) -> None:
    """Of a private field neither value nor name is in the leaf, and its disclosure opens there and nowhere else."""
    event, sealable = events()[number], sealables()[number]
    assert len(check_leaf(sealable.leaf_bytes)["_sd"]) == len(event.private)
    for name, disclosure in sealable.disclosures.items():
        assert check_disclosure(sealable.leaf_bytes, disclosure) == (name, _plain(event.private[name]))
        assert f'"{name}"'.encode() not in sealable.leaf_bytes
        with pytest.raises(Untrusted) as caught:
            check_disclosure(sealables()[(number + 1) % 14].leaf_bytes, disclosure)
        assert caught.value.code == "disclosure-foreign"


def test_nothing_private_shows_in_a_repr() -> None:
    """An event that ends up in a traceback tells nothing about staff, case or facts."""
    asked = Asked("early_help", "school.dsl", "SECRET-1", "SECRET-2", {"q": "SECRET-3"})
    rows = Decisions("school", [], [], [{"fact": "SECRET-4"}])
    event = answer_event(stamp(1), asked, agreements=[], policy=POLICY, counts=Counts())
    assert "SECRET" not in repr([asked, rows, event, leaf(event, counting_salts())])


def test_silent_withholding_leaves_no_trace_in_the_open() -> None:
    """Two cover leaves that differ in what was withheld silently, and in the case reference, look alike."""

    def shape(counts: Counts, case: str | None) -> tuple[dict[str, Any], int]:
        asked = Asked("early_help", "council.keyworker", "council/w7", case)
        event = answer_event(stamp(1), asked, agreements=[], policy=POLICY, counts=counts)
        content = check_leaf(leaf(event, counting_salts()).leaf_bytes)
        return {**content, "_sd": None}, len(content["_sd"])

    assert shape(Counts(people=1, silent=2), None) == shape(Counts(people=1), "eh-2026/118")


A_FLOAT: dict[str, Any] = {"a": 1.5}


@pytest.mark.parametrize(
    ("event", "code"),
    [
        pytest.param(Event("rumour", "0" * 32, NOON, "broker"), "leaf-unknown", id="unknown type"),
        pytest.param(Event("policy", "0" * 32, NOON, "broker", {"source": "ed"}), "leaf-unknown", id="key of others"),
        pytest.param(Event("policy", "0" * 32, NOON, "broker", {"v": 2}), "leaf-header", id="key of every leaf"),
        pytest.param(Event("policy", "0" * 32, NOON, "broker", {"new": "two words"}), "leaf-header", id="space"),
        pytest.param(Event("policy", "0" * 32, NOON, "broker", {"new": ""}), "leaf-header", id="empty text"),
        pytest.param(Event("policy", "0" * 32, NOON, "broker", {"new": "x" * 201}), "leaf-header", id="long text"),
        pytest.param(Event("policy", "0" * 32, NOON, "broker", {"new": ["a", ["b c"]]}), "leaf-header", id="in a list"),
        pytest.param(Event("policy", "0" * 32, NOON, "broker", {"new": True}), "leaf-header", id="yes"),
        pytest.param(Event("policy", "0" * 32, NOON, "broker", {"new": -1}), "leaf-header", id="negative"),
        pytest.param(Event("policy", "0" * 31, NOON, "broker"), "leaf-malformed", id="short id"),
        pytest.param(Event("policy", "0" * 32, NOON, "the council"), "leaf-malformed", id="organisation"),
        pytest.param(Event("policy", "0" * 32, dt.datetime(2026, 1, 1), "broker"), "event-time", id="no time zone"),
        pytest.param(Event("policy", "0" * 32, NOON, "b", {"new": 2**53}), "json-outside-profile", id="integer"),
        pytest.param(Event("policy", "0" * 32, NOON, "b", {}, A_FLOAT), "json-outside-profile", id="float"),
        pytest.param(Event("policy", "0" * 32, NOON, "b", {}, {"Name": 1}), "disclosure-name", id="private name"),
        pytest.param(Event("policy", "0" * 32, NOON, "b", {"new": 1}, {"new": 2}), "disclosure-name", id="both"),
        pytest.param(Event("policy", "0" * 32, NOON, "b", {}, {"org": 2}), "disclosure-name", id="private org"),
        pytest.param(
            Event("policy", "0" * 32, NOON, "b", {"new": ["x" * 199] * 82}), "leaf-too-large", id="over 16 KiB"
        ),
    ],
)
def test_what_is_not_written(event: Event, code: str) -> None:
    """A bad event is refused before it enters the log, where it could never be taken out again."""
    with pytest.raises(BadInput) as caught:
        leaf(event, counting_salts())
    assert caught.value.code == code


def test_a_leaf_of_the_largest_size_is_written() -> None:
    """Exactly 16 KiB fit."""
    room = MAX_LEAF_BYTES - len(leaf(Event("policy", "0" * 32, NOON, "b", {"new": []}), []).leaf_bytes)
    words = ["x" * 197] * (room // 200)
    words.append("x" * (room - 200 * len(words) - 2))
    sealable = leaf(Event("policy", "0" * 32, NOON, "b", {"new": words}), [])
    assert len(sealable.leaf_bytes) == MAX_LEAF_BYTES
    assert check_leaf(sealable.leaf_bytes)["new"] == words


PRIVATE = Event("policy", "0" * 32, NOON, "b", {}, {"first": 1, "second": 2})


@pytest.mark.parametrize(
    ("salts", "code"),
    [
        ([], "salt-count"),
        ([bytes(16)], "salt-count"),
        ([bytes(16)] * 2, "salt-count"),
        ([bytes(16), b"x" * 16, b"y" * 16], "salt-count"),
        ([bytes(16), b"x" * 15], "salt-length"),
        (lambda: bytes(16), "salt-count"),
    ],
    ids=["none", "too few", "used twice", "too many", "too short", "source stuck"],
)
def test_every_private_field_has_a_salt_of_its_own(salts: Any, code: str) -> None:
    """With one salt for two fields, showing one would open the other."""
    with pytest.raises(BadInput) as caught:
        leaf(PRIVATE, salts)
    assert caught.value.code == code


def test_salts_are_taken_in_the_order_of_names() -> None:
    """A list and a source of salts give the same leaf."""
    assert leaf(PRIVATE, [bytes(15) + b"\0", bytes(15) + b"\1"]) == leaf(PRIVATE, counting_salts())


def test_times_are_utc_with_six_digits() -> None:
    """Any time zone is written as UTC."""
    assert instant(dt.datetime(2026, 11, 22, tzinfo=dt.UTC)) == "2026-11-22T00:00:00.000000Z"
    west = dt.timezone(dt.timedelta(hours=-5))
    assert instant(dt.datetime(2026, 11, 21, 19, 0, 0, 5, tzinfo=west)) == "2026-11-22T00:00:00.000005Z"


def test_each_decision_has_its_facts() -> None:
    """A decision without the facts it rests on could never be checked again."""
    short = Decisions("school", [("ed.attendance", "share", "early-help#4")], [], [])
    for make in (disclose_event, deny_event):
        with pytest.raises(BadInput, match="facts"):
            make(stamp(1), short, answer="0" * 32, purpose="early_help", policy=POLICY)


def test_a_disclosure_is_an_sd_jwt_disclosure() -> None:
    """Digest and spelling are those of SD-JWT, so its tools check ours."""
    text = disclosures.conceal("staff", "council/w7", salt=bytes(16))
    assert text == to_base64url(b'["AAAAAAAAAAAAAAAAAAAAAA","staff","council/w7"]')
    assert disclosures.digest(text) == "SgSNToZbw53Umau10-As-gmeP-HJaAXAxqqUDAPPXsc"
    # The example of RFC 9901 section 4.2.3 has spaces in its JSON: one more spelling than we read, and the same digest.
    theirs = "WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0"
    assert disclosures.digest(theirs) == "X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0"
    with pytest.raises(Untrusted):
        disclosures.reveal(theirs)


@pytest.mark.parametrize(
    "parts",
    [
        {},
        [],
        ["A" * 22, "name"],
        ["A" * 22, "name", 1, 2],
        [1, "name", 1],
        ["A" * 22, 1, 1],
        ["A" * 21, "name", 1],
        ["A" * 22, "name", {"a": [1]}, 1],
        {"a": 1, "b": 2, "c": 3},
        "abc",
    ],
    ids=str,
)
def test_what_is_no_disclosure(parts: Any) -> None:
    """Three parts, the first a salt of 16 bytes, the second a name."""
    with pytest.raises(Untrusted) as caught:
        disclosures.reveal(to_base64url(canonical.encode(parts)))
    assert caught.value.code == "disclosure-malformed"


def test_a_disclosure_can_not_take_a_public_name() -> None:
    """A log that hides a second `org` behind a digest does not get to contradict the leaf."""
    for name in ("org", "new", "...", "_sd", "Upper"):
        text = disclosures.conceal(name, "other", salt=bytes(16))
        content = json.loads(leaf(Event("policy", "0" * 32, NOON, "b", {"new": 1}), []).leaf_bytes)
        with pytest.raises(Untrusted) as caught:
            check_disclosure(canonical.encode({**content, "_sd": [disclosures.digest(text)]}), text)
        assert caught.value.code == "disclosure-name"


@given(st.text() | st.binary().map(to_base64url))
def test_any_text_is_no_disclosure_of_the_leaf(text: str) -> None:
    """Nothing but our own error escapes."""
    with pytest.raises(Untrusted):
        check_disclosure(sealables()[6].leaf_bytes, text)


fields = st.fixed_dictionaries(
    {},
    optional={
        name: st.none() | st.booleans() | st.integers(-1, 2) | st.text(max_size=4) | st.lists(st.text(max_size=43))
        for name in ("v", "typ", "id", "t", "org", "_sd", "new", "x")
    },
)


@given(fields)
def test_any_object_is_a_leaf_or_untrusted(change: dict[str, Any]) -> None:
    """Whatever a field of a leaf holds, nothing but our own error escapes."""
    content = {**json.loads(sealables()[1].leaf_bytes), **change}
    try:
        check_leaf(
            json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "replace")
        )
    except Untrusted:
        return


def test_decisions_are_in_the_header() -> None:
    """Items, outcomes and clauses can be read by everybody who may read the log."""
    content = check_leaf(sealables()[7].leaf_bytes)
    assert content["items"] == [list(row) for row in decisions("school", "share").items]
    assert content["source"] == "school"


def test_the_first_agreements_replace_none() -> None:
    """The first policy event of a log has no older digest, rather than an empty one."""
    content = check_leaf(leaf(policy_event(stamp(1, "broker"), POLICY, old=None), []).leaf_bytes)
    assert content["new"] == POLICY
    assert "old" not in content


def test_start_is_written() -> None:
    """An event without private fields needs no salts."""
    assert check_leaf(leaf(START, []).leaf_bytes)["_sd"] == []


def _plain(value: Any) -> Any:
    return json.loads(canonical.encode(value))


ONE = stamp(1, "nhs")
ASKED = Asked("early_help", "council.keyworker", "council/w7")


@pytest.mark.parametrize(
    ("event", "header", "private"),
    [
        (
            protect_event(ONE, "set", review_by="2027-05-01", kind="safe_address", made_by=["w1"], entry="5e"),
            {"act": "set", "review_by": "2027-05-01"},
            {"kind": "safe_address", "made_by": ["w1"], "entry": "5e"},
        ),
        (policy_event(ONE, "b", old=None), {"new": "b"}, {}),
        (policy_event(ONE, "b", old="a", diff="d"), {"old": "a", "new": "b", "diff": "d"}, {}),
        (
            policy_event(ONE, "b", old="a", agreed=Agreed("t", False, "{}")),
            {"old": "a", "new": "b", "act": "forward", "terms": "t"},
            {"change": "{}"},
        ),
        (policy_event(ONE, "b", old="a", agreed=Agreed("t", True, "{}")).header["act"], "back", None),
        (
            recall_event(ONE, "made", answers=["0a"], right="0b"),
            {"act": "made"},
            {"answers": ["0a"], "verdict": "", "right": "0b"},
        ),
        (
            witness_event(ONE, "behind", size=7, witness="nhs"),
            {"act": "behind", "size": 7, "witness": "nhs"},
            {},
        ),
        (
            answer_event(ONE, ASKED, agreements=["a"], policy="p", counts=Counts()),
            {"purpose": "early_help", "role": "council.keyworker", "agreements": ("a",), "policy": "p"}
            | dict.fromkeys(("people", "sources", "shared", "reduced", "signpost", "refer", "withheld"), 0),
            {"staff": "council/w7", "question": {}, "silent": 0, "story": "", "case_reference": ""},
        ),
        (
            answer_event(
                ONE, replace(ASKED, together=[["0a", "0b"], []], refused=[["S1", 2]], case_reference="C"),
                agreements=[], policy="p", counts=Counts(silent=3),
            ).private,
            {"staff": "council/w7", "question": {}, "silent": 3, "story": "", "case_reference": "C",
             "together": [["0a", "0b"], []], "refused": [["S1", 2]]},
            None,
        ),
        (
            disclose_event(ONE, Decisions("ed", [("i", "share", "c")], ["9f"], [{}], seen={"0b": [0]}),
                           answer="0a", purpose="x", policy="p"),
            {"source": "ed", "purpose": "x", "policy": "p", "items": [["i", "share", "c"]], "tags": ["9f"],
             "seen": ["0b"]},
            {"answer": "0a", "facts.0": {}, "role": "", "record.0": ["0b", [0]]},
        ),
        (
            deny_event(ONE, Decisions("ed", [], [], [], untold="{}"), answer="0a", purpose="x", policy="p").private,
            {"answer": "0a", "decisions": "{}"},
            None,
        ),
        (
            nothing_event(ONE, "ed", answer="0a", purpose="x", policy="p", untold="{}"),
            {"source": "ed", "purpose": "x", "policy": "p"},
            {"answer": "0a", "decisions": "{}"},
        ),
        (nothing_event(ONE, "ed", answer="0a", purpose="x", policy="p").private, {"answer": "0a"}, None),
    ],
)  # fmt: skip
def test_what_events_say(event: Any, header: Any, private: Any) -> None:
    """A field is written under another name, or one that should be left out is there and empty."""
    if private is None:
        assert event == header
    else:
        assert (event.header, event.private, event.org) == (header, private, "nhs")


@pytest.mark.parametrize("number", range(14))
def test_what_is_kept_of_earlier_leaves_changes_nothing(number: int) -> None:
    """A leaf that is made of parts that were checked before is another one than a whole one would be."""
    event = events()[number]
    for one in (event, replace(event, id="ab" * 16, t=NOON + dt.timedelta(days=1))):
        made = leaf(one, counting_salts())
        content: dict[str, Any] = {"v": 1, "typ": one.typ, "id": one.id, "t": instant(one.t), "org": one.org}
        digests = sorted(disclosures.digest(shown) for shown in made.disclosures.values())
        assert made.leaf_bytes == canonical.encode({**one.header, **content, "_sd": digests})


@pytest.mark.parametrize("lies", [True, 1.0, [True], "1 2"])
def test_what_was_once_in_order_vouches_for_nothing_else(lies: Any) -> None:
    """Yes is taken for the number one, because a leaf with a one was checked a moment ago."""
    leaf(replace(START, header={**START.header, "size": 1}), [])
    with pytest.raises(BadInput):
        leaf(replace(START, header={**START.header, "size": lies}), [])


@pytest.mark.parametrize("lies", [(1, True), (1.0,), ("1 2",), ((1, True),)])
def test_a_list_that_was_once_in_order_vouches_for_no_other(lies: Any) -> None:
    """Yes is taken for the number one in a list, because the same list with a one was checked a moment ago."""
    cover = events()[6]
    made = [
        leaf(replace(cover, header={**cover.header, "agreements": kind(["a", "b"])}), counting_salts())
        for kind in (list, tuple)
    ]
    assert made[0] == made[1]
    for number in (1, "1"):
        leaf(replace(cover, header={**cover.header, "agreements": (number, 1)}), counting_salts())
    leaf(replace(cover, header={**cover.header, "agreements": ((1, 1),)}), counting_salts())
    with pytest.raises(BadInput):
        leaf(replace(cover, header={**cover.header, "agreements": lies}), counting_salts())


@pytest.mark.parametrize("word", ["0" * 32, "id", "0001-01-01T00:00:00.000000Z", "t"])
def test_a_word_that_looks_like_an_id_or_a_time_stays_where_it_is(word: str) -> None:
    """The id or the time of a leaf is written in the place of a word of its header."""
    event = Event("ingest", "cd" * 16, NOON, "nhs", {"batch": word, "source": word, "key": word})
    assert check_leaf(leaf(event, []).leaf_bytes) == {
        "v": 1, "typ": "ingest", "id": "cd" * 16, "t": instant(NOON), "org": "nhs", "_sd": [],
        "batch": word, "source": word, "key": word,
    }  # fmt: skip
