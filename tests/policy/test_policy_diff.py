"""The exact comparison of two policy sets: complete, honest in its examples, plain cases first."""

from __future__ import annotations

import random
from collections.abc import Callable

import brackwater_policies as place
import planted_changes as planted
import pytest
from brackwater_policies import ISA, changed
from test_policy_space import vector

from broker.policy.change import Change, Diff
from broker.policy.diff import diff
from broker.policy.diff_text import tell
from broker.policy.interpret import Cell, judge
from broker.policy.load import load_policies
from broker.policy.obligations import TRANSFORMERS
from broker.policy.outcomes import cells
from broker.policy.policies import Policies
from broker.policy.space import facts_of

PLANTED = (planted.good, planted.typo, planted.dropped)
Files = Callable[[], dict[str, str]]


def other() -> dict[str, str]:
    """A role that is renamed, an item more, a wider exception and a clause that is reduced in another way."""
    alarm = "  fr.smoke_alarm: {category: personal, kind: flag, label: Smoke alarm fitted}\n"
    visit = "  fr.home_safety_visit: {category"
    files = changed("vocabulary.yaml", ("  fire.officer:", "  fire.advisor:"), (visit, alarm + visit))
    one = changed(
        ISA[1],
        ("fire.officer]", "fire.advisor]"),
        ("obligations: [count_and_last_date_only]", "obligations: [yes_no_only]"),
    )
    two = changed(ISA[2], ("when: {risk: [none, concern]}", "when: {risk: none}"))
    renamed = files["invariants.yaml"].replace("fire.officer", "fire.advisor")
    return {**files, "invariants.yaml": renamed, ISA[1]: one[ISA[1]], ISA[2]: two[ISA[2]]}


def compared(files: Files) -> tuple[Policies, Diff]:
    new = load_policies(files())
    return new, diff(place.policies(), new)


def matches(change: Change, cell: Cell, facts: dict[str, str]) -> bool:
    return cell in change.cells and all(facts[fact] in values for fact, values in change.when)


@pytest.mark.parametrize("files", [*PLANTED, other])
def test_every_request_that_ends_differently_is_in_the_diff(files: Files) -> None:
    """A changed outcome is missing from what the officer signs, or one is there that doesn't change."""
    new, found = compared(files)
    rng = random.Random(files.__name__)
    near = [cell for change in found.changes for cell in change.cells]
    every = cells(new)
    triggers = [dict(change.example) for change in found.changes]
    differing = 0
    for _ in range(1500):
        cell, facts = rng.choice(near if rng.random() < 0.8 else every), vector(rng, 0.2)
        facts |= {name: value for name, value in rng.choice(triggers).items() if rng.random() < 0.7}
        was, now = judge(place.policies(), cell, facts), judge(new, cell, facts)
        steps = {(change.step.before, change.step.after) for change in found.changes if matches(change, cell, facts)}
        if was.level != now.level:
            differing += 1
            assert (was.level, now.level) in steps
        elif was.level in ("reduced", "share") and set(was.obligations) != set(now.obligations):
            assert (was.level, was.level) in steps
    assert differing > 20


@pytest.mark.parametrize("files", [*PLANTED, other])
def test_every_example_is_one(files: Files) -> None:
    """The example in a sentence is judged otherwise than the sentence says."""
    new, found = compared(files)
    for change in found.changes:
        assert matches(change, change.shown, dict(change.example))
        assert (change.was, change.now) == (
            judge(place.policies(), change.shown, change.example),
            judge(new, change.shown, change.example),
        )
        assert (change.was.level, change.now.level) == (change.step.before, change.step.after)
        if change.step.added:
            assert change.step.added in set(change.now.obligations) - set(change.was.obligations)
        if change.step.dropped:
            assert change.step.dropped in set(change.was.obligations) - set(change.now.obligations)
        assert change.sentence and change.count


@pytest.mark.parametrize("files", [*PLANTED, other])
def test_there_and_back_is_the_same_change(files: Files) -> None:
    """A change shows in one direction and not in the other."""
    new, found = compared(files)
    back = diff(new, place.policies())
    assert (back.total, back.requests) == (found.total, found.requests)
    assert {(c.step.before, c.step.after) for c in back.changes} == {
        (c.step.after, c.step.before) for c in found.changes
    }


