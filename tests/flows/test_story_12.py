"""Story 12, a victim is not an offender: the part somebody had in an event stands on every line that tells of it."""

from __future__ import annotations

from people import ISOLDE, OTTO, Person, Row, export
from world import World

from broker.wire.answer import ShownItem

PARTS = {ISOLDE: "victim", OTTO: "suspect"}
ASKERS = (
    ("council", "sw", "child_safeguarding"),
    ("council", "kw", "early_help"),
    ("council", "mash", "child_safeguarding"),
    ("school", "dsl", "child_safeguarding"),
    ("nhs", "hv", "child_safeguarding"),
)


def police(world: World, *, offences: str = "witness") -> None:
    """The police know both from the same incidents; `offences` is Isolde's part in two others."""
    rows = [Row(ISOLDE, "X1", {"po.da_incidents": "3", "po.offences": "2"}), Row(OTTO, "X2", {"po.da_incidents": "3"})]
    csv, mapping = export("po", rows)
    head, first, second = csv.splitlines()
    csv = "\n".join([f"{head},Part,Other part", f"{first},{PARTS[ISOLDE]},{offences}", f"{second},{PARTS[OTTO]},", ""])
    mapping = mapping.replace('count = "po.da_incidents"', 'count = "po.da_incidents"\nrole = "Part"')
    mapping = mapping.replace('yes = "po.offences"', 'count = "po.offences"\nrole = "Other part"')
    world.agency("police").posts(csv, mapping)
    world.agency("council").posts(*export("csc", [Row(ISOLDE, "C1"), Row(OTTO, "C2")]))


def shown(world: World, person: Person, asker: tuple[str, str, str]) -> dict[str, ShownItem]:
    agency, staff, purpose = asker
    told = world.agency(agency).asks(person.about(), staff=staff, purpose=purpose)
    return {item.item: item for item in told.block("po").items if item.level in ("share", "reduced")}


def test_the_part_stands_on_every_line(quick_world: World) -> None:
    """Somebody who was hurt reads as somebody who hurts, to a role that sees only a count, or on the screen."""
    police(quick_world)
    for asker in ASKERS:
        for person, part in PARTS.items():
            item = shown(quick_world, person, asker)["po.da_incidents"]
            assert [(value.count, value.role) for value in item.values] == [(3, part)]
            assert item.words[part].lower() == part
    for person, word, other in ((ISOLDE, "victim", "suspect"), (OTTO, "suspect", "victim")):
        page = quick_world.agency("council").asking(person.about(), staff="sw").ok().out.lower()
        assert word in page and other not in page


def test_who_only_saw_it_has_no_offences(quick_world: World) -> None:
    """A witness's or a caller's part in an offence is counted as an offence of theirs; an unstated part is too."""
    for part, counts in (("witness", False), ("complainant", False), ("victim", True), ("", False)):
        quick_world.later(minutes=5)
        police(quick_world, offences=part)
        item = shown(quick_world, ISOLDE, ("council", "sw", "child_safeguarding")).get("po.offences")
        values = item.values if item else ()
        assert [value.role for value in values] == ([part] if counts else [])
        assert all(value.code is None for value in values)
