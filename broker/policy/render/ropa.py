"""The record of processing activities of each party (UK GDPR article 30(1)), with what DPA 2018 adds to it.

One table for each party; the names of its rows are those that the article asks for.
"""

from __future__ import annotations

from collections.abc import Sequence

from broker.policy.agreement import Agreement, Party
from broker.policy.policies import Policies
from broker.policy.render import say
from broker.policy.render.agreement_clauses import kept
from broker.policy.render.agreement_law import article6
from broker.policy.render.flows import Flow, flows, powers_of
from broker.policy.render.foot import foot
from broker.policy.render.markup import Content, Markup, listed, page, section, table, tag


def ropa(policies: Policies, agreement: Agreement, parties: Sequence[str]) -> str:
    """The rows of `parties`."""
    title = f"Record of processing: {agreement.title} ({agreement.id})"
    spread = tuple(flows(policies, agreement))
    return page(
        title,
        tag("h1", title),
        tag("p", "Each party copies its own part into its record of processing activities (UK GDPR article 30)."),
        [
            _of_party(policies, agreement, party, spread=spread)
            for party in agreement.parties
            if party.agency in parties
        ],
        foot=foot(policies, agreement),
        kind="ropa",
    )


def _of_party(policies: Policies, agreement: Agreement, party: Party, *, spread: tuple[Flow, ...]) -> Markup:
    name = say.agency(policies.vocabulary, party.agency)
    given = [flow for flow in spread if flow.source == party.agency and flow.recipient != party.agency]
    got = [flow for flow in spread if flow.recipient == party.agency and flow.source != party.agency]
    rows = [
        *_who(policies, agreement, party),
        *_what(policies, agreement, given, got=got),
        *_how(policies, agreement, party, got=got),
    ]
    heading = "Article 30(2)" if party.controller == "processor" else "Article 30(1)"
    return section(name, table(f"What {name} records for {agreement.id}", (heading, "Entry"), rows))


def _who(policies: Policies, agreement: Agreement, party: Party) -> list[list[Content]]:
    vocabulary = policies.vocabulary
    others = [p.agency for p in agreement.parties if p.controller == "joint" and p.agency != party.agency]
    joint = say.agencies(vocabulary, others) if party.controller == "joint" and others else "None"
    return [
        ["Name and contact", f"{say.agency(vocabulary, party.agency)}, {party.contact} ({party.ico_registration})"],
        ["Role", say.CONTROLLER[party.controller]],
        ["Joint controllers", joint],
        ["Data protection officer", party.dpo],
        ["Purposes", listed(purpose.statement for purpose in agreement.purposes)],
        ["Not for", listed(dict.fromkeys(one for purpose in agreement.purposes for one in purpose.not_for))],
        ["Categories of people", listed(agreement.who_it_is_about)],
    ]


def _what(policies: Policies, agreement: Agreement, given: list[Flow], *, got: list[Flow]) -> list[list[Content]]:
    return [
        ["Categories of personal data given", listed(_categories(policies, given))],
        ["Recipients, and the power", listed(_ends(policies, agreement, given, to=True))],
        ["Categories of personal data received", listed(_categories(policies, got))],
        ["Received from, and the power", listed(_ends(policies, agreement, got, to=False))],
        ["Transfers out of the United Kingdom", "None is agreed: every recipient is a party to the agreement."],
    ]


def _categories(policies: Policies, some: list[Flow]) -> list[str]:
    """Each category with its items."""
    vocabulary = policies.vocabulary
    items = sorted({item for flow in some for item in flow.items})
    named: dict[str, list[str]] = {}
    for item in items:
        known = vocabulary.items.get(item)
        category = say.category(vocabulary, known.category) if known else item
        named.setdefault(category, []).append(say.item(vocabulary, item))
    return [f"{category}: {say.joined(found)}" for category, found in sorted(named.items())]


def _ends(policies: Policies, agreement: Agreement, some: list[Flow], *, to: bool) -> list[str]:
    """Each agency at the other end with the powers, in the order of names."""
    found: dict[str, dict[str, None]] = {}
    for flow in some:
        end = say.agency(policies.vocabulary, flow.recipient if to else flow.source)
        found.setdefault(end, {}).update(dict.fromkeys(powers_of(policies, agreement, flow)))
    return [f"{end}: {say.joined(powers)}" for end, powers in sorted(found.items())]


def _how(policies: Policies, agreement: Agreement, party: Party, *, got: list[Flow]) -> list[list[Content]]:
    legal = agreement.legal
    keeps = {f"{flow.share.id}: {kept(flow.share.keep)}": None for flow in got}
    part3 = "Yes: section 61 (records) and section 62 (logs)" if party.agency in legal.part3 else "No"
    return [
        [
            "Time limits for erasure",
            listed([*keeps, f"When it ends: {say.ON_EXPIRY[agreement.lifecycle.on_expiry]}"]),
        ],
        ["Security measures", listed(_security(agreement))],
        ["Lawful basis", listed(article6(agreement))],
        ["Special categories and offences", listed([*legal.article9, *legal.article10])],
        ["Policy document (DPA 2018 Schedule 1)", legal.appropriate_policy_document or "None needed"],
        ["Law enforcement processing (DPA 2018 Part 3)", part3],
        ["Impact assessment", f"{legal.dpia}, reviewed by {say.date(legal.dpia_review_by)}"],
        [
            "In force",
            f"{say.date(agreement.lifecycle.effective_from)} to before {say.date(agreement.lifecycle.expires)}",
        ],
    ]


def _security(agreement: Agreement) -> list[str]:
    assurance = agreement.assurance
    strong = "The parties see to strong authentication of whoever asks"
    return [
        *([strong] if assurance.strong_authentication else []),
        f"Training of whoever asks, not older than {say.period(assurance.training_valid)}",
        "Records are found by keyed pseudonyms; values are sealed one by one and opened only to apply the agreement",
        "Every answer and every refusal is in a tamper-evident audit log before it is given",
        f"The parties see to an audit every {say.number(assurance.audit_every_months, 'month')}, and "
        f"{say.percent(assurance.random_sample_percent)} of answers looked at at random",
    ]
