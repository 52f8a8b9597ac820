"""An address -> the number or name of the house: all of it that is used beside the postcode.

    "Flat 2, 14 High Street", "2/14 High St", "14 HIGH STREET FLAT 2"   14       "14-16 High Street"      14
    "14B High Street", "14 b High St", "Flat B, 14 High Street"         14b      "Flat 12, Tower House"   12
    "Rose Cottage, Mill Lane"                                   rosecottage      "Mill Lane"              none

A flat counts only where the building has no number: one agency writes it and the next leaves it out. The rest of the
address is read and never kept.
"""

from __future__ import annotations

import re
from functools import lru_cache

from broker.agency.field import BLANK, Field, placeholder, valid, word_set
from broker.agency.latin import plain
from broker.agency.postcode import read_postcode

_LONGEST = 400
_LONGEST_NAME = 40
_SHORTEST_NAME = 3
_FIRST_PARTS = 3
_FLAT = r"(?:flat|flt|apartment|apt|unit|room|rm|studio|suite|floor|block|bedsit|plot|caravan|pitch|lot)"
_FLAT_NUMBER = re.compile(
    rf"\b{_FLAT}\.?\s*(?:no\.?\s*|number\s*)?([0-9]{{1,4}}[a-z]?|[a-z])(?:/[0-9]{{1,4}})?(?![a-z0-9])"
)
_BEFORE_SLASH = re.compile(r"^\s*([0-9]{1,4}[a-z]?|[a-z])\s*/\s*(?=[0-9]{1,4}[a-z]?(?![a-z0-9]))")
_TO = re.compile(r"(?<![a-z0-9])([0-9]{1,4}[a-z]?)\s*(?:-|to)\s*[0-9]{1,4}[a-z]?(?![a-z0-9])")
_NUMBER = re.compile(r"(?<![a-z0-9])0*([0-9]{1,4})(?:\s?([a-z]))?(?![a-z0-9])")
_NO_HOUSE = re.compile(
    r"\bn\.?f\.?a\b|no fixed|c/o|\bp\.?\s?o\.? box\b|unknown|not known|homeless|^(?:none|null|n/a|tbc)$"
)
_STREETS = word_set(
    """
    street st road rd avenue ave lane ln la drive dr close cl crescent cres terrace terr way row place pl square sq
    gardens gdns grove rise walk mews parade wharf quay hill green view park
    """
)
_POSTCODE_AT_END = re.compile(r"\b([A-Za-z]{1,2}[0-9][A-Za-z0-9]?\s*[0-9][A-Za-z]{2})\W*$")


@lru_cache(maxsize=65_536)
def read_house(text: str) -> Field:
    """The house of an address, or of a cell that holds the house alone: a number with its letter, or a name a-z."""
    if not text.strip():
        return BLANK
    bare = _POSTCODE_AT_END.sub("", text[:_LONGEST])
    parts = [part for part in map(plain, re.split(r"[,\r\n]", bare)) if part][:_FIRST_PARTS]
    lower = " , ".join(parts)
    if not parts or _NO_HOUSE.search(lower):
        return placeholder("no house")
    found = _number(lower) or _name(parts[0])
    return valid(found) if found else placeholder("neither number nor name of a house")


def postcode_in(text: str) -> str:
    """The postcode at the end of an address, canonical; empty when there is none."""
    found = _POSTCODE_AT_END.search(text[:_LONGEST])
    return read_postcode(found[1]).value if found else ""


def _number(lower: str) -> str:
    flat = ""
    if before := _BEFORE_SLASH.match(lower):
        flat, lower = before[1], lower[before.end() :]
    if inside := _FLAT_NUMBER.search(lower):
        flat, lower = flat or inside[1], _FLAT_NUMBER.sub(" ", lower)
    building = _NUMBER.search(_TO.sub(r"\1", lower))
    if not building:
        return flat.lstrip("0")
    letter = building[2] or (flat if flat.isalpha() else "")
    return building[1] + letter if building[1] != "0" else flat.lstrip("0")


def _name(first: str) -> str:
    words = re.findall(r"[a-z]+", first.replace("'", ""))
    words = words[1:] if words[:1] == ["the"] else words
    name = "".join(words)
    # "Mill Lane" is where the house is, not what it is called.
    is_none = len(name) < _SHORTEST_NAME or words[-1] in _STREETS or name in _STREETS or _NO_HOUSE.search(name)
    return "" if is_none else name[:_LONGEST_NAME]
