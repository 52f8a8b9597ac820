"""What many threads ask at the same moment is done once, for all of them."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from test_store_groupcommit import until

from broker.errors import Unavailable
from broker.store import together
from broker.store.together import Together


def ask_at_once(asked: Together[int, int], answer: object, questions: int) -> tuple[list[object], list[int]]:
    """The answers to questions 0, 1, ... of which all but the first wait while it is answered; the sizes of batches."""
    found: list[object] = [None] * questions
    batches: list[int] = []

    def answered(batch: Sequence[int]) -> Sequence[int | Exception]:
        if not batches:
            until(lambda: len(asked._waiting) == questions - 1)
        batches.append(len(batch))
        return answer(batch)  # type: ignore[operator, no-any-return]

    def run(number: int) -> None:
        try:
            found[number] = asked.ask(number, answered)
        except (Unavailable, KeyboardInterrupt, SystemExit) as error:
            found[number] = error

    threads = [threading.Thread(target=run, args=(number,)) for number in range(questions)]
    threads[0].start()
    until(lambda: asked._at_work.locked() and not asked._waiting)
    for one in threads[1:]:
        one.start()
    for one in threads:
        one.join()
    return found, batches


def test_each_gets_its_own_answer_and_the_work_is_done_once() -> None:
    """Every thread signs the tree for itself, or somebody gets another's proof."""
    found, batches = ask_at_once(Together(), lambda batch: [10 * one for one in batch], 20)
    assert found == [10 * number for number in range(20)]
    assert batches == [1, 19]


def test_a_batch_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is at work serves everybody else for ever."""
    monkeypatch.setattr(together, "MOST", 5)
    found, batches = ask_at_once(Together(), lambda batch: [-one for one in batch], 12)
    assert found == [-number for number in range(12)]
    assert batches == [1, 5, 5, 1]


def test_an_error_is_its_own_or_everybodys() -> None:
    """One entry without a place refuses the proofs of all others, or a failed signature is nobody's error."""
    no = Unavailable("log-not-ready", "not yet", hint="later")
    found, _ = ask_at_once(Together(), lambda batch: [no if one == 3 else one for one in batch], 6)
    assert [one for one in found if isinstance(one, int)] == [0, 1, 2, 4, 5]
    assert isinstance(found[3], Unavailable) and (found[3].code, found[3].hint) == ("log-not-ready", "later")

    def broken(batch: Sequence[int]) -> Sequence[int]:
        raise Unavailable("store-unavailable", f"{len(batch)}")

    asked: Together[int, int] = Together()
    found, batches = ask_at_once(asked, broken, 6)
    assert [type(one) for one in found] == [Unavailable] * 6
    # Each raises an error of its own: one that two threads raise would have the tracebacks of both.
    assert len({id(one) for one in found}) == 6
    assert batches == [1, 5]
    assert asked.ask(7, lambda batch: batch) == 7


def test_whoever_is_told_to_stop_leaves_the_rest_to_the_next() -> None:
    """A process that is being ended in the middle of a batch leaves others waiting for ever."""
    asked: Together[int, int] = Together()

    def stopped(_: Sequence[int]) -> Sequence[int]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        asked.ask(1, stopped)
    assert asked.ask(2, lambda batch: [10 * one for one in batch]) == 20


def test_who_is_told_to_stop_at_work_answers_nobody_by_halves() -> None:
    """What was done when its thread was told to stop is done again for the others, or they sleep on."""
    asked: Together[int, int] = Together()
    done = list[int]()

    def stopped(batch: Sequence[int]) -> Sequence[int]:
        done.extend(batch)
        raise KeyboardInterrupt if batch == [0] else SystemExit

    found, batches = ask_at_once(asked, stopped, 4)
    assert (sorted(done), batches) == ([0, 1, 2, 3], [1, 3])
    assert isinstance(found.pop(0), KeyboardInterrupt)
    assert sorted(type(one).__name__ for one in found) == ["SystemExit", "Unavailable", "Unavailable"]
    assert asked.ask(7, lambda batch: batch) == 7


class _Slow(deque[Any]):
    """A thread is switched away when its question has just been put."""

    def __init__(self) -> None:
        super().__init__()
        self.put, self.goes_on = threading.Event(), threading.Event()

    def append(self, one: Any) -> None:
        super().append(one)
        if one.question == 1:
            self.put.set()
            self.goes_on.wait(10)


def test_who_was_answered_before_it_looked_leaves_the_work_to_the_next() -> None:
    """A thread finds nobody at work, as its question was answered meanwhile, and keeps everybody from the work."""
    asked: Together[int, int] = Together()
    asked._waiting = slow = _Slow()
    found = dict[int, int]()

    def run(number: int) -> None:
        found[number] = asked.ask(number, lambda batch: [10 * one for one in batch])

    first = threading.Thread(target=run, args=(1,))
    first.start()
    assert slow.put.wait(10)
    run(0)
    slow.goes_on.set()
    first.join(10)
    last = threading.Thread(target=run, args=(2,), daemon=True)
    last.start()
    last.join(10)
    assert found == {0: 0, 1: 10, 2: 20}


