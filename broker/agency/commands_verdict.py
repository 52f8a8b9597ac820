"""`verdict` and `recalls`: saying that an answer joined two people, and hearing that an earlier answer had.

A verdict is about one answer of the last hour, by its reference. Without `--one` and `--other` its services are listed
with their numbers; whoever knows that some of them are about another person says so for all of them at once.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import typer

from broker.agency import pseudonyms
from broker.agency.client import Connection, open_http
from broker.agency.commands_ask import StaffId, staff_member
from broker.agency.exits import Exit
from broker.agency.kept_answers import block_of, kept_answer, list_blocks, parsed
from broker.agency.options import HERE, AsJson, Folder, edges_of, workspace_in
from broker.agency.receipts import check_event
from broker.agency.screen import Screen
from broker.agency.words import day, plain
from broker.wire.recall import Recall, Recalls
from broker.wire.verdict import VerdictReceipt, VerdictRequest

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
    edges = edges_of(context)
    place = workspace_in(workspace, edges)
    blocks = kept_answer(place, reference).blocks
    if not one or not other:
        list_blocks(blocks, Screen(json), end="say which with --one and --other; each may be given several times")
        return Exit.ACCEPTED
    pairs = [(block_of(blocks, first), block_of(blocks, second)) for first in one for second in other]
    by = pseudonyms.staff(place.read_secrets().bytes32("reference"), staff_member(place, staff).id)
    trust = place.read_trust()
    # Only a reviewer may confirm a match that is to be checked, and only with a review key.
    signer = place.review_signer() if say == "same" and place.reviews() else place.desk_signer()
    with open_http(edges) as http:
        # A verdict is good once: a second attempt would be refused as a repetition.
        broker = Connection("the broker", place.broker_url, signer, http, edges, attempts=1)
        for first, second in pairs:
            said = VerdictRequest(
                v=1,
                id=edges.random_bytes(16),
                agency=place.agency,
                staff=by,
                one=first.handle,
                other=second.handle,
                verdict=say,
            )
            body = broker.send("POST", "/v1/verdicts", body=said.model_dump_json().encode())
            receipt = parsed(VerdictReceipt, body)
            expected = {"typ": "verdict", "org": place.agency, "verdict": say}
            check_event(receipt.leaf, receipt.proof, trust=trust, expected=expected)
    held = f"recorded for {len(pairs):,} pair{'' if len(pairs) == 1 else 's'}: it holds from the next question on"
    Screen(json).result({"recorded": len(pairs), "verdict": say}, [held])
    return Exit.ACCEPTED


def recalls(context: typer.Context, workspace: Folder = HERE, json: AsJson = False) -> int:
    """Answers to your agency that told of two people as one, or of what has changed since, and what to do now."""
    edges = edges_of(context)
    place = workspace_in(workspace, edges)
    with open_http(edges) as http:
        broker = Connection("the broker", place.broker_url, place.desk_signer(), http, edges)
        told = parsed(Recalls, broker.send("GET", "/v1/recalls"))
    expected = {"typ": "recall", "act": "read", "org": place.agency}
    check_event(told.leaf, told.proof, trust=place.read_trust(), expected=expected)
    key = place.read_secrets().bytes32("reference")
    names = {pseudonyms.staff(key, member.id): member.id for member in place.staff}
    lines = [line for recall in told.recalls for line in _lines(recall, names)]
    content = {"recalls": [_shown(recall, names) for recall in told.recalls]}
    Screen(json).result(content, lines or ["no answer of yours has been recalled"])
    return Exit.ACCEPTED


def _lines(recall: Recall, names: dict[str, str]) -> list[str]:
    new = "NEW  " if recall.is_new else "     "
    by = plain(names.get(recall.staff, "a colleague who is no longer listed"))
    return [f"{new}answer {plain(recall.reference)} of {day(recall.day)}, asked by {by}", f"     {plain(recall.to_do)}"]


def _shown(recall: Recall, names: dict[str, str]) -> dict[str, Any]:
    return {**recall.model_dump(mode="json", exclude_none=True), "asked_by": names.get(recall.staff)}
