"""How fields agree is told of blocks only, and only for the purposes of a run that need it."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from comparisons import ANNA, BEN, Broker, Run, record

from broker.linkage.levels import FIELDS
from broker.linkunit.settings import Settings
from broker.wire.comparison import FIELD_LEVELS, LEVELS_OF, BlockAnswer

SAME = record(ANNA)
ELSEWHERE = record(ANNA | {"dob": "1984-03-08", "yd": "1984-08", "md": "03-08"}, agency="council", ref=b"a" * 16)
TWIN = record(BEN | {name: ANNA[name] for name in ("dob", "ym", "yy", "md", "yd", "pc", "pcs", "pco")}, ref=b"b" * 16)
STRANGER = record(BEN, ref=b"s" * 16)
NOISE = b"\x07" * len(SAME)


@pytest.fixture
def broker(place: Settings, written: io.StringIO) -> Iterator[Broker]:
    made = Broker(place)
    yield made
    made.client.__exit__(None, None, None)


def block(broker: Broker, purpose: str, **changes: object) -> BlockAnswer:
    return broker.block(Run([SAME], {"purpose": purpose}).block(0, ELSEWHERE, TWIN, NOISE, STRANGER, **changes))


def words(letters: str) -> dict[str, str]:
    return {field: FIELDS[field][ord(letter) - 97] for field, letter in zip(FIELDS, letters, strict=True)}


def test_a_letter_stands_for_every_field() -> None:
    """The wire counts fields that the model does not have, or has a level that no letter is for."""
    assert len(FIELDS) == FIELD_LEVELS
    assert max(map(len, FIELDS.values())) <= ord("p") - ord("a") + 1


def test_match_quality_learns_the_fields_of_certain_pairs(broker: Broker) -> None:
    """A gift that tells what differs needs them; of anybody else nothing is told."""
    answer = block(broker, "match_quality")
    assert answer.bands[0][1] == "c"
    found = words(answer.levels[1])
    assert (found["forename"], found["birth"], found["phone"]) == ("same", "day differs", "not held")
    assert [letters for at, letters in enumerate(answer.levels) if at != 1] == [""] * 23


def test_model_training_learns_the_fields_of_all_pairs(broker: Broker) -> None:
    """Refitting needs those that are nobody's match too; never those of a stranger, or of what can't be used."""
    answer = block(broker, "model_training")
    assert answer.bands[0][3] == "u"
    assert [bool(letters) for letters in answer.levels] == [False, True, True] + [False] * 21
    assert (answer.bands[0][4], answer.bits[0][4], answer.placeless[0][4]) == ("x", -4, -4)
    assert words(answer.levels[2])["surname"] == "differs"


@pytest.mark.parametrize("purpose", ["programme_count", "match_quality_too", "early_help"])
def test_other_purposes_learn_none(broker: Broker, purpose: str) -> None:
    """Counting people takes weights; how fields agree would be more than two people allowed."""
    assert block(broker, purpose).levels == ("",) * 24
    assert purpose not in LEVELS_OF


def test_the_second_call_tells_of_the_blocks_own_record_only(broker: Broker) -> None:
    """The other pivots of the second call are other people's records to explain."""
    run = Run([SAME], {"purpose": "match_quality"})
    one = broker.block(run.block(0, ELSEWHERE))
    envelopes = (ELSEWHERE, SAME, record(ANNA, agency="council", ref=b"n" * 16), *[SAME] * 37)
    two = broker.block(run.block(0, call=2, earlier=one, envelopes=envelopes, pivots=(0, 1)))
    assert words(two.levels[0])["birth"] == "day differs"
    assert words(two.levels[2])["birth"] == "same"
    assert [bool(letters) for letters in two.levels] == [True, False, True] + [False] * 37
