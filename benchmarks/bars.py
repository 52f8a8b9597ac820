"""Progress bars of benchmarks that have several parts.

with bars(console) as add:
    step = add("questions", 200)
    step(1)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeAlias

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

Bar: TypeAlias = Callable[[str, int | None], Callable[[int], None]]
"""(title, total) -> what is told of every step. A total of 0 or None is not known beforehand."""


@contextmanager
def bars(console: Console, *, width: int = 26) -> Iterator[Bar]:
    """Opens bars, their titles `width` wide."""
    columns = (TextColumn(f"{{task.description:<{width}}}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:

        def add(title: str, total: int | None) -> Callable[[int], None]:
            task = progress.add_task(title, total=total or None)
            return lambda steps: progress.advance(task, steps)

        yield add
