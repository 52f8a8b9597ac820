"""Logged decisions are made again from their rows: identical under the same agreements, told apart under others."""

from __future__ import annotations

import datetime as dt
import json
import random
from collections.abc import Iterator
from typing import Any

import pytest
from brackwater_policies import ISA, ON, asker, changed, policies, record
from hypothesis import given, settings
from hypothesis import strategies as st

from broker.policy.decide import admit, decide
from broker.policy.decision import Refusal
from broker.policy.facts import RECORD_FACTS, RecordFacts
from broker.policy.load import load_policies
from broker.policy.replay import replay, replay_all, simulate
from broker.policy.replayed import Shift

FACTS = policies().vocabulary.facts
ATTENDANCE = asker("council.keyworker", "early_help")


def row(**facts: Any) -> dict[str, Any]:
    """A decision about attendance, as it is logged."""
    return decide(policies(), ATTENDANCE, record("ed", **facts), item="ed.attendance", on=ON).as_audit()


def refusal() -> dict[str, Any]:
    """A question that was refused for its asker, as it is logged."""
    made = admit(policies(), asker(training_on=dt.date(2020, 1, 1)), on=ON)
    assert isinstance(made, Refusal)
    return made.as_audit()


def rows(many: int, seed: int) -> Iterator[str]:
    """Decisions about random people by random askers, of several items each, and refusals, as the log holds them."""
    rng = random.Random(seed)
    cells = sorted(policies().schedule)
    items = sorted(policies().vocabulary.items)
    for _ in range(many):
        role, purpose = rng.choice(cells)
        who = asker(role, purpose, relation=rng.choice(FACTS["relation"].values), break_glass=rng.random() < 0.1)
        on = ON - dt.timedelta(days=rng.randrange(300))
        said = {name: rng.choice((*FACTS[name].values, None)) for name in RECORD_FACTS if name != "protection"}
        kinds = rng.choice(((), ("witness",), None))
        about = RecordFacts(rng.choice(items).partition(".")[0], protection=kinds, **said)
        made = admit(policies(), who, on=on)
        if isinstance(made, Refusal):
            yield json.dumps(made.as_audit(), sort_keys=True)
        for item in rng.sample(items, 4):
            yield json.dumps(decide(policies(), who, about, item=item, on=on).as_audit(), sort_keys=True)


def test_every_logged_decision_comes_out_as_it_was_written() -> None:
    """A past decision can't be made again, so that nobody can tell whether it was right."""
    logged = [*rows(300, seed=4), *rows(20, seed=4)]
    found = replay(policies(), logged)
    assert (found.identical, found.differing, found.elsewhere) == (len(logged), 0, 0)
    assert found.is_identical
    assert replay(policies(), map(json.loads, logged)) == found
    again = simulate(logged, under=policies())
    assert (again.total, again.changed, again.unreadable) == (len(logged), 0, 0)


@pytest.mark.parametrize(
    ("name", "value"),
    [("level", "reduced"), ("clause", "A1.9"), ("rules", ["P1"]), ("remedy", "x"), ("review_by", "2026-11-30")],
)
def test_whatever_was_changed_in_a_row_is_named(name: str, value: Any) -> None:
    """Somebody changes what a row says, and it still comes out as it was written."""
    found = replay(policies(), [row(), {**row(match="probable"), name: value}])
    assert (found.identical, found.differing) == (1, 1)
    [first] = found.first
    assert first.fields == (name,)
    assert (first.role, first.purpose, first.item) == ("council.keyworker", "early_help", "ed.attendance")
    facts = row()["facts"]
    other = {**row(), "facts": {**facts, "record": {**facts["record"], "match": "weak"}}}
    assert not replay(policies(), [other]).is_identical


def test_a_row_is_read_however_it_is_spelt() -> None:
    """A file that went through another program is full of differing decisions."""
    made = [json.loads(one) for one in rows(5, seed=2)]
    spellings = [json.dumps(one, indent=1) for one in made] + [json.dumps(dict(reversed(one.items()))) for one in made]
    assert replay(policies(), spellings).identical == len(spellings)
    assert replay(policies(), [one.encode() for one in spellings]).identical == len(spellings)


def test_no_row_with_another_letter_is_passed() -> None:
    """A row that was tampered with is taken for what was written."""
    rng = random.Random(7)
    for text in rows(12, seed=5):
        # Other facts may well lead to the same; that they are the ones that were logged is held by the leaf.
        facts = range(text.index('"facts"'), text.index('"level"'))
        at = [n for n in (rng.randrange(len(text)) for _ in range(25)) if n not in facts]
        tampered = [text[:n] + ("~" if text[n] != "~" else "!") + text[n + 1 :] for n in at]
        assert replay(policies(), tampered).identical == 0
        assert sum(one.identical for one in replay_all(lambda _: policies(), tampered).values()) == 0


def test_a_decision_under_other_agreements_is_left_to_them() -> None:
    """A decision is held against agreements that it was not made under."""
    other = load_policies(changed(ISA[1], ("training: information_sharing", "training: information_governance")))
    mixed = [row(), row(), decide(other, ATTENDANCE, record("ed"), item="ed.attendance", on=ON).as_audit()]
    assert (replay(policies(), mixed).identical, replay(policies(), mixed).elsewhere) == (2, 1)
    kept = {one.digest: one for one in (policies(), other)}
    assert all(one.is_identical and not one.elsewhere for one in replay_all(kept.get, mixed).values())
    assert replay_all({}.get, mixed)[other.digest].elsewhere == 1


def test_what_would_have_come_out_otherwise_is_counted_by_kind() -> None:
    """An IG officer can't see whom a change would have met."""
    logged = [json.dumps(one) for one in (row(), row(match="probable"), row(match="probable"), refusal())]
    opened = ("when: {match: probable}\n    effect: signpost", "when: {match: weak, age: unborn}\n    effect: signpost")
    found = simulate(logged, under=load_policies(changed("protections.yaml", opened)))
    assert (found.total, found.changed, found.unreadable) == (4, 2, 0)
    assert found.shifts == (Shift("council.keyworker", "early_help", "ed.attendance", "signpost", "share", (), (), 2),)
    assert found.shifts[0].opens


def test_a_refused_question_that_would_be_taken_is_said() -> None:
    """Agreements that let more people ask look as if they changed nothing."""
    longer = ("training: information_sharing", "training: information_sharing, training_valid: P9Y")
    [shift] = simulate([refusal()], under=load_policies(changed(ISA[2], longer))).shifts
    assert (shift.item, shift.before, shift.after, shift.opens) == ("*", "withhold", "admitted", True)


LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=8)
NAMES = st.sampled_from(("facts", "requester", "record", "item", "on", "policy_digest", "level"))


def nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4)


JSON = st.recursive(LEAVES, nested, max_leaves=12)


@settings(deadline=None)
@given(st.text(max_size=40) | JSON.map(json.dumps))
def test_a_row_that_is_none_is_counted_and_stops_nothing(text: str) -> None:
    """One bad line in a file stops the replay, or is taken for a decision that came out as it was written."""
    good = json.dumps(row())
    found = replay_all(lambda _: policies(), [good, text, good])
    assert sum(one.identical for one in found.values()) == 2
    assert sum(one.differing for one in found.values()) == 1
    assert simulate([good, text], under=policies()).unreadable == 1
