"""Clocks of people's rights: calendar months, shorter months, leap days, weekends, and the days the clocks change."""

from __future__ import annotations

import datetime as dt
from typing import get_args

import pytest
from brackwater_policies import policies

from broker.policy.clocks import end_of, month_due
from broker.policy.days import BANK_HOLIDAYS
from broker.policy.rights import LASTING, OUTCOMES, RightClock, due_on, may_object, officer_of, outcomes
from broker.wire.rights import Right


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


@pytest.mark.parametrize(
    ("received", "months", "paused", "due"),
    [
        ("2026-11-24", 1, 0, "2026-12-24"),  # the corresponding day
        ("2026-11-22", 1, 0, "2026-12-22"),  # it arrived on a Sunday, and counts from there
        ("2027-01-31", 1, 0, "2027-03-01"),  # 28 February is a Sunday
        ("2028-01-31", 1, 0, "2028-02-29"),  # a leap year has the day
        ("2028-02-29", 1, 0, "2028-03-29"),
        ("2027-12-29", 3, 0, "2028-03-29"),
        ("2027-11-30", 3, 0, "2028-02-29"),  # a shorter month's last day, in a leap year
        ("2026-11-25", 1, 0, "2026-12-29"),  # Christmas Day, and Boxing Day's Monday besides
        ("2026-03-03", 1, 0, "2026-04-07"),  # Good Friday to Easter Monday
        ("2026-10-31", 1, 0, "2026-11-30"),  # there is no 31 November
        ("2026-11-24", 3, 0, "2027-02-24"),
        (
            "2026-11-24",
            1,
            3,
            "2026-12-29",
        ),  # three days that do not count: 27 December is a Sunday, 28th a bank holiday
        ("2026-11-10", 1, 4, "2026-12-14"),
    ],
)
def test_a_month_is_a_calendar_month(received: str, months: int, paused: int, due: str) -> None:
    """Somebody is answered late, or promised a day on which nobody works."""
    assert month_due(day(received), months, paused_days=paused) == day(due)


@pytest.mark.parametrize(
    ("received", "over"),
    [
        # The clocks go forward on 28 March 2027 and back on 25 October 2026; the day ends at its own midnight.
        ("2027-02-26", "2027-03-30T23:00"),  # 26 March is Good Friday: Tuesday after Easter, in summer time
        ("2027-02-25", "2027-03-26T00:00"),  # 25 March, in winter time still
        ("2026-09-25", "2026-10-27T00:00"),  # 25 October is a Sunday: the 26th, in winter time
        ("2026-09-23", "2026-10-23T23:00"),  # two days before, in summer time still
    ],
)
def test_the_last_day_ends_at_its_own_midnight(received: str, over: str) -> None:
    """A clock runs out an hour early or late when the clocks change."""
    assert end_of(month_due(day(received), 1)) == dt.datetime.fromisoformat(over).replace(tzinfo=dt.UTC)


def test_every_day_of_five_years_is_due_on_a_working_day_not_before_the_month_is_over() -> None:
    """A rule about one month does not hold for another."""
    for number in range(5 * 366):
        received = dt.date(2026, 1, 1) + dt.timedelta(days=number)
        if received > dt.date(2028, 11, 20):  # Beyond the list of bank holidays nobody can know.
            break
        due = month_due(received, 1)
        assert due.weekday() < 5 and due not in BANK_HOLIDAYS
        month = received.month % 12 + 1
        corresponds = (due.month, due.day) == (month, received.day)
        assert corresponds or due > received + dt.timedelta(days=27)
        assert due <= received + dt.timedelta(days=31 + 5)
        assert month_due(received, 3) > due


def test_a_complaint_is_acknowledged_within_thirty_days_and_then_answered() -> None:
    """The day on which it arrived is the first of the thirty."""
    clock = RightClock(day("2026-11-22"))
    assert due_on("complaint", clock) == day("2026-12-21")
    assert due_on("complaint", RightClock(day("2026-11-22"), acknowledged=day("2026-12-01"))) == day("2027-02-22")


def test_the_month_begins_when_the_person_is_known() -> None:
    """Whoever waits for a copy of a passport is late before it has come."""
    assert due_on("access", RightClock(day("2026-11-22"), identified=day("2026-12-01"))) == day("2027-01-04")
    assert due_on("access", RightClock(day("2026-11-10"), paused_days=4)) == day("2026-12-14")
    assert due_on("objection", RightClock(day("2026-11-24"), months=3)) == day("2027-02-24")


def test_every_right_has_its_outcomes_and_each_refusal_a_ground() -> None:
    """A person is refused without a reason the law knows."""
    given = {
        *("upheld", "restricted", "corrected", "erased", "answered"),
    }
    assert set(OUTCOMES) == set(get_args(Right))
    for right, possible in OUTCOMES.items():
        assert outcomes(right) == (*possible, "withdrawn")
        for outcome, grounds in possible.items():
            assert bool(grounds) == (outcome not in given), (right, outcome)
    assert all(outcome in OUTCOMES[right] for right, outcome in LASTING)


def test_an_objection_needs_an_agreement_that_rests_on_a_task() -> None:
    """Somebody is promised a right that the law does not give them, or an agency has nobody to tell of lateness."""
    assert may_object(policies(), "council") and not may_object(policies(), "nobody")
    assert officer_of(policies(), "council") and officer_of(policies(), "nobody") == ""
