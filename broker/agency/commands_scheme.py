"""`scheme check`: whether the labels of a match-key scheme pass the privacy gate, before anybody uses it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from broker.agency.exits import Exit
from broker.agency.options import AsJson
from broker.agency.page import console
from broker.agency.screen import Screen
from broker.errors import Misconfigured
from broker.tokens import MAX_TOKENS, Scheme, load_scheme, parse_scheme

if TYPE_CHECKING:
    from broker.agency.gate.measure import Figures

PEOPLE = 1_000_000
_FEWEST = 1_000

app = typer.Typer(help="Match-key schemes: how records are found.", no_args_is_help=True)
SchemeFile = Annotated[
    Path | None, typer.Argument(metavar="[FILE]", help="A scheme (TOML); by default the one shipped.", dir_okay=False)
]
People = Annotated[int, typer.Option("--people", min=_FEWEST, help="How many made-up people; the gate is a million.")]


@app.callback()
def scheme() -> None:
    """Match-key schemes: how records are found."""


@app.command("check")
def check(file: SchemeFile = None, people: People = PEOPLE, json: AsJson = False) -> int:
    """Refuses a scheme whose labels would give people away, measured on a million made-up ones."""
    _require_numpy()
    # Only here, because an agency that delivers and asks has no numpy.
    from broker.agency.gate.measure import measure
    from broker.agency.gate.people import make_people
    from broker.agency.gate.verdict import refusals

    chosen = load_scheme() if file is None else parse_scheme(file.read_bytes())
    with _progress(len(chosen.match_keys) + 2, quiet=json) as step:
        step(f"{people:,} people")
        figures = measure(chosen, make_people(people), progress=step)
    wrong = refusals(chosen, figures)
    verdict = _verdict(chosen, wrong, people)
    if json:
        Screen(True).result(_content(chosen, figures, wrong=wrong), [])
    else:
        console().print(_table(figures))
        Screen(False).result({}, [*_lines(figures), *(f"Refused: {line}" for line in wrong), verdict])
    return Exit.REFUSED if wrong else Exit.ACCEPTED


def _require_numpy() -> None:
    try:
        import_module("numpy")
    except ImportError:
        raise Misconfigured(
            "numpy-missing",
            "the privacy gate needs numpy, which is not installed",
            hint="run `pip install 'broker[gate]'`",
        ) from None


@contextmanager
def _progress(steps: int, *, quiet: bool) -> Iterator[Callable[[str], None]]:
    if quiet or not sys.stderr.isatty():
        yield lambda text: None
        return
    columns = (BarColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=steps)
        yield lambda text: bar.update(task, advance=1, description=text)


def _table(figures: Figures) -> Table:
    table = Table("", "match key", "made by", "shared", "largest group", "shared, with aliases", box=None)
    for key in figures.keys:
        shares = (f"{key.shared:.3%}", str(key.top), f"{key.shared_with_aliases:.3%}")
        table.add_row(str(key.number), key.name, f"{key.made:.0%}", *shares)
    return table


def _lines(figures: Figures) -> list[str]:
    labels, more = figures.labels, figures.labels_with_aliases
    return [
        f"Told apart by structure: {figures.unique:.3%} of records",
        f"  with aliases: {figures.unique_with_aliases:.3%}; with gaps in what is held: {figures.unique_as_held:.3%}",
        f"Records that share any label: {figures.any_shared:.2%}",
        f"Labels of a usual record: {labels.mean:.1f} on average, {labels.most} at most",
        f"Labels with every field and alias held: {more.mean:.1f} on average; {MAX_TOKENS} are posted at most",
    ]


def _verdict(chosen: Scheme, wrong: tuple[str, ...], people: int) -> str:
    if wrong:
        return f"Scheme {chosen.name} does not pass the privacy gate."
    if people < PEOPLE:
        return f"Nothing wrong among {people:,} people; the gate is {PEOPLE:,}."
    return f"Scheme {chosen.name} passes the privacy gate."


def _content(chosen: Scheme, figures: Figures, *, wrong: tuple[str, ...]) -> dict[str, Any]:
    judged = figures.people >= PEOPLE
    about = {"scheme": chosen.name, "digest": chosen.digest.hex(), "passes": judged and not wrong}
    return {**about, "refusals": list(wrong), **asdict(figures)}
