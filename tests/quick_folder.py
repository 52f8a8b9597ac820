"""Where tests keep their files: in memory where there is enough of it, as waiting for a disk tells them nothing.

Every write is flushed all the same, a killed process loses nothing that it wrote, and what a disk does that fails is
tried in `test_killed_log.py`.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

_MEMORY = Path("/dev/shm")
_ENOUGH = 3 * 1024**3


def quick_folder() -> Path:
    """The folder in which temporary folders are made."""
    if "TMPDIR" in os.environ or not os.access(_MEMORY, os.W_OK):
        return Path(tempfile.gettempdir())
    space = os.statvfs(_MEMORY)
    return _MEMORY if space.f_bavail * space.f_frsize >= _ENOUGH else Path(tempfile.gettempdir())


def sqlite_in(folder: Path, migrated: Path) -> str:
    """The address of a copy of `migrated` in `folder`."""
    (folder / "database").mkdir()
    shutil.copy(migrated, folder / "database" / "broker.db")
    return f"sqlite:///{folder / 'database' / 'broker.db'}"
