"""Published vectors of every primitive that a key of ours is used with, as the library we install computes them.

The primitives are not ours: these hold the library to its standards on the machine that runs the tests, and our suites
to the RFC's key schedule, which is written out here once more.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cryptography_vectors
import pytest
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.keywrap import aes_key_unwrap_with_padding, aes_key_wrap_with_padding

from broker.errors import Untrusted
from broker.keys import sealing
from broker.keys.signing import verify_bytes

FOLDER = Path(cryptography_vectors.__file__).parent
X25519, X_WING, HKDF_SHA256, AES_256_GCM, CHACHA20 = 0x0020, 0x647A, 0x0001, 0x0002, 0x0003


def blocks(name: str) -> list[dict[str, str]]:
    """The cases of a vector file, each from its first name to where one comes again.

    What stands in square brackets holds for all cases below it.
    """
    found: list[dict[str, str]] = []
    head: dict[str, str] = {}
    case: dict[str, str] = {}
    for line in (FOLDER / name).read_text().splitlines():
        key, equals, value = (part.strip() for part in line.strip("[]").partition("="))
        if line[:1] == "#" or not equals:
            continue
        if (line[:1] == "[" or key in case) and case:
            found.append(head | case)
            case = {}
        (head if line[:1] == "[" else case)[key] = value
    return [*found, head | case]


def unhexed(text: str) -> bytes:
    return bytes.fromhex(text)


# --- RFC 4231, RFC 5869, RFC 9106 -----------------------------------------------------------------------------------


def test_hmac_sha_256() -> None:
    """RFC 4231: labels, handles, pseudonyms and evidence."""
    cases = blocks("HMAC/rfc-4231-sha256.txt")
    for case in cases:
        made = hmac.digest(unhexed(case["Key"]), unhexed(case["Msg"]), hashlib.sha256)
        assert made.hex().startswith(case["MD"])
    assert len(cases) >= 6


def test_hkdf_sha_256() -> None:
    """RFC 5869, appendix A: inside HPKE, by the library and by the schedule written below."""
    cases = [case for case in blocks("KDF/rfc-5869-HKDF-SHA256.txt") if case["Hash"] == "SHA-256"]
    for case in cases:
        ikm, salt, info = (unhexed(case.get(name, "")) for name in ("IKM", "salt", "info"))
        derived = HKDF(SHA256(), int(case["L"]), salt, info).derive(ikm)
        assert derived.hex() == case["OKM"]
        assert extract(salt, ikm).hex() == case["PRK"]
        assert expand(extract(salt, ikm), info, int(case["L"])) == derived
    assert len(cases) == 3


def test_argon2id() -> None:
    """RFC 9106, section 5.3, and further ones: what a passphrase becomes."""
    cases = blocks("KDF/argon2id.txt")
    for case in cases:
        derivation = Argon2id(
            salt=unhexed(case["salt"]),
            length=int(case["length"]),
            iterations=int(case["iter"]),
            lanes=int(case["lanes"]),
            memory_cost=int(case["memcost"]),
            ad=unhexed(case["ad"]) if case.get("ad") else None,
            secret=unhexed(case["secret"]) if case.get("secret") else None,
        )
        assert derivation.derive(unhexed(case["pass"])).hex() == case["output"]
    assert cases[0]["output"].startswith("0d640df58d78766c08c037a34a8b53c9") and len(cases) >= 2


# --- AES-256 ---------------------------------------------------------------------------------------------------------


def test_aes_256_gcm() -> None:
    """NIST's vectors of the one form we use: a 32-byte key, a 12-byte nonce, a 16-byte tag."""
    cases = [
        case
        for case in blocks("ciphers/AES/GCM/gcmEncryptExtIV256.rsp")
        if (case["IVlen"], case["Taglen"]) == ("96", "128")
    ]
    for case in cases:
        key, nonce, plain, bound = (unhexed(case[name]) for name in ("Key", "IV", "PT", "AAD"))
        sealed = AESGCM(key).encrypt(nonce, plain, bound)
        assert sealed.hex() == case["CT"] + case["Tag"]
        assert AESGCM(key).decrypt(nonce, sealed, bound) == plain
        with pytest.raises(InvalidTag):
            AESGCM(key).decrypt(nonce, sealed, bound + b"x")
    assert len(cases) >= 300


def test_aes_256_key_wrapping() -> None:
    """NIST's vectors of RFC 5649, which hardware and key services wrap with."""
    cases = blocks("keywrap/kwtestvectors/KWP_AE_256.txt")[::5]
    for case in cases:
        wrapped = aes_key_wrap_with_padding(unhexed(case["K"]), unhexed(case["P"]))
        assert wrapped.hex() == case["C"]
        assert aes_key_unwrap_with_padding(unhexed(case["K"]), wrapped).hex() == case["P"]
    assert len(cases) >= 90


# --- RFC 8032 --------------------------------------------------------------------------------------------------------


def test_ed25519() -> None:
    """The vectors behind RFC 8032, section 7.1: keys, signatures, and one changed bit in each."""
    lines = (FOLDER / "asymmetric" / "Ed25519" / "sign.input").read_text().splitlines()
    for line in lines[::8]:
        both, public, message, signed = (unhexed(part) for part in line.split(":")[:4])
        private, signature = Ed25519PrivateKey.from_private_bytes(both[:32]), signed[:64]
        assert private.public_key().public_bytes_raw() == public
        assert private.sign(message) == signature
        verify_bytes(message, signature, public_key=Ed25519PublicKey.from_public_bytes(public))
        with pytest.raises(Untrusted):
            verify_bytes(message + b"x", signature, public_key=private.public_key())
    assert len(lines) >= 1000


