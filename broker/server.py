"""The one place where the broker is put together: settings, keys, trust, agreements, database, routes.

Anything missing or wrong stops the start with a sentence that names it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from importlib.metadata import version
from pathlib import Path
from threading import Event, Thread

import httpx2
from fastapi import FastAPI

from broker import described, door, hardening, listening, observe
from broker.actions.ask_witnesses import ask_witnesses, check_not_behind
from broker.actions.change_policy import check_sources
from broker.actions.count_unproven import count_unproven
from broker.actions.index_looks import close_days
from broker.actions.mark_log import mark_log
from broker.actions.note_start import note_start
from broker.actions.publish_checkpoint import sign_in_commits
from broker.api import (
    agreements,
    alarms,
    callers,
    credentials,
    figures,
    health,
    log,
    look_queue,
    oversight,
    pauses,
    people,
    place,
    protections,
    quality,
    questions,
    quotas,
    records,
    refusals,
    retention,
    reviews,
    rights,
    trials,
)
from broker.audit.checkpoint import vkey
from broker.errors import BrokerError, Misconfigured, Unavailable
from broker.keys.credential import Issuer
from broker.keys.keyring import Keyring, keyring
from broker.keys.keysets import Keysets, first_generation, keysets_of
from broker.keys.messages import RequestSigner
from broker.keys.sealing import hybrid_public_bytes
from broker.keys.secrets import Secrets, numbered
from broker.keys.trust import BROKER_REQUEST, Trust
from broker.linkage.model import Model, atoms_digest, parse_model
from broker.pages import public
from broker.parts import InForce, Listed, OpenKeys, Parts, load_set
from broker.peers import linkage_unit
from broker.policy.load import load_policies
from broker.policy.policies import Policies
from broker.policy.policyset import PolicySet, proven, set_files
from broker.proven import guard, wanted
from broker.settings import Settings
from broker.store import detailkeys, policysets
from broker.store.distrust import distrusted
from broker.store.durable import check_clock, check_durable
from broker.store.engine import Store, open_store
from broker.store.keysets import open_generations
from broker.store.rates import Rates
from broker.store.schema import check_schema
from broker.tls import Tls, of_client
from broker.tokens import load_scheme, packaged
from broker.trustlist.follow import Followed, Source, Standing
from broker.vaults.vault import open_vault

_WATCH_SECONDS = 3.0
"""How often a checkpoint goes to the witnesses at most."""


def put_together(
    settings: Settings,
    *,
    now: Callable[[], dt.datetime] | None = None,
    transport: httpx2.BaseTransport | None = None,
    proposed: PolicySet | None = None,
) -> Parts:
    """The parts of a broker that is ready. Raises `Misconfigured`. `transport` carries requests to other parties.

    For whoever changes agreements, `proposed` stands in place of those in force, which may be unusable.
    """
    clock = now or _utc_now
    followed = follow(settings, clock())
    trust = followed.first
    keys = ring(_vault(settings, trust, clock()), trust, settings)
    store = open_store(settings.database_url)
    check_durable(store)
    check_schema(store)
    check_clock(store, clock())
    in_force = InForce(proposed) if proposed else agreements_in_force(store, settings.policies)
    with store.look() as connection:
        policies = proposed.policies if proposed else in_force.at(connection)
        passed_over = distrusted(connection, trust)
    keysets = _open_keysets(store, keys, trust)
    check_sources(trust, policies)
    model = read_model(trust, settings.model)
    month_keys = detailkeys.ready(store, keys.detail_key, today=clock().date(), random=os.urandom)
    keys = replace(keys, month_keys=month_keys)
    # No redirects: the signature covers the address, and nobody but the settings says whom we talk to.
    verify = of_client(settings.client_certificate)
    http = httpx2.Client(
        transport=transport, timeout=linkage_unit.TIMEOUT, follow_redirects=False, verify=verify, trust_env=False
    )
    signer = RequestSigner(BROKER_REQUEST, keys.request_key)
    unit = linkage_unit.LinkageUnit(settings.linkage_unit_url, trust, signer, http, clock, os.urandom)
    listed = Listed(trust, keys, model, unit, passed_over)
    make = partial(_listed, settings=settings, store=store, in_force=in_force, clock=clock)
    standing = Standing(followed, make, first=listed)
    sign_in_commits(store, settings.origin, lambda: standing.latest().keyring.audit_log_key)
    opened = OpenKeys(keysets, lambda: _vault(settings, standing.at(clock()).trust, clock()))
    return Parts(
        store, policies, keys, trust, model, unit, settings, clock, os.urandom, in_force, keysets, opened, standing,
        passed_over,
    )  # fmt: skip


def create_app(parts: Parts, *, watching: bool = False) -> FastAPI:
    """The app of a broker that is put together. Its start is an event of the audit log.

    While it is `watching` a thread sends every checkpoint to the witnesses; else `ask_witnesses` is for whoever has it.
    """

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        check_not_behind(parts)
        size, digest = note_start(parts)
        observe.event("broker.started", tree_size=size, policy_digest=digest, version=version("broker"))
        if differs_from_folder(parts.settings.policies, parts):
            observe.event("agreements.not_activated", policy_digest=digest)
        stopped = Event()
        watcher = Thread(target=_watch, args=(parts, stopped), name="witnesses", daemon=True)
        if watching:
            watcher.start()
        yield
        stopped.set()
        if watching:
            watcher.join(timeout=_WATCH_SECONDS)
        guarding.turned_away.close()
        parts.linkage_unit.http.close()
        parts.store.engine.dispose()

    app = FastAPI(
        title="Broker",
        version=version("broker"),
        description="Who is already helping this person and this family, and what may be known.",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        telemetry=hardening.NO_TELEMETRY,
    )
    door.install(app, service="broker", max_body=records.MAX_BODY, first_look=partial(callers.first_look, parts))
    app.state.rates = Rates(parts.store, parts.settings.requests_per_minute)
    certificates = wanted(own=parts.settings.tls_clients is not None, proxy=parts.settings.behind_mutual_tls)
    issuer = Issuer(parts.settings.public_url, os.urandom(32))
    guarding = guard(app, issuer, write=partial(count_unproven, parts), certificates=certificates)
    described.describe(app)
    for room in (
        credentials,
        records,
        questions,
        refusals,
        retention,
        reviews,
        rights,
        people,
        place,
        agreements,
        trials,
        figures,
        public,
        oversight,
        look_queue,
        protections,
        pauses,
        quality,
        quotas,
        alarms,
        log,
        health,
    ):
        app.include_router(room.router(parts))
    return app


def serve(settings: Settings) -> None:
    """Serves until it is told to stop. Raises `Misconfigured` rather than start with something missing."""
    observe.configure("broker")
    app = create_app(put_together(settings), watching=True)
    certificate, clients, revoked = settings.tls_certificate, settings.tls_clients, settings.tls_revoked
    own_tls = Tls(certificate, clients, revoked) if certificate else None
    listening.run(app, host=settings.host, port=settings.port, connections=128, own_tls=own_tls)


def _watch(parts: Parts, stopped: Event) -> None:
    """Asks witnesses, indexes each day that has ended, and makes the log searchable, until it is stopped. What goes
    wrong in one round is said, and tried again in the next."""
    while not stopped.is_set():
        for does in (ask_witnesses, close_days, partial(mark_log, seconds=_WATCH_SECONDS, aside=True)):
            try:
                does(parts)
            except Exception as error:  # A thread that ends in silence would leave the log unwatched.
                observe.unexpected("log.unwatched", error)
        stopped.wait(_WATCH_SECONDS)


def follow(settings: Settings, now: dt.datetime) -> Followed:
    """The trust list that the settings name, verified as of `now`. Raises `Untrusted` or `Misconfigured`."""
    source = Source(settings.trust, settings.trust_root, settings.trust_seen)
    return Followed(source, source.open(now))


def ring(held: Secrets, trust: Trust, settings: Settings) -> Keyring:
    """The broker's keys, which are the ones on the trust list. Raises `Misconfigured` when they are others."""
    keys = keyring(held, listed=trust.broker)
    signing = tuple(one.public_key().public_bytes_raw() for one in (keys.receipt_key, keys.request_key))
    seals = {hybrid_public_bytes(held.bytes32(numbered("seal", number))) for number in held.numbers("seal")}
    log_key = vkey(settings.origin, keys.audit_log_key.public_key())
    public = trust.broker
    # What others seal to any listed key must open here; what we sign, anybody must be able to check.
    if not (signing[0] in public.receipts and signing[1] in public.requests and seals >= set(public.seals)):
        raise Misconfigured("keys-mismatch", "the broker's keys are not the ones on the trust list")
    if log_key != public.audit_log:
        raise Misconfigured("keys-mismatch", "the broker's audit log key is not the one on the trust list")
    return keys


