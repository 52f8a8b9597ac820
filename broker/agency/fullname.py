"""A whole name in one cell, taken apart into family name and forenames.

    "SMITH, Anna May"      Smith | Anna May           "Chen Wei"          Chen | Wei        (East Asian order)
    "Anna May Smith"       Smith | Anna May           "SMITH Anna"        SMITH | Anna      (capitals)
    "Anna van der Berg"    van der Berg | Anna        "Kaur Harpreet"     Kaur | Harpreet
    "John Smith (Jack)"    Smith | John (Jack)        "Ann Smith nee Jones"   Smith | Ann nee Jones

Where the order can't be told the last word is the family name; `nsw`, the names in either order, finds the others.
"""

from __future__ import annotations

import re

from broker.agency import names
from broker.agency.latin import plain
from broker.agency.nameparts import (
    BOUND_PARTICLES,
    EAST_ASIAN,
    FAMILY_NAMES_ONLY,
    PARTICLES,
    SUFFIXES,
    TITLES,
    VIETNAMESE,
)

_ASIDE = re.compile(
    r"\s+(?:(formerly|previously)|known as|also known as|aka|alias|n[eé]e(?=\s))\b.*|\s*[(\[\"].*", re.I
)
_IN_FRONT = (PARTICLES | BOUND_PARTICLES) - {"ben", "m", "do"}
_FAMILY_FIRST = FAMILY_NAMES_ONLY | EAST_ASIAN | VIETNAMESE


def split(text: str) -> tuple[str, str]:
    """(surname, forenames) of a whole name, each with what was said beside it; a single word is a surname."""
    before, comma, after = text.partition(",")
    if comma:
        return before.strip(), after.strip()
    aside = _ASIDE.search(text.strip())
    said = aside[0] if aside and aside.start() else ""
    words = (text.strip()[: aside.start()] if aside and said else text).split()
    while len(words) > 1 and _letters(words[0]) in TITLES:
        words = words[1:]
    while len(words) > 1 and _letters(words[-1]) in SUFFIXES:
        words = words[:-1]
    if len(words) < 2:
        return f"{' '.join(words)}{said}", ""
    family, given = _parted(words)
    if aside and aside[1]:
        return f"{' '.join(family)}{said}", " ".join(given)
    return " ".join(family), f"{' '.join(given)}{said}"


def _parted(words: list[str]) -> tuple[list[str], list[str]]:
    shouted = [word.isupper() and len(_letters(word)) > 1 for word in words]
    if shouted[0] and not shouted[-1]:
        at = shouted.index(False)
        return words[:at], words[at:]
    if _is_family_first(words):
        return words[:1], words[1:]
    at = len(words) - 1
    while at > 1 and (_letters(words[at - 1]) in _IN_FRONT or (shouted[-1] and shouted[at - 1] and not shouted[0])):
        at -= 1
    return words[at:], words[:at]


def _is_family_first(words: list[str]) -> bool:
    first, last = _letters(words[0]), _letters(words[-1])
    is_other_a_forename = last not in (FAMILY_NAMES_ONLY if first in FAMILY_NAMES_ONLY else _FAMILY_FIRST)
    return first in _FAMILY_FIRST and is_other_a_forename and not names.is_listed(first)


def _letters(word: str) -> str:
    return re.sub(r"[^a-z]", "", plain(word))
