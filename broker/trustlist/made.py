"""Roots, targets and what the online key signs, made of what is handed in: the same values make the same bytes."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from tuf.api.metadata import Metadata, MetaFile, Root, Snapshot, TargetFile, Targets, Timestamp

from broker.errors import Misconfigured, NotAllowed
from broker.keys.custodial import SigningKey
from broker.trustlist import written
from broker.trustlist.written import METADATA, CustodianSigner

_TARGETS = "targets.json"


def next_root(
    version: int, custodians: Mapping[str, Ed25519PublicKey], *, threshold: int, online: Ed25519PublicKey,
    expires: dt.datetime,
) -> Root:  # fmt: skip
    if not 1 <= threshold <= len(custodians):
        raise Misconfigured("threshold-invalid", "the threshold is not between 1 and the number of custodians")
    root = Root(version=version, expires=_whole(expires), consistent_snapshot=True)
    for name, public in sorted(custodians.items()):
        key = written.listed_key(public, name)
        if key.keyid in root.keys:
            raise Misconfigured("custodian-twice", "two custodians have one key", hint="each makes an own one")
        root.add_key(key, Root.type)
        root.add_key(key, Targets.type)
    online_key = written.listed_key(online, "online")
    if online_key.keyid in root.keys:
        raise Misconfigured("custodian-twice", "the online key is a custodian's", hint="make an own one")
    for role in (Snapshot.type, Timestamp.type):
        root.add_key(online_key, role)
    root.roles[Root.type].threshold = root.roles[Targets.type].threshold = threshold
    return root


def next_targets(version: int, listed: Mapping[str, TargetFile], expires: dt.datetime) -> Metadata[Targets]:
    return Metadata(Targets(version=version, expires=_whole(expires), targets=dict(sorted(listed.items()))))


def listed(targets: Mapping[str, bytes]) -> dict[str, TargetFile]:
    return {
        written.check_path(path): TargetFile(len(data), {"sha256": hashlib.sha256(data).hexdigest()}, path)
        for path, data in targets.items()
    }


def write_online(folder: Path, online: SigningKey, *, numbers: tuple[int, int, int], expires: dt.datetime) -> None:
    """`numbers` are those of timestamp, snapshot and targets."""
    timestamp_number, number, targets = numbers
    signer = CustodianSigner(online)
    snapshot = Metadata(Snapshot(version=number, expires=_whole(expires), meta={_TARGETS: MetaFile(targets)}))
    snapshot.sign(signer)
    timestamp = Metadata(Timestamp(version=timestamp_number, expires=_whole(expires), snapshot_meta=MetaFile(number)))
    timestamp.sign(signer)
    written.write(folder / METADATA / f"{number}.snapshot.json", written.to_bytes(snapshot))
    # Last: whoever reads before this line finds the old list whole, and after it the new one.
    written.write(folder / METADATA / "timestamp.json", written.to_bytes(timestamp))
    written.forget_old_snapshots(folder, number)


def signatures(
    old: Metadata[Root], new: Metadata[Root] | None, targets: Metadata[Targets]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Who signed, and what is still lacking, in words."""
    role = (new or old).signed
    result = role.get_verification_result(Targets.type, targets.signed_bytes, targets.signatures)
    found = [("the list", "", result, role)]
    if new is not None:
        for whose, root in ((" of old custodians", old.signed), (" of new custodians", new.signed)):
            result = root.get_verification_result(Root.type, new.signed_bytes, new.signatures)
            found.append(("the root", whose, result, root))
    names: set[str] = set()
    lacks = []
    for what, whose, result, root in found:
        names |= {written.name_of(root, keyid) for keyid in result.signed}
        if not result.verified:
            lacks.append(f"{what} has {len(result.signed)} of {result.threshold} signatures{whose}")
    return tuple(sorted(names)), tuple(lacks)


def check_online(root: Root, online: SigningKey) -> None:
    key = written.listed_key(online.public_key())
    if key.keyid not in root.roles[Timestamp.type].keyids:
        raise NotAllowed("online-key-unknown", "this is not the online key of the trust list's root")


def _whole(moment: dt.datetime) -> dt.datetime:
    return moment.astimezone(dt.UTC).replace(microsecond=0)
