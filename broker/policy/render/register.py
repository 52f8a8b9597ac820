"""The entry in the public register of information sharing (Digital Economy Act 2017, code of practice).

Only what rests on a power that needs the entry is in it; where none does, the page says so.
"""

from __future__ import annotations

from broker.policy.agreement import Agreement
from broker.policy.policies import Policies
from broker.policy.render import say
from broker.policy.render.agreement_clauses import kept
from broker.policy.render.flows import Flow, covers, flows
from broker.policy.render.foot import foot
from broker.policy.render.markup import Content, Markup, link, listed, page, pairs, section, table, tag


def register(policies: Policies, agreement: Agreement) -> str:
    """The entry as a page."""
    title = f"Public register entry: {agreement.title}"
    named = [power.gateway for power in agreement.legal.powers]
    open_ = [n for n in dict.fromkeys(named) if n in policies.gateways and policies.gateways[n].register_]
    part = _entry(policies, agreement, open_) if open_ else [tag("p", _NONE)]
    return page(title, tag("h1", title), part, foot=foot(policies, agreement), kind="register")


_NONE = "This agreement uses no power that needs an entry in the public register."


def _entry(policies: Policies, agreement: Agreement, gateways: list[str]) -> list[Markup]:
    spread = [
        f for f in flows(policies, agreement) if f.source != f.recipient and _under(policies, agreement, gateways, f)
    ]
    ends = [p.agency for p in agreement.parties if any(p.agency in (f.source, f.recipient) for f in spread)]
    purposes = [p for p in agreement.purposes if any(f.purpose == p.id for f in spread)]
    life, vocabulary = agreement.lifecycle, policies.vocabulary
    return [
        pairs(
            [
                ("Entry", agreement.legal.dea_register or "Not yet given"),
                ("Agreement", f"{agreement.id}, version {agreement.version}"),
                ("State", say.STATUS[agreement.status]),
                ("Summary", agreement.summary),
                ("Power", listed(policies.gateways[name].label for name in gateways)),
                ("Objective", listed(purpose.statement for purpose in purposes)),
                ("Benefit", listed(purpose.benefit for purpose in purposes)),
                ("Not for", listed(dict.fromkeys(one for purpose in purposes for one in purpose.not_for))),
                ("People", listed(agreement.who_it_is_about)),
                ("Bodies", listed(say.agency(vocabulary, end) for end in ends)),
                ("Starts", say.date(life.effective_from)),
                ("Reviewed by", say.date(life.review_by)),
                ("Ends", f"Before {say.date(life.expires)}"),
                ("When it ends", say.ON_EXPIRY[life.on_expiry]),
                ("Impact assessment", agreement.legal.dpia),
            ]
        ),
        section("What is shared under it", _shared(policies, spread)),
        section("Whom to ask", _contacts(policies, agreement, ends)),
    ]


def _under(policies: Policies, agreement: Agreement, gateways: list[str], flow: Flow) -> bool:
    return any(covers(policies, agreement, name, flow=flow) for name in gateways)


def _shared(policies: Policies, spread: list[Flow]) -> Markup:
    vocabulary = policies.vocabulary
    rows: list[list[Content]] = [
        [
            say.agency(vocabulary, flow.source),
            say.agency(vocabulary, flow.recipient),
            say.purpose(vocabulary, flow.purpose),
            listed(say.item(vocabulary, item) for item in flow.items),
            say.LEVEL[flow.share.level],
            kept(flow.share.keep),
        ]
        for flow in spread
    ]
    return table("Each flow of data", ("From", "To", "For", "What", "How much", "May be kept"), rows)


def _contacts(policies: Policies, agreement: Agreement, ends: list[str]) -> Markup:
    rows: list[list[Content]] = [
        [say.agency(policies.vocabulary, p.agency), p.contact, p.dpo, link(p.privacy_notice)]
        for p in agreement.parties
        if p.agency in ends
    ]
    return table("Contacts", ("Body", "Contact", "Data protection officer", "Privacy notice"), rows)
