"""An agency's IG officer <-> broker: the audit log, searched, opened and counted.

    POST /v1/audit/search       SearchRequest -> Found      what an agency may see: its own look-ups, and those that
    POST /v1/audit/entry        EntryRequest -> EntryShown  told of its records
    POST /v1/audit/statistics   CountRequest -> Counted
    POST /v1/audit/evidence     EvidenceRequest -> Evidence
    POST /v1/audit/export       SearchRequest -> Exported   all that a search finds, with the leaves

All are signed by a review key, and each is an event of the audit log. Of a look-up of another agency only what was told
of one's own records is here; what was withheld silently is nowhere.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from broker.wire.answer import ReceiptLeaf
from broker.wire.fields import Bytes, Pseudonym, Slug, Wire

Text = Annotated[str, StringConstraints(max_length=2000)]
Cursor = Annotated[Bytes, Field(min_length=59, max_length=59)]
By = Literal["org", "purpose", "decision", "rule", "day"]
PAGE = 25
EXPORT_PAGE = 200
"""Matters on a page that is taken along."""


class SearchRequest(Wire):
    """What is searched for (`broker.audit.query`), by whom, and from where on, as the page before says in `more`."""

    v: Literal[1]
    staff: Pseudonym
    text: Text
    cursor: Cursor | None = None


class EntryRequest(Wire):
    """One matter, by its event's id in hex or by the spoken reference of an answer."""

    v: Literal[1]
    staff: Pseudonym
    entry: Annotated[str, StringConstraints(max_length=40)]


class CountRequest(Wire):
    """How many matters there are of each value of `by`."""

    v: Literal[1]
    staff: Pseudonym
    text: Text
    by: By


class Hit(Wire):
    """One matter. `told` are (item, level, clause or rule); `steps` explain it and `missing` is what does not.

    `staff` is who acted, of several the last; `others` who did before, as of a resumption the one who proposed it.
    `kept` is false for a matter whose details are destroyed: then only its header is known.
    """

    id: str
    reference: str
    at: str
    typ: str
    agency: Slug
    act: str = ""
    staff: str = ""
    others: tuple[str, ...] = ()
    role: str = ""
    purpose: str = ""
    emergency: bool = False
    refused: bool = False
    told: tuple[tuple[str, str, str], ...] = ()
    steps: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    kept: bool = True


class Found(Wire):
    """One page, the latest first; `count` goes up to `most`. `said` words what stands in the hits."""

    v: Literal[1]
    agency: Slug
    count: int
    most: int
    hits: tuple[Hit, ...]
    said: dict[str, str]
    more: Cursor | None = None
    receipt: ReceiptLeaf


class EntryShown(Wire):
    """One matter with its proof: its own leaf, place and tree, and whether its decisions come out the same today."""

    v: Literal[1]
    agency: Slug
    hit: Hit
    said: dict[str, str]
    decisions: Literal["same", "differ", "unknown"]
    leaf: str
    proof: str
    receipt: ReceiptLeaf


class Counted(Wire):
    """How many matters of each value, the most first; a number that is `most` may be larger."""

    v: Literal[1]
    agency: Slug
    by: By
    most: int
    counts: tuple[tuple[str, int], ...]
    receipt: ReceiptLeaf


class EvidenceRequest(Wire):
    """Entries to take along, each by its event's id in hex or by the spoken reference of an answer."""

    v: Literal[1]
    staff: Pseudonym
    entries: Annotated[tuple[Annotated[str, StringConstraints(max_length=40)], ...], Field(min_length=1, max_length=20)]


class Evidence(Wire):
    """A zip that anybody checks offline (docs/formats/evidence-bundle.md)."""

    v: Literal[1]
    agency: Slug
    content: Bytes
    receipt: ReceiptLeaf


class ExportedMatter(Wire):
    """One matter as an officer may see it, and its leaf."""

    hit: Hit
    leaf: str


class Exported(Wire):
    """One page to take along, the latest first. `origin` is the log's, `said` words what stands in the matters."""

    v: Literal[1]
    agency: Slug
    matters: tuple[ExportedMatter, ...]
    said: dict[str, str]
    origin: str
    more: Cursor | None = None
    receipt: ReceiptLeaf
