"""Copies of the agreements in which something is wrong."""

from __future__ import annotations

import shutil
from pathlib import Path

from world import POLICIES


def lapsed(folder: Path, *names: str) -> Path:
    """A copy of the agreements in which the named ones have lapsed."""
    copy = folder / "policies"
    shutil.copytree(POLICIES, copy)
    for name in names:
        path = copy / "agreements" / name
        text = path.read_text()
        changed = text.replace(
            "review_by: 2027-03-31, expires: 2028-04-01", "review_by: 2026-06-30, expires: 2026-07-31"
        )
        assert changed != text
        path.write_text(changed)
    return copy
