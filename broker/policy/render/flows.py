"""Who gets what from whom under an agreement: its clauses, spread out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from broker.policy.agreement import Agreement, Share
from broker.policy.policies import Policies
from broker.policy.render import say


@dataclass(frozen=True)
class Flow:
    """What one clause lets one agency have from another (or from itself), for one purpose."""

    source: str
    recipient: str
    purpose: str
    share: Share
    items: tuple[str, ...]
    roles: tuple[str, ...]


def flows(policies: Policies, agreement: Agreement) -> Iterator[Flow]:
    """Every flow, clause by clause."""
    for share in agreement.share:
        for purpose in share.for_:
            for source in _ordered(say.holder(policies.vocabulary, item) for item in share.items):
                for recipient in _ordered(role.partition(".")[0] for role in share.to):
                    yield Flow(
                        source,
                        recipient,
                        purpose,
                        share,
                        tuple(item for item in share.items if say.holder(policies.vocabulary, item) == source),
                        tuple(role for role in share.to if role.partition(".")[0] == recipient),
                    )


def powers_of(policies: Policies, agreement: Agreement, flow: Flow) -> tuple[str, ...]:
    """The powers that let a flow be, by their names; none is needed within one agency."""
    if flow.source == flow.recipient:
        return ("Within one controller",)
    found = [power.gateway for power in agreement.legal.powers if covers(policies, agreement, power.gateway, flow=flow)]
    return tuple(dict.fromkeys(policies.gateways[name].label for name in found))


def covers(policies: Policies, agreement: Agreement, gateway: str, *, flow: Flow) -> bool:
    """Whether `agreement` rests `flow` on `gateway`."""
    known = policies.gateways.get(gateway)
    return known is not None and any(
        flow.source in power.from_ and flow.recipient in power.to and flow.purpose in known.purposes
        for power in agreement.legal.powers
        if power.gateway == gateway
    )


def _ordered(names: Iterator[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
