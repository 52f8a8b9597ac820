"""The agency's folder: one file says who we are, whom we talk to and where our keys are.

    agency = "council"
    place = "brackwater"
    broker_url = "https://broker.example"
    linkage_unit_url = "https://linkage.example"
    trust = "keys"                       # the folder of the trust list; paths are relative to this file
    root = "root.json"                   # the root that was pinned here when the agency joined
    secrets = "secrets.json"
    passphrase_file = "passphrase"       # may be left out: then a credential holds it, or somebody types it
    state = "state"
    live = false                         # until true, `send` rehearses unless it is told --live
    delivery_key = "council/delivery-1"  # may be left out: these are the usual ids
    desk_key = "council/desk-1"
    review_key = "council/review-1"      # where somebody reviews matches
    synthetic_numbers = false            # true where people are made up: NHS numbers that begin with 999 then count
    canaries = true                      # the fictional people of the place go with every delivery

    [[staff]]
    id = "j.doe"
    role = "council.social_worker"
    training_on = 2026-01-15
    name = "Jo Doe"                      # may be left out, and so may what they do at the desk: `broker.agency.roles`
    desk = ["caseworker", "supervisor"]

It holds no secret. A delivery server needs no desk key and a desk no delivery key, so keys are read when they are used.
"""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from broker.agency import ownkeys
from broker.agency.credentials import KeptCredentials
from broker.agency.edges import utc_now
from broker.agency.kept import Kept, mark_of
from broker.agency.roles import DESK_ROLES, USUAL
from broker.errors import Misconfigured
from broker.keys import clientkeys
from broker.keys.messages import RequestSigner
from broker.keys.secrets import Secrets
from broker.keys.trust import Trust
from broker.tokens import Scheme, load_scheme
from broker.trustlist.verify import TrustList, open_trust_list
from broker.trustlist.written import METADATA
from broker.vaults.passphrase import find_passphrase
from broker.vaults.secretfile import add_secrets, destroy_secrets
from broker.vaults.vault import Where, open_file

FILE_NAME = "agency.toml"
_SLUG = re.compile(r"[a-z][a-z0-9_]{0,39}")
_REQUIRED = ("agency", "place", "broker_url", "linkage_unit_url", "trust", "root", "secrets", "state")
_OPTIONAL = (
    *("live", "passphrase_file", "delivery_key", "desk_key", "review_key"),
    *("synthetic_numbers", "canaries", "staff"),
)
_STAFF_FIELDS = {"id", "role", "training_on", "person", "name", "desk", "issuer"}
_THIS_MACHINE = {"localhost", "127.0.0.1", "::1"}


