"""A small share of the attacks on a stolen database, on a real one that was posted to over the protocol."""

from __future__ import annotations

from pathlib import Path

from world import World

from benchmarks.attacks import dump_and_agency, graph_matching, insider_view, register, thief, town

SIXTY = register.people(60, seed=11, town=2000)


def test_a_dump_and_an_agency_name_nobody(quick_world: World) -> None:
    """Whoever has the database and one agency's keys names or links the records of another."""
    theirs = town.post(quick_world, "council", source="csc", people=SIXTY)
    ours = town.post(quick_world, "homes", source="hs", people=SIXTY[:6])
    found = dump_and_agency.attack(quick_world, theirs, ours=ours)
    assert found["control_own_records_found"] == [6, 6]
    assert found["control_named_with_both_keys"] == [60, 60]
    assert (found["rows_named"], found["rows_linked_to_own"]) == (0, 0)
    assert found["rows_of_others"] > 60 * 8


def test_a_thief_sees_what_is_equal(tmp_path: Path) -> None:
    """The search for equal bytes finds none because it does not look."""
    noise = [bytes([at]) * 5 + bytes(range(40, 60)) + bytes([at, at + 1]) * 9 for at in (1, 101)]
    other = thief.Row("records", ("csc",), {"content": bytes(range(100, 180))})
    rows = [thief.Row("records", ("csc",), {"content": one}) for one in noise]
    assert thief.alike([rows[0], other, rows[1]]) == {(0, 2)}
    assert thief.holding([rows[0], other, rows[1]], [bytes(range(110, 130)), b"short"]) == {1}
    assert thief.holding([other], [b"short"]) == set()


def test_the_broker_joins_records_and_names_nobody_by_it(quick_world: World) -> None:
    """The figures of a live broker are of a view in which it can't even join records."""
    references = {
        source: town.post(quick_world, agency, source=source, people=SIXTY)
        for source, agency in (("csc", "council"), ("gp", "gp"))
    }
    held = insider_view.opened(quick_world.parts)
    groups = insider_view.joined(held)
    whose = town.pseudonyms(quick_world, references)
    people = [{whose[held[at].source, held[at].ref].id for at in group} for group in groups]
    assert sorted(map(len, groups)) == [2] * len(SIXTY)
    assert all(len(one) == 1 for one in people)
    known = graph_matching.in_the_clear([next(iter(_by_id(one))) for one in people])
    found = graph_matching.by_structure("live", insider_view.nodes(held, groups), known, truth=range(len(known)))
    assert found.matched <= 1


def _by_id(ids: set[str]) -> list[register.Known]:
    return [known for known in SIXTY if known.id in ids]
