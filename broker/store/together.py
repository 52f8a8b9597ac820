"""Flat combining: what many threads ask for at the same moment is done once, for all of them.

    together = Together()
    answer = together.ask(question, lambda questions: [...])      # one answer for each question, in their order

Whoever finds nobody at work takes all questions that wait and answers them. Then it calls the first of those it
answered, who calls the second and so on, and the first of those who came meanwhile to be the next at work. So every
thread sleeps once at most and wakes up one after the other: to wake all at once, or to line up for a lock, costs more
than the work itself. There is no thread in the background, and nothing is left over when the last one goes home.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import pairwise
from threading import Event, Lock
from typing import Generic, TypeAlias, TypeVar

from broker.store.outage import unavailable

Q = TypeVar("Q")
A = TypeVar("A")
Answers: TypeAlias = Callable[[Sequence[Q]], Sequence[A | Exception]]

MOST = 256
"""Questions answered at once: whoever is at work has a question too."""
_LOOKS_AGAIN = 1.0
"""Seconds after which a sleeper looks whether it was answered, although nobody called it."""


def _taken() -> Lock:
    lock = Lock()
    lock.acquire()
    return lock


@dataclass(eq=False)
class _Asked(Generic[Q, A]):
    question: Q = field(repr=False)
    answer: A | Exception | None = None
    is_answered: bool = False
    is_called: bool = False
    """There is an answer, or the asker is the next at work."""
    following: _Asked[Q, A] | None = None
    """Whom the asker calls in its turn."""
    asleep: Lock = field(default_factory=_taken)

    def call(self) -> None:
        """Wakes the asker."""
        self.is_called = True
        self.asleep.release()

    def wait(self) -> BaseException | None:
        """Sleeps until it is called. Returns what the thread was told meanwhile, mostly nothing.

        Who is told to stop does so after that: others count on this thread to call them.
        """
        stopped: BaseException | None = None
        # It may be told so when it has just woken up; and of whom it waits for one may be gone for good.
        while not (self.is_called or self.is_answered):
            try:
                self.asleep.acquire(timeout=_LOOKS_AGAIN)
            except BaseException as error:  # noqa: BLE001 - raised by the caller
                stopped = error
        return stopped


class Together(Generic[Q, A]):
    """Answers questions in batches. An answer may be an error, which its asker alone gets."""

    def __init__(self, patience: float = 0.0) -> None:
        """For at most `patience` seconds a batch waits until it has as many questions as the one before it."""
        self._waiting: deque[_Asked[Q, A]] = deque()
        self._at_work = Lock()
        self._patience, self._expected, self._all_here = patience, 0, Event()

    def ask(self, question: Q, answer: Answers[Q, A]) -> A:
        """The answer to `question`, found by `answer` or by that of another who asked at the same time.

        `answer` must not depend on who calls it. When it raises, everybody whose question it had gets the error; when
        the thread that calls it is told to stop, everybody else gets `Unavailable`.
        """
        mine: _Asked[Q, A] = _Asked(question)
        self._waiting.append(mine)
        if len(self._waiting) == self._expected:
            self._all_here.set()
        is_at_work = self._at_work.acquire(blocking=False)
        stopped = None if is_at_work else mine.wait()
        # Somebody may have answered and gone home since the question was put. Who is called without an answer is given
        # the work.
        if is_at_work or not mine.is_answered:
            self._lead(mine, answer)
        if mine.following is not None:
            mine.following.call()
        if stopped is not None:
            raise stopped
        if isinstance(mine.answer, Exception):
            raise _like(mine.answer) from mine.answer
        return mine.answer  # type: ignore[return-value]

    def _lead(self, mine: _Asked[Q, A], answer: Answers[Q, A]) -> None:
        try:
            # Those before us may be more than one batch.
            while not mine.is_answered:
                self._work(mine, answer)
        finally:
            if not mine.is_answered:
                # Whoever is told to stop leaves the others' questions to the next.
                with suppress(ValueError):
                    self._waiting.remove(mine)
            self._call_next()

    def _work(self, mine: _Asked[Q, A], answer: Answers[Q, A]) -> None:
        self._wait_for_others()
        batch, stopped = list[_Asked[Q, A]](), None
        found: Sequence[A | Exception]
        try:
            while self._waiting and len(batch) < MOST:
                batch.append(self._waiting.popleft())
            self._expected = len(batch)
            found = _answers([one.question for one in batch], answer)
        except BaseException as error:  # noqa: BLE001 - raised below
            # It may be done, or not: to do it again would be wrong for those for whom it is.
            found, stopped = [unavailable()] * len(batch), error
        others = [one for one in batch if one is not mine]
        for one, following in pairwise(others):
            one.following = following
        # The last first: who was about to sleep and finds its answer calls the one behind it at once.
        for one, reply in zip(reversed(batch), reversed(found), strict=True):
            one.answer, one.is_answered = reply, True
        for one in others[:1]:
            one.call()
        if stopped is not None:
            raise stopped

    def _wait_for_others(self) -> None:
        # Who asks alone, as most do, waits for nobody.
        if self._patience and self._expected > 1:
            self._all_here.clear()
            if len(self._waiting) < self._expected:
                self._all_here.wait(self._patience)

    def _call_next(self) -> None:
        """Leaves the work to the first who waits or, when nobody does, to who comes next."""
        while not self._waiting:
            self._at_work.release()
            # Whoever came before the release found it taken, and sleeps.
            if not self._waiting or not self._at_work.acquire(blocking=False):
                return
        self._waiting[0].call()


def _answers(questions: Sequence[Q], answer: Answers[Q, A]) -> Sequence[A | Exception]:
    try:
        found = answer(questions)
        if len(found) != len(questions):
            raise RuntimeError("not one answer for each question")
    except Exception as error:  # noqa: BLE001 - everybody who asked gets it
        return [error] * len(questions)
    return found


def _like(error: Exception) -> Exception:
    """The same error once more: several threads raise it at the same time, and each adds its own traceback."""
    try:
        made = type(error).__new__(type(error), *error.args)
        made.__dict__.update(error.__dict__)
    except Exception:  # noqa: BLE001 - some kinds of others can't be made again
        return error
    return made
