"""Verifiers written by strangers judge what our audit log writes: sigstore (Python) and metamorphic-log (Rust).

    judge_note(note, vkey)                       the checkpoint is signed by the log's key
    judge_proof(leaf, proof, vkey)               the leaf is where its tlog-proof says
    judge_growth(old, new, path, vkey=vkey)      the newer checkpoint continues the older (metamorphic-log alone)

Each raises `Disagreed` when one of them does not accept. They use nothing of ours, and read the C2SP texts themselves.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from functools import cache
from types import SimpleNamespace
from typing import Any

import metamorphic_log
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


class Disagreed(AssertionError):
    """A stranger does not accept what we accept."""


@cache
def _sigstore() -> Any:
    # Imported when it is first needed: it takes half a second.
    from sigstore._internal import merkle, trust
    from sigstore._internal.rekor import checkpoint
    from sigstore_models.common import v1

    return SimpleNamespace(merkle=merkle, checkpoint=checkpoint, trust=trust, v1=v1)


def judge_note(note: str, vkey: str) -> None:
    """Both say that the checkpoint is signed by the key."""
    for judge in NOTE_JUDGES.values():
        _accepts(lambda judge=judge: judge(note, vkey))


def judge_proof(leaf: bytes, proof: str, vkey: str) -> None:
    """Both say that the leaf is in the log."""
    for judge in PROOF_JUDGES.values():
        _accepts(lambda judge=judge: judge(leaf, proof, vkey))


def judge_growth(old: str, new: str, path: Sequence[bytes], *, vkey: str) -> None:
    """The Rust judge says that nothing before the older checkpoint was changed."""
    _accepts(lambda: metamorphic_log.checkpoint_verify_consistency(old, new, [vkey], list(path)))


def sigstore_note(note: str, vkey: str) -> None:
    body = _sigstore().checkpoint.SignedCheckpoint.from_text(note).checkpoint
    _sigstore_entry(b"", 0, body.log_size, note=note, hashes=[], root=bytes.fromhex(body.log_hash), vkey=vkey)


def metamorphic_note(note: str, vkey: str) -> None:
    metamorphic_log.checkpoint_verify(note, [vkey])


def sigstore_proof(leaf: bytes, proof: str, vkey: str) -> None:
    index, hashes, note = parts(proof)
    body = _sigstore().checkpoint.SignedCheckpoint.from_text(note).checkpoint
    root = bytes.fromhex(body.log_hash)
    entry = _sigstore_entry(leaf, index, body.log_size, note=note, hashes=hashes, root=root, vkey=vkey)
    _sigstore().merkle.verify_merkle_inclusion(entry)


def metamorphic_proof(leaf: bytes, proof: str, vkey: str) -> None:
    import hashlib

    index, hashes, note = parts(proof)
    node = hashlib.sha256(b"\x00" + leaf).digest()
    metamorphic_log.checkpoint_verify_inclusion(note, [vkey], index, node, hashes)


NOTE_JUDGES: dict[str, Callable[[str, str], None]] = {"sigstore": sigstore_note, "metamorphic": metamorphic_note}
PROOF_JUDGES: dict[str, Callable[[bytes, str, str], None]] = {
    "sigstore": sigstore_proof,
    "metamorphic": metamorphic_proof,
}


def parts(proof: str) -> tuple[int, list[bytes], str]:
    """Index, hashes and checkpoint of a tlog-proof, read as loosely as a stranger may."""
    head, _, note = proof.partition("\n\n")
    _, index, *hashes = head.split("\n")
    return int(index.removeprefix("index ")), [base64.b64decode(one) for one in hashes], note


def _sigstore_entry(
    leaf: bytes, index: int, size: int, *, note: str, hashes: list[bytes], root: bytes, vkey: str
) -> Any:
    """The entry as sigstore has it, once it says that the checkpoint is signed and has this root."""
    _, named, material = vkey.split("+", 2)
    public = Ed25519PublicKey.from_public_bytes(base64.b64decode(material)[1:])
    der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    v1 = _sigstore().v1
    keys = [v1.PublicKey(raw_bytes=base64.b64encode(der), key_details=v1.PublicKeyDetails.PKIX_ED25519)]
    proof = SimpleNamespace(
        log_index=index, tree_size=size, hashes=hashes, root_hash=root, checkpoint=SimpleNamespace(envelope=note)
    )
    log_id = SimpleNamespace(key_id=bytes.fromhex(named))
    entry = SimpleNamespace(_inner=SimpleNamespace(inclusion_proof=proof, canonicalized_body=leaf, log_id=log_id))
    _sigstore().checkpoint.verify_checkpoint(_sigstore().trust.Keyring(keys), entry)
    return entry


def _accepts(judge: Callable[[], None]) -> None:
    try:
        judge()
    except Exception as error:
        raise Disagreed(f"{type(error).__module__}: {error}") from error
