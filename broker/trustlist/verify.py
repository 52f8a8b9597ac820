"""A folder -> the trust list, or a refusal that says what and where.

    given            a folder that anybody may have changed; a root file that was pinned when this machine was set up;
                     a folder of our own that remembers the newest versions seen here
    trust-list-under-signed  fewer custodians signed than the root asks for
    trust-list-expired       nobody said lately that it still holds: an old folder is as dangerous as a wrong one
    trust-list-rolled-back   an older one than was seen here before
    trust-list-invalid       anything else that does not fit
    trust-list-missing       there is none
    trust-root-...           the pinned root is not there, or everybody can change it

The rules are TUF's, 1.0.34 section 5, as `tuf.ngclient` has them; the network is a folder.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from tuf.api.exceptions import (
    BadVersionNumberError,
    DownloadError,
    DownloadHTTPError,
    ExpiredMetadataError,
    RepositoryError,
    UnsignedMetadataError,
)
from tuf.api.metadata import Root, TargetFile, Targets
from tuf.ngclient.fetcher import FetcherInterface
from tuf.ngclient.updater import Updater

from broker.errors import Misconfigured, NotFound, Untrusted
from broker.keys.trust import Trust, parse_trust
from broker.trustlist import written

try:
    import fcntl
except ImportError:  # Windows, where an agency runs one command at a time.
    fcntl = None  # type: ignore[assignment]

NOT_FOUND = 404
_RENEW = "ask the operator for a newer one: `broker keys renew` there, then copy the folder here"
_AGAIN = "copy the folder from the operator again; if that does not help, tell the custodians"


@dataclass(frozen=True)
class Custodians:
    """Whose signatures the root asks for, by name, and how many of them."""

    names: tuple[str, ...]
    threshold: int


@dataclass(frozen=True)
class TrustList:
    """What a folder says and enough custodians signed. `version` counts changes of what is trusted."""

    folder: Path
    trust: Trust
    version: int
    root_version: int
    timestamp_version: int
    expires: dt.datetime
    custodians: Custodians
    _listed: Mapping[str, TargetFile] = field(repr=False)

    def with_trust(self, trust: Trust) -> TrustList:
        """The same list with an equal trust document that somebody holds already."""
        return replace(self, trust=trust)

    @property
    def targets(self) -> tuple[str, ...]:
        """The paths of everything that is signed, `trust.json` among them."""
        return tuple(sorted(self._listed))

    def target(self, path: str) -> bytes:
        """A signed file. Raises `NotFound` for one that is not listed, `Untrusted` when its bytes are others."""
        listed = self._listed.get(path)
        if listed is None:
            raise NotFound("target-unknown", "the trust list holds no such file")
        return _read_target(self.folder, listed)


def open_trust_list(folder: Path, *, root: Path, seen: Path, now: dt.datetime) -> TrustList:
    """The trust list in `folder` as of `now`, starting from the pinned `root`.

    Remembers the newest versions in `seen`, which only this party may write. Raises `Untrusted`, or `Misconfigured`
    when something is not there or can't be written.
    """
    pinned = _pinned(root)
    fetched = _Fetched(folder)
    with _alone(seen), _said(fetched, root):
        updater = _Updater(str(seen), str(folder / written.METADATA), fetcher=fetched, bootstrap=pinned)
        verified_root, targets = updater.verified_at(now)
    # `trust.json` is read after the refusals of TUF, so that its own are said as they are.
    listed = dict(targets.targets)
    if written.TRUST not in listed:
        raise Untrusted("trust-list-invalid", f"the trust list {folder} holds no {written.TRUST}", hint=_AGAIN)
    trust = parse_trust(_read_target(folder, listed[written.TRUST]))
    _check_apart(trust, verified_root)
    return TrustList(
        folder=folder,
        trust=trust,
        version=targets.version,
        root_version=verified_root.version,
        timestamp_version=updater.timestamp_version,
        expires=updater.expires,
        custodians=custodians_of(verified_root),
        _listed=listed,
    )


def custodians_of(root: Root) -> Custodians:
    """Who may sign what is trusted, under this root."""
    role = root.roles[Targets.type]
    return Custodians(tuple(sorted(written.name_of(root, keyid) for keyid in role.keyids)), role.threshold)


class _Updater(Updater):
    """python-tuf's client, at a given time: no room but the edges reads a clock."""

    def verified_at(self, now: dt.datetime) -> tuple[Root, Targets]:
        # The one private name of the library that we use; `test_the_time_is_the_one_given` holds it to that.
        self._trusted_set.reference_time = now
        self.refresh()
        return self._trusted_set.root, self._trusted_set.targets

    @property
    def timestamp_version(self) -> int:
        return self._trusted_set.timestamp.version

    @property
    def expires(self) -> dt.datetime:
        """When the first of the four runs out."""
        found = self._trusted_set
        return min(one.expires for one in (found.root, found.timestamp, found.snapshot, found.targets))


