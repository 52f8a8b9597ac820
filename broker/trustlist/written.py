"""The folder of a trust list, file by file.

    metadata/1.root.json 2.root.json ...   every root there was: custodians, thresholds, the online key
    metadata/timestamp.json                which snapshot is the newest; the only file that is ever replaced
    metadata/9.snapshot.json               which targets are the newest; the last two are kept
    metadata/3.targets.json                what the custodians signed: path, length and SHA-256 of each target
    targets/<sha256>.trust.json            a target, under its digest: a new one never overwrites an old one
    targets/epochs/<sha256>.0001.json
    proposed/                              what waits for signatures; nobody verifies it

A change is there when `timestamp.json` is: it is written last and in one step, so that whoever reads at any moment
reads all of the old list or all of the new one.
"""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path
from typing import TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from securesystemslib.signer import Key, Signature, Signer, SSlibKey
from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata, Root, Snapshot, Targets, Timestamp
from tuf.api.serialization.json import JSONSerializer

from broker.errors import Misconfigured, Untrusted
from broker.keys.custodial import SigningKey

METADATA = "metadata"
TARGETS = "targets"
PROPOSED = "proposed"
TRUST = "trust.json"
NAME = "x-custodian"
"""The field of a key in the root that says whose it is. The signature of the root covers it."""
SNAPSHOTS_KEPT = 2

Role = TypeVar("Role", Root, Timestamp, Snapshot, Targets)
_PATH = re.compile(r"(?:[a-z0-9][a-z0-9_-]{0,39}/){0,3}[a-z0-9][a-z0-9._-]{0,79}")


class CustodianSigner(Signer):
    """A signing key of ours, wherever it is, as the library wants one."""

    def __init__(self, signing_key: SigningKey) -> None:
        self._signing_key = signing_key
        self._public_key = listed_key(signing_key.public_key())

    @property
    def public_key(self) -> Key:
        return self._public_key

    @classmethod
    def from_priv_key_uri(cls, *_: object, **__: object) -> CustodianSigner:
        """No key of ours is found by a URI."""
        raise Misconfigured("custodian-key-missing", "a custodian's key is handed in, not looked up")

    def sign(self, payload: bytes) -> Signature:
        return Signature(self._public_key.keyid, self._signing_key.sign(payload).hex())


def listed_key(public_key: Ed25519PublicKey, name: str = "") -> Key:
    """A public key as a root lists it, with the name of its holder."""
    key = SSlibKey.from_crypto(public_key)
    if name:
        key.unrecognized_fields[NAME] = name
    return key


def name_of(root: Root, keyid: str) -> str:
    """The name of the custodian with this key, or the beginning of its id."""
    return str(root.keys[keyid].unrecognized_fields.get(NAME, keyid[:16]))


def check_path(path: str) -> str:
    """`path` itself, if a target may be called so. Raises `Misconfigured`."""
    if not _PATH.fullmatch(path):
        raise Misconfigured("target-path-invalid", "the path of a target is lower case words such as epochs/0001.json")
    return path


def target_file(folder: Path, path: str, digest: str) -> Path:
    """Where the target of this path and SHA-256 is."""
    head, _, name = check_path(path).rpartition("/")
    return folder / TARGETS / head / f"{digest}.{name}"


def write_target(folder: Path, path: str, data: bytes) -> None:
    """Writes a target under its digest."""
    write(target_file(folder, path, hashlib.sha256(data).hexdigest()), data)


def to_bytes(metadata: Metadata[Role]) -> bytes:
    """Signed metadata as it is written: the same for the same content, and readable in a review."""
    metadata.signatures = dict(sorted(metadata.signatures.items()))
    return metadata.to_bytes(JSONSerializer(compact=False)) + b"\n"


def write(path: Path, data: bytes) -> None:
    """Writes a file in one step: whoever reads sees the old bytes or the new ones, also after a power cut."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f".{path.name}.half")
    with half.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    half.replace(path)


def read(kind: type[Role], path: Path) -> Metadata[Role]:
    """One file of metadata. Raises `Misconfigured` when it is missing, `Untrusted` when it is something else."""
    try:
        found = Metadata[kind].from_bytes(path.read_bytes())  # type: ignore[valid-type]
    except OSError:
        raise Misconfigured(
            "trust-list-missing", f"can't read {path}", hint="name the folder of a trust list"
        ) from None
    except RepositoryError:
        raise Untrusted("trust-list-invalid", f"{path} is not what it should be") from None
    if not isinstance(found.signed, kind):
        raise Untrusted("trust-list-invalid", f"{path} is not what it should be")
    return found


def newest_root(folder: Path) -> Metadata[Root]:
    """The newest root of the folder. It is not verified here: whoever uses the trust list has pinned one."""
    numbers = [int(one.name.partition(".")[0]) for one in (folder / METADATA).glob("[0-9]*.root.json")]
    return read(Root, folder / METADATA / f"{max(numbers, default=1)}.root.json")


def newest(folder: Path) -> tuple[Metadata[Timestamp], Metadata[Snapshot], Metadata[Targets]]:
    """The newest timestamp, and the snapshot and targets that it leads to."""
    timestamp = read(Timestamp, folder / METADATA / "timestamp.json")
    snapshot = read(Snapshot, folder / METADATA / f"{timestamp.signed.snapshot_meta.version}.snapshot.json")
    number = snapshot.signed.meta["targets.json"].version
    return timestamp, snapshot, read(Targets, folder / METADATA / f"{number}.targets.json")


def forget_old_snapshots(folder: Path, newest_number: int) -> None:
    """Deletes snapshots that no reader asks for any more."""
    for path in (folder / METADATA).glob("[0-9]*.snapshot.json"):
        if int(path.name.partition(".")[0]) <= newest_number - SNAPSHOTS_KEPT:
            path.unlink(missing_ok=True)
