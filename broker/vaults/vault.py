"""The front door: all secrets of one party, wherever they live, fit to be used in this place or refused.

The secret file holds what must be bytes here. What a hardware token or a key service holds stands beside it by the same
kind of name, and in one place only: a key that is also in the file was never given away at all.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from broker.errors import Misconfigured
from broker.keys.custodial import KeyEncryptingKey, SigningKey
from broker.keys.secrets import Secrets
from broker.vaults.passphrase import Ask, find_passphrase
from broker.vaults.refusals import check_fit, check_newest
from broker.vaults.secretfile import read_file

Kept = tuple[Mapping[str, KeyEncryptingKey], Mapping[str, SigningKey]]


class Settings(Protocol):
    """What the settings of a service say of its secrets."""

    @property
    def secrets(self) -> Path: ...
    @property
    def passphrase_file(self) -> Path | None: ...
    @property
    def trust_seen(self) -> Path: ...
    @property
    def hsm_module(self) -> Path | None: ...
    @property
    def hsm_label(self) -> str: ...
    @property
    def hsm_pin_file(self) -> Path | None: ...
    @property
    def transit_url(self) -> str | None: ...
    @property
    def transit_token_file(self) -> Path | None: ...
    @property
    def transit_mount(self) -> str: ...


@dataclass(frozen=True)
class Where:
    """Where one secret file lies: the file with its passphrase, and the folder that remembers its last serial."""

    file: Path
    passphrase: Path | None = None
    seen: Path | None = None


def open_vault(settings: Settings, *, owner: str, rehearsal: bool, today: dt.date | None = None) -> Secrets:
    """A service's secrets, from its file and from its token or key service. Raises `Misconfigured`.

    `rehearsal` is what the trust list says of the place; `today` is the day in UTC, by default this machine's.
    """
    where = Where(settings.secrets, settings.passphrase_file, settings.trust_seen)
    secrets = open_file(where, owner=owner, rehearsal=rehearsal, today=today)
    for keks, signers in _kept(settings, owner):
        for name in (*keks, *signers):
            if name in secrets.names:
                hint = "destroy one: `broker keys status` says which is on the trust list"
                raise Misconfigured("secret-twice", f"`{name}` lives in two places of `{owner}`", hint=hint)
        secrets = replace(secrets, keks={**secrets.keks, **keks}, signers={**secrets.signers, **signers})
    return secrets


def open_file(
    where: Where, *, owner: str, rehearsal: bool, today: dt.date | None = None, ask: Ask | None = None
) -> Secrets:
    """The secrets in a file, if it fits its place: see `refusals`. Raises `Misconfigured`."""
    file = read_file(where.file, owner=owner, passphrase=lambda: find_passphrase(owner, file=where.passphrase, ask=ask))
    check_fit(file, rehearsal=rehearsal, today=today or dt.datetime.now(dt.UTC).date())
    if where.seen is not None:
        check_newest(file, where.seen)
    return file.secrets


def _kept(settings: Settings, owner: str) -> Iterator[Kept]:
    # Both libraries are extras, which a place without such a token or service does without.
    if settings.hsm_module is not None:
        if settings.hsm_pin_file is None:
            raise _incomplete("HSM_PIN_FILE")
        try:
            from broker.vaults.pkcs11 import open_token
        except ImportError:
            raise _extra("hsm") from None
        token = open_token(settings.hsm_module, settings.hsm_label, pin=settings.hsm_pin_file)
        yield token.key_encrypting_keys(), token.signing_keys()
    if settings.transit_url is not None:
        if settings.transit_token_file is None:
            raise _incomplete("TRANSIT_TOKEN_FILE")
        try:
            from broker.vaults.transit import open_engine
        except ImportError:
            raise _extra("transit") from None
        mount = settings.transit_mount
        engine = open_engine(settings.transit_url, token=settings.transit_token_file, mount=mount, prefix=f"{owner}-")
        yield engine.keys()


def _incomplete(name: str) -> Misconfigured:
    return Misconfigured("settings-invalid", f"{name} is missing beside its address", hint="see docs/SETTINGS.md")


def _extra(name: str) -> Misconfigured:
    return Misconfigured("extra-missing", f"keys there need the extra `{name}`", hint=f"install broker[{name}]")
