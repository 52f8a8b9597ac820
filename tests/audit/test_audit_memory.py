"""What the alert rules remember: as much as their rules need, for as long, and nothing else."""

from __future__ import annotations

import datetime as dt
import json

from broker.audit import memory
from broker.audit.matters import Decided, Look
from broker.audit.memory import Memory, Person, Recent

NOON = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)
TOLD = (Decided("council", "share", "A1"),)
HELP = Look("0a" * 16, "council", "w1", "sw", "help", "team", False, False, told=TOLD)
NOTHING = Look("0b" * 16, "council", "w1", "sw", "harm", "team", False, False, told=())
REFUSED = Look("0c" * 16, "council", "w2", "sw", "help", "team", False, False, told=(Decided("*", "withhold"),))
A, B, C = frozenset("a"), frozenset("b"), frozenset("abc")


def test_all_that_is_remembered() -> None:
    """A count, a family or a purpose is lost, or one that was there before counts as new."""
    found = Memory()
    found.note(HELP, NOON, hour=12, tags=A)
    found.note(HELP, NOON + dt.timedelta(minutes=30), hour=12, tags=C)
    assert not found.person("council/w1").is_new
    found.note(NOTHING, NOON + dt.timedelta(minutes=60), hour=13, tags=frozenset())
    assert found.person("council/w1").is_new
    found.note(REFUSED, NOON, hour=12, tags=B)
    found.emergencies["0a"] = ("council", NOON.isoformat())
    assert [found.note_strangers(who, tags, day="d1") for who, tags in (("w1", A), ("w1", C), ("w2", B))] == [1, 1, 2]
    assert found.note_strangers("w9", frozenset(), day="d1") == 0
    recent = [
        ["2026-03-02T12:30:00+00:00", "help", ["a", "b", "c"], False, False],
        ["2026-03-02T13:00:00+00:00", "harm", [], True, False],
    ]
    assert found.as_dict() == {
        "people": {
            "council/w1": ["2026-03-02", {"2026-03": {"12": 2, "13": 1}}, recent, ["a", "b", "c"], 2],
            "council/w2": [
                *("2026-03-02", {"2026-03": {"12": 1}}),
                [["2026-03-02T12:00:00+00:00", "help", ["b"], True, True]],
                *(["b"], 1),
            ],
        },
        "counts": {"sw": {"2026-03-02": {"council/w1": 2, "council/w2": 1}}},
        "purposes": {"sw": {"help": ("2026-03-02", 3), "harm": ("2026-03-02", 1)}},
        "emergencies": {"0a": ("council", "2026-03-02T12:00:00+00:00")},
        "strangers": {"a": ["w1"], "b": ["w1", "w2"], "c": ["w1"]},
        "day": "d1",
    }
    again = memory.from_dict(json.loads(json.dumps(found.as_dict())))
    assert again.as_dict() == found.as_dict() and again == replace_new(found)
    assert again.note_strangers("w3", B, day="d2") == 1 and again.strangers == {"b": {"w3"}}
    assert memory.from_dict({}) == Memory()


def replace_new(found: Memory) -> Memory:
    """`is_new` is of the last look-up alone, and not remembered."""
    for one in found.people.values():
        one.is_new = False
    return found


def test_what_is_old_goes() -> None:
    """Habits of years ago hide a change, or a store grows for ever."""
    found = Memory()
    for days in range(0, 160, 4):
        found.note(HELP, NOON + dt.timedelta(days=days), hour=12, tags=A)
    person = found.person("council/w1")
    assert sorted(person.months) == ["2026-05", "2026-06", "2026-07", "2026-08"]
    assert person.families == 1 and person.known == set(A) and person.hours == {12: sum(person.hours.values())}
    assert len(found.counts["sw"]) == 31 and person.last == max(found.counts["sw"])
    days = sorted(found.counts["sw"])
    assert found.peers("sw", since=days[3], before=days[5]) == [1, 1] and found.peers("x", since="", before="z") == []
    assert found.purposes["sw"]["help"][1] == 40


def test_the_last_minutes() -> None:
    """A series of look-ups is counted over a longer or a shorter time than the threshold says."""
    at = [NOON + dt.timedelta(minutes=minutes) for minutes in (0, 20, 50)]
    recent = [Recent(one.isoformat(), "help", A, False, False) for one in at]
    person = Person(recent=recent)
    assert person.within(at[2], minutes=30) == recent[2:]
    assert person.within(at[2], minutes=31) == recent[1:]
    found = Memory(people={"council/w1": person})
    found.note(HELP, at[0] + dt.timedelta(minutes=60), hour=13, tags=A)
    assert [one.at for one in person.recent] == [at[1].isoformat(), at[2].isoformat(), "2026-03-02T13:00:00+00:00"]