class _Fetched(FetcherInterface):
    """Reads from a folder what the client asks a network for, and remembers what it asked for last."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.last = ""

    def _fetch(self, url: str) -> Iterator[bytes]:
        # The client's own root links aside, every name it asks for is a role's and a number's: none leads elsewhere.
        name = PurePosixPath(Path(url).as_posix()).name
        self.last = f"{written.METADATA}/{name}"
        path = self.folder / written.METADATA / name
        if not path.is_file():
            raise DownloadHTTPError(f"no {self.last}", NOT_FOUND)
        return iter((path.read_bytes(),))


def _pinned(root: Path) -> bytes:
    try:
        mode, data = root.stat().st_mode, root.read_bytes()
    except OSError:
        hint = "copy it from the ceremony, not from the folder it is to verify"
        raise Misconfigured("trust-root-missing", f"can't read the pinned root {root}", hint=hint) from None
    # Everything else is verified from these bytes, and these by nothing.
    if mode & stat.S_IWOTH:
        raise Misconfigured("trust-root-writable", f"everybody can change {root}", hint=f"chmod 644 {root}")
    return data


@contextmanager
def _alone(seen: Path) -> Iterator[None]:
    """Two processes of one party must not write what they saw at the same time, or one of them forgets."""
    try:
        seen.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = (seen / ".lock").open("a")
    except OSError:
        hint = "make it, for this user alone, or correct the setting"
        raise Misconfigured("trust-seen-unwritable", f"can't write to {seen}", hint=hint) from None
    with lock:
        if fcntl is not None:
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def _said(fetched: _Fetched, root: Path) -> Iterator[None]:
    """Turns the library's errors into ours. Raises nothing else, whatever the bytes."""
    where = fetched.folder
    try:
        yield
    except ExpiredMetadataError:
        raise Untrusted("trust-list-expired", f"the trust list {where} has expired", hint=_RENEW) from None
    except UnsignedMetadataError:
        what = f"{fetched.last or root} of the trust list {where} is not signed by enough of those who may"
        raise Untrusted("trust-list-under-signed", what, hint=_AGAIN) from None
    except BadVersionNumberError:
        what = f"{fetched.last} of the trust list {where} is older than what was seen here"
        raise Untrusted("trust-list-rolled-back", what, hint=_AGAIN) from None
    except DownloadHTTPError:
        raise Misconfigured(
            "trust-list-missing", f"there is no {fetched.last} in the trust list {where}", hint="correct the setting"
        ) from None
    except (RepositoryError, DownloadError, ValueError, KeyError, TypeError):
        what = f"{fetched.last or root} of the trust list {where} is not what it should be"
        raise Untrusted("trust-list-invalid", what, hint=_AGAIN) from None
    except OSError:
        raise Misconfigured(
            "trust-list-missing", f"can't read the trust list {where}, or write what was seen"
        ) from None


def _read_target(folder: Path, listed: TargetFile) -> bytes:
    place = written.target_file(folder, listed.path, listed.hashes["sha256"])
    try:
        data = place.read_bytes()
    except OSError:
        raise Misconfigured("trust-list-missing", f"there is no {place}", hint=_AGAIN) from None
    if len(data) != listed.length or hashlib.sha256(data).hexdigest() != listed.hashes["sha256"]:
        raise Untrusted("trust-list-invalid", f"{place} is not what the custodians signed", hint=_AGAIN)
    return data


def _check_apart(trust: Trust, root: Root) -> None:
    """Whoever signs the trust list must not be somebody it names, under the same key."""
    signers = {bytes.fromhex(key.keyval["public"]) for key in root.keys.values()}
    named = {
        *trust.broker.receipts, *trust.broker.requests, *trust.linkage_unit.signings,
        *(granter.public for granter in trust.granters), *(key.public for one in trust.agencies for key in one.keys),
    }  # fmt: skip
    if signers & named:
        raise Untrusted("trust-list-invalid", "a custodian's key, or the online key, is a party's on the trust list")
