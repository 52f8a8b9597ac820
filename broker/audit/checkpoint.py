"""A checkpoint: size and root of the audit log, signed (C2SP signed-note, tlog-checkpoint).

    broker.example/audit
    14
    UNv2bwWCUg4cwW/vXLj+ZIUXg45ANEIDgAJD0+efJho=

    — broker.example/audit ukbyqUzpzPr5Nc6h…

Stricter than C2SP asks: the log's key is named like its origin, there are no extension lines, and base64 and numbers
have one spelling. Signatures of unknown keys are ignored, as the format demands: they are how witnesses add theirs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from broker.audit.encoding import MAX_NUMBER, from_base64, to_base64, to_number
from broker.audit.tree import HASH_BYTES
from broker.errors import BadInput, Untrusted

ED25519 = b"\x01"
MAX_SIGNATURES = 64
"""A note with more signature lines is refused, so that no note keeps a verifier busy for long; C2SP asks for 16."""

_DASH = "\N{EM DASH} "
_PRIME = 2**255 - 19
_ORDER_8 = 2707385501144840649318225287225658788936804267575313519463743609750303402022
# With a key of small order one signature fits many messages; these are the y coordinates of all such points.
_SMALL_ORDER = {0, 1, _PRIME - 1, _ORDER_8, _PRIME - _ORDER_8}


class Signer(Hashable, Protocol):
    """A private Ed25519 key, or whatever signs with one that nobody sees."""

    def sign(self, data: bytes, /) -> bytes: ...

    def public_key(self) -> Ed25519PublicKey: ...


@dataclass(frozen=True)
class Checkpoint:
    """The first `size` leaves of the log `origin` have the Merkle root `root` (32 bytes)."""

    origin: str
    size: int
    root: bytes


@dataclass(frozen=True)
class VerifierKey:
    """A public key under its name; name and `key_id` together say which signature line is its."""

    name: str
    key_id: bytes
    public: Ed25519PublicKey


def text(checkpoint: Checkpoint) -> str:
    """The three lines that are signed. Raises `BadInput` when they would not be a checkpoint."""
    sound = _is_name(checkpoint.origin) and 0 <= checkpoint.size <= MAX_NUMBER and len(checkpoint.root) == HASH_BYTES
    if not sound:
        raise BadInput("checkpoint-invalid", "origin, size or root can't stand in a checkpoint")
    return f"{checkpoint.origin}\n{checkpoint.size}\n{to_base64(checkpoint.root)}\n"


def sign(checkpoint: Checkpoint, name: str, *, private_key: Signer) -> str:
    """The signed note of `checkpoint`. Raises `BadInput` when the key's name is not the log's origin."""
    if name != checkpoint.origin:
        raise BadInput("checkpoint-origin", "the name of the log's key must be the log's origin")
    body = text(checkpoint)
    signature = _own_id(name, private_key) + private_key.sign(body.encode())
    return f"{body}\n{signature_line(name, signature)}\n"


@lru_cache(1)
def _own_id(name: str, private_key: Signer) -> bytes:
    # A log signs with one key for years, and its public half takes as long to make as a signature.
    return key_id(name, private_key.public_key())


def key_id(name: str, public_key: Ed25519PublicKey, *, kind: bytes = ED25519) -> bytes:
    """The first four bytes of SHA-256(name, newline, kind, public key): a pointer to the key, not a proof of it.

    `kind` is the byte of the signature's type: 0x01, or 0x04 for a witness's key.
    """
    return hashlib.sha256(name.encode() + b"\n" + kind + public_key.public_bytes_raw()).digest()[:4]


def vkey(name: str, public_key: Ed25519PublicKey, *, kind: bytes = ED25519) -> str:
    """The verifier key as text, `name+hash+base64`, as it stands in a trust list."""
    return f"{name}+{key_id(name, public_key, kind=kind).hex()}+{to_base64(kind + public_key.public_bytes_raw())}"


def parse_vkey(vkey: str, *, kind: bytes = ED25519) -> VerifierKey:
    """The key that `name+hash+base64` spells. Raises `BadInput` for another type, a wrong hash or an unsafe point."""
    name, _, rest = vkey.partition("+")
    named, _, encoded = rest.partition("+")
    try:
        material = from_base64(encoded)
    except ValueError:
        material = b""
    if not _is_name(name) or len(material) != 33 or material[:1] != kind:
        raise BadInput("vkey-malformed", "a verifier key is not `name+hash+base64` of an Ed25519 key")
    height = int.from_bytes(material[1:], "little") & (2**255 - 1)
    if height >= _PRIME or height in _SMALL_ORDER:
        raise BadInput("vkey-unsafe", "a verifier key is a point that no honest key is")
    public = Ed25519PublicKey.from_public_bytes(material[1:])
    if key_id(name, public, kind=kind).hex() != named:
        raise BadInput("vkey-malformed", "the hash in a verifier key does not fit its name and key")
    return VerifierKey(name, bytes.fromhex(named), public)


def open_note(note: str | bytes, vkeys: Sequence[str]) -> Checkpoint:
    """The checkpoint of a note that a key named like its origin has signed. Raises `Untrusted` for any other note."""
    body, signers = open_text(note, vkeys)
    checkpoint = _parse(body)
    if checkpoint.origin not in signers:
        raise Untrusted("checkpoint-origin", "the checkpoint is signed by the key of another log than it names")
    return checkpoint


def open_text(note: str | bytes, vkeys: Sequence[str]) -> tuple[str, frozenset[str]]:
    """The text of a signed note, its last newline included, and the names of the known keys that signed it.

    Raises `Untrusted` when it is no note, when no known key has signed it, or when any known key's signature is wrong;
    `BadInput` when one of `vkeys` is not a verifier key.
    """
    keys = {(key.name, key.key_id): key.public for key in map(parse_vkey, vkeys)}
    body, lines = split_note(note)
    signers = set[str]()
    for line in lines:
        name, signature = parse_signature(line)
        public = keys.get((name, signature[:4]))
        if public is None:
            continue
        try:
            public.verify(signature[4:], body.encode())
        except InvalidSignature:
            raise Untrusted("note-signature", "the signature of a known key does not fit the note") from None
        signers.add(name)
    if not signers:
        raise Untrusted("note-unsigned", "no known key has signed the note", hint="check the trust list")
    return body, frozenset(signers)


def split_note(note: str | bytes) -> tuple[str, list[str]]:
    """The text of a note, its last newline included, and its signature lines. Raises `Untrusted` when it is no note."""
    try:
        whole = note.decode("utf-8") if isinstance(note, bytes) else note.encode("utf-8").decode("utf-8")
    except UnicodeError:
        raise Untrusted("note-malformed", "the note is not UTF-8") from None
    if any(character < " " and character != "\n" for character in whole):
        raise Untrusted("note-malformed", "the note holds control characters")
    # The signatures follow the last empty line.
    head, _, tail = whole.rpartition("\n\n")
    if not head or not tail.endswith("\n"):
        raise Untrusted("note-malformed", "the note is not a text, an empty line and signature lines")
    lines = tail[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise Untrusted("note-malformed", f"the note has more than {MAX_SIGNATURES} signatures")
    return head + "\n", lines


def signature_line(name: str, signature: bytes) -> str:
    """A signature line without its newline; `signature` begins with the four bytes of the key id."""
    return f"{_DASH}{name} {to_base64(signature)}"


def parse_signature(line: str) -> tuple[str, bytes]:
    """The name and the signature, key id first, of a signature line. Raises `Untrusted` for any other line."""
    name, _, encoded = line.removeprefix(_DASH).partition(" ")
    try:
        signature = from_base64(encoded)
    except ValueError:
        signature = b""
    if not line.startswith(_DASH) or not _is_name(name) or len(signature) < 5:
        raise Untrusted("note-malformed", "a signature line is not a dash, a name and base64")
    return name, signature


def _parse(body: str) -> Checkpoint:
    lines = body[:-1].split("\n")
    if len(lines) != 3:
        raise Untrusted("checkpoint-malformed", "the checkpoint is not three lines")
    try:
        checkpoint = Checkpoint(lines[0], to_number(lines[1]), from_base64(lines[2]))
        text(checkpoint)
    except (ValueError, BadInput):
        raise Untrusted("checkpoint-malformed", "the checkpoint's origin, size or root is malformed") from None
    return checkpoint


def _is_name(name: str) -> bool:
    return bool(name) and name.isprintable() and not any(letter.isspace() or letter == "+" for letter in name)
