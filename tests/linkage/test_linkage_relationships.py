"""Which relationships lead from one person to another: those that somebody stated and that hold today."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.linkage.relationships import Edge, Statement, edge_of, leads_on, may_matter
from broker.wire.delivery import BLOOD, RelatedRecord

TODAY = dt.date(2026, 11, 22)
REF = b"r" * 16
LONG_AGO, LAST_YEAR, NEXT_YEAR = dt.date(2015, 5, 1), dt.date(2025, 6, 1), dt.date(2027, 6, 1)


def said(
    kind: str, evidence: str = "unknown", *, since: dt.date | None = None, until: dt.date | None = None
) -> RelatedRecord:
    return RelatedRecord(ref=REF, kind=kind, evidence=evidence, since=since, until=until)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (said("parent"), True),
        (said("partner", since=LAST_YEAR), True),
        (said("partner", until=NEXT_YEAR), True),
        (said("foster_carer", "court_order", until=LAST_YEAR), False),
        (said("foster_carer", "court_order", until=TODAY), False),
        (said("partner", since=NEXT_YEAR), False),
        (said("ex_partner"), False),
        (said("household_member"), False),
        (said("household_member", "professional_observed"), False),
        (said("partner", "shared_address"), False),
    ],
)
def test_what_leads_on(statement: RelatedRecord, expected: bool) -> None:
    """An ex-partner, an ended placement or a shared address joins two people."""
    assert leads_on(statement, TODAY) is expected


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([], None),
        ([said("household_member"), said("partner", "shared_address")], None),
        ([said("household_member"), said("partner")], Edge("partner")),
        ([said("partner"), said("ex_partner")], None),
        ([said("partner", since=LONG_AGO), said("ex_partner", since=LAST_YEAR)], None),
        ([said("partner", since=LAST_YEAR), said("ex_partner", since=LONG_AGO)], Edge("partner", since=LAST_YEAR)),
        ([said("partner", since=LAST_YEAR), said("ex_partner")], None),
        ([said("partner"), said("partner", since=LONG_AGO, until=LAST_YEAR)], None),
        ([said("ex_partner"), said("carer")], Edge("carer")),
        ([said("parent", "self_reported"), said("parent", "birth_record")], Edge("parent", "birth_record")),
        ([said("guardian", "court_order", since=LAST_YEAR), said("carer"), said("carer")], Edge("carer")),
        (
            [said("partner", "self_reported", since=LAST_YEAR), said("partner", since=LONG_AGO)],
            Edge("partner", "self_reported", LONG_AGO),
        ),
    ],
)
def test_what_all_statements_come_to(statements: list[RelatedRecord], expected: Edge | None) -> None:
    """A source that has not heard of the end brings an ex-partner back into the family."""
    assert edge_of([Statement(one) for one in statements], TODAY) == expected


def test_of_a_record_that_is_shared_in_part_only_the_relationship_is_told() -> None:
    """The evidence of a record that may be told in part only is told in full."""
    order = said("guardian", "court_order", since=LAST_YEAR)
    assert edge_of([Statement(order, in_full=False)], TODAY) == Edge("guardian")
    assert edge_of([Statement(order, in_full=False), Statement(said("guardian"))], TODAY) == Edge("guardian")


_DAYS = st.none() | st.sampled_from([LONG_AGO, LAST_YEAR, TODAY, NEXT_YEAR])
_KINDS = st.sampled_from(["partner", "ex_partner", "carer", "household_member", "guardian"])


@st.composite
def statements(draw: st.DrawFn) -> RelatedRecord:
    since, until = draw(_DAYS), draw(_DAYS)
    since, until = (until, since) if since and until and since > until else (since, until)
    return said(
        draw(_KINDS), draw(st.sampled_from(["unknown", "court_order", "shared_address"])), since=since, until=until
    )


@given(st.lists(statements(), max_size=6), st.randoms(use_true_random=False))
def test_the_order_of_the_statements_does_not_matter(some: list[RelatedRecord], rng: object) -> None:
    """Who is family depends on which source delivered first."""
    shuffled = sorted(some, key=lambda _: rng.random())  # type: ignore[attr-defined]
    assert edge_of([Statement(one) for one in some], TODAY) == edge_of([Statement(one) for one in shuffled], TODAY)


@given(st.lists(statements(), max_size=6))
def test_nobody_is_family_by_address_or_after_the_end(some: list[RelatedRecord]) -> None:
    """Whatever else is said, an edge rests on a statement that leads on by itself; an end never adds one."""
    edge = edge_of([Statement(one) for one in some], TODAY)
    leading = [one for one in some if leads_on(one, TODAY)]
    assert edge is None or edge.kind in {one.kind for one in leading}
    assert edge_of([Statement(one) for one in some if not may_matter(one)], TODAY) is None


def test_a_blood_relationship_has_no_first_day() -> None:
    """The day somebody became a child is posted, which is their birthday."""
    for kind in BLOOD:
        with pytest.raises(ValueError, match="birthday"):
            said(kind, since=LAST_YEAR)
    with pytest.raises(ValueError, match="after until"):
        said("partner", since=LAST_YEAR, until=LONG_AGO)
