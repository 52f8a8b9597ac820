"""`review`: a reviewer sees how far two services of one answer agree, field by field. Whoever asked does not.

1  the broker gives the digests of both records' sealed evidence, having checked the pair and noted who wants to know
2  this machine signs a ticket for exactly those two, with the agency's review key
3  the linkage unit compares, and what it signed is checked here before anybody sees it

Nothing of it is kept on this machine but the ticket's line in the journal.
"""

from __future__ import annotations

from typing import Annotated, Any

import typer

from broker.agency import pseudonyms
from broker.agency.client import Connection, open_http
from broker.agency.commands_ask import StaffId, staff_member
from broker.agency.edges import Edges
from broker.agency.exits import Exit
from broker.agency.explained import band_name, explained_lines
from broker.agency.journal import Journal
from broker.agency.kept_answers import block_of, kept_answer, list_blocks, parsed, whose
from broker.agency.options import HERE, AsJson, Folder, edges_of, workspace_in
from broker.agency.receipts import KeptAnswer, KeptBlock, Reviewed, answer_purpose, check_explained, check_review
from broker.agency.screen import Screen
from broker.agency.words import plain
from broker.agency.workspace import Workspace
from broker.keys import context, signing
from broker.keys.messages import RequestSigner
from broker.wire.comparison import ExplainAnswer, ReviewTicket
from broker.wire.question import TICKET_SECONDS
from broker.wire.review import Explained, ExplainedRequest, ReviewPair, ReviewRequest

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
    by = pseudonyms.staff(place.read_secrets().bytes32("reference"), member.id)
    answer = _explanation(kept, pair, place, edges=edges, staff=by)
    numbers = (one, other)
    head = [f"{at:>3}  {whose(block)}: {plain(block.source)}" for at, block in zip(numbers, pair, strict=True)]
    say = f"`broker-agency verdict {kept.reference} --one {one} --other {other} --as {plain(member.id)} --say same`"
    end = f"If you know that it is so, within the hour: {say}, or `--say not_the_same`."
    lines = [*head, "", *explained_lines(answer), "", end]
    Screen(json).result(_content(kept, answer, numbers=numbers, pair=pair), lines)
    return Exit.ACCEPTED


def _explanation(
    kept: KeptAnswer, pair: tuple[KeptBlock, KeptBlock], place: Workspace, *, edges: Edges, staff: str
) -> ExplainAnswer:
    """The linkage unit's word on the pair. Raises `Untrusted` unless it and both audit events are about this review."""
    trust, signer = place.read_trust(), place.review_signer()
    asked = ReviewRequest(
        v=1,
        id=edges.random_bytes(16),
        agency=place.agency,
        staff=staff,
        one=pair[0].handle,
        other=pair[1].handle,
    )
    expected = Reviewed(place.agency, staff, kept.reference, asked.id, edges.seconds())
    with open_http(edges) as http:
        # A review is good once: a second attempt would be refused as a repetition.
        broker = Connection("the broker", place.broker_url, signer, http, edges, attempts=1)
        begun = parsed(ReviewPair, broker.send("POST", "/v1/reviews", body=asked.model_dump_json().encode()))
        check_review(begun.receipt, expected, act="asked", trust=trust)
        ticket = _ticket(asked, begun, signer, purpose=answer_purpose(kept), now=edges.seconds())
        body = ExplainedRequest(v=1, review=asked, ticket=ticket).model_dump_json().encode()
        # The linkage unit counts it for our agency, and `reconcile` must know that it is ours.
        with Journal(place.state, edges.seconds).question(asked.id, purpose=ticket.purpose, at=ticket.issued):
            told = parsed(Explained, broker.send("POST", "/v1/explanations", body=body))
            check_review(told.receipt, expected, act="explained", trust=trust)
            check_explained(told.explanation, ticket, trust=trust)
    return told.explanation


def _ticket(asked: ReviewRequest, begun: ReviewPair, signer: RequestSigner, *, purpose: str, now: int) -> ReviewTicket:
    """Our leave to the linkage unit to explain these two envelopes, once and within a minute."""
    ticket = ReviewTicket(
        v=1,
        id=asked.id,
        agency=asked.agency,
        purpose=purpose,
        issued=now,
        expires=now + TICKET_SECONDS,
        envelopes=begun.envelopes,
        signature=signing.UNSIGNED,
    )
    return signing.sign(ticket, context.REVIEW_TICKET, signing_key=signer.private_key)


def _content(
    kept: KeptAnswer, answer: ExplainAnswer, *, numbers: tuple[int, int], pair: tuple[KeptBlock, KeptBlock]
) -> dict[str, Any]:
    one, other = (
        {"number": at, "person": block.person, "source": block.source} for at, block in zip(numbers, pair, strict=True)
    )
    fields = [{"field": field.field, "level": field.level} for field in answer.fields]
    about = {"reference": kept.reference, "one": one, "other": other, "fields": fields}
    return {**about, "bits": answer.bits / 2, "band": band_name(answer)}
