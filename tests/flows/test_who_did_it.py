"""The audit event of an act names who did it, as a private field: their own officers find it by that, others don't."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from promises import events
from signed import secrets_of
from world import World

from broker.actions.search_log import Officer, search_log
from broker.agency import pseudonyms

Acts = Sequence[tuple[str, tuple[str, ...]]]
"""Who does what, one after the other, with the command that their agency has for it."""
ACTS: list[tuple[Acts, str, str, list[str]]] = [
    ([("mash", ("pause", "csc"))], "pause", "paused", ["mash"]),
    ([("mash", ("pause", "csc")), ("sw", ("resume", "csc"))], "pause", "resume-proposed", ["sw"]),
    (
        [("kw", ("pause", "csc")), ("sw", ("resume", "csc")), ("mash", ("resume", "csc", "--agree"))],
        *("pause", "resumed", ["sw", "mash"]),
    ),
    ([("kw", ("protections",))], "admin", "read-protections", ["kw"]),
    ([("kw", ("rights",))], "admin", "read-rights", ["kw"]),
    ([("sw", ("rights", "--taken"))], "admin", "read-rights", ["sw"]),
    ([("mash", ("challenges",))], "admin", "read-cases", ["mash"]),
    ([("sw", ("challenges", "--ours"))], "admin", "read-cases", ["sw"]),
    ([("mash", ("silent",))], "admin", "read-silent", ["mash"]),
    ([("mash", ("audit-queue",))], "search", "queue", ["mash"]),
    ([("mash", ("audit-queue", "--closed"))], "search", "notes", ["mash"]),
]
"""And of which type and act the last one's event is, and whom it names."""


def hits(world: World, text: str, agency: str = "council") -> list[Any]:
    return list(search_log(world.parts, text, by=Officer(agency)).value.hits)


@pytest.mark.parametrize(("acts", "typ", "act", "who"), ACTS)
def test_the_event_names_who_did_it(quick_world: World, acts: Acts, typ: str, act: str, who: list[str]) -> None:
    """Somebody does it, and their officer reads that their agency did."""
    world, key = quick_world, secrets_of(quick_world, "council").bytes32("reference")
    council = world.agency("council")
    for staff, words in acts:
        council.runs(*words, "--as", staff).ok()
    called = [pseudonyms.staff(key, one) for one in who]
    [hit] = [one for one in hits(world, f"typ:{typ}") if one.act == act]
    assert [*hit.others, hit.staff] == called
    for one in called:
        assert hit.id in {found.id for found in hits(world, f"typ:{typ} actor:{one}")}
        assert hits(world, f"actor:{one}", "school") == []
        assert one not in str(events(world)), "it is in the clear"
    found = council.runs("audit-search", f"typ:{typ} actor:{who[0]}", "--as", "kw", "--json").ok().result["hits"]
    assert who in [[*one["others"], one["staff"]] for one in found if one["act"] == act]
