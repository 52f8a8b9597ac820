"""What stands at the foot of every document: what it was made from, so that it can be made again."""

from __future__ import annotations

from broker.policy.agreement import Agreement
from broker.policy.policies import Policies
from broker.policy.render.markup import Content, code, tag


def foot(policies: Policies, agreement: Agreement) -> Content:
    """The agreement, its version and the digest of the policies."""
    return tag(
        "p",
        f"Made from {agreement.id}, version {agreement.version}, and the policies with the digest ",
        code(policies.digest),
        ". Nothing was added by hand: to change this page, change the agreement.",
    )
