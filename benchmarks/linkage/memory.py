"""The peak memory of this process."""

from __future__ import annotations

import re
import resource
from pathlib import Path


def peak_mib() -> int:
    """In MiB. Linux counts a parent's peak into a child's `ru_maxrss`, so there the kernel's own mark is read."""
    status = Path("/proc/self/status")
    found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text()) if status.is_file() else None
    return round((int(found[1]) if found else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) / 1024)
