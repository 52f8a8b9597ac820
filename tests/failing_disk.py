"""Run under `failing_disk.c`: one call of a disclosure after the other fails, or is the process's last.

    LD_PRELOAD=failing_disk.so python failing_disk.py folder STEP

After each: what was told is in the log, what was refused was not told, the log has one history, and the next disclosure
works. The last line is one JSON object.
"""

from __future__ import annotations

import ctypes
import errno
import json
import os
import sys
from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from benchmarks.audit.kills import Judge
from benchmarks.audit.workload import Disclosed, Log
from broker.audit.checkpoint import open_note, vkey
from broker.errors import Unavailable

KILLED = -1
KINDS = ((errno.EIO, False), (errno.ENOSPC, False), (errno.EIO, True), (errno.ENOSPC, True), (KILLED, False))
_LAST = 400


class Disk:
    """The disk of `failing_disk.c`, a log on it, and its judge."""

    def __init__(self, url: str) -> None:
        self._calls = ctypes.CDLL(None)
        self._url, self._key = url, Ed25519PrivateKey.generate()
        self._judge = Judge(url, self._key)
        self.log = Log(url, self._key)
        self.log.prepare()

    def check(self, told: Disclosed | None) -> None:
        """Everything that must hold; `told` is what got through."""
        answers = []
        if told is not None:
            signed = open_note(told.note, [vkey("broker.example/audit", self._key.public_key())])
            answers = [(told.id, told.index, signed.size, signed.root)]
        self._judge.judge(answers, whole=True)

    def fails(self, at: int, error: int, *, stays: bool) -> bool:
        """Whether a disclosure got through although the `at`-th call failed, or there was none."""
        self._calls.disk_arm(at, error, int(stays))
        try:
            told = self.log.disclose()
        except Unavailable:
            told = None
        seen = self._calls.disk_disarm()
        self.check(told)
        self.check(self.log.disclose())
        return seen < at

    def kills(self, at: int) -> bool:
        """The same when the `at`-th call is the process's last."""
        self.log.close()
        pid = os.fork()
        if not pid:
            log = Log(self._url, self._key)
            with log.store.look():
                pass
            self._calls.disk_arm(at, KILLED, 0)
            log.disclose()
            os._exit(0)
        _, status = os.waitpid(pid, 0)
        self.check(None)
        self.check(self.log.disclose())
        return os.WIFEXITED(status) and os.WEXITSTATUS(status) == 0


def through(one: Callable[[int], bool], step: int) -> int:
    """Goes on with the next call until there is none. How many were tried."""
    for tried, at in enumerate(range(1, _LAST, step)):
        if one(at):
            return tried
    raise AssertionError("a disclosure never got through")


def main() -> int:
    disk, step = Disk(f"sqlite:///{sys.argv[1]}/log.db"), int(sys.argv[2])
    found = {}
    for error, stays in KINDS:
        name = "killed" if error == KILLED else errno.errorcode[error] + (" for good" if stays else "")
        if error == KILLED:
            found[name] = through(disk.kills, step * 3)
        else:
            found[name] = through(lambda at, e=error, s=stays: disk.fails(at, e, stays=s), step)  # type: ignore[misc]
    print(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