def test_nothing_changes_where_nothing_is_changed() -> None:
    """A comment, or the set itself, shows as a change."""
    same = load_policies(changed(ISA[1], ("share:\n", "# what is shared\nshare:\n")))
    found = diff(place.policies(), same)
    assert found.changes_nothing and not found.total and not found.rewritten
    assert "No outcome changes" in tell(found, same.vocabulary)


def test_a_line_that_changes_no_outcome_is_shown_all_the_same() -> None:
    """A duty phone or an expiry date changes unseen."""
    new = load_policies(
        changed(
            ISA[3],
            ("duty_phone: 01632 960203", "duty_phone: 01632 960209"),
            ("expires: 2028-04-01", "expires: 2029-04-01"),
        )
    )
    found = diff(place.policies(), new)
    assert found.total == 0
    assert {one.place[-1]: (one.before, one.after) for one in found.rewritten} == {
        "duty_phone": ("01632 960203", "01632 960209"),
        "expires": ("2028-04-01", "2029-04-01"),
    }
    assert not found.changes_nothing
    assert "parties / homes / duty_phone" in tell(found, new.vocabulary)


def test_what_an_item_counts_as_is_told_first() -> None:
    """Police intelligence becomes something personal while nobody is agreed it, and is then agreed like anything."""
    edit = ("po.intel_marker: {category: intel,", "po.intel_marker: {category: personal,")
    found = diff(place.policies(), new := load_policies(changed("vocabulary.yaml", edit)))
    assert found.total == 0
    assert not found.changes_nothing
    assert "po.intel_marker / category: personal" in tell(found, new.vocabulary)


def test_a_window_is_an_outcome() -> None:
    """How far back is shown changes without a word."""
    new = load_policies(changed(ISA[3], ("window: P24M", "window: P10Y")))
    (change, *_) = diff(place.policies(), new).changes
    assert change.is_plain
    assert "the last 10 years" in change.sentence and "the last 24 months" in change.sentence
    assert change.step.way == "opens"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("status: signed", "status: suspended", "CLOSES: ISA-2026-003 is suspended and shares nothing;"),
        ("expires: 2028-04-01", "expires: 2027-04-01", "CLOSES: ISA-2026-003 ends (before grace) on 1 April 2027;"),
        ("expires: 2028-04-01", "expires: 2030-04-01", "OPENS: ISA-2026-003 ends (before grace) on 1 April 2030;"),
        ("effective_from: 2026-04-01", "effective_from: 2026-09-01", "CLOSES: ISA-2026-003 begins on 1 September"),
        ("{training: information_sharing}", "{training: information_sharing, training_valid: P3Y}", "OPENS: ISA-2026"),
        ("expires: 2028-04-01}", "expires: 2028-04-01, grace_days: 90}", "OPENS: ISA-2026-003 shares 90 days after"),
    ],
)
def test_what_is_in_force_is_told_first(old: str, new: str, told: str) -> None:
    """A whole agreement begins or ends to share, and the officer reads that no outcome changes."""
    before, after = place.policies(), load_policies(changed(ISA[3], (old, new)))
    found = diff(before, after)
    assert found.total == 0 and not found.changes_nothing
    said = tell(found, after.vocabulary)
    assert told in said and "No outcome changes for the same facts." in said
    back = tell(diff(after, before), before.vocabulary)
    assert ("CLOSES" if told.startswith("OPENS") else "OPENS") in back


@pytest.mark.parametrize(
    ("new", "way"),
    [("window: P24M\n    keep: P1M", "opens"), ("window: P12M", "closes"), ("window: P2Y", "neither")],
)
def test_terms_open_or_close(new: str, way: str) -> None:
    """More is kept for longer, and it is called a change like any other."""
    (change, *_) = diff(place.policies(), load_policies(changed(ISA[3], ("window: P24M", new)))).changes
    assert change.step.way == way


