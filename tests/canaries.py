"""Looks for people's details in bytes, in every way that they could be written down.

As they are, in either case and in UTF-16; in hex; in base64 at each of its three offsets, plain and URL-safe; and as
what a guesser could compute without any key: MD5, SHA-1 and SHA-256, raw, in hex and in base64.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

_SHORTEST = 6
"""Bytes of a spelling: shorter ones stand in any file by chance."""
_EIGHT_DIGITS = re.compile(rb"[0-9a-f]{1,8}")
_FILL = re.compile(rb"([\0.])\1{32,}", re.DOTALL)


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
    return search_bytes(frozenset().union(*map(_cached_spellings, set(texts))), places)


def search_bytes(needles: frozenset[bytes], places: Mapping[str, bytes]) -> list[str]:
    """The names of the places that hold any of `needles`, which are of 6 bytes or more."""
    starts: dict[bytes, list[bytes]] = {}
    for needle in needles:
        starts.setdefault(needle[:_SHORTEST], []).append(needle)
    found = []
    seen: set[bytes] = set()
    for name, content in places.items():
        # Padding is most of an answer and of a database file, and holds nothing.
        data = _FILL.sub(rb"\1" * 32, content)
        digest = hashlib.sha256(data).digest()
        if digest not in seen and _holds(data, starts):
            found.append(name)
        else:
            seen.add(digest)
    return sorted(found)


def _holds(data: bytes, starts: Mapping[bytes, list[bytes]]) -> bool:
    windows = (data[at : at + _SHORTEST] for at in range(len(data) - _SHORTEST + 1))
    # The one fast way through megabytes without a library: a set of what the spellings begin with.
    if starts.keys().isdisjoint(windows):
        return False
    return any(_stands_in(data, needle) for some in starts.values() for needle in some)


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


@lru_cache(maxsize=512)
def _cached_spellings(text: str) -> frozenset[bytes]:
    return frozenset(spellings(text))