@pytest.mark.parametrize("raised", [0, 1])
def test_a_signature_has_one_spelling(raised: int) -> None:
    """RFC 8032, 5.1.7: s is below the order, or a second signature would pass for the first."""
    private = Ed25519PrivateKey.from_private_bytes(b"\x01" * 32)
    signature = private.sign(b"m")
    s = int.from_bytes(signature[32:], "little") + raised * (2**252 + 27742317777372353535851937790883648493)
    other = signature[:32] + s.to_bytes(32, "little")
    if raised:
        with pytest.raises(InvalidSignature):
            private.public_key().verify(other, b"m")
    else:
        private.public_key().verify(other, b"m")


# --- RFC 9180 and its post-quantum suites ----------------------------------------------------------------------------


def extract(salt: bytes, ikm: bytes) -> bytes:
    return hmac.digest(salt or bytes(32), ikm, "sha256")


def expand(prk: bytes, info: bytes, length: int) -> bytes:
    output = block = b""
    while len(output) < length:
        block = hmac.digest(prk, block + info + bytes([len(output) // 32 + 1]), "sha256")
        output += block
    return output[:length]


def schedule(kem: int, aead: int, *, shared: bytes, info: bytes) -> tuple[bytes, bytes]:
    """Key and first nonce of the base mode with HKDF-SHA256 (RFC 9180, section 5.1)."""
    suite = b"HPKE" + b"".join(number.to_bytes(2, "big") for number in (kem, HKDF_SHA256, aead))

    def labelled(salt: bytes, name: bytes, ikm: bytes) -> bytes:
        return extract(salt, b"HPKE-v1" + suite + name + ikm)

    context = b"\x00" + labelled(b"", b"psk_id_hash", b"") + labelled(b"", b"info_hash", info)
    prk = labelled(shared, b"secret", b"")
    return tuple(  # type: ignore[return-value]
        expand(prk, length.to_bytes(2, "big") + b"HPKE-v1" + suite + name + context, length)
        for name, length in ((b"key", 32), (b"base_nonce", 12))
    )


def hpke(file: str, kem: int, aead: int) -> Iterator[dict[str, Any]]:
    for case in json.loads((FOLDER / "HPKE" / file).read_text()):
        if (case["mode"], case["kem_id"], case["kdf_id"], case["aead_id"]) == (0, kem, HKDF_SHA256, aead):
            yield case


def test_hpke_with_x25519() -> None:
    """RFC 9180's vector of the very suite of evidence: our opening takes what its key schedule seals."""
    [case] = hpke("test-vectors.json", X25519, AES_256_GCM)
    info, enc = unhexed(case["info"]), unhexed(case["enc"])
    key, nonce = schedule(X25519, AES_256_GCM, shared=unhexed(case["shared_secret"]), info=info)
    assert (key.hex(), nonce.hex()) == (case["key"], case["base_nonce"])
    first = case["encryptions"][0]
    assert AESGCM(key).encrypt(nonce, unhexed(first["pt"]), unhexed(first["aad"])).hex() == first["ct"]
    private = X25519PrivateKey.from_private_bytes(unhexed(case["skRm"]))
    sealed = enc + AESGCM(key).encrypt(nonce, b"evidence", b"")
    assert sealing.open_classical(sealed, private, info=info) == b"evidence"
    with pytest.raises(Untrusted):
        sealing.open_classical(sealed, private, info=info + b"x")


def test_hpke_with_x_wing() -> None:
    """The post-quantum vector of X-Wing with HKDF-SHA256: the same key pair and shared secret under our suite."""
    [case] = hpke("hpke-pq-test-vectors.json", X_WING, CHACHA20)
    info, shared, seed = unhexed(case["info"]), unhexed(case["shared_secret"]), unhexed(case["skRm"])
    assert sealing.hybrid_public_bytes(seed).hex() == case["pkRm"]
    key, nonce = schedule(X_WING, CHACHA20, shared=shared, info=info)
    assert (key.hex(), nonce.hex()) == (case["key"], case["base_nonce"])
    key, nonce = schedule(X_WING, AES_256_GCM, shared=shared, info=info)
    sealed = unhexed(case["enc"]) + AESGCM(key).encrypt(nonce, b"mask", b"")
    assert sealing.open_hybrid(sealed, sealing.hybrid_private(seed), info=info) == b"mask"


def test_what_we_seal_is_what_the_library_calls_the_suite() -> None:
    """The suites of `sealing` are the two of ADR 0017 and no others."""
    private, seed = X25519PrivateKey.from_private_bytes(b"\x02" * 32), b"\x03" * 32
    classical = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
    hybrid = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
    sealed = sealing.seal_classical(b"x", private.public_key(), info=b"i")
    assert classical.decrypt(sealed, private, b"i") == b"x"
    sealed = sealing.seal_hybrid(b"x", sealing.hybrid_public(sealing.hybrid_public_bytes(seed)), info=b"i")
    assert hybrid.decrypt(sealed, sealing.hybrid_private(seed), b"i") == b"x"


def test_ml_kem_768() -> None:
    """The known answers of FIPS 203: public key and shared secret of a seed."""
    cases = blocks("asymmetric/MLKEM/kat_MLKEM_768.rsp")[:20]
    for case in cases:
        private = MLKEM768PrivateKey.from_seed_bytes(unhexed(case["d"]) + unhexed(case["z"]))
        assert private.public_key().public_bytes_raw().hex() == case["pk"].lower()
        assert private.decapsulate(unhexed(case["ct"])).hex() == case["ss"].lower()
    assert len(cases) == 20