def test_a_promise_that_goes_is_told_first() -> None:
    """A promise is deleted, and the officer reads that no outcome changes; the next edit breaks it unseen."""
    text = place.files()["invariants.yaml"]
    start, end = text.index("  - id: N29\n"), text.index("  - id: N30\n")
    before, after = place.policies(), load_policies({**place.files(), "invariants.yaml": text[:start] + text[end:]})
    said = tell(diff(before, after), after.vocabulary)
    assert "NO LONGER PROMISED: N29: The jobcentre never learns anything of health" in said
    assert "NEWLY PROMISED: N29: " in tell(diff(after, before), after.vocabulary)
    widened = load_policies(
        changed(
            "invariants.yaml",
            (
                "category: intel\n    but_not: {role: 'police.*'}",
                "category: intel\n    but_not: {role: ['police.*', school.dsl]}",
            ),
        )
    )
    assert "CHANGED: N26: see its lines below" in tell(diff(before, widened), after.vocabulary)


def test_plain_cases_come_first() -> None:
    """An officer reads of rare cases before those of every day."""
    for files in PLANTED:
        _, found = compared(files)
        plain = [change.is_plain for change in found.changes]
        assert plain == sorted(plain, reverse=True)


def test_what_is_signed_is_all_of_it() -> None:
    """Two different changes have one digest, or one has two."""
    digests = {diff(place.policies(), load_policies(files())).digest for files in PLANTED for _ in range(2)}
    assert len(digests) == 3


def test_the_good_change_reads_as_what_it_is() -> None:
    """An officer can't tell from the text what a good change does."""
    new, found = compared(planted.good)
    text = tell(found, new.vocabulary)
    assert "IN THE PLAIN CASE" in text and "ONLY WHERE" not in text
    assert "School nurse (Brackwater Community NHS Trust), for early help:" in text
    assert "OPENS: is shown in full; until now it is withheld, and the reason is said." in text
    assert "for example everything is plain. Decided by A1.11; until now by S6." in text
    assert {change.step.way for change in found.changes} == {"opens"}


def test_the_typo_shows_health_data_at_the_jobcentre_first() -> None:
    """A slip that opens health data to the jobcentre drowns in the text."""
    new, found = compared(planted.typo)
    assert found.changes[0].is_plain and found.changes[0].step.after == "share"
    first = tell(found, new.vocabulary).split("OPENS")[0]
    assert "Work coach (Brackwater Jobcentre)" in first and "as.care_package: health" in first


def test_the_dropped_protection_shows_by_whom_it_was_needed() -> None:
    """A protection disappears and the text doesn't say whom it protected."""
    new, found = compared(planted.dropped)
    text = " ".join(tell(found, new.vocabulary).split())
    assert "IN THE PLAIN CASE" not in text
    assert "OPENS: is shown in full; until now it looks as if there were no record" in text
    assert "[whether the person is protected: safe address]" in text
    assert "protections / protections / P5" in text
    assert all(("protection", ("safe_address",)) in change.when for change in found.changes)


def test_a_value_that_one_set_does_not_know_counts_as_unknown_in_it() -> None:
    """Comparing with a set that has one value more compares different things."""
    new = load_policies(
        changed(
            "vocabulary.yaml",
            ("values: [none, concern, significant_harm]", "values: [none, concern, significant_harm, immediate]"),
        )
    )
    found = diff(place.policies(), new)
    assert found.requests == len(cells(new)) * len(facts_of(new.vocabulary)["risk"]) * (6_635_520 // 3)
    assert found.total == 0 or all(("risk", ("immediate",)) in change.when for change in found.changes)


def test_transformers_show_as_opening_and_closing() -> None:
    """Showing a value whole instead of reduced isn't said to open anything."""
    new = load_policies(changed(ISA[3], ("obligations: [yes_no_only]", "obligations: [generalise]")))
    ways = {(c.step.added or c.step.dropped): c.step.way for c in diff(place.policies(), new).changes}
    assert ways == {"yes_no_only": "opens", "generalise": "closes"}
    assert ways.keys() <= TRANSFORMERS.keys()
