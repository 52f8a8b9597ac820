"""The wheel is whole: what the code reads at run time is in it."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

from repository import PACKAGE, ROOT, files


def test_the_wheel_holds_code_schemes_migrations_and_names(tmp_path: Path) -> None:
    """A wheel without its data installs well and fails at the first record."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    [wheel] = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
        scripts = next(archive.read(name).decode() for name in held if name.endswith("entry_points.txt"))
    wanted = {str(path.relative_to(ROOT)) for path in files() if path.is_relative_to(PACKAGE)}

    assert built.returncode == 0, built.stderr
    assert wanted - held == set()
    assert [name for name in held if not name.startswith(("broker/", "broker-"))] == []
    assert "broker = broker.cli.main:main" in scripts
    assert "broker-agency = broker.agency.cli:main" in scripts
