"""Changes that agencies try: one at a time, ten a day, and none is waited for that nobody works on."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from broker.errors import Conflict, QuotaReached
from broker.store import trials
from broker.store.engine import Store
from broker.wire.trial import Trial

NOW = 1_795_000_000
BEGUN = Trial(v=1, id="00" * 16, clause="A1.5", stage="begun")
DONE = BEGUN.model_copy(update={"stage": "done"})


def begins(store: Store, number: int, *, now: int = NOW, agency: str = "gp") -> None:
    with store.derive() as connection:
        trials.begin(connection, bytes([number]) * 16, BEGUN, agency=agency, now=now)


def ends(store: Store, number: int) -> None:
    with store.derive() as connection:
        trials.note(connection, bytes([number]) * 16, DONE, now=NOW)


def found(store: Store, number: int, *, now: int = NOW, agency: str = "gp") -> Trial | None:
    with store.look() as connection:
        return trials.find(connection, bytes([number]) * 16, agency=agency, now=now)


def test_ten_a_day_and_one_at_a_time(store: Store) -> None:
    """A program tries a thousand changes, and reads single decisions out of their counts."""
    begins(store, 0)
    with pytest.raises(Conflict, match="another change"):
        begins(store, 1)
    begins(store, 99, agency="nhs")
    ends(store, 0)
    for number in range(1, trials.A_DAY):
        begins(store, number)
        ends(store, number)
    with pytest.raises(QuotaReached, match="10 changes"):
        begins(store, 50)
    begins(store, 50, now=NOW + 86_401)


def test_of_those_sent_at_once_one_begins(store: Store) -> None:
    """A program sends fifty at the same moment; each finds that nothing goes on, and ten a day is no limit."""
    ready = Barrier(8)

    def tries(number: int) -> bool:
        ready.wait()
        try:
            begins(store, number)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(8) as at_once:
        assert sum(at_once.map(tries, range(8))) == 1


def test_an_id_sent_again_is_told_so(store: Store) -> None:
    """Who sends a trial again, or takes another's id, is told that the database is down, and so is the operator."""
    begins(store, 1)
    ends(store, 1)
    for agency in ("gp", "nhs"):
        with pytest.raises(Conflict, match="sent before"):
            begins(store, 1, agency=agency)
    assert found(store, 1) == DONE.model_copy(update={"id": "00" * 16})


def test_nobody_waits_for_what_was_interrupted(store: Store) -> None:
    """A process ends in the middle, and the desk says for ever that it is being worked out."""
    begins(store, 1)
    assert found(store, 1) == BEGUN and found(store, 1, agency="nhs") is None and found(store, 2) is None
    late = found(store, 1, now=NOW + trials.QUIET_SECONDS)
    assert late is not None and late.stage == "failed" and "interrupted" in late.said
    begins(store, 2, now=NOW + trials.QUIET_SECONDS)
    begins(store, 3, now=NOW + trials.KEPT_SECONDS + trials.QUIET_SECONDS + 1)
    assert found(store, 1) is None and found(store, 2) is None
