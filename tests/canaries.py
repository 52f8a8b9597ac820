"""Looks for people's details in bytes, in every way that they could be written down.

As they are, in either case and in UTF-16; in hex; in base64 at each of its three offsets, plain and URL-safe; and as
what a guesser could compute without any key: MD5, SHA-1 and SHA-256, raw, in hex and in base64.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

_SHORTEST = 6
"""Bytes of a spelling: shorter ones stand in any file by chance."""
_EIGHT_DIGITS = re.compile(rb"[0-9a-f]{1,8}")
_MARKS, _PIECE = 2**20, 2**24
_SPREAD, _SHIFT = np.uint64(0x9E3779B97F4A7C15), np.uint64(44)


def spellings(text: str) -> set[bytes]:
    """How `text` and its unkeyed digests could stand in a file."""
    found: set[bytes] = set()
    for form in {text, text.upper(), text.lower(), text.title()}:
        for encoding in ("utf-8", "utf-16-le", "utf-16-be"):
            found |= written(form.encode(encoding))
        for algorithm in ("md5", "sha1", "sha256"):
            # A part of a digest names a person as well as the whole does.
            found |= written(hashlib.new(algorithm, form.encode(), usedforsecurity=False).digest()[:12])
    return {one for one in found if len(one) >= _SHORTEST}


def search(texts: Iterable[str], places: Mapping[str, bytes]) -> list[str]:
    """The names of the places that hold any of `texts` in any spelling."""
    return _search(_needles_of(frozenset(texts)), places)


def search_bytes(needles: frozenset[bytes], places: Mapping[str, bytes]) -> list[str]:
    """The names of the places that hold any of `needles`, which are of 6 bytes or more."""
    return _search(prepared(needles), places)


@dataclass(frozen=True)
class Needles:
    """Needles by what they begin with, and a mark for each beginning: what has no mark begins none."""

    starting: Mapping[int, list[bytes]]
    marked: npt.NDArray[np.bool_]


def prepared(needles: frozenset[bytes]) -> Needles:
    """Needles of 6 bytes or more, to look for in many places."""
    starting: dict[int, list[bytes]] = {}
    for needle in needles:
        starting.setdefault(int.from_bytes(needle[:_SHORTEST], "little"), []).append(needle)
    marked = np.zeros(_MARKS, dtype=np.bool_)
    marked[_mark(np.array(list(starting), dtype=np.uint64))] = True
    return Needles(starting, marked)


def _mark(starts: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    return (starts * _SPREAD) >> _SHIFT


def _search(needles: Needles, places: Mapping[str, bytes]) -> list[str]:
    found = []
    seen: set[bytes] = set()
    for name, content in places.items():
        digest = hashlib.sha256(content).digest()
        if digest not in seen and found_in(content, needles):
            found.append(name)
        else:
            seen.add(digest)
    return sorted(found)


def found_in(data: bytes, needles: Needles) -> set[bytes]:
    """Which of the needles stand in `data`; fast enough for hundreds of megabytes."""
    likely: set[int] = set()
    for begin in range(0, len(data), _PIECE):
        piece = data[begin : begin + _PIECE + _SHORTEST - 1]
        # What begins at every eighth byte at once, eight times.
        for offset in range(min(8, len(piece))):
            padded = piece[offset:] + bytes(8 - (len(piece) - offset) % 8)
            starts = np.frombuffer(padded, dtype="<u8") & np.uint64(2 ** (8 * _SHORTEST) - 1)
            likely |= set(starts[needles.marked[_mark(starts)]].tolist()) & needles.starting.keys()
    return {needle for start in likely for needle in needles.starting[start] if _stands_in(data, needle)}


def _stands_in(data: bytes, needle: bytes) -> bool:
    if _EIGHT_DIGITS.fullmatch(needle):
        # Eight digits stand in long hexadecimal numbers by chance.
        return re.search(rb"(?<![0-9a-f])" + needle + rb"(?![0-9a-f])", data) is not None
    return needle in data


def written(plain: bytes) -> set[bytes]:
    """How `plain` could stand in a file: as it is, in hex, and in base64 at each offset."""
    found = {plain, plain.hex().encode(), plain.hex().upper().encode()}
    for offset in range(3):
        # Inside a longer text the first and last signs depend on the neighbours; those between are always the same.
        spelt = base64.b64encode(bytes(offset) + plain + bytes(2))
        inner = spelt[-(-8 * offset // 6) : 8 * (offset + len(plain)) // 6]
        found |= {inner, inner.translate(bytes.maketrans(b"+/", b"-_"))}
    return found


@lru_cache(maxsize=8)
def _needles_of(texts: frozenset[str]) -> Needles:
    return prepared(frozenset().union(*map(_cached_spellings, texts)))


@lru_cache(maxsize=512)
def _cached_spellings(text: str) -> frozenset[bytes]:
    return frozenset(spellings(text))
