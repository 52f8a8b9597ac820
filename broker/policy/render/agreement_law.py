"""The law of an agreement in words: powers, conditions, confidence, necessity."""

from __future__ import annotations

from broker.policy.agreement import Agreement, Power
from broker.policy.gateways import Gateway
from broker.policy.policies import Policies
from broker.policy.render import say
from broker.policy.render.markup import Content, Markup, code, listed, pairs, section, table, tag


def law(policies: Policies, agreement: Agreement) -> Markup:
    """The section on the law."""
    legal, vocabulary = agreement.legal, policies.vocabulary
    confidence = [[say.category(vocabulary, one.category), say.CONFIDENCE[one.basis]] for one in legal.confidence]
    return section(
        "3. The law",
        powers(policies, agreement),
        pairs(
            [
                ("Lawful basis (UK GDPR article 6)", listed(article6(agreement))),
                ("Special categories (article 9)", listed(legal.article9)),
                ("Offence data (article 10)", listed(legal.article10)),
                ("Law enforcement (DPA 2018 Part 3)", listed(say.agency(vocabulary, p) for p in legal.part3)),
                ("Appropriate policy document", legal.appropriate_policy_document or "None needed"),
                ("Necessary and proportionate", legal.human_rights),
                ("Impact assessment", legal.dpia),
                ("Impact assessment reviewed by", say.date(legal.dpia_review_by)),
                ("Entry in the public register", legal.dea_register or "None needed"),
                ("Does it rely on consent", say.yes(legal.consent_relied_on)),
            ]
        ),
        table("How the duty of confidence is met", ("What about", "How"), confidence),
    )


def article6(agreement: Agreement) -> list[str]:
    """The lawful bases, each with its name."""
    return [f"{article} {say.ARTICLE6[article]}" for article in agreement.legal.article6]


def powers(policies: Policies, agreement: Agreement) -> Markup:
    """Which power lets whom share with whom."""
    return table(
        "Which power lets whom share with whom",
        ("Power or duty", "Kind", "From", "To", "For", "Note"),
        [_power(policies, power) for power in agreement.legal.powers],
    )


def _power(policies: Policies, power: Power) -> list[Content]:
    gateway, vocabulary = policies.gateways.get(power.gateway), policies.vocabulary
    purposes = gateway.purposes if gateway else ()
    return [
        [gateway.label if gateway else "", " ", code(power.gateway)],
        say.POWER[gateway.kind] if gateway else "",
        say.agencies(vocabulary, power.from_),
        say.agencies(vocabulary, power.to),
        say.joined(code_free(purpose) for purpose in purposes),
        [tag("p", note) for note in _notes(power, gateway)],
    ]


def _notes(power: Power, gateway: Gateway | None) -> list[str]:
    found = [power.note, gateway.note if gateway else None]
    if gateway and gateway.commencement == "check":
        found.append("Whether this is in force has to be checked; nothing here rests on it alone.")
    return [note for note in found if note]


def code_free(name: str) -> str:
    """An id as words: early_help is early help."""
    return name.replace("_", " ")
