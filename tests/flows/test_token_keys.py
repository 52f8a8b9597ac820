"""A broker whose key-encrypting keys and signing keys are in a hardware token: everything goes on as with a file."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pkcs11
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from people import MINA, OTTO, Row, export
from softhsm import soft_token
from world import World

from broker.vaults.pkcs11 import Token, TokenKek, TokenSigner, open_token
from broker.vaults.secretfile import read_secrets

SIGNING = ("receipt", "request", "audit_log")


@contextmanager
def keys_moved(world: World) -> Iterator[Token]:
    """The broker is stopped, its keys are moved from file to token, and it starts again."""
    path = world.parties.home("broker") / "secrets.json"
    held = read_secrets(path, owner="broker")
    soft = soft_token()
    token = open_token(soft.module, soft.label, pin=soft.pin)
    moved = [name for name in held.names if name.startswith("kek.")]
    try:
        for name in moved:
            token.make_kek(name)
        for name in SIGNING:
            bring(token, name, held.bytes32(name))
        content = json.loads(path.read_text())
        left = {name: value for name, value in content["secrets"].items() if name not in {*moved, *SIGNING}}
        path.write_text(json.dumps({**content, "secrets": left}))
        world.stop("broker")
        named = {"hsm_module": soft.module, "hsm_label": soft.label, "hsm_pin_file": soft.pin}
        world.settings = world.settings.model_copy(update=named)
        world.start("broker")
        yield token
    finally:
        for name in (*moved, *SIGNING):
            token.destroy(name)


def bring(token: Token, name: str, secret: bytes) -> None:
    """Brings an existing signing key into the token, as its maker's tool does."""
    kind = {pkcs11.Attribute.KEY_TYPE: pkcs11.KeyType.EC_EDWARDS, pkcs11.Attribute.LABEL: name}
    common: dict[Any, Any] = {**kind, pkcs11.Attribute.TOKEN: True, pkcs11.Attribute.EC_PARAMS: b"\x06\x03\x2b\x65\x70"}
    public = Ed25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()
    hidden = {pkcs11.Attribute.SENSITIVE: True, pkcs11.Attribute.EXTRACTABLE: False, pkcs11.Attribute.SIGN: True}
    private = {pkcs11.Attribute.CLASS: pkcs11.ObjectClass.PRIVATE_KEY, pkcs11.Attribute.VALUE: secret, **hidden}
    point = {pkcs11.Attribute.CLASS: pkcs11.ObjectClass.PUBLIC_KEY, pkcs11.Attribute.EC_POINT: b"\x04\x20" + public}
    token.session.create_object({**common, **private})
    token.session.create_object({**common, **point})


def test_a_place_goes_on_with_its_keys_in_a_token(make_world: Callable[..., World], database_url: str) -> None:
    """Deliveries, questions, receipts and the log with keys that the broker itself never sees; every promise holds."""
    world = make_world(database_url)
    with keys_moved(world):
        keyring = world.parts.keyring
        assert isinstance(keyring.receipt_key, TokenSigner) and isinstance(keyring.audit_log_key, TokenSigner)
        assert isinstance(world.parts.keysets.newest.key_encrypting_key("council"), TokenKek)
        council, police = world.agency("council"), world.agency("police")
        council.posts(*export("csc", [Row(MINA, "C1", {"csc.cp_plan": "2026-09-01"}), Row(OTTO, "C2")]))
        police.posts(*export("po", [Row(OTTO, "X9", {"po.da_incidents": "2"}), Row(MINA, "X1")]))
        told = council.asks(MINA.about(), staff="sw")
        assert {block.source for block in told.person().involvements} == {"csc", "po"}
        world.check()
        with_token(world)


def with_token(world: World) -> None:
    """Nothing of a moved key is in the broker's folder or in its memory's values."""
    held = read_secrets(world.parties.home("broker") / "secrets.json", owner="broker")
    assert not [name for name in held.names if name.startswith("kek.") or name in SIGNING]
    wrapped = world.parts.keyring.held
    assert not set(SIGNING) & set(wrapped.values) and set(SIGNING) <= wrapped.names


def test_a_token_that_goes_away_is_an_outage_and_nothing_is_lost(
    make_world: Callable[..., World], sqlite_url: str
) -> None:
    """Questions wait with 503; nothing is told, and nothing is said to be damaged."""
    world = make_world(sqlite_url)
    with keys_moved(world):
        council = world.agency("council")
        council.posts(*export("csc", [Row(MINA, "C1")]))
        session = world.parts.keysets.newest.key_encrypting_key("council").token.session  # type: ignore[attr-defined]
        session.close()
        ran = council.asking(MINA.about(), staff="sw")
        assert ran.code == 5 and "[token-unavailable]" in ran.error
        world.stop("broker")
        world.start("broker")
        assert council.asks(MINA.about(), staff="sw").person().involvements
        world.check()
