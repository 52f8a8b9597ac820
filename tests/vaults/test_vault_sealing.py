"""Argon2id is the one of RFC 9106, and a secret file can be opened by any program that knows the two standards."""

from __future__ import annotations

import json
from pathlib import Path

import cryptography_vectors
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from broker.errors import Untrusted
from broker.keys.context import bind
from broker.vaults import sealing
from broker.wire.fields import decode64

VECTORS = Path(__file__).parents[1] / "vectors"


def rfc9106() -> list[dict[str, str]]:
    """The vectors that `cryptography` carries, among them that of RFC 9106, section 5.3."""
    with cryptography_vectors.open_vector_file("KDF/argon2id.txt", "r") as file:
        blocks = file.read().split("\n\n")
    return [
        dict(line.split(" = ", 1) for line in block.splitlines() if " = " in line and not line.startswith("#"))
        for block in blocks
        if "output" in block
    ]


def test_argon2id_is_rfc_9106s() -> None:
    """A library that made another key would lock every file away from every other program."""
    found = rfc9106()
    rfc = "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659"
    assert any(one["output"].lower() == rfc for one in found) and len(found) >= 3
    for one in found:
        made = Argon2id(
            salt=bytes.fromhex(one["salt"]),
            length=len(one["output"]) // 2,
            iterations=int(one["iter"]),
            lanes=int(one["lanes"]),
            memory_cost=int(one["memcost"]),
            ad=bytes.fromhex(one["ad"]) if one.get("ad") else None,
            secret=bytes.fromhex(one["secret"]) if one.get("secret") else None,
        )
        assert made.derive(bytes.fromhex(one.get("pass", ""))).hex() == one["output"].lower()


def test_a_written_file_opens_by_the_standards_alone() -> None:
    """The vector of docs/formats/secret-file.md: whoever restores a file in ten years needs none of our code."""
    vector = json.loads((VECTORS / "secret-file.json").read_text())
    file = vector["file"]
    passphrase, salt, sealed = vector["passphrase"].encode(), decode64(file["salt"]), decode64(file["sealed"])
    header = {name: file[name] for name in ("owner", "created", "expires", "serial", "kind")}
    spelt = json.dumps(header, sort_keys=True, separators=(",", ":")).encode()
    key = Argon2id(salt=salt, length=32, iterations=3, lanes=1, memory_cost=65536).derive(passphrase)
    bound = b"tysc/secret-file/v1\0" + b"".join(len(one).to_bytes(4, "big") + one for one in (spelt, salt))
    clear = AESGCM(key).decrypt(sealed[:12], sealed[12:], bound)
    assert json.loads(clear) == vector["opened"]
    assert sealing.unseal(passphrase, spelt, sealed=sealed, salt=salt) == clear
    assert bound == bind(b"tysc/secret-file/v1\0", spelt, salt)


@pytest.mark.parametrize("sealed", [b"", b"x", bytes(12), bytes(27), bytes(28), bytes(500)])
def test_what_is_no_seal_is_refused(sealed: bytes) -> None:
    """Whatever the bytes, the error is ours."""
    with pytest.raises(Untrusted):
        sealing.unseal(b"words", b"header", sealed=sealed, salt=bytes(16))
