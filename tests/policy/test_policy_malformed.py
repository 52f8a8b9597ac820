"""Whatever the facts are, there is a decision: the same from both implementations, and never more open for it."""

from __future__ import annotations

import datetime as dt
from random import Random
from typing import Any

import pytest
from brackwater_policies import ON, policies

from benchmarks.policy import malformed
from broker.policy.decide import decide
from broker.policy.facts import RecordFacts, Requester


def test_malformed_facts_are_decided() -> None:
    """Facts that no part of the broker would write raise, or open something."""
    found = malformed.fuzz(policies(), 4_000, rng=Random(31))
    assert found.undecided == 0, found.first
    assert found.opened == 0, found.first


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_a_million_malformed_facts_are_decided() -> None:
    """The figure of the issue."""
    found = malformed.fuzz(policies(), 1_000_000, rng=Random(32))
    assert (found.undecided, found.opened) == (0, 0), found.first


FIELDS = ("match", "record_age", "age", "wishes", "risk", "objection", "restriction", "perpetrator_view", "deceased")


@pytest.mark.parametrize("seed", range(60))
def test_odd_records_and_requesters_get_a_decision(seed: int) -> None:
    """A caller that hands over rubbish brings the question down, or is answered without a reason."""
    rng = Random(seed)
    text: list[Any] = [None, "", "unknown", "yes", "None", "ä" * 300, "\x00", "significant_harm"]
    record = RecordFacts(
        rng.choice(("csc", "hv", "zz", "")),
        protection=rng.choice((None, (), ("witness", "nonsense"), ("",))),
        **{name: rng.choice(text) for name in FIELDS},
    )
    role, purpose = rng.choice((("council.social_worker", "child_safeguarding"), ("no.role", ""), ("", "early_help")))
    trained = rng.choice((dt.date.min, dt.date.max, ON, ON + dt.timedelta(days=1)))
    requester = Requester(role.partition(".")[0], role, purpose, trained, str(rng.choice(text)), rng.random() < 0.5)
    item = rng.choice(("csc.cp_plan", "hv.contraception", "", ".", "zz.zz"))
    made = decide(policies(), requester, record, item=item, on=rng.choice((ON, dt.date.min, dt.date.max)))
    assert made.level == "share" or (made.remedy and made.contact.phone and made.reviewer and made.review_by)
