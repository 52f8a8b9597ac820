"""How many records a call compared, and how many of them were strangers: what no honest look-up leads to.

A stranger of a call is an envelope that shares no match key with any of its pivots and weighs below nothing against all
of them (`linkage.strangers`). They are answered with one constant, and counted, so that agencies and granters see when
comparisons are spent on people for whom no label spoke. What no pivot could be compared with is not counted.

Several envelopes of one record, of other versions or sealed again, are one record beside which strangers are counted:
else copies of somebody who is none would make any number of strangers a small share.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from broker.linkunit.book import Book, Counted, Row
from broker.linkunit.compare import UNUSABLE, Rows
from broker.linkunit.envelopes import Statement


@dataclass(frozen=True)
class Seen:
    """Of one call: the different records with usable envelopes beside the pivots, and the strangers' envelopes."""

    different: int
    strangers: int


def seen_in(
    digests: Sequence[str], statements: Sequence[Statement | None], pivots: Sequence[int], *, rows: Sequence[Rows]
) -> Seen:
    """What a call saw; `rows` has one for each of `pivots`, which are positions in `digests` and `statements`."""
    speaking = {digests[index] for index in pivots}
    places = {digest: at for at, digest in enumerate(digests) if digest not in speaking}
    compared = {at: [row for row in rows if row.bands[at] != UNUSABLE] for at in places.values()}
    usable = {at: by for at, by in compared.items() if by}
    asking = {_record_of(statements[index]) for index in pivots}
    different = {_record_of(statements[at]) for at in usable} - asking
    return Seen(len(different), sum(all(row.strangers[at] for row in by) for at, by in usable.items()))


def _record_of(statement: Statement | None) -> tuple[str, bytes] | None:
    """Whose record a statement is of, and which: the same in every version."""
    return None if statement is None else (statement.agency, statement.name)


def note(book: Book, call: Row, seen: Seen) -> None:
    """Puts what a counted `call` saw into the count log; nothing where it saw nothing."""
    counts: dict[Counted, int] = {"different": seen.different, "strangers": seen.strangers}
    for use, count in counts.items():
        if count:
            book.append(replace(call, use=use, count=count))