def read_model(trust: Trust, path: Path | None = None) -> Model:
    """The match model at `path`, or the packaged one. Raises `Misconfigured` when it is not the trust list's."""
    try:
        data = path.read_bytes() if path else packaged(f"{trust.scheme}.model.json")
    except OSError:
        raise Misconfigured("model-missing", f"can't read the match model {path}", hint="check BROKER_MODEL") from None
    if hashlib.sha256(data).hexdigest() != trust.model:
        hint = "install the release that everybody on the trust list uses"
        raise Misconfigured("model-differs", "the match model here is not the one on the trust list", hint=hint)
    model = parse_model(data)
    if model.atoms != atoms_digest(load_scheme(trust.scheme)):
        raise Misconfigured("model-differs", "the match model was fitted for other evidence than the scheme's")
    return model


def read_policies(folder: Path) -> Policies:
    """The agreements in a folder. Raises `Misconfigured` or `BadInput` naming the file and the line."""
    return load_policies(policy_files(folder))


def policy_files(folder: Path) -> dict[str, bytes]:
    """The YAML files below a folder of agreements, by path. Raises `Misconfigured` when there are none."""
    if not (folder / "vocabulary.yaml").is_file():
        raise Misconfigured(
            "policies-missing", f"there are no agreements in {folder}", hint="name another, or see BROKER_POLICIES"
        )
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*.yaml"))}


