"""The example tables in `policies/examples` are what the policies mean."""

from __future__ import annotations

import brackwater_policies as place
import pytest

from broker.errors import BadInput
from broker.policy.examples import Examples, differences, read_examples

TABLES = read_examples(place.files())
ROWS = [
    pytest.param(table.model_copy(update={"examples": (row,)}), id=row.name)
    for table in TABLES.values()
    for row in table.examples
]


@pytest.mark.parametrize("table", ROWS)
def test_examples_are_decided_as_expected(table: Examples) -> None:
    """An agreement no longer means what its signatories read in the table."""
    assert differences(place.policies(), table) == ()


def test_there_are_enough_examples() -> None:
    """The tables have been emptied."""
    assert len(ROWS) >= 60


def test_a_wrong_example_is_reported_in_words() -> None:
    """A table that is wrong passes unnoticed."""
    table = TABLES["examples/early-help.yaml"]
    row = table.examples[0]
    expect = row.expect.model_copy(update={"level": "withhold", "rules": ("P1",)})
    wrong = table.model_copy(update={"examples": (row.model_copy(update={"expect": expect}),)})
    assert differences(place.policies(), wrong) == (
        f"{row.name}: expected level withhold, got share",
        f"{row.name}: expected rule P1 to apply",
    )


def test_examples_are_strict() -> None:
    """A misspelt fact in a table is ignored, so that the table tests nothing."""
    text = place.files()["examples/early-help.yaml"].replace("wishes: objects_competent", "wish: objects_competent", 1)
    with pytest.raises(BadInput, match=r"examples/early-help.yaml line \d+: examples entry \d+: unknown field `wish`"):
        read_examples({"examples/early-help.yaml": text})
