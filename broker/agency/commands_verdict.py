"""`verdict` and `recalls`: saying that an answer joined two people, and hearing that an earlier answer had.

A verdict is about one answer of the last hour, by its reference. Without `--one` and `--other` its services are listed
with their numbers; whoever knows that some of them are about another person says so for all of them at once.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import typer

from broker.agency.exits import Exit
from broker.agency.kept_answers import block_of, kept_answer, list_blocks
from broker.agency.options import HERE, AsJson, Folder, StaffId, acting_in, edges_of, workspace_in
from broker.agency.our_people import staff_names
from broker.agency.pair_review import read_recalls, say_verdict
from broker.agency.screen import Screen
from broker.agency.words import day, plain
from broker.wire.recall import Recall

Reference = Annotated[str, typer.Argument(help="The reference of an answer of the last hour.")]
One = Annotated[list[int] | None, typer.Option(help="Number of a service in the answer; may be repeated.")]
Other = Annotated[list[int] | None, typer.Option(help="Number of a service it is compared with; may be repeated.")]
Said = Annotated[Literal["not_the_same", "same"], typer.Option("--say", help="What is so.")]


def verdict(  # noqa: PLR0913
    context: typer.Context,
    reference: Reference,
    one: One = None,
    other: Other = None,
    say: Said = "not_the_same",
    staff: StaffId = None,
    workspace: Folder = HERE,
    json: AsJson = False,
) -> int:
    """Says that services of one answer told of different people, or of the same. Holds for everybody."""
    blocks = kept_answer(workspace_in(workspace, edges_of(context)), reference).blocks
    if not one or not other:
        list_blocks(blocks, Screen(json), end="say which with --one and --other; each may be given several times")
        return Exit.ACCEPTED
    pairs = [(block_of(blocks, first), block_of(blocks, second)) for first in one for second in other]
    say_verdict(acting_in(context, workspace, staff), pairs, say)
    held = f"recorded for {len(pairs):,} pair{'' if len(pairs) == 1 else 's'}: it holds from the next question on"
    Screen(json).result({"recorded": len(pairs), "verdict": say}, [held])
    return Exit.ACCEPTED


def recalls(context: typer.Context, workspace: Folder = HERE, json: AsJson = False) -> int:
    """Answers to your agency that told of two people as one, or of what has changed since, and what to do now."""
    edges = edges_of(context)
    place = workspace_in(workspace, edges)
    told, names = read_recalls(place, edges), staff_names(place)
    lines = [line for recall in told for line in _lines(recall, names)]
    content = {"recalls": [_shown(recall, names) for recall in told]}
    Screen(json).result(content, lines or ["no answer of yours has been recalled"])
    return Exit.ACCEPTED


def _lines(recall: Recall, names: dict[str, str]) -> list[str]:
    new = "NEW  " if recall.is_new else "     "
    by = plain(names.get(recall.staff, "a colleague who is no longer listed"))
    return [f"{new}answer {plain(recall.reference)} of {day(recall.day)}, asked by {by}", f"     {plain(recall.to_do)}"]


def _shown(recall: Recall, names: dict[str, str]) -> dict[str, Any]:
    return {**recall.model_dump(mode="json", exclude_none=True), "asked_by": names.get(recall.staff)}
