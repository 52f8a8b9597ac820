"""What the command line prints: results on standard output, everything on the way there on standard error.

With `--json` the result is one JSON object and nothing else. On a terminal a delivery has a progress bar, in a nightly
job plain lines. No line holds anything of a person.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.progress import Progress

from broker.wire.delivery import ChunkReceipt


@dataclass(frozen=True)
class Screen:
    """Prints for people, or for programs when `as_json`."""

    as_json: bool

    def say(self, line: str) -> None:
        """A line on the way to the result."""
        if not self.as_json:
            print(line, file=sys.stderr, flush=True)

    def result(self, content: dict[str, Any], lines: Sequence[str]) -> None:
        """The result: `content` for programs, `lines` for people."""
        print(
            json.dumps(content, indent=1, ensure_ascii=False, default=str) if self.as_json else "\n".join(lines),
            flush=True,
        )

    @contextmanager
    def progress(self, chunks: int) -> Iterator[Callable[[ChunkReceipt], None]]:
        """Tells of every finished chunk of `chunks`."""
        if self.as_json or not sys.stderr.isatty():
            yield lambda receipt: self.say(_chunk_line(receipt, chunks))
            return
        with Progress(console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task("Sending", total=chunks)
            yield lambda receipt: bar.advance(task)


def rows(count: int) -> str:
    """`1 row`, `2,000 rows`."""
    return "1 row" if count == 1 else f"{count:,} rows"


def _chunk_line(receipt: ChunkReceipt, chunks: int) -> str:
    parts = [f"{rows(receipt.kept)} kept"]
    parts += [f"{receipt.retracted:,} retracted"] if receipt.retracted else []
    parts += [f"{receipt.rejected:,} rejected"] if receipt.rejected else []
    return f"chunk {receipt.number} of {chunks}: {', '.join(parts)}"
