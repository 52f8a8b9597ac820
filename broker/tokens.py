"""What a token is, and the scheme that says which pieces of identity make one.

    scheme   uk-person-1: numbered match keys, the order of the evidence vector, how many values of a field are used;
             its digest is inside every token
    input    "TYSC" | 0x01 | u8 number | u16 version | digest[:8] | u16 len, place | u16 len, value for each atom
    token    a match key's number and a point: input -> OPRF -> point

Inputs never leave the agency. A token of one place, scheme or key number says nothing about another's. Integers are
big-endian, text is UTF-8.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from typing import Any

from broker.errors import BadInput, Misconfigured

MAX_TOKENS = 30
"""A record posts at most this many tokens, and its sealed blob is padded to this many.

Several of them may be of one match key: a person with two surnames is found under either.
"""

MAX_VALUES = 9
"""A scheme uses at most this many values of a field: the number after `#` is one digit."""

POINT_BYTES = 32
_PREFIX = b"TYSC\x01"
_FILE = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z0-9]+)+")


@dataclass(frozen=True)
class MatchKey:
    """One way of finding a record: the atoms that are joined, and which kinds of atom are among them."""

    number: int
    name: str
    atoms: tuple[str, ...]
    identifier: bool
    forename: bool
    address: bool


@dataclass(frozen=True)
class Scheme:
    """A version of the agreement between agencies on how match keys are made; `digest` is the SHA-256 of its file.

    `used` says how many values of each field are used; of a field it does not name, one.
    """

    name: str
    version: int
    digest: bytes
    match_keys: tuple[MatchKey, ...]
    atoms: tuple[str, ...]
    address_atoms: frozenset[str]
    names_digest: str
    used: tuple[tuple[str, int], ...] = ()

    def values_used(self, field_name: str) -> int:
        """How many values of a field, the main one among them, make match keys and evidence."""
        return dict(self.used).get(field_name, 1)

    def match_key(self, number: int) -> MatchKey:
        """The match key with `number`. Raises `BadInput` when the scheme has none."""
        for match_key in self.match_keys:
            if match_key.number == number:
                return match_key
        raise BadInput("match-key-unknown", f"scheme {self.name} has no match key {number}")


@dataclass(frozen=True)
class Token:
    """A match key's number and the point made of it, 32 bytes."""

    number: int
    point: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if not 1 <= self.number <= 255 or len(self.point) != POINT_BYTES:
            raise BadInput("token-invalid", "a token is a number from 1 to 255 and a point of 32 bytes")

    def __repr__(self) -> str:
        return f"<Token {self.number}>"


def atom_type(atom: str) -> str:
    """The type an atom is hashed under, so that all slots of one type can be compared with each other.

    `fn~3`, a forename without its third letter, is of type `fn~`; `sn#1`, another surname, is of type `sn`.
    """
    whole, _, _ = atom.partition("#")
    head, mark, _ = whole.partition("~")
    return head + mark


def oprf_input(scheme: Scheme, match_key: MatchKey, values: Sequence[str], place: str) -> bytes:
    """The bytes x that the OPRF turns into a point, one value for each atom of `match_key`.

    Every part is length-prefixed, so two different lists of values never make the same bytes. Raises `BadInput` for a
    missing or empty value, or one over 65,535 bytes.
    """
    if len(values) != len(match_key.atoms) or not all(values) or not place:
        raise BadInput("match-key-incomplete", f"match key {match_key.number} needs a place and a value for every atom")
    head = _PREFIX + match_key.number.to_bytes(1, "big") + scheme.version.to_bytes(2, "big") + scheme.digest[:8]
    return head + b"".join(_prefixed(text) for text in (place, *values))


def _prefixed(text: str) -> bytes:
    data = text.encode("utf-8", "surrogatepass")
    if len(data) > 0xFFFF:
        raise BadInput("match-key-too-long", "a piece of identity is longer than 65,535 bytes")
    return len(data).to_bytes(2, "big") + data


def packaged(name: str) -> bytes:
    """The file `name` of `broker/schemes`. Raises `Misconfigured` when there is none."""
    source = resources.files("broker.schemes").joinpath(name)
    if not _FILE.fullmatch(name) or not source.is_file():
        hint = "upgrade the broker package"
        raise Misconfigured("scheme-unknown", f"no file `{name}` comes with this version", hint=hint)
    return source.read_bytes()


@lru_cache(maxsize=8)
def load_scheme(name: str = "uk-person-1") -> Scheme:
    """The packaged scheme called `name`. Raises `Misconfigured` when there is none or its file is broken."""
    return parse_scheme(packaged(f"{name}.toml"))


def parse_scheme(data: bytes) -> Scheme:
    """The scheme that the TOML `data` describes. Raises `Misconfigured`, whatever the bytes."""
    try:
        content = tomllib.loads(data.decode())
        kinds = content["kinds"]
        slots = tuple(str(atom) for atom in content["evidence"]["atoms"])
        address = {str(atom) for atom in kinds["address"]}
        scheme = Scheme(
            name=str(content["name"]),
            version=int(content["version"]),
            digest=hashlib.sha256(data).digest(),
            match_keys=tuple(_match_key(entry, kinds) for entry in content["match_key"]),
            atoms=slots,
            # Another value of an address is an address.
            address_atoms=frozenset(address | {slot for slot in slots if atom_type(slot) in address}),
            names_digest=str(content["names_sha256"]),
            used=tuple((str(name), int(count)) for name, count in content.get("fields", {}).items()),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise Misconfigured("scheme-invalid", "the match-key scheme is not of the form this version reads") from None
    numbers = [match_key.number for match_key in scheme.match_keys]
    orderly = numbers == sorted(set(numbers)) and all(1 <= number <= 255 for number in numbers)
    if not (orderly and len(numbers) <= MAX_TOKENS and len(set(scheme.atoms)) == len(scheme.atoms)):
        raise Misconfigured("scheme-invalid", "match-key numbers or atoms of the scheme are repeated or out of order")
    if not 1 <= scheme.version <= 0xFFFF or not all(1 <= count <= MAX_VALUES for _, count in scheme.used):
        raise Misconfigured("scheme-invalid", "version or number of values of a field is out of range")
    return scheme


def _match_key(entry: dict[str, Any], kinds: dict[str, list[str]]) -> MatchKey:
    atoms = tuple(str(atom) for atom in entry["atoms"])
    held = {kind: any(atom in kinds[kind] for atom in atoms) for kind in ("identifier", "forename", "address")}
    return MatchKey(number=int(entry["number"]), name="|".join(atoms), atoms=atoms, **held)
