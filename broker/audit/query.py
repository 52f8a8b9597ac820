"""What an IG officer asks the audit log, in words that stand in one line.

    parse("actor:council/8f2c src:nhs is:emergency after:2026-11-01")

A *matter* is what is found: a look-up with all that it told and did not tell, or one other event. Terms are joined by
*and*; several of one qualifier by *or*; a minus before a term means *not*. All but time is found by keyed marks, so a
value can only be asked for whole.
"""

from __future__ import annotations

import datetime as dt
import difflib
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from broker.errors import BadInput

QUALIFIERS: Mapping[str, str] = {
    "actor": "who asked or acted, as their agency names them in receipts",
    "org": "the agency that acted",
    "src": "the agency whose records were told of",
    "purpose": "what it was asked for",
    "role": "the role of who asked",
    "decision": "share, reduced, signpost, refer, withhold or withhold_silently",
    "rule": "a clause or a rule that decided, such as A2.1 or P5",
    "agreement": "an agreement that it was decided under",
    "typ": "what kind of event, such as answer, verdict or challenge",
    "answer": "the id of a look-up, as receipts have it",
    "is": "emergency, denied, unexplained, self_claimed or silent",
    "after": "from a day or an instant on, UTC",
    "before": "before a day or an instant, UTC",
}
FLAGS = ("emergency", "denied", "unexplained", "self_claimed", "silent")
_TIMES = ("after", "before")
_TERM = re.compile(r'(-?)([a-z]+):("[^"]*"|\S+)')
_VALUE = re.compile(r"[A-Za-z0-9*][A-Za-z0-9._:@/+=#~*-]{0,199}")
_MOST_TERMS = 24


@dataclass(frozen=True)
class Query:
    """What must be so: for each qualifier one of `wanted`, none of `unwanted`, and a time in [after, before)."""

    wanted: Mapping[str, tuple[str, ...]]
    unwanted: tuple[tuple[str, str], ...] = ()
    after: str = ""
    before: str = "~"

    def text(self) -> str:
        """The same question in one spelling, whatever order it was typed in."""
        terms = [f"{name}:{value}" for name in QUALIFIERS for value in sorted(self.wanted.get(name, ()))]
        terms += [f"-{name}:{value}" for name, value in sorted(self.unwanted)]
        terms += [f"after:{self.after}"] if self.after else []
        return " ".join(terms + ([f"before:{self.before}"] if self.before != "~" else []))

    @property
    def digest(self) -> str:
        """SHA-256 of `text`, in hex: what the audit log says was searched for."""
        return hashlib.sha256(self.text().encode()).hexdigest()


def parse(text: str) -> Query:
    """The question that `text` asks. Raises `BadInput` naming the word that can't be read and what may stand there."""
    wanted: dict[str, list[str]] = {}
    unwanted: list[tuple[str, str]] = []
    times: dict[str, str] = {}
    terms = text.split() if '"' not in text else [found[0] for found in re.finditer(r'-?[a-z]*:?"[^"]*"|\S+', text)]
    if len(terms) > _MOST_TERMS:
        raise _bad(_MOST_TERMS + 1, f"more than {_MOST_TERMS} terms", "ask in two searches")
    for number, term in enumerate(terms, 1):
        name, value, is_not = _read(number, term)
        if name in _TIMES:
            if is_not or name in times:
                raise _bad(number, f"`{name}:` stands once and without a minus", "leave one of them")
            times[name] = _instant(number, value)
        elif is_not:
            unwanted.append((name, value))
        elif value not in wanted.setdefault(name, []):
            wanted[name].append(value)
    found = Query({name: tuple(values) for name, values in wanted.items()}, tuple(dict.fromkeys(unwanted)), **times)
    if found.after and found.after >= found.before:
        raise _bad(len(terms), "it ends before it begins", "exchange `after:` and `before:`")
    return found


def _read(number: int, term: str) -> tuple[str, str, bool]:
    match = _TERM.fullmatch(term)
    if match is None:
        raise _bad(number, "not of the form `qualifier:value`", f"use {_names()}")
    name, value = match[2], match[3].strip('"')
    if name not in QUALIFIERS:
        near = difflib.get_close_matches(name, QUALIFIERS, n=1)
        raise _bad(number, "no such qualifier", f"did you mean `{near[0]}:`?" if near else f"use {_names()}")
    if not _VALUE.fullmatch(value):
        raise _bad(number, f"`{name}:` has no value that the log could hold", f"it is {QUALIFIERS[name]}")
    if name == "is" and value not in FLAGS:
        raise _bad(number, "no such mark", f"`is:` takes {', '.join(FLAGS)}")
    return name, value, match[1] == "-"


def _instant(number: int, value: str) -> str:
    """A day or an instant as leaves write it."""
    try:
        read = dt.datetime.fromisoformat(value)
    except ValueError:
        raise _bad(number, "not a day or an instant", "write 2026-11-22 or 2026-11-22T09:30") from None
    zoned = read if read.tzinfo else read.replace(tzinfo=dt.UTC)
    try:
        return zoned.astimezone(dt.UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    except OverflowError:
        raise _bad(number, "not a day or an instant", "write 2026-11-22 or 2026-11-22T09:30") from None


def _names() -> str:
    return ", ".join(f"`{name}:`" for name in QUALIFIERS)


def _bad(number: int, what: str, hint: str) -> BadInput:
    return BadInput("search-unreadable", f"term {number} of the search: {what}", hint=hint)
