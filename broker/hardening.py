"""What a process that holds secrets does first: nothing of its memory goes to a core dump or to another process.

RLIMIT_CORE 0 stops the kernel from writing a dump. PR_SET_DUMPABLE 0 stops it also where dumps are piped to a program,
and gives /proc/PID to root, so that another process of the same user can neither read its memory nor attach to it
(prctl(2), proc(5)). Root can, and so can whoever has the machine. Elsewhere than on Linux nothing is done.

One test looks for names in the memory of real services: `BROKER_MEMORY_READABLE_FOR_TESTS=1` leaves a process as it
was. A live place refuses to start with it.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
from pathlib import Path
from typing import Any

from broker.errors import Misconfigured

NO_TELEMETRY: Any = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "operation_spans": False,
    "auto_configure": False,
}
"""Of every app: FastAPI would send exceptions with their messages to whom an environment variable names."""
FOR_TESTS = "BROKER_MEMORY_READABLE_FOR_TESTS"
_PR_GET_DUMPABLE, _PR_SET_DUMPABLE = 3, 4


def harden() -> None:
    """Closes this process's memory. Raises `Misconfigured` where the system does not do it."""
    if is_readable_for_tests() or sys.platform != "linux":
        return
    import resource

    with contextlib.suppress(OSError, ValueError):
        # A service manager may deny it to whom it gave the limit already.
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    is_closed = prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 == prctl(_PR_GET_DUMPABLE, 0, 0, 0, 0)
    if not is_closed or _core_limit() != ("0", "0"):
        raise Misconfigured("memory-readable", "this system does not close a process's memory", hint="see LimitCORE=")


def _core_limit() -> tuple[str, ...]:
    lines = Path("/proc/self/limits").read_text(encoding="ascii").splitlines()
    return tuple(next(line for line in lines if line.startswith("Max core file size")).split()[4:6])


def check_closed(*, rehearsal: bool) -> None:
    """Raises `Misconfigured` when memory was left readable in a live place."""
    if is_readable_for_tests() and not rehearsal:
        raise Misconfigured("memory-readable", f"{FOR_TESTS} is set in a live place", hint="unset it")


def is_readable_for_tests() -> bool:
    """Whether the test-only variable is set."""
    return os.environ.get(FOR_TESTS) == "1"
