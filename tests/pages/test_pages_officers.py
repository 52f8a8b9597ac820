"""Every page of officers, reviewers and data officers, at two widths, with scripts and without, over HTTP."""

from __future__ import annotations

import journeys_officers as journeys
import journeys_oversight as oversight
import pytest
from gate import Gate
from town import Town

JOURNEYS = (journeys.record, journeys.answers, journeys.rights, journeys.agreements, journeys.matches)
JOURNEYS += (journeys.sharing,)
JOURNEYS += (oversight.exports, oversight.figures, oversight.auditor, oversight.tried)


@pytest.mark.parametrize("journey", JOURNEYS, ids=lambda one: one.__name__)
@pytest.mark.timeout(300)
def test_every_page_passes(journey, gate: Gate, town: Town) -> None:
    """An officer with a screen reader, a telephone, no scripts or no mouse can't use a page."""
    journey(gate, town)
    gate.ok()
