"""An answer that this workspace asked for, and its services by their numbers: what verdicts and reviews are about."""

from __future__ import annotations

from collections.abc import Sequence

from broker.agency.asking import ANSWERS
from broker.agency.inputs import read_file
from broker.agency.receipts import KeptAnswer, KeptBlock
from broker.agency.screen import Screen
from broker.agency.words import plain, relationship
from broker.agency.workspace import Workspace
from broker.errors import BadInput, Untrusted
from broker.wire.fields import AnyWire, parse
from broker.wire.reference import reference_prefix


def kept_answer(place: Workspace, reference: str) -> KeptAnswer:
    """The latest kept answer with this spoken reference. Raises `BadInput`."""
    wanted = reference_prefix(reference)
    for path in sorted((place.state / ANSWERS).glob("*.json"), reverse=True):
        kept = parse(KeptAnswer, read_file(path))
        if kept.reference and reference_prefix(kept.reference) == wanted:
            return kept
    raise BadInput("answer-not-kept", "this workspace holds no answer with that reference", field="reference")


def recent_answers(place: Workspace, since: int) -> list[tuple[int, KeptAnswer]]:
    """The kept answers that were asked for at or after `since` (seconds since 1970), the latest first, and when."""
    found: list[tuple[int, KeptAnswer]] = []
    for path in sorted((place.state / ANSWERS).glob("*.json"), reverse=True):
        asked_at = path.name.partition("-")[0]
        if asked_at.isdecimal() and int(asked_at) >= since:
            found.append((int(asked_at), parse(KeptAnswer, read_file(path))))
    return found


def list_blocks(blocks: Sequence[KeptBlock], screen: Screen, *, end: str) -> None:
    """Prints the services of an answer with their numbers, and `end` as the last line."""
    numbered = list(enumerate(blocks, start=1))
    lines = [f"{at:>3}  {whose(block)}: {plain(block.source)}" for at, block in numbered]
    shown = [
        {"number": at, "person": b.person, "relationship": b.relationship, "source": b.source} for at, b in numbered
    ]
    screen.result({"blocks": shown}, [*lines, end])


def whose(block: KeptBlock) -> str:
    """Whose service it is, in words."""
    return f"person {block.person}, {relationship(block.relationship)}"


def block_of(blocks: Sequence[KeptBlock], number: int) -> KeptBlock:
    """The service with this number. Raises `BadInput`."""
    if not 1 <= number <= len(blocks):
        hint = "leave --one and --other out to see them"
        raise BadInput("block-unknown", "the answer has no service with that number", field="number", hint=hint)
    return blocks[number - 1]


def parsed(kind: type[AnyWire], body: bytes) -> AnyWire:
    """What the broker answered. Raises `Untrusted` when it is not of the agreed form."""
    try:
        return parse(kind, body)
    except BadInput:
        hint = "check that agency.toml names the broker, and upgrade this client"
        raise Untrusted("answer-malformed", "the broker's answer is not of the agreed form", hint=hint) from None
