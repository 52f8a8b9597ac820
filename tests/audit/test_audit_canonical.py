"""Canonical JSON: one value, one spelling. The vectors are the manual."""

from __future__ import annotations

import json
import unicodedata
from collections import OrderedDict
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.audit import canonical
from broker.errors import BadInput, Untrusted

VECTORS = json.loads((Path(__file__).parents[1] / "vectors/audit/canonical.json").read_text())

text = st.text(st.characters(exclude_categories=["Cs"])).map(lambda t: unicodedata.normalize("NFC", t))
keys = st.text(st.characters(max_codepoint=127), max_size=8)
values: st.SearchStrategy[Any] = st.recursive(
    st.booleans() | st.integers(-canonical.MAX_INTEGER, canonical.MAX_INTEGER) | text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize("case", VECTORS["accepted"], ids=lambda case: case["name"])
def test_accepted(case: dict[str, Any]) -> None:
    """A canonical spelling is read, and written again byte for byte."""
    data = bytes.fromhex(case["hex"])
    assert canonical.parse(data) == case["value"]
    assert canonical.encode(case["value"]) == data


@pytest.mark.parametrize("case", VECTORS["rejected"], ids=lambda case: case["name"])
def test_rejected(case: dict[str, Any]) -> None:
    """Another spelling of the same value, or a value outside the profile, is not a leaf."""
    with pytest.raises(Untrusted) as caught:
        canonical.decode(bytes.fromhex(case["hex"]))
    assert caught.value.code == "leaf-not-canonical"


@pytest.mark.parametrize(
    "value",
    [
        None,
        1.5,
        float("nan"),
        b"bytes",
        {1},
        2**53,
        -(2**53),
        "e\u0301",
        "\ud800",
        {"é": 1},
        {1: 1},
        {"a": [None]},
        ["e\u0301"],
        {"a": ["e\u0301"]},
        [[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]],
    ],
    ids=ascii,
)
def test_outside_the_profile_is_not_written(value: Any) -> None:
    """What a verifier elsewhere could read differently never enters the log, and the error does not repeat it."""
    with pytest.raises(BadInput) as caught:
        canonical.encode(value)
    assert caught.value.code == "json-outside-profile"


@pytest.mark.parametrize(
    ("value", "what"),
    [
        (1.5, "a value that is no text, integer, yes/no, list or object"),
        (2**53, "an integer beyond 2^53 - 1"),
        ("\ud800", "text with half of a surrogate pair"),
        ("e\u0301", "text that is not in Unicode form NFC"),
        ({"é": 1}, "a key that is not ASCII text"),
        ([[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]], "nested more than 16 deep"),
    ],
    ids=["float", "integer", "surrogate", "form", "key", "depth"],
)
def test_what_is_outside_is_said(value: Any, what: str) -> None:
    """Whoever wrote it does not learn which rule it breaks; or one that is written in two ways keeps fewer rules."""
    for write in (canonical.encode, canonical.written):
        with pytest.raises(BadInput) as caught:
            write(value)
        assert caught.value.message == f"the value can't be written to the audit log: it holds {what}"


def test_as_deep_as_may_be() -> None:
    """A value of the deepest nesting is refused by one of the ways to write it."""
    deepest: Any = 1
    for _ in range(canonical.MAX_DEPTH):
        deepest = [deepest]
    spelled = b"[" * canonical.MAX_DEPTH + b"1" + b"]" * canonical.MAX_DEPTH
    assert canonical.encode(deepest) == canonical.written(deepest)[0] == spelled
    assert canonical.parse(spelled) == deepest


@given(st.dictionaries(keys, values, max_size=5))
def test_round_trip(value: dict[str, Any]) -> None:
    """What is written is read back, and its keys are in the order that RFC 8785 asks for."""
    data = canonical.encode(value)
    assert canonical.decode(data) == value
    assert list(json.loads(data)) == sorted(value, key=lambda key: key.encode("utf-16-be"))


def test_tuples_are_lists() -> None:
    """Frozen values inside the program are lists outside, and whatever is read as one is written as one."""
    assert canonical.encode({"a": (1, ("b",))}) == b'{"a":[1,["b"]]}'

    class Several(list[Any]):
        pass

    class Pair(NamedTuple):
        first: int
        second: str

    assert canonical.encode(MappingProxyType({"b": Several([Pair(1, "c")]), "a": OrderedDict(d=True)})) == (
        b'{"a":{"d":true},"b":[[1,"c"]]}'
    )


@pytest.mark.parametrize(
    "spelled", [b'{"a":1,"a":1}', b'{"a":1,"a":2}', b"{} ", b" {}", b"{}{}", b"{},", b"1.0", b"NaN"]
)
def test_what_follows_or_comes_twice_is_no_leaf(spelled: bytes) -> None:
    """A reader that takes the first of two, or stops at the end of a value, finds something else in these bytes."""
    for simple in (spelled, spelled.replace(b"a", "é".encode())):
        with pytest.raises(Untrusted):
            canonical.parse(simple)


@given(st.binary(max_size=60) | st.text(alphabet='{}[]":,\\u01eE.-ntf \x00é', max_size=30).map(str.encode))
def test_any_bytes_are_canonical_or_untrusted(data: bytes) -> None:
    """Nothing but our own error escapes, whatever the bytes; what is read has this one spelling."""
    try:
        value = canonical.parse(data)
    except Untrusted:
        return
    assert canonical.encode(value) == data


def test_bottomless_nesting_is_refused() -> None:
    """A leaf of brackets can't exhaust the stack."""
    for depth in (18, 5_000, 200_000):
        with pytest.raises(Untrusted):
            canonical.parse(b"[" * depth + b"]" * depth)
