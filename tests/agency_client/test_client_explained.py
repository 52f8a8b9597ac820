"""How two records agree, in a reviewer's words."""

from __future__ import annotations

import json

import pytest

from broker.agency.explained import band_name, explained_lines, field_name, weight_in_words
from broker.errors import BadInput
from broker.linkage.levels import FIELDS
from broker.wire.comparison import ExplainAnswer
from broker.wire.fields import parse

HEX = "ab" * 32


def answer(band: str, bits: int = 5) -> ExplainAnswer:
    fields = [{"field": field, "level": level} for field, words in FIELDS.items() for level in words][:40]
    content = {
        "v": 1, "ticket": "A" * 22, "agency": "council", "model": HEX, "envelopes": [HEX, "cd" * 32], "bits": bits,
        "band": band, "fields": fields, "signature": "A" * 86,
    }  # fmt: skip
    return parse(ExplainAnswer, json.dumps(content))


@pytest.mark.parametrize(
    ("band", "name"),
    [("c", "certain"), ("p", "probable"), ("b", "below"), ("x", "conflict"), ("d", "conflict_of_birthdays")],
)
def test_every_band_of_a_pair_can_be_told(band: str, name: str) -> None:
    """A pair whose birthdays alone conflict, which people must decide about, can't be explained to them."""
    assert band_name(answer(band)) == name
    assert explained_lines(answer(band))[0].startswith("Field")


def test_an_unusable_pair_is_no_answer() -> None:
    """A band that stands for no comparison is shown as one."""
    with pytest.raises(BadInput):
        answer("u")


@pytest.mark.parametrize(
    ("half_bits", "said"),
    [
        (0, "as likely one person as two"),
        (1, "as likely one person as two"),
        (2, "about 2 to 1 that they are one person"),
        (-8, "about 16 to 1 that they are two people"),
        (13, "about 91 to 1 that they are one person"),
        (21, "about 1,400 to 1 that they are one person"),
        (40, "more than 1,000,000 to 1 that they are one person"),
        (-40, "more than 1,000,000 to 1 that they are two people"),
    ],
)
def test_a_weight_is_told_as_odds(half_bits: int, said: str) -> None:
    """A reviewer reads bits as a percentage, or the wrong way round."""
    assert weight_in_words(half_bits) == said


def test_every_field_has_a_name() -> None:
    """A reviewer reads `upn` and `birth_place`."""
    names = [field_name(field) for field in FIELDS]
    assert len(set(names)) == len(FIELDS)
    assert not [name for name in names if "_" in name or name in ("nhs", "nino", "upn", "birth")]
