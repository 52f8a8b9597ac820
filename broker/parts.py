"""Parts: what every action is handed. Put together in `broker.server`, or by a test.

Agreements can change while the broker runs. Whatever decides begins with `parts = parts.at(connection)`, which reads
the digest in force in its own transaction, and then decides all of one request under that one set.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from threading import Lock

from sqlalchemy import Connection

from broker.errors import BrokerError, Unavailable, Untrusted
from broker.keys.keyring import Keyring
from broker.keys.trust import Trust
from broker.linkage.model import Model
from broker.peers.linkage_unit import LinkageUnit
from broker.policy.policies import Policies
from broker.policy.policyset import PolicySet, proven
from broker.settings import Settings
from broker.store import auditlog, policysets
from broker.store.engine import Store
from broker.tokens import Scheme, load_scheme

_HELD = 3
"""Sets that a process keeps: requests that began before an activation finish under the set they began with."""
_UNUSABLE = "the agreements in force can't be used by this version"


class InForce:
    """The agreements in force, as a process knows them: a set is loaded and proven once, then one reference moves."""

    def __init__(self, held: PolicySet | None) -> None:
        self._held: tuple[PolicySet, ...] = (held,) if held else ()
        self._logged = ""
        self._loading = Lock()

    def at(self, connection: Connection) -> Policies:
        """The agreements in force in the transaction of `connection`. Raises `Unavailable` when they can't be used."""
        return self.set_at(connection).policies

    def set_at(self, connection: Connection) -> PolicySet:
        """The same, with the files they were read from."""
        digest = self._logged_at(connection)
        if digest is None and self._held:
            # A database whose broker has not started yet: what it will begin with.
            return self._held[-1]
        found = self._known(digest)
        if found is not None:
            return found
        with self._loading:
            found = self._known(digest)
            if found is None:
                found = load_set(connection, digest or "")
                self._held = (found, *self._held)[:_HELD]
        return found

    def _logged_at(self, connection: Connection) -> str | None:
        """The digest in force, which is the last that came into force by an event: nobody takes one back in silence."""
        digest = policysets.in_force(connection)
        # An activation may come between the two reads; then both have moved.
        for _ in range(2):
            if digest in (None, self._logged):
                return digest
            if digest == auditlog.last_policy(connection):
                self._logged = digest or ""
            else:
                digest = policysets.in_force(connection)
        if digest != self._logged:
            found = Untrusted("policy-changed", "the last event of the audit log brought others into force")
            raise Unavailable("policy-unusable", _UNUSABLE, hint="tell the operator") from found
        return digest

    def _known(self, digest: str | None) -> PolicySet | None:
        return next((one for one in self._held if one.digest == digest), None)


def load_set(connection: Connection, digest: str) -> PolicySet:
    """The kept set with this digest, loaded and proven. Raises `Unavailable` when this version can't."""
    try:
        found = proven(policysets.of(connection, digest).files)
        if found.digest == digest:
            return found
        raise Untrusted("policy-changed", "the agreements kept under this digest are others")
    except BrokerError as error:
        # What is wrong with them is for the operator, who sees it when the broker starts, and not for who asks.
        raise Unavailable("policy-unusable", _UNUSABLE, hint="tell the operator") from error


@dataclass(frozen=True)
class Parts:
    """`policies` are those that this value decides under; `at` gives a value for the agreements now in force."""

    store: Store
    policies: Policies
    keyring: Keyring = field(repr=False)
    trust: Trust
    model: Model
    linkage_unit: LinkageUnit
    settings: Settings
    now: Callable[[], dt.datetime]
    random: Callable[[int], bytes] = field(repr=False)
    in_force: InForce

    def at(self, connection: Connection) -> Parts:
        """These parts, under the agreements in force in the transaction of `connection`."""
        policies = self.in_force.at(connection)
        return self if policies is self.policies else replace(self, policies=policies)

    @property
    def scheme(self) -> Scheme:
        """The match-key scheme that the trust list names."""
        return load_scheme(self.trust.scheme)
