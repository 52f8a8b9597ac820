"""What a name cell says beside the name: other names in brackets, in quotes, after "known as" or "née".

    "Siobhan (known as Shiv)"   siobhan,  called "shiv"        "Smith nee Jones"     smith,   born "jones"
    "Robert 'Bob'"              robert,   called "bob"         "Kate/Katie"          kate,    called "katie"
    "Ann (deceased)"            ann

All of it is about the one person of the row; a remark that is no name is dropped.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

from broker.agency.nameparts import NOTES

Kind = Literal["called", "born"]

_BRACKETS = re.compile(
    r"\(([^()]*)(?:\)|$)|\[([^\[\]]*)(?:\]|$)|\"([^\"]*)(?:\"|$)|(?:(?<=\s)|^)'([a-z][^']*)'(?=[\s,]|$)"
)
_BORN = r"nee(?=[\s:.]+\S)|maiden name|born"
_CALLED = (
    r"(?:also )?known as|aka|a\.k\.a\.?|k/a|a/k/a|prefers|preferred(?: name)?|formerly|previously|fka|f/k/a"
    r"|alias(?:es)?"
)
# Only after another word: Nee and Born are family names too.
_MARK = re.compile(rf"(?<=\S)[\s,;:-]+(?:({_BORN})|(?:{_CALLED}))(?![a-z])[\s:.,-]*")
_LEAD = re.compile(rf"^\s*(?:({_BORN})|(?:{_CALLED}|pref|called|was|now|prev|former|likes|or|also)(?![a-z]))[\s:.,-]*")
_OR = re.compile(r"\s*[/;|]\s*")
_MOST_WORDS = 4


@dataclass(frozen=True)
class Said:
    """The name itself, and (kind, name) for each other name, all lower case."""

    name: str = field(repr=False)
    asides: tuple[tuple[Kind, str], ...] = field(repr=False)


def take_asides(lower: str) -> Said:
    """`lower`, which is `latin.plain`, taken apart. Brackets around everything hold the name itself."""
    asides: list[tuple[Kind, str]] = []
    outside = _BRACKETS.sub(" ", lower)
    if any(letter.isalpha() for letter in outside):
        for found in _BRACKETS.finditer(lower):
            asides += _bracketed(next(part for part in found.groups() if part is not None))
    else:
        outside = re.sub(r"[\[\]()\"]|(?:^|(?<=\s))'|'(?=\s|$)", " ", lower)
    name, *marked = _MARK.split(outside)
    for born, text in zip(marked[::2], marked[1::2], strict=True):
        asides += [("born" if born else "called", other) for other in _OR.split(text)]
    name, *others = _OR.split(name.strip(" /;|"))
    asides += [("called", other) for other in others]
    return Said(name, tuple((kind, other.strip()) for kind, other in asides if any(map(str.isalpha, other))))


def _bracketed(text: str) -> list[tuple[Kind, str]]:
    lead = _LEAD.match(text)
    kind: Kind = "born" if lead and lead[1] else "called"
    names = []
    for other in _OR.split(text[lead.end() :] if lead else text):
        words = re.findall(r"[a-z']+", other)
        is_name = 0 < len(words) <= _MOST_WORDS and not any(sign.isdigit() for sign in other)
        if is_name and not any(word in NOTES for word in words):
            names.append((kind, other))
    return names
