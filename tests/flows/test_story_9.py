"""Story 9: families with several needs are found by us where referral finds few and exact names lose many."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from world import World

from broker.synthetic import desk, place, truth
from broker.synthetic.found_families import METHODS, PACKS, Comparison, Found, compare, desk_of, facts_of, table
from broker.synthetic.population import Record
from broker.synthetic.sources import SHAPES

PEOPLE, FAMILIES = 220, 28
SOURCES = ("csc", "eh", "yj", "hl", "ed", "hs", "po", "pr", "hv", "mh", "su", "dv", "vc")
"""The services that know of a need or of a relationship: the others would only take time."""


def compared(world: World, folder: Path) -> Comparison:
    """A small Brackwater is delivered by every agency, and asked about by a social worker."""
    brackwater = place.build(PEOPLE)
    truth.write(brackwater, folder)
    for source in SOURCES:
        export = truth.source_folder(folder, source) / SHAPES[source].file
        desk.deliver(world.parties, export, progress=lambda _: None, edges=world.edges())

    ask = desk_of(world.parties, "sw", folder, edges=world.edges())
    return compare(brackwater, ask, sources=SOURCES, most=FAMILIES)


def test_more_families_are_found_than_by_referral_or_by_exact_names(
    make_world: Callable[..., World], sqlite_url: str, tmp_path: Path
) -> None:
    """A family with three needs, each known to another agency, goes on being known to nobody."""
    comparison = compared(make_world(sqlite_url), tmp_path / "place")
    assert comparison.families == FAMILIES
    for pack in PACKS:
        us, referral, clear = (comparison.cells[pack, "all", method] for method in METHODS)
        assert us.eligible >= 5
        assert us.recall > referral.recall
        assert us.recall >= 0.98 * clear.recall
        assert us.added <= 0.01 * comparison.families
    out = io.StringIO()
    Console(file=out, width=120).print(table(comparison))
    assert "three needs" in out.getvalue()


def test_a_way_of_finding_is_counted_by_pack_and_name_group() -> None:
    """The table says that a group of families is found as often as others when it is not."""
    comparison = Comparison()
    three, two = frozenset({"csc", "su", "vc"}), frozenset({"csc", "su"})
    comparison.add("polish", three, {"us": three, "referral": two, "clear text": frozenset()})
    comparison.add("irish", two, {"us": three, "referral": two, "clear text": two})
    assert comparison.cells["three needs", "all", "us"] == Found(1, 1, 1)
    assert comparison.cells["three needs", "polish", "referral"] == Found(1, 0, 0)
    assert comparison.cells["two needs", "all", "clear text"] == Found(2, 1, 0)
    assert [(pack, group, eligible) for pack, group, eligible, _ in comparison.rows()] == [
        ("three needs", "all", 1),
        ("three needs", "polish", 1),
        ("three needs", "irish", 0),
        ("two needs", "all", 2),
        ("two needs", "irish", 1),
        ("two needs", "polish", 1),
    ]


def test_what_counts_as_a_need() -> None:
    """A good attendance, or arrears of a week, makes a family one with needs."""

    def facts(source: str, **content: str | int | bool | None) -> frozenset[str]:
        return facts_of([Record(source, "1", "P1", {}, {f"{source}.{name}": value for name, value in content.items()})])

    assert facts("ed", attendance=97, exclusions=0) == {"ed"}
    assert facts("ed", attendance=71, exclusions=2) == {"ed", "ed.attendance", "ed.exclusions"}
    assert facts("hs", arrears_weeks=1, notice_seeking_possession=True) == {"hs"}
    assert facts("hs", arrears_weeks=6) == {"hs", "hs.arrears_weeks"}
