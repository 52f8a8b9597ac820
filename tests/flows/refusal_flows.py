"""Steps that the tests of refusals and emergencies share: a fact that is refused, challenged and answered."""

from __future__ import annotations

from typing import Any

from agency_of_world import Ran, Told
from people import OTTO, Row, export
from world import World

WHY = "He is alone with two small children tonight and seems unwell; I must know whether he is in treatment."
NEED = "Whether the father is in treatment for substance use at the moment."
OTHERWISE = "The strategy meeting at two decides without knowing whether the children are safe with him."
BECAUSE = "Section 47 enquiries have begun, and the risk to the children outweighs it."


def post_refused(world: World, *, risk: str = "concern", protection: str = "") -> None:
    """The substance use service knows Otto; while significant harm isn't suspected only whom to ring is shown."""
    own = {"su.in_treatment": "2026-03-02"}
    world.agency("council").posts(*export("csc", [Row(OTTO, "C2")]))
    world.agency("voluntary").posts(*export("su", [Row(OTTO, "S2", own, risk=risk)]))
    if protection:
        world.agency("police").posts(*export("po", [Row(OTTO, "X9", protection=protection)]))


def refusal(told: Told, source: str = "su") -> str:
    """What the refusal of a source's involvement is called."""
    why = told.block(source).not_shown
    assert why is not None and why.number is not None
    return f"{told.story.reference}/{why.number}"


def challenge(world: World, name: str, *, agency: str = "council", staff: str = "sw") -> Ran:
    """`challenge`, whatever becomes of it."""
    return world.agency(agency).runs(
        "challenge", name, "--need", NEED, "--otherwise", OTHERWISE, "--as", staff, "--json"
    )


def challenged(world: World, name: str) -> str:
    """A challenge that is recorded; what its case is called."""
    return str(challenge(world, name).ok().result["reference"])


def answer(world: World, reference: str, say: str, *, agency: str = "voluntary", staff: str = "vw") -> Ran:
    """`answer-challenge`, whatever becomes of it."""
    return world.agency(agency).runs(
        "answer-challenge", reference, "--say", say, "--because", BECAUSE, "--as", staff, "--json"
    )


def waiting(world: World, agency: str, kind: str = "") -> list[dict[str, Any]]:
    """What waits for an agency's reviewers, of one kind or of any."""
    found = world.agency(agency).runs("challenges", *_reader(agency), "--json").ok().result["cases"]
    return [one for one in found if kind in ("", one["kind"])]


def ours(world: World, agency: str = "council") -> list[dict[str, Any]]:
    """What became of an agency's challenges and emergencies."""
    ran = world.agency(agency).runs("challenges", "--ours", *_reader(agency), "--json")
    found: list[dict[str, Any]] = ran.ok().result["cases"]
    return found


def _reader(agency: str) -> tuple[str, ...]:
    """Who reads, where there is more than one who could."""
    return {"council": ("--as", "mash"), "homes": ("--as", "to")}.get(agency, ())


def fed(world: World, agency: str) -> list[tuple[str, str]]:
    """The whole feed of an agency, as kind and reference."""
    found = world.agency(agency).runs("feed", "--all", "--json").ok().result["entries"]
    return [(one["kind"], one["reference"]) for one in found]
