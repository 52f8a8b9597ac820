"""`Policies`: everything that decides, checked, indexed and named by one digest. Made by `load`, read by `decide`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from broker.policy.agreement import Agreement, Share
from broker.policy.embargoes import NO_EMBARGOES, Embargoes
from broker.policy.gateways import Gateway
from broker.policy.invariants import NO_INVARIANTS, Invariants
from broker.policy.protections import Protections
from broker.policy.rules import Rule
from broker.policy.vocabulary import Vocabulary

Schedule = Mapping[tuple[str, str], Mapping[str, Mapping[str, Share]]]
"""(role, purpose) -> agreement id -> item -> the one clause that schedules it. Agreements are in the order of ids."""


@dataclass(frozen=True, eq=False)
class Policies:
    """`rules` apply everywhere, `exceptions` in their agreement. `digest` is the SHA-256 of all of it, in hex."""

    digest: str
    vocabulary: Vocabulary
    gateways: Mapping[str, Gateway]
    agreements: Mapping[str, Agreement]
    protections: Protections
    rules: tuple[Rule, ...]
    exceptions: Mapping[str, tuple[Rule, ...]]
    schedule: Schedule
    invariants: Invariants = NO_INVARIANTS
    """What must be proven of these policies before they decide anything, besides the theorems."""
    embargoes: Embargoes = NO_EMBARGOES
    """Which looks people are told of later, and how much later."""
    kept: dict[type, object] = field(default_factory=dict, init=False, repr=False)
    """What was made from these policies and is made once, by its type: the evaluator."""

    def clause(self, agreement: str, clause: str) -> Share | None:
        """The clause `clause` of `agreement`, or None."""
        found = self.agreements.get(agreement)
        return next((share for share in found.share if share.id == clause), None) if found else None
