"""Strangers: whom no match key speaks for. Nothing is told of them, and they are counted."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator

import pytest
from comparisons import ANNA, BEN, Broker, Run, atoms, first_call, key, question, record, sealer, second_call

from broker.agency.evidence import about_record
from broker.keys import context, signing
from broker.linkunit.ledger import Ledger
from broker.linkunit.settings import Settings
from broker.wire.counts import GrantStatement
from broker.wire.fields import parse

OWN = question(ANNA)
SAME = record(ANNA)
# The same date of birth and postcode: a match key, and another person all the same.
TWIN = record(BEN | {name: ANNA[name] for name in ("dob", "ym", "yd", "md", "yy", "pc", "pcs", "pco")}, ref=b"w" * 16)
STRANGERS = [
    record(BEN | {"fn": f"{name}", "fnc": f"{name}", "sex": sex}, ref=name.encode().ljust(16))
    for name, sex in (("ben", "m"), ("zoe", "f"), ("anna", "f"))
]
GRANT = (b"g" * 16).hex()


@pytest.fixture
def broker(place: Settings, written: io.StringIO) -> Iterator[Broker]:
    made = Broker(place)
    made.evaluate()
    yield made
    made.client.__exit__(None, None, None)


def counted(broker: Broker, use: str) -> list[int]:
    ledger = Ledger(broker.place.ledger, {})
    try:
        return [line.row.count for line in ledger.lines(0, most=99) if line.row.use == use]
    finally:
        ledger.close()


def test_all_strangers_are_answered_alike(broker: Broker) -> None:
    """The weight of a stranger tells how alike they are; only a conflict is told, which keeps chains apart."""
    answer = broker.compare(first_call(OWN, SAME, TWIN, *STRANGERS))
    assert {(answer.bits[0][at], answer.placeless[0][at]) for at in (3, 4, 5)} == {(-4, -4)}
    assert set(answer.bands[0][3:6]) <= {"b", "x"}
    assert answer.bits[0][2] != -4
    assert (counted(broker, "different"), counted(broker, "strangers")) == ([5], [3])


def test_padding_and_repeats_are_counted_once_and_the_unusable_not(broker: Broker) -> None:
    """Whoever pads with anything but the question is seen by how many people they are."""
    broker.compare(first_call(OWN, STRANGERS[0], STRANGERS[0], b"\x07" * len(OWN)))
    assert (counted(broker, "different"), counted(broker, "strangers")) == ([1], [1])


def test_a_question_without_candidates_has_no_strangers(broker: Broker) -> None:
    """Padding alone is nobody."""
    broker.compare(first_call(OWN))
    assert (counted(broker, "different"), counted(broker, "strangers")) == ([], [])


def test_who_shares_a_key_with_any_pivot_is_no_stranger(broker: Broker) -> None:
    """The second hop leads to records that the question itself has nothing in common with."""
    moved = ANNA | {"phone": "+447700900123"}
    housemate = record({"fn": "anna", "fnc": "anna", "phone": "+447700900123", "sn": "other"}, ref=b"h" * 16)
    known = record(moved, ref=b"m" * 16)
    one = broker.compare(first_call(OWN, known))
    assert one.bands[0][1] == "c"
    broker.compare(second_call(OWN, known, housemate, STRANGERS[0], earlier=one, pivots=(0, 1)))
    assert (counted(broker, "different"), counted(broker, "strangers")) == ([1, 2], [1])


def test_copies_of_one_record_are_one_record(broker: Broker) -> None:
    """Sealed again, or kept from an earlier version, a record that is no stranger hides strangers by the dozen."""
    copies = [record(ANNA) for _ in range(12)]
    older = sealer("homes", "post").seal(atoms(ANNA), about_record(b"r" * 16, 9))
    broker.compare(first_call(OWN, SAME, *copies, older, *STRANGERS))
    assert (counted(broker, "different"), counted(broker, "strangers")) == ([4], [3])


def used(broker: Broker, grant: str = GRANT) -> GrantStatement:
    found = broker.client.get(f"/v1/grants/{grant}")
    assert found.status_code == 200
    statement = parse(GrantStatement, found.content)
    signing.verify(statement, context.GRANT_USED, public_key=key("linkage_unit.signing").public_key())
    return statement


def test_what_was_used_of_a_grant_is_told_in_counts(broker: Broker) -> None:
    """To whoever knows its id; a block that is made again is one block, and its openings are charged again."""
    run = Run([SAME])
    assert (used(broker).blocks, used(broker).last) == (0, 0)
    for _ in range(2):
        broker.block(run.block(0, TWIN, *STRANGERS))
    found = used(broker)
    assert (found.blocks, found.openings, found.different, found.strangers) == (1, 48, 8, 6)
    assert found.last == found.made
    assert used(broker, "00" * 16).openings == 0


@pytest.mark.parametrize("grant", ["1", "zz" * 16, "AB" * 16, "0" * 33, GRANT + "%00"])
def test_a_grant_is_asked_for_by_its_id(broker: Broker, grant: str) -> None:
    """In hex, as its terms have it."""
    found = broker.client.get(f"/v1/grants/{grant}")
    assert (found.status_code, json.loads(found.content)["code"]) == (422, "grant-id-invalid")
