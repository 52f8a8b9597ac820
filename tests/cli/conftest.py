"""Typing commands opens the same sealed files again and again: their keys are derived once."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import pytest

from broker.vaults import sealing


@pytest.fixture(scope="session", autouse=True)
def keys_derived_once() -> Iterator[None]:
    """What comes out of Argon2id is the same each time, and each time costs a tenth of a second."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(sealing, "_key", lru_cache(maxsize=256)(sealing._key))
        yield
