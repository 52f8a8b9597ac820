"""JSON that two parsers would read in two ways, or that a database would choke on, is no JSON here."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broker.errors import BadInput
from broker.wire import strictjson
from broker.wire.fields import parse
from broker.wire.hold import HoldRequest

REFUSED = {
    "two equal names": b'{"a":1,"a":1}',
    "two names that escapes make equal": b'{"a":1,"\\u0061":2}',
    "two equal names deep inside": b'[{"x":{"y":1,"z":2,"y":1}}]',
    "NaN": b'{"a":NaN}',
    "Infinity": b"[Infinity]",
    "minus Infinity": b"[-Infinity]",
    "past all floats": b"[1e999]",
    "minus past all floats": b"[-1e999]",
    "5,000 digits": b"[" + b"9" * 5000 + b"]",
    "NUL, escaped": b'["\\u0000"]',
    "NUL in a name": b'{"\\u0000":1}',
    "NUL, bare": b'["\0"]',
    "a line end, bare": b'["\n"]',
    "an escape sequence of a terminal": b'["\\u001b[2J"]',
    "DEL": b'["\x7f"]',
    "half a surrogate pair": b'["\\ud800"]',
    "the other half": b'["\\udc00"]',
    "a pair the wrong way round": b'["\\udc00\\ud800"]',
    "a surrogate in UTF-8": b'["\xed\xa0\x80"]',
    "overlong UTF-8": b'["\xc0\xaf"]',
    "UTF-16": '{"a":1}'.encode("utf-16"),
    "a byte order mark": b'\xef\xbb\xbf{"a":1}',
    "a turned line": '["\u202etxt.exe"]'.encode(),
    "65 deep": b"[" * 65 + b"]" * 65,
    "100,000 deep": b"[" * 100_000 + b"]" * 100_000,
    "100,000 objects deep": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "two texts": b"{} {}",
    "a comma too many": b"[1,]",
    "a comment": b"[1/*a*/]",
    "single quotes": b"{'a':1}",
    "a leading zero": b"[01]",
    "nothing": b"",
}
TAKEN = (
    *(b"{}", b"[]", b"null", b" 1 ", b'{"a":{"b":[1,2.5,-3e2,true,null,"x"]}}', b'["\\ud83d\\ude00"]', b"[0.0]"),
    *(b'["\\"[[[[{{{"]', b"[" * 64 + b"]" * 64, '["Zoë, 李小龍, عمر"]'.encode(), b'["\\n\\t"]'),
    b'["' + b"[" * 1000 + b'"]',
    b"[" + b"[]," * 1000 + b"[]]",
)
visible = st.text(st.characters(categories=["L", "N", "P", "S", "Zs"]), max_size=12)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats(allow_nan=False, allow_infinity=False)
    | visible,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(visible, inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(name: str) -> None:
    """Two who read one signed text see two things (R7, R8, R9)."""
    with pytest.raises((ValueError, RecursionError)):
        strictjson.check(REFUSED[name])
    with pytest.raises(BadInput):
        parse(HoldRequest, REFUSED[name])


@pytest.mark.parametrize("text", TAKEN, ids=lambda text: repr(text[:16]))
def test_what_is_taken(text: bytes) -> None:
    """A request of the agreed form is refused for how it is spelled."""
    strictjson.check(text)


@settings(max_examples=60, deadline=None)
@given(value=values, ascii_only=st.booleans())
def test_all_ordinary_json_is_taken_and_none_that_names_twice(value: Any, ascii_only: bool) -> None:
    """The check and the parser behind it disagree about what JSON is."""
    text = json.dumps(value, ensure_ascii=ascii_only).encode()
    strictjson.check(text)
    with pytest.raises(ValueError, match="twice"):
        strictjson.check(b'{"a":' + text + b',"b":1,"a":' + text + b"}")


@settings(max_examples=60, deadline=None)
@given(data=st.binary(max_size=60))
def test_any_bytes_are_refused_in_one_way(data: bytes) -> None:
    """Some bytes end in an error that nobody expects."""
    try:
        strictjson.check(data)
    except (ValueError, RecursionError):
        return
    json.loads(data)
