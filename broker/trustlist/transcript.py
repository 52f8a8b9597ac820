"""What happened at a ceremony, step by step, so that somebody who was not there can check it.

    {"v":1,"ceremony":"rehearsal","place":"brackwater","rehearsal":true,"at":1795305600,
     "people":[{"name":"adeyemi","role":"custodian","public":"..."}],
     "steps":[{"number":1,"what":"the custodians make the root of the trust list","by":["adeyemi","whitlock"],
               "files":{"1.root.json":"<SHA-256, hex>"},"chain":"<SHA-256, hex>"}]}

Each step's `chain` is the SHA-256 of the chain before it and of the step without it, so that none can be left out or
put in afterwards. `files` are what the step made, by their digests; the same file may come again when it changed. The
custodians sign the whole (`transcript.sig`): of what is in it nobody can say later that it went otherwise.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import Field, StringConstraints

from broker.errors import Untrusted
from broker.keys import context, signing
from broker.wire.fields import Bytes32, Bytes64, Hex32, Seconds, Slug, Wire, canonical, parse

START = "0" * 64
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_.-]{0,39}$")]
Line = Annotated[str, StringConstraints(pattern=r"^[^\n\r]{1,300}$")]
Path = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_.-]*(?:/[a-z0-9][a-z0-9_.-]*)*$", max_length=120)]


class Person(Wire):
    """Somebody who was there: a custodian by their public key, others by name and role."""

    name: Name
    role: Name
    public: Bytes32 | None = None

    def public_key(self) -> Ed25519PublicKey | None:
        return Ed25519PublicKey.from_public_bytes(self.public) if self.public else None


class Step(Wire):
    number: Annotated[int, Field(ge=1, le=999)]
    what: Line
    by: tuple[Name, ...]
    files: dict[Path, Hex32]
    chain: Hex32


class Transcript(Wire):
    v: Literal[1]
    ceremony: Name
    place: Slug
    rehearsal: bool
    at: Seconds
    people: Annotated[tuple[Person, ...], Field(min_length=1)]
    steps: Annotated[tuple[Step, ...], Field(min_length=1)]

    def custodians(self) -> dict[str, Ed25519PublicKey]:
        """The custodians who were there, by name."""
        there = {one.name: one.public_key() for one in self.people if one.role == "custodian"}
        return {name: key for name, key in there.items() if key}


class Signed(Wire):
    """One custodian's signature under a whole transcript."""

    by: Name
    signature: Bytes64


class Signatures(Wire):
    """`transcript.sig`: who signed the transcript of this digest."""

    v: Literal[1]
    transcript: Hex32
    signed: tuple[Signed, ...]


@dataclass
class Recorder:
    """Writes a transcript while a ceremony goes on; `told` hears of each step as it is done."""

    ceremony: str
    place: str
    at: int
    people: tuple[Person, ...]
    rehearsal: bool = True
    told: Callable[[Step], None] = lambda _: None
    steps: list[Step] = field(default_factory=list)

    def did(self, what: str, *, by: tuple[str, ...], files: Mapping[str, bytes]) -> None:
        """One more step: what was done, who did it, and what it made."""
        digests = {path: hashlib.sha256(content).hexdigest() for path, content in sorted(files.items())}
        step = Step(number=len(self.steps) + 1, what=what, by=by, files=digests, chain=START)
        before = self.steps[-1].chain if self.steps else START
        self.steps.append(step.model_copy(update={"chain": _chained(before, step)}))
        self.told(self.steps[-1])

    def transcript(self) -> Transcript:
        """All steps so far."""
        return Transcript(
            v=1,
            ceremony=self.ceremony,
            place=self.place,
            rehearsal=self.rehearsal,
            at=self.at,
            people=self.people,
            steps=tuple(self.steps),
        )


def sign(data: bytes, custodians: Mapping[str, Ed25519PrivateKey]) -> Signatures:
    """`transcript.sig` of the file `data`, signed by each of `custodians`."""
    digest = hashlib.sha256(data).hexdigest()
    signed = tuple(Signed(by=name, signature=key.sign(_said(digest))) for name, key in sorted(custodians.items()))
    return Signatures(v=1, transcript=digest, signed=signed)


def check(data: bytes, signatures: bytes, *, needed: int) -> Transcript:
    """The transcript `data`, once its chain holds and `needed` of its custodians signed it.

    Whether they are the custodians of a trust list is for the caller to compare. Raises `BadInput` for bytes of another
    form and `Untrusted` otherwise.
    """
    transcript, under = parse(Transcript, data), parse(Signatures, signatures)
    before = START
    for number, step in enumerate(transcript.steps, 1):
        if step.number != number or step.chain != _chained(before, step):
            raise Untrusted("transcript-changed", f"step {number} of the transcript was changed, added or left out")
        before = step.chain
    digest = hashlib.sha256(data).hexdigest()
    there = transcript.custodians()
    if under.transcript != digest or len({one.by for one in under.signed}) != len(under.signed):
        raise Untrusted("transcript-changed", "the signatures are not those of this transcript")
    for one in under.signed:
        if one.by not in there:
            raise Untrusted("transcript-unsigned", "somebody signed the transcript who is no custodian in it")
        signing.verify_bytes(_said(digest), one.signature, public_key=there[one.by])
    if len(under.signed) < needed:
        raise Untrusted("transcript-unsigned", f"{len(under.signed)} custodians signed the transcript, {needed} must")
    return transcript


def check_files(transcript: Transcript, files: Mapping[str, bytes]) -> int:
    """How many of `files` are as the last step that made them left them. Raises `Untrusted` for one that is not."""
    last = {path: digest for step in transcript.steps for path, digest in step.files.items()}
    for path, digest in last.items():
        if path not in files:
            raise Untrusted("transcript-differs", f"`{path}` was made at the ceremony and is not there")
        if hashlib.sha256(files[path]).hexdigest() != digest:
            raise Untrusted("transcript-differs", f"`{path}` is not as the ceremony made it")
    return len(last)


def _chained(before: str, step: Step) -> str:
    # `chain` is over everything else of the step, so it stands empty while it is made.
    alone = canonical(step.model_copy(update={"chain": START}))
    return hashlib.sha256(bytes.fromhex(before) + alone).hexdigest()


def _said(digest: str) -> bytes:
    return context.TRANSCRIPT + bytes.fromhex(digest)
