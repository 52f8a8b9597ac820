"""The figures of a population run as tables on a terminal, and as a page.

figures = {"records": 5203, "people": 1998, "certain": 0.71, ...}     broker.linkage.figures
"""

from __future__ import annotations

import datetime as dt
import html
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeAlias

from rich.table import Table

from broker.store.runs import LastRun
from broker.wire.london import moment_in_words

Rows: TypeAlias = "tuple[str, Sequence[str], Sequence[tuple[str, ...]]]"
"""Title, heads, and rows of one table."""

_STYLE = """body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;margin:1rem 0}caption{text-align:left;font-weight:600}
th,td{border-bottom:1px solid #ccc;padding:.3rem .8rem .3rem 0;text-align:left}td+td,th+th{text-align:right}"""
_NOTE = (
    "A person is counted once, as the sum of 1 / (records of the person). Nobody knows names, origin, sex or age here: "
    "how well different people are found is measured on the fictional place, where the truth is known."
)


def title(run: LastRun) -> str:
    """What the run was, in a line."""
    ended = dt.datetime.fromtimestamp(run.ended, dt.UTC)
    return f"{run.purpose} of {moment_in_words(ended)}: {run.figures['records']:,} records, about \
{run.figures['people']:,} people"


def tables(figures: dict[str, Any]) -> Iterator[Rows]:
    """Every table of a report that has a row."""
    overall = {"all": figures}
    yield "Everybody and each agency", _HEADS, [*_rows(overall), *_rows(figures["agencies"])]
    yield "Each source", (*_HEADS, "twice or more here"), [
        (*row, f"{figures['sources'][row[0]]['duplicates']:,}") for row in _rows(figures["sources"])
    ]  # fmt: skip
    pairs = [(f"{one['source']} in {one['other']}", _percent(one["certain"]), _percent(one["probable"]))
             for one in figures["pairs"]]  # fmt: skip
    yield "Records of one source that are found in another", ("", "certain", "to be checked"), pairs
    fields = [(name.replace("_", " "), f"{one['held']:,}", _percent(one["agree"]), _levels(one["levels"]))
              for name, one in figures["fields"].items()]  # fmt: skip
    yield "Fields of certain pairs", ("", "both hold it", "the same", "how else"), fields
    wrong = [(source, *(f"{many:,}" for many in one["identifiers"].values()))
             for source, one in figures["sources"].items() if any(one["identifiers"].values())]  # fmt: skip
    yield "Records with a number that a certain match has otherwise", ("", "NHS number", "NI number", "UPN"), wrong
    hubs = [(f"{one['source']}, match key {one['match_key']}", f"{one['records']:,}") for one in figures["hubs"]]
    yield "Labels passed over, as too many records share them", ("", "records"), hubs
    left = [(why, f"{many:,}") for why, many in figures["left_out"].items()]
    yield "Records left out", ("", "records"), left


def terminal(figures: dict[str, Any]) -> Iterator[Table]:
    """The tables for a terminal."""
    for name, heads, rows in tables(figures):
        if rows:
            table = Table(*heads, title=name, title_justify="left")
            for row in rows:
                table.add_row(*row)
            yield table


def page(run: LastRun) -> str:
    """The report as one HTML page that needs nothing else."""
    parts = [f"<h1>Match quality</h1><p>{html.escape(title(run))}</p><p>{_NOTE}</p>"]
    for name, heads, rows in tables(run.figures):
        if rows:
            body = "".join(f"<tr>{_cells(row, 'td')}</tr>" for row in rows)
            parts.append(f"<table><caption>{html.escape(name)}</caption><tr>{_cells(heads, 'th')}</tr>{body}</table>")
    head = f'<meta charset="utf-8"><title>Match quality</title><style>{_STYLE}</style>'
    return f'<!doctype html><html lang="en-GB">{head}{"".join(parts)}</html>\n'


_HEADS = ("", "records", "people", "certain elsewhere", "to be checked only", "nowhere else", "to review per 1,000")


def _rows(groups: dict[str, Any]) -> list[tuple[str, ...]]:
    return [
        (
            name,
            f"{one['records']:,}",
            f"{one['people']:,}",
            *(_percent(one[band]) for band in ("certain", "probable", "none")),
            f"{one['review_per_1000']:.1f}",
        )
        for name, one in groups.items()
        if one["records"]
    ]


def _levels(levels: dict[str, int]) -> str:
    """The commonest other levels, in words."""
    rest = sorted(((many, word) for word, many in levels.items() if word != "same"), reverse=True)
    return ", ".join(f"{word} {many:,}" for many, word in rest[:3])


def _percent(share: float) -> str:
    return f"{share:.1%}"


def _cells(cells: Iterable[str], tag: str) -> str:
    return "".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in cells)
