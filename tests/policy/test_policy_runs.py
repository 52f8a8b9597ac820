"""A service takes part in runs over everybody only if it is named, and while an agreement covers it."""

from __future__ import annotations

import datetime as dt

import brackwater_policies as place
import pytest

from broker.errors import BrokerError, NotAllowed
from broker.policy.load import load_policies
from broker.policy.runs import check_run, taking_part

VOCABULARY = "vocabulary.yaml"
QUALITY = "match_quality: [csc, eh,"


def test_only_named_services_take_part() -> None:
    """A service that people must be able to use in confidence is found out by a count of those who differ."""
    found = taking_part(place.policies(), "match_quality", on=place.ON)
    assert {"csc", "ed", "hs"} <= set(found)
    assert {"su", "dv", "mh"}.isdisjoint(found)
    without = load_policies(place.changed(VOCABULARY, (QUALITY, "match_quality: [eh,")))
    assert set(found) - set(taking_part(without, "match_quality", on=place.ON)) == {"csc"}
    assert set(taking_part(without, "programme_count", on=place.ON)) >= {"csc"}


@pytest.mark.parametrize(
    ("purpose", "on"),
    [("early_help", place.ON), ("research", place.ON), ("match_quality", dt.date(2019, 1, 1))],
    ids=["a purpose of questions", "a purpose of nobody", "before any agreement"],
)
def test_without_leave_there_is_no_run(purpose: str, on: dt.date) -> None:
    """Two people's signatures do not stand in for the agencies' agreement."""
    assert taking_part(place.policies(), purpose, on=on) == ()
    with pytest.raises(NotAllowed, match="takes part"):
        check_run(place.policies(), purpose, on=on)


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        ((QUALITY, "match_quality: [nobody, eh,"), "no such source `nobody`"),
        ((QUALITY, "mass_screening: [csc, eh,"), "should be 'match_quality'"),
    ],
)
def test_what_is_misspelt_is_refused(edit: tuple[str, str], said: str) -> None:
    """A service that is left out by a slip of the pen, or a run for a purpose nobody knows."""
    with pytest.raises(BrokerError) as caught:
        load_policies(place.changed(VOCABULARY, edit))
    assert said in str(caught.value)
