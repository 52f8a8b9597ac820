"""One place for all tests that knock at its doors: what is refused leaves nothing behind."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from doors import Doors


@pytest.fixture(scope="session")
def doors(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Iterator[Doors]:
    """A place with something of everything that has a name: a delivery, a challenge, a right, an emergency, a hold."""
    from doors import Doors, open_doors

    folder = tmp_path_factory.mktemp("doors")
    (folder / "database").mkdir()
    shutil.copy(migrated, folder / "database" / "broker.db")
    with open_doors(folder / "place", f"sqlite:///{folder / 'database' / 'broker.db'}") as world:
        yield Doors.of(world)
        world.check()
