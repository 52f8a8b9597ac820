"""Comparing all slots of a type at once says what comparing them one by one says."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from broker.linkage import slots
from broker.linkage.slots import Pairs

ATOMS = ("fn", "sn", "fn#1", "dob", "fn#2", "sn#1")
rows = st.lists(st.integers(0, 3), min_size=len(ATOMS), max_size=len(ATOMS))


@given(st.lists(st.tuples(rows, rows), max_size=9), st.sampled_from([2, 1_024]))
def test_agreeing_is_any_value_of_one_with_any_of_the_other(
    pairs: list[tuple[list[int], list[int]]], most: int
) -> None:
    """A value compared with another type's, or an empty slot with an empty one, makes strangers one person."""
    one, other = (np.array([two[side] for two in pairs], dtype=np.uint64).reshape(-1, len(ATOMS)) for side in (0, 1))
    usual, slots._AT_ONCE = slots._AT_ONCE, most
    try:
        found = Pairs(ATOMS, one, other)
    finally:
        slots._AT_ONCE = usual
    for kind, columns in {"fn": (0, 2, 4), "sn": (1, 5), "dob": (3,), "pc": ()}.items():
        mine, theirs = ([{row[at] for at in columns} - {0} for row in table.tolist()] for table in (one, other))
        agree = [bool(a & b) for a, b in zip(mine, theirs, strict=True)]
        assert found.agree(kind).tolist() == agree
        assert found.both_hold(kind).tolist() == [bool(a and b) for a, b in zip(mine, theirs, strict=True)]
        assert found.either_holds(kind).tolist() == [bool(a or b) for a, b in zip(mine, theirs, strict=True)]
