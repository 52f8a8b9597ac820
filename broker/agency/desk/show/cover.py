"""A proposed change of the agreements on one page: what changes for whom, in sentences, before the text itself. Pure.

The cover is made from the text that is signed (`policy.diff_text`) and from nothing else. A line of no form that is
known here is never passed over: the cover is then not `whole`, and says that the text itself has to be read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from broker.agency.words import capital, listing, sentences

MOST, MOST_CASES = 12, 3
"""So many changes are on the cover, and so many examples of what is not plain."""
_WIDTH, _HANGING = 118, 6
"""How the sentences of a change are broken (`policy.diff_text`): so wide, and so deep from the second line on."""
_WAYS = {"OPENS": "More is shown", "CLOSES": "Less is shown", "CHANGES": "It is neither more nor less"}
_SECTIONS = {
    "IN SHORT": "short",
    "IN THE PLAIN CASE": "plain",
    "ONLY WHERE NOT ALL IS PLAIN": "rare",
    "WHAT IS IN FORCE OR KNOWN CHANGES, SO THAT DECISIONS DO WHERE NO OUTCOME IS LISTED": "facts",
    "WHAT IS PROMISED CHANGES": "promised",
    "EVERY LINE THAT IS WRITTEN DIFFERENTLY": "lines",
}
_FRAME = re.compile(r"Policies \S+ -> \S+|[\d,]+ requests compared, .*|To sign: \S+")
_NONE = re.compile(r"No outcome changes.*")
_PARAGRAPH = re.compile(r"\d+\. (.+)")
_STEP = re.compile(r"(OPENS|CLOSES|CHANGES): (.+)")
_COUNT = re.compile(r"[\d,]+ requests; for example (.+)\. Decided by .*")
_CODE = re.compile(r" \[[a-z]+\.[a-z_]+: [a-z_ ]+\]")
_FACT = re.compile(r"\[(whether )?([^\[\]]+?): ([^\[\]]+)\]")
_PLAIN = "everything is plain"


@dataclass(frozen=True)
class Change:
    """One change of the plain case: for whom, of what, whether more or less is shown, and what from now on."""

    who: tuple[str, ...]
    way: str
    said: str


@dataclass(frozen=True)
class Cover:
    """`more` are changes that there was no room for, `rare` those where not all is plain, with examples of when."""

    lead: str
    changes: tuple[Change, ...]
    more: int
    rare: int
    cases: tuple[str, ...]
    besides: tuple[str, ...]
    """What is in force, known or promised otherwise, in sentences."""
    whole: bool


def cover(text: str) -> Cover:
    """The cover of a text that is to be signed."""
    read = _Read()
    for line in unwrapped(text):
        read.line(line.strip())
    found = sorted(read.plain, key=lambda one: list(_WAYS.values()).index(one.way))
    return Cover(
        lead=_lead([one.way for one in found]),
        changes=tuple(found[:MOST]),
        more=len(found[MOST:]),
        rare=read.rare,
        cases=tuple(dict.fromkeys(read.cases))[:MOST_CASES],
        besides=tuple(read.besides),
        whole=read.is_whole and read.step is None,
    )


def _lead(ways: Sequence[str]) -> str:
    counts = [(way, ways.count(way)) for way in _WAYS.values() if way in ways]
    said = [f"{way[:1].lower()}{way[1:]} in {count:,} {'place' if count == 1 else 'places'}" for way, count in counts]
    return sentences(capital(listing(said))) if said else "Nothing comes out otherwise in the plain case."


def unwrapped(text: str) -> list[str]:
    """The lines as they were before a terminal's width broke them: where the next word would not have fitted."""
    found: list[str] = []
    last = ""
    for line in text.splitlines():
        word = line.split(maxsplit=1)
        if last and word and line.startswith(" " * _HANGING) and len(last) + 1 + len(word[0]) > _WIDTH:
            found[-1] += f" {line.strip()}"
        else:
            found.append(line)
        last = line
    return found


def uncoded(text: str) -> str:
    """Without the codes of items, and facts as people say them: `[whether the person has died: yes]`."""
    return _FACT.sub(_fact, _CODE.sub("", text))


def _fact(found: re.Match[str]) -> str:
    is_asked, name, value = found.groups()
    return f"{name}{'' if value == 'yes' else f' ({value})'}" if is_asked else f"{name}: {value}"


@dataclass
class _Read:
    """What was read so far, and of which section and paragraph it is."""

    plain: list[Change] = field(default_factory=list)
    rare: int = 0
    cases: list[str] = field(default_factory=list)
    besides: list[str] = field(default_factory=list)
    is_whole: bool = True
    section: str = ""
    who: list[str] = field(default_factory=list)
    step: tuple[str, str] | None = None
    """A step whose example is in the next line."""
    is_first: bool = True

    def line(self, text: str) -> None:
        """One more line."""
        if not text or _FRAME.fullmatch(text):
            return
        if text in _SECTIONS:
            self.section = _SECTIONS[text]
        elif _NONE.fullmatch(text):
            self.besides.append(text)
        elif self.section in ("facts", "promised"):
            self.besides.append(_besides(text))
        elif self.section in ("plain", "rare"):
            self._of_paragraph(text)
        elif self.section not in ("short", "lines"):
            self.is_whole = False

    def _of_paragraph(self, text: str) -> None:
        paragraph, step, count = _PARAGRAPH.fullmatch(text), _STEP.fullmatch(text), _COUNT.fullmatch(text)
        if self.step and count:
            self._told(*self.step, example=count[1])
        elif self.step or count or not (paragraph or self.who):
            self.is_whole = False
        elif paragraph:
            self.who, self.is_first = [uncoded(paragraph[1])], True
        elif step:
            self.step = _WAYS[step[1]], uncoded(step[2])
        elif self.is_first:
            self.who.append(uncoded(text))
        else:
            self.is_whole = False

    def _told(self, way: str, said: str, *, example: str) -> None:
        # A paragraph of the plain case begins with it, also where its example is not everybody's.
        if example == _PLAIN or (self.section == "plain" and self.is_first):
            self.plain.append(Change(tuple(self.who), way, sentences(f"From now on it {said}")))
        else:
            self.rare += 1
            self.cases.append(uncoded(example))
        self.step, self.is_first = None, False


def _besides(text: str) -> str:
    way, colon, said = text.partition(": ")
    known = _WAYS.get(way) or (way.lower() if colon and way.isupper() else way)
    return sentences(capital(uncoded(f"{known}{colon}{said}")))


def does(told: Cover, *, sentences_proven: int, is_compared: bool) -> Sequence[str]:
    """What the change does and does not do, one sentence each."""
    return tuple(_does(told, sentences_proven, is_compared=is_compared))


def _does(told: Cover, proven: int, *, is_compared: bool) -> Iterator[str]:
    yield "It counts for look-ups from the moment it comes into force. Answers that were given before stay as they are."
    if is_compared:
        yield "Every request that there can be was compared with what holds now. What is not listed stays as it is."
    else:
        yield "Nothing was compared: what is in force can't be read any more. Ask the operator before you sign."
    yield f"{proven:,} sentences of what must always be so were proven of it, and hold after it too."
    yield "Signing it changes nothing by itself: it takes the second signature, and then the operator."
    if not told.whole:
        yield "Something in it can't be put into sentences here. Read all of it under “For the record” before you sign."
