"""One question put, its receipt kept: what the command and the desk's page do alike, before anybody sees the story."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from broker.agency import own_staff
from broker.agency.ask import Asker, Desk, Told
from broker.agency.client import Connection, open_http
from broker.agency.delivery import write_atomically
from broker.agency.edges import Edges
from broker.agency.journal import Journal
from broker.agency.logwatch import LogWatch, notes_in
from broker.agency.matchkeys import Person
from broker.agency.posting import make_blinder, make_sealer
from broker.agency.receipts import KeptAnswer, KeptBlock, KeptRefusal
from broker.agency.typed import read_typed
from broker.agency.workspace import Staff, Workspace, check_scheme
from broker.wire.answer import NotShown, Story
from broker.wire.question import Concerns

ANSWERS = "answers"


@contextmanager
def open_desk(place: Workspace, edges: Edges) -> Iterator[Desk]:
    """The desk of a workspace. Raises `Misconfigured` when keys or trust list are not usable."""
    trust = place.read_trust()
    scheme, signer, secrets = check_scheme(trust), place.desk_signer(), place.read_secrets()
    with open_http(edges) as http:
        # A ticket is good once: a second attempt would be refused as a repetition.
        broker = Connection("the broker", place.broker_url, signer, http, edges, attempts=1)
        unit = Connection("the linkage unit", place.linkage_unit_url, signer, http, edges)
        sealer = make_sealer(trust, scheme, place, signer)
        blinder, key = make_blinder(trust, scheme, unit), secrets.bytes32("reference")
        journal = Journal(place.state, edges.seconds)
        yield Desk(signer, blinder, sealer, broker, edges, place.synthetic_numbers, journal, key)


def put(desk: Desk, place: Workspace, person: Person, *, asker: Asker, purpose: str) -> tuple[Told, str]:
    """The verified answer, and what to say when too few watch the log that it rests on, else nothing.

    Its receipt is kept. Raises what `Desk.ask` raises, and `Untrusted` when the log is not the one we saw before.
    """
    asker = replace(asker, concerns=_concerns(place, asker.staff, person))
    told = desk.ask(person, asker, purpose=purpose)
    keep_receipt(place, told)
    watch = LogWatch(place, desk.blinder.trust, desk.broker.http, desk.edges)
    watch.saw(notes_in(leaf.proof for leaf in told.answer.receipt))
    return told, watch.warning() or ""


def keep_receipt(place: Workspace, told: Told) -> None:
    """Keeps the receipt of an answer and the handles for a verdict on it, and nothing that a service told."""
    folder = place.state / ANSWERS
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    blocks = tuple(
        KeptBlock(person=number, relationship=person.relationship, source=block.source, handle=block.handle)
        for number, person in enumerate(told.answer.story.people, start=1)
        for block in person.involvements
    )
    story, receipt = told.answer.story, told.answer.receipt
    kept = KeptAnswer(
        ticket=told.ticket_id,
        reference=story.reference,
        receipt=receipt,
        blocks=blocks,
        refusals=tuple(_refusals(story)),
    )
    name = f"{story.asked_at}-{told.ticket_id.hex()[:8]}.json"
    write_atomically(folder / name, kept.model_dump_json(exclude_none=True).encode())


def _concerns(place: Workspace, member: Staff, person: Person) -> Concerns | None:
    today = place.clock().date()
    known = {
        one.id: read_typed(one.person, today=today, synthetic_numbers=place.synthetic_numbers).person
        for one in place.staff
        if one.person
    }
    return own_staff.concerns(person, member, staff=place.staff, known=known)


def _refusals(story: Story) -> Iterator[KeptRefusal]:
    """What can be challenged, and by which handle: of the asker, of what is not agreed, of services, of their items."""
    shown: list[tuple[NotShown | None, str | None]] = [(story.refusal, None), (story.not_agreed_why, None)]
    for block in (block for person in story.people for block in person.involvements):
        shown += [(why, block.handle) for why in (block.not_shown, *(item.not_shown for item in block.items))]
    for why, handle in shown:
        if why is not None and why.number is not None and why.decides is not None:
            yield KeptRefusal(number=why.number, decides=why.decides, handle=handle)