@dataclass(frozen=True)
class Staff:
    """One member of staff who may ask; `id` is the agency's own and leaves only as a pseudonym."""

    id: str
    role: str
    training_on: dt.date
    person: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Who they are, as it is typed of anybody; empty where the agency does not say. It never leaves."""
    name: str = field(default="", repr=False)
    desk: frozenset[str] = USUAL
    """What they do at the desk, of `DESK_ROLES`."""
    issuer: str = ""
    """Who vouches for them at the desk; empty where there is only one who could."""


@dataclass(frozen=True)
class Workspace:
    """What `agency.toml` says, with paths made absolute."""

    folder: Path
    agency: str
    place: str
    broker_url: str
    linkage_unit_url: str
    trust_path: Path
    root_path: Path
    secrets_path: Path
    passphrase_path: Path | None
    state: Path
    live: bool
    delivery_key_id: str
    desk_key_id: str
    review_key_id: str
    synthetic_numbers: bool
    canaries: bool
    staff: tuple[Staff, ...]
    clock: Callable[[], dt.datetime] = field(compare=False, repr=False)
    _trust: Kept[TrustList] = field(default_factory=Kept, init=False, compare=False, repr=False)
    _secrets: Kept[Secrets] = field(default_factory=Kept, init=False, compare=False, repr=False)

    def open_trust_list(self) -> TrustList:
        """The verified trust list of now. Raises `Untrusted` or `Misconfigured`, also when it is another place's.

        It is verified once and again when it was replaced or has expired: that takes longer than most commands.
        """
        now, mark = self.clock(), mark_of(self.trust_path / METADATA / "timestamp.json", self.root_path)
        found = self._trust.of(mark, lambda: self._verified(now))
        return found if now < found.expires else self._verified(now)

    def _verified(self, now: dt.datetime) -> TrustList:
        found = open_trust_list(self.trust_path, root=self.root_path, seen=self.state / "trust", now=now)
        if found.trust.place != self.place:
            said = f"the trust list is of `{found.trust.place}`, not `{self.place}`"
            raise Misconfigured("trust-other-place", said, hint=_HINT)
        return found

    def read_trust(self) -> Trust:
        """The trust document of the verified trust list."""
        return self.open_trust_list().trust

    def read_secrets(self) -> Secrets:
        """This agency's secrets. Raises `Misconfigured` when the file can't be trusted, or not in such a place.

        The file is opened once and again when it was replaced: a passphrase is typed once, and takes its time.
        """
        where, rehearsal = Where(self.secrets_path, self.passphrase_path, self.state / "trust"), self._is_rehearsal
        today, files = self.clock().date(), mark_of(self.secrets_path, *filter(None, [self.passphrase_path]))
        made = partial(open_file, where, owner=self._owner, rehearsal=rehearsal, today=today)
        return self._secrets.of((files, rehearsal, today), made)

    def add_secrets(self, values: Mapping[str, bytes]) -> None:
        """Keeps new secrets beside the others. Raises `Misconfigured` for other bytes under a name that is taken."""
        add_secrets(self.secrets_path, values, owner=self._owner, passphrase=self._passphrase)

    def destroy_secrets(self, names: set[str]) -> None:
        """Destroys secrets of this agency. Raises `Misconfigured` when the file can't be trusted."""
        destroy_secrets(self.secrets_path, names, owner=self._owner, passphrase=self._passphrase)

    def delivery_signer(self) -> RequestSigner:
        """Signs what is posted. Raises `Misconfigured` when this machine does not hold the delivery key."""
        return self._signer("delivery", self.delivery_key_id)

    def desk_signer(self) -> RequestSigner:
        """Signs what is asked. Raises `Misconfigured` when this machine does not hold the desk key."""
        return self._signer("desk", self.desk_key_id)

    def review_signer(self) -> RequestSigner:
        """Signs reviews of matches. Raises `Misconfigured` when this machine does not hold the review key."""
        return self._signer("review", self.review_key_id)

    def reviews(self) -> bool:
        """Whether this machine holds a review key."""
        return bool(self.read_secrets().numbers("review"))

    @property
    def _is_rehearsal(self) -> bool:
        return self.read_trust().rehearsal

    @property
    def _owner(self) -> str:
        return f"agency:{self.agency}"

    def _passphrase(self) -> bytes:
        return find_passphrase(self._owner, file=self.passphrase_path)

    def _signer(self, name: str, first_id: str) -> RequestSigner:
        secrets = self.read_secrets()
        if secrets.numbers(name) in ((), (1,)):
            found = ownkeys.one_signer(secrets, name, first_id, number=1)
        else:
            found = ownkeys.signer(secrets, name, first_id, trust=self.read_trust())
        # Who holds no client key needs none, or finds out from the service: the trust list takes its time.
        held = secrets.numbers(clientkeys.CLIENT)
        client = ownkeys.client(secrets, self.agency, trust=self.read_trust()) if held else None
        return replace(found, client=client, wallet=KeptCredentials(self.state / "credentials", found.key_id))


_HINT = f"correct it in {FILE_NAME}"


def read_workspace(folder: Path, *, clock: Callable[[], dt.datetime] = utc_now) -> Workspace:
    """The workspace in `folder`. Raises `Misconfigured` naming the file and the setting."""
    path = folder / FILE_NAME
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError:
        raise Misconfigured("workspace-missing", f"there is no {path}", hint="run `broker-agency init` there") from None
    except ValueError:
        raise Misconfigured("workspace-invalid", f"{path} is not valid TOML") from None
    return _workspace(content, path, clock)


def _workspace(content: dict[str, Any], path: Path, clock: Callable[[], dt.datetime]) -> Workspace:
    for name in content:
        if name not in _REQUIRED + _OPTIONAL:
            raise _wrong(path, name, "is not a setting")
    texts = {name: _text(content, name, path) for name in _REQUIRED}
    agency = texts["agency"]
    for name in ("agency", "place"):
        if not _SLUG.fullmatch(texts[name]):
            raise _wrong(path, name, "is not a short name of a-z, 0-9 and _")
    return Workspace(
        folder=path.parent,
        agency=agency,
        place=texts["place"],
        broker_url=_url(texts["broker_url"], "broker_url", path),
        linkage_unit_url=_url(texts["linkage_unit_url"], "linkage_unit_url", path),
        trust_path=path.parent / texts["trust"],
        root_path=path.parent / texts["root"],
        secrets_path=path.parent / texts["secrets"],
        passphrase_path=_passphrase_path(content, path),
        state=path.parent / texts["state"],
        live=_switch(content, "live", path),
        delivery_key_id=_key_id(content, "delivery_key", path, usual=f"{agency}/delivery-1"),
        desk_key_id=_key_id(content, "desk_key", path, usual=f"{agency}/desk-1"),
        review_key_id=_key_id(content, "review_key", path, usual=f"{agency}/review-1"),
        synthetic_numbers=_switch(content, "synthetic_numbers", path),
        canaries=_switch(content, "canaries", path),
        staff=_staff(content.get("staff", []), path),
        clock=clock,
    )


