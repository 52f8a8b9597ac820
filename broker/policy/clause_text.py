"""One clause of an agreement as it stands in its file, and the file with another in its place.

Nothing is understood here but where a clause begins and ends: whether the file still is an agreement, and what is other
about it, is for `load_policies` and `diff`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from broker.errors import BadInput, NotFound

_FOLDER = "agreements/"
_BEGINS = re.compile(r"^(?P<deep> *)- id: (?P<id>[A-Z][0-9]+\.[0-9]+)\s*$")


def clause_in(files: Mapping[str, str], clause: str) -> tuple[str, str]:
    """The file that a clause stands in, and its lines. Raises `NotFound`."""
    for name, text in files.items():
        lines = text.splitlines(keepends=True)
        found = _lines(lines, clause) if name.startswith(_FOLDER) else None
        if found is not None:
            return name, "".join(lines[found[0] : found[1]])
    raise NotFound("clause-unknown", "no agreement in force has this clause", hint="look at the agreements")


def with_clause(files: Mapping[str, str], clause: str, text: str) -> dict[str, str]:
    """The files with `text` in place of the clause, or without it. Raises `NotFound`, or `BadInput` for no change."""
    name, before = clause_in(files, clause)
    wanted = f"{text.strip(chr(10)).rstrip()}\n" if text.strip() else ""
    if wanted.split() == before.split():
        raise BadInput("trial-no-change", "the clause stands so already", field="text", hint="change something in it")
    if wanted and _lines(wanted.splitlines(keepends=True), clause) != (0, len(wanted.splitlines())):
        hint = f"it begins with the line `- id: {clause}`, as deep as before, and has no other clause in it"
        raise BadInput("trial-clause", "what would stand there is not this clause", field="text", hint=hint)
    return {**files, name: files[name].replace(before, wanted, 1)}


def _lines(lines: list[str], clause: str) -> tuple[int, int] | None:
    """Where the clause begins and ends: with the next line that stands no deeper than its beginning."""
    for at, line in enumerate(lines):
        begins = _BEGINS.match(line)
        if begins is not None and begins["id"] == clause:
            deep = len(begins["deep"])
            inside = (one for one in range(at + 1, len(lines)) if _depth(lines[one]) <= deep)
            return at, next(inside, len(lines))
    return None


def _depth(line: str) -> int:
    """How deep a line stands; an empty one is as deep as anything."""
    return len(line) - len(line.lstrip(" ")) if line.strip() else len(line) + 1_000
