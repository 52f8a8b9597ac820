"""A forename cell -> the forename people use, the other forms it is written in, the first letter of the next one.

    "Siobhán (known as Shiv)"  siobhan, also shiv          "Anne-Marie Louise"   anne, also annemarie; l
    "Mohammed Imran"           imran; shared part mohammed  "Abdul Rahman"        abdulrahman, also rahman; shared abdul
    "Xiao Ming" Chen           xiaoming, also xiao          "Harpreet Singh"      harpreet; family part singh
    "Begum Rahima"             rahima; family part begum    "J. Robert"           robert; shared part j

Mohammed before another forename is seldom what its bearer is called, and brothers share it. Agencies hold "Mohammed
Imran", "Imran" and "Mohammed" for one person. So the next name stands first, and Mohammed finds (it makes match keys)
but hardly decides (of the evidence only its sound is given): two brothers must not agree in the forename.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

from broker.agency import names
from broker.agency.asides import take_asides
from broker.agency.field import BLANK, Field, invalid, placeholder, valid
from broker.agency.latin import LONGEST, plain
from broker.agency.nameparts import (
    EAST_ASIAN,
    FAMILY_PARTS_AFTER_FORENAME,
    FAMILY_PARTS_BEFORE_FORENAME,
    PARTICLES,
    SERVANT_OF,
    SHARED_FIRST_PARTS,
    SUFFIXES,
    TITLES,
    TITLES_TOO,
    VIETNAMESE,
    VIETNAMESE_MIDDLE,
    is_nobody,
    is_whole_name,
)

_LONGEST_NAME = 60
_LONGEST_SYLLABLE = 6
_NOT_APPLICABLE = re.compile(r"^\W*n\s*[/.]\s*[ak]\W*$")
_DO_NOT_USE = re.compile(r"\bdo\s*not\s*use\b|\bdon'?t\s*use\b")

Word = tuple[str, ...]
"""One word of a cell; of a hyphenated one, its parts."""


@dataclass(frozen=True)
class Given:
    """What a forename cell says. `shared` finds and hardly decides; `families` belong to the surname."""

    main: Field
    others: tuple[str, ...] = field(default=(), repr=False)
    shared: str = field(default="", repr=False)
    initial: str = field(default="", repr=False)
    families: tuple[str, ...] = field(default=(), repr=False)


@lru_cache(maxsize=65_536)
def read_given(text: str, *, middle: str = "", family: str = "") -> Given:
    """The forenames in `text`, helped by the cell of `middle` names and the canonical surname `family`."""
    if not text.strip():
        return Given(BLANK)
    if len(text) > LONGEST:
        return Given(invalid("a name is longer than 200 characters"))
    lower = plain(text)
    if stands_for_nobody(lower):
        return Given(placeholder("stands for nobody"))
    said = take_asides(lower)
    words = name_words(said.name)
    if not words:
        return Given(placeholder("no letters, or a title alone"))
    if is_nobody(_flat(words)):
        return Given(placeholder("stands for nobody"))
    found = _called_by(words, _middle_words(middle), family)
    if not is_whole_name(found.main.value):
        return Given(placeholder("stands for nobody"))
    also = [read_given(other) for kind, other in said.asides if kind == "called"]
    born = ["".join(_flat(name_words(other))) for kind, other in said.asides if kind == "born"]
    others = [other.main.value for other in also] + list(found.others)
    kept = dict.fromkeys(other for other in others if len(other) > 1 and is_whole_name(other))
    kept.pop(found.main.value, None)
    return Given(found.main, tuple(kept), found.shared, found.initial, (*filter(is_whole_name, born), *found.families))


def stands_for_nobody(lower: str) -> bool:
    """Whether a whole cell says that there is no name in it."""
    return bool(_NOT_APPLICABLE.match(lower) or _DO_NOT_USE.search(lower))


def name_words(lower: str) -> list[Word]:
    """The words of a name, titles and suffixes left out; none when nothing but a title is there."""
    # A sign that an old system could not write stands for a letter: what is around it is still one word.
    text = re.sub(r"['`]|(?<=[a-z])\?(?=[a-z])", "", lower)
    text = re.sub(r"(?<=[a-z])0(?=[a-z])", "o", text)
    text = re.sub(r"\s*-[\s-]*", "-", text)
    words = [tuple(part for part in word.split("-") if part) for word in re.split(r"[^a-z-]+", text)]
    words = [word for word in words if word]
    while len(words) > 1 and words[0][0] in TITLES and len(words[0]) == 1:
        words = words[1:]
    while len(words) > 1 and words[-1][0] in SUFFIXES and len(words[-1]) == 1:
        words = words[:-1]
    return [] if len(words) == 1 and words[0][0] in TITLES - TITLES_TOO and len(words[0]) == 1 else words


def _middle_words(middle: str) -> list[Word]:
    words = name_words(take_asides(plain(middle[:LONGEST])).name)
    return [] if is_nobody(_flat(words)) else words


def _called_by(words: list[Word], middle: list[Word], family: str) -> Given:
    shared, families = "", []
    own = len(words)
    words = words + middle
    while len((*_flat(words), "", "")[1]) > 1 and (taken := _left_out(words[0], family, is_own=own > 1)):
        if taken in FAMILY_PARTS_BEFORE_FORENAME:
            families.append(taken)
        else:
            shared = shared or taken
        own -= len(words[0]) == 1
        words = [words[0][1:], *words[1:]] if len(words[0]) > 1 else words[1:]
    if words[0][0] in SERVANT_OF and (joined := _servant(words)):
        main, others, shared, rest = joined[0], [joined[1]], shared or "abdul", joined[2]
    else:
        main, others, rest = _first(words, family)
    after = _flat(rest)
    families += [part for part in after if part in FAMILY_PARTS_AFTER_FORENAME]
    initials = (part[0] for part in after if part not in FAMILY_PARTS_AFTER_FORENAME)
    return Given(valid(main[:_LONGEST_NAME]), tuple(others), shared, next(initials, ""), tuple(families))


def _left_out(word: Word, family: str, *, is_own: bool) -> str:
    """The first part of `word` when another forename follows that is the one in use; else nothing."""
    first = word[0]
    is_shared = first in SHARED_FIRST_PARTS or names.canonical(first) == "mohammed"
    is_shared = is_shared or (first in VIETNAMESE_MIDDLE and family in VIETNAMESE)
    # An initial gives way to a full name of the same cell; one of another cell is a middle name.
    is_initial = len(first) == 1 and len(word) == 1 and is_own
    return first if is_shared or is_initial or (first in FAMILY_PARTS_BEFORE_FORENAME and len(word) == 1) else ""


def _servant(words: list[Word]) -> tuple[str, str, list[Word]] | None:
    """Abdul with the name it belongs to: (both as one, the other alone, what follows)."""
    parts = _flat(words)
    parts = [parts[0], *(part for at, part in enumerate(parts[1:]) if at or part not in PARTICLES)]
    if len(parts) < 2 or len(parts[1]) < 2:
        return None
    return f"abdul{parts[1]}", parts[1], [(part,) for part in parts[2:]]


def _first(words: list[Word], family: str) -> tuple[str, list[str], list[Word]]:
    """(forename, other forms of it, what follows)."""
    parts = _flat(words)
    if family in EAST_ASIAN and len(parts) > 1:
        if names.is_listed(parts[0]):
            # "Mary Wai Ling": the English name first.
            return parts[0], ["".join(parts[1:3])] if len(parts) > 2 else [], [(part,) for part in parts[1:]]
        if all(1 < len(part) <= _LONGEST_SYLLABLE for part in parts[:2]):
            english = [part for part in parts[2:3] if names.is_listed(part)]
            return parts[0] + parts[1], [parts[0], *english], []
    joined = ["".join(words[0])] if len(words[0]) > 1 else []
    return words[0][0], joined, words[1:]


def _flat(words: list[Word]) -> list[str]:
    return [part for word in words for part in word]
