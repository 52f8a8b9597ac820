"""The linkage unit over HTTP: one route that agencies sign for, two for whoever watches over it, and its own docs.

    POST /v1/evaluate   an EvaluateRequest signed by a delivery key (use post) or a desk key (use ask) -> EvaluateAnswer
    GET  /healthz       the process is up
    GET  /readyz        the ledger can be written
    GET  /docs          this API, served from here

The order is security: who signed, then may that key do this, then is it well formed and for today's key, then is it
counted, and only then is it evaluated.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import uvicorn
from fastapi import Depends, FastAPI, Request, Response

from broker import door, observe, oprf
from broker.errors import BadInput, Misconfigured
from broker.keys.secretfile import Secrets, read_secrets
from broker.keys.trust import Trust, parse_trust
from broker.linkunit.evaluate import EvaluationKeys, Terms, check, evaluate
from broker.linkunit.ledger import Ledger, Spending
from broker.linkunit.settings import Settings
from broker.tokens import load_scheme
from broker.wire.evaluation import MAX_POINTS, EvaluateAnswer, EvaluateRequest, Use
from broker.wire.fields import parse

MAX_BODY = 64 * MAX_POINTS
"""A point is 46 bytes of JSON."""


@dataclass(frozen=True)
class Unit:
    """A linkage unit that is ready: what it knows and holds."""

    trust: Trust
    terms: Terms
    keys: EvaluationKeys
    ledger: Ledger
    seconds: dict[Use, int]
    public_url: str
    clock: Callable[[], dt.datetime]


def create_app(settings: Settings, *, clock: Callable[[], dt.datetime] | None = None) -> FastAPI:
    """The app. Raises `Misconfigured` when a key, the trust list or the ledger is missing, damaged or another's."""
    unit = open_unit(settings, clock or _utc_now)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        unit.ledger.close()

    app = FastAPI(
        title="Linkage unit", version=version("broker"), docs_url=None, redoc_url=None, lifespan=lifespan,
        description="Evaluates blinded points for agencies. Stores nothing about people.",
    )  # fmt: skip
    door.install(app, service="linkunit", max_body=MAX_BODY)
    door.docs_page(app)
    _add_routes(app, unit)
    return app


def serve(settings: Settings) -> None:
    """Serves until it is told to stop. Raises `Misconfigured` rather than start with something missing."""
    observe.configure("linkunit")
    app = create_app(settings)
    observe.event("linkunit.started", port=settings.port, version=app.version)
    uvicorn.run(
        app, host=settings.host, port=settings.port, log_config=None, access_log=False, server_header=False,
        proxy_headers=False, limit_concurrency=64, timeout_keep_alive=5, timeout_graceful_shutdown=10,
    )  # fmt: skip


def open_unit(settings: Settings, clock: Callable[[], dt.datetime]) -> Unit:
    """Everything the linkage unit needs, checked against each other. Raises `Misconfigured`."""
    try:
        trust = parse_trust(settings.trust.read_bytes())
    except OSError:
        raise Misconfigured("trust-list-missing", f"can't read the trust list {settings.trust}") from None
    secrets = read_secrets(settings.secrets, owner="linkunit")
    return Unit(
        trust=trust,
        terms=Terms(epoch=trust.epoch, scheme=load_scheme(trust.scheme).digest.hex(), max_points=settings.max_points),
        keys=_keys(secrets, trust),
        ledger=_ledger(settings.ledger, settings),
        seconds={"post": settings.evaluation_seconds_post, "ask": settings.evaluation_seconds_ask},
        public_url=settings.public_url,
        clock=clock,
    )


def _keys(secrets: Secrets, trust: Trust) -> EvaluationKeys:
    seal, signing = secrets.x25519("seal"), secrets.ed25519("signing")
    held = (seal.public_key().public_bytes_raw(), signing.public_key().public_bytes_raw())
    if held != (trust.linkage_unit.seal, trust.linkage_unit.signing):
        raise Misconfigured("keys-mismatch", f"the keys in {secrets.place} are not the ones on the trust list")
    try:
        linkage_key = oprf.check_scalar(secrets.bytes32("oprf"))
    except BadInput:
        raise Misconfigured("secret-damaged", f"`oprf` in {secrets.place} is not a scalar") from None
    return EvaluationKeys(linkage_key=linkage_key, signing_key=signing, broker_seal=trust.broker.seal_key)


def _ledger(path: Path, settings: Settings) -> Ledger:
    return Ledger(path, {"post": settings.posts_per_day, "ask": settings.asks_per_day})


def _add_routes(app: FastAPI, unit: Unit) -> None:
    content = {"application/json": {"schema": EvaluateRequest.model_json_schema()}}

    @app.post(
        "/v1/evaluate", summary="Evaluate blinded points", responses={200: {"model": EvaluateAnswer}},
        openapi_extra={"requestBody": {"required": True, "content": content}},
    )  # fmt: skip
    def evaluate_points(request: Request, body: Annotated[bytes, Depends(door.body_up_to(MAX_BODY))]) -> Response:
        """Signed (RFC 9421) by a delivery key for the use `post` or by a desk key for the use `ask`."""
        answer = answer_evaluation(unit, request, body)
        return Response(answer.model_dump_json(), media_type="application/json")

    @app.get("/healthz", summary="The process is up")
    def healthz() -> dict[str, str]:
        return {"status": "up"}

    @app.get("/readyz", summary="The keys are loaded and the ledger can be written")
    def readyz() -> dict[str, str]:
        unit.ledger.check()
        return {"status": "ready"}


def answer_evaluation(unit: Unit, request: Request, body: bytes) -> EvaluateAnswer:
    """The answer to one signed request, counted before it is made. Raises what its five steps raise."""
    arrived = unit.clock()
    now = int(arrived.timestamp())
    # 1. Who signed exactly these bytes; nothing of them is parsed before.
    caller = door.caller(request, body, trust=unit.trust, use=None, public_url=unit.public_url, now=arrived)
    # 2. May that key do this: a delivery key can't ask, a desk key can't post.
    asked = parse(EvaluateRequest, body)
    unit.trust.signing_key(caller.key_id, asked.use)
    # 3. Is it in its own name, for today's key and scheme, and made of points.
    check(asked, caller.agency, terms=unit.terms)
    # 4. Count it, on disk: a crash after this costs the agency its inputs, a crash before it answers nothing.
    spending = Spending(caller.agency, asked.use, asked.id, len(asked.points), caller.nonce)
    unit.ledger.spend(spending, now=now)
    # 5. Evaluate.
    expires = now + unit.seconds[asked.use]
    answer = evaluate(asked, unit.keys, seed=os.urandom(64), nonce=os.urandom(16), expires=expires)
    observe.event("points.evaluated", agency=caller.agency, use=asked.use, count=len(asked.points))
    return answer


def _utc_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
