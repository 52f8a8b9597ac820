"""Alert rules at their thresholds: one look-up less, or a minute more, and they say nothing."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from test_audit_rules import HIDDEN, MONDAY, OURS, THEIRS, THRESHOLDS, seen, spoken

from broker.audit.matters import Decided
from broker.audit.memory import Memory, Person
from broker.audit.rules import Alert, Seen, Watch, opened_without_cause, unwitnessed

REFUSED = (Decided("*", "withhold", "S1", reasons=("S9",)),)


def after(*, minutes: float = 0, days: int = 0) -> dt.datetime:
    return MONDAY + dt.timedelta(days=days, minutes=minutes)


def rules(watch: Watch, *some: Seen) -> list[set[str]]:
    """What is said of each, in order."""
    found = spoken(watch, list(some))
    return [found.get(one.look.id, set()) for one in some]


def test_a_walk_begins_with_the_tenth_in_ten_minutes() -> None:
    """A7."""
    walk = [seen(after(minutes=0.6 * n), told=()) for n in range(12)]
    assert rules(Watch(THRESHOLDS), *walk)[8:] == [set(), {"A7"}, set(), set()]
    slow = [seen(after(minutes=1.2 * n), told=()) for n in range(20)]
    assert rules(Watch(THRESHOLDS), *slow) == [set()] * 20
    fruitful = [*walk[:9], seen(after(minutes=9))]
    assert rules(Watch(THRESHOLDS), *fruitful) == [set()] * 10
    others = [*walk[:9], seen(after(minutes=9), "w2", told=())]
    assert rules(Watch(THRESHOLDS), *others) == [set()] * 10


HELD_BACK = replace(HIDDEN, owner="council")


@pytest.mark.parametrize(
    ("purposes", "minutes", "told", "tags", "said"),
    [
        ("abc", 9, HELD_BACK, "x", {"A8"}),
        ("abb", 9, HELD_BACK, "x", set()),
        ("aba", 9, HELD_BACK, "x", set()),
        ("abc", 31, HELD_BACK, "x", set()),
        ("abc", 29, HELD_BACK, "x", {"A8"}),
        ("abc", 9, HELD_BACK, "", set()),
        ("abc", 9, REFUSED[0], "", {"A8"}),
        ("abc", 9, OURS, "x", set()),
    ],
)
def test_three_purposes_for_one_person_within_the_hour(
    purposes: str, minutes: int, told: Decided, tags: str, said: set[str]
) -> None:
    """A8."""
    some = [seen(after(minutes=minutes * n), told=(told,), purpose=why, tags=tags) for n, why in enumerate(purposes)]
    assert rules(Watch(THRESHOLDS), *some) == [set(), set(), said]


def test_purposes_count_from_the_first_refusal() -> None:
    """A8: what was asked and answered before is no trying."""
    told = ((OURS,), (HELD_BACK,), (HELD_BACK,))
    some = [seen(after(minutes=n), told=told[n], purpose="abc"[n], tags="x") for n in range(3)]
    assert rules(Watch(THRESHOLDS), *some) == [set()] * 3
    found = rules(Watch(THRESHOLDS), *some, seen(after(minutes=9), told=(OURS,), purpose="d", tags="x"))
    assert found[3] == {"A8"}
    of_one = [replace(one, look=replace(one.look, told=REFUSED), tags=frozenset()) for one in some]
    assert rules(Watch(THRESHOLDS), *of_one)[2] == {"A8"}


@pytest.mark.parametrize(
    ("before", "there", "hour", "said"),
    [
        (100, 0, 3, {"A9"}),
        (99, 0, 3, set()),
        (100, 1, 3, set()),
        (101, 1, 3, {"A9"}),
        (300, 0, 7, set()),
        (300, 0, 6, {"A9"}),
        (300, 0, 18, set()),
        (300, 0, 19, {"A9"}),
        (300, 0, 4 * 24 + 12, set()),
        (300, 0, 5 * 24 + 12, {"A9"}),
    ],
)
def test_an_hour_at_which_they_never_work(before: int, there: int, hour: int, said: set[str]) -> None:
    """A9."""
    habit = {"10": before - there} | ({str(hour): there} if there else {})
    memory = Memory(people={"council/w1": Person(last="2026-03-01", months={"2026-02": habit})})
    assert rules(Watch(THRESHOLDS, memory), replace(seen(MONDAY), hour=hour)) == [said]


@pytest.mark.parametrize(("days", "said"), [(59, set()), (60, {"A10"}), (61, {"A10"})])
def test_the_first_after_a_long_time(days: int, said: set[str]) -> None:
    """A10."""
    assert rules(Watch(THRESHOLDS), seen(MONDAY), seen(after(days=days))) == [set(), said]


@pytest.mark.parametrize(
    ("many", "used", "said"),
    [
        (100, {}, {"A11"}),
        (99, {}, set()),
        (60, {"drift": ("2025-12-01", 40)}, {"A11"}),
        (60, {"drift": ("2025-12-02", 40)}, set()),
        (60, {"other": ("2026-03-01", 40)}, {"A11"}),
    ],
)
def test_a_purpose_that_the_role_never_has(many: int, used: dict[str, tuple[str, int]], said: set[str]) -> None:
    """A11: 90 days before 2 March 2026 is 2 December 2025."""
    one = seen(MONDAY, purpose="drift")
    memory = Memory(purposes={one.look.role: {"help": ("2026-03-01", many), **used}})
    assert rules(Watch(THRESHOLDS, memory), one) == [said]


@pytest.mark.parametrize(
    ("peers", "alarm"),
    [
        ([], 21),
        ([1, 1, 1], 21),
        ([20, 20, 20], 21),
        ([20, 21, 22], 28),
        ([10, 14, 20], 39),
    ],
)
def test_far_more_families_than_the_peers(peers: list[int], alarm: int) -> None:
    """A6: more than twenty, and more than the median and six times the median distance from it; once a day."""
    one = seen(MONDAY)
    counts = {one.look.role: {"2026-02-27": {f"council/p{n}": count for n, count in enumerate(peers)}}}
    old = {"2026-02-01": {"council/p9": 500}}
    memory = Memory(counts={one.look.role: {**old, **counts[one.look.role]}})
    some = [seen(after(minutes=2 * n)) for n in range(45)]
    found = rules(Watch(THRESHOLDS, memory), *some)
    assert [n for n, said in enumerate(found, 1) if "A6" in said] == [alarm]
    same = [seen(after(minutes=2 * n), tags="one") for n in range(45)]
    assert rules(Watch(THRESHOLDS), *same) == [set()] * 45


def test_several_people_without_a_reason() -> None:
    """A12, and A3 of each; the next day nobody knows that it is the same family."""
    cluster = [seen(after(minutes=n), f"w{n}", told=(THEIRS,), tags="x y") for n in range(4)]
    assert rules(Watch(THRESHOLDS), *cluster) == [{"A3"}] * 3 + [{"A3", "A12"}]
    twice = [*cluster[:3], seen(after(minutes=9), "w0", told=(THEIRS,), tags="y")]
    assert rules(Watch(THRESHOLDS), *twice) == [{"A3"}] * 4
    next_day = [*cluster[:3], seen(after(days=1), "w8", told=(THEIRS,), tags="x")]
    assert rules(Watch(THRESHOLDS), *next_day) == [{"A3"}] * 4
    known = [*cluster[:3], seen(after(minutes=9), "w8", tags="x")]
    assert rules(Watch(THRESHOLDS), *known)[3] == set()


def test_what_one_look_up_shows() -> None:
    """A1, A2, A3 and A5 by themselves; nobody is a stranger to nobody."""
    watch = Watch(THRESHOLDS)
    for concerns, said in (("self", {"A1"}), ("household", {"A2"}), ("colleague", {"A2"}), ("none", set())):
        assert rules(watch, seen(MONDAY, concerns=concerns)) == [said]  # type: ignore[arg-type]
    for told, more, said in (
        ((THEIRS,), {}, {"A3"}),
        ((THEIRS,), {"has_case": True}, set()),
        ((THEIRS,), {"is_emergency": True}, set()),
        ((THEIRS, OURS), {}, set()),
        (REFUSED, {}, set()),
        ((), {}, set()),
        ((OURS, replace(HIDDEN, reasons=("P4", "P2"))), {}, {"A5"}),
        ((OURS, replace(HIDDEN, reasons=("P4",))), {}, set()),
    ):
        assert rules(watch, seen(MONDAY, told=told, **more)) == [said]
    one = seen(MONDAY, concerns="self")
    assert watch.see(one) == [Alert("A1", one.look.id, "council", "w1")]
    assert (one.who, one.day) == ("council/w1", "2026-03-02")


def test_emergencies_at_their_hour() -> None:
    """A4: each once, by its own agency, when its day is over."""
    watch = Watch(THRESHOLDS)
    watch.emergency("opened", "b" * 32, org="nhs", at=MONDAY)
    watch.emergency("opened", "a" * 32, org="council", at=MONDAY)
    watch.emergency("explained", "a" * 32, org="council", at=MONDAY)
    watch.emergency("reviewed", "c" * 32, org="council", at=MONDAY)
    assert watch.overdue(after(minutes=24 * 60 - 1)) == []
    assert watch.overdue(after(minutes=24 * 60)) == [Alert("A4", "a" * 32, "council"), Alert("A4", "b" * 32, "nhs")]
    assert watch.memory.emergencies == {}


def test_what_witnesses_and_the_operator_are_told_of() -> None:
    """A13 and A14: every way in which a log is not vouched for, and no other."""
    for act in ("too-few", "stopped", "behind", "refused"):
        assert unwitnessed(act, "a" * 32) == [Alert("A14", "a" * 32, "broker", "")]
    assert unwitnessed("enough", "a" * 32) == []
    assert opened_without_cause("a" * 32, org="nhs", is_linked=False) == [Alert("A13", "a" * 32, "nhs", "")]
    assert opened_without_cause("a" * 32, org="nhs", is_linked=True) == []
    assert Seen(seen(MONDAY).look, MONDAY, 9).concerns == "unknown"


def test_trying_after_a_refusal_is_about_one_person() -> None:
    """A8: a refused question about somebody else, or one that was told of another family, is no trying."""
    refused = [seen(after(minutes=n), told=REFUSED, purpose="ab"[n], tags="") for n in range(2)]
    refused = [replace(one, tags=frozenset()) for one in refused]
    assert rules(Watch(THRESHOLDS), *refused, seen(after(minutes=5), purpose="c", tags="x"))[2] == set()
    held = [seen(after(minutes=n), told=(HELD_BACK,), purpose="ab"[n], tags="x") for n in range(2)]
    other = replace(seen(after(minutes=5), told=REFUSED, purpose="c"), tags=frozenset())
    assert rules(Watch(THRESHOLDS), *held, other)[2] == set()


def test_the_weekend_begins_at_midnight() -> None:
    """A9: the first hour of Saturday is no working hour, the last of Friday's rota is."""
    for hour, said in ((5 * 24 + 9, {"A9"}), (5 * 24 - 6, set()), (5 * 24 - 5, {"A9"}), (5 * 24 + 7, {"A9"})):
        memory = Memory(people={"council/w1": Person(last="2026-03-01", months={"2026-02": {"10": 300}})})
        assert rules(Watch(THRESHOLDS, memory), replace(seen(MONDAY), hour=hour)) == [said]
