"""For whoever publishes a trust list: nothing here decides who is trusted, signatures of the custodians do.

    create       a new folder: root, first targets, signed by as many custodians as it takes
    propose      the next targets, unsigned, in proposed/: what changes can be read there
    change_root  other custodians, another threshold or another online key: the next root, unsigned, and targets with it
    sign         one custodian signs what is proposed
    publish      when enough did: it becomes the newest
    renew        the online key says once more that nothing changed; without it the list expires

Time and keys are handed in: the same ones make the same bytes.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from tuf.api.metadata import Metadata, Root, TargetFile, Targets

from broker.errors import Conflict, Misconfigured, NotAllowed, Untrusted
from broker.keys.custodial import SigningKey
from broker.keys.trust import parse_trust
from broker.trustlist import issuers, made, written
from broker.trustlist.written import METADATA, PROPOSED, TRUST, CustodianSigner

_ROOT = "root.json"
_TARGETS = "targets.json"
_FILES = "files"


@dataclass(frozen=True)
class Lifetimes:
    """How long each kind of signature holds. Custodians meet once a year; the online key signs every few days."""

    root: dt.timedelta = dt.timedelta(days=365)
    targets: dt.timedelta = dt.timedelta(days=365)
    online: dt.timedelta = dt.timedelta(days=7)


USUAL = Lifetimes()


@dataclass(frozen=True)
class Pending:
    """What waits for signatures: of whom it has them, and which files change (None for one that goes)."""

    version: int
    root: bool
    signed_by: tuple[str, ...]
    lacks: tuple[str, ...]
    files: Mapping[str, bytes | None]

    @property
    def enough(self) -> bool:
        """Whether it can be published."""
        return not self.lacks


def create(
    folder: Path, *, custodians: Mapping[str, SigningKey], threshold: int, online: SigningKey,
    targets: Mapping[str, bytes], now: dt.datetime, lifetimes: Lifetimes = USUAL,
) -> None:  # fmt: skip
    """A new trust list, signed by all the custodians given. Raises `Misconfigured` where there is one already."""
    if (folder / METADATA).exists():
        raise Misconfigured("trust-list-exists", f"there is a trust list in {folder}", hint="name another folder")
    public = {name: one.public_key() for name, one in custodians.items()}
    root = Metadata(
        made.next_root(1, public, threshold=threshold, online=online.public_key(), expires=now + lifetimes.root)
    )
    listed = made.next_targets(1, made.listed(targets), now + lifetimes.targets)
    for one in custodians.values():
        root.sign(CustodianSigner(one), append=True)
        listed.sign(CustodianSigner(one), append=True)
    _check_targets(targets)
    written.write(folder / METADATA / "1.root.json", written.to_bytes(root))
    for path, data in targets.items():
        written.write_target(folder, path, data)
    written.write(folder / METADATA / "1.targets.json", written.to_bytes(listed))
    made.write_online(folder, online, numbers=(1, 1, 1), expires=now + lifetimes.online)


def propose(
    folder: Path, *, targets: Mapping[str, bytes | None], now: dt.datetime, lifetimes: Lifetimes = USUAL
) -> Pending:
    """Adds to what is proposed: each path with its new bytes, or None to take it away.

    What was signed of an earlier proposal must be signed again. Raises `Misconfigured` for a trust document or issuers
    that are none, `NotAllowed` for what may never go.
    """
    _, _, current = written.newest(folder)
    place = folder / PROPOSED
    files = {} if not (place / _TARGETS).exists() else dict(pending(folder).files)
    files |= targets
    if files.get(TRUST, b"-") is None:
        raise NotAllowed("target-needed", "the trust document can be changed and never taken away")
    _check_targets({path: data for path, data in files.items() if data is not None})
    listed = dict(current.signed.targets)
    for path, data in files.items():
        if data is None:
            listed.pop(path, None)
        else:
            listed |= made.listed({path: data})
    shutil.rmtree(place / _FILES, ignore_errors=True)
    for path, data in files.items():
        if data is not None:
            written.write(place / _FILES / path, data)
    unsigned = made.next_targets(current.signed.version + 1, listed, now + lifetimes.targets)
    written.write(place / _TARGETS, written.to_bytes(unsigned))
    return pending(folder)


def change_root(
    folder: Path, *, custodians: Mapping[str, Ed25519PublicKey], threshold: int, online: Ed25519PublicKey,
    now: dt.datetime, lifetimes: Lifetimes = USUAL,
) -> Pending:  # fmt: skip
    """Proposes the next root. It takes the signatures of as many of the old custodians, and of the new, as each asks.

    Also the yearly renewal, with the same custodians. The targets are proposed with it, as new custodians vouch anew.
    """
    version = written.newest_root(folder).signed.version + 1
    root = made.next_root(version, custodians, threshold=threshold, online=online, expires=now + lifetimes.root)
    written.write(folder / PROPOSED / _ROOT, written.to_bytes(Metadata(root)))
    return propose(folder, targets={}, now=now, lifetimes=lifetimes)


def sign(folder: Path, *, custodian: SigningKey) -> Pending:
    """One custodian's signature on all that is proposed.

    Raises `NotAllowed` for a key that is no custodian's, `Untrusted` when the files are not what would be signed.
    """
    pending(folder)  # Raises when the files are not the ones that would be signed.
    signer = CustodianSigner(custodian)
    old, new = written.newest_root(folder), _proposed_root(folder)
    roots = [old.signed] + ([new.signed] if new else [])
    if not any(signer.public_key.keyid in root.roles[Root.type].keyids for root in roots):
        raise NotAllowed("custodian-unknown", "this key is not a custodian's", hint="`broker keys status` names them")
    if new is not None:
        new.sign(signer, append=True)
        written.write(folder / PROPOSED / _ROOT, written.to_bytes(new))
    if signer.public_key.keyid in roots[-1].roles[Targets.type].keyids:
        targets = written.read(Targets, folder / PROPOSED / _TARGETS)
        targets.sign(signer, append=True)
        written.write(folder / PROPOSED / _TARGETS, written.to_bytes(targets))
    return pending(folder)


def pending(folder: Path) -> Pending:
    """What is proposed. Raises `Conflict` when nothing is, `Untrusted` when its files are not the ones it lists."""
    place = folder / PROPOSED
    if not (place / _TARGETS).is_file():
        raise Conflict("nothing-proposed", f"nothing is proposed in {folder}", hint="propose a change first")
    targets, new = written.read(Targets, place / _TARGETS), _proposed_root(folder)
    old = written.newest_root(folder)
    _, _, current = written.newest(folder)
    before, after = current.signed.targets, targets.signed.targets
    files: dict[str, bytes | None] = {path: None for path in before if path not in after}
    for path, listed in after.items():
        if path not in before or before[path].hashes != listed.hashes:
            files[path] = _file(place / _FILES / written.check_path(path), listed)
    signed, lacks = made.signatures(old, new, targets)
    return Pending(targets.signed.version, new is not None, signed, lacks, files)


def publish(folder: Path, *, online: SigningKey, now: dt.datetime, lifetimes: Lifetimes = USUAL) -> int:
    """Makes what is proposed the newest. Returns its version.

    Raises `Untrusted` when too few custodians signed, `Conflict` when something else was published since.
    """
    waiting = pending(folder)
    timestamp, snapshot, current = written.newest(folder)
    new, targets = _proposed_root(folder), written.read(Targets, folder / PROPOSED / _TARGETS)
    root = (new or written.newest_root(folder)).signed
    if waiting.lacks:
        lacking = "; ".join(waiting.lacks)
        raise Untrusted("trust-list-under-signed", f"too few custodians have signed what is proposed: {lacking}")
    if waiting.version != current.signed.version + 1:
        raise Conflict("proposal-stale", "another change was published since this was proposed", hint="propose it anew")
    made.check_online(root, online)
    if targets.signed.expires <= now or root.expires <= now:
        raise Conflict("proposal-stale", "what is proposed would have expired already", hint="propose it anew")
    if new is not None:
        written.write(folder / METADATA / f"{root.version}.root.json", written.to_bytes(new))
    for path, data in waiting.files.items():
        if data is not None:
            written.write_target(folder, path, data)
    written.write(folder / METADATA / f"{waiting.version}.targets.json", written.to_bytes(targets))
    numbers = (timestamp.signed.version + 1, snapshot.signed.version + 1, waiting.version)
    made.write_online(folder, online, numbers=numbers, expires=now + lifetimes.online)
    shutil.rmtree(folder / PROPOSED)
    return waiting.version


def withdraw(folder: Path) -> None:
    """Throws away what is proposed."""
    shutil.rmtree(folder / PROPOSED, ignore_errors=True)


def renew(folder: Path, *, online: SigningKey, now: dt.datetime, lifetimes: Lifetimes = USUAL) -> dt.datetime:
    """Says that nothing changed, until the time returned. Raises `NotAllowed` for a key that is not the online key."""
    made.check_online(written.newest_root(folder).signed, online)
    timestamp, snapshot, current = written.newest(folder)
    numbers = (timestamp.signed.version + 1, snapshot.signed.version + 1, current.signed.version)
    made.write_online(folder, online, numbers=numbers, expires=now + lifetimes.online)
    return now + lifetimes.online


def _proposed_root(folder: Path) -> Metadata[Root] | None:
    path = folder / PROPOSED / _ROOT
    return written.read(Root, path) if path.is_file() else None


def _check_targets(targets: Mapping[str, bytes]) -> None:
    if TRUST in targets:
        parse_trust(targets[TRUST])
    for path, data in targets.items():
        if path.startswith(issuers.FOLDER):
            issuers.parse_issuers(data, path)


def _file(path: Path, listed: TargetFile) -> bytes:
    try:
        data = path.read_bytes()
    except OSError:
        raise Misconfigured("trust-list-missing", f"can't read {path}", hint="propose it anew") from None
    if len(data) != listed.length or hashlib.sha256(data).hexdigest() != listed.hashes["sha256"]:
        raise Untrusted("proposal-changed", f"{path} is not what was proposed", hint="propose it anew")
    return data
