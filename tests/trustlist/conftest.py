"""A trust list in a temporary folder."""

from __future__ import annotations

from pathlib import Path

import pytest
from trust_lists import MADE, write_trust_list
from trust_stand import Stand

from broker.trustlist.repository import USUAL


@pytest.fixture
def stand(tmp_path: Path) -> Stand:
    made = Stand(tmp_path)
    write_trust_list(tmp_path, made.document, now=MADE, lifetimes=USUAL)
    return made
