"""What crosses for a comparison: any bytes raise our errors only, and a table is one."""

from __future__ import annotations

import contextlib
import json

import pytest
from comparisons import ANNA, Run, first_call, question, record, review
from hypothesis import given
from hypothesis import strategies as st

from broker.errors import BadInput
from broker.wire.comparison import BlockRequest, CompareAnswer, CompareRequest, ExplainRequest
from broker.wire.counts import TicketStatement
from broker.wire.fields import Wire, parse
from broker.wire.grant import Grant

KINDS: tuple[type[Wire], ...] = (
    *(CompareRequest, CompareAnswer, BlockRequest, ExplainRequest, TicketStatement, Grant),
)
OWN, SAME = question(ANNA), record(ANNA)
GOOD = [one.model_dump(mode="json") for one in (first_call(OWN, SAME), Run([SAME]).block(0), review(SAME, OWN))]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=3)
)
HEX = "ab" * 32


@given(st.binary(max_size=200))
def test_any_bytes_raise_our_error(data: bytes) -> None:
    """Whichever of the forms was expected."""
    for kind in KINDS:
        with pytest.raises(BadInput):
            parse(kind, data)


@given(st.sampled_from(GOOD), st.data(), JSON)
def test_any_field_in_a_good_request_raises_our_error_or_none(
    good: dict[str, object], data: st.DataObject, new: object
) -> None:
    """One field is changed to anything."""
    name = data.draw(st.sampled_from(sorted(good)))
    changed = json.dumps(good | {name: new})
    for kind in (CompareRequest, BlockRequest, ExplainRequest):
        with contextlib.suppress(BadInput):
            parse(kind, changed)


TABLES: dict[str, dict[str, object]] = {
    "a row too few": {"bits": ((1, 2),), "pivots": (0, 1)},
    "a column too few": {"bits": ((1,),)},
    "a band too many": {"bands": ("cbb",)},
    "a band that is none": {"bands": ("cz",)},
    "a pivot that is not there": {"pivots": (2,)},
    "a weight too large": {"bits": ((41, 0),)},
    "a digest that is none": {"envelopes": (HEX, "zz")},
    "a third call": {"call": 3},
}


@pytest.mark.parametrize("changes", TABLES.values(), ids=TABLES.keys())
def test_an_answer_is_a_table(changes: dict[str, object]) -> None:
    """A weight for each pivot and envelope, or it is no answer."""
    good: dict[str, object] = {
        "v": 1, "ticket": "A" * 22, "agency": "council", "call": 1, "model": HEX, "envelopes": (HEX, HEX),
        "pivots": (0,), "bits": ((1, 2),), "placeless": ((1, 2),), "bands": ("cb",), "signature": "A" * 86,
    }  # fmt: skip
    parse(CompareAnswer, json.dumps(good))
    with pytest.raises(BadInput):
        parse(CompareAnswer, json.dumps(good | changes))
