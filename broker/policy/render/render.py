"""The front door: a document of one agreement, as a page of HTML made from the policies alone.

render(policies, "ISA-2026-001", what="notice")
render(policies, "ISA-2026-001", what="card", only="council.keyworker")
"""

from __future__ import annotations

from typing import Literal, get_args

from broker.errors import BadInput, NotFound
from broker.policy.policies import Policies
from broker.policy.prove import prove
from broker.policy.render.agreement_page import agreement_page
from broker.policy.render.card import card, roles_of
from broker.policy.render.dpia import dpia
from broker.policy.render.notice import notice
from broker.policy.render.register import register
from broker.policy.render.ropa import ropa

What = Literal["agreement", "ropa", "dpia", "register", "notice", "card"]
WHAT: tuple[What, ...] = get_args(What)


def render(policies: Policies, agreement_id: str, *, what: str, only: str | None = None) -> str:
    """The document `what` of the agreement `agreement_id`. The same policies give the same bytes.

    `only` names one party of a `ropa`, or one role of a `card`. Raises `NotFound` for an agreement, party or role
    that isn't there, and `BadInput` for another kind of document.
    """
    agreement = policies.agreements.get(agreement_id)
    if agreement is None:
        hint = f"use one of {', '.join(policies.agreements)}"
        raise NotFound("agreement-unknown", "the policies have no such agreement", hint=hint)
    if what == "ropa":
        return ropa(policies, agreement, _some(only, tuple(party.agency for party in agreement.parties)))
    if what == "card":
        return card(policies, agreement, _some(only, roles_of(agreement)))
    if what == "dpia":
        return dpia(policies, agreement, prove(policies))
    made = {"agreement": agreement_page, "register": register, "notice": notice}.get(what)
    if made is None:
        raise BadInput("document-unknown", "there is no such document", hint=f"use one of {', '.join(WHAT)}")
    return made(policies, agreement)


def _some(only: str | None, all_: tuple[str, ...]) -> tuple[str, ...]:
    if only is None:
        return all_
    if only not in all_:
        raise NotFound(
            "agreement-part-unknown", "the agreement has no such party or role", hint=f"use one of {', '.join(all_)}"
        )
    return (only,)
