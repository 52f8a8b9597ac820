"""What the demonstration checks at its end: stories, canaries, receipts, the log, and a log that was tampered with."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from pathlib import Path

from broker.audit.verify import verify_log
from broker.errors import BrokerError, Untrusted
from broker.synthetic.population import Story
from broker.wire.answer import Answer


def encodings(text: str) -> set[bytes]:
    """The ways in which a string could hide in a file: as it is, in either case, in UTF-16, hex and base64."""
    found: set[bytes] = set()
    for form in {text, text.upper(), text.lower(), text.replace(" ", "")}:
        plain = form.encode()
        found |= {plain, form.encode("utf-16-le"), plain.hex().encode(), plain.hex().upper().encode()}
        for shift in range(3):
            # Inside a longer base64 text a string has three spellings; its first and last signs depend on neighbours.
            spelt = base64.b64encode(bytes(shift) + plain)
            found.add(spelt[4 if shift else 0 : len(spelt) - 4])
    return {one for one in found if len(one) >= 5}


def search(strings: Iterable[str], places: Mapping[str, bytes]) -> list[str]:
    """The names of the places that hold one of `strings` in any encoding."""
    needles = {needle for text in strings for needle in encodings(text)}
    return sorted(name for name, content in places.items() if any(needle in content for needle in needles))


def files_of(*folders: Path) -> dict[str, bytes]:
    """Every file under `folders`, by path."""
    return {str(path): path.read_bytes() for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()}


def story_holds(story: Story, answer: Answer) -> list[str]:
    """What is wrong with the answer to a story; nothing when it holds."""
    if story.id == "1":
        return _fourteen(story, answer)
    if story.id == "3":
        return _who_to_ring(story, answer)
    if story.id == "3b":
        return _nothing_shown(answer)
    if story.id == "12":
        return _victim(answer)
    return []


def _fourteen(story: Story, answer: Answer) -> list[str]:
    expected, family = _list(story.expected["sources"]), _list(story.expected["family"])
    found = {source.source for source in answer.story.sources if source.found}
    wrong = [f"{source} is missing" for source in sorted(set(expected) - found)]
    if len(answer.story.people) != len(family):
        wrong.append(f"{len(answer.story.people)} people instead of {len(family)}")
    return wrong


def _list(value: object) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else []


def _who_to_ring(story: Story, answer: Answer) -> list[str]:
    blocks = [block for person in answer.story.people for block in person.involvements]
    levels = {block.level for block in blocks if block.source == story.expected["source"]}
    return [] if levels == {story.expected["level"]} else [f"shown as {', '.join(sorted(levels)) or 'nothing'}"]


def _nothing_shown(answer: Answer) -> list[str]:
    health = [s for s in answer.story.sources if s.source == "hv"]
    shown = [b for person in answer.story.people for b in person.involvements if b.source == "hv"]
    return ["health visiting shows"] if shown or any(s.found for s in health) else []


def _victim(answer: Answer) -> list[str]:
    values = [
        value
        for person in answer.story.people
        if person.relationship == "subject"
        for block in person.involvements
        for item in block.items
        if item.item == "po.da_incidents"
        for value in item.values
    ]
    if not values:
        return ["no incidents are shown"]
    return [f"shown as {value.role}" for value in values if value.role != "victim"]


def tampering_is_caught(files: Mapping[str, bytes], log_key: str) -> bool:
    """Whether one flipped bit in the middle of the leaves of a copy of the log is caught."""
    path = next(name for name in files if name.startswith("tile/entries/"))
    changed = bytearray(files[path])
    changed[len(changed) // 2] ^= 1
    try:
        verify_log({**files, path: bytes(changed)}, [log_key])
    except Untrusted:
        return True
    except BrokerError:
        return False
    return False
