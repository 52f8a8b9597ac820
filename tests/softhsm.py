"""A token of SoftHSM2 in a folder of its own, as an operator makes one."""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

MODULES = ("/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so")
PIN = "4711-0815"
LOCKED = "locked"
"""Another token, to which the tests have no PIN."""


@dataclass(frozen=True)
class SoftToken:
    """Where a token lies, and what opens it."""

    module: Path
    label: str
    pin: Path


@cache
def soft_token() -> SoftToken:
    """The token of this process: the library reads once where its tokens lie, and which there are."""
    folder = Path(tempfile.mkdtemp(prefix="softhsm-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    (folder / "tokens").mkdir()
    settings = f"directories.tokendir = {folder / 'tokens'}\nobjectstore.backend = file\nlog.level = ERROR\n"
    (folder / "softhsm2.conf").write_text(settings)
    os.environ["SOFTHSM2_CONF"] = str(folder / "softhsm2.conf")
    for label in (LOCKED, "broker"):
        command = ["softhsm2-util", "--init-token", "--free", "--label", label, "--so-pin", "0000-0000", "--pin", PIN]
        subprocess.run(command, check=True, capture_output=True)
    pin = folder / "pin"
    pin.write_text(f"{PIN}\n")
    pin.chmod(0o600)
    return SoftToken(next(Path(path) for path in MODULES if Path(path).exists()), "broker", pin)
