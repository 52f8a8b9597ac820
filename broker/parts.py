"""Parts: what every action is handed. Put together in `broker.server`, or by a test."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field

from broker.keys.keyring import Keyring
from broker.keys.trust import Trust
from broker.linkage.model import Model
from broker.peers.linkage_unit import LinkageUnit
from broker.policy.policies import Policies
from broker.settings import Settings
from broker.store.engine import Store
from broker.tokens import Scheme, load_scheme


@dataclass(frozen=True)
class Parts:
    store: Store
    policies: Policies
    keyring: Keyring = field(repr=False)
    trust: Trust
    model: Model
    linkage_unit: LinkageUnit
    settings: Settings
    now: Callable[[], dt.datetime]
    random: Callable[[int], bytes] = field(repr=False)

    @property
    def scheme(self) -> Scheme:
        """The match-key scheme that the trust list names."""
        return load_scheme(self.trust.scheme)
