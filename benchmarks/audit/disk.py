"""What the disk itself can do, to hold every figure against: single flushes, one after the other."""

from __future__ import annotations

import os
import time
from pathlib import Path

BLOCK = 8192


def fsync_rate(folder: Path, seconds: float) -> float:
    """Flushes in a second of one writer that overwrites 8 KiB each time, as `pg_test_fsync` does with fdatasync."""
    folder.mkdir(parents=True, exist_ok=True)
    path, data, done = folder / "flushed", os.urandom(BLOCK), 0
    file = os.open(path, os.O_CREAT | os.O_RDWR)
    os.write(file, data * 64)
    os.fdatasync(file)
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        os.pwrite(file, data, done % 64 * BLOCK)
        os.fdatasync(file)
        done += 1
    os.close(file)
    path.unlink()
    return done / seconds
