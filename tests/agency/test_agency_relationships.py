"""Relationships in an export: of what kind, how that is known, from and until when; and no birthday among the dates."""

from __future__ import annotations

import datetime as dt

import pytest
from agency_files import GOOD, MAPPING, TODAY

from broker.agency import csvfile, mapping
from broker.agency.content import Relative
from broker.errors import BadInput

_PARTS = 'column = "Kin"\nkind_column = "Kin kind"\nevidence = "Known by"\nsince = "From"\nuntil = "To"\n'
_CODES = '[codes.relationship]\n"Mum" = "parent"\n"Partner" = "partner"\n'
_CODES += '[codes.evidence]\n"BC" = "birth_record"\n"?" = "gossip"\n'
_WITH = MAPPING.replace('column = "Parents"\nkind = "parent"\n', _PARTS) + _CODES


def read(**cells: str) -> csvfile.Table:
    row = {**GOOD, "Kin": "C7", "Kin kind": "Partner", **cells}
    parsed = mapping.parse(_WITH.encode())
    columns = list(parsed.columns())
    text = ",".join(columns) + "\n" + ",".join(row.get(column, "") for column in columns)
    return csvfile.read(text.encode(), parsed, today=TODAY)


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({}, Relative("C7", "partner")),
        ({"From": "01/03/2020"}, Relative("C7", "partner", since=dt.date(2020, 3, 1))),
        (
            {"From": "01/03/2020", "To": "13/06/2024", "Known by": "self_reported"},
            Relative("C7", "partner", "self_reported", dt.date(2020, 3, 1), dt.date(2024, 6, 13)),
        ),
        ({"Kin kind": "Mum", "Known by": "bc"}, Relative("C7", "parent", "birth_record")),
        ({"Kin kind": "Mum", "From": "13/03/2014"}, Relative("C7", "parent")),
    ],
)
def test_a_relationship_is_read(cells: dict[str, str], expected: Relative) -> None:
    """How a family is known would be lost; or the day a child was born would be posted as the day it became one."""
    [row] = read(**cells).rows
    assert row.content.relationships == (expected,)
    assert repr(row.content.relationships[0]) == "<Relative>"


@pytest.mark.parametrize(
    ("cells", "field"),
    [
        ({"Known by": "?"}, "relationships.evidence"),
        ({"Known by": "the neighbour said"}, "relationships.evidence"),
        ({"From": "31/02/2020"}, "relationships.since"),
        ({"From": "01/03/2031"}, "relationships.since"),
        ({"From": "13/06/2024", "To": "01/03/2020"}, "relationships.until"),
    ],
)
def test_a_wrong_cell_refuses_the_row(cells: dict[str, str], field: str) -> None:
    """Free text or an impossible day would travel."""
    [reject] = read(**cells).rejects
    assert reject.field == field


def test_the_persons_own_birthday_is_left_out() -> None:
    """A relationship that an export dates from the person's birth tells their birthday."""
    table = read(From="12/03/2014", To="12/03/2014")
    assert table.rows[0].content.relationships == (Relative("C7", "partner"),)
    assert [(one.field, one.code) for one in table.warnings] == [
        ("relationships.since", "is-date-of-birth"),
        ("relationships.until", "is-date-of-birth"),
    ]


def test_a_setting_that_is_none_is_refused() -> None:
    """A mistyped setting is read over, and an ended relationship leads on."""
    with pytest.raises(BadInput) as caught:
        mapping.parse(_WITH.replace('until = "To"', 'untill = "To"').encode())
    assert caught.value.field == "[relationships]"
