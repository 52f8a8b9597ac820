"""Progress bars that say what is under way, and nothing when nobody watches."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks.linkage.ours import Step

_WORDS = {"encode": "tokens and evidence", "ask": "asking about every record"}


@contextmanager
def steps(console: Console, title: str, total: int) -> Iterator[Step]:
    """A bar for each step of a set of `total` records, opened when the step begins."""
    columns = (TextColumn(title + ": {task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bars:
        tasks = {}

        def step(name: str, done: int) -> None:
            if name not in tasks:
                tasks[name] = bars.add_task(_WORDS.get(name, name), total=total)
            bars.advance(tasks[name], done)

        yield step
