"""What figures, trials and changes say, made of values alone."""

from __future__ import annotations

import datetime as dt

from broker.agency.desk.show.change import change_shown
from broker.agency.desk.show.figures import FEW, figures_shown
from broker.agency.desk.show.trial import steps
from broker.policy.diff_text import _wrapped
from broker.wire.figures import Count, Figures, MatchFigures, MonthFigures, ServiceFigures
from broker.wire.place import PlaceWords, PurposeWords
from broker.wire.policy_change import ChangeTerms, Proposal, Simulated
from broker.wire.trial import STAGES, Trial

WORDS = PlaceWords(
    v=1,
    name="Brackwater",
    policy_digest="",
    agencies={},
    services={"csc": "Children's social care"},
    roles=(),
    purposes=(
        PurposeWords(purpose="early_help", label="I am supporting this family", lawful_basis="", tell_family=""),
    ),
)


def month(name: str, looked: int, *, few: bool = False) -> MonthFigures:
    emergencies = Count(name="emergency opened", count=0, few=True)
    one = Count(count=looked, few=few)
    reason = Count(name="early_help", count=looked, few=few)
    return MonthFigures(month=name, looked=one, ours=one, purposes=(reason,), happened=(emergencies,))


def test_figures_tell_no_small_number() -> None:
    """A number that is not told is drawn as it is, or a service of nine people is told in per cent."""
    match = MatchFigures(
        ended=1_795_000_000, records=Count(count=12_345), people=Count(count=9_870), certain=61.0, probable=2.0,
        none=37.0, review_per_1000=3.5,
    )  # fmt: skip
    services = (
        ServiceFigures(source="csc", as_of=dt.date(2026, 11, 20), records=Count(count=0, few=True)),
        ServiceFigures(source="ed"),
    )
    told = Figures(
        v=1, agency="council", months=(month("2026-09", 1_205), month("2026-10", 0, few=True)), services=services,
        match=match,
    )  # fmt: skip
    shown = figures_shown(told, WORDS)
    assert shown.trend == (("September 2026", 1_205, "1,205"), ("October 2026", 4, FEW))
    assert shown.reasons == (("I am supporting this family", 4, FEW),)
    assert shown.happened[2] == ("Emergencies in which more was shown at once", FEW, FEW)
    assert shown.services == (("Children's social care", FEW, *["too few to say"] * 3),) and shown.missing == ("ed",)
    assert ("To be checked by a person", "3.5 of every 1,000 records") in shown.match


def test_sentences_are_whole_however_wide_a_terminal_is() -> None:
    """A sentence of a change is broken in its middle on the page, where the window is as wide as it is."""
    words = [f"word{number}" * (1 + number % 3) for number in range(90)]
    lines = [f"  CLOSES: {' '.join(words)}", "  OPENS: something short", "       12 requests; for example nothing."]
    text = "\n".join(["WHAT CHANGES", *(_wrapped(line, 6) for line in lines)]) + "\n"
    seen = Simulated(since=dt.date(2026, 10, 1), decisions=0, changed=0, opened=0, unreadable=0, kinds=(), rest=0)
    terms = ChangeTerms(
        v=1, place="brackwater", old="3f" * 32, after="ab" * 16, new="9c" * 32, diff="77" * 32, back=False,
        text="00" * 32, sentences=71, software="1.0.0", simulated=seen, made=1, expires=2,
    )  # fmt: skip
    shown = change_shown("x", Proposal(v=1, terms=terms, text=text), [])
    assert [line for _, line in shown.changes] == ["WHAT CHANGES", *(line.strip() for line in lines)]


def test_each_step_of_a_trial_is_told() -> None:
    """A step is done before the one in front of it."""
    for reached, stage in enumerate(STAGES):
        found = steps(Trial(v=1, id="", clause="A1.5", stage=stage))
        assert [is_done for _, is_done in found] == [at < reached for at in range(len(STAGES) - 1)]
