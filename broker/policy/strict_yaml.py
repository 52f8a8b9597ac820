"""YAML with everything surprising taken out: text, lists and mappings, each with the line it stands on.

Every scalar stays text (`no` is the word no, `13_15` is not a number); pydantic gives it a type later. Refused:
duplicate keys (PyYAML would silently keep the last), anchors, aliases, tags, several documents, keys that are not
text, characters that don't show or turn the text around, and nesting deeper than `MAX_DEPTH`. The events are read in a
loop, so no input can exhaust the stack.
"""

from __future__ import annotations

import unicodedata
from copy import deepcopy
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import yaml

from broker.errors import BadInput

MAX_BYTES = 512 * 1024
MAX_DEPTH = 16
_UNSEEN = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})
"""Unicode categories of what a reader doesn't see as it is."""

Place = tuple[str | int, ...]


@dataclass(frozen=True)
class Sheet:
    """What a file says (`data`: str, list, dict) and where: `lines` maps a path such as ("share", 2) to its line."""

    file: str
    data: dict[str, Any]
    lines: dict[Place, int] = field(repr=False)

    def line(self, place: Place) -> int:
        """The line of the deepest part of `place` that is in the file."""
        return next((self.lines[place[:n]] for n in range(len(place), 0, -1) if place[:n] in self.lines), 1)


@dataclass
class _Open:
    """A list or mapping whose end has not been read; `key` is the mapping key that waits for its value."""

    place: Place
    value: dict[str, Any] | list[Any]
    key: str | None = None


def read(file: str, content: str | bytes) -> Sheet:
    """The mapping that `content` holds. Raises `BadInput` naming `file` and the line, whatever the bytes."""
    kept = _read(file, content)
    return replace(kept, data=deepcopy(kept.data))


@lru_cache(maxsize=128)
def _read(file: str, content: str | bytes) -> Sheet:
    # Of agreements that are loaded again most files are as they were.
    text = _decoded(file, content)
    try:
        return _Reader(file).read(text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise _bad(file, line, f"not readable as YAML: {error.problem}; correct the line") from None
    except (yaml.YAMLError, ValueError, OverflowError, IndexError):
        raise _bad(file, 1, "not readable as YAML; remove control characters and odd escapes") from None


def _decoded(file: str, content: str | bytes) -> str:
    try:
        raw = content.encode() if isinstance(content, str) else content
        text = raw.decode()
    except UnicodeError:
        raise _bad(file, 1, "not UTF-8 text; save it as UTF-8") from None
    if len(raw) > MAX_BYTES:
        raise _bad(file, 1, f"longer than {MAX_BYTES // 1024} KiB; split it")
    return text


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


def _hides(text: str) -> bool:
    return not text.isprintable() and any(unicodedata.category(one) in _UNSEEN for one in text if one not in "\n\t")


def _bad(file: str, line: int, what: str) -> BadInput:
    return BadInput("policy-unreadable", f"{file} line {line}: {what}")


class _Reader:
    def __init__(self, file: str) -> None:
        self.file = file
        self.lines: dict[Place, int] = {}
        self.stack: list[_Open] = []
        self.root: Any = None

    def read(self, text: str) -> Sheet:
        documents = 0
        for event in yaml.parse(text, Loader=yaml.BaseLoader):
            documents += isinstance(event, yaml.DocumentStartEvent)
            if documents > 1:
                raise self._refuse(event, "a second document; keep one to a file")
            if isinstance(event, yaml.NodeEvent):
                self._check(event)
                self._node(event)
            elif isinstance(event, yaml.CollectionEndEvent):
                self.stack.pop()
        if not isinstance(self.root, dict):
            raise _bad(self.file, 1, "not a mapping of fields; begin with `schema:`")
        return Sheet(self.file, self.root, self.lines)

    def _check(self, event: yaml.NodeEvent) -> None:
        if isinstance(event, yaml.AliasEvent):
            raise self._refuse(event, "an alias; write the value out")
        if event.anchor is not None:
            raise self._refuse(event, "an anchor; write the value out each time")
        if getattr(event, "tag", None) is not None:
            raise self._refuse(event, "a tag; remove it, every value is plain text")
        if isinstance(event, yaml.ScalarEvent) and _hides(event.value):
            raise self._refuse(event, "a character that doesn't show; type the text anew")
        if len(self.stack) >= MAX_DEPTH:
            raise self._refuse(event, f"nesting deeper than {MAX_DEPTH}; make it flatter")

    def _node(self, event: yaml.NodeEvent) -> None:
        holder = self.stack[-1] if self.stack else None
        if holder and isinstance(holder.value, dict) and holder.key is None:
            self._key(holder, event)
            return
        value: Any = (
            event.value
            if isinstance(event, yaml.ScalarEvent)
            else {}
            if isinstance(event, yaml.MappingStartEvent)
            else []
        )
        place = self._place(holder, value, event)
        if not isinstance(value, str):
            self.stack.append(_Open(place, value))

    def _key(self, holder: _Open, event: yaml.NodeEvent) -> None:
        if not isinstance(event, yaml.ScalarEvent):
            raise self._refuse(event, "a key that is not plain text; use a word")
        if event.value in holder.value:
            raise self._refuse(event, f"`{event.value[:60]}` is there twice; keep one")
        holder.key = event.value
        self.lines[(*holder.place, event.value)] = _line(event)

    def _place(self, holder: _Open | None, value: Any, event: yaml.NodeEvent) -> Place:
        if holder is None:
            self.root = value
            return ()
        if isinstance(holder.value, list):
            place = (*holder.place, len(holder.value))
            self.lines[place] = _line(event)
            holder.value.append(value)
            return place
        key, holder.key = str(holder.key), None
        holder.value[key] = value
        return (*holder.place, key)

    def _refuse(self, event: yaml.Event, what: str) -> BadInput:
        return _bad(self.file, _line(event), what)
