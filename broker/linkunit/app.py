"""The linkage unit as one app: what it knows and holds, checked against each other before it answers anything."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from importlib.metadata import version
from pathlib import Path

from fastapi import FastAPI

from broker import described, door, hardening, listening, observe, proven
from broker.errors import Misconfigured
from broker.keys.credential import Issuer
from broker.keys.secrets import Secrets
from broker.keys.trust import Trust
from broker.linkage.model import Model, atoms_digest, parse_model
from broker.linkunit.book import Allowance
from broker.linkunit.compare import Judge
from broker.linkunit.comparing import Comparing
from broker.linkunit.envelopes import Opener
from broker.linkunit.evaluate import Terms
from broker.linkunit.heldkeys import envelope_keys, evaluation_keys
from broker.linkunit.ledger import Ledger
from broker.linkunit.rates import Rates
from broker.linkunit.routes import MAX_BODY, Listed, Unit, add_routes, count_refused, first_look
from broker.linkunit.settings import Settings
from broker.tls import Tls
from broker.tokens import Scheme, load_scheme, packaged
from broker.trustlist.follow import Followed, Source, Standing
from broker.vaults.vault import open_vault


def create_app(settings: Settings, *, clock: Callable[[], dt.datetime] | None = None) -> FastAPI:
    """The app. Raises `Misconfigured` when a key, the trust list or the ledger is missing, damaged or another's."""
    unit = open_unit(settings, clock or _utc_now)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        guard.turned_away.close()
        unit.ledger.close()

    app = FastAPI(
        title="Linkage unit", version=version("broker"), docs_url=None, redoc_url=None, lifespan=lifespan,
        telemetry=hardening.NO_TELEMETRY,
        description="Evaluates blinded points for agencies, and compares sealed evidence. Stores nothing about people.",
    )  # fmt: skip
    door.install(app, service="linkunit", max_body=MAX_BODY, first_look=partial(first_look, unit))
    certificates = proven.wanted(own=settings.tls_clients is not None, proxy=settings.behind_mutual_tls)
    issuer = Issuer(settings.public_url, os.urandom(32))
    guard = proven.guard(app, issuer, write=partial(count_refused, unit), certificates=certificates)
    described.describe(app)
    add_routes(app, unit)
    return app


def serve(settings: Settings) -> None:
    """Serves until it is told to stop. Raises `Misconfigured` rather than start with something missing."""
    observe.configure("linkunit")
    app = create_app(settings)
    observe.event("linkunit.started", port=settings.port, version=app.version)
    certificate, clients, revoked = settings.tls_certificate, settings.tls_clients, settings.tls_revoked
    own_tls = Tls(certificate, clients, revoked) if certificate else None
    listening.run(app, host=settings.host, port=settings.port, connections=64, own_tls=own_tls)


def open_unit(settings: Settings, clock: Callable[[], dt.datetime]) -> Unit:
    """Everything the linkage unit needs, checked against each other. Raises `Misconfigured` or `Untrusted`."""
    source = Source(settings.trust, settings.trust_root, settings.trust_seen)
    followed = Followed(source, source.open(clock()))
    secrets = _vault(settings, followed.first, clock())
    ledger = _ledger(settings.ledger, settings)
    first = listed(followed.first, secrets, settings=settings, ledger=ledger)

    def make(trust: Trust, _: Listed) -> Listed:
        try:
            return listed(trust, secrets, settings=settings, ledger=ledger)
        except Misconfigured:
            # A successor, which was put into the vault before the list named it.
            return listed(trust, _vault(settings, trust, clock()), settings=settings, ledger=ledger)

    return Unit(
        trust=first.trust,
        terms=first.terms,
        keys=first.keys,
        ledger=ledger,
        rates=Rates(ledger, settings.requests_per_minute),
        comparing=first.comparing,
        seconds={"post": settings.evaluation_seconds_post, "ask": settings.evaluation_seconds_ask},
        clock=clock,
        random=os.urandom,
        standing=Standing(followed, make, first=first),
    )


def listed(trust: Trust, secrets: Secrets, *, settings: Settings, ledger: Ledger) -> Listed:
    """What follows from a trust list: keys, terms and match model. Raises `Misconfigured` when one is not here."""
    scheme = load_scheme(trust.scheme)
    model, keys = _model(trust, scheme, settings.model), evaluation_keys(secrets, trust)
    return Listed(
        trust=trust,
        terms=Terms(epochs=trust.epochs, scheme=scheme.digest.hex(), max_points=settings.max_points),
        keys=keys,
        comparing=Comparing(
            Opener(trust, scheme, envelope_keys(secrets, trust)),
            Judge(scheme, model),
            trust.model,
            ledger,
            keys.signing_key,
        ),
    )


def _vault(settings: Settings, trust: Trust, now: dt.datetime) -> Secrets:
    hardening.check_closed(rehearsal=trust.rehearsal)
    return open_vault(settings, owner="linkunit", rehearsal=trust.rehearsal, today=now.date())


def _model(trust: Trust, scheme: Scheme, path: Path | None) -> Model:
    try:
        data = path.read_bytes() if path else packaged(f"{trust.scheme}.model.json")
    except OSError:
        raise Misconfigured(
            "model-missing", f"can't read the match model {path}", hint="check LINKUNIT_MODEL"
        ) from None
    if hashlib.sha256(data).hexdigest() != trust.model:
        hint = "run the version of this package that the trust list was made for, or have the trust list changed"
        raise Misconfigured("model-wrong", "the match model here is not the one on the trust list", hint=hint)
    model = parse_model(data)
    if model.atoms != atoms_digest(scheme):
        raise Misconfigured("model-wrong", "the match model was fitted for other evidence than the scheme's")
    return model


def _ledger(path: Path, settings: Settings) -> Ledger:
    allowances: dict[Allowance, int] = {
        "post": settings.posts_per_day,
        "ask": settings.questions_per_day,
        "review": settings.explanations_per_day,
    }
    return Ledger(path, allowances)


def _utc_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
