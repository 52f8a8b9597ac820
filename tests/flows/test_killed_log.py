"""The audit log under kill -9, stopped processes and failing disks: whatever was told is in it, and it has one history.

More rounds with --run-long, and `python -m benchmarks.audit --only kills` for as many as one likes.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from benchmarks.audit.kills import Judge
from benchmarks.audit.workload import ORIGIN, Log
from broker.audit.checkpoint import open_note, vkey
from broker.errors import Unavailable

ROOT = Path(__file__).parent.parent.parent
ROUNDS = [4, pytest.param(1_000, marks=(pytest.mark.long, pytest.mark.timeout(3_600)))]


@pytest.fixture
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without tables."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'log.db'}"
        return
    server: pg.Server = request.getfixturevalue("postgres")
    with server.database("template1") as url:
        yield url


both = pytest.mark.parametrize("empty_url", ["sqlite", "postgresql"], indirect=True)


@both
@pytest.mark.parametrize("rounds", ROUNDS)
def test_a_kill_loses_nothing_that_was_told(empty_url: str, rounds: int) -> None:
    """An answer was given whose event is not in the log after a crash, or in another place, or under another root."""
    command = [sys.executable, "-m", "benchmarks.audit.kills", empty_url, "--rounds", str(rounds)]
    if empty_url.startswith("postgresql"):
        command.append("--competing")
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=3_500)
    assert ran.returncode == 0, ran.stderr[-2_000:]
    found = json.loads(ran.stdout.splitlines()[-1])
    assert found["answers"] > rounds and found["lost"] == found["forks"] == 0


STEPS = [12, pytest.param(1, marks=pytest.mark.long)]


@pytest.mark.parametrize("step", STEPS)
def test_a_disk_that_fails_at_any_call_loses_nothing_that_was_told(tmp_path: Path, step: int) -> None:
    """After an error of the disk something was told without a durable event, or the log never gets well again."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        # Without a compiler the kernel itself refuses: not at every call, but at every length of the file.
        for pages in range(0, 40, step):
            full_disk(tmp_path / f"{pages}", pages)
        return
    shim, folder = tmp_path / "failing_disk.so", tmp_path / "log"
    folder.mkdir()
    source = ROOT / "tests" / "failing_disk.c"
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", str(shim), str(source), "-ldl"], check=True)
    ran = subprocess.run(
        [sys.executable, str(ROOT / "tests" / "failing_disk.py"), str(folder), str(step)],
        env={**os.environ, "LD_PRELOAD": str(shim), "PYTHONPATH": f"{ROOT}"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=110,
    )
    assert ran.returncode == 0, ran.stderr[-2_000:]
    found = json.loads(ran.stdout.splitlines()[-1])
    assert len(found) == 5
    assert min(found.values()) * step > 9


def full_disk(folder: Path, pages: int) -> None:
    """The log's files can grow by so many pages and no more, then by as many as they like."""
    folder.mkdir()
    key = Ed25519PrivateKey.generate()
    log, judge = Log(f"sqlite:///{folder / 'log.db'}", key), Judge(f"sqlite:///{folder / 'log.db'}", key)
    log.prepare()
    told = [log.disclose()]
    largest = max(file.stat().st_size for file in folder.iterdir())
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest + 4096 * pages, before[1]))
    try:
        with pytest.raises(Unavailable):
            for _ in range(200):
                told.append(log.disclose())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    told.append(log.disclose())
    vkeys = [vkey(ORIGIN, key.public_key())]
    signed = [open_note(one.note, vkeys) for one in told]
    judge.judge([(one.id, one.index, at.size, at.root) for one, at in zip(told, signed, strict=True)], whole=True)
    log.close()


def test_a_disk_without_room_loses_nothing_that_was_told(tmp_path: Path) -> None:
    """What no longer fits was told all the same, or the broker needs a restart when there is room again."""
    full_disk(tmp_path / "full", 3)


LEADER = """
import sys
sys.path[:0] = [sys.argv[1], sys.argv[1] + "/tests"]
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from benchmarks.audit.workload import Log
from broker.errors import Unavailable
from broker.store import sequencer
sequencer._STANDS_STILL = "300ms"
log = Log(sys.argv[2], Ed25519PrivateKey.from_private_bytes(bytes.fromhex(sys.argv[3])))
log.write()
try:
    with log.store.sequence() as connection:
        assert sequencer.lead(connection, insists=True)
        if sys.argv[4] == "placed":
            sequencer.place(connection, lambda led: led.batch)
        print("holds", flush=True)
        sys.stdin.readline()
        sequencer.place(connection, lambda led: led.batch)
    print("committed", flush=True)
except Unavailable:
    print("overtaken", flush=True)
log.disclose()
"""


@pytest.mark.parametrize("stops", [pytest.param("before", marks=pytest.mark.long), "placed"])
def test_a_leader_that_stands_still_is_overtaken_and_forks_nothing(postgres: pg.Server, stops: str) -> None:
    """A process that is stopped holds all others up for ever, or goes on where it stood and writes a second history."""
    key = Ed25519PrivateKey.generate()
    with postgres.database("template1") as url:
        log, judge = Log(url, key), Judge(url, key)
        log.prepare()
        leader = subprocess.Popen(
            [sys.executable, "-c", LEADER, str(ROOT), url, key.private_bytes_raw().hex(), stops],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        assert leader.stdin is not None and leader.stdout is not None
        assert leader.stdout.readline() == "holds\n"
        leader.send_signal(signal.SIGSTOP)
        # Both events, the stopped one's and ours, get their places from us.
        told = log.disclose()
        assert told.index in (0, 1)
        leader.send_signal(signal.SIGCONT)
        said, _ = leader.communicate("go on\n", timeout=30)
        assert said == "overtaken\n"
        assert leader.returncode == 0
        signed = open_note(told.note, [vkey(ORIGIN, key.public_key())])
        assert signed.size == 2
        judge.judge([(told.id, told.index, signed.size, signed.root)], whole=False)
        assert len(judge.leaves) == 3
        log.close()
