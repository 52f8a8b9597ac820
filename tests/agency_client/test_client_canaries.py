"""Canaries: the same fictional people at every agency, posted like anybody, told apart by nobody else."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import pytest
from client_export import ROWS, write_export
from client_parties import Parties, make_trust

from broker.agency.canaries import CANARIES, HOLDERS, all_canaries, canaries_of, newest_canaries, with_canaries
from broker.agency.csvfile import Table
from broker.agency.inputs import read_input
from broker.agency.matchkeys import match_keys
from broker.keys.listed import Agency
from broker.keys.trust import Trust
from broker.tokens import load_scheme

KEY, REFERENCE = b"e" * 32, b"r" * 32


def place(*agencies: tuple[str, Sequence[str]]) -> Trust:
    """A trust list of these agencies and sources."""
    made = tuple(
        Agency(agency=name, sources=tuple(held), status="active", seal=b"", keys=()) for name, held in agencies
    )
    return make_trust().model_copy(update={"agencies": made})


WHOLE = place(("council", ["csc", "eh", "hl"]), ("homes", ["hs"]), ("nhs", ["hv", "mh"]), ("police", ["po"]))


@pytest.fixture
def table(tmp_path, parties: Parties) -> Table:
    export = write_export(tmp_path / "own", ROWS)
    return read_input(export, None, today=parties.now.date(), synthetic_numbers=True).table


def test_every_agency_knows_the_same_ones() -> None:
    """From the evidence key and the trust list; with another key they are other people."""
    known = canaries_of(KEY, WHOLE)
    assert known == canaries_of(KEY, WHOLE)
    assert len(known) == len({(one.name, one.dob) for one in known}) == CANARIES
    assert not {(one.name, one.dob) for one in known} & {(one.name, one.dob) for one in canaries_of(b"x" * 32, WHOLE)}


def test_each_is_at_several_sources_of_two_agencies() -> None:
    """So that no agency could check its own work alone."""
    agency_of = {source: agency.agency for agency in WHOLE.agencies for source in agency.sources}
    for canary in canaries_of(KEY, WHOLE):
        assert len(set(canary.sources)) == HOLDERS
        assert len({agency_of[source] for source in canary.sources}) >= 2
    assert {len(one.sources) for one in canaries_of(KEY, place(("council", ["csc"])))} == {1}


def test_sources_write_them_differently_and_still_find_them() -> None:
    """A desk's match keys meet those of every source, as with people."""
    scheme = load_scheme()
    for canary in canaries_of(KEY, WHOLE):
        asked = set(match_keys(canary.person(), scheme))
        posted = [canary.person(source) for source in canary.sources]
        assert all(asked & set(match_keys(person, scheme)) for person in posted)
        assert len({dataclasses.astuple(person) for person in posted}) > 1
        assert not any(person.nhs or person.nino for person in posted)


def test_a_canary_looks_like_a_row_of_its_file(table: Table) -> None:
    """Its content is an ordinary row's; it is nobody's relative and under no protection."""
    mine = [one for one in canaries_of(KEY, WHOLE) if "csc" in one.sources]
    joined = with_canaries(table, mine, reference_key=REFERENCE)
    added = joined.rows[len(table.rows) :]
    assert added
    assert joined.rows[: len(table.rows)] == table.rows
    for row in added:
        plain = {"relationships": (), "protections": (), "third_party": "unknown"}
        assert row.content in [dataclasses.replace(other.content, **plain) for other in table.rows]
        assert row.ref.startswith("canary-")
        assert row.number > max(one.number for one in table.rows)


def test_the_next_snapshot_holds_them_again(table: Table) -> None:
    """Under the same references, with the same content while its row is there: a snapshot closes none."""
    mine = canaries_of(KEY, WHOLE)
    again = [dataclasses.replace(row, ref=f"{row.ref}-2", number=row.number + 100) for row in table.rows]
    table = dataclasses.replace(table, rows=(*table.rows, *again))
    first = with_canaries(table, mine, reference_key=REFERENCE).rows[len(table.rows) :]
    fewer = dataclasses.replace(table, rows=table.rows[1:])
    second = with_canaries(fewer, mine, reference_key=REFERENCE).rows[len(fewer.rows) :]
    assert [row.ref for row in first] == [row.ref for row in second]
    other = with_canaries(table, mine, reference_key=b"o" * 32).rows[len(table.rows) :]
    assert not {row.ref for row in first} & {row.ref for row in other}


def test_another_sources_canaries_are_not_posted(table: Table) -> None:
    """Each source posts its own."""
    others = [one for one in canaries_of(KEY, WHOLE) if "csc" not in one.sources]
    assert with_canaries(table, others, reference_key=REFERENCE) == table


def test_while_the_evidence_key_changes_there_are_those_of_both_keys(table: Table) -> None:
    """Each agency finds the ones of the key that it holds; nothing of the one set shows which are of the other."""
    keys = {1: KEY, 2: b"f" * 32}
    old, new = canaries_of(KEY, WHOLE), canaries_of(keys[2], WHOLE, epoch=2)
    assert (all_canaries(keys, WHOLE), newest_canaries(keys, WHOLE)) == ((*old, *new), new)
    assert newest_canaries({1: KEY}, WHOLE) == old
    assert not {(one.name, one.dob) for one in old} & {(one.name, one.dob) for one in new}
    assert (old[3].title, new[3].title) == ("3", "2.3")
    references = {one.reference("csc", REFERENCE) for one in (*old, *new)}
    assert len(references) == 2 * CANARIES
    posted = with_canaries(table, (*old, *new), reference_key=REFERENCE).rows[len(table.rows) :]
    alone = with_canaries(table, old, reference_key=REFERENCE).rows[len(table.rows) :]
    assert [row.ref for row in posted][: len(alone)] == [row.ref for row in alone]


def test_an_agency_that_left_holds_none() -> None:
    """Nobody waits for what it does not post any more; one that is suspended for a week keeps its own."""
    changed = {"left": set[str](), "suspended": set[str]()}
    for status, found in changed.items():
        agencies = tuple(
            one.model_copy(update={"status": status}) if one.agency == "council" else one for one in WHOLE.agencies
        )
        moved = WHOLE.model_copy(update={"agencies": agencies})
        found.update(source for canary in canaries_of(KEY, moved) for source in canary.sources)
    assert "csc" in changed["suspended"] and not {"csc", "eh", "hl"} & changed["left"]
