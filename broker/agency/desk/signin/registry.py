"""Which issuers vouch here now: those that the trust list in force names for this agency, and nobody else's.

`agency.toml` says who may sign in, and is the agency's own. That somebody is who they say they are is their issuer's
word, so that no file that lies here adds one: custodians signed which there are, under the root that was pinned here.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path

from broker.agency.desk.desk import Desk
from broker.agency.desk.signin.client_key import read_certificate, read_key
from broker.agency.desk.signin.provider import Provider
from broker.agency.roles import DESK_ROLES
from broker.agency.workspace import Workspace
from broker.errors import Misconfigured, NotFound
from broker.trustlist.issuers import Issuer, parse_issuers, path_of
from broker.trustlist.verify import TrustList


class SignedIssuers:
    """The issuers by their names, made anew when the trust list names others."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._of: TrustList | None = None
        self._data = b""
        self._made: Mapping[str, Provider] = {}
        self._lock = threading.Lock()

    def __call__(self) -> Mapping[str, Provider]:
        """All of them. Raises `Misconfigured` when there are none, and `Untrusted` when the list can't be trusted."""
        place = self._desk.place
        listed = place.open_trust_list()
        with self._lock:
            if listed is not self._of:
                data = signed(listed, place.agency)
                if data != self._data:
                    self._made = providers(self._desk, place, parse_issuers(data, path_of(place.agency)))
                self._of, self._data = listed, data
            return self._made


def signed(listed: TrustList, agency: str) -> bytes:
    """The agency's issuers as custodians signed them. Raises `Misconfigured` where they signed none."""
    try:
        return listed.target(path_of(agency))
    except NotFound:
        hint = "send issuers.toml to the operator, who proposes it: docs/for/desk.md"
        raise Misconfigured("issuers-unsigned", f"the trust list names no issuer for {agency}", hint=hint) from None


def read_draft(path: Path) -> tuple[Issuer, ...]:
    """What an agency would have signed. Raises `Misconfigured` naming the file and the setting."""
    try:
        issuers = parse_issuers(path.read_bytes(), str(path))
    except OSError:
        raise Misconfigured("issuers-missing", f"there is no {path}", hint="docs/for/desk.md has examples") from None
    for one in issuers:
        if not set(one.roles.values()) <= DESK_ROLES.keys():
            said = f"`roles` of {one.name} in {path}: takes {', '.join(DESK_ROLES)}"
            raise Misconfigured("issuers-invalid", said, hint="correct it there")
    return issuers


def providers(desk: Desk, place: Workspace, issuers: tuple[Issuer, ...]) -> dict[str, Provider]:
    """Each issuer with the desk as its client. Raises `Misconfigured` without a key or a certificate to show."""
    key, made = read_key(place.read_secrets()), {}
    for one in issuers:
        certificate = read_certificate(place.folder / one.certificate) if one.certificate else None
        made[one.name] = Provider(one, key, desk.edges, certificate=certificate)
    return made
