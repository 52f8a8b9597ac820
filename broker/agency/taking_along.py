"""What an officer takes along of what a search finds: a spreadsheet, events for other systems, or evidence.

    file = take_along(officer, "is:emergency after:2026-11-01", "csv")
    file.name, file.media_type, file.content

Each page that is fetched is an event of the log. Every leaf is checked to be one before something is made of it.
"""

from __future__ import annotations

import csv
import io
import json
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from broker.agency.officer import Officer
from broker.agency.words import LEVELS, plain
from broker.audit.interop import WRITERS
from broker.audit.leaves import check_leaf
from broker.audit.sentence import lacking
from broker.errors import BadInput
from broker.wire.audit_search import Exported, Hit

Form = Literal["csv", "fhir", "ocsf", "evidence"]
FORMS: Mapping[Form, tuple[str, str, str]] = {
    "csv": ("text/csv; charset=utf-8", "csv", "A table for a spreadsheet"),
    "fhir": ("application/x-ndjson", "fhir.jsonl", "FHIR AuditEvent resources, one a line"),
    "ocsf": ("application/x-ndjson", "ocsf.jsonl", "OCSF events, one a line"),
    "evidence": ("application/zip", "zip", "Evidence with proofs"),
}
"""Of each form its media type, how the file's name ends, and what it is."""
MOST = 5_000
"""Matters in one file; of more, the days are narrowed."""
MOST_EVIDENCE = 20
_HEADS = (
    "when",
    "entry",
    "what",
    "agency",
    "who",
    "role",
    "reason",
    "emergency",
    "refused",
    "told",
    "not told",
    "explained",
)


@dataclass(frozen=True)
class Taken:
    """A file. `count` of what was found is in it; `is_all` says whether that is all."""

    name: str
    media_type: str
    content: bytes = field(repr=False)
    count: int
    is_all: bool


def take_along(officer: Officer, text: str, form: Form) -> Taken:
    """What `text` finds, the latest first. Raises `BadInput` when nothing is found, or the search can't be read."""
    if form == "evidence":
        return _evidence(officer, text)
    pages, is_all = _pages(officer, text)
    matters = [(page, one) for page in pages for one in page.matters]
    if not matters:
        raise _nothing()
    if form == "csv":
        content = _table(officer, [(page.said, one.hit) for page, one in matters])
    else:
        events = ((check_leaf(one.leaf.encode()), page.origin) for page, one in matters)
        made = (resource for event, origin in events for resource in WRITERS[form](event, origin))
        content = "".join(f"{json.dumps(one, sort_keys=True, ensure_ascii=False)}\n" for one in made).encode()
    return _file(form, content, len(matters), is_all)


def _pages(officer: Officer, text: str) -> tuple[list[Exported], bool]:
    pages, cursor = list[Exported](), None
    while sum(len(one.matters) for one in pages) < MOST:
        page = officer.exported(text, cursor)
        pages.append(page)
        cursor = page.more
        if cursor is None:
            return pages, True
    return pages, False


def _evidence(officer: Officer, text: str) -> Taken:
    found = officer.search(text)
    if not found.hits:
        raise _nothing()
    content = officer.evidence([hit.id for hit in found.hits[:MOST_EVIDENCE]])
    count = min(len(found.hits), MOST_EVIDENCE)
    return _file("evidence", content, count, found.count <= count)


def _table(officer: Officer, rows: Sequence[tuple[Mapping[str, str], Hit]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(_HEADS)
    for said, hit in rows:
        writer.writerow(map(safe_cell, _cells(officer, said, hit)))
    return text.getvalue().encode("utf-8-sig")


def _cells(officer: Officer, said: Mapping[str, str], hit: Hit) -> tuple[str, ...]:
    told = [f"{said.get(item, item)} ({rule})" for item, level, rule in hit.told if level in _SHOWN]
    untold = [f"{said.get(item, item)} ({rule})" for item, level, rule in hit.told if level not in _SHOWN]
    is_look = hit.typ == "answer"
    return tuple(
        plain(cell)
        for cell in (
            *(hit.at, hit.reference, f"{hit.typ} {hit.act}".strip(), said.get(hit.agency, hit.agency)),
            ", ".join(officer.called(one) for one in (*hit.others, hit.staff)),
            *(said.get(hit.role, hit.role), said.get(hit.purpose, hit.purpose)),
            *(("yes" if hit.emergency else "no", "yes" if hit.refused else "no") if is_look else ("", "")),
            *("; ".join(dict.fromkeys(told)), "; ".join(dict.fromkeys(untold))),
            _explained(hit, said) if is_look else "",
        )
    )


def _explained(hit: Hit, said: Mapping[str, str]) -> str:
    return f"no: {'; '.join(lacking(one, said) for one in hit.missing)}" if hit.missing else "yes"


_SHOWN = frozenset({"share", "reduced", "signpost"}) & LEVELS.keys()


def safe_cell(text: str) -> str:
    """What a spreadsheet shows and does not run: it would run a cell that begins like a formula."""
    return f"'{text}" if text and unicodedata.normalize("NFKC", text[0]) in "=+-@\t\r" else text


def _file(form: Form, content: bytes, count: int, is_all: bool) -> Taken:
    media_type, ending, _ = FORMS[form]
    name = "look-ups" if is_all else f"look-ups-the-latest-{count}"
    return Taken(f"{name}.{ending}", media_type, content, count, is_all)


def _nothing() -> BadInput:
    return BadInput("export-nothing", "nothing is found, so there is nothing to take along", field="text")
