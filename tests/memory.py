"""Looks into the memory of another process, as whoever took its core dump would, and as a neighbour would try to."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import canaries

_CAPSET, _CAPBSET_DROP = "capset", 24
_VERSION_3 = 0x20080522
_YAMA = Path("/proc/sys/kernel/yama/ptrace_scope")
NEIGHBOURS_MAY = not _YAMA.exists() or _YAMA.read_text().strip() == "0"
"""Whether this machine lets a process look at its user's others at all."""
# What a service runs with in earnest: nothing that only root may do. A container's root would have it all.
UNPRIVILEGED = [
    sys.executable,
    "-c",
    "import ctypes, os, sys; prctl = ctypes.CDLL(None).prctl; [prctl(24, one, 0, 0, 0) for one in range(41)];"
    " os.execv(sys.argv[1], sys.argv[1:])",
]


def contents(pid: int) -> Iterator[bytes]:
    """Every part of a process's memory that it can write: heaps, stacks and data."""
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for line in maps:
            where, rights, *rest = line.split()
            if not rights.startswith("rw") or rest[-1] in ("[vvar]", "[vsyscall]"):
                continue
            start, end = (int(part, 16) for part in where.split("-"))
            memory.seek(start)
            try:
                yield memory.read(end - start)
            except OSError:
                # A part that was given back meanwhile.
                continue


def find(needles: Iterable[bytes], parts: Iterable[bytes]) -> set[bytes]:
    """Which of `needles`, of 6 bytes or more, stand in any of `parts`."""
    looked_for = canaries.prepared(frozenset(needles))
    return {needle for part in parts for needle in canaries.found_in(part, looked_for)}


def neighbour_reads(pid: int) -> bool:
    """Whether another process of the same user, with no privilege, can open a process's memory."""
    child = os.fork()
    if child == 0:
        header = (ctypes.c_uint32 * 2)(_VERSION_3, 0)
        getattr(ctypes.CDLL(None), _CAPSET)(ctypes.byref(header), ctypes.byref((ctypes.c_uint32 * 6)()))
        try:
            with open(f"/proc/{pid}/mem", "rb"), open(f"/proc/{pid}/maps") as maps:
                os._exit(0 if maps.read() else 1)
        except OSError:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
