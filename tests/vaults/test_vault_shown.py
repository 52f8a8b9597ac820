"""Nothing secret is in a `repr`: of every dataclass and message of the rooms that hold keys, and of real ones."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from pydantic import BaseModel

import broker.keys
import broker.linkunit
import broker.trustlist
import broker.vaults
from broker.keys import make
from broker.keys.custodial import InMemoryKek
from broker.keys.custody import split
from broker.keys.keyring import keyring
from broker.keys.secrets import Secrets
from broker.keys.testkeys import published, published_random
from broker.vaults.secretfile import read_file, write_secrets

ROOMS = (broker.keys, broker.vaults, broker.trustlist, broker.linkunit)
KEYS = re.compile(r"PrivateKey|SigningKey|Signer\b|KeyEncryptingKey|Session\b|Client\b")
PUBLIC = {
    "public, seal, seals, receipts, requests, signings": "public halves, in trust lists",
    "signature, challenge, response, commitments, points": "what is sent to others",
    "id, record_id, answer, chain, salt": "names, none of a person and none of a key",
    "files": "of the trust list",
    "random": "where chance comes from, not what came",
}
"""Bytes that a `repr` may show, and why. Whoever adds a name here says what such a field can never hold."""


def modules() -> Iterator[ModuleType]:
    for room in ROOMS:
        for found in pkgutil.iter_modules(room.__path__, f"{room.__name__}."):
            yield importlib.import_module(found.name)


def shown_fields() -> Iterator[tuple[str, str]]:
    """Every field that a `repr` shows, with its type as it is written."""
    for module in modules():
        for name, kind in inspect.getmembers(module, inspect.isclass):
            if kind.__module__ != module.__name__:
                continue
            where = f"{module.__name__.rpartition('.')[2]}.{name}"
            if dataclasses.is_dataclass(kind):
                shown = [(field.name, str(field.type)) for field in dataclasses.fields(kind) if field.repr]
            elif issubclass(kind, BaseModel):
                shown = [(field, str(info.annotation)) for field, info in kind.model_fields.items() if info.repr]
            else:
                continue
            yield from ((f"{where}.{field}", written) for field, written in shown)


def test_no_field_that_may_hold_a_key_is_shown() -> None:
    """A value that ends in a log or in somebody's traceback shows a key."""
    fields = dict(shown_fields())
    allowed = {name for names in PUBLIC for name in names.split(", ")}
    bare = {where for where, written in fields.items() if "bytes" in written.lower()}
    assert {where for where in bare if where.rpartition(".")[2] not in allowed} == set()
    assert {where for where, written in fields.items() if KEYS.search(written)} == set()
    assert len(fields) > 150 and allowed == {where.rpartition(".")[2] for where in bare}


def test_the_scan_sees_what_is_hidden() -> None:
    """The scan above looks at nothing, or at everything."""
    hidden = {"secrets.Secrets.values", "secretfile.SecretFile.values", "custodial.InMemoryKek.secret"}
    hidden |= {"pkcs11.Token.session", "transit.Engine.client", "secretfile._Clear.secrets", "keysets.Keyset.label_key"}
    fields = dict(shown_fields())
    assert not hidden & set(fields)
    assert {"secrets.Secrets.owner", "secretfile.SecretFile.path", "transit.Engine.prefix"} <= set(fields)


def test_no_repr_of_real_keys_shows_one(tmp_path: Path) -> None:
    """A key shows by another way than as a field."""
    values = make.broker_secrets(["council"], published_random("shown"))
    write_secrets(tmp_path / "secrets.json", "broker", created="2026-11-22", values=values)
    file = read_file(tmp_path / "secrets.json", owner="broker", passphrase=lambda: b"")
    ring = keyring(file.secrets)
    kek = file.secrets.key_encrypting_key("kek.council")
    assert isinstance(kek, InMemoryKek)
    shown = "".join(map(repr, (file, file.secrets, ring, kek, ring.receipt_key, ring.seal_key, ring.seal_keys)))
    shown += str(file) + f"{ring}" + repr(vars(Secrets)) + repr(split(published("k"))[:0])
    for value in values.values():
        assert value.hex() not in shown and repr(value)[2:-1] not in shown
    assert str(tmp_path) in shown
