"""An agency asks who has looked at a record of its own; the broker answers with every look, and proof that it is all.

    POST /v1/people/seen      a review key of the agency that holds the record
    {"v":1,"source":"csc","ref":"<pseudonym of the agency's own reference>","staff":"<pseudonym of whoever reads it>"}

The answer has the indexes of the log from its beginning, and in each the row that answers for the record on each of its
days (`broker.audit.subjects`). `seen_key` gives the record's day tags, so that the agency makes them itself. The looks
stand in the order of the log; one that an embargo covers is a hash and the day from which it is told.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from broker.wire.answer import ReceiptLeaf
from broker.wire.fields import Bytes, Bytes16, Bytes32, Date, Pseudonym, Slug, Wire

Row = Annotated[Bytes, Field(min_length=64, max_length=64)]


class SeenRequest(Wire):
    """Which record, by its source and the pseudonym of the agency's own reference, as deliveries name it; who asks."""

    v: Literal[1]
    source: Slug
    ref: Bytes16
    staff: Pseudonym


class IndexAnswer(Wire):
    """What an index says of the record on one day: a row, its place in the tree, and the leaf hashes of the looks."""

    row: Row
    place: Annotated[int, Field(ge=0)]
    path: tuple[Bytes32, ...]
    looks: tuple[Bytes32, ...] = ()


class IndexShown(Wire):
    """One index: the text of its event's leaf, and an answer for each of the days that it names."""

    leaf: str
    answers: tuple[IndexAnswer, ...]


class Untold(Wire):
    """A look that is counted and not told: until a day (`until`), or because the log no longer keeps it."""

    look: Bytes32
    until: Date | None = None


class Seen(Wire):
    """Every look at one record. `proof` is the last index's; `read` the event that somebody was told this.

    `said` words the items, roles, purposes and agencies of the looks; it is not part of any proof.
    """

    v: Literal[1]
    agency: Slug
    source: Slug
    ref: Bytes16
    seen_key: Bytes32
    indexes: tuple[IndexShown, ...]
    proof: str
    looks: tuple[ReceiptLeaf, ...]
    untold: tuple[Untold, ...]
    said: dict[str, str]
    read: ReceiptLeaf
