"""The one spelling of a value as bytes: RFC 8785 (JSON Canonicalization Scheme), restricted.

    {"_sd":["5xQ…"],"id":"018f…","items":[["csc.cp_plan","share","early-help#2"]],"t":"2026-11-22T00:00:00.000000Z"}

Keys are ASCII, integers at most 2^53 - 1 either side of nought, strings NFC; there are no floats, no null, no repeated
keys and no nesting beyond `MAX_DEPTH`. Within this profile the standard library already writes RFC 8785: its sort by
code point is the RFC's sort by UTF-16 unit, and the RFC's number rules, the hard part, are about floats only.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from json.encoder import c_make_encoder, encode_basestring  # type: ignore[attr-defined]
from typing import Any, NoReturn, TypeAlias

from broker.errors import BadInput, Untrusted

Value: TypeAlias = "bool | int | str | Sequence[Value] | Mapping[str, Value]"

MAX_INTEGER = 2**53 - 1
MAX_DEPTH = 16


def encode(value: Value) -> bytes:
    """The canonical UTF-8 bytes of `value`; tuples are written as lists. Raises `BadInput` outside the profile."""
    return spelled(value).encode()


def spelled(value: Value) -> str:
    """The same as text."""
    # Of text alone the standard library's encoder does this too, after asking itself what it is.
    return encode_basestring(_text(value)) if type(value) is str else _spelled(_plain(value, 0))


def written(value: Value) -> tuple[bytes, Any]:
    """The canonical bytes of `value`, and what a reader of them finds. Raises `BadInput` outside the profile."""
    plain = _plain(value, 0)
    return _spelled(plain).encode(), plain


def decode(data: bytes) -> dict[str, Any]:
    """The object that `data` spells canonically. Raises `Untrusted` (`leaf-not-canonical`) for any other bytes."""
    value = parse(data)
    if not isinstance(value, dict):
        raise Untrusted("leaf-not-canonical", "not a JSON object")
    return value


def parse(data: bytes) -> Any:
    """Any value that `data` spells canonically. Raises `Untrusted` (`leaf-not-canonical`) for any other bytes."""
    try:
        # What is repeated or follows is not there when it is written again.
        value, _ = _DECODER.raw_decode(data.decode("utf-8"))
        again = _spelled(value).encode() if _is_simple(data) else encode(value)
    except (ValueError, RecursionError, BadInput):
        # `ValueError` covers broken UTF-8, broken JSON and integers of absurd length.
        raise Untrusted("leaf-not-canonical", "not JSON of the canonical profile") from None
    if again != data:
        raise Untrusted("leaf-not-canonical", "the JSON is not in its canonical spelling")
    return value


def _is_simple(data: bytes) -> bool:
    """Whether these bytes, if they are canonical, can spell nothing that is outside the profile.

    To be ASCII is to be NFC; where there is no `null`, it leaves numbers, of which the reader refuses the others.
    """
    return data.isascii() and b"null" not in data and data.count(b"[") + data.count(b"{") <= MAX_DEPTH


def _plain(value: Any, depth: int) -> object:
    if depth > MAX_DEPTH:
        _outside(f"nested more than {MAX_DEPTH} deep")
    kind = type(value)
    if kind is str and value.isascii():
        return value
    if kind is list or kind is tuple or isinstance(value, list | tuple):
        # Most of what is in a list or an object is short text: a call for each would cost more than all the rest.
        return [one if type(one) is str and one.isascii() else _plain(one, depth + 1) for one in value]
    if kind is dict or isinstance(value, Mapping):
        return {
            key if type(key) is str and key.isascii() else _key(key): (
                one if type(one) is str and one.isascii() else _plain(one, depth + 1)
            )
            for key, one in value.items()
        }
    return _text(value) if isinstance(value, str) else _number(value)


def _number(value: object) -> object:
    if not isinstance(value, int):
        _outside("a value that is no text, integer, yes/no, list or object")
    if abs(value) > MAX_INTEGER:
        _outside("an integer beyond 2^53 - 1")
    return value


def _text(text: str) -> str:
    if not text.isascii():
        try:
            text.encode("utf-8")
        except UnicodeEncodeError:
            _outside("text with half of a surrogate pair")
        if not unicodedata.is_normalized("NFC", text):
            _outside("text that is not in Unicode form NFC")
    return text


def _key(key: object) -> str:
    if not isinstance(key, str) or not key.isascii():
        _outside("a key that is not ASCII text")
    return key


def _outside(what: str) -> NoReturn:
    raise BadInput("json-outside-profile", f"the value can't be written to the audit log: it holds {what}")


def _integer(digits: str) -> int:
    number = int(digits)
    if abs(number) > MAX_INTEGER:
        raise ValueError("an integer beyond 2^53 - 1")
    return number


def _refuse(_: str) -> NoReturn:
    raise ValueError("a number that is no integer")


def _spelled(plain: object) -> str:
    return "".join(_ENCODE(plain, 0))


# Made once: the standard library makes a new one for every value that it writes, which takes as long as the writing.
# The arguments are those of `JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)`.
_ENCODE: Callable[[object, int], Iterable[str]] = c_make_encoder(
    None, None, encode_basestring, None, ":", ",", True, False, False
)
_DECODER = json.JSONDecoder(parse_int=_integer, parse_float=_refuse)