@pytest.mark.parametrize("patience", [0.0, 0.0005])
def test_nobody_is_left_behind_when_threads_are_switched_at_any_moment(patience: float) -> None:
    """One switch in a million, between two steps that should be one, and a broker answers nobody any more."""
    asked: Together[tuple[int, int], tuple[int, int]] = Together(patience)
    until_, before = time.monotonic() + 1.5, sys.getswitchinterval()
    wrong, many = list[object](), [0] * 8

    def run(number: int) -> None:
        while time.monotonic() < until_:
            mine = (number, many[number])
            if asked.ask(mine, lambda batch: list(batch)) != mine:
                wrong.append(mine)
            many[number] += 1

    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=run, args=(number,), daemon=True) for number in range(8)]
        for one in threads:
            one.start()
        for one in threads:
            one.join(20)
    finally:
        sys.setswitchinterval(before)
    assert not any(one.is_alive() for one in threads) and not wrong and sum(many) > 100
    assert not asked._at_work.locked() and not asked._waiting


def test_a_wrong_number_of_answers_is_an_error_of_all() -> None:
    """Somebody gets another's answer, and nobody any after that."""
    asked: Together[int, int] = Together()
    for wrong in (0, 2):
        with pytest.raises(RuntimeError, match="not one answer for each"):
            asked.ask(1, lambda batch, wrong=wrong: [*batch, *batch][:wrong])  # type: ignore[misc]
        assert asked.ask(2, lambda batch: batch) == 2


def test_an_error_that_cannot_be_made_again_is_raised_as_it_is() -> None:
    """What went wrong is hidden behind an error of making it anew."""

    class Odd(Exception):
        def __new__(cls, one: int, two: int) -> Odd:
            return super().__new__(cls, one, two)

    def broken(_: Sequence[int]) -> Sequence[int]:
        error = Odd(1, 2)
        error.args = ("odd",)
        raise error

    with pytest.raises(Odd, match="odd"):
        Together[int, int]().ask(1, broken)


def test_where_many_ask_a_batch_waits_for_as_many_again() -> None:
    """Every few questions cost a commit of their own, or whoever asks alone waits for others who never come."""
    asked: Together[int, int] = Together(60.0)
    assert [asked.ask(one, lambda batch: batch) for one in range(3)] == [0, 1, 2]
    found, batches = ask_at_once(asked, lambda batch: batch, 6)
    assert (found, batches) == ([0, 1, 2, 3, 4, 5], [1, 5])
    later, sizes = list[int](), list[int]()

    def answered(batch: Sequence[int]) -> Sequence[int]:
        sizes.append(len(batch))
        return batch

    threads = [threading.Thread(target=lambda n=n: later.append(asked.ask(n, answered))) for n in range(5)]
    for one in threads[:4]:
        one.start()
    until(lambda: len(asked._waiting) == 4)
    assert later == []
    threads[4].start()
    for one in threads:
        one.join()
    assert (sorted(later), sizes) == ([0, 1, 2, 3, 4], [5])


def test_patience_has_an_end() -> None:
    """After many asked at once, one who comes alone waits for ever."""
    asked: Together[int, int] = Together(0.05)
    assert ask_at_once(asked, lambda batch: batch, 6)[1] == [1, 5]
    assert asked.ask(7, lambda batch: batch) == 7
    assert asked._expected == 1


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Ctrl-C interrupts, although a shell that runs the tests in the background said not to."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize("pause", [0.0, 0.05])
def test_whoever_is_interrupted_while_asleep_wakes_the_others(pause: float) -> None:
    """A thread is told to stop while it waits for its answer, and all who were to be woken after it sleep on."""
    asked: Together[int, int] = Together()
    main, found = threading.main_thread().ident, dict[int, int]()
    assert main == threading.get_ident() and main is not None

    def answered(batch: Sequence[int]) -> Sequence[int]:
        if batch == [0]:
            until(lambda: len(asked._waiting) == 3)
            signal.pthread_kill(main, signal.SIGINT)
            time.sleep(pause)
        return [10 * one for one in batch]

    def run(number: int) -> None:
        until(lambda: not number or asked._waiting)
        found[number] = asked.ask(number, answered)

    threads = [threading.Thread(target=run, args=(number,)) for number in (0, 2, 3)]
    threads[0].start()
    until(lambda: asked._at_work.locked() and not asked._waiting)
    for one in threads[1:]:
        one.start()
    with pytest.raises(KeyboardInterrupt):
        asked.ask(1, answered)
    for one in threads:
        one.join(10)
    assert found == {0: 0, 2: 20, 3: 30}
    assert asked.ask(7, answered) == 70