def agreements_in_force(store: Store, folder: Path) -> InForce:
    """The agreements in force, loaded and proven; for a database that has none yet, those in `folder`.

    Raises `Misconfigured` or `BadInput` saying what is wrong with them.
    """
    with store.look() as connection:
        digest = policysets.in_force(connection)
        if digest is None:
            return InForce(proven(policy_files(folder)))
        try:
            found = InForce(load_set(connection, digest))
            found.set_at(connection)
            return found
        except Unavailable as error:
            hint = "activate agreements that do: `broker policy activate FOLDER`"
            said = f"{error.message}: {error.__cause__}"
            raise Misconfigured("policy-unusable", said, hint=hint) from None


def differs_from_folder(folder: Path, parts: Parts) -> bool:
    """Whether `folder` holds other agreements than those in force, which it takes an activation to bring into force."""
    with parts.store.look() as connection:
        in_force = parts.in_force.set_at(connection)
    try:
        files = policy_files(folder)
        kept = {file: text.encode() for file, text in in_force.files.items()}
        # Reading agreements takes longer than all else that a start does, and mostly they are the same files.
        return set_files(files) != kept and load_policies(files).digest != in_force.digest
    except BrokerError:
        return (folder / "vocabulary.yaml").exists()


def _vault(settings: Settings, trust: Trust, now: dt.datetime) -> Secrets:
    hardening.check_closed(rehearsal=trust.rehearsal)
    return open_vault(settings, owner="broker", rehearsal=trust.rehearsal, today=now.date())


def _listed(
    trust: Trust, before: Listed, *, settings: Settings, store: Store, in_force: InForce,
    clock: Callable[[], dt.datetime],
) -> Listed:  # fmt: skip
    """What follows from a trust list that came into force while the broker runs. Raises what a start would."""
    with store.look() as connection:
        check_sources(trust, in_force.at(connection))
        passed_over = distrusted(connection, trust)
    held = before.keyring.held
    try:
        keys = ring(held, trust, settings)
        missing = not all(held.numbers(f"kek.{one.agency}") for one in trust.agencies if one.status != "left")
    except Misconfigured:
        missing = True
    if missing:
        # A successor, or the key of an agency that joined: it was put into the vault before the list named it.
        keys = ring(_vault(settings, trust, clock()), trust, settings)
    keys = replace(keys, month_keys=before.keyring.month_keys)
    model = before.model if trust.model == before.trust.model else read_model(trust, settings.model)
    signer = RequestSigner(BROKER_REQUEST, keys.request_key)
    return Listed(trust, keys, model, replace(before.linkage_unit, trust=trust, signer=signer), passed_over)


def _open_keysets(store: Store, keys: Keyring, trust: Trust) -> Keysets:
    """The keys of the generations that are open in the database, which are those it was written under."""
    with store.look() as connection:
        generations = open_generations(connection) or (first_generation(keys.held, trust.epoch),)
    try:
        keysets = keysets_of(keys.held, generations, epochs=trust.epochs)
        for agency in trust.agencies:
            if agency.status != "left":
                keysets.newest.key_encrypting_key(agency.agency)
    except Misconfigured:
        # Such a database is an old backup, and whoever tries it may be no process that ends with this.
        store.engine.dispose()
        raise
    return keysets


def _utc_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
