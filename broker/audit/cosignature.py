"""A witness's line under a checkpoint: it saw this log grow, and never shrink or change (C2SP tlog-cosignature).

    — council.example/witness jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0…

The line holds four bytes of the key's id, eight bytes of the moment in seconds since 1970, and an Ed25519 signature
over `cosignature/v1`, `time <seconds>` and the checkpoint's text. What it says: at that moment this was the largest
tree of the log that the witness had seen, and every earlier one that it saw is its beginning.
"""

from __future__ import annotations

from collections.abc import Collection

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from broker.audit import checkpoint
from broker.audit.checkpoint import (
    Signer,
    VerifierKey,
    key_id,
    parse_signature,
    parse_vkey,
    signature_line,
    split_note,
)
from broker.audit.encoding import MAX_NUMBER
from broker.errors import Untrusted

COSIGNATURE = b"\x04"
"""The signature type of an Ed25519 cosignature, in key ids and verifier keys."""
_TIME = 8
_LENGTH = 4 + _TIME + 64


def cosign(note: str, name: str, *, at: int, private_key: Signer) -> str:
    """The line, with its newline, by which the witness `name` cosigns a checkpoint's note at `at` (seconds)."""
    body, _ = split_note(note)
    signature = private_key.sign(_message(body, at))
    key = key_id(name, private_key.public_key(), kind=COSIGNATURE)
    return signature_line(name, key + at.to_bytes(_TIME, "big") + signature) + "\n"


def cosigned(note: str | bytes, vkeys: Collection[str]) -> dict[str, int]:
    """Which of the witness keys `vkeys` cosigned the note, and when (seconds since 1970; the last time for each).

    The log's own signature is not looked at: `open_note` does that. Raises `Untrusted` when a line of a known witness
    does not fit the note, `BadInput` when one of `vkeys` is not the verifier key of a witness.
    """
    keys = {(key.name, key.key_id): (text, key.public) for text, key in ((one, parse(one)) for one in vkeys)}
    body, lines = split_note(note)
    found: dict[str, int] = {}
    for line in lines:
        name, signature = parse_signature(line)
        vkey, public = keys.get((name, signature[:4]), ("", None))
        if public is None:
            continue
        at = int.from_bytes(signature[4 : 4 + _TIME], "big")
        try:
            if len(signature) != _LENGTH or not 0 < at <= MAX_NUMBER:
                raise InvalidSignature
            public.verify(signature[4 + _TIME :], _message(body, at))
        except InvalidSignature:
            raise Untrusted("note-signature", "the cosignature of a known witness does not fit the note") from None
        found[vkey] = max(at, found.get(vkey, 0))
    return found


def parse(vkey: str) -> VerifierKey:
    """The verifier key of a witness. Raises `BadInput` when it is none."""
    return parse_vkey(vkey, kind=COSIGNATURE)


def vkey(name: str, public_key: Ed25519PublicKey) -> str:
    """The verifier key of a witness as text."""
    return checkpoint.vkey(name, public_key, kind=COSIGNATURE)


def log_lines(note: str, vkeys: Collection[str]) -> str:
    """The note with the signature lines of the log's keys `vkeys` alone: what others wrote beneath it goes."""
    keys = {(key.name, key.key_id) for key in map(parse_vkey, vkeys)}
    body, lines = split_note(note)
    parsed = ((line, *parse_signature(line)) for line in lines)
    return f"{body}\n" + "".join(f"{line}\n" for line, name, signature in parsed if (name, signature[:4]) in keys)


def _message(body: str, at: int) -> bytes:
    return f"cosignature/v1\ntime {at}\n{body}".encode()
