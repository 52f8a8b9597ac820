"""What JSON from outside may hold: RFC 8259 as I-JSON (RFC 7493) narrows it, and no more.

Parsers take more, and each something else: the last of two equal names, NaN, 1e999, half a surrogate pair, NUL. So two
who read the same signed bytes may see different things, and a database refuses in the middle what the door let in.
"""

from __future__ import annotations

import itertools
import json
import re
from typing import Any, NoReturn

DEPTH = 64
# Controls other than tab and line ends, and what turns the direction of a line around for whoever reads it.
_UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


def check(data: bytes) -> None:
    """Raises `ValueError` unless `data` is one JSON text that everybody reads alike. It says nothing of the content."""
    text = data.decode("utf-8")
    try:
        found = _DECODER.decode(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if data.count(b"[") + data.count(b"{") > DEPTH and _depth(found) > DEPTH:
        raise ValueError("nested too deeply")
    # What nobody sees stands there as it is, or is written as \u, \b or \f.
    if not (data.isascii() and b"\x7f" not in data) and _UNSEEN.search(text):
        raise ValueError("a text holds what nobody sees")
    # One character is looked for much faster than two, and mostly it is nowhere.
    if b"\\" in data and (b"\\u" in data or b"\\b" in data or b"\\f" in data):
        _check_texts(found)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def _no_number(text: str) -> NoReturn:
    raise ValueError("a number that JSON has not")


def _finite(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise ValueError("a number past all counting")
    return number


_DECODER = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_no_number, parse_float=_finite)


def _depth(found: Any) -> int:
    """How deeply objects and arrays are nested."""
    depth, level = 0, [found] if isinstance(found, dict | list) else []
    while level:
        inside = itertools.chain.from_iterable(one.values() if isinstance(one, dict) else one for one in level)
        level = [one for one in inside if isinstance(one, dict | list)]
        depth += 1
    return depth


def _check_texts(found: Any) -> None:
    if isinstance(found, str):
        if _UNSEEN.search(found):
            raise ValueError("a text holds what nobody sees")
    elif isinstance(found, dict):
        for name, value in found.items():
            _check_texts(name)
            _check_texts(value)
    elif isinstance(found, list):
        for value in found:
            _check_texts(value)
