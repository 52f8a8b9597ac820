"""One place for a whole file of tests: what is refused leaves nothing behind, so they can share it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from world import World


@pytest.fixture(scope="module")
def shared_world(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Iterator[World]:
    """A place with one delivery and one question behind it."""
    import shutil

    from people import MINA, OTTO, Row, export
    from world import World

    folder = tmp_path_factory.mktemp("api")
    (folder / "database").mkdir()
    shutil.copy(migrated, folder / "database" / "broker.db")
    with World(folder / "place", f"sqlite:///{folder / 'database' / 'broker.db'}") as world:
        world.agency("council").posts(*export("csc", [Row(MINA, "C1"), Row(OTTO, "C2")]))
        world.agency("council").asks(MINA.about(), staff="sw")
        yield world
        world.check()
