"""Flat combining: what many threads ask for at the same moment is done once, for all of them.

    together = Together()
    answer = together.ask(question, lambda questions: [...])      # one answer for each question, in their order

Whoever finds nobody at work takes all questions that wait and answers them; those who came meanwhile find theirs
answered, or are the next at work. So there is no thread in the background, and nothing is left over when the last one
goes home.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Generic, TypeVar

Q = TypeVar("Q")
A = TypeVar("A")

MOST = 256
"""Questions answered at once: whoever is at work has a question too."""


@dataclass(eq=False)
class _Asked(Generic[Q, A]):
    question: Q
    answer: A | Exception | None = None
    is_answered: bool = False


class Together(Generic[Q, A]):
    """Answers questions in batches. An answer may be an error, which its asker alone gets."""

    def __init__(self, pace: float = 0.0) -> None:
        """`pace` is how many seconds a batch lets others come to it, when the one before had several questions."""
        self._waiting: deque[_Asked[Q, A]] = deque()
        self._at_work = Lock()
        self._pace, self._next = pace, 0.0

    def ask(self, question: Q, answer: Callable[[Sequence[Q]], Sequence[A | Exception]]) -> A:
        """The answer to `question`, found by `answer` or by that of another who asked at the same time.

        `answer` must not depend on who calls it. When it raises, everybody whose question it had gets the error.
        """
        mine: _Asked[Q, A] = _Asked(question)
        self._waiting.append(mine)
        with self._at_work:
            # Those before us may be more than one batch.
            while not mine.is_answered:
                self._work(answer)
        if isinstance(mine.answer, Exception):
            raise _like(mine.answer) from mine.answer
        return mine.answer  # type: ignore[return-value]

    def _work(self, answer: Callable[[Sequence[Q]], Sequence[A | Exception]]) -> None:
        if (rest := self._next - time.monotonic()) > 0:
            time.sleep(rest)
        batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), MOST))]
        self._next = time.monotonic() + self._pace if len(batch) > 1 else 0.0
        try:
            found = answer([one.question for one in batch])
        except Exception as error:  # noqa: BLE001 - everybody who asked gets it
            found = [error] * len(batch)
        except BaseException:
            # Whoever is told to stop leaves the others' questions to the next.
            self._waiting.extendleft(reversed(batch))
            raise
        for one, reply in zip(batch, found, strict=True):
            one.answer, one.is_answered = reply, True


def _like(error: Exception) -> Exception:
    """The same error once more: several threads raise it at the same time, and each adds its own traceback."""
    made = type(error).__new__(type(error), *error.args)
    made.__dict__.update(error.__dict__)
    return made
