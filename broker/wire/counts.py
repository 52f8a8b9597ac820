"""Linkage unit -> agency and granters: what it counted, signed, so that they can compare it with what they know.

    {"v":1,"agency":"council","day":"2026-11-23","made":1795424400,
     "tickets":[{"id":"...","kind":"question","purpose":"early_help","at":1795420000,"calls":2,"strangers":0}],
     "deliveries":[{"batch":"...","at":1795410000,"inputs":9120}],"many_strangers":false,
     "unusual":[{"use":"ask","span":"hour","at":1795420000,"count":61}],"grants":[],
     "start":{"size":8011,"head":"<SHA-256, hex>"},"end":{"size":8123,"head":"<SHA-256, hex>"},"signature":"..."}

`start` and `end` say where the linkage unit's whole count log, a chain of hashes that only grows, stood when the day
began and when it ended (or at the moment of asking). The end of one day is the start of the next: whoever keeps one
statement sees in the next when lines were changed, removed or put in. A statement tells an agency of itself alone.

Of strangers (`linkage.strangers`) an agency is told no more than that there were too many: the number of records
compared would say how many others hold, and so what an answer kept silent about.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from broker.wire.evaluation import Use
from broker.wire.fields import Bytes16, Bytes64, Date, Hex32, Seconds, Slug, Wire
from broker.wire.quota import QuotaTerms, Span

TICKET_STRANGERS = 8
"""Strangers that one question may have before they are told. Of 12,000 honest ones among 80,000 people one had more."""
DAY_STRANGERS = 0.1
"""The share of a day's compared records that may be strangers. Of honest questions it was 0.0012 at most."""
FEW = 5
"""Strangers that say nothing of a day or a run, whatever their share."""


class CountedTicket(Wire):
    """A ticket as the linkage unit counted it. `calls` is 0 when it was evaluated and never compared.

    The purpose is known from the first call on: an evaluation alone does not say it. `strangers` is 0 unless there were
    more than `TICKET_STRANGERS`.
    """

    id: Bytes16
    kind: Literal["question", "review"]
    purpose: Slug | None = None
    at: Seconds
    calls: Annotated[int, Field(ge=0, le=2)]
    strangers: Annotated[int, Field(ge=0)] = 0


class CountedDelivery(Wire):
    """A batch for which match keys were evaluated on the day: since when, and how many inputs in all."""

    batch: Bytes16
    at: Seconds
    inputs: Annotated[int, Field(ge=1)]


class CountedUnusual(Wire):
    """When an hour, or a day up to then, had three times what is usual for the agency (`wire.quota`), and how much."""

    use: Use
    span: Span
    at: Seconds
    count: Annotated[int, Field(ge=1)]


class ChainPoint(Wire):
    """How many lines the count log had, and the hash of its chain then."""

    size: Annotated[int, Field(ge=0)]
    head: Hex32


class TicketStatement(Wire):
    """What the linkage unit counted for one agency on one UTC day, up to the moment it was `made`.

    `many_strangers` says whether more of what the day's tickets compared than `DAY_STRANGERS` were strangers. `grants`
    are those by which two people allow more on this day.
    """

    v: Literal[1]
    agency: Slug
    day: Date
    made: Seconds
    tickets: tuple[CountedTicket, ...]
    deliveries: tuple[CountedDelivery, ...] = ()
    many_strangers: bool = False
    unusual: tuple[CountedUnusual, ...] = ()
    grants: tuple[QuotaTerms, ...] = ()
    start: ChainPoint
    end: ChainPoint
    signature: Bytes64


class GrantStatement(Wire):
    """What has been used of a grant, and what its blocks compared: for whoever knows its id, as it is of nobody.

    `different` are the records compared beside pivots, each counted once a call, and `strangers` the envelopes of those
    that no match key speaks for. `last` is the time of the last call, 0 before the first.
    """

    v: Literal[1]
    grant: Bytes16
    made: Seconds
    blocks: Annotated[int, Field(ge=0)]
    openings: Annotated[int, Field(ge=0)]
    different: Annotated[int, Field(ge=0)]
    strangers: Annotated[int, Field(ge=0)]
    last: Annotated[int, Field(ge=0)]
    signature: Bytes64


def are_many(strangers: int, different: int) -> bool:
    """Whether so many strangers among so many compared records are more than an honest day or run has."""
    return strangers >= FEW and strangers > DAY_STRANGERS * different