def check_scheme(trust: Trust) -> Scheme:
    """The match-key scheme the trust list names. Raises `Misconfigured` when this version of the client lacks it."""
    return load_scheme(trust.scheme)


def _text(content: dict[str, Any], name: str, path: Path) -> str:
    value = content.get(name)
    if not isinstance(value, str) or not value.strip():
        raise _wrong(path, name, "is missing")
    return value


def _passphrase_path(content: dict[str, Any], path: Path) -> Path | None:
    return path.parent / _text(content, "passphrase_file", path) if "passphrase_file" in content else None


def _switch(content: dict[str, Any], name: str, path: Path) -> bool:
    value = content.get(name, False)
    if not isinstance(value, bool):
        raise _wrong(path, name, "is neither true nor false")
    return value


def _url(text: str, name: str, path: Path) -> str:
    """The address without a final slash; plain http only to this machine, as the demonstration uses it."""
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host, parts = None, urlsplit("")
    if not host or parts.query or parts.fragment or parts.username:
        raise _wrong(path, name, "is not an address such as https://broker.example")
    if parts.scheme != "https" and not (parts.scheme == "http" and host in _THIS_MACHINE):
        raise _wrong(path, name, "does not begin with https://")
    return text.rstrip("/")


def _key_id(content: dict[str, Any], name: str, path: Path, *, usual: str) -> str:
    key_id = content.get(name, usual)
    if not isinstance(key_id, str) or key_id.partition("/")[0] != usual.partition("/")[0]:
        raise _wrong(path, name, f"is not a key id such as {usual}")
    return key_id


def _staff(entries: Any, path: Path) -> tuple[Staff, ...]:
    if not isinstance(entries, list):
        raise _wrong(path, "staff", "is not a list of [[staff]]")
    staff = tuple(_staff_member(entry, path) for entry in entries)
    if len({member.id for member in staff}) != len(staff):
        raise _wrong(path, "staff", "names somebody twice")
    return staff


def _staff_member(entry: Any, path: Path) -> Staff:
    if isinstance(entry, dict) and "relation" in entry:
        raise _wrong(path, "staff", "takes no relation, which `ask --relation` says for each question,")
    if not isinstance(entry, dict) or set(entry) - _STAFF_FIELDS:
        raise _wrong(path, "staff", "takes id, role, training_on, person, name, desk and issuer")
    name, role, day = (entry.get(key) for key in ("id", "role", "training_on"))
    if not (isinstance(name, str) and name and isinstance(role, str) and role.partition(".")[2]):
        raise _wrong(path, "staff", "needs an id and a role such as council.social_worker")
    if not isinstance(day, dt.date) or isinstance(day, dt.datetime):
        raise _wrong(path, "staff", "needs training_on, a date such as 2026-01-15")
    person = entry.get("person", {})
    if not isinstance(person, dict) or not all(isinstance(value, str | dt.date) for value in person.values()):
        raise _wrong(path, "staff", 'needs person = { forename = "…", surname = "…", dob = 1980-01-31 }, or none')
    called, desk = entry.get("name", ""), entry.get("desk", list(USUAL))
    issuer = entry.get("issuer", "")
    if not isinstance(called, str) or not isinstance(issuer, str):
        raise _wrong(path, "staff", "needs name and issuer that are text")
    if not isinstance(desk, list) or not set(map(str, desk)) <= DESK_ROLES.keys():
        raise _wrong(path, "staff", f"needs desk of {', '.join(DESK_ROLES)}")
    details = {field: str(value) for field, value in person.items()}
    return Staff(name, role, day, details, called, frozenset(desk), issuer)


def _wrong(path: Path, name: str, what: str) -> Misconfigured:
    return Misconfigured(
        "workspace-invalid", f"`{name}` {what} in {path}", hint="`broker-agency init` writes an example"
    )
