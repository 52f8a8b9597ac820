"""The same disclosures on disks that flush less often: what binds there is the disk, not this program.

python -m benchmarks.audit.slower FOLDER CLIENTS SECONDS        under `slow_disk.c`; its last line is the figures
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from benchmarks.audit import clients
from benchmarks.audit.disk import fsync_rate
from benchmarks.audit.workload import Log

FLUSH_MS = (0.5, 1, 2, 5)
"""How much longer a flush takes: from a quick disk of a server to a slow one."""
CLIENTS = (1, 32)
_SOURCE = Path(__file__).with_name("slow_disk.c")


def measured(folder: Path, seconds: float, tell: Callable[[int], None]) -> dict[str, Any]:
    """Figures by milliseconds and clients. Ends the run where there is no C compiler."""
    folder.mkdir(parents=True, exist_ok=True)
    shim, compiler = folder / "slow_disk.so", shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        raise SystemExit("slower disks are made with a C compiler (`cc`): install one, or choose another part")
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", str(shim), str(_SOURCE), "-ldl"], check=True)
    found: dict[str, Any] = {}
    for milliseconds in FLUSH_MS:
        slow = {"LD_PRELOAD": str(shim), "FLUSH_TAKES_MORE": str(int(1000 * milliseconds))}
        for each in CLIENTS:
            where = folder / f"{milliseconds}-{each}"
            command = [sys.executable, "-m", "benchmarks.audit.slower", str(where), str(each), str(seconds)]
            said = subprocess.run(command, env={**os.environ, **slow}, stdout=subprocess.PIPE, text=True, check=True)
            found.setdefault(f"{milliseconds} ms", {})[str(each)] = json.loads(said.stdout.splitlines()[-1])
            tell(1)
    return found


def disclosed(folder: Path, each: int, seconds: float) -> dict[str, Any]:
    """What so many clients disclose in `seconds`, with the disk's own rate of flushes beside it."""
    before = fsync_rate(folder, seconds / 4)
    log = Log(f"sqlite:///{folder / 'log.db'}", Ed25519PrivateKey.generate())
    log.prepare()
    clients.threads(log, each, min(0.5, seconds))
    times = clients.threads(log, each, seconds)
    log.close()
    return clients.beside(times.figures(), before, fsync_rate(folder, seconds / 4))


if __name__ == "__main__":
    print(json.dumps(disclosed(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))))
