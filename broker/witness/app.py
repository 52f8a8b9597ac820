"""The witness as an app (C2SP tlog-witness): `POST /add-checkpoint`, `GET /<SHA-256 of the origin>/checkpoint`."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

from fastapi import Depends, FastAPI, Response

from broker import door, hardening, listening, observe
from broker.audit import tlogpolicy, witnessing
from broker.errors import Misconfigured, NotFound
from broker.vaults.vault import Where, open_file
from broker.witness.book import Book
from broker.witness.cosigning import Witness, add_checkpoint, latest
from broker.witness.settings import Settings

OWNER = KEY = "witness"
"""Whose the secret file is, and what the one key in it is called."""
PUBLIC = (witnessing.ADD, "/{origin_hash}/checkpoint", "/healthz", "/readyz")
"""Every address: what is sent is signed by the log it is about, and what is told is public (tlog-witness)."""
_TEXT = "text/plain; charset=utf-8"


def create_app(settings: Settings, *, clock: Callable[[], dt.datetime] | None = None) -> FastAPI:
    """The app. Raises `Misconfigured` when the key, the list of logs or the database is missing or damaged."""
    now = clock or _utc_now
    witness = open_witness(settings, today=now().date())

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        witness.book.close()

    app = FastAPI(
        title="Witness", version=version("broker"), docs_url=None, redoc_url=None, lifespan=lifespan,
        telemetry=hardening.NO_TELEMETRY,
        description="Cosigns the checkpoints of logs that only grow. Sees sizes and hashes, and fetches nothing.",
    )  # fmt: skip
    door.install(app, service="witness", max_body=witnessing.MAX_BYTES)
    _add_routes(app, witness, now)
    return app


def _add_routes(app: FastAPI, witness: Witness, now: Callable[[], dt.datetime]) -> None:
    @app.post(witnessing.ADD)
    def add(body: Annotated[bytes, Depends(door.body_up_to(witnessing.MAX_BYTES))]) -> Response:
        """A new checkpoint of a log, with the proof that it continues the last; the answer is a cosignature."""
        reply = add_checkpoint(witness, body, now=int(now().timestamp()))
        observe.event("checkpoint.witnessed", status=reply.status)
        kind = witnessing.SIZE_TYPE if reply.status == 409 else _TEXT
        return Response(reply.body, status_code=reply.status, media_type=kind)

    @app.get("/{origin_hash}/checkpoint")
    def checkpoint(origin_hash: str) -> Response:
        """The last checkpoint of a log that was cosigned here."""
        note = latest(witness, origin_hash)
        if note is None:
            raise NotFound("checkpoint-unknown", "this witness has cosigned no checkpoint of such a log")
        return Response(note, media_type=_TEXT)

    @app.get("/healthz")
    def healthz() -> dict[str, str]:
        """The process answers."""
        return {"status": "up"}

    @app.get("/readyz")
    def readyz() -> dict[str, str]:
        """The database can be written; 503 otherwise."""
        with witness.book.turn() as turn:
            turn.every()
        return {"status": "ready"}


def open_witness(settings: Settings, *, today: dt.date) -> Witness:
    """Key, logs and database of a witness. Raises `Misconfigured`."""
    hardening.check_closed(rehearsal=settings.rehearsal)
    where = Where(settings.secrets, settings.passphrase_file)
    key = open_file(where, owner=OWNER, rehearsal=settings.rehearsal, today=today).ed25519(KEY)
    return Witness(settings.name, key, read_logs(settings.logs), Book(settings.database))


def read_logs(path: Path) -> dict[str, list[str]]:
    """The verifier keys of the logs of a policy file (tlog-policy), by origin. Raises `Misconfigured` or `BadInput`."""
    try:
        policy = tlogpolicy.parse(path.read_bytes())
    except OSError:
        hint = "write it with `broker audit policy`, and compare the key with the operator's"
        raise Misconfigured("logs-missing", f"can't read the log policy {path}", hint=hint) from None
    logs: dict[str, list[str]] = {}
    for vkey in policy.logs:
        logs.setdefault(vkey.partition("+")[0], []).append(vkey)
    if not logs:
        raise Misconfigured("logs-missing", f"{path} names no log to watch", hint="it needs a line `log <vkey>`")
    return logs


def serve(settings: Settings) -> None:
    """Serves until it is told to stop. Raises `Misconfigured` rather than start with something missing."""
    observe.configure("witness")
    app = create_app(settings)
    observe.event("witness.started", port=settings.port, version=app.version)
    listening.run(app, host=settings.host, port=settings.port, connections=32, between=65)


def _utc_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
