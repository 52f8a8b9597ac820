"""A surname cell -> the family name as one word, and the other names the person may be held under.

    "O'Brien", "O Brien", "Ó Brien"   obrien                    "Smith nee Jones"    smith, also jones
    "MacDonald", "Mc Donald"          mcdonald                  "Smith-Jones"        smithjones, also smith, jones
    "Van der Berg"                    vanderberg, also berg     "Singh Gill"         gill, also singh
    "Al-Sayed", "ALSAYED"             alsayed, also sayed       "St John Rivers"     stjohnrivers, also stjohn, rivers

A name that very many share (Singh, Kaur, Begum, Miah ...) gives way to the one beside it: it is what one agency leaves
out and another takes for the whole.
"""

from __future__ import annotations

import re
from functools import lru_cache

from broker.agency.asides import take_asides
from broker.agency.field import BLANK, Field, invalid, placeholder, valid
from broker.agency.forenames import Word, name_words, stands_for_nobody
from broker.agency.latin import LONGEST, plain
from broker.agency.nameparts import BOUND_PARTICLES, FAMILY_PARTS, PARTICLES, is_nobody, is_whole_name

_LONGEST_NAME = 60
_MAC = re.compile(r"^mac(?=[bcdfghjklmnpqrstvwxyz][a-z]{3})")


@lru_cache(maxsize=65_536)
def read_family(text: str) -> Field:
    """The family name in `text`, a-z only; `others` are earlier names, and the parts of one that has several."""
    if not text.strip():
        return BLANK
    if len(text) > LONGEST:
        return invalid("a name is longer than 200 characters")
    lower = plain(text)
    if stands_for_nobody(lower):
        return placeholder("stands for nobody")
    said = take_asides(lower)
    words = name_words(said.name)
    if not words:
        return placeholder("no letters, or a title alone")
    if is_nobody([part for word in words for part in word]):
        return placeholder("stands for nobody")
    main, parts = _family_of(words)
    # A placeholder can hide behind a particle or hyphen: what comes out must never be one.
    if not is_whole_name(main):
        return placeholder("stands for nobody")
    said_too = [read_family(other).value for _, other in said.asides]
    others = dict.fromkeys(name for name in (*said_too, *parts) if len(name) > 1 and is_whole_name(name))
    others.pop(main, None)
    return valid(main, others=tuple(others))


def _family_of(words: list[Word]) -> tuple[str, list[str]]:
    """(the name as one word, its parts that may stand for it)."""
    wholes, bare = _parts([part for word in words for part in word])
    own = [part for part in wholes if part not in FAMILY_PARTS]
    named = own or wholes
    main = _short(_MAC.sub("mc", "".join(named)))
    others = [*own, *(part for part in wholes if part in FAMILY_PARTS)] if len(wholes) > 1 else []
    return main, [_short(part) for part in (*others, *bare)]


def _parts(words: list[str]) -> tuple[list[str], list[str]]:
    """(parts with their particles, the same without those that come and go)."""
    wholes, bare, before = [], [], ""
    for at, word in enumerate(words):
        if at < len(words) - 1 and (word in PARTICLES or word in BOUND_PARTICLES):
            before += word
            continue
        wholes.append(_MAC.sub("mc", before + word))
        # "O Brien" is never Brien, "de Souza" is now and then Souza.
        if before and words[at - 1] in PARTICLES:
            bare.append(_MAC.sub("mc", word))
        before = ""
    return wholes, bare


def _short(name: str) -> str:
    return name[:_LONGEST_NAME]
