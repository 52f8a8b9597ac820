"""Parts: what every action is handed. Put together in `broker.server`, or by a test.

Agreements can change while the broker runs. Whatever decides begins with `parts = parts.at(connection)`, which reads
the digest in force in its own transaction, and then decides all of one request under that one set.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from threading import Lock

from sqlalchemy import Connection

from broker import observe
from broker.audit.events import Event, Stamp
from broker.errors import BrokerError, Misconfigured, Unavailable, Untrusted
from broker.keys.keyring import Keyring
from broker.keys.keysets import Generation, Keysets, keysets_of, lacking
from broker.keys.secrets import Secrets
from broker.keys.trust import Trust
from broker.linkage.model import Model
from broker.peers.linkage_unit import LinkageUnit
from broker.policy.policies import Policies
from broker.policy.policyset import PolicySet, proven
from broker.settings import Settings
from broker.store import auditlog, auditread, policysets
from broker.store.distrust import Distrusted
from broker.store.engine import Store
from broker.store.entries import Entry
from broker.store.keysets import open_generations
from broker.tokens import Scheme, load_scheme
from broker.trustlist.follow import Standing

_HELD = 3
"""Sets that a process keeps: requests that began before an activation finish under the set they began with."""
_AGAIN_SECONDS = 5.0
"""A vault that lacked a secret is not read again at every request: a passphrase costs time on purpose."""
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
            if digest == auditread.last_policy(connection):
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


class OpenKeys:
    """The keys of the generations that are open, as a process knows them.

    `reopen` reads the vault again, when a generation was opened whose secrets were added while the process ran.
    """

    def __init__(self, keysets: Keysets, reopen: Callable[[], Secrets]) -> None:
        self._made = (keysets.newest.held, keysets)
        self._reopen = reopen
        self._refused: tuple[object, float] = (None, 0.0)
        self._making = Lock()

    def at(self, held: Secrets, generations: tuple[Generation, ...], *, epochs: tuple[int, ...]) -> Keysets:
        """The keys of `generations`, or of those known where the database has none yet; `held` are the process's own.

        `epochs` are those of the trust list. Raises `Unavailable` when the vault lacks a secret; the diagnostics say
        which.
        """
        base, known = self._made
        wanted = generations or known.generations
        if base is held and (wanted, epochs) == (known.generations, known.epochs):
            return known
        with self._making:
            made = keysets_of(self._having(held, wanted, epochs), wanted, epochs=epochs)
            self._made = (held, made)
            return made

    def _having(self, held: Secrets, wanted: tuple[Generation, ...], epochs: tuple[int, ...]) -> Secrets:
        """The secrets that hold most: those of now, those read last, or what the vault has by now."""
        some = [held, self._made[1].newest.held]
        if all(lacking(one, wanted, epochs) for one in some):
            some.append(self._reopened((wanted, epochs)) or held)
        best = min(some, key=lambda one: (len(lacking(one, wanted)), len(lacking(one, wanted, epochs))))
        if wrong := lacking(best, wanted):
            observe.event("keys.missing", secret=wrong[0], count=len(wrong))
            raise Unavailable("keys-missing", "keys of an open generation are not here", hint="tell the operator")
        return best

    def _reopened(self, wanted: object) -> Secrets | None:
        """What the vault holds by now; None when it was read for just this a moment ago."""
        if self._refused[0] == wanted and time.monotonic() < self._refused[1]:
            return None
        self._refused = (wanted, time.monotonic() + _AGAIN_SECONDS)
        try:
            return self._reopen()
        except Misconfigured as error:
            observe.event("keys.unreadable", code=error.code)
            return None


@dataclass(frozen=True)
class Listed:
    """What follows from the trust list in force: whose keys count, which of its own the broker uses, how it weighs."""

    trust: Trust
    keyring: Keyring = field(repr=False)
    model: Model
    linkage_unit: LinkageUnit
    distrusted: Distrusted


@dataclass(frozen=True)
class Parts:
    """`policies` are those that this value decides under; `at` gives a value for the agreements now in force, and for
    the generations of keys now open."""

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
    keysets: Keysets = field(repr=False)
    open_keys: OpenKeys = field(repr=False)
    standing: Standing[Listed] = field(repr=False)
    distrusted: Distrusted

    def fresh(self) -> Parts:
        """These parts, under the trust list of now. Raises `Unavailable` when it has expired or can't be followed."""
        listed = self.standing.at(self.now())
        if listed.trust is self.trust:
            return self
        return replace(
            self,
            trust=listed.trust,
            keyring=listed.keyring,
            model=listed.model,
            linkage_unit=listed.linkage_unit,
            distrusted=listed.distrusted,
        )

    def at(self, connection: Connection) -> Parts:
        """These parts, under the trust list of now and what is in force and open in the transaction of `connection`."""
        fresh = self.fresh()
        policies = fresh.in_force.at(connection)
        opened = fresh._keysets(open_generations(connection))
        if policies is fresh.policies and opened is fresh.keysets:
            return fresh
        return replace(fresh, policies=policies, keysets=opened)

    def writing(self, connection: Connection) -> Parts:
        """These parts for whoever writes rows: no generation of keys is closed before the transaction has ended."""
        fresh = self.fresh()
        return replace(fresh, keysets=fresh._keysets(open_generations(connection, held=True)))

    def _keysets(self, generations: tuple[Generation, ...]) -> Keysets:
        return self.open_keys.at(self.keyring.held, generations, epochs=self.trust.epochs).fresh()

    def stamp(self, org: str, *, at: dt.datetime | None = None) -> Stamp:
        """What begins an event about `org`: a number of its own, and when, which is now unless `at` is given."""
        return Stamp(self.random(16).hex(), at or self.now(), org)

    def entry(self, event: Event) -> Entry:
        """An event as it goes into the audit log: see `auditlog.entry`."""
        return auditlog.entry(event, self.keyring, random=self.random)

    @property
    def scheme(self) -> Scheme:
        """The match-key scheme that the trust list names."""
        return load_scheme(self.trust.scheme)
