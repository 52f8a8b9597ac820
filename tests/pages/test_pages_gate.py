"""Every page of the desk, at two widths, with scripts and without, in a real browser over HTTP."""

from __future__ import annotations

import journeys
import pytest
from gate import Gate
from town import Town

JOURNEYS = (journeys.caseworker, journeys.telephone, journeys.plain_pages, journeys.public_pages)


@pytest.mark.parametrize("journey", JOURNEYS, ids=lambda one: one.__name__)
@pytest.mark.timeout(300)
def test_every_page_passes(journey, gate: Gate, town: Town) -> None:
    """Somebody with a screen reader, a telephone, no scripts or no mouse can use each page of the journey."""
    journey(gate, town)
    gate.ok()
