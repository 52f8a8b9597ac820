"""A small share of colour refinement with the gate's own people: the shipped scheme passes, a naive one does not."""

from __future__ import annotations

from benchmarks.attacks import structure
from broker.agency.gate.measure import measure
from broker.agency.gate.people import make_people
from broker.tokens import load_scheme

PEOPLE = 5_000
SMALL = 0.003
"""Among few people the few who share labels are more often the only ones to share just those."""


def test_few_are_told_apart_by_the_labels_they_share() -> None:
    """A change of the scheme makes records tell apart by structure alone."""
    assert measure(load_scheme(), make_people(PEOPLE)).unique <= SMALL


def test_a_label_for_each_field_tells_most_apart() -> None:
    """The measurement finds nothing because it looks at nothing."""
    assert measure(structure.per_field(load_scheme()), make_people(PEOPLE)).unique >= structure.CONTROL_LEAST
