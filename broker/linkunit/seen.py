"""How many records a call compared, and how many of them were strangers: what no honest look-up leads to.

A stranger of a call is an envelope that shares no match key with any of its pivots and weighs below nothing against all
of them (`linkage.strangers`). They are answered with one constant, and counted, so that agencies and granters see when
comparisons are spent on people for whom no label spoke.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from broker.linkunit.book import Book, Counted, Row
from broker.linkunit.compare import UNUSABLE, Rows


@dataclass(frozen=True)
class Seen:
    """Of one call: the different usable envelopes beside the pivots, and those among them that are strangers."""

    different: int
    strangers: int


def seen_in(digests: Sequence[str], pivots: Sequence[int], rows: Sequence[Rows]) -> Seen:
    """What a call saw; `rows` has one for each of `pivots`, which are positions in `digests`."""
    speaking = {digests[index] for index in pivots}
    places = {digest: at for at, digest in enumerate(digests) if digest not in speaking}
    usable = [at for at in places.values() if rows[0].bands[at] != UNUSABLE]
    return Seen(len(usable), sum(all(row.strangers[at] for row in rows) for at in usable))


def note(book: Book, call: Row, seen: Seen) -> None:
    """Puts what a counted `call` saw into the count log; nothing where it saw nothing."""
    counts: dict[Counted, int] = {"different": seen.different, "strangers": seen.strangers}
    for use, count in counts.items():
        if count:
            book.append(replace(call, use=use, count=count))
