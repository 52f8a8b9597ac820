"""A page of plain text on a terminal: headings, paragraphs that hang, and columns. Nothing steers the terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table
from rich.text import Text

from broker.agency.words import plain

_NARROWEST = 120
_HANG = "    "


def console() -> Console:
    """Standard output, as wide as the terminal, or wide enough for the columns when it is a file."""
    found = Console()
    return found if found.is_terminal else Console(width=_NARROWEST)


@dataclass(frozen=True)
class Page:
    """Where the answer is printed."""

    out: Console

    def line(self, text: str, *, is_bold: bool = False) -> None:
        """A paragraph from the left edge."""
        self._print(textwrap.fill(plain(text), self.out.width), is_bold=is_bold)

    def heading(self, text: str) -> None:
        """A heading with an empty line above it."""
        self.out.print()
        self.line(text, is_bold=True)

    def items(self, texts: Iterable[str]) -> None:
        """Indented paragraphs, whose further lines hang deeper."""
        for text in texts:
            self._print(
                textwrap.fill(plain(text), self.out.width, initial_indent="  ", subsequent_indent=_HANG), is_bold=False
            )

    def columns(self, rows: Sequence[Sequence[str]]) -> None:
        """Rows of cells under one another, without frames; on a wide page only the last cell is broken into lines."""
        table = Table(box=None, show_header=False, padding=(0, 2, 0, 0), pad_edge=False)
        for _ in rows[0][:-1]:
            table.add_column(no_wrap=self.out.width >= _NARROWEST)
        for cells in rows:
            first, *others = (Text(plain(cell), overflow="fold") for cell in cells)
            table.add_row(Text("  ") + first, *others)
        self.out.print(table)

    def _print(self, text: str, *, is_bold: bool) -> None:
        self.out.print(Text(text, style="bold" if is_bold else ""), soft_wrap=True)
