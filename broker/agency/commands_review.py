"""`review`: a reviewer sees how far two services of one answer agree, field by field. Whoever asked does not."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from broker.agency.acting import acting
from broker.agency.exits import Exit
from broker.agency.explained import band_name, besides, explained_lines
from broker.agency.kept_answers import block_of, kept_answer, list_blocks, whose
from broker.agency.options import HERE, AsJson, Folder, StaffId, edges_of, staff_member, workspace_in
from broker.agency.pair_review import explain_pair
from broker.agency.receipts import KeptAnswer, KeptBlock
from broker.agency.screen import Screen
from broker.agency.second_opinions import Opinion, keep_opinion
from broker.agency.words import plain
from broker.wire.comparison import ExplainAnswer

Reference = Annotated[str, typer.Argument(help="The reference of an answer of the last hour.")]
One = Annotated[int | None, typer.Option(help="Number of a service in the answer.")]
Other = Annotated[int | None, typer.Option(help="Number of the service it is compared with.")]


def review(
    command: typer.Context,
    reference: Reference,
    one: One = None,
    other: Other = None,
    staff: StaffId = None,
    workspace: Folder = HERE,
    json: AsJson = False,
) -> int:
    """Shows a reviewer how the fields of two services' records agree: words, never what the records hold."""
    edges = edges_of(command)
    place = workspace_in(workspace, edges)
    kept = kept_answer(place, reference)
    if one is None or other is None:
        list_blocks(kept.blocks, Screen(json), end="say which two with --one and --other")
        return Exit.ACCEPTED
    pair = block_of(kept.blocks, one), block_of(kept.blocks, other)
    member = staff_member(place, staff)
    answer = explain_pair(acting(place, edges, member.id), kept, pair)
    numbers = (one, other)
    seen = Opinion(at=edges.seconds(), answer=kept.reference, one=one, other=other, staff=member.id, said="seen")
    keep_opinion(place, seen)
    head = [f"{at:>3}  {whose(block)}: {plain(block.source)}" for at, block in zip(numbers, pair, strict=True)]
    say = f"`broker-agency verdict {kept.reference} --one {one} --other {other} --as {plain(member.id)} --say same`"
    end = f"If you know that it is so, within the hour: {say}, or `--say not_the_same`."
    lines = [*head, "", *explained_lines(answer), "", end]
    Screen(json).result(_content(kept, answer, numbers=numbers, pair=pair), lines)
    return Exit.ACCEPTED


def _content(
    kept: KeptAnswer, answer: ExplainAnswer, *, numbers: tuple[int, int], pair: tuple[KeptBlock, KeptBlock]
) -> dict[str, Any]:
    one, other = (
        {"number": at, "person": block.person, "source": block.source} for at, block in zip(numbers, pair, strict=True)
    )
    fields = [
        {"field": field.field, "level": field.level, **({} if field.adds is None else {"adds": field.adds / 10})}
        for field in answer.fields
    ]
    about = {"reference": kept.reference, "one": one, "other": other, "fields": fields}
    besides_fields = {name: tenths / 10 for name, tenths in besides(answer).items()}
    return {**about, "besides": besides_fields, "bits": answer.bits / 2, "band": band_name(answer)}
